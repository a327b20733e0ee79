"""Towards the member: delivery, receipt, rating, another round, the end of a case, and erasure."""

from typing import TYPE_CHECKING

import pytest

from contracts.proposals import (
    ProposalClosed,
    ProposalErased,
    RehandlingOrdered,
    ReplyDelivered,
    ReplyRated,
    ReplyReceived,
)

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


@pytest.fixture
def joint(stories: "type[Story]") -> "Story":
    """A case that two members have submitted."""
    return stories(cosigners=(stories.COSIGNER,))


@pytest.mark.parametrize("act", ["deliver", "receive", "rate", "close"])
def test_nothing_is_answered_before_the_reply_is_signed(story: "Story", act: str) -> None:
    assert story.up_to("review").refusal(act) == "proposal.wrong_stage"


def test_the_reply_goes_to_each_who_must_be_answered_once(joint: "Story") -> None:
    story = joint.up_to("stamp")
    assert isinstance(story.take("deliver"), ReplyDelivered)
    assert story.refusal("deliver") == "proposal.already_done"
    assert story.refusal("deliver", member=story.STRANGER) == "reply.not_to_be_answered"
    story.take("deliver", member=story.COSIGNER)


def test_a_reply_is_delivered_between_its_signature_and_today(story: "Story") -> None:
    story.up_to("sign")
    assert story.refusal("deliver", on="2005-04-04") == "proposal.date_out_of_order"
    assert story.refusal("deliver", on="2005-07-01") == "proposal.date_in_future"


def test_a_receipt_follows_the_delivery_to_that_member_once(joint: "Story") -> None:
    story = joint.up_to("stamp")
    story.take("deliver")
    assert story.refusal("receive", member=story.COSIGNER) == "reply.not_delivered"
    assert story.refusal("receive", on="2005-04-07") == "proposal.date_out_of_order"
    assert isinstance(story.take("receive"), ReplyReceived)
    assert story.refusal("receive") == "proposal.already_done"


def test_a_rating_follows_the_receipt_of_that_member_once(joint: "Story") -> None:
    story = joint.up_to("deliver")
    assert story.refusal("rate") == "reply.not_received"
    story.take("receive")
    assert story.refusal("rate", member=story.COSIGNER) == "reply.not_received"
    assert story.refusal("rate", on="2005-04-09") == "proposal.date_out_of_order"
    assert isinstance(story.take("rate"), ReplyRated)
    assert story.refusal("rate") == "proposal.already_done"


@pytest.mark.parametrize(
    "said", [{"result": "很满意"}, {"attitude": "很满意"}, {"attitude": None}, {"result": "无法测评"}]
)
def test_a_rating_uses_the_words_and_the_axes_of_the_pack(story: "Story", said: dict[str, str | None]) -> None:
    assert story.up_to("receive").refusal("rate", **said) == "reply.unknown_rating"


def test_a_pack_with_one_axis_takes_no_second_word(stories: "type[Story]") -> None:
    story = stories(rulebook="chongyi-cppcc-2013", two_axes=False).up_to("receive")
    assert story.refusal("rate", attitude="满意") == "reply.unknown_rating"
    story.take("rate", result="基本满意")


@pytest.mark.parametrize(
    ("said", "again"), [({}, False), ({"result": "基本满意"}, False), ({"result": "不满意"}, True)]
)
def test_dissatisfaction_alone_calls_for_another_round(story: "Story", said: dict[str, str], again: bool) -> None:
    event = story.up_to("receive").take("rate", **said)
    assert isinstance(event, ReplyRated)
    assert event.rehandle is again
    assert story.case.stage == ("dissatisfied" if again else "replied")


def test_dissatisfaction_with_the_attitude_alone_calls_for_another_round_too(story: "Story") -> None:
    story.up_to("receive").take("rate", attitude="不满意")
    assert story.case.stage == "dissatisfied"


@pytest.mark.parametrize("again", [True, False])
def test_where_the_pack_says_so_a_remark_alone_calls_for_another_round(stories: "type[Story]", again: bool) -> None:
    pack = stories().rules.pack
    ratings = pack.ratings.model_copy(update={"rehandle_on_remarks": again})
    story = stories(pack=pack.model_copy(update={"ratings": ratings})).up_to("receive")
    story.take("rate", remark="请再办理")
    assert (story.case.stage == "dissatisfied") is again


