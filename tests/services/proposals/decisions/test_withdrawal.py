"""Withdrawal by the pack: until when, with whose consent, and what it ends; revision rounds and diversion."""

from typing import TYPE_CHECKING

import pytest

from contracts.proposals import ProposalDeclined
from contracts.review import ProposalWithdrawn
from rules.handling import Withdrawal

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


def with_rule(story: "Story", rule: Withdrawal | None) -> "Story":
    story.pack = story.rules.pack.model_copy(update={"withdraw": rule})
    return story


@pytest.mark.parametrize("stage", ["submit", "register", "hand_over", "sign", "deliver"])
def test_a_case_may_be_withdrawn_at_any_time_where_the_pack_says_so_and_nothing_runs_on(
    story: "Story", stage: str
) -> None:
    story.up_to(stage)
    running = len(story.case.clocks)
    event = story.take("withdraw")
    assert isinstance(event, ProposalWithdrawn)
    assert (story.case.stage, story.case.clocks) == ("withdrawn", {})
    assert {outcome for *_, outcome in story.closed(event)} == ({"void"} if running else set())
    assert len(story.closed(event)) == running
    assert (event.pack, event.pack_digest) == (story.rules.pack.name, story.rules.pack.digest)
    assert story.case.review.withdrawal is not None
    assert str(story.case.review.withdrawal.withdrawn_on) == "2005-06-10"


@pytest.mark.parametrize("rule", [None, Withdrawal(until="handed_over")])
def test_where_the_pack_is_silent_or_says_so_a_case_is_withdrawn_only_before_hand_over(
    story: "Story", rule: Withdrawal | None
) -> None:
    with_rule(story, rule).up_to("hand_over")
    assert story.refusal("withdraw") == "proposal.withdrawal_too_late"
    early = with_rule(type(story)(), rule).up_to("register")
    early.take("withdraw", on="2005-02-20")
    assert early.case.stage == "withdrawn"


def test_a_pack_that_provides_for_withdrawal_and_names_no_last_moment_sets_none(story: "Story") -> None:
    with_rule(story, Withdrawal(in_writing=True)).up_to("sign").take("withdraw")
    assert story.case.stage == "withdrawn"


def test_every_cosigner_agrees_first_where_the_pack_asks_for_it(stories: "type[Story]") -> None:
    story = with_rule(stories(cosigners=(stories.COSIGNER,)), Withdrawal(all_cosigners_agree=True)).up_to("register")
    assert story.refusal("withdraw", on="2005-02-20") == "proposal.cosigners_not_agreed"
    assert story.refusal("agree_withdrawal") == "proposal.not_asked_to_agree"
    story.take("ask_withdrawal")
    assert story.refusal("ask_withdrawal") == "proposal.already_done"
    assert story.refusal("agree_withdrawal", member=story.MEMBER) == "proposal.not_asked_to_agree"
    assert story.refusal("agree_withdrawal", on="2005-02-09") == "proposal.date_out_of_order"
    story.take("agree_withdrawal")
    assert story.refusal("agree_withdrawal") == "proposal.not_asked_to_agree"
    assert story.refusal("withdraw", on="2005-02-10") == "proposal.date_out_of_order"
    story.take("withdraw", on="2005-02-20")
    assert story.case.stage == "withdrawn"


def test_no_consent_is_needed_where_the_pack_asks_for_none(stories: "type[Story]") -> None:
    story = stories(cosigners=(stories.COSIGNER,)).up_to("register")
    assert story.take("withdraw", on="2005-02-20")


def test_whoever_enters_it_for_the_submitter_names_the_paper(story: "Story") -> None:
    story.up_to("register")
    assert story.refusal("withdraw", on="2005-02-20", own=False) == "proposal.not_in_writing"
    event = story.take("withdraw", on="2005-02-20", own=False, written="提案委档案 2005-3")
    assert isinstance(event, ProposalWithdrawn)
    assert event.written == "提案委档案 2005-3"


def test_what_has_ended_is_not_withdrawn(story: "Story") -> None:
    assert story.up_to("close").refusal("withdraw") == "proposal.wrong_stage"
    assert type(story)().up_to("submit").given("withdraw").refusal("withdraw") == "proposal.wrong_stage"
    assert type(story)().up_to("submit").given("withdraw").refusal("register") == "proposal.wrong_stage"


def test_a_declined_case_may_live_on_as_an_opinion(story: "Story") -> None:
    event = story.up_to("submit").take("decline", diverted_to="opinion")
    assert isinstance(event, ProposalDeclined)
    assert event.diverted_to == "opinion"
    assert story.case.review.declined is not None
    assert (story.case.stage, story.case.review.declined.diverted_to) == ("declined", "opinion")


def test_every_round_of_revision_stays_on_record(story: "Story") -> None:
    story.up_to("submit").given("give_back", "revise")
    story.take("give_back", on="2005-01-25")
    first, second = story.case.review.revisions
    assert [str(first.returned_on), str(first.revised_on)] == ["2005-01-22", "2005-01-24"]
    assert (str(second.returned_on), second.revised_on, story.case.stage) == ("2005-01-25", None, "returned")
    story.take("revise", on="2005-01-26", title="再改")
    assert (story.case.title, str(story.case.review.revisions[1].revised_on)) == ("再改", "2005-01-26")
