"""Merging, splitting and items: who is answered for what."""

from typing import TYPE_CHECKING, Any

import pytest

from contracts.proposals import ProposalHandedOver
from contracts.review import ItemAnswered, OriginalJoined
from services.proposals.case.proposal import Proposal
from services.proposals.review import merging
from services.proposals.review.review_commands import SplitProposal

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


@pytest.fixture
def joint(stories: "type[Story]") -> "Story":
    """Another case, by two other people, that is like the first."""
    return stories(cosigners=(stories.COSIGNER,)).given("submit", "confirm")


def test_a_merged_original_keeps_its_number_and_can_go_its_own_way_again(story: "Story") -> None:
    story.up_to("register").take("merge")
    assert (story.case.stage, story.case.number) == ("merged", 67)
    assert story.case.review.merged is not None
    assert story.case.review.merged.main == story.ORIGINAL
    assert story.refusal("hand_over") == "proposal.wrong_stage"
    story.take("undo_merge")
    again = story.case
    assert (again.stage, again.review.merged) == ("registered", None)
    story.take("hand_over", on="2005-03-12")
    assert story.case.stage == "handed_over"


def test_a_case_that_was_never_registered_stands_submitted_again(story: "Story") -> None:
    story.up_to("submit").given("merge", "undo_merge")
    assert story.case.stage == "submitted"
    assert story.refusal("undo_merge") == "proposal.wrong_stage"


def test_the_authors_of_every_original_are_answered_with_the_main_case(story: "Story", joint: "Story") -> None:
    other = joint.case.model_copy(update={"submitter": story.OTHER})
    joint.held = type(joint.held)(other)
    event = story.up_to("register").take("join", original=joint)
    assert isinstance(event, OriginalJoined)
    assert (event.original, event.number, event.signers) == (
        story.ORIGINAL,
        None,
        (story.OTHER, story.COSIGNER),
    )
    handed = story.take("hand_over")
    assert isinstance(handed, ProposalHandedOver)
    assert handed.answer_to == (story.MEMBER, story.OTHER, story.COSIGNER)
    story.take("release")
    assert story.case.answer_to == (story.MEMBER,)
    assert story.refusal("release") == "proposal.not_merged_here"


def test_of_each_original_only_the_first_signer_is_answered_where_he_relays(story: "Story", joint: "Story") -> None:
    answer = story.rules.pack.answer.model_copy(update={"cosigners": "lead_relays"})
    story.pack = story.rules.pack.model_copy(update={"answer": answer})
    joint.held = type(joint.held)(joint.case.model_copy(update={"submitter": story.OTHER}))
    story.up_to("register").take("join", original=joint)
    story.take("hand_over")
    assert story.case.answer_to == (story.MEMBER, story.OTHER)


def test_what_cannot_be_merged(story: "Story", stories: "type[Story]", joint: "Story") -> None:
    assert story.up_to("submit").refusal("merge", main=story.CASE) == "proposal.merge_mismatch"
    assert stories().up_to("hand_over").refusal("merge") == "proposal.wrong_stage"
    assert stories(cosigners=(story.COSIGNER,)).up_to("submit").refusal("merge") == "proposal.cosigners_pending"
    story.take("join", original=joint)
    assert story.refusal("join", original=joint) == "proposal.already_done"
    assert story.refusal("merge") == "proposal.has_originals"
    assert story.refusal("withdraw") == "proposal.has_originals"
    assert story.refusal("decline") == "proposal.has_originals"
    suggestion = joint.case.model_copy(update={"kind": "npc_suggestion"})
    joint.held = type(joint.held)(suggestion)
    assert story.refusal("join", original=joint, id=story.OTHER) == "proposal.merge_mismatch"
    assert stories().up_to("hand_over").refusal("join", original=joint) == "proposal.wrong_stage"


def test_an_original_is_released_until_the_reply_is_signed(story: "Story", joint: "Story") -> None:
    story.up_to("register").take("join", original=joint)
    for act in ("hand_over", "sign_for", "contact", "meet_before", "meet_during", "draft", "review", "sign"):
        story.take(act)
    assert story.refusal("release", on="2005-04-06") == "proposal.wrong_stage"


def test_a_sibling_is_submitted_by_the_same_people_and_knows_whence_it_comes(joint: "Story") -> None:
    joint.take("split")
    assert joint.case.review.siblings == (joint.ORIGINAL,)
    command = SplitProposal.model_validate({"title": "关于路灯的提案", "text": "装路灯", "split_on": "2005-02-16"})
    event = merging.submit_sibling(Proposal(), joint.CASE, joint.case, command, joint.sealed("装路灯"))
    assert (event.title, event.split_from, event.form) == ("关于路灯的提案", joint.CASE, "joint")
    sibling = type(joint)()
    sibling.fold(event)
    assert sibling.case.signers == (joint.MEMBER, joint.COSIGNER)
    assert sibling.case.review.split_from == joint.CASE
    sibling.take("register", number=68)
    assert sibling.case.number == 68


