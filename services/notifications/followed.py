"""An aggregate of any service as the notifications service follows it: its clocks, and what people call it.

Whatever event opens, moves or closes clocks is followed, also one whose type this program does not know yet. Clocks
that have ended are kept: who was on time, and why a date was what it was, is asked long afterwards.
"""

from datetime import date
from functools import reduce
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.clocks import Clock, ClockChanges, running_after
from contracts.envelope import Envelope
from contracts.event import Event
from contracts.proposals import HistoryCorrected, ProposalRegistered, ProposalRevised, ProposalSubmitted
from contracts.retelling import retold
from runtime.folds import State


class Ended(BaseModel):
    """A clock that runs no more."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    clock: Clock
    on: date
    outcome: Literal["met", "void"]


class Move(BaseModel):
    """A last day that was put off or brought forward, and why."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    due_from: date | None
    due_on: date | None
    reason: str


class Followed(State):
    """What is known of an aggregate."""

    title: str | None = None
    number: int | None = None
    running: dict[UUID, Clock] = {}
    ended: dict[UUID, Ended] = {}
    moves: dict[UUID, tuple[Move, ...]] = {}


def evolve(followed: Followed, event: Event, envelope: Envelope[Any]) -> Followed:
    """Give what is known after an event of any service; the clocks of imported history 导入件 remind nobody."""
    if isinstance(event, HistoryCorrected):
        return reduce(lambda told, act: evolve(told, act, envelope), retold(event), followed)
    update: dict[str, Any] = {}
    match event:
        case ProposalSubmitted() | ProposalRevised():
            update["title"] = event.title
        case ProposalRegistered():
            update["number"] = event.number
        case _:
            pass
    if event.clocks and envelope.provenance is None:
        update |= _clocks(followed, event.clocks)
    return followed.model_copy(update=update) if update else followed


def _clocks(followed: Followed, changes: ClockChanges) -> dict[str, Any]:
    opened = {clock.id for clock in changes.opened}
    known = {**followed.running, **{clock.id: clock for clock in changes.opened}}
    moves = dict(followed.moves)
    for move in changes.moved:
        if move.id in known:
            before = known[move.id].due_on
            step = Move(due_from=before, due_on=move.due_on, reason=move.reason)
            moves[move.id] = (*moves.get(move.id, ()), step)
    still_known = running_after(followed.running, changes.model_copy(update={"closed": ()}))
    ended = {id: end for id, end in followed.ended.items() if id not in opened}
    for closing in changes.closed:
        if closing.id in still_known:
            ended[closing.id] = Ended(clock=still_known[closing.id], on=closing.on, outcome=closing.outcome)
    return {"running": running_after(followed.running, changes), "ended": ended, "moves": moves}
