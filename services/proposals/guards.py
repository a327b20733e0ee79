"""What nearly every decision asks first, and the refusals that several of them give: stage, day, who is known."""

from datetime import date

from runtime.refusals import Refusal
from services.proposals.case.proposal import CaseStage, Proposal


class WrongStage(Refusal):
    """The case is not at the stage at which this can be done."""

    code, status, title = "proposal.wrong_stage", 409, "当前办理阶段不能进行此操作"


class DateInFuture(Refusal):
    """A business date lies after today."""

    code, status, title = "proposal.date_in_future", 409, "日期晚于今天"


class DateOutOfOrder(Refusal):
    """A business date lies before the act that it follows."""

    code, status, title = "proposal.date_out_of_order", 409, "日期早于前一环节"


class BodyUnknown(Refusal):
    """The county has no such body."""

    code, status, title = "proposal.body_unknown", 409, "机构不存在"


class MemberUnknown(Refusal):
    """The county has no such member."""

    code, status, title = "proposal.member_unknown", 409, "委员或代表不存在"


class UnitUnknown(Refusal):
    """The county has no such unit, or it is closed."""

    code, status, title = "proposal.unit_unknown", 409, "承办单位不存在或已撤销"


class NotAHandlingUnit(Refusal):
    """The unit handles nothing in this case."""

    code, status, title = "proposal.not_a_handling_unit", 409, "该单位不是本件的承办单位"


class AlreadyDone(Refusal):
    """It was done before; nothing changes."""

    code, status, title = "proposal.already_done", 409, "此环节已办理"


def at(case: Proposal, *stages: CaseStage) -> None:
    """Refuse when the case is at none of these stages.

    Raises: WrongStage.
    """
    if case.stage not in stages:
        raise WrongStage(stage=case.stage)


def dated(on: date, today: date, after: date | None = None) -> None:
    """Refuse a business date that lies after today or before the act it follows; both ends are allowed.

    Raises: DateInFuture, DateOutOfOrder.
    """
    if on > today:
        raise DateInFuture(date=str(on), today=str(today))
    if after is not None and on < after:
        raise DateOutOfOrder(date=str(on), after=str(after))
