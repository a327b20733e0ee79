"""Inside the units: signing for, first contact, opinions, the reply from draft to signature 签收, 会办, 拟文, 签发.

Source: rule 2 of the case (docs/architecture.md): no signature before the meetings that the pack requires, nor before
every co-opinion is in or waived; drafter and signer differ unless the pack allows otherwise.
"""

from datetime import date
from uuid import UUID

from contracts.meetings import HandlerMet, Stage
from contracts.proposals import (
    CoOpinionGiven,
    CoOpinionWaived,
    MeetingNoted,
    MeetingStruck,
    MemberContacted,
    ProposalSignedFor,
    ReplyCorrected,
    ReplyDrafted,
    ReplyReviewed,
    ReplySigned,
)
from contracts.sealed import Sealed
from rules.pack import Owes
from runtime.refusals import Refusal
from services.proposals import deadlines
from services.proposals.commands import (
    ContactMember,
    CorrectReply,
    DraftReply,
    GiveOpinion,
    ReviewReply,
    SignFor,
    SignReply,
    WaiveOpinion,
)
from services.proposals.deadlines import Rules
from services.proposals.intake import at, dated
from services.proposals.proposal import Proposal, Reply


class NotAHandlingUnit(Refusal):
    """The unit handles nothing in this case."""

    code, status, title = "proposal.not_a_handling_unit", 409, "该单位不是本件的承办单位"


class AlreadyDone(Refusal):
    """It was done before; nothing changes."""

    code, status, title = "proposal.already_done", 409, "此环节已办理"


class NotSignedFor(Refusal):
    """The lead has not signed for the case yet."""

    code, status, title = "proposal.not_signed_for", 409, "主办单位尚未签收"


class UnknownCategory(Refusal):
    """The pack knows no such category under that scheme."""

    code, status, title = "reply.unknown_category", 409, "答复类别与分类方案不符"


class NoDraft(Refusal):
    """There is no draft to review or sign in this round."""

    code, status, title = "reply.no_draft", 409, "本轮尚无答复稿"


class NotReviewed(Refusal):
    """The present draft was not passed by a reviewer."""

    code, status, title = "reply.not_reviewed", 409, "答复稿未经审核通过"


class ReplyBeforeMeeting(Refusal):
    """A meeting that the pack requires before the signature has not taken place."""

    code, status, title = "reply.before_meeting", 409, "见面程序未完成, 不能签发答复"


class OpinionMissing(Refusal):
    """A co unit's opinion is neither in nor waived."""

    code, status, title = "reply.opinion_missing", 409, "会办意见未收齐, 不能签发答复"


class DrafterSigns(Refusal):
    """The drafter may not sign what he drafted."""

    code, status, title = "reply.drafter_signs", 409, "拟稿人不能签发自己拟写的答复"


class NotSigned(Refusal):
    """Only a signed reply can be corrected, delivered or rated."""

    code, status, title = "reply.not_signed", 409, "答复尚未签发"


def sign_for(case: Proposal, unit: UUID, command: SignFor, rules: Rules, today: date) -> ProposalSignedFor:
    """Decide on a unit's signing for the case; clocks that run from receipt start, unless its part is done.

    Raises: WrongStage, NotAHandlingUnit, AlreadyDone.
    """
    at(case, "handed_over", "replied")
    dated(command.signed_for_on, today, case.handed_over_on)
    role = _role(case, unit)
    if unit in case.signed_for:
        raise AlreadyDone
    owed: list[tuple[Owes, str]] = [] if unit in case.opinions else [(role, deadlines.unit(unit))]
    opened = deadlines.started(rules, "received", command.signed_for_on, owed)
    return ProposalSignedFor(unit=unit, signed_for_on=command.signed_for_on, clocks=deadlines.changes(opened))


