"""Separate units 分办: each answers for itself, has rounds and clocks of its own; the case waits for all."""

from typing import TYPE_CHECKING

import pytest

from contracts.proposals import ProposalClosed, RehandlingOrdered, ReplyRated

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


@pytest.fixture
def apart(stories: "type[Story]") -> "Story":
    """A case that two units have signed for, each for itself."""
    story = stories()
    story.given("submit", "register")
    story.take("hand_over", lead=None, separate=(story.LEAD, story.OTHER), co=())
    for unit in (story.LEAD, story.OTHER):
        story.take("sign_for", unit=unit)
    return story


def stage(story: "Story") -> str:
    return story.case.stage


def answered(story: "Story", *, until: str = "rate", on: str = "2005-04-10") -> "Story":
    """Have both units reply, each up to an act."""
    acts = ("contact", "meet_before", "meet_during", "draft", "review", "sign", "stamp", "deliver", "receive", "rate")
    for n, unit in enumerate((story.LEAD, story.OTHER)):
        for act in acts[: acts.index(until) + 1]:
            said = {"meeting": 20 * n + acts.index(act)} if act.startswith("meet") else {}
            story.take(act, unit=unit, on=on, **said)
    return story


def test_each_unit_tells_the_member_who_handles_its_part(apart: "Story") -> None:
    apart.take("contact")
    assert apart.refusal("contact") == "proposal.already_done"
    apart.take("contact", unit=apart.OTHER, on="2005-03-05")
    assert str(apart.case.contacted_on) == "2005-03-04"
    assert {unit: str(work.contact.on) for unit, work in apart.case.work.items() if work.contact} == {
        apart.LEAD: "2005-03-04",
        apart.OTHER: "2005-03-05",
    }


def test_each_unit_has_to_meet_the_member_itself(apart: "Story") -> None:
    apart.given("meet_before", "meet_during")
    for unit in (apart.LEAD, apart.OTHER):
        apart.take("draft", unit=unit)
        apart.take("review", unit=unit)
    apart.take("sign")
    assert apart.refusal("sign", unit=apart.OTHER) == "reply.before_meeting"


def test_one_unit_may_draft_while_the_other_has_replied_and_the_case_is_replied_when_both_have(
    apart: "Story",
) -> None:
    apart.given("meet_before", "meet_during", "draft", "review", "sign")
    assert stage(apart) == "handed_over"
    assert apart.refusal("draft") == "proposal.wrong_stage"
    apart.take("draft", unit=apart.OTHER, category="B")
    assert [(key, reply.category) for key, reply in apart.case.replies.items()] == [
        ((apart.LEAD, 1), "A"),
        ((apart.OTHER, 1), "B"),
    ]
    apart.take("meet_before", unit=apart.OTHER, meeting=7)
    apart.take("meet_during", unit=apart.OTHER, meeting=8)
    apart.take("review", unit=apart.OTHER)
    apart.take("sign", unit=apart.OTHER)
    assert stage(apart) == "replied"


def test_a_member_says_whose_reply_he_has_and_rates(apart: "Story") -> None:
    answered(apart, until="deliver")
    assert apart.refusal("receive") == "reply.unit_not_named"
    assert apart.refusal("receive", unit=apart.CO) == "proposal.not_a_handling_unit"
    first = apart.take("receive", unit=apart.LEAD)
    second = apart.take("receive", unit=apart.OTHER)
    assert first.clocks
    assert second.clocks
    assert {clock.about for clock in (*first.clocks.opened, *second.clocks.opened)} == {
        f"unit:{apart.LEAD}",
        f"unit:{apart.OTHER}",
    }
    assert apart.refusal("rate") == "reply.unit_not_named"
    rated = apart.take("rate", unit=apart.OTHER)
    assert isinstance(rated, ReplyRated)
    assert rated.unit == apart.OTHER
    assert [clock.about for clock in apart.case.clocks.values() if clock.kind == "rating"] == [f"unit:{apart.LEAD}"]


def test_dissatisfaction_with_one_reply_has_that_unit_alone_handle_the_case_again(apart: "Story") -> None:
    answered(apart, until="receive", on="2005-04-10")
    apart.take("rate", unit=apart.LEAD)
    apart.take("rate", unit=apart.OTHER, result="不满意")
    assert stage(apart) == "dissatisfied"
    assert {(c.whom, c.round) for c in apart.case.clocks.values() if c.kind == "rehandle"} == {
        (f"unit:{apart.OTHER}", 2)
    }
    assert apart.refusal("rehandle", unit=apart.LEAD) == "proposal.wrong_stage"
    event = apart.take("rehandle")
    assert isinstance(event, RehandlingOrdered)
    assert (event.unit, event.round) == (apart.OTHER, 2)
    assert {unit: apart.case.work_of(unit).round for unit in apart.case.answering} == {apart.LEAD: 1, apart.OTHER: 2}
    assert stage(apart) == "handed_over"
    assert apart.case.work_of(apart.LEAD).standing == "replied"


def test_the_case_is_closed_when_every_units_reply_was_delivered_and_rated(apart: "Story") -> None:
    answered(apart, until="receive")
    apart.take("meet_after")
    apart.take("rate", unit=apart.LEAD)
    assert apart.refusal("close") == "proposal.answers_outstanding"
    apart.take("rate", unit=apart.OTHER)
    assert apart.refusal("close") == "proposal.meeting_after_missing"
    apart.take("meet_after", unit=apart.OTHER, meeting=9)
    assert isinstance(apart.take("close"), ProposalClosed)
    assert apart.running() == {}
