"""A unit's commendation 单位表彰 (先进承办单位): for a year's handling, until it is taken back."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.overlays import UnitCommendationRevoked, UnitCommended
from runtime.folds import State
from services.proposals.guards import AlreadyDone, UnitUnknown, dated
from services.proposals.supervision.overlay_commands import CommendUnit, RevokeUnitCommendation


class Commendation(State):
    """Which unit was commended, how, by whom, and whether that still holds."""

    unit: UUID | None = None
    year: int = 0
    award: str = ""
    awarded_by: str = ""
    awarded_on: date | None = None
    revoked_on: date | None = None
    reason: str | None = None


def evolve(held: Commendation, event: Event, envelope: Envelope[Any]) -> Commendation:
    """Give the commendation after an event."""
    match event:
        case UnitCommended():
            return Commendation(**event.model_dump(exclude={"clocks"}))
        case UnitCommendationRevoked():
            return held.model_copy(update={"revoked_on": event.revoked_on, "reason": event.reason})
        case _:
            raise AssertionError(f"no fold for {type(event).__name__}")


def commend(command: CommendUnit, *, units: Collection[UUID], today: date) -> UnitCommended:
    """Decide to commend a unit; `units` are those of the named ones that exist, closed or not.

    Raises: UnitUnknown, DateInFuture.
    """
    dated(command.awarded_on, today)
    if command.unit not in units:
        raise UnitUnknown(units=[str(command.unit)])
    return UnitCommended(**command.model_dump())


def revoke(held: Commendation, command: RevokeUnitCommendation, today: date) -> UnitCommendationRevoked:
    """Decide to take a unit's commendation back.

    Raises: AlreadyDone, DateInFuture, DateOutOfOrder.
    """
    if held.revoked_on is not None:
        raise AlreadyDone
    dated(command.revoked_on, today, held.awarded_on)
    return UnitCommendationRevoked(**command.model_dump())