def test_a_case_is_handled_again_only_after_dissatisfaction(story: "Story") -> None:
    assert story.up_to("rate").refusal("rehandle") == "proposal.wrong_stage"


def test_the_first_round_stays_on_record_when_a_case_is_handled_again(story: "Story") -> None:
    story.up_to("receive").take("rate", result="不满意")
    first = story.case.replies[story.LEAD, 1]
    event = story.take("rehandle")
    assert isinstance(event, RehandlingOrdered)
    assert (event.round, story.case.stage, story.case.reply) == (2, "handed_over", None)
    story.take("draft", category="B", on="2005-05-08")
    assert story.case.replies[story.LEAD, 1] == first
    assert (story.case.replies[story.LEAD, 2].category, story.case.round) == ("B", 2)


def test_a_case_is_ordered_to_be_handled_again_between_the_dissatisfied_rating_and_today(joint: "Story") -> None:
    story = joint.up_to("receive")
    story.take("rate", on="2005-04-12")
    story.take("rate", member=story.COSIGNER, result="不满意", on="2005-04-20")
    assert story.refusal("rehandle", on="2005-04-19") == "proposal.date_out_of_order"
    assert story.refusal("rehandle", on="2005-07-01") == "proposal.date_in_future"
    story.take("rehandle", on="2005-04-20")


def test_the_second_round_is_answered_and_rated_by_everybody_again(joint: "Story") -> None:
    story = joint.up_to("receive")
    story.take("rate")
    story.take("rate", member=story.COSIGNER, result="不满意")
    story.given("rehandle")
    for act, on in (("draft", "05-08"), ("review", "05-09"), ("sign", "05-10"), ("stamp", "05-10")):
        story.take(act, on=f"2005-{on}")
    for act, on in (("deliver", "05-11"), ("receive", "05-12"), ("rate", "05-13")):
        assert story.refusal("close") == "proposal.answers_outstanding"
        for member in story.case.answer_to:
            story.take(act, member=member, on=f"2005-{on}")
    assert isinstance(story.given("meet_after").take("close"), ProposalClosed)


def test_a_dissatisfied_case_is_not_closed(story: "Story") -> None:
    story.up_to("receive").given("meet_after").take("rate", result="不满意")
    assert story.refusal("close") == "proposal.wrong_stage"


@pytest.mark.parametrize("left_out", ["deliver", "receive", "rate"])
def test_a_case_stays_open_until_everybody_was_answered_and_has_rated(joint: "Story", left_out: str) -> None:
    story = joint.up_to("stamp").given("meet_after")
    for act in ("deliver", "receive", "rate"):
        story.take(act)
    for act in ("deliver", "receive", "rate"):
        if act == left_out:
            break
        story.take(act, member=story.COSIGNER)
    assert story.refusal("close") == "proposal.answers_outstanding"


def test_a_case_is_not_closed_before_the_meeting_after_the_reply(story: "Story") -> None:
    story.up_to("rate")
    assert story.refusal("close") == "proposal.meeting_after_missing"
    story.take("meet_after", on="2005-05-21")
    assert story.refusal("close", on="2005-05-20") == "proposal.meeting_after_missing"
    story.take("close", on="2005-05-21")


def test_a_case_is_closed_between_its_last_rating_and_today_and_once(story: "Story") -> None:
    story.up_to("receive").given("meet_after").take("rate", on="2005-05-21")
    assert story.refusal("close", on="2005-05-20") == "proposal.date_out_of_order"
    assert story.refusal("close", on="2005-07-01") == "proposal.date_in_future"
    story.take("close", on="2005-05-21")
    assert str(story.case.closed_on) == "2005-05-21"
    for act in ("close", "rate", "deliver", "receive", "rehandle", "draft", "hand_over"):
        assert story.refusal(act) == "proposal.wrong_stage"


@pytest.mark.parametrize("last", ["submit", "sign_for", "rate", "close"])
def test_a_case_is_erased_by_order_at_any_stage_and_once(story: "Story", last: str) -> None:
    story.up_to(last)
    assert story.refusal("erase", on="2005-07-01") == "proposal.date_in_future"
    assert story.refusal("erase", on="2005-01-19") == "proposal.date_out_of_order"
    stage = story.case.stage
    event = story.take("erase")
    assert isinstance(event, ProposalErased)
    assert (story.case.erased, story.case.stage, story.running()) == (True, stage, {})
    assert story.refusal("erase") == "proposal.already_done"
