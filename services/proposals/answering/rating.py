"""Rating, and what stands in its place 测评, 催评, 逾期未评, 无法测评.

Source: rules 5, 6 and 11 of the case (docs/architecture.md): only the member rates, or the committee enters a
witnessed paper form; when a seat has ended the pack says who rates.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from contracts.answering import (
    PaperForm,
    RatingImpossible,
    RatingLapsed,
    RatingReminded,
)
from contracts.clocks import Clock, ClockChanges
from contracts.proposals import ReplyRated
from contracts.sealed import Sealed
from runtime.refusals import Refusal
from services.proposals import deadlines
from services.proposals.answering.answer_commands import (
    EnterRating,
    FindRatingImpossible,
    LapseRating,
    RemindToRate,
)
from services.proposals.answering.answers import NotDelivered, signed_by
from services.proposals.case.proposal import Proposal
from services.proposals.case.work import Reply
from services.proposals.commands import RateReply
from services.proposals.deadlines import Rules
from services.proposals.guards import AlreadyDone, dated

Ended = Mapping[UUID, date]
"""The last day of the seat of each member who has, or will have, left."""


class NotReceived(Refusal):
    """The member has given no receipt yet."""

    code, status, title = "reply.not_received", 409, "尚无该委员或代表的回执"


class NotARater(Refusal):
    """The pack has the first signer rate for all, after asking the others."""

    code, status, title = "reply.not_a_rater", 409, "由第一提出人征求联名人意见后统一测评"


class UnknownRating(Refusal):
    """The pack knows no such rating, or asks for another number of axes."""

    code, status, title = "reply.unknown_rating", 409, "测评用语与办理规则不符"


class SeatEnded(Refusal):
    """The member's seat has ended, so he rates no more."""

    code, status, title = "reply.seat_ended", 409, "该委员或代表已离任, 不能测评"


class SeatHeld(Refusal):
    """The member still sits, and rates himself."""

    code, status, title = "reply.seat_held", 409, "该委员或代表仍在任, 应由本人测评"


class NotInsteadOfAnother(Refusal):
    """The pack lets nobody rate instead of a member whose seat has ended, or not this one."""

    code, status, title = "reply.not_instead", 409, "办理规则不允许由其代为测评"


class OwnWitness(Refusal):
    """Who enters a paper form needs a second person as its witness."""

    code, status, title = "reply.own_witness", 409, "见证人须为录入人以外的第二人"


class NotReminded(Refusal):
    """The member was not reminded as often as the pack says, or not before that day."""

    code, status, title = "reply.not_reminded", 409, "尚未按规则催评, 不能认定逾期未评"


class RatingStillDue(Refusal):
    """The member's time to rate has not run out."""

    code, status, title = "reply.rating_still_due", 409, "测评期限未满"


def rate(
    case: Proposal,
    command: RateReply,
    remark: Sealed | None,
    rules: Rules,
    today: date,
    *,
    ended: Ended | None = None,
    paper: PaperForm | None = None,
) -> ReplyRated:
    """Decide on a rating; one that calls for another round starts the clocks of dissatisfaction.

    Raises: WrongStage, UnitNotNamed, NotAHandlingUnit, NotReceived, NotARater, AlreadyDone, UnknownRating,
    SeatEnded, NotInsteadOfAnother.
    """
    unit, reply = signed_by(case, command.unit)
    whose = _whose(case, command, rules, ended or {})
    if whose in case.answer_to and whose not in case.raters:
        raise NotARater
    received = reply.delivered if command.instead_of else reply.received
    if whose not in received:
        raise NotReceived
    dated(command.rated_on, today, received[whose])
    if whose in reply.rated:
        raise AlreadyDone
    again = _calls_for_another_round(command, remark is not None, rules)
    fallen = deadlines.stopped(case, command.rated_on, ("rating",), whom=deadlines.member(whose), answer=unit)
    opened = _started(case, unit, reply, command.rated_on, rules) if again and not reply.dissatisfied else ()
    fallen += deadlines.superseded(case, opened, command.rated_on)
    return ReplyRated(
        member=command.member,
        unit=unit,
        round=reply.round,
        result=command.result,
        attitude=command.attitude,
        remark=remark,
        paper=paper,
        instead_of=command.instead_of,
        place=rules.pack.place_of(command.result),
        rehandle=again,
        rated_on=command.rated_on,
        clocks=deadlines.changes(opened, fallen),
    )


def enter(
    case: Proposal,
    clerk: str,
    command: EnterRating,
    remark: Sealed | None,
    rules: Rules,
    today: date,
    *,
    ended: Ended | None = None,
) -> ReplyRated:
    """Decide to enter a member's rating from a witnessed paper form.

    Raises: OwnWitness; otherwise as `rate`.
    """
    if clerk == command.paper.witness:
        raise OwnWitness
    said = RateReply(**command.model_dump(exclude={"paper"}))
    paper = PaperForm(**command.paper.model_dump())
    return rate(case, said, remark, rules, today, ended=ended, paper=paper)


