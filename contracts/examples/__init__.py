"""One example of every event: a provincial department's case of 2005 from submission to close, and all around it.

The golden samples under `contracts/samples/` are made from these, once. The people are invented.
"""

from contracts.examples import (
    answering,
    imports,
    meetings,
    members,
    notifications,
    office,
    overlays,
    paper,
    proposals,
    review,
)
from contracts.examples.story import Story

STORIES: tuple[Story, ...] = (
    *members.STORIES,
    *proposals.STORIES,
    *answering.STORIES,
    *review.STORIES,
    *paper.STORIES,
    *overlays.STORIES,
    *office.STORIES,
    *imports.STORIES,
    *meetings.STORIES,
    *notifications.STORIES,
)
