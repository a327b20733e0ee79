"""The index of the shared language: every stored event type, and how old ones are read."""

from collections.abc import Mapping

from contracts import (
    answering,
    assignment,
    calls,
    meetings,
    members,
    notifications,
    opinions,
    overlays,
    paper,
    proposals,
    review,
    summaries,
)
from contracts.event import Event
from contracts.upcast import Step

ALL: tuple[type[Event], ...] = (
    *members.EVENTS,
    *proposals.EVENTS,
    *answering.EVENTS,
    *review.EVENTS,
    *paper.EVENTS,
    *assignment.EVENTS,
    *overlays.EVENTS,
    *opinions.EVENTS,
    *calls.EVENTS,
    *summaries.EVENTS,
    *meetings.EVENTS,
    *notifications.EVENTS,
)

EVENTS: Mapping[str, type[Event]] = {event.type_name(): event for event in ALL}
"""Stored type name → the class that reads it; newest versions only."""

UPCASTS: Mapping[str, tuple[str, Step]] = {}
"""Old type name → the next version's name and the step to it. A step, once written, is never changed."""
