"""Inside the units: signing for, contact, opinions, the reply from draft to signature, and its correction."""

from typing import TYPE_CHECKING

import pytest

from contracts.proposals import (
    CoOpinionGiven,
    CoOpinionWaived,
    MeetingNoted,
    MeetingStruck,
    MemberContacted,
    ProposalSignedFor,
    ReplyCorrected,
    ReplyDrafted,
    ReplyReviewed,
    ReplySigned,
)

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


@pytest.fixture
def with_co(stories: "type[Story]") -> "Story":
    """A case with a co unit."""
    return stories(co=(stories.CO,))


def test_lead_and_co_units_sign_for_the_case_each_once(with_co: "Story") -> None:
    story = with_co.up_to("hand_over")
    assert isinstance(story.take("sign_for"), ProposalSignedFor)
    story.take("sign_for", unit=story.CO)
    assert {unit: str(on) for unit, on in story.case.signed_for.items()} == dict.fromkeys(
        (story.LEAD, story.CO), "2005-03-02"
    )
    assert story.refusal("sign_for") == "proposal.already_done"
    assert story.refusal("sign_for", unit=story.OTHER) == "proposal.not_a_handling_unit"


def test_nobody_signs_for_a_case_that_was_not_handed_over(story: "Story") -> None:
    assert story.up_to("register").refusal("sign_for") == "proposal.wrong_stage"


def test_a_case_is_signed_for_between_hand_over_and_today(story: "Story") -> None:
    story.up_to("hand_over")
    assert story.refusal("sign_for", on="2005-02-28") == "proposal.date_out_of_order"
    assert story.refusal("sign_for", on="2005-07-01") == "proposal.date_in_future"


def test_the_lead_tells_the_member_who_handles_the_case_once_it_has_signed_for_it(with_co: "Story") -> None:
    story = with_co.up_to("hand_over")
    assert story.refusal("contact") == "proposal.not_signed_for"
    story.take("sign_for")
    assert story.refusal("contact", unit=story.CO) == "proposal.not_a_handling_unit"
    assert story.refusal("contact", on="2005-02-28") == "proposal.date_out_of_order"
    assert isinstance(story.take("contact"), MemberContacted)
    assert story.refusal("contact") == "proposal.already_done"


def test_a_first_contact_may_still_be_recorded_after_the_reply_but_not_once_the_case_is_closed(
    story: "Story",
) -> None:
    story.up_to("sign", without=("contact",))
    assert ("contact", "lead", 1) in story.running()
    assert ("contact", "lead", 1, "met") in story.closed(story.take("contact"))
    assert (
        story.given("stamp", "deliver", "receive", "rate", "meet_after", "close").refusal("contact")
        == "proposal.wrong_stage"
    )


def test_a_co_unit_gives_its_opinion_once(with_co: "Story") -> None:
    story = with_co.up_to("sign_for")
    assert story.refusal("opinion", unit=story.LEAD) == "proposal.not_a_handling_unit"
    assert story.refusal("opinion", on="2005-02-28") == "proposal.date_out_of_order"
    assert isinstance(story.take("opinion"), CoOpinionGiven)
    assert story.refusal("opinion") == "proposal.already_done"
    assert story.refusal("waive") == "proposal.already_done"


def test_an_opinion_that_does_not_come_is_waived_and_comes_no_more(with_co: "Story") -> None:
    story = with_co.up_to("sign_for")
    assert story.refusal("waive", unit=story.LEAD) == "proposal.not_a_handling_unit"
    assert story.refusal("waive", on="2005-02-28") == "proposal.date_out_of_order"
    assert story.refusal("waive", on="2005-07-01") == "proposal.date_in_future"
    assert isinstance(story.take("waive"), CoOpinionWaived)
    assert story.case.opinions[story.CO].text is None
    assert story.refusal("opinion") == "proposal.already_done"


