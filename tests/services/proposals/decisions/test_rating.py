"""Rating beside the plain way: paper forms, silence, ended seats, and what follows a second 不满意."""

from datetime import date
from typing import TYPE_CHECKING

import pytest

from contracts.answering import DissatisfactionAssessed, RatingImpossible, RatingLapsed, RatingReminded
from contracts.proposals import ProposalClosed, ReplyRated
from rules.handling import Silence
from rules.pack import Pack

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story

GONE = date(2005, 4, 15)


def with_ratings(stories: "type[Story]", **changes: object) -> Pack:
    """Give the plan of 2005 with other rules of rating."""
    pack = stories().rules.pack
    return pack.model_copy(update={"ratings": pack.ratings.model_copy(update=changes)})


def again(story: "Story", day: int) -> None:
    """Handle the case a second or third time, until the receipt, within two days of May."""
    for act in ("draft", "review", "sign", "stamp", "deliver", "receive"):
        story.take(act, on=f"2005-05-{day:02}")


def test_the_committee_enters_a_paper_form_before_a_witness_and_with_its_scan(story: "Story") -> None:
    story.up_to("receive")
    assert story.refusal("enter", witness="person:committee") == "reply.own_witness"
    event = story.take("enter", result="基本满意")
    assert isinstance(event, ReplyRated)
    assert event.paper is not None
    assert (event.member, event.paper.witness, event.paper.digest) == (
        story.MEMBER,
        "person:witness",
        "sha256:" + "1" * 64,
    )
    rating = story.case.replies[story.LEAD, 1].rated[story.MEMBER]
    assert (rating.given, rating.result) == ("paper", "基本满意")
    assert story.refusal("rate") == "proposal.already_done"


def test_a_paper_form_counts_as_the_members_own_rating(story: "Story") -> None:
    event = story.up_to("receive").take("enter", result="不满意")
    assert story.case.stage == "dissatisfied"
    assert story.opened(event) == {("rehandle", "lead", 2): "2005-05-20"}


def test_a_silent_member_counts_as_unrated_after_a_reminder_and_the_end_of_his_time(story: "Story") -> None:
    story.up_to("receive")
    assert story.running()["rating", "member", 1] == "2005-04-29"
    assert story.refusal("lapse") == "reply.not_reminded"
    assert isinstance(story.take("remind", on="2005-04-20"), RatingReminded)
    assert story.refusal("lapse", on="2005-04-20") == "reply.not_reminded"
    assert story.refusal("lapse", on="2005-04-29") == "reply.rating_still_due"
    event = story.take("lapse", on="2005-04-30")
    assert isinstance(event, RatingLapsed)
    assert (event.word, event.counts) == ("未表态", False)
    assert story.closed(event) == {("rating", "member", 1, "void")}
    rating = story.case.replies[story.LEAD, 1].rated[story.MEMBER]
    assert (rating.given, rating.result) == ("lapsed", "未表态")
    assert isinstance(story.given("meet_after").take("close"), ProposalClosed)


def test_where_the_pack_says_so_silence_counts_as_a_rating(stories: "type[Story]") -> None:
    silence = Silence(counts_as="满意", reminders=2)
    story = stories(pack=with_ratings(stories, silence=silence)).up_to("receive")
    story.take("remind", on="2005-04-20")
    assert story.refusal("lapse") == "reply.not_reminded"
    story.take("remind", on="2005-05-01")
    event = story.take("lapse")
    assert isinstance(event, RatingLapsed)
    assert (event.word, event.counts) == ("满意", True)


def test_who_has_rated_is_neither_reminded_nor_silent(story: "Story") -> None:
    story.up_to("deliver")
    assert story.refusal("remind") == "reply.not_received"
    assert story.refusal("lapse") == "reply.not_received"
    story.given("receive", "rate")
    assert story.refusal("remind") == "proposal.already_done"
    assert story.refusal("lapse") == "proposal.already_done"


def test_a_member_whose_seat_has_ended_rates_no_more_and_the_case_goes_unrated(story: "Story") -> None:
    story.up_to("receive")
    ended = {story.MEMBER: GONE}
    assert story.refusal("rate", ended=ended) == "reply.seat_ended"
    assert story.refusal("find_impossible") == "reply.seat_held"
    assert story.refusal("find_impossible", ended=ended, on="2005-04-15") == "reply.seat_held"
    event = story.take("find_impossible", ended=ended, on="2005-04-16")
    assert isinstance(event, RatingImpossible)
    assert event.seat_ended_on == GONE
    assert story.closed(event) == {("rating", "member", 1, "void")}
    rating = story.case.replies[story.LEAD, 1].rated[story.MEMBER]
    assert (rating.given, rating.result) == ("impossible", "无法测评")
    story.given("meet_after", "close")


