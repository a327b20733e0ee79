"""The gates before a signature and a close 见面, 会办意见, 征求意见: what the pack requires, less what was waived.

Source: rule 2 of the case (docs/architecture.md): no signature before the meetings that the pack requires, nor before
every co-opinion is in or waived with a reason; no close before the meeting after.
"""

from datetime import date
from uuid import UUID

from contracts.answering import Step
from contracts.meetings import Stage
from runtime.refusals import Refusal
from services.proposals.case.proposal import Proposal
from services.proposals.case.work import Reply
from services.proposals.deadlines import Rules
from services.proposals.review.items import refuse_unanswered


class ReplyBeforeMeeting(Refusal):
    """A meeting that the pack requires before the signature has not taken place."""

    code, status, title = "reply.before_meeting", 409, "见面程序未完成, 不能签发答复"


class OpinionMissing(Refusal):
    """A co unit's opinion is neither in nor waived."""

    code, status, title = "reply.opinion_missing", 409, "会办意见未收齐, 不能签发答复"


class MemberNotConsulted(Refusal):
    """The pack has the member's opinion on the present draft asked first, and it is not there, or not good enough."""

    code, status, title = "reply.member_not_consulted", 409, "答复稿尚未征得委员或代表同意, 不能签发"


class MeetingAfterMissing(Refusal):
    """The meeting after the reply has not taken place."""

    code, status, title = "proposal.meeting_after_missing", 409, "办后见面未完成, 不能办结"


def before_signing(case: Proposal, unit: UUID, reply: Reply, on: date, rules: Rules) -> None:
    """Refuse a signature before the meetings, the opinions and the consultation that the pack requires.

    Raises: ReplyBeforeMeeting, OpinionMissing, ItemsUnanswered, MemberNotConsulted.
    """
    stages: tuple[Stage, ...] = ("before", "during")
    missing = {stage: n for stage in stages if (n := meetings_missing(case, unit, stage, on, rules))}
    if missing:
        raise ReplyBeforeMeeting(missing=missing)
    if waiting := [str(co) for co in case.co if co not in case.opinions]:
        raise OpinionMissing(units=waiting)
    refuse_unanswered(case, unit)
    rule = rules.pack.draft_consultation
    if rule is None or "consultation" in case.work_of(unit).waived:
        return
    content = {
        member
        for member, told in reply.comments.items()
        if told.draft == reply.version and told.word in rule.formal_reply_after
    }
    if waiting := [str(member) for member in case.answer_to if member not in content]:
        raise MemberNotConsulted(members=waiting, words=list(rule.formal_reply_after))


_WAIVED: dict[Stage, Step] = {"before": "meeting_before", "during": "meeting_during", "after": "meeting_after"}


def meetings_missing(case: Proposal, unit: UUID, stage: Stage, on: date, rules: Rules) -> int:
    """Give how many meetings of a stage a unit still lacks by a business date; none where they were waived."""
    required = rules.pack.meetings.model_dump(include={"before", "during", "after"})
    waived = _WAIVED[stage] in case.work_of(unit).waived
    return 0 if waived else max(0, int(required[stage]) - case.met(stage, on, unit))