@pytest.mark.parametrize("act", ["opinion", "waive"])
def test_opinions_belong_to_the_time_of_handling(with_co: "Story", act: str) -> None:
    assert with_co.up_to("register").refusal(act) == "proposal.wrong_stage"
    with_co.given("hand_over", "sign_for")
    with_co.take(act)
    with_co.given("meet_before", "meet_during", "draft", "review", "sign")
    assert with_co.refusal(act) == "proposal.wrong_stage"


def test_the_lead_signs_for_the_case_before_it_drafts(story: "Story") -> None:
    assert story.up_to("hand_over").refusal("draft") == "proposal.not_signed_for"


def test_only_the_lead_drafts_reviews_and_signs(with_co: "Story") -> None:
    story = with_co.up_to("opinion")
    for act in ("draft", "review", "sign"):
        for unit in (story.CO, story.OTHER):
            assert story.refusal(act, unit=unit) == "proposal.not_a_handling_unit"
        story.take(act)


def test_a_reply_states_a_category_that_its_scheme_has_and_a_scheme_that_the_pack_has(story: "Story") -> None:
    story.up_to("sign_for")
    assert story.refusal("draft", category="D") == "reply.unknown_category"
    assert story.refusal("draft", scheme="npc-abcd") == "reply.unknown_category"
    event = story.take("draft", category="C", scheme="bureau-abc")
    assert isinstance(event, ReplyDrafted)
    assert (event.category, event.scheme, event.round) == ("C", "bureau-abc", 1)


def test_a_reply_is_drafted_between_hand_over_and_today(story: "Story") -> None:
    story.up_to("sign_for")
    assert story.refusal("draft", on="2005-02-28") == "proposal.date_out_of_order"
    assert story.refusal("draft", on="2005-07-01") == "proposal.date_in_future"


def test_there_must_be_a_draft_to_review_or_sign(story: "Story") -> None:
    story.up_to("sign_for")
    assert story.refusal("review") == "reply.no_draft"
    assert story.refusal("sign") == "reply.no_draft"


def test_a_draft_is_reviewed_once_and_not_before_it_was_written(story: "Story") -> None:
    story.up_to("draft")
    assert story.refusal("review", on="2005-03-31") == "proposal.date_out_of_order"
    assert isinstance(story.take("review"), ReplyReviewed)
    assert story.refusal("review") == "proposal.already_done"


def test_a_draft_that_was_not_passed_cannot_be_signed(story: "Story") -> None:
    story.up_to("draft")
    assert story.refusal("sign") == "reply.not_reviewed"
    story.take("review", passed=False)
    assert story.refusal("sign") == "reply.not_reviewed"


def test_a_new_draft_replaces_the_last_and_needs_a_review_of_its_own(story: "Story") -> None:
    story.up_to("review")
    story.take("draft", category="B", drafter="person:second", on="2005-04-03")
    reply = story.case.reply
    assert reply is not None
    assert (reply.category, reply.drafter, reply.passed) == ("B", "person:second", None)
    assert story.refusal("sign") == "reply.not_reviewed"


def test_the_drafter_cannot_sign_his_own_draft(story: "Story") -> None:
    story.up_to("review")
    assert story.refusal("sign", signer="person:drafter") == "reply.drafter_signs"
    assert isinstance(story.take("sign", signer="person:signer"), ReplySigned)


def test_who_drafted_an_earlier_version_may_sign_the_one_that_replaced_it(story: "Story") -> None:
    story.up_to("review")
    story.take("draft", drafter="person:second", on="2005-04-03")
    story.take("review", on="2005-04-04")
    assert story.refusal("sign", signer="person:second") == "reply.drafter_signs"
    story.take("sign", signer="person:drafter")


@pytest.mark.parametrize("missing", ["meet_before", "meet_during"])
def test_a_reply_cannot_be_signed_before_the_handler_has_met_the_member(story: "Story", missing: str) -> None:
    story.up_to("review", without=(missing,))
    assert story.refusal("sign") == "reply.before_meeting"
    assert isinstance(story.take(missing), MeetingNoted)
    story.take("sign")


