"""Towards the member: correction, seal, check, recall, delivery, receipt, close 用印, 送达, 办结; erasure by order.

Source: rules 4, 6 and 10 of the case (docs/architecture.md): the case stays open until everybody who must be answered
has been answered; nothing is edited after it happened.
"""

from datetime import date
from uuid import UUID

from contracts.answering import ReplyChecked, ReplyRecalled, ReplyStamped
from contracts.proposals import ProposalClosed, ProposalErased, ReplyCorrected, ReplyDelivered, ReplyReceived
from contracts.sealed import Sealed
from runtime.refusals import Refusal
from services.proposals import deadlines
from services.proposals.answering import matrix
from services.proposals.answering.answer_commands import CheckReply, RecallReply, StampReply
from services.proposals.answering.drafting import known_category
from services.proposals.case.proposal import Proposal
from services.proposals.case.work import Reply
from services.proposals.commands import CloseProposal, CorrectReply, DeliverReply, EraseProposal, ReceiveReply
from services.proposals.deadlines import REPLY_KINDS, Rules
from services.proposals.guards import AlreadyDone, WrongStage, at, dated
from services.proposals.handling.gates import MeetingAfterMissing, meetings_missing
from services.proposals.handling.handling import answering, meant


class NotToBeAnswered(Refusal):
    """The member is not one of those who must be answered."""

    code, status, title = "reply.not_to_be_answered", 409, "该委员或代表不是本件的答复对象"


class NotDelivered(Refusal):
    """The reply has not been delivered to the member."""

    code, status, title = "reply.not_delivered", 409, "答复尚未送达该委员或代表"


class AnswersOutstanding(Refusal):
    """Somebody who must be answered has not been, or has not rated."""

    code, status, title = "proposal.answers_outstanding", 409, "尚有答复对象未答复或未测评"


class NotStamped(Refusal):
    """The pack has replies sealed before they go out, and this one is not."""

    code, status, title = "reply.not_stamped", 409, "答复尚未用印, 不能送达"


class NotChecked(Refusal):
    """The pack has the unit's office check replies before they go out, and it has not."""

    code, status, title = "reply.not_checked", 409, "答复尚未经本单位办公室核查, 不能送达"


class AlreadyDelivered(Refusal):
    """The reply has left the unit: it is recalled, not sent back."""

    code, status, title = "reply.already_delivered", 409, "答复已送达, 应予撤回"


class AlreadyRated(Refusal):
    """A reply that somebody has rated is corrected, and not recalled."""

    code, status, title = "reply.already_rated", 409, "答复已测评, 不能撤回, 可予更正"


def stamp(case: Proposal, unit: UUID, command: StampReply, today: date) -> ReplyStamped:
    """Decide to seal the signed reply.

    Raises: WrongStage, NotAHandlingUnit, AlreadyDone.
    """
    unit, reply = signed_by(case, unit)
    dated(command.stamped_on, today, reply.signed_on)
    if reply.stamped_on is not None:
        raise AlreadyDone
    return ReplyStamped(unit=unit, round=reply.round, stamp=command.stamp, stamped_on=command.stamped_on)


def check(
    case: Proposal, unit: UUID, checker: str, command: CheckReply, remark: Sealed | None, today: date
) -> ReplyChecked:
    """Decide on the check by the unit's office; one that is not passed voids the signature.

    Raises: WrongStage, NotAHandlingUnit, AlreadyDone, AlreadyDelivered.
    """
    unit, reply = signed_by(case, unit)
    dated(command.checked_on, today, reply.signed_on)
    if reply.checked_on is not None:
        raise AlreadyDone
    if reply.delivered:
        raise AlreadyDelivered
    return ReplyChecked(
        unit=unit,
        round=reply.round,
        checker=checker,
        passed=command.passed,
        remark=remark,
        checked_on=command.checked_on,
    )


def recall(case: Proposal, unit: UUID, command: RecallReply, rules: Rules, today: date) -> ReplyRecalled:
    """Decide to take a signed reply back: it has to be answered anew, so the clocks that its delivery met run again.

    Raises: WrongStage, NotAHandlingUnit, AlreadyRated.
    """
    unit, reply = signed_by(case, unit)
    assert reply.signed_event is not None
    assert reply.document is not None
    dated(command.recalled_on, today, max([*reply.delivered.values(), *reply.received.values(), _day(reply)]))
    if reply.rated:
        raise AlreadyRated
    reopened, moved = deadlines.reopened(case, unit, rules)
    fallen = deadlines.stopped(case, command.recalled_on, ("rating",), answer=unit, met=False)
    return ReplyRecalled(
        unit=unit,
        round=reply.round,
        recalls=reply.signed_event,
        document=reply.document,
        reason=command.reason,
        approved_by=command.approved_by,
        recalled_on=command.recalled_on,
        clocks=deadlines.changes(reopened, fallen, moved),
    )


