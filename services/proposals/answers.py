"""Towards the member: delivery, receipt, rating, another round, close 送达, 测评, 再次办理, 办结; erasure by order.

Source: rules 4 to 6 of the case (docs/architecture.md): the case stays open until everybody who must be answered has
been answered; only the member rates; after 不满意 it is handled again and the first round stays on record.
"""

from datetime import date
from uuid import UUID

from contracts.proposals import (
    ProposalClosed,
    ProposalErased,
    RehandlingOrdered,
    ReplyDelivered,
    ReplyRated,
    ReplyReceived,
)
from contracts.sealed import Sealed
from runtime.refusals import Refusal
from services.proposals import deadlines
from services.proposals.commands import (
    CloseProposal,
    DeliverReply,
    EraseProposal,
    OrderRehandling,
    RateReply,
    ReceiveReply,
)
from services.proposals.deadlines import REPLY_KINDS, Rules
from services.proposals.handling import AlreadyDone, NotSigned
from services.proposals.intake import at, dated
from services.proposals.proposal import Proposal, Reply


class NotToBeAnswered(Refusal):
    """The member is not one of those who must be answered."""

    code, status, title = "reply.not_to_be_answered", 409, "该委员或代表不是本件的答复对象"


class NotDelivered(Refusal):
    """The reply has not been delivered to the member."""

    code, status, title = "reply.not_delivered", 409, "答复尚未送达该委员或代表"


class NotReceived(Refusal):
    """The member has given no receipt yet."""

    code, status, title = "reply.not_received", 409, "尚无该委员或代表的回执"


class UnknownRating(Refusal):
    """The pack knows no such rating, or asks for another number of axes."""

    code, status, title = "reply.unknown_rating", 409, "测评用语与办理规则不符"


class AnswersOutstanding(Refusal):
    """Somebody who must be answered has not been, or has not rated."""

    code, status, title = "proposal.answers_outstanding", 409, "尚有答复对象未答复或未测评"


class MeetingAfterMissing(Refusal):
    """The meeting after the reply has not taken place."""

    code, status, title = "proposal.meeting_after_missing", 409, "办后见面未完成, 不能办结"


def deliver(case: Proposal, command: DeliverReply, today: date) -> ReplyDelivered:
    """Decide on a delivery; the last one meets the clocks of the reply.

    Raises: WrongStage, NotSigned, NotToBeAnswered, AlreadyDone.
    """
    reply = _signed(case)
    _addressee(case, command.member)
    dated(command.delivered_on, today, reply.signed_on)
    if command.member in reply.delivered:
        raise AlreadyDone
    outstanding = set(case.answer_to) - set(reply.delivered) - {command.member}
    closed = () if outstanding else deadlines.stopped(case, command.delivered_on, REPLY_KINDS)
    return ReplyDelivered(
        member=command.member,
        round=case.round,
        mode=command.mode,
        delivered_on=command.delivered_on,
        clocks=deadlines.changes(closed=closed),
    )


def receive(case: Proposal, command: ReceiveReply, rules: Rules, today: date) -> ReplyReceived:
    """Decide on a receipt; the clock of the member's rating starts.

    Raises: WrongStage, NotSigned, NotDelivered, AlreadyDone.
    """
    reply = _signed(case)
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
        round=case.round,
    )
    return ReplyReceived(
        member=command.member,
        round=case.round,
        received_on=command.received_on,
        clocks=deadlines.changes(opened),
    )


def rate(case: Proposal, command: RateReply, remark: Sealed | None, rules: Rules, today: date) -> ReplyRated:
    """Decide on a rating; one that calls for another round starts the clocks of dissatisfaction.

    Raises: WrongStage, NotSigned, NotReceived, AlreadyDone, UnknownRating.
    """
    reply = _signed(case)
    if command.member not in reply.received:
        raise NotReceived
    dated(command.rated_on, today, reply.received[command.member])
    if command.member in reply.rated:
        raise AlreadyDone
    ratings = rules.pack.ratings
    two_axes = len(ratings.axes) == 2
    words = [command.result, *([command.attitude] if command.attitude is not None else [])]
    if two_axes != (command.attitude is not None) or any(word not in ratings.words for word in words):
        raise UnknownRating(words=list(ratings.words), axes=list(ratings.axes))
    again = any(word in ratings.rehandle_on for word in words) or (remark is not None and ratings.rehandle_on_remarks)
    member = deadlines.member(command.member)
    opened = (
        deadlines.started(
            rules,
            "dissatisfied",
            command.rated_on,
            [("lead", deadlines.unit(case.lead)), ("office", deadlines.office_of(case))] if case.lead else [],
            round=case.round + 1,
        )
        if again and case.stage != "dissatisfied"
        else ()
    )
    return ReplyRated(
        member=command.member,
        round=case.round,
        result=command.result,
        attitude=command.attitude,
        remark=remark,
        rehandle=again,
        rated_on=command.rated_on,
        clocks=deadlines.changes(opened, deadlines.stopped(case, command.rated_on, ("rating",), whom=member)),
    )


def order_rehandling(case: Proposal, command: OrderRehandling, rules: Rules, today: date) -> RehandlingOrdered:
    """Decide to have the case handled again: clocks that run from the decision start, ratings not given fall away.

    Raises: WrongStage unless somebody was dissatisfied; DateInFuture, DateOutOfOrder.
    """
    at(case, "dissatisfied")
    ratings = case.replies[case.round].rated.values()
    dated(command.ordered_on, today, min(rating.on for rating in ratings if rating.rehandle))
    opened = (
        deadlines.started(
            rules,
            "decided",
            command.ordered_on,
            [("lead", deadlines.unit(case.lead)), ("office", deadlines.office_of(case))],
            round=case.round + 1,
        )
        if case.lead
        else ()
    )
    fallen = deadlines.stopped(case, command.ordered_on, ("rating",), met=False)
    return RehandlingOrdered(
        round=case.round + 1, ordered_on=command.ordered_on, clocks=deadlines.changes(opened, fallen)
    )


def close(case: Proposal, command: CloseProposal, rules: Rules, today: date) -> ProposalClosed:
    """Decide to close the case; whatever clock still runs falls away.

    Raises: WrongStage, AnswersOutstanding, MeetingAfterMissing, DateOutOfOrder.
    """
    at(case, "replied")
    reply = _signed(case)
    waiting = [str(member) for member in case.answer_to if member not in reply.rated]
    if waiting:
        raise AnswersOutstanding(members=waiting)
    if (missing := rules.pack.meetings.after - case.met("after", command.closed_on)) > 0:
        raise MeetingAfterMissing(missing={"after": missing})
    dated(command.closed_on, today, max(rating.on for rating in reply.rated.values()))
    closed = deadlines.stopped(case, command.closed_on, ("closing",))
    others = {clock.kind for clock in case.clocks.values()} - {"closing"}
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


def _signed(case: Proposal) -> Reply:
    at(case, "replied", "dissatisfied")
    if case.reply is None or case.reply.signed_on is None:
        raise NotSigned
    return case.reply


def _addressee(case: Proposal, member: UUID) -> None:
    if member not in case.answer_to:
        raise NotToBeAnswered
