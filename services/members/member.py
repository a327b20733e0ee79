"""A member 委员/代表: a person's seat in one body for one term, from a first to a last day."""

from datetime import date
from typing import Any, assert_never
from uuid import UUID

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.members import MemberEnrolled, MemberSeatEnded
from runtime.folds import State
from runtime.refusals import Refusal
from services.members.commands import EndSeat, EnrolMember


class Member(State):
    """Who sits where, for which term."""

    name: str = ""
    body: UUID | None = None
    term: int = 0
    sector: str | None = None
    from_on: date = date.min
    ended_on: date | None = None


class BodyUnknown(Refusal):
    """The county has no such body."""

    code, status, title = "member.body_unknown", 404, "没有这个机构"


class SeatHasEnded(Refusal):
    """The seat has ended already."""

    code, status, title = "member.seat_has_ended", 409, "席位已经终止"


class EndsBeforeStart(Refusal):
    """The seat would end before its first day."""

    code, status, title = "member.ends_before_start", 409, "终止日期早于任期起始日期"


MemberEvents = MemberEnrolled | MemberSeatEnded


def evolve(member: Member, event: Event, envelope: Envelope[Any]) -> Member:
    """Give the member after an event."""
    assert isinstance(event, MemberEvents)
    match event:
        case MemberEnrolled():
            return Member(
                name=event.name, body=event.body, term=event.term, sector=event.sector, from_on=event.from_on
            )
        case MemberSeatEnded():
            return member.model_copy(update={"ended_on": event.on})
        case _:
            assert_never(event)


def enrol(command: EnrolMember, *, body_exists: bool) -> MemberEnrolled:
    """Decide to give somebody a seat.

    Raises: BodyUnknown.
    """
    if not body_exists:
        raise BodyUnknown(body=str(command.body))
    return MemberEnrolled(
        name=command.name, body=command.body, term=command.term, sector=command.sector, from_on=command.from_on
    )


def end_seat(member: Member, command: EndSeat) -> MemberSeatEnded:
    """Decide to end a seat.

    Raises: SeatHasEnded, EndsBeforeStart.
    """
    if member.ended_on is not None:
        raise SeatHasEnded(ended_on=member.ended_on.isoformat())
    if command.on < member.from_on:
        raise EndsBeforeStart(from_on=member.from_on.isoformat())
    return MemberSeatEnded(on=command.on, reason=command.reason)
