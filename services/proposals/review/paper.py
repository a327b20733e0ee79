"""Cases that come on paper 纸质原件: a clerk enters one for its signers, a second person compares it with the paper.

Until they agree the committee decides nothing about the case (intake.compared). A paper on which the members
have signed is the clerk's authority, as the witnessed form is for a rating; a mandate may be named besides.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from contracts.paper import PaperOriginal, PaperOriginalChecked
from contracts.proposals import ProposalRevised, ProposalSubmitted
from contracts.sealed import Sealed
from runtime.refusals import Refusal
from services.proposals.case.proposal import Proposal
from services.proposals.commands import SubmitProposal
from services.proposals.guards import AlreadyDone, WrongStage, at, dated
from services.proposals.review.intake import submit
from services.proposals.review.paper_commands import CheckPaper, EnterPaper, Original, ReenterPaper


class NotSignedByMember(Refusal):
    """The paper lacks the submitter's signature, or bears one of somebody who does not submit the case."""

    code, status, title = "paper.not_signed_by_member", 409, "纸质原件须有提出人签名, 且签名人须为提出人或联名人"


class NoPaperOriginal(Refusal):
    """The case did not come on paper."""

    code, status, title = "paper.no_original", 409, "本件没有纸质原件"


class OwnEntry(Refusal):
    """Who has entered the case does not compare it."""

    code, status, title = "paper.own_entry", 409, "核对人须为录入人以外的第二人"


class ScanDiffers(Refusal):
    """The scan that was compared is not the one that was entered."""

    code, status, title = "paper.scan_differs", 409, "核对的扫描件与录入的扫描件不是同一份"


class ReasonNeeded(Refusal):
    """Who sends an entry back says where it differs; who confirms it has nothing to add."""

    code, status, title = "paper.reason_needed", 409, "退回须说明何处不一致, 确认一致则不附理由"


def enter(
    case: Proposal,
    clerk: str,
    command: EnterPaper,
    text: Sealed,
    *,
    members: Collection[UUID],
    body_known: bool,
    today: date,
) -> ProposalSubmitted:
    """Decide to enter a case from its paper original.

    Raises: NotSignedByMember; otherwise as `intake.submit`.
    """
    plain = SubmitProposal(**command.model_dump(exclude={"paper"}))
    submitted = submit(case, plain, text, members=members, body_known=body_known, today=today)
    signers = (command.submitter, *command.cosigners)
    paper = _original(command.paper, clerk, signers, command.submitted_on, today)
    return submitted.model_copy(update={"paper": paper})


def reenter(case: Proposal, clerk: str, command: ReenterPaper, text: Sealed, today: date) -> ProposalRevised:
    """Decide to enter the text from paper once more: after the second person, or the committee, gave it back.

    Raises: WrongStage, NotSignedByMember, DateInFuture, DateOutOfOrder.
    """
    sent_back = case.paper is not None and case.paper.agrees is False
    if case.stage != "returned" and not (case.stage == "submitted" and sent_back):
        raise WrongStage(stage=case.stage)
    dated(command.revised_on, today, case.submitted_on)
    assert case.submitter is not None
    assert case.submitted_on is not None
    signers = (case.submitter, *(member for member, said in case.cosigners.items() if said != "declined"))
    paper = _original(command.paper, clerk, signers, case.submitted_on, today)
    return ProposalRevised(title=command.title, text=text, paper=paper, revised_on=command.revised_on)


def check(case: Proposal, checker: str, command: CheckPaper, today: date) -> PaperOriginalChecked:
    """Decide on what the second person has found; what was sent back waits for the clerk first.

    Raises: WrongStage, NoPaperOriginal, AlreadyDone, OwnEntry, ScanDiffers, ReasonNeeded, DateInFuture,
    DateOutOfOrder.
    """
    at(case, "submitted")
    if case.paper is None:
        raise NoPaperOriginal
    original = case.paper.original
    dated(command.checked_on, today, original.received_on)
    if case.paper.agrees is not None:
        raise AlreadyDone
    if checker == original.clerk:
        raise OwnEntry
    if command.digest != original.digest:
        raise ScanDiffers(entered=original.digest)
    if command.agrees == (command.reason is not None):
        raise ReasonNeeded
    return PaperOriginalChecked(checker=checker, **command.model_dump())


def _original(
    paper: Original, clerk: str, signers: tuple[UUID, ...], submitted_on: date, today: date
) -> PaperOriginal:
    dated(paper.received_on, today, submitted_on)
    if signers[0] not in paper.signed_by or not set(paper.signed_by) <= set(signers):
        raise NotSignedByMember
    return PaperOriginal(clerk=clerk, **paper.model_dump())