def contact(case: Proposal, unit: UUID, handler: str, command: ContactMember, today: date) -> MemberContacted:
    """Decide on the first contact with the member; with it the unit has taken the case, its time to return it ends.

    It may be recorded after the reply, so that its clock can still be met. Raises: WrongStage, NotAHandlingUnit,
    NotSignedFor, AlreadyDone.
    """
    at(case, "handed_over", "replied", "dissatisfied")
    _lead(case, unit)
    dated(command.contacted_on, today, case.handed_over_on)
    if unit not in case.signed_for:
        raise NotSignedFor
    if case.contacted_on is not None:
        raise AlreadyDone
    party = deadlines.unit(unit)
    closed = deadlines.stopped(case, command.contacted_on, ("contact",), whom=party)
    closed += deadlines.stopped(case, command.contacted_on, ("return",), whom=party, met=False)
    return MemberContacted(
        unit=unit,
        section=command.section,
        handler=handler,
        contacted_on=command.contacted_on,
        clocks=deadlines.changes(closed=closed),
    )


def note_meeting(case: Proposal, meeting: UUID, met: HandlerMet) -> MeetingNoted:
    """Take note of a meeting that the meetings service has on record.

    Raises: AlreadyDone.
    """
    if meeting in case.meetings:
        raise AlreadyDone
    return MeetingNoted(meeting=meeting, unit=met.unit, stage=met.stage, round=case.round, met_on=met.met_on)


def strike_meeting(case: Proposal, meeting: UUID, on: date) -> MeetingStruck:
    """Take note that a meeting record was withdrawn.

    Raises: AlreadyDone when the case does not count it.
    """
    if meeting not in case.meetings:
        raise AlreadyDone
    return MeetingStruck(meeting=meeting, struck_on=on)


def give_opinion(case: Proposal, unit: UUID, command: GiveOpinion, opinion: Sealed, today: date) -> CoOpinionGiven:
    """Decide on a co unit's opinion.

    Raises: WrongStage, NotAHandlingUnit, AlreadyDone.
    """
    _co(case, unit)
    dated(command.given_on, today, case.handed_over_on)
    party = deadlines.unit(unit)
    closed = deadlines.stopped(case, command.given_on, ("co_opinion",), whom=party)
    closed += deadlines.stopped(case, command.given_on, ("return",), whom=party, met=False)
    return CoOpinionGiven(
        unit=unit, opinion=opinion, given_on=command.given_on, clocks=deadlines.changes(closed=closed)
    )


def waive_opinion(case: Proposal, command: WaiveOpinion, today: date) -> CoOpinionWaived:
    """Decide to go on without a co unit's opinion.

    Raises: WrongStage, NotAHandlingUnit, AlreadyDone.
    """
    _co(case, command.unit)
    dated(command.waived_on, today, case.handed_over_on)
    party = deadlines.unit(command.unit)
    closed = deadlines.stopped(case, command.waived_on, ("co_opinion", "return"), whom=party, met=False)
    return CoOpinionWaived(
        unit=command.unit,
        reason=command.reason,
        waived_on=command.waived_on,
        clocks=deadlines.changes(closed=closed),
    )


def draft(
    case: Proposal, unit: UUID, drafter: str, command: DraftReply, text: Sealed, rules: Rules, today: date
) -> ReplyDrafted:
    """Decide on a draft of the reply; a new one replaces the last and needs a new review.

    Raises: WrongStage, NotAHandlingUnit, NotSignedFor, UnknownCategory.
    """
    at(case, "handed_over")
    _lead(case, unit)
    dated(command.drafted_on, today, case.handed_over_on)
    if unit not in case.signed_for:
        raise NotSignedFor
    _known_category(rules, command.scheme, command.category)
    return ReplyDrafted(
        unit=unit,
        round=case.round,
        drafter=drafter,
        category=command.category,
        scheme=command.scheme,
        text=text,
        drafted_on=command.drafted_on,
        clocks=deadlines.changes(
            closed=deadlines.stopped(case, command.drafted_on, ("return",), whom=deadlines.unit(unit), met=False)
        ),
    )