def test_a_signature_cannot_be_dated_before_the_meeting_that_it_needs(story: "Story") -> None:
    story.up_to("review", without=("meet_during",))
    story.take("meet_during", on="2005-04-06")
    assert story.refusal("sign", on="2005-04-05") == "reply.before_meeting"
    story.take("sign", on="2005-04-06")


def test_a_meeting_that_was_withdrawn_counts_no_longer(story: "Story") -> None:
    story.up_to("review")
    assert isinstance(story.take("strike", meeting=1), MeetingStruck)
    assert story.refusal("sign") == "reply.before_meeting"
    assert story.refusal("strike", meeting=1) == "proposal.already_done"
    story.take("meet_before", meeting=9)
    story.take("sign")


def test_a_meeting_is_noted_once_however_often_it_is_told(story: "Story") -> None:
    story.up_to("meet_before")
    assert story.refusal("meet_before") == "proposal.already_done"
    assert story.refusal("strike", meeting=7) == "proposal.already_done"


def test_where_the_pack_requires_no_meeting_the_reply_is_signed_without(stories: "type[Story]") -> None:
    story = stories(rulebook="henan-2017", today="2018-06-30", two_axes=False)
    story.take("submit", kind="npc_suggestion", submitted_on="2017-08-15")
    story.take("register", on="2017-08-20")
    for act, on in (("hand_over", "09-18"), ("sign_for", "09-20"), ("draft", "10-10"), ("review", "10-11")):
        story.take(act, on=f"2017-{on}")
    assert isinstance(story.take("sign", on="2017-10-12"), ReplySigned)


def test_a_reply_cannot_be_signed_before_every_opinion_is_in_or_waived(stories: "type[Story]") -> None:
    story = stories(co=(stories.CO, stories.OTHER)).up_to("review", without=("opinion",))
    assert story.refusal("sign") == "reply.opinion_missing"
    story.take("opinion", unit=story.CO)
    assert story.refusal("sign") == "reply.opinion_missing"
    story.take("waive", unit=story.OTHER)
    story.take("sign")


def test_a_reply_is_signed_between_draft_and_today_and_once(story: "Story") -> None:
    story.up_to("review")
    assert story.refusal("sign", on="2005-03-31") == "proposal.date_out_of_order"
    assert story.refusal("sign", on="2005-07-01") == "proposal.date_in_future"
    event = story.take("sign")
    assert isinstance(event, ReplySigned)
    assert (event.document, event.category, event.scheme) == ("湘交提字〔2005〕1号", "A", "bureau-abc")
    assert story.case.stage == "replied"
    for act in ("sign", "draft", "review"):
        assert story.refusal(act) == "proposal.wrong_stage"


def test_a_signed_reply_is_corrected_by_its_unit_with_reason_and_authority(with_co: "Story") -> None:
    story = with_co.up_to("sign")
    signed = story.case.replies[story.LEAD, 1].signed_event
    assert story.refusal("correct", unit=story.CO) == "proposal.not_a_handling_unit"
    assert story.refusal("correct", on="2005-04-04") == "proposal.date_out_of_order"
    assert story.refusal("correct", category="D") == "reply.unknown_category"
    event = story.take("correct", category="B")
    assert isinstance(event, ReplyCorrected)
    assert (event.corrects, event.reason, event.approved_by) == (signed, "金额有误", "厅办公室")
    reply = story.case.replies[story.LEAD, 1]
    assert (reply.category, reply.scheme, str(reply.signed_on)) == ("B", "bureau-abc", "2005-04-05")


@pytest.mark.parametrize("last", ["deliver", "rate", "close"])
def test_a_reply_may_be_corrected_at_any_time_after_its_signature(story: "Story", last: str) -> None:
    story.up_to(last)
    story.take("correct", on="2005-06-01")


def test_what_is_not_signed_is_redrafted_and_not_corrected(story: "Story") -> None:
    assert story.up_to("review").refusal("correct") == "proposal.wrong_stage"
