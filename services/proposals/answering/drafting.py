"""The reply from the first draft to the signature 拟文, 征求意见, 审核, 签发: versions, consultation, and the gates.

Source: rule 2 of the case (docs/architecture.md): no signature before the meetings that the pack requires, nor before
every co-opinion is in or waived; drafter and signer differ unless the pack allows otherwise.
"""

from datetime import date
from typing import Literal
from uuid import UUID

from contracts.answering import DraftCommented, DraftShown, Elsewhere
from contracts.proposals import ReplyDrafted, ReplyReviewed, ReplySigned
from contracts.sealed import Sealed
from runtime.refusals import PreconditionRequired, Refusal
from services.proposals import deadlines
from services.proposals.answering.answer_commands import CommentOnDraft, ShowDraft, SignElsewhere
from services.proposals.case.proposal import Proposal
from services.proposals.case.reply import Draft, Reply, with_present
from services.proposals.commands import DraftReply, ReviewReply, SignReply
from services.proposals.deadlines import Rules
from services.proposals.guards import AlreadyDone, WrongStage, at, dated
from services.proposals.handling.gates import before_signing
from services.proposals.handling.handling import NotSignedFor, answering, meant


class UnknownCategory(Refusal):
    """The pack knows no such category under that scheme."""

    code, status, title = "reply.unknown_category", 409, "答复类别与分类方案不符"


class NoDraft(Refusal):
    """There is no draft to review or sign in this round."""

    code, status, title = "reply.no_draft", 409, "本轮尚无答复稿"


class NotReviewed(Refusal):
    """The present draft was not passed by a reviewer."""

    code, status, title = "reply.not_reviewed", 409, "答复稿未经审核通过"


class DrafterSigns(Refusal):
    """The drafter may not sign what he drafted."""

    code, status, title = "reply.drafter_signs", 409, "拟稿人不能签发自己拟写的答复"


class NotConsulted(Refusal):
    """The member was not asked about the present draft."""

    code, status, title = "reply.not_consulted", 409, "未就现稿征求该委员或代表意见"


class UnknownWord(Refusal):
    """The pack knows no such word."""

    code, status, title = "reply.unknown_word", 409, "用语与办理规则不符"


def draft(
    case: Proposal,
    unit: UUID,
    drafter: str,
    command: DraftReply,
    text: Sealed,
    rules: Rules,
    *,
    seen: int | None,
    today: date,
) -> ReplyDrafted:
    """Decide on a draft of the reply; a new version replaces the last and needs a new review.

    `seen` is the version of the case (ETag) on which the drafter wrote; only the first draft may do without.
    Raises: WrongStage, NotAHandlingUnit, NotSignedFor, UnknownCategory, PreconditionRequired.
    """
    in_hand(case, unit)
    dated(command.drafted_on, today, case.handed_over_on)
    if unit not in case.signed_for:
        raise NotSignedFor
    if seen is None and (reply := case.work_of(unit).reply) and reply.version:
        raise PreconditionRequired(version=reply.version)
    known_category(rules, command.scheme, command.category)
    return ReplyDrafted(
        unit=unit,
        round=case.work_of(unit).round,
        drafter=drafter,
        category=command.category,
        scheme=command.scheme,
        text=text,
        drafted_on=command.drafted_on,
        clocks=deadlines.changes(
            closed=deadlines.stopped(case, command.drafted_on, ("return",), whom=deadlines.unit(unit), met=False)
        ),
    )


def show_draft(case: Proposal, unit: UUID, command: ShowDraft, today: date) -> DraftShown:
    """Decide to ask members about the present draft.

    Raises: WrongStage, NotAHandlingUnit, NoDraft, NotConsulted for a member who need not be answered, AlreadyDone.
    """
    in_hand(case, unit)
    reply = _reply(case, unit)
    dated(command.shown_on, today, reply.drafted_on)
    members = command.members or case.answer_to
    if strangers := [str(member) for member in members if member not in case.answer_to]:
        raise NotConsulted(members=strangers)
    asked = tuple(member for member in dict.fromkeys(members) if reply.shown.get(member) != reply.version)
    if not asked:
        raise AlreadyDone
    return DraftShown(unit=unit, round=reply.round, members=asked, draft=reply.version, shown_on=command.shown_on)