def test_a_member_may_rate_on_the_last_day_of_his_seat(story: "Story") -> None:
    story.up_to("receive").take("rate", ended={story.MEMBER: GONE}, on="2005-04-15")


def test_where_the_pack_says_so_a_cosigner_rates_for_a_member_whose_seat_has_ended(stories: "type[Story]") -> None:
    pack = with_ratings(stories, seat_ended="next_cosigner")
    story = stories(pack=pack, cosigners=(stories.COSIGNER,)).up_to("receive")
    ended = {story.MEMBER: GONE}
    said = {"member": story.COSIGNER, "instead_of": story.MEMBER}
    assert story.refusal("rate", **said) == "reply.seat_held"
    assert story.refusal("find_impossible", ended=ended) == "reply.not_instead"
    assert story.refusal("rate", ended=ended, **(said | {"member": story.STRANGER})) == "reply.not_instead"
    event = story.take("rate", ended=ended, **said)
    assert isinstance(event, ReplyRated)
    rated = story.case.replies[story.LEAD, 1].rated
    assert (set(rated), rated[story.MEMBER].by) == ({story.MEMBER}, story.COSIGNER)
    story.take("rate", member=story.COSIGNER, ended=ended)
    story.given("meet_after", "close")


def test_elsewhere_nobody_rates_for_another(stories: "type[Story]") -> None:
    story = stories(cosigners=(stories.COSIGNER,)).up_to("receive")
    said = {"member": story.COSIGNER, "instead_of": story.MEMBER}
    assert story.refusal("rate", ended={story.MEMBER: GONE}, **said) == "reply.not_instead"


def twice_dissatisfied(stories: "type[Story]") -> "Story":
    story = stories(pack=with_ratings(stories, after_second_dissatisfaction="expert_evaluation")).up_to("receive")
    story.take("rate", result="不满意")
    assert story.refusal("assess") == "reply.not_a_second_time"
    story.take("rehandle")
    again(story, 10)
    story.take("rate", result="不满意", on="2005-05-20")
    return story


def test_a_second_dissatisfaction_is_assessed_before_the_case_is_handled_a_third_time(stories: "type[Story]") -> None:
    story = twice_dissatisfied(stories)
    assert ("rehandle", "lead", 3) not in story.running()
    assert story.refusal("rehandle", on="2005-05-22") == "reply.assessment_missing"
    assert story.refusal("assess", on="2005-05-19") == "proposal.date_out_of_order"
    event = story.take("assess", again=True)
    assert isinstance(event, DissatisfactionAssessed)
    assert (event.form, event.round, event.handle_again) == ("expert_evaluation", 2, True)
    assert story.refusal("assess") == "proposal.already_done"
    assert story.refusal("close") == "proposal.wrong_stage"
    assert story.refusal("rehandle", on="2005-05-24") == "proposal.date_out_of_order"
    story.take("rehandle", on="2005-05-25")
    assert (story.case.round, story.case.stage) == (3, "handed_over")


def test_an_assessment_may_end_the_matter_and_the_rating_stays_on_record(stories: "type[Story]") -> None:
    story = twice_dissatisfied(stories)
    story.take("assess", again=False)
    assert story.case.stage == "replied"
    assert story.refusal("rehandle", on="2005-05-26") == "proposal.wrong_stage"
    story.take("meet_after")
    story.take("close", on="2005-05-26")
    assert story.case.replies[story.LEAD, 2].rated[story.MEMBER].result == "不满意"


@pytest.mark.parametrize("last", ["receive", "rate"])
def test_where_the_pack_has_nothing_follow_there_is_nothing_to_assess(story: "Story", last: str) -> None:
    story.up_to(last)
    assert story.refusal("assess") == "proposal.wrong_stage"


def test_where_the_first_signer_rates_for_all_the_others_do_not(stories: "type[Story]") -> None:
    pack = with_ratings(stories, by="lead_after_asking_cosigners")
    story = stories(pack=pack, cosigners=(stories.COSIGNER,)).up_to("receive")
    assert story.case.raters == (story.MEMBER,)
    assert story.refusal("rate", member=story.COSIGNER) == "reply.not_a_rater"
    assert story.given("meet_after").refusal("close") == "proposal.answers_outstanding"
    story.given("rate", "close")
