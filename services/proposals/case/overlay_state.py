"""What lies over a case at any time 件上事项: key case, urgings, commendations, disclosure, archive.

A part of the case's state with a fold of its own; which acts are allowed is decided in supervising and archiving.
"""

from datetime import date
from typing import TYPE_CHECKING, Any, assert_never
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.overlays import (
    ArchiveGap,
    Disclosure,
    DisclosureDecided,
    KeyCaseDesignated,
    KeyCaseEnded,
    Pressing,
    ProposalArchived,
    ProposalCommendationRevoked,
    ProposalCommended,
    ProposalUrged,
    UrgingAnswered,
)
from contracts.sealed import Sealed

if TYPE_CHECKING:
    from services.proposals.case.assignment_state import Replacement
    from services.proposals.case.proposal import Proposal


class _Part(BaseModel):
    """A part of the state."""

    model_config = ConfigDict(frozen=True)


class KeyCase(_Part):
    """That the case is, or was, a key case 重点."""

    leader: str
    unit: UUID | None
    designated_by: str
    designated_on: date
    ended_on: date | None = None


class Urging(_Part):
    """An urging 催办、督办, and whether it was answered."""

    number: int
    unit: UUID
    pressing: Pressing
    level: str | None
    urged_by: str
    demand: str
    urged_on: date
    answered_on: date | None = None
    answer: Sealed | None = None
    """Absent when it was answered together with a later one."""
    lapsed_on: date | None = None
    """When the unit was relieved of the case without having answered."""


class Commendation(_Part):
    """A commendation that holds 评选表彰."""

    award: str
    awarded_by: str
    awarded_on: date


class Decision(_Part):
    """What may be published 公开决定."""

    disclosure: Disclosure
    text: Sealed | None
    reason: str | None
    decided_by: str
    decided_on: date


class Archived(_Part):
    """Where the file stands 归档."""

    shelf: str
    holds: tuple[str, ...]
    gaps: tuple[ArchiveGap, ...]
    archived_on: date


class Overlays(_Part):
    """All that lies over one case."""

    key_cases: tuple[KeyCase, ...] = ()
    """In order; at most the last one holds."""
    urgings: tuple[Urging, ...] = ()
    commendations: tuple[Commendation, ...] = ()
    decisions: tuple[Decision, ...] = ()
    """On disclosure, in order; the last one holds."""
    archived: Archived | None = None

    @property
    def key_case(self) -> KeyCase | None:
        """Give the designation as a key case that holds now."""
        return next((key for key in self.key_cases[-1:] if key.ended_on is None), None)

    @property
    def disclosure(self) -> Decision | None:
        """Give the decision on disclosure that holds now."""
        return self.decisions[-1] if self.decisions else None

    def unanswered(self, unit: UUID | None = None, pressing: Pressing | None = None) -> tuple[Urging, ...]:
        """Give the urgings that wait for an answer: all, of one unit, of one kind."""
        return tuple(
            urging
            for urging in self.urgings
            if urging.answered_on is None
            and urging.lapsed_on is None
            and unit in (None, urging.unit)
            and pressing in (None, urging.pressing)
        )


OverlayEvent = (
    KeyCaseDesignated
    | KeyCaseEnded
    | ProposalUrged
    | UrgingAnswered
    | ProposalCommended
    | ProposalCommendationRevoked
    | DisclosureDecided
    | ProposalArchived
)


def evolve(overlays: Overlays, event: OverlayEvent) -> Overlays:
    """Give what lies over the case after an event."""
    return overlays.model_copy(update=_changes(overlays, event))


def _changes(overlays: Overlays, event: OverlayEvent) -> dict[str, object]:
    match event:
        case KeyCaseDesignated():
            return {"key_cases": (*overlays.key_cases, KeyCase(**_fields(event, KeyCase)))}
        case KeyCaseEnded():
            ended = overlays.key_cases[-1].model_copy(update={"ended_on": event.ended_on})
            return {"key_cases": (*overlays.key_cases[:-1], ended)}
        case ProposalUrged():
            return {"urgings": (*overlays.urgings, Urging(**_fields(event, Urging)))}
        case UrgingAnswered():
            return {"urgings": _answered(overlays, event)}
        case ProposalCommended():
            return {"commendations": (*overlays.commendations, Commendation(**_fields(event, Commendation)))}
        case ProposalCommendationRevoked():
            left = tuple(held for held in overlays.commendations if held.award != event.award)
            return {"commendations": left}
        case DisclosureDecided():
            return {"decisions": (*overlays.decisions, Decision(**_fields(event, Decision)))}
        case ProposalArchived():
            return {"archived": Archived(**_fields(event, Archived))}
        case _:
            assert_never(event)


def _answered(overlays: Overlays, event: UrgingAnswered) -> tuple[Urging, ...]:
    """Mark an urging as answered, and with it the earlier ones of its kind that the unit has left unanswered."""
    answered = next(urging for urging in overlays.urgings if urging.number == event.number)
    covered = {urging.number for urging in overlays.unanswered(event.unit, answered.pressing)}
    return tuple(
        urging.model_copy(
            update={
                "answered_on": event.answered_on,
                "answer": event.answer if urging.number == event.number else None,
            }
        )
        if urging.number in covered and urging.number <= event.number
        else urging
        for urging in overlays.urgings
    )


def followed(case: "Proposal") -> Overlays:
    """Give what lies over a case whose units may just have changed: a successor answers, a relieved unit does not."""
    overlays, last = case.overlays, case.assignment.replacements[-1:]
    return overlays.model_copy(update={"urgings": tuple(_follow(urging, *last) for urging in overlays.urgings)})


def _follow(urging: Urging, last: "Replacement | None" = None) -> Urging:
    if last is None or urging.unit != last.unit or urging.answered_on is not None or urging.lapsed_on is not None:
        return urging
    if last.by == "succession":
        return urging.model_copy(update={"unit": last.to})
    return urging.model_copy(update={"lapsed_on": last.on})


def _fields(event: OverlayEvent, part: type[_Part]) -> dict[str, Any]:
    """Give the event's fields that the part of the state has too."""
    return {name: value for name, value in event if name in part.model_fields}
