"""Withdrawal 撤回: until when, and with whose consent, is said by the rule pack.

Where no pack says anything, a case can be taken back until it is handed over: nobody has begun to handle it then.
Where a pack provides for withdrawal and names no last moment, there is none.
"""

from datetime import date
from uuid import UUID

from contracts.review import ProposalWithdrawn, WithdrawalAgreed, WithdrawalAsked
from contracts.sealed import Sealed
from rules.handling import Withdrawal
from rules.pack import Pack
from runtime.refusals import Refusal
from services.proposals import deadlines
from services.proposals.case.proposal import CaseStage, Proposal
from services.proposals.guards import AlreadyDone, at, dated
from services.proposals.review.intake import HasOriginals
from services.proposals.review.review_commands import AgreeToWithdrawal, AskWithdrawal, WithdrawProposal

_BEFORE: tuple[CaseStage, ...] = ("submitted", "returned", "registered")
_OPEN: tuple[CaseStage, ...] = (*_BEFORE, "handed_over", "replied", "dissatisfied")


class WithdrawalTooLate(Refusal):
    """The pack lets a case be withdrawn only until it is handed over."""

    code, status, title = "proposal.withdrawal_too_late", 409, "已经交办, 按办理规则不能撤回"


class CosignersNotAgreed(Refusal):
    """The pack asks for the consent of every co-signer, and one has not given it."""

    code, status, title = "proposal.cosigners_not_agreed", 409, "尚有联名人未同意撤回"


class NotInWriting(Refusal):
    """The pack asks for a written request, and whoever enters it names none."""

    code, status, title = "proposal.not_in_writing", 409, "撤回须有书面材料"


class NotAskedToAgree(Refusal):
    """Nobody has asked for this consent."""

    code, status, title = "proposal.not_asked_to_agree", 409, "无须同意撤回或已同意"


def ask(case: Proposal, command: AskWithdrawal, reason: Sealed, pack: Pack | None, today: date) -> WithdrawalAsked:
    """Decide to ask the co-signers for their consent.

    Raises: WrongStage, WithdrawalTooLate, AlreadyDone.
    """
    _may(case, _rule(pack))
    dated(command.asked_on, today, case.handed_over_on or case.submitted_on)
    if case.review.withdrawal is not None:
        raise AlreadyDone
    return WithdrawalAsked(reason=reason, asked_on=command.asked_on)


def agree(case: Proposal, member: UUID, command: AgreeToWithdrawal, today: date) -> WithdrawalAgreed:
    """Decide on a co-signer's consent.

    Raises: WrongStage, NotAskedToAgree.
    """
    at(case, *_OPEN)
    asked = case.review.withdrawal
    if asked is None or member not in case.signers[1:] or member in asked.agreed:
        raise NotAskedToAgree
    dated(command.agreed_on, today, asked.asked_on)
    return WithdrawalAgreed(member=member, agreed_on=command.agreed_on)


def withdraw(
    case: Proposal, command: WithdrawProposal, reason: Sealed, pack: Pack | None, *, own: bool, today: date
) -> ProposalWithdrawn:
    """Decide on a withdrawal; `own` says that the submitter, or somebody in his name, enters it.

    Raises: WrongStage, WithdrawalTooLate, CosignersNotAgreed, NotInWriting, HasOriginals, DateOutOfOrder.
    """
    rule = _rule(pack)
    _may(case, rule)
    if case.review.originals:
        raise HasOriginals
    asked = case.review.withdrawal
    consents = asked.agreed if asked else {}
    if rule.all_cosigners_agree and (missing := [str(m) for m in case.signers[1:] if m not in consents]):
        raise CosignersNotAgreed(members=missing)
    if rule.in_writing and not own and command.written is None:
        raise NotInWriting
    dated(command.withdrawn_on, today, max([case.handed_over_on or case.submitted_on or today, *consents.values()]))
    fallen = deadlines.stopped(case, command.withdrawn_on, {c.kind for c in case.clocks.values()}, met=False)
    return ProposalWithdrawn(
        reason=reason,
        written=command.written,
        pack=pack.name if pack else None,
        pack_digest=pack.digest if pack else None,
        withdrawn_on=command.withdrawn_on,
        clocks=deadlines.changes(closed=fallen),
    )


def _rule(pack: Pack | None) -> Withdrawal:
    silent = Withdrawal(until="handed_over")
    return pack.withdraw if pack is not None and pack.withdraw is not None else silent


def _may(case: Proposal, rule: Withdrawal) -> None:
    at(case, *_OPEN)
    if case.stage not in _BEFORE and rule.until == "handed_over":
        raise WithdrawalTooLate
