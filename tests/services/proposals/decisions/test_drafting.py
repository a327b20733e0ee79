"""The reply inside the unit: versions, notes, another handler, consultation, waivers, signatures in other systems."""

from typing import TYPE_CHECKING

import pytest

from contracts.answering import DraftCommented, DraftShown, HandlerChanged, NoteAdded, StepWaived
from contracts.proposals import ReplySigned
from rules.handling import DraftConsultation, Waivers
from services.proposals.answering.drafting import versions
from services.proposals.likeness.similar_replies import title_key

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


@pytest.fixture
def asking(stories: "type[Story]") -> "Story":
    """A joint case under a pack that has the members consulted on the draft."""
    rule = DraftConsultation(formal_reply_after=("满意", "基本满意"))
    pack = stories().rules.pack.model_copy(update={"draft_consultation": rule})
    return stories(pack=pack, cosigners=(stories.COSIGNER,))


def test_every_version_of_a_draft_is_kept_and_a_new_one_names_the_version_of_the_case_that_was_seen(
    story: "Story",
) -> None:
    story.up_to("sign_for")
    story.take("draft", seen=False)
    assert story.refusal("draft", seen=False, on="2005-04-02") == "precondition-required"
    story.take("review", passed=False)
    story.take("draft", category="B", drafter="person:second", on="2005-04-03")
    reply = story.case.replies[story.LEAD, 1]
    told = [(draft.version, draft.category, draft.drafter, draft.passed) for draft in versions(reply)]
    assert told == [(1, "A", "person:drafter", False), (2, "B", "person:second", None)]


def test_the_first_draft_of_a_second_round_replaces_nothing(story: "Story") -> None:
    story.up_to("receive").take("rate", result="不满意")
    story.take("rehandle")
    story.take("draft", seen=False, on="2005-05-08")


def test_notes_belong_to_the_unit_that_wrote_them(story: "Story") -> None:
    story.up_to("hand_over")
    assert isinstance(story.take("note"), NoteAdded)
    assert story.refusal("note", unit=story.OTHER) == "proposal.not_a_handling_unit"
    assert [(note.author, str(note.on)) for note in story.case.work_of(story.LEAD).notes] == [
        ("person:handler", "2005-03-05")
    ]
    assert "notes" not in story.case.model_dump(exclude={"work"})


def test_another_handler_follows_the_first_and_the_first_contact_keeps_its_day(story: "Story") -> None:
    story.up_to("sign_for")
    assert story.refusal("change_handler") == "proposal.no_contact"
    story.take("contact")
    assert story.refusal("change_handler", on="2005-03-03") == "proposal.date_out_of_order"
    assert story.refusal("change_handler", handler="person:handler", section="综合科") == "proposal.already_done"
    event = story.take("change_handler")
    assert isinstance(event, HandlerChanged)
    assert event.reason == "轮岗"
    contact = story.case.work_of(story.LEAD).contact
    assert contact is not None
    assert (contact.handler, contact.section, str(contact.on)) == ("person:new", "规划科", "2005-03-04")


def test_where_the_pack_says_so_members_are_asked_about_the_draft_before_it_is_signed(asking: "Story") -> None:
    asking.up_to("review")
    assert asking.refusal("sign") == "reply.member_not_consulted"
    assert asking.refusal("comment") == "reply.not_consulted"
    event = asking.take("show_draft")
    assert isinstance(event, DraftShown)
    assert (event.members, event.draft) == ((asking.MEMBER, asking.COSIGNER), 1)
    assert asking.refusal("show_draft") == "proposal.already_done"
    assert isinstance(asking.take("comment"), DraftCommented)
    assert asking.refusal("sign") == "reply.member_not_consulted"
    asking.take("comment", member=asking.COSIGNER, word="不满意")
    assert asking.refusal("sign") == "reply.member_not_consulted"
    asking.take("comment", member=asking.COSIGNER, word="基本满意", on="2005-04-02")
    assert isinstance(asking.take("sign"), ReplySigned)
    assert asking.case.replies[asking.LEAD, 1].rated == {}


