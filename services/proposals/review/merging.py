"""Merging 并案 and splitting 分案: which cases are handled together, and which are handled apart.

The main case is told first and lists the original with its signers, then the original is merged: like a number, which
is claimed before the case bears it. So who must be answered is known from the main case alone. Repeating the command
mends whatever a crash left in between.
"""

from datetime import date
from uuid import UUID

from contracts.proposals import ProposalSubmitted
from contracts.review import MergeUndone, OriginalJoined, OriginalReleased, ProposalMerged, ProposalSplit
from contracts.sealed import Sealed
from runtime.refusals import Refusal
from services.proposals.case.proposal import Proposal
from services.proposals.guards import AlreadyDone, WrongStage, at, dated
from services.proposals.review.intake import CosignersPending, HasOriginals, compared
from services.proposals.review.review_commands import MergeProposal, SplitProposal, UndoMerge


class MergeMismatch(Refusal):
    """A case cannot be merged into itself, nor into one of another kind or body."""

    code, status, title = "proposal.merge_mismatch", 409, "不能并入本件, 或两件类别、机构不同"


class NotMergedHere(Refusal):
    """The original is not merged into this case."""

    code, status, title = "proposal.not_merged_here", 409, "该件未并入本件"


def may_merge(original: Proposal, id: UUID, command: MergeProposal, today: date) -> None:
    """Refuse a merge that cannot be, before the main case is told of it.

    Raises: WrongStage, MergeMismatch, HasOriginals, CosignersPending, PaperNotCompared, DateInFuture, DateOutOfOrder.
    """
    at(original, "submitted", "registered")
    dated(command.merged_on, today, original.registered_on or original.submitted_on)
    if command.main == id:
        raise MergeMismatch
    if original.review.originals:
        raise HasOriginals
    _all_confirmed(original)


def join(main: Proposal, id: UUID, original: Proposal, command: MergeProposal, today: date) -> OriginalJoined:
    """Decide that a main case takes up an original, before anybody handles it.

    Raises: WrongStage, AlreadyDone, MergeMismatch, DateInFuture, DateOutOfOrder.
    """
    at(main, "submitted", "registered")
    dated(command.merged_on, today, main.submitted_on)
    if id in main.review.originals:
        raise AlreadyDone
    if (main.kind, main.body) != (original.kind, original.body):
        raise MergeMismatch
    return OriginalJoined(original=id, number=original.number, signers=original.signers, joined_on=command.merged_on)


def merge(original: Proposal, id: UUID, command: MergeProposal, today: date) -> ProposalMerged:
    """Decide that a case is handled with the main case that has taken it up.

    Raises: as `may_merge`.
    """
    may_merge(original, id, command, today)
    return ProposalMerged(main=command.main, reason=command.reason, merged_on=command.merged_on)


def may_undo(original: Proposal, command: UndoMerge, today: date) -> UUID:
    """Name the main case that must give the original back first.

    Raises: WrongStage, DateInFuture, DateOutOfOrder.
    """
    at(original, "merged")
    assert original.review.merged is not None
    dated(command.undone_on, today, original.review.merged.merged_on)
    return original.review.merged.main


def release(main: Proposal, id: UUID, command: UndoMerge, today: date) -> OriginalReleased:
    """Decide that a main case gives an original back, as long as its reply is not signed.

    Raises: WrongStage, NotMergedHere.
    """
    at(main, "submitted", "returned", "declined", "registered", "handed_over")
    if id not in main.review.originals:
        raise NotMergedHere
    if any(reply.signed_on for reply in main.replies.values()):
        raise WrongStage(stage=main.stage)
    dated(command.undone_on, today, main.review.originals[id].joined_on)
    return OriginalReleased(original=id, reason=command.reason, released_on=command.undone_on)


def undo(original: Proposal, command: UndoMerge, today: date) -> MergeUndone:
    """Decide that a case stands on its own again, where it stood before.

    Raises: as `may_undo`.
    """
    main = may_undo(original, command, today)
    return MergeUndone(main=main, reason=command.reason, undone_on=command.undone_on)


def split(case: Proposal, sibling: UUID, command: SplitProposal, today: date) -> ProposalSplit:
    """Decide that a part of the case becomes a case of its own.

    Raises: WrongStage, CosignersPending, PaperNotCompared, DateInFuture, DateOutOfOrder.
    """
    at(case, "submitted", "registered")
    dated(command.split_on, today, case.submitted_on)
    _all_confirmed(case)
    return ProposalSplit(sibling=sibling, title=command.title, reason=command.reason, split_on=command.split_on)


def submit_sibling(
    state: Proposal, id: UUID, case: Proposal, command: SplitProposal, text: Sealed
) -> ProposalSubmitted:
    """Give the sibling's submission: by the same people, to the same body, on the same day as the case.

    Raises: WrongStage when there is one already.
    """
    at(state, "new")
    assert case.body is not None
    assert case.submitter is not None
    assert case.submitted_on is not None
    cosigners = case.signers[1:]
    return ProposalSubmitted(
        kind=case.kind,
        body=case.body,
        term=case.term,
        session=case.session,
        form="group" if case.group else "joint" if cosigners else "single",
        title=command.title,
        text=text,
        submitter=case.submitter,
        cosigners=cosigners,
        group=case.group,
        nature=command.nature or case.nature,
        category=case.category,
        split_from=id,
        submitted_on=case.submitted_on,
    )


def _all_confirmed(case: Proposal) -> None:
    compared(case)
    if pending := [str(member) for member, answer in case.cosigners.items() if answer == "asked"]:
        raise CosignersPending(members=pending)
