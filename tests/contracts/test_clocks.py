"""Clocks as values: one event opens, moves and closes several, by id."""

from datetime import date
from uuid import uuid4

import pytest
from pydantic import ValidationError

from contracts.clocks import Clock, ClockChanges, ClockClosed, ClockMoved, Proof, clock_id, running_after

CASE = uuid4()
START = date(2005, 3, 1)


def clock(kind: str, due_on: date | None = date(2005, 4, 30), round: int = 1) -> Clock:
    proof = Proof(pack="p", pack_digest="sha256:00", rule=kind, started_by="handed_over", started_on=START)
    return Clock(
        id=clock_id(CASE, kind, "unit:1", round), kind=kind, whom="unit:1", round=round, due_on=due_on, proof=proof
    )


REPLY, RETURN = clock("reply"), clock("return", date(2005, 3, 8))
RUNNING = {REPLY.id: REPLY, RETURN.id: RETURN}


def test_the_same_facts_name_the_same_clock() -> None:
    assert clock_id(CASE, "reply", "unit:1") == clock_id(CASE, "reply", "unit:1", 1)
    others = [
        clock_id(uuid4(), "reply", "unit:1"),
        clock_id(CASE, "return", "unit:1"),
        clock_id(CASE, "reply", "unit:2"),
        clock_id(CASE, "reply", "unit:1", 2),
    ]
    assert len({clock_id(CASE, "reply", "unit:1"), *others}) == 5


def test_one_event_opens_moves_and_closes_several_clocks() -> None:
    contact = clock("contact", None)
    proof = REPLY.proof.model_copy(update={"amount": 2, "unit": "month"})
    changes = ClockChanges(
        opened=(contact,),
        moved=(
            ClockMoved(id=REPLY.id, due_from=REPLY.due_on, due_on=date(2005, 5, 31), reason="准予延期", proof=proof),
        ),
        closed=(ClockClosed(id=RETURN.id, on=date(2005, 3, 3)),),
    )
    after = running_after(RUNNING, changes)
    assert set(after) == {REPLY.id, contact.id}
    assert (after[REPLY.id].due_on, after[REPLY.id].proof.amount) == (date(2005, 5, 31), 2)
    assert after[contact.id].due_on is None


def test_what_ran_before_is_not_touched() -> None:
    running = dict(RUNNING)
    running_after(running, ClockChanges(closed=(ClockClosed(id=REPLY.id, on=START),)))
    assert running == RUNNING


def test_a_clock_that_does_not_run_can_be_neither_moved_nor_closed() -> None:
    stranger = clock("rating")
    move = ClockMoved(id=stranger.id, due_on=START, reason="准予延期", proof=stranger.proof)
    changes = ClockChanges(moved=(move,), closed=(ClockClosed(id=clock("closing").id, on=START),))
    assert running_after(RUNNING, changes) == RUNNING


def test_a_clock_opened_and_closed_by_one_event_runs_no_more() -> None:
    changes = ClockChanges(opened=(clock("rating"),), closed=(ClockClosed(id=clock("rating").id, on=START),))
    assert running_after({}, changes) == {}


def test_a_move_can_end_that_a_clock_is_provisional() -> None:
    provisional = REPLY.model_copy(update={"provisional": True})
    move = ClockMoved(id=REPLY.id, due_on=REPLY.due_on, reason="2027年放假安排公布", proof=REPLY.proof)
    assert not running_after({REPLY.id: provisional}, ClockChanges(moved=(move,)))[REPLY.id].provisional


def test_changes_that_change_nothing_are_false() -> None:
    assert not ClockChanges()
    assert ClockChanges(opened=(REPLY,))
    assert ClockChanges(closed=(ClockClosed(id=REPLY.id, on=START),))


def test_a_clock_begins_with_the_first_round() -> None:
    with pytest.raises(ValidationError):
        clock("reply", round=0)
