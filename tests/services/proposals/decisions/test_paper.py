"""Cases that come on paper 纸质原件: entered by a clerk, compared by a second person, entered once more."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from contracts.event import Event
from contracts.paper import PaperOriginalChecked
from contracts.proposals import ProposalRevised, ProposalSubmitted
from runtime.refusals import Refusal
from services.proposals.reporting import worklist
from services.proposals.review import paper
from services.proposals.review.paper_commands import CheckPaper, EnterPaper, ReenterPaper
from services.proposals.supervision import archiving

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story

SCAN, OTHER_SCAN = "sha256:" + "5a" * 32, "sha256:" + "0b" * 32
CLERK, CHECKER = "person:luo", "person:he"


def original(story: "Story", *signed_by: UUID, **said: Any) -> dict[str, Any]:
    return {
        "shelf": "2005-提-017",
        "digest": SCAN,
        "media_type": "application/pdf",
        "size": 482_113,
        "signed_by": signed_by or (story.MEMBER,),
        "received_on": "2005-01-22",
    } | said


def entered(story: "Story", *signed_by: UUID, cosigners: tuple[UUID, ...] = (), **said: Any) -> ProposalSubmitted:
    command = EnterPaper.model_validate(
        {
            "kind": "cppcc_proposal",
            "body": UUID(int=2),
            "term": 9,
            "session": 3,
            "form": "joint" if cosigners else "single",
            "title": "关于改善县乡公路的提案",
            "text": "正文",
            "submitter": story.MEMBER,
            "cosigners": cosigners,
            "submitted_on": "2005-01-20",
            "paper": original(story, *signed_by, **said),
        }
    )
    members = {story.MEMBER, story.COSIGNER, story.OTHER}
    text = story.sealed("正文")
    return paper.enter(story.case, CLERK, command, text, members=members, body_known=True, today=story.day)


def checked(story: "Story", by: str = CHECKER, **said: Any) -> PaperOriginalChecked:
    body = {"digest": SCAN, "agrees": True, "checked_on": "2005-01-24"} | said
    return paper.check(story.case, by, CheckPaper.model_validate(body), story.day)


def reentered(story: "Story", by: str = CLERK, revised_on: str = "2005-01-25", **said: Any) -> ProposalRevised:
    body = {"title": "关于修通断头路的提案", "text": "全文", "revised_on": revised_on}
    command = ReenterPaper.model_validate(body | {"paper": original(story, **said)})
    return paper.reenter(story.case, by, command, story.sealed("全文"), story.day)


def code(decide: Callable[[], Event]) -> str:
    with pytest.raises(Refusal) as refused:
        decide()
    return refused.value.code


def acts(story: "Story") -> set[str]:
    return {owed.act for owed in worklist.owed(story.case)}


def test_the_entry_says_from_which_paper_it_is_whose_signatures_it_bears_and_who_entered_it(story: "Story") -> None:
    event = entered(story)
    assert event.paper is not None
    assert (event.paper.shelf, event.paper.digest, event.paper.clerk) == ("2005-提-017", SCAN, CLERK)
    assert (event.submitted_on, event.paper.received_on) == (date(2005, 1, 20), date(2005, 1, 22))
    story.fold(event)
    assert (story.case.stage, story.case.submitter) == ("submitted", story.MEMBER)
    assert story.case.paper is not None
    assert story.case.paper.agrees is None
    assert acts(story) == {"check_paper"}


def test_a_case_from_paper_is_registered_only_after_a_second_person_has_confirmed_it(story: "Story") -> None:
    story.fold(entered(story))
    for act in ("register", "give_back", "decline", "merge", "split"):
        assert story.refusal(act) == "paper.not_compared", act
    story.fold(checked(story))
    assert acts(story) == {"register"}
    assert story.take("register").type_name() == "yishi.proposals.ProposalRegistered.v1"


def test_who_has_entered_a_case_does_not_confirm_it(story: "Story") -> None:
    story.fold(entered(story))
    assert code(lambda: checked(story, CLERK)) == "paper.own_entry"
    assert checked(story).checker == CHECKER


def test_the_second_person_names_the_scan_that_was_compared(story: "Story") -> None:
    story.fold(entered(story))
    assert code(lambda: checked(story, digest=OTHER_SCAN)) == "paper.scan_differs"


def test_an_entry_is_sent_back_with_the_reason_and_entered_once_more(story: "Story") -> None:
    story.fold(entered(story))
    assert code(lambda: checked(story, agrees=False)) == "paper.reason_needed"
    assert code(lambda: checked(story, reason="无")) == "paper.reason_needed"
    story.fold(checked(story, agrees=False, reason="第三条漏录"))
    assert story.case.paper is not None
    assert (story.case.paper.agrees, story.case.paper.reason) == (False, "第三条漏录")
    assert acts(story) == {"reenter_paper"}
    assert story.refusal("register") == "paper.not_compared"
    assert code(lambda: checked(story)) == "proposal.already_done"
    story.fold(reentered(story, by=CHECKER, digest=OTHER_SCAN))
    assert (story.case.title, story.case.paper.agrees) == ("关于修通断头路的提案", None)
    assert code(lambda: checked(story, CHECKER, digest=OTHER_SCAN)) == "paper.own_entry"
    story.fold(checked(story, CLERK, digest=OTHER_SCAN))
    story.take("register")
    assert story.case.stage == "registered"


def test_whoever_has_signed_the_paper_need_not_confirm_again(story: "Story") -> None:
    both = (story.COSIGNER, story.OTHER)
    story.fold(entered(story, story.MEMBER, story.COSIGNER, cosigners=both))
    assert story.case.cosigners == {story.COSIGNER: "confirmed", story.OTHER: "asked"}
    story.fold(checked(story))
    assert story.refusal("register") == "proposal.cosigners_pending"


def test_the_paper_bears_the_submitters_signature_and_no_strangers(story: "Story") -> None:
    assert code(lambda: entered(story, story.COSIGNER, cosigners=(story.COSIGNER,))) == "paper.not_signed_by_member"
    assert code(lambda: entered(story, story.MEMBER, story.STRANGER)) == "paper.not_signed_by_member"


@pytest.mark.parametrize(
    ("received_on", "refusal"),
    [("2005-01-19", "proposal.date_out_of_order"), ("2005-07-01", "proposal.date_in_future")],
)
def test_the_paper_is_received_between_its_date_and_today(story: "Story", received_on: str, refusal: str) -> None:
    assert code(lambda: entered(story, received_on=received_on)) == refusal


def test_a_revised_paper_is_compared_like_the_first(story: "Story") -> None:
    story.given("submit", "give_back")
    story.fold(reentered(story))
    assert story.case.stage == "submitted"
    assert [r.revised_on for r in story.case.review.revisions] == [date(2005, 1, 25)]
    assert story.refusal("register") == "paper.not_compared"
    story.fold(checked(story, agrees=False, reason="页码有误", checked_on="2005-01-26"))
    story.fold(reentered(story, revised_on="2005-01-27"))
    assert [r.revised_on for r in story.case.review.revisions] == [date(2005, 1, 25)]
    assert checked(story, checked_on="2005-01-28").agrees


def test_an_entry_that_nobody_sent_back_is_not_entered_again(story: "Story") -> None:
    story.fold(entered(story))
    assert code(lambda: reentered(story)) == "proposal.wrong_stage"
    story.fold(checked(story))
    assert code(lambda: reentered(story)) == "proposal.wrong_stage"


def test_a_case_that_did_not_come_on_paper_has_no_original_to_compare(story: "Story") -> None:
    story.given("submit")
    assert code(lambda: checked(story)) == "paper.no_original"


def test_the_file_of_a_case_from_paper_holds_the_original(story: "Story") -> None:
    story.fold(entered(story))
    entries = {entry.item: entry.held for entry in archiving.checklist(story.case, story.rules)}
    assert entries["paper_original"] is False
    story.fold(checked(story))
    entries = {entry.item: entry.held for entry in archiving.checklist(story.case, story.rules)}
    assert entries["paper_original"] is True
    assert archiving.ITEMS["paper_original"] == "纸质原件"
