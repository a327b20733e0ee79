"""Who handles a case, since when and until when 承办: adjustments asked, units replaced, extensions.

A part of the case's state; `changes` gives what an event does to the case as a whole. Which acts are allowed is
decided in handover and extension.
"""

from datetime import date
from typing import TYPE_CHECKING, Any, Literal, assert_never
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.assignment import (
    AdjustmentAsked,
    AdjustmentRefused,
    ExtensionAsked,
    ExtensionExplained,
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRelayed,
    UnitRedirected,
    UnitSucceeded,
)
from services.proposals.case.work import Work

if TYPE_CHECKING:
    from services.proposals.case.proposal import Proposal


class _Part(BaseModel):
    """A part of the state."""

    model_config = ConfigDict(frozen=True)


class Adjustment(_Part):
    """That a unit asked to be relieved of the case 申请调整, and what came of it."""

    unit: UUID
    reason: str
    suggested: UUID | None
    asked_on: date
    outcome: Literal["redirected", "refused"] | None = None
    decided_on: date | None = None


class Replacement(_Part):
    """A unit in whose place another one stands: by decision, or because it is no more."""

    unit: UUID
    to: UUID | None
    on: date
    by: Literal["redirection", "succession", "absorption"]
    """改办, 承继, or 承继 by a unit that had a part in the case already, which stays its only one."""


class Extension(_Part):
    """More time 延期: asked, relayed, decided, told."""

    unit: UUID
    kind: str
    until_on: date
    reason: str
    asked_on: date | None = None
    through_office: bool = False
    decided_by: tuple[str, ...] | None = None
    """The roles that decide by the pack; None = whoever handed the case over."""
    only_for: str | None = None
    """Which cases may have it, as the pack's source words it."""
    ground: str | None = None
    """Why this case is one of them."""
    relayed_on: date | None = None
    outcome: Literal["granted", "refused", "explained"] | None = None
    decided_on: date | None = None
    tell: tuple[UUID, ...] = ()
    """Who has to be told, and was not yet."""
    told_on: date | None = None


