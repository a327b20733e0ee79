"""A case number 案号: claimed by one case, for ever, within a body, a term and a session.

Each number is an aggregate of its own, so that many registrations at once contend for nothing but the next number.
"""

from typing import Any
from uuid import UUID

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.proposals import NumberClaimed
from runtime.folds import State
from runtime.refusals import Refusal


class Number(State):
    """Who bears the number."""

    body: UUID | None = None
    term: int = 0
    session: int = 0
    number: int = 0
    case: UUID | None = None


class NumberTaken(Refusal):
    """Another case bears the number."""

    code, status, title = "number.taken", 409, "该案号已被占用"


class NumberHeld(Refusal):
    """The case has claimed another number before, and a number is never given back."""

    code, status, title = "number.held", 409, "本件已占用另一案号"


def evolve(number: Number, event: Event, envelope: Envelope[Any]) -> Number:
    """Give the number after an event."""
    assert isinstance(event, NumberClaimed)
    return Number(body=event.body, term=event.term, session=event.session, number=event.number, case=event.case)


def number_id(body: UUID, term: int, session: int, number: int) -> str:
    """Give the aggregate id of a number."""
    return f"{body}-{term}-{session}-{number}"


def claim(state: Number, body: UUID, term: int, session: int, number: int, case: UUID) -> NumberClaimed:
    """Decide to claim a number for a case.

    Raises: NumberTaken, which also names the case that bears it.
    """
    if state.case is not None:
        raise NumberTaken(case=str(state.case), number=number)
    return NumberClaimed(body=body, term=term, session=session, number=number, case=case)
