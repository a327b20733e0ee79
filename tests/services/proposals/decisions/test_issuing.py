"""The signed reply on its way: seal, check, recall and reissue, relay by the first signer, the answer matrix."""

from typing import TYPE_CHECKING

import pytest

from contracts.answering import RelayConsented, ReplyChecked, ReplyRecalled, ReplyRelayed, ReplyStamped
from contracts.proposals import ProposalClosed, ReplySigned
from services.proposals.answering.matrix import owed

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


@pytest.fixture
def relaying(stories: "type[Story]") -> "Story":
    """A joint case under a pack that lets the first signer tell co-signers who consent."""
    pack = stories().rules.pack
    answer = pack.answer.model_copy(update={"cosigners": "each_or_lead_relays"})
    return stories(pack=pack.model_copy(update={"answer": answer}), cosigners=(stories.COSIGNER,))


def matrix(story: "Story") -> dict[object, tuple[str, bool]]:
    return {row.member: (row.how, row.settled) for row in owed(story.case)}


def test_where_the_pack_requires_a_seal_no_reply_goes_out_without(story: "Story") -> None:
    story.up_to("review")
    assert story.refusal("stamp") == "proposal.wrong_stage"
    story.take("sign")
    assert story.refusal("deliver") == "reply.not_stamped"
    assert story.refusal("stamp", on="2005-04-04") == "proposal.date_out_of_order"
    event = story.take("stamp")
    assert isinstance(event, ReplyStamped)
    assert event.stamp == "湖南省交通厅印章"
    assert story.refusal("stamp") == "proposal.already_done"
    assert story.refusal("deliver", on="2005-04-05") == "proposal.date_out_of_order"
    story.take("deliver")


def test_where_the_pack_requires_none_a_reply_goes_out_without_a_seal(stories: "type[Story]") -> None:
    pack = stories().rules.pack.model_copy(update={"seal": None})
    stories(pack=pack).up_to("sign").take("deliver")


def test_where_the_pack_has_the_office_check_replies_none_goes_out_before(stories: "type[Story]") -> None:
    pack = stories().rules.pack.model_copy(update={"office_check": "required"})
    story = stories(pack=pack).up_to("stamp")
    assert story.refusal("deliver") == "reply.not_checked"
    assert isinstance(story.take("check"), ReplyChecked)
    assert story.refusal("check") == "proposal.already_done"
    story.take("deliver")


def test_a_reply_that_the_office_sends_back_is_written_and_signed_anew(story: "Story") -> None:
    story.up_to("stamp")
    first = story.case.replies[story.LEAD, 1].signed_event
    story.take("check", passed=False)
    reply = story.case.replies[story.LEAD, 1]
    assert (story.case.stage, reply.signed_on, reply.stamped_on, reply.passed) == ("handed_over", None, None, False)
    assert story.refusal("deliver") == "proposal.wrong_stage"
    assert story.refusal("sign") == "reply.not_reviewed"
    story.take("draft", on="2005-04-07")
    story.take("review", on="2005-04-07")
    event = story.take("sign", on="2005-04-07")
    assert isinstance(event, ReplySigned)
    assert event.reissues == first
    assert story.refusal("deliver") == "reply.not_stamped"


def test_what_was_delivered_is_not_sent_back_by_the_office(story: "Story") -> None:
    assert story.up_to("deliver").refusal("check", passed=False, on="2005-04-09") == "reply.already_delivered"


def test_a_reply_is_recalled_with_reason_and_authority_until_somebody_has_rated_it(story: "Story") -> None:
    story.up_to("receive")
    assert story.refusal("recall", on="2005-04-09") == "proposal.date_out_of_order"
    assert story.refusal("recall", unit=story.CO) == "proposal.not_a_handling_unit"
    story.take("rate")
    assert story.refusal("recall", on="2005-04-21") == "reply.already_rated"


def test_a_recalled_reply_is_void_and_the_next_one_is_its_reissue(story: "Story") -> None:
    story.up_to("receive")
    signed = story.case.replies[story.LEAD, 1].signed_event
    event = story.take("recall")
    assert isinstance(event, ReplyRecalled)
    assert (event.recalls, event.document, event.approved_by) == (signed, "湘交提字〔2005〕1号", "厅办公室")
    assert story.closed(event) == {("rating", "member", 1, "void")}
    reply = story.case.replies[story.LEAD, 1]
    assert (story.case.stage, reply.delivered, reply.received, reply.document) == ("handed_over", {}, {}, None)
    assert [(recall.document, recall.signed_event) for recall in reply.recalls] == [("湘交提字〔2005〕1号", signed)]
    story.take("draft", on="2005-04-12")
    story.take("review", on="2005-04-12")
    again = story.take("sign", on="2005-04-12")
    assert isinstance(again, ReplySigned)
    assert again.reissues == signed
    for act in ("stamp", "deliver", "receive", "rate"):
        story.take(act, on="2005-04-13")
    assert isinstance(story.given("meet_after").take("close"), ProposalClosed)