def comment(
    case: Proposal, command: CommentOnDraft, remark: Sealed | None, rules: Rules, today: date
) -> DraftCommented:
    """Decide on a member's opinion of the draft that he was shown; a second one replaces the first.

    Raises: WrongStage, UnitNotNamed, NotAHandlingUnit, NoDraft, NotConsulted, UnknownWord.
    """
    unit = meant(case, command.unit)
    in_hand(case, unit)
    reply = _reply(case, unit)
    dated(command.commented_on, today, reply.drafted_on)
    if reply.shown.get(command.member) != reply.version:
        raise NotConsulted(members=[str(command.member)])
    if command.word not in rules.pack.ratings.words:
        raise UnknownWord(words=list(rules.pack.ratings.words))
    return DraftCommented(
        unit=unit,
        round=reply.round,
        member=command.member,
        draft=reply.version,
        word=command.word,
        remark=remark,
        commented_on=command.commented_on,
    )


def review(
    case: Proposal, unit: UUID, reviewer: str, command: ReviewReply, remark: Sealed | None, today: date
) -> ReplyReviewed:
    """Decide on a review of the present draft.

    Raises: WrongStage, NotAHandlingUnit, NoDraft, AlreadyDone.
    """
    in_hand(case, unit)
    reply = _reply(case, unit)
    dated(command.reviewed_on, today, reply.drafted_on)
    if reply.passed is not None:
        raise AlreadyDone
    return ReplyReviewed(
        unit=unit,
        round=case.work_of(unit).round,
        reviewer=reviewer,
        passed=command.passed,
        remark=remark,
        reviewed_on=command.reviewed_on,
    )


def sign(case: Proposal, unit: UUID, signer: str, command: SignReply, rules: Rules, today: date) -> ReplySigned:
    """Decide on the signature.

    Raises: WrongStage, NotAHandlingUnit, NoDraft, NotReviewed, DrafterSigns, ReplyBeforeMeeting, OpinionMissing,
    MemberNotConsulted.
    """
    in_hand(case, unit)
    if not _reply(case, unit).passed:
        raise NotReviewed
    return _signature(case, unit, signer, command, rules, today)


def sign_elsewhere(
    case: Proposal, unit: UUID, clerk: str, command: SignElsewhere, rules: Rules, today: date
) -> ReplySigned:
    """Decide on the record of a signature in another system, where the draft was reviewed too; the gates hold.

    Raises: as `sign`, but for NotReviewed.
    """
    in_hand(case, unit)
    return _signature(case, unit, clerk, command, rules, today, command.elsewhere)


def _signature(
    case: Proposal,
    unit: UUID,
    signer: str,
    command: SignReply | SignElsewhere,
    rules: Rules,
    today: date,
    elsewhere: Elsewhere | None = None,
) -> ReplySigned:
    reply = _reply(case, unit)
    dated(command.signed_on, today, reply.drafted_on)
    if signer == reply.drafter and not rules.pack.drafter_may_sign:
        raise DrafterSigns
    before_signing(case, unit, reply, command.signed_on, rules)
    return ReplySigned(
        unit=unit,
        round=reply.round,
        signer=signer,
        document=command.document,
        category=reply.category,
        scheme=reply.scheme,
        elsewhere=elsewhere,
        reissues=reply.recalls[-1].signed_event if reply.recalls else None,
        awaits=_before_delivery(rules) or None,
        signed_on=command.signed_on,
        clocks=deadlines.changes(
            closed=deadlines.stopped(case, command.signed_on, ("unit_reply",), whom=deadlines.unit(unit))
        ),
    )


def _before_delivery(rules: Rules) -> tuple[Literal["check", "stamp"], ...]:
    required: dict[Literal["check", "stamp"], object] = {"check": rules.pack.office_check, "stamp": rules.pack.seal}
    return tuple(act for act, rule in required.items() if rule == "required")


def in_hand(case: Proposal, unit: UUID) -> None:
    """Refuse unless the unit answers and has not signed this round's reply.

    Raises: WrongStage, NotAHandlingUnit.
    """
    at(case, "handed_over", "replied", "dissatisfied")
    if unit in case.answering and case.work_of(unit).standing != "handling":
        raise WrongStage(stage=case.stage)
    answering(case, unit)


def versions(reply: Reply) -> tuple[Draft, ...]:
    """Give every version of a reply's draft, the present one last."""
    return with_present(reply)


def _reply(case: Proposal, unit: UUID) -> Reply:
    reply = case.work_of(unit).reply
    if reply is None:
        raise NoDraft
    return reply


def known_category(rules: Rules, scheme: str, category: str) -> None:
    """Refuse a category that the pack does not have under that scheme.

    Raises: UnknownCategory.
    """
    if category not in rules.pack.schemes.get(scheme, {}):
        raise UnknownCategory(scheme=scheme, category=category, schemes=sorted(rules.pack.schemes))