def test_what_members_said_of_one_version_does_not_hold_for_the_next(asking: "Story") -> None:
    asking.up_to("draft").given("show_draft")
    for member in (asking.MEMBER, asking.COSIGNER):
        asking.take("comment", member=member)
    asking.take("draft", on="2005-04-03")
    asking.take("review", on="2005-04-03")
    assert asking.refusal("comment", on="2005-04-04") == "reply.not_consulted"
    assert asking.refusal("sign") == "reply.member_not_consulted"


def test_a_member_is_asked_about_the_draft_and_answers_in_the_packs_words(asking: "Story") -> None:
    asking.up_to("sign_for")
    assert asking.refusal("show_draft") == "reply.no_draft"
    asking.take("draft")
    assert asking.refusal("show_draft", members=(asking.STRANGER,)) == "reply.not_consulted"
    assert asking.refusal("show_draft", unit=asking.CO) == "proposal.not_a_handling_unit"
    asking.take("show_draft", members=(asking.MEMBER,))
    assert asking.refusal("comment", member=asking.COSIGNER) == "reply.not_consulted"
    assert asking.refusal("comment", word="很好") == "reply.unknown_word"


def test_the_consultation_may_be_waived_with_a_reason(asking: "Story") -> None:
    asking.up_to("review")
    assert isinstance(asking.take("waive_step", step="consultation"), StepWaived)
    asking.take("sign")


@pytest.mark.parametrize("stage", ["before", "during"])
def test_a_meeting_that_was_waived_does_not_hold_up_the_signature(story: "Story", stage: str) -> None:
    story.up_to("review", without=(f"meet_{stage}",))
    assert story.refusal("sign") == "reply.before_meeting"
    event = story.take("waive_step", step=f"meeting_{stage}")
    assert isinstance(event, StepWaived)
    assert (event.unit, event.reason) == (story.LEAD, "委员在外地")
    assert story.refusal("waive_step", step=f"meeting_{stage}") == "proposal.already_done"
    story.take("sign")


def test_the_meeting_after_may_be_waived_before_the_close(story: "Story") -> None:
    story.up_to("rate")
    assert story.refusal("close") == "proposal.meeting_after_missing"
    story.take("waive_step", step="meeting_after", on="2005-05-01")
    story.take("close")


def test_only_those_whom_the_pack_entitles_waive(stories: "type[Story]") -> None:
    waivers = Waivers(meeting=("committee",), opinion=("committee",))
    pack = stories().rules.pack.model_copy(update={"waivers": waivers})
    story = stories(pack=pack, co=(stories.CO,)).up_to("sign_for")
    assert story.refusal("waive_step", roles=("office",)) == "forbidden"
    assert story.refusal("waive", roles=("office", "handler")) == "forbidden"
    story.take("waive_step", roles=("committee",))
    story.take("waive", roles=("committee",))


def test_nothing_is_waived_after_the_close(story: "Story") -> None:
    story.up_to("rate").given("meet_after", "close")
    assert story.refusal("waive_step") == "proposal.wrong_stage"


def test_a_reply_signed_in_another_system_is_accepted_with_its_document_and_passes_the_same_gates(
    story: "Story",
) -> None:
    story.up_to("draft", without=("meet_during",))
    assert story.refusal("sign_elsewhere") == "reply.before_meeting"
    story.take("meet_during")
    assert story.refusal("sign_elsewhere", clerk="person:drafter") == "reply.drafter_signs"
    event = story.take("sign_elsewhere")
    assert isinstance(event, ReplySigned)
    assert event.elsewhere is not None
    assert (event.elsewhere.system, event.elsewhere.document_id) == ("省公文系统", "2005-1")
    assert story.case.stage == "replied"
    kept = story.case.replies[story.LEAD, 1].elsewhere
    assert kept is not None
    assert (kept.digest, kept.signed_by) == ("sha256:" + "0" * 64, "分管副厅长")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("关于改善县乡公路的提案", "关于改善县乡公路的建议", True),
        ("关于改善 县乡公路 的提案", "改善县乡公路", True),
        ("关于“断头路”的建议", "关于断头路的建议", True),
        ("关于Ｇ107线的建议", "关于g107线的提案", True),
        ("关于改善县乡公路的提案", "关于改善县乡道路的提案", False),
    ],
)
def test_titles_that_say_the_same_are_the_same(one: str, other: str, same: bool) -> None:
    assert (title_key(one) == title_key(other)) is same
