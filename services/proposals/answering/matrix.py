"""The answer matrix 答复对象: who must be answered in a case, by whom, and how far that has come.

Each signer of the case and of every original merged into it is answered by each answering unit: directly, or by the
first signer, who tells the others where the pack or their consent lets him. The case stays open until all are.
"""

from datetime import date
from typing import Literal
from uuid import UUID

from contracts.answering import RelayConsented, ReplyRelayed
from runtime.refusals import Refusal
from services.proposals.answering.answer_commands import ConsentToRelay, RelayReply
from services.proposals.case.proposal import Proposal
from services.proposals.case.work import Part, Rating
from services.proposals.deadlines import Rules
from services.proposals.guards import AlreadyDone, WrongStage, at, dated
from services.proposals.handling.handling import meant


class NotACosigner(Refusal):
    """Only a co-signer who has to be answered, and was not yet, leaves it to the first signer."""

    code, status, title = "reply.not_a_cosigner", 409, "并非待答复的联名人"


class RelayNotRuled(Refusal):
    """The pack has each co-signer answered directly."""

    code, status, title = "reply.relay_not_ruled", 409, "办理规则要求直接答复每位联名人"


class NotToBeRelayed(Refusal):
    """The co-signer is not one whom this member tells the reply, or the member does not have it yet."""

    code, status, title = "reply.not_to_be_relayed", 409, "不由该委员或代表转告, 或其尚未收到答复"


class Owed(Part):
    """One unit's answer to one person."""

    original: UUID | None
    """The merged case that he signed; absent for the case itself."""
    unit: UUID
    member: UUID
    how: Literal["direct", "relayed"]
    by: UUID | None
    """Who relays it."""
    group: str | None = None
    """The group for which the member is the named contact."""
    delivered_on: date | None
    received_on: date | None
    relayed_on: date | None
    rates: bool
    """Whether the member rates; where the first signer does it for all, the others do not."""
    rated: Rating | None

    @property
    def settled(self) -> bool:
        """Say whether nothing is left to be done: delivered and, by who rates, rated; or relayed."""
        if self.how == "relayed":
            return self.relayed_on is not None
        return self.rated is not None if self.rates else self.delivered_on is not None

    @property
    def days(self) -> tuple[date, ...]:
        """Give the business dates on record."""
        days = (self.delivered_on, self.received_on, self.relayed_on, self.rated.on if self.rated else None)
        return tuple(day for day in days if day is not None)


def owed(case: Proposal) -> tuple[Owed, ...]:
    """Give the matrix of the present rounds: every answering unit's answer to every person who must have one."""
    groups = [(None, case.signers), *((id, one.signers) for id, one in case.review.originals.items())]
    return tuple(
        _row(case, original, unit, member, signers[0])
        for unit in case.answering
        for original, signers in groups
        for member in signers
    )


def _row(case: Proposal, original: UUID | None, unit: UUID, member: UUID, first: UUID) -> Owed:
    reply = case.work_of(unit).reply
    direct = member in case.answer_to
    return Owed(
        original=original,
        unit=unit,
        member=member,
        how="direct" if direct else "relayed",
        by=None if direct else first,
        group=case.group if original is None else None,
        delivered_on=reply.delivered.get(member) if reply else None,
        received_on=reply.received.get(member) if reply else None,
        relayed_on=reply.relayed.get(member) if reply else None,
        rates=member in case.raters,
        rated=reply.rated.get(member) if reply else None,
    )


def consent(case: Proposal, member: UUID, command: ConsentToRelay, rules: Rules, today: date) -> RelayConsented:
    """Decide on a co-signer's consent to be told by the first signer; from now on he is not answered directly.

    Raises: WrongStage, RelayNotRuled, NotACosigner.
    """
    at(case, "handed_over", "replied", "dissatisfied")
    dated(command.consented_on, today, case.handed_over_on)
    if rules.pack.answer.cosigners != "each_or_lead_relays":
        raise RelayNotRuled
    cosigners = [case.signers[1:], *(original.signers[1:] for original in case.review.originals.values())]
    replies = [case.work_of(unit).reply for unit in case.answering]
    served = any(reply and member in reply.delivered for reply in replies)
    if member not in case.answer_to or not any(member in some for some in cosigners) or served:
        raise NotACosigner
    return RelayConsented(member=member, consented_on=command.consented_on)


def relay(case: Proposal, by: UUID, command: RelayReply, today: date) -> ReplyRelayed:
    """Decide on the telling of a co-signer by the member who had the reply.

    Raises: WrongStage, UnitNotNamed, NotAHandlingUnit, NotToBeRelayed, AlreadyDone.
    """
    at(case, "handed_over", "replied", "dissatisfied")
    unit = meant(case, command.unit)
    reply = case.work_of(unit).reply
    if reply is None or reply.signed_on is None:
        raise WrongStage(stage=case.stage)
    rows = [row for row in owed(case) if row.unit == unit and row.member == command.member and row.by == by]
    if not rows or by not in reply.delivered:
        raise NotToBeRelayed
    dated(command.relayed_on, today, reply.delivered[by])
    if command.member in reply.relayed:
        raise AlreadyDone
    return ReplyRelayed(unit=unit, round=reply.round, by=by, member=command.member, relayed_on=command.relayed_on)