def test_the_clock_that_a_recalled_delivery_had_met_runs_again_to_its_old_day(stories: "type[Story]") -> None:
    story = stories(rulebook="chongyi-cppcc-2013", two_axes=False).up_to("deliver")
    assert ("reply", "lead", 1) not in story.running()
    due = next(clock.due_on for clock in story.case.stopped if clock.kind == "reply")
    event = story.take("recall")
    assert story.opened(event) == {("reply", "lead", 1): str(due)}
    story.take("draft", on="2005-04-12")
    for act in ("review", "sign"):
        story.take(act, on="2005-04-12")
    assert story.closed(story.take("deliver", on="2005-04-13")) == {("reply", "lead", 1, "met")}


def test_a_recalled_reply_of_the_second_round_has_the_clock_of_that_round_again(story: "Story") -> None:
    story.up_to("receive").take("rate", result="不满意")
    story.take("rehandle")
    story.take("draft", on="2005-05-08")
    for act in ("review", "sign", "stamp", "deliver"):
        event = story.take(act, on="2005-05-09")
    assert story.closed(event) == {("rehandle", "lead", 2, "met")}
    assert story.opened(story.take("recall", on="2005-05-10")) == {("rehandle", "lead", 2): "2005-05-20"}


def test_a_cosigner_who_consents_is_told_by_the_first_signer_and_the_case_waits_for_it(relaying: "Story") -> None:
    relaying.up_to("opinion")
    assert relaying.refusal("consent", member=relaying.MEMBER) == "reply.not_a_cosigner"
    assert relaying.refusal("consent", member=relaying.STRANGER) == "reply.not_a_cosigner"
    assert isinstance(relaying.take("consent"), RelayConsented)
    assert relaying.refusal("consent") == "reply.not_a_cosigner"
    assert matrix(relaying) == {relaying.MEMBER: ("direct", False), relaying.COSIGNER: ("relayed", False)}
    relaying.given("draft", "review", "sign", "stamp")
    assert relaying.refusal("deliver", member=relaying.COSIGNER) == "reply.not_to_be_answered"
    assert relaying.refusal("relay") == "reply.not_to_be_relayed"
    relaying.given("deliver", "receive", "rate", "meet_after")
    assert relaying.refusal("close") == "proposal.answers_outstanding"
    assert relaying.refusal("relay", by=relaying.COSIGNER, member=relaying.MEMBER) == "reply.not_to_be_relayed"
    assert isinstance(relaying.take("relay"), ReplyRelayed)
    assert relaying.refusal("relay") == "proposal.already_done"
    assert matrix(relaying) == {relaying.MEMBER: ("direct", True), relaying.COSIGNER: ("relayed", True)}
    relaying.take("close")


def test_where_each_is_answered_nobody_leaves_it_to_the_first_signer(stories: "type[Story]") -> None:
    story = stories(cosigners=(stories.COSIGNER,)).up_to("sign_for")
    assert story.refusal("consent") == "reply.relay_not_ruled"


def test_whoever_was_answered_does_not_leave_it_to_another(relaying: "Story") -> None:
    relaying.up_to("stamp").take("deliver", member=relaying.COSIGNER)
    assert relaying.refusal("consent", on="2005-04-09") == "reply.not_a_cosigner"


def test_where_the_lead_relays_without_being_asked_the_relay_is_recorded_before_the_close(
    stories: "type[Story]",
) -> None:
    pack = stories().rules.pack
    answer = pack.answer.model_copy(update={"cosigners": "lead_relays"})
    story = stories(pack=pack.model_copy(update={"answer": answer}), cosigners=(stories.COSIGNER,))
    story.up_to("meet_after")
    assert story.case.answer_to == (story.MEMBER,)
    assert story.refusal("close") == "proposal.answers_outstanding"
    story.take("relay")
    story.take("close")


def test_every_signer_of_every_merged_original_has_a_row_of_his_own(stories: "type[Story]") -> None:
    original = stories()
    original.take("submit", submitter=stories.OTHER)
    original.take("register", number=68)
    story = stories().up_to("register")
    story.take("join", original=original)
    story.given("hand_over")
    rows = [(row.original, row.member, row.how) for row in owed(story.case)]
    assert rows == [(None, story.MEMBER, "direct"), (story.ORIGINAL, story.OTHER, "direct")]