def test_a_case_is_split_only_before_anybody_handles_it(story: "Story", stories: "type[Story]") -> None:
    assert story.up_to("hand_over").refusal("split") == "proposal.wrong_stage"
    pending = stories(cosigners=(stories.COSIGNER,)).up_to("submit")
    assert pending.refusal("split") == "proposal.cosigners_pending"


def test_each_item_is_answered_by_its_own_unit_with_a_category_before_the_reply_is_signed(
    stories: "type[Story]",
) -> None:
    story = stories(co=(stories.CO,)).up_to("register")
    story.take("list_items", on="2005-02-20", items=(("修路", story.LEAD), ("路灯", story.CO), ("其他", None)))
    for act in ("hand_over", "sign_for", "contact", "meet_before", "meet_during", "opinion", "draft", "review"):
        story.take(act)
    assert story.refusal("sign") == "reply.items_unanswered"
    story.take("answer_item")
    assert story.refusal("answer_item", item=2) == "proposal.no_such_item"
    assert story.refusal("answer_item", item=2, unit=story.CO) == "proposal.not_signed_for"
    story.take("sign_for", unit=story.CO)
    assert story.refusal("answer_item", item=2, unit=story.CO, category="Z") == "reply.unknown_category"
    story.take("answer_item", item=2, unit=story.CO, category="C")
    story.take("answer_item", item=3, category="B")
    replies = [asked.reply for asked in story.case.review.items]
    assert [(reply.unit, reply.category) for reply in replies if reply] == [
        (story.LEAD, "A"),
        (story.CO, "C"),
        (story.LEAD, "B"),
    ]
    story.take("sign")
    assert story.case.stage == "replied"
    assert story.refusal("answer_item") == "proposal.wrong_stage"


def test_an_item_that_is_answered_again_after_a_bad_rating_keeps_the_first_rounds_answer(
    stories: "type[Story]",
) -> None:
    story = stories(co=(stories.CO,)).up_to("register")
    story.take("list_items", on="2005-02-20", items=(("修路", story.LEAD), ("路灯", story.CO), ("其他", story.LEAD)))
    story.given("hand_over", "sign_for").take("sign_for", unit=story.CO)
    story.given("contact", "meet_before", "meet_during", "opinion")
    story.take("answer_item", category="B", on="2005-03-29")
    story.take("answer_item", category="A")
    story.take("answer_item", item=2, unit=story.CO, category="C")
    story.take("answer_item", item=3, category="B")
    story.given("draft", "review", "sign", "stamp", "deliver", "receive")
    story.take("rate", result="不满意")
    story.take("rehandle")
    story.take("answer_item", category="C", on="2005-04-24")
    story.take("answer_item", category="B", on="2005-04-25")
    again = story.take("answer_item", item=2, unit=story.CO, category="A", on="2005-04-25")
    assert isinstance(again, ItemAnswered)
    assert again.round == 2
    rounds = [
        [(reply.round, reply.category) for reply in (*asked.earlier, asked.reply) if reply]
        for asked in story.case.review.items
    ]
    assert rounds == [[(1, "A"), (2, "B")], [(1, "C"), (2, "A")], [(1, "B")]]
    story.take("draft", on="2005-04-26")


def test_items_are_given_only_to_units_of_the_case(story: "Story", stories: "type[Story]") -> None:
    said: dict[str, Any] = {"items": (("修路", story.OTHER),)}
    assert story.up_to("hand_over").refusal("list_items", **said) == "proposal.item_unit_mismatch"
    early = stories().up_to("register")
    assert early.refusal("list_items", units=(), on="2005-02-20") == "proposal.unit_unknown"
    early.take("list_items", on="2005-02-20", **said)
    assert early.refusal("hand_over") == "proposal.item_unit_mismatch"
    early.take("hand_over", lead=story.OTHER)
    assert early.case.lead == story.OTHER


def test_a_new_list_keeps_the_answers_to_what_is_still_asked(story: "Story") -> None:
    story.up_to("sign_for").given("list_items", "answer_item")
    story.take("list_items", items=(("修路", story.LEAD), ("路灯", story.LEAD)))
    assert [asked.reply is not None for asked in story.case.review.items] == [True, False]
    assert story.case.review.unanswered(story.LEAD) == (2,)
