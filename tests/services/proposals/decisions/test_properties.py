"""Whatever people do in whatever order, some things always hold of a case."""

from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.refusals import Refusal
from services.proposals.case.proposal import Proposal
from services.proposals.deadlines import outlasts
from services.proposals.reporting.worklist import owed

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story

NEXT: dict[str, tuple[str, ...]] = {
    "confirm": ("confirm", "decline_cosigning"),
    "give_opinion": ("opinion", "waive"),
    "close": ("meet_after", "close"),
    "sign": ("meet_before", "meet_during", "sign"),
    "review": ("review",),
    "decide_adjustment": ("redirect", "refuse_adjustment"),
    "decide_extension": ("grant_extension", "refuse_extension"),
    "tell_extension": ("explain_extension",),
    "stamp": ("stamp",),
    "keep_commitment": ("put_off", "keep"),
    "answer_commitment": ("tell",),
}
"""What is done about an act that somebody owes; else the act itself."""

Choice = st.tuples(st.integers(0, 9), st.integers(0, 999), st.integers(0, 2), st.sampled_from(("满意", "不满意")))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choices=st.lists(Choice, min_size=20, max_size=90), people=st.tuples(st.booleans(), st.booleans()))
def test_no_order_of_acts_breaks_a_case(
    stories: "type[Story]",
    acts: tuple[str, ...],
    choices: list[tuple[int, int, int, str]],
    people: tuple[bool, bool],
) -> None:
    story = stories(
        cosigners=(stories.COSIGNER,) if people[0] else (), co=(stories.CO,) if people[1] else (), today="2005-01-20"
    )
    story.take("submit")
    for wild, pick, days, word in choices:
        story.today = str(min(date(2005, 12, 31), story.day + timedelta(days=days)))
        act, said = (anything if wild == 0 else next_act)(story, acts, pick)
        with suppress(Refusal):
            story.take(act, **(said | ({"result": word} if act == "rate" else {})))
        always(story)


def next_act(story: "Story", acts: tuple[str, ...], pick: int) -> tuple[str, dict[str, Any]]:
    """Give something that somebody owes, done by whoever owes it, today."""
    waiting = list(owed(story.case))
    if not waiting:
        return anything(story, acts, pick)
    act, whom = waiting[pick % len(waiting)]
    named = {f"unit:{id}": id for id in (story.LEAD, story.CO, story.OTHER)} | {
        f"member:{id}": id for id in (story.MEMBER, story.COSIGNER)
    }
    options = NEXT.get(act, (act,))
    act = options[pick % len(options)]
    said: dict[str, Any] = {"on": story.today}
    if act in ("meet_before", "meet_during", "meet_after"):
        said["meeting"] = pick
    takes = story.said(act)
    if "unit" in takes and whom.startswith("unit:") and whom in named:
        said["unit"] = named[whom]
    if "member" in takes and whom.startswith("member:"):
        said["member"] = named[whom]
    if act == "deliver":
        said["member"] = story.case.answer_to[pick % len(story.case.answer_to)]
    return act, said


def anything(story: "Story", acts: tuple[str, ...], pick: int) -> tuple[str, dict[str, Any]]:
    """Give any act at all but erasure, on its usual day, by its usual doer."""
    possible = [act for act in acts if act != "erase"]
    return possible[pick % len(possible)], {}


def always(story: "Story") -> None:
    case = story.case
    assert story.held.version == len(story.events)
    assert Proposal.model_validate_json(case.model_dump_json(exclude_defaults=True)) == case
    running = Counter((clock.kind, clock.whom, clock.round) for clock in case.clocks.values())
    assert set(running.values()) <= {1}
    assert all(id == clock.id for id, clock in case.clocks.items())
    if case.stage not in ("withdrawn", "merged"):
        assert (case.number is None) == (case.stage in ("submitted", "returned", "declined"))
    if case.stage == "closed":
        reply = case.replies[case.answering[0], case.round]
        assert all(outlasts(clock) for clock in case.clocks.values())
        assert set(case.answer_to) == set(reply.delivered) == set(reply.received) == set(reply.rated)
        assert not any(rating.rehandle for rating in reply.rated.values())
    for reply in case.replies.values():
        assert set(reply.rated) <= set(reply.received) <= set(reply.delivered) <= set(case.answer_to)
        assert reply.signer != reply.drafter


@pytest.mark.parametrize("last", ["submit", "hand_over", "sign", "close"])
def test_a_state_that_was_stored_is_the_state_that_is_read(stories: "type[Story]", last: str) -> None:
    story = stories(cosigners=(stories.COSIGNER,), co=(stories.CO,)).up_to(last)
    stored = story.case.model_dump_json(exclude_defaults=True)
    again = Proposal.model_validate_json(stored)
    assert again == story.case
    assert again.model_dump_json(exclude_defaults=True) == stored
