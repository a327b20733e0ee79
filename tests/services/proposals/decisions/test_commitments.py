"""Commitments 承诺事项: made, restated, put off, kept, told again; they outlast the case."""

from typing import TYPE_CHECKING

from contracts.answering import (
    CommitmentAnswered,
    CommitmentKept,
    CommitmentMade,
    CommitmentRestated,
    CommitmentSlipped,
)
from rules.clock_rule import ClockRule

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


def test_a_signed_reply_promises_something_by_a_day_and_a_clock_runs_to_it(story: "Story") -> None:
    assert story.up_to("review").refusal("make") == "proposal.wrong_stage"
    story.take("sign")
    assert story.refusal("make", on="2005-04-04") == "proposal.date_out_of_order"
    assert story.refusal("make", due="2005-04-05") == "commitment.due_too_early"
    assert story.refusal("make", unit=story.CO) == "proposal.not_a_handling_unit"
    event = story.take("make")
    assert isinstance(event, CommitmentMade)
    assert (event.number, event.round, event.what) == (1, 1, "年内修通断头路")
    assert story.opened(event) == {("commitment", "lead", 1): "2005-12-31"}
    assert event.clocks is not None
    assert event.clocks.opened[0].proof.started_by == "promised"
    second = story.take("make", due="2006-12-31")
    assert story.opened(second) == {("commitment", "lead", 2): "2006-12-31"}


def test_a_commitment_runs_on_when_the_case_is_closed_and_is_followed_into_later_years(story: "Story") -> None:
    story.up_to("sign").take("make")
    story.given("stamp", "deliver", "receive", "rate", "meet_after", "close")
    assert story.running() == {("commitment", "lead", 1): "2005-12-31"}
    story.today = "2007-12-31"
    event = story.take("put_off", on="2006-01-10", due="2007-06-30")
    assert isinstance(event, CommitmentSlipped)
    assert story.running() == {("commitment", "lead", 1): "2007-06-30"}
    assert event.clocks is not None
    (moved,) = event.clocks.moved
    assert (str(moved.due_from), str(moved.due_on), moved.reason) == ("2005-12-31", "2007-06-30", "汛期停工")
    kept = story.take("keep", on="2007-05-01")
    assert story.closed(kept) == {("commitment", "lead", 1, "met")}
    assert story.case.stage == "closed"


def test_a_commitment_is_put_off_only_to_a_later_day_and_every_day_is_kept(story: "Story") -> None:
    story.up_to("sign").take("make")
    assert story.refusal("put_off", due="2005-12-31") == "commitment.due_too_early"
    assert story.refusal("put_off", number=2) == "commitment.unknown"
    story.take("put_off")
    story.take("put_off", due="2006-12-31")
    commitment = story.case.work_of(story.LEAD).commitments[1]
    assert [str(day) for day in (*commitment.slips, commitment.due_on)] == ["2005-12-31", "2006-06-30", "2006-12-31"]


def test_a_commitment_is_restated_in_other_words(story: "Story") -> None:
    story.up_to("sign").take("make")
    assert story.refusal("restate", what="年内修通断头路") == "proposal.already_done"
    event = story.take("restate")
    assert isinstance(event, CommitmentRestated)
    assert event.clocks is None
    commitment = story.case.work_of(story.LEAD).commitments[1]
    assert (commitment.what, commitment.restated) == ("年内修通三条断头路", 1)


def test_a_kept_commitment_is_told_to_the_members_once(story: "Story") -> None:
    story.up_to("sign").take("make")
    assert story.refusal("tell") == "commitment.not_kept"
    assert isinstance(story.take("keep"), CommitmentKept)
    for act in ("keep", "put_off", "restate"):
        assert story.refusal(act) == "proposal.already_done"
    assert story.refusal("tell", on="2005-06-19") == "proposal.date_out_of_order"
    assert isinstance(story.take("tell"), CommitmentAnswered)
    assert story.refusal("tell") == "proposal.already_done"


def test_where_the_pack_says_so_the_members_are_told_within_a_time(stories: "type[Story]") -> None:
    rule = ClockRule.model_validate({"amount": 10, "unit": "day", "from": "kept", "for": "lead"})
    pack = stories().rules.pack
    pack = pack.model_copy(update={"clocks": {**pack.clocks, "reanswer": rule}})
    story = stories(pack=pack).up_to("sign")
    story.given("make", "stamp", "deliver", "receive", "rate", "meet_after", "close")
    event = story.take("keep", on="2005-06-10")
    assert story.opened(event) == {("reanswer", "lead", 1): "2005-06-20"}
    assert story.closed(story.take("tell", on="2005-06-18")) == {("reanswer", "lead", 1, "met")}
    assert story.running() == {}
