"""From submission to hand-over: what members, committee and office may do with a case 提交, 审查, 立案, 交办."""

from collections.abc import Collection
from datetime import date
from typing import Literal
from uuid import UUID

from contracts.proposals import (
    CosignerConfirmed,
    CosignerDeclined,
    ProposalDeclined,
    ProposalHandedOver,
    ProposalRegistered,
    ProposalReturned,
    ProposalRevised,
    ProposalSubmitted,
)
from contracts.sealed import Sealed
from rules.pack import Owes, Pack
from runtime.refusals import Refusal
from services.proposals import deadlines
from services.proposals.case.proposal import Proposal
from services.proposals.commands import (
    ConfirmCosigning,
    DeclineCosigning,
    DeclineProposal,
    ExternalId,
    HandOver,
    RegisterProposal,
    ReturnForRevision,
    ReviseProposal,
    SubmitProposal,
)
from services.proposals.deadlines import Rules
from services.proposals.guards import (
    BodyUnknown,
    MemberUnknown,
    UnitUnknown,
    at,
    dated,
)


class ExternalIdTaken(Refusal):
    """Another case has this external id of this system; it may have come by an import."""

    code, status, title = "proposal.external_id_taken", 409, "该外部编号已属另一件"


class FormMismatch(Refusal):
    """A single case has co-signers, a joint one has none, or a group has no name."""

    code, status, title = "proposal.form_mismatch", 409, "提交形式与提交人不符"


class CosignersPending(Refusal):
    """A member asked to co-sign has not answered yet."""

    code, status, title = "proposal.cosigners_pending", 409, "尚有联名人未确认"


class PaperNotCompared(Refusal):
    """A clerk has entered the case from paper, and no second person has confirmed that it agrees with that."""

    code, status, title = "paper.not_compared", 409, "代录的纸质原件尚未经第二人核对一致"


class NotAskedToCosign(Refusal):
    """The member was not asked to co-sign, or has answered."""

    code, status, title = "proposal.not_asked_to_cosign", 409, "未被邀请联名或已答复"


class NoPackAdopted(Refusal):
    """The county has adopted no rule pack for this kind of case and day."""

    code, status, title = "proposal.no_pack", 409, "本县未采用适用的办理规则"


class LeadAmongCo(Refusal):
    """A unit cannot have two parts in one case."""

    code, status, title = "proposal.lead_among_co", 409, "主办单位不能同时为会办单位"


class LeadOrSeparate(Refusal):
    """Either one unit leads, with or without others, or two or more answer each for itself."""

    code, status, title = "proposal.lead_or_separate", 409, "应为一个主办单位 (可有会办单位), 或两个以上分办单位"


class HasOriginals(Refusal):
    """Other cases are merged into this one."""

    code, status, title = "proposal.has_originals", 409, "已有他件并入本件, 须先移出"


class ItemUnitMismatch(Refusal):
    """An item is given to a unit that does not handle the case."""

    code, status, title = "proposal.item_unit_mismatch", 409, "诉求的答复单位不是本件的承办单位"


def submit(
    case: Proposal, command: SubmitProposal, text: Sealed, *, members: Collection[UUID], body_known: bool, today: date
) -> ProposalSubmitted:
    """Decide on a submission; `members` are those of the named ones whom the county knows.

    Raises: WrongStage, BodyUnknown, MemberUnknown, FormMismatch, DateInFuture.
    """
    at(case, "new")
    dated(command.submitted_on, today)
    if not body_known:
        raise BodyUnknown(body=str(command.body))
    unknown = [str(id) for id in (command.submitter, *command.cosigners) if id not in members]
    if unknown:
        raise MemberUnknown(members=unknown)
    joint = bool(command.cosigners)
    repeated = len({command.submitter, *command.cosigners}) != 1 + len(command.cosigners)
    if repeated or joint != (command.form == "joint") or (command.group is not None) != (command.form == "group"):
        raise FormMismatch
    fields = command.model_dump(exclude={"text", "external"})
    if command.external is not None:
        fields |= {"external_id": command.external.id, "system": command.external.system}
    return ProposalSubmitted(**fields, text=text)


def refuse_taken(case: Proposal, id: UUID, external: ExternalId | None) -> None:
    """Refuse the submission of a case whose external id another one has.

    Raises: ExternalIdTaken, which also names the case that has it.
    """
    if external is not None and case.stage != "new":
        raise ExternalIdTaken(case=str(id))


def confirm(case: Proposal, member: UUID, command: ConfirmCosigning, today: date) -> CosignerConfirmed:
    """Decide on a co-signer's consent.

    Raises: WrongStage, NotAskedToCosign.
    """
    _asked(case, member, command.confirmed_on, today)
    return CosignerConfirmed(member=member, confirmed_on=command.confirmed_on)


def decline_cosigning(case: Proposal, member: UUID, command: DeclineCosigning, today: date) -> CosignerDeclined:
    """Decide on a co-signer's refusal.

    Raises: WrongStage, NotAskedToCosign.
    """
    _asked(case, member, command.declined_on, today)
    return CosignerDeclined(member=member, declined_on=command.declined_on)


def _asked(case: Proposal, member: UUID, on: date, today: date) -> None:
    at(case, "submitted", "returned")
    dated(on, today, case.submitted_on)
    if case.cosigners.get(member) != "asked":
        raise NotAskedToCosign