def review(
    case: Proposal, unit: UUID, reviewer: str, command: ReviewReply, remark: Sealed | None, today: date
) -> ReplyReviewed:
    """Decide on a review of the present draft.

    Raises: WrongStage, NotAHandlingUnit, NoDraft, AlreadyDone.
    """
    at(case, "handed_over")
    _lead(case, unit)
    reply = _reply(case)
    dated(command.reviewed_on, today, reply.drafted_on)
    if reply.passed is not None:
        raise AlreadyDone
    return ReplyReviewed(
        unit=unit,
        round=case.round,
        reviewer=reviewer,
        passed=command.passed,
        remark=remark,
        reviewed_on=command.reviewed_on,
    )


def sign(case: Proposal, unit: UUID, signer: str, command: SignReply, rules: Rules, today: date) -> ReplySigned:
    """Decide on the signature.

    Raises: WrongStage, NotAHandlingUnit, NoDraft, NotReviewed, DrafterSigns, ReplyBeforeMeeting, OpinionMissing.
    """
    at(case, "handed_over")
    _lead(case, unit)
    reply = _reply(case)
    if not reply.passed:
        raise NotReviewed
    dated(command.signed_on, today, reply.drafted_on)
    if signer == reply.drafter and not rules.pack.drafter_may_sign:
        raise DrafterSigns
    required: dict[Stage, int] = {"before": rules.pack.meetings.before, "during": rules.pack.meetings.during}
    missing = {stage: n - met for stage, n in required.items() if (met := case.met(stage, command.signed_on)) < n}
    if missing:
        raise ReplyBeforeMeeting(missing=missing)
    if waiting := [str(co) for co in case.co if co not in case.opinions]:
        raise OpinionMissing(units=waiting)
    return ReplySigned(
        unit=unit,
        round=case.round,
        signer=signer,
        document=command.document,
        category=reply.category,
        scheme=reply.scheme,
        signed_on=command.signed_on,
        clocks=deadlines.changes(
            closed=deadlines.stopped(case, command.signed_on, ("unit_reply",), whom=deadlines.unit(unit))
        ),
    )


def correct(
    case: Proposal, unit: UUID, command: CorrectReply, text: Sealed, rules: Rules, today: date
) -> ReplyCorrected:
    """Decide on a correction of the signed reply of this round.

    Raises: WrongStage, NotAHandlingUnit, NotSigned, UnknownCategory.
    """
    at(case, "replied", "dissatisfied", "closed")
    _lead(case, unit)
    reply = case.reply
    if reply is None or reply.signed_on is None or reply.signed_event is None:
        raise NotSigned
    dated(command.corrected_on, today, reply.signed_on)
    if command.category is not None or command.scheme is not None:
        _known_category(rules, command.scheme or reply.scheme, command.category or reply.category)
    return ReplyCorrected(
        round=case.round,
        corrects=reply.signed_event,
        text=text,
        category=command.category,
        scheme=command.scheme,
        reason=command.reason,
        approved_by=command.approved_by,
        corrected_on=command.corrected_on,
    )


def _role(case: Proposal, unit: UUID) -> Owes:
    if unit == case.lead:
        return "lead"
    if unit in case.co:
        return "co"
    raise NotAHandlingUnit


def _lead(case: Proposal, unit: UUID) -> None:
    if unit != case.lead:
        raise NotAHandlingUnit


def _co(case: Proposal, unit: UUID) -> None:
    at(case, "handed_over")
    if unit not in case.co:
        raise NotAHandlingUnit
    if unit in case.opinions:
        raise AlreadyDone


def _reply(case: Proposal) -> Reply:
    if case.reply is None:
        raise NoDraft
    return case.reply


def _known_category(rules: Rules, scheme: str, category: str) -> None:
    if category not in rules.pack.schemes.get(scheme, {}):
        raise UnknownCategory(scheme=scheme, category=category, schemes=sorted(rules.pack.schemes))