def correct(
    case: Proposal, unit: UUID, command: CorrectReply, text: Sealed, rules: Rules, today: date
) -> ReplyCorrected:
    """Decide on a correction of the signed reply of this round.

    Raises: WrongStage, NotAHandlingUnit, UnknownCategory.
    """
    at(case, "handed_over", "replied", "dissatisfied", "closed")
    answering(case, unit)
    reply = signed(case, unit)
    assert reply.signed_event is not None
    dated(command.corrected_on, today, reply.signed_on)
    if command.category is not None or command.scheme is not None:
        known_category(rules, command.scheme or reply.scheme, command.category or reply.category)
    return ReplyCorrected(
        unit=unit,
        round=case.work_of(unit).round,
        corrects=reply.signed_event,
        text=text,
        category=command.category,
        scheme=command.scheme,
        reason=command.reason,
        approved_by=command.approved_by,
        corrected_on=command.corrected_on,
    )


def deliver(case: Proposal, unit: UUID, command: DeliverReply, rules: Rules, today: date) -> ReplyDelivered:
    """Decide on a delivery of a unit's reply; the last one meets the clocks of that reply.

    Raises: WrongStage, NotAHandlingUnit, NotStamped, NotChecked, NotToBeAnswered, AlreadyDone.
    """
    unit, reply = signed_by(case, unit)
    if command.member not in case.answer_to:
        raise NotToBeAnswered
    after = max(day for day in (reply.signed_on, reply.stamped_on, reply.checked_on) if day)
    dated(command.delivered_on, today, after)
    if command.member in reply.delivered:
        raise AlreadyDone
    if rules.pack.seal == "required" and reply.stamped_on is None:
        raise NotStamped
    if rules.pack.office_check == "required" and reply.checked_on is None:
        raise NotChecked
    outstanding = set(case.answer_to) - set(reply.delivered) - {command.member}
    closed = () if outstanding else deadlines.stopped(case, command.delivered_on, REPLY_KINDS, answer=unit)
    return ReplyDelivered(
        member=command.member,
        unit=unit,
        round=reply.round,
        mode=command.mode,
        delivered_on=command.delivered_on,
        clocks=deadlines.changes(closed=closed),
    )


def receive(case: Proposal, command: ReceiveReply, rules: Rules, today: date) -> ReplyReceived:
    """Decide on a receipt; the clock of the member's rating starts.

    Raises: WrongStage, UnitNotNamed, NotAHandlingUnit, NotDelivered, AlreadyDone.
    """
    unit, reply = signed_by(case, command.unit)
    if command.member not in reply.delivered:
        raise NotDelivered
    dated(command.received_on, today, reply.delivered[command.member])
    if command.member in reply.received:
        raise AlreadyDone
    opened = deadlines.started(
        rules,
        "reply_received",
        command.received_on,
        [("member", deadlines.member(command.member))],
        round=reply.round,
        about=deadlines.about(case, unit),
    )
    return ReplyReceived(
        member=command.member,
        unit=unit,
        round=reply.round,
        received_on=command.received_on,
        clocks=deadlines.changes(opened),
    )


def close(case: Proposal, command: CloseProposal, rules: Rules, today: date) -> ProposalClosed:
    """Decide to close the case; whatever clock still runs falls away, but for those of its commitments.

    Raises: WrongStage, AnswersOutstanding, MeetingAfterMissing, DateOutOfOrder.
    """
    at(case, "replied")
    owed = matrix.owed(case)
    if waiting := [row for row in owed if not row.settled]:
        raise AnswersOutstanding(members=list(dict.fromkeys(str(row.member) for row in waiting)))
    after = max(meetings_missing(case, unit, "after", command.closed_on, rules) for unit in case.answering)
    if after:
        raise MeetingAfterMissing(missing={"after": after})
    dated(command.closed_on, today, max(day for row in owed for day in row.days))
    closed = deadlines.stopped(case, command.closed_on, ("closing",))
    others = {clock.kind for clock in case.clocks.values() if not deadlines.outlasts(clock)} - {"closing"}
    closed += deadlines.stopped(case, command.closed_on, others, met=False)
    return ProposalClosed(closed_on=command.closed_on, clocks=deadlines.changes(closed=closed))


def erase(case: Proposal, command: EraseProposal, today: date) -> ProposalErased:
    """Decide to destroy the keys of the case by order; nothing is owed in it any longer, so its clocks fall away.

    Raises: AlreadyDone, DateInFuture, DateOutOfOrder.
    """
    if case.erased:
        raise AlreadyDone
    dated(command.erased_on, today, case.submitted_on)
    fallen = deadlines.stopped(case, command.erased_on, {clock.kind for clock in case.clocks.values()}, met=False)
    return ProposalErased(
        reason=command.reason,
        ordered_by=command.ordered_by,
        erased_on=command.erased_on,
        clocks=deadlines.changes(closed=fallen),
    )


def signed_by(case: Proposal, unit: UUID | None) -> tuple[UUID, Reply]:
    """Give the unit that is meant, the only one if none is named, and its signed reply.

    Raises: WrongStage, UnitNotNamed, NotAHandlingUnit.
    """
    at(case, "handed_over", "replied", "dissatisfied")
    unit = meant(case, unit)
    return unit, signed(case, unit)


def signed(case: Proposal, unit: UUID) -> Reply:
    """Give this round's signed reply of a unit.

    Raises: WrongStage while there is none.
    """
    reply = case.work_of(unit).reply
    if reply is None or reply.signed_on is None:
        raise WrongStage(stage=case.stage)
    return reply


def _day(reply: Reply) -> date:
    assert reply.signed_on is not None
    return reply.signed_on