class Assignment(_Part):
    """Who handles one case, since when and until when."""

    by: str | None = None
    """The role in which the case was handed over."""
    since: dict[UUID, date] = {}
    """Since when a unit handles the case, where it came later than the hand-over."""
    adjustments: tuple[Adjustment, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    extensions: tuple[Extension, ...] = ()

    def asked_by(self, unit: UUID) -> Adjustment | None:
        """Give the unit's request for adjustment that nobody has decided."""
        return next((a for a in self.adjustments if a.unit == unit and a.outcome is None), None)

    def extension_of(self, unit: UUID, kind: str) -> Extension | None:
        """Give the unit's request for more time that nobody has decided."""
        return next((e for e in self.extensions if (e.unit, e.kind, e.outcome) == (unit, kind, None)), None)

    def untold(self, unit: UUID, kind: str | None = None) -> Extension | None:
        """Give the unit's granted extension of which the members have not been told."""
        granted = (e for e in self.extensions if e.unit == unit and kind in (None, e.kind) and e.tell)
        return next(granted, None)

    @property
    def relieved(self) -> set[UUID]:
        """Name the units that the office has relieved of the case; one may have come back since."""
        return {replaced.unit for replaced in self.replacements if replaced.by == "redirection"}

    def first_of(self, unit: UUID) -> UUID:
        """Name the unit that had this unit's part at the hand-over, following successions back."""
        for replaced in reversed(self.replacements):
            if replaced.to == unit and replaced.by == "succession":
                unit = replaced.unit
        return unit


AssignmentEvent = (
    AdjustmentAsked
    | AdjustmentRefused
    | UnitRedirected
    | UnitSucceeded
    | ExtensionAsked
    | ExtensionRelayed
    | ExtensionGranted
    | ExtensionRefused
    | ExtensionExplained
)


def changes(case: "Proposal", event: AssignmentEvent) -> dict[str, Any]:
    """Give what an event changes in the case."""
    now = case.assignment
    match event:
        case AdjustmentAsked():
            asked = Adjustment(
                unit=event.unit, reason=event.reason, suggested=event.suggested, asked_on=event.asked_on
            )
            return {"assignment": now.model_copy(update={"adjustments": (*now.adjustments, asked)})}
        case AdjustmentRefused():
            return {"assignment": _decided(now, event.unit, "refused", event.refused_on)}
        case UnitRedirected():
            return _redirected(case, event)
        case UnitSucceeded():
            return _succeeded(case, event)
        case _:
            return {"assignment": now.model_copy(update={"extensions": _extended(now, event)})}


def _decided(now: Assignment, unit: UUID, outcome: Literal["redirected", "refused"], on: date) -> Assignment:
    decided = tuple(
        a.model_copy(update={"outcome": outcome, "decided_on": on}) if a.unit == unit and a.outcome is None else a
        for a in now.adjustments
    )
    return now.model_copy(update={"adjustments": decided})


def _redirected(case: "Proposal", event: UnitRedirected) -> dict[str, Any]:
    """Put the new unit in the old one's place; it begins from nothing."""
    now = _decided(case.assignment, event.unit, "redirected", event.redirected_on)
    replaced = Replacement(unit=event.unit, to=event.to, on=event.redirected_on, by="redirection")
    since = now.since if event.to is None else {**now.since, event.to: event.redirected_on}
    begun = {} if event.to is None else {event.to: Work(round=case.work_of(event.unit).round)}
    return {
        **_placed(case, event.unit, event.to),
        "work": {**case.work, **begun} if event.unit in case.answering else case.work,
        "signed_for": {unit: on for unit, on in case.signed_for.items() if unit != event.unit},
        "assignment": now.model_copy(update={"since": since, "replacements": (*now.replacements, replaced)}),
    }


def _succeeded(case: "Proposal", event: UnitSucceeded) -> dict[str, Any]:
    """Put the successor in the old unit's place; it takes over all that the old one had done."""
    now = case.assignment
    leaves = event.unit in case.units and event.to in case.answering
    had_part = leaves or (event.to in case.co and event.unit in case.co)
    by: Literal["succession", "absorption"] = "absorption" if had_part else "succession"
    replaced = Replacement(unit=event.unit, to=event.to, on=event.succeeded_on, by=by)
    return {
        **_placed(case, event.unit, event.to),
        "office": event.to if case.office == event.unit else case.office,
        "signed_for": _renamed(case.signed_for, event),
        "opinions": _renamed(case.opinions, event),
        "work": _renamed(case.work, event),
        "meetings": {
            id: met.model_copy(update={"unit": event.to}) if met.unit == event.unit else met
            for id, met in case.meetings.items()
        },
        "assignment": now.model_copy(
            update={
                "since": _renamed(now.since, event),
                "replacements": (*now.replacements, replaced),
                "adjustments": tuple(_taken_over(part, event) for part in now.adjustments),
                "extensions": tuple(_taken_over(part, event) for part in now.extensions),
            }
        ),
    }


def _placed(case: "Proposal", unit: UUID, to: UUID | None) -> dict[str, Any]:
    """Give the units of the case, and those of its items, with one in another's place; none has two parts."""

    def other(units: tuple[UUID, ...]) -> tuple[UUID, ...]:
        return tuple(dict.fromkeys(new for old in units if (new := to if old == unit else old) is not None))

    lead = to if case.lead == unit else case.lead
    separate = other(case.separate)

    items = tuple(
        asked.model_copy(update={"unit": to}) if asked.unit == unit else asked for asked in case.review.items
    )
    return {
        "lead": lead,
        "separate": separate,
        "co": tuple(co for co in other(case.co) if co != lead and co not in separate),
        "review": case.review.model_copy(update={"items": items}),
    }


def _renamed(by_unit: dict[UUID, Any], event: UnitSucceeded) -> dict[UUID, Any]:
    """Give the old unit's entry to the successor, which keeps its own where it had one."""
    renamed = {event.to if unit == event.unit else unit: value for unit, value in by_unit.items()}
    return {**renamed, **({event.to: by_unit[event.to]} if event.to in by_unit else {})}


def _taken_over(part: Any, event: UnitSucceeded) -> Any:
    return part.model_copy(update={"unit": event.to}) if part.unit == event.unit and part.outcome is None else part


_Extension = ExtensionAsked | ExtensionRelayed | ExtensionGranted | ExtensionRefused | ExtensionExplained


def _extended(now: Assignment, event: _Extension) -> tuple[Extension, ...]:
    asked = now.extension_of(event.unit, event.kind)
    untold = now.untold(event.unit, event.kind)
    match event:
        case ExtensionAsked():
            new = Extension(**event.model_dump(exclude={"clocks"}))
            return (*now.extensions, new)
        case ExtensionRelayed():
            return _with(now, asked, relayed_on=event.relayed_on)
        case ExtensionGranted():
            decided = {"outcome": "granted", "decided_on": event.granted_on}
            return _with(now, asked, **decided, until_on=event.until_on, ground=event.ground, tell=event.tell)
        case ExtensionRefused():
            return _with(now, asked, outcome="refused", decided_on=event.refused_on)
        case ExtensionExplained():
            if untold is not None:
                return _with(now, untold, tell=(), told_on=event.explained_on)
            fields = event.model_dump(include={"unit", "kind", "until_on", "reason", "ground"})
            on = event.explained_on
            return (*now.extensions, Extension(**fields, outcome="explained", decided_on=on, told_on=on))
        case _:
            assert_never(event)


def _with(now: Assignment, one: Extension | None, **changes: Any) -> tuple[Extension, ...]:
    return tuple(part.model_copy(update=changes) if part is one else part for part in now.extensions)