def _whose(case: Proposal, command: RateReply, rules: Rules, ended: Ended) -> UUID:
    """Give whose rating it is: the one who rates, or the one whose seat has ended and for whom he does."""
    if _left(ended, command.member, command.rated_on):
        raise SeatEnded
    if command.instead_of is None:
        return command.member
    signed_together = [case.signers, *(original.signers for original in case.review.originals.values())]
    together = any(command.member in signers and command.instead_of in signers for signers in signed_together)
    if rules.pack.ratings.seat_ended != "next_cosigner" or not together:
        raise NotInsteadOfAnother
    if not _left(ended, command.instead_of, command.rated_on):
        raise SeatHeld
    return command.instead_of


def _left(ended: Ended, member: UUID, on: date) -> bool:
    return member in ended and ended[member] < on


def _calls_for_another_round(command: RateReply, remarked: bool, rules: Rules) -> bool:
    ratings = rules.pack.ratings
    two_axes = len(ratings.axes) == 2
    words = [command.result, *([command.attitude] if command.attitude is not None else [])]
    if two_axes != (command.attitude is not None) or any(word not in ratings.words for word in words):
        raise UnknownRating(words=list(ratings.words), axes=list(ratings.axes))
    return any(word in ratings.rehandle_on for word in words) or (remarked and ratings.rehandle_on_remarks)


def _started(case: Proposal, unit: UUID, reply: Reply, on: date, rules: Rules) -> tuple[Clock, ...]:
    """Give the clocks that 不满意 starts; the second time those of what the pack has follow it instead."""
    second = reply.round > 1 and rules.pack.ratings.after_second_dissatisfaction is not None
    return deadlines.started(
        rules,
        "second_dissatisfied" if second else "dissatisfied",
        on,
        [("lead", deadlines.unit(unit)), ("office", deadlines.office_of(case))],
        round=reply.round + 1,
        about=deadlines.about(case, unit),
    )


def remind(case: Proposal, command: RemindToRate, today: date) -> RatingReminded:
    """Decide to remind a member to rate.

    Raises: WrongStage, UnitNotNamed, NotAHandlingUnit, NotReceived, AlreadyDone once he has rated.
    """
    unit, reply = signed_by(case, command.unit)
    if command.member not in reply.received:
        raise NotReceived
    dated(command.reminded_on, today, reply.received[command.member])
    if command.member in reply.rated:
        raise AlreadyDone
    return RatingReminded(unit=unit, round=reply.round, member=command.member, reminded_on=command.reminded_on)


def lapse(case: Proposal, command: LapseRating, rules: Rules, today: date) -> RatingLapsed:
    """Decide to count a silent member as the pack says, after the reminders and the time that it gives him.

    Raises: WrongStage, UnitNotNamed, NotAHandlingUnit, NotReceived, AlreadyDone, NotReminded, RatingStillDue.
    """
    unit, reply = signed_by(case, command.unit)
    if command.member not in reply.received:
        raise NotReceived
    dated(command.lapsed_on, today, reply.received[command.member])
    if command.member in reply.rated:
        raise AlreadyDone
    silence = rules.pack.ratings.silence
    reminded = [day for day in reply.reminded.get(command.member, ()) if day < command.lapsed_on]
    if len(reminded) < silence.reminders:
        raise NotReminded(reminders=silence.reminders)
    party = deadlines.member(command.member)
    running = [clock for clock in case.clocks.values() if clock.kind == "rating" and clock.whom == party]
    if due := [clock.due_on for clock in running if clock.due_on and clock.due_on >= command.lapsed_on]:
        raise RatingStillDue(due_on=str(max(due)))
    return RatingLapsed(
        unit=unit,
        round=reply.round,
        member=command.member,
        word=silence.counts_as,
        counts=silence.counts_as in rules.pack.ratings.words,
        place=rules.pack.place_of(silence.counts_as),
        lapsed_on=command.lapsed_on,
        clocks=_no_longer_due(case, unit, command.member, command.lapsed_on),
    )


def find_impossible(
    case: Proposal, command: FindRatingImpossible, rules: Rules, today: date, *, ended: Ended
) -> RatingImpossible:
    """Decide that nobody can rate, because the member's seat has ended and the pack lets no co-signer rate for him.

    Raises: WrongStage, UnitNotNamed, NotAHandlingUnit, NotDelivered, AlreadyDone, SeatHeld; NotInsteadOfAnother while
    a co-signer who still sits rates by the pack.
    """
    unit, reply = signed_by(case, command.unit)
    if command.member not in reply.delivered:
        raise NotDelivered
    dated(command.found_on, today, reply.delivered[command.member])
    if command.member in reply.rated:
        raise AlreadyDone
    if not _left(ended, command.member, command.found_on):
        raise SeatHeld
    sitting = [member for member in case.signers if not _left(ended, member, command.found_on)]
    if sitting and rules.pack.ratings.seat_ended == "next_cosigner":
        raise NotInsteadOfAnother("由仍在任的联名人测评", members=[str(member) for member in sitting])
    return RatingImpossible(
        unit=unit,
        round=reply.round,
        member=command.member,
        found_on=command.found_on,
        seat_ended_on=ended[command.member],
        clocks=_no_longer_due(case, unit, command.member, command.found_on),
    )


def _no_longer_due(case: Proposal, unit: UUID, member: UUID, on: date) -> ClockChanges | None:
    fallen = deadlines.stopped(case, on, ("rating",), whom=deadlines.member(member), answer=unit, met=False)
    return deadlines.changes(closed=fallen)