def give_back(case: Proposal, command: ReturnForRevision, reason: Sealed, today: date) -> ProposalReturned:
    """Decide to return a case for revision.

    Raises: WrongStage, PaperNotCompared.
    """
    at(case, "submitted")
    compared(case)
    dated(command.returned_on, today, case.submitted_on)
    return ProposalReturned(reason=reason, returned_on=command.returned_on)


def revise(case: Proposal, command: ReviseProposal, text: Sealed, today: date) -> ProposalRevised:
    """Decide on a revised text.

    Raises: WrongStage unless the case was returned.
    """
    at(case, "returned")
    dated(command.revised_on, today, case.submitted_on)
    return ProposalRevised(title=command.title, text=text, revised_on=command.revised_on)


def decline(case: Proposal, command: DeclineProposal, reason: Sealed, today: date) -> ProposalDeclined:
    """Decide not to register a case; it may live on as 社情民意.

    Raises: WrongStage, PaperNotCompared, HasOriginals.
    """
    at(case, "submitted")
    compared(case)
    dated(command.declined_on, today, case.submitted_on)
    if case.review.originals:
        raise HasOriginals
    return ProposalDeclined(reason=reason, diverted_to=command.diverted_to, declined_on=command.declined_on)


def may_register(case: Proposal, command: RegisterProposal, today: date) -> None:
    """Refuse a registration that cannot be, before a number is claimed for it.

    Raises: WrongStage, CosignersPending, PaperNotCompared, DateInFuture, DateOutOfOrder.
    """
    at(case, "submitted")
    dated(command.registered_on, today, case.submitted_on)
    compared(case)
    if pending := [str(member) for member, answer in case.cosigners.items() if answer == "asked"]:
        raise CosignersPending(members=pending)


def compared(case: Proposal) -> None:
    """Refuse while nobody has confirmed that a case entered from paper agrees with it.

    Raises: PaperNotCompared.
    """
    if case.paper is not None and not case.paper.agrees:
        raise PaperNotCompared(clerk=case.paper.original.clerk)


def register(case: Proposal, command: RegisterProposal, number: int, today: date) -> ProposalRegistered:
    """Decide to register a case under a number that was claimed for it.

    Raises: as `may_register`.
    """
    may_register(case, command, today)
    return ProposalRegistered(number=number, nature=command.nature, registered_on=command.registered_on)


def hand_over(
    case: Proposal, command: HandOver, rules: Rules | None, *, units: Collection[UUID], today: date
) -> ProposalHandedOver:
    """Decide to hand a case over; `units` are those of the named ones that exist and are open.

    Raises: WrongStage, NoPackAdopted, UnitUnknown, LeadAmongCo, LeadOrSeparate, ItemUnitMismatch, DateInFuture,
    DateOutOfOrder.
    """
    at(case, "registered")
    dated(command.handed_over_on, today, case.registered_on)
    if rules is None or case.kind not in rules.pack.kinds:
        raise NoPackAdopted(kind=case.kind, on=str(command.handed_over_on))
    answering = answering_units(command)
    handling = (*answering, *command.co)
    named = (*handling, *((command.office,) if command.office else ()))
    if unknown := [str(id) for id in named if id not in units]:
        raise UnitUnknown(units=unknown)
    if len(set(handling)) != len(handling):
        raise LeadAmongCo
    refuse_strangers([asked.unit for asked in case.review.items if asked.unit], handling)
    office = deadlines.unit(command.office) if command.office else deadlines.office_of(case)
    owed: list[tuple[Owes, str]] = [
        *(("lead", deadlines.unit(id)) for id in answering),
        *(("co", deadlines.unit(id)) for id in command.co),
        ("office", office),
    ]
    opened = deadlines.started(rules, "handed_over", command.handed_over_on, owed)
    return ProposalHandedOver(
        lead=command.lead,
        separate=command.separate or None,
        co=command.co,
        office=command.office,
        leader=command.leader,
        pack=rules.pack.name,
        pack_digest=rules.pack.digest,
        answer_to=must_be_answered(case, rules.pack),
        rated_by=rated_by(rules.pack),
        handed_over_on=command.handed_over_on,
        clocks=deadlines.changes(opened),
    )


def answering_units(command: HandOver) -> tuple[UUID, ...]:
    """Name the units that will each owe a reply.

    Raises: LeadOrSeparate unless there is a lead, or separate units, two or more, without co units.
    """
    if command.lead is not None and not command.separate:
        return (command.lead,)
    if command.lead is None and len(command.separate) > 1 and not command.co:
        return command.separate
    raise LeadOrSeparate


def refuse_strangers(named: Collection[UUID], units: Collection[UUID]) -> None:
    """Refuse items of units that do not handle the case.

    Raises: ItemUnitMismatch.
    """
    if strangers := sorted(str(id) for id in named if id not in units):
        raise ItemUnitMismatch(units=strangers)


def rated_by(pack: Pack) -> Literal["lead"] | None:
    """Say who of the answered members rates: the first signer alone, or each."""
    return "lead" if pack.ratings.by == "lead_after_asking_cosigners" else None


def must_be_answered(case: Proposal, pack: Pack) -> tuple[UUID, ...]:
    """Name the members who must be answered: each signer, unless the pack lets the first one relay the answer.

    Where the pack is silent each signer is answered, and those of every original of a merge: nobody is left out by
    silence.
    """
    relayed = pack.answer.cosigners in ("lead_relays", "lead_relays_or_cosigners_invited")
    signed = (case.signers, *(original.signers for original in case.review.originals.values()))
    return tuple(dict.fromkeys(member for signers in signed for member in (signers[:1] if relayed else signers)))
