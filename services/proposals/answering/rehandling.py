"""What follows 不满意 再次办理, 专项评估, 协商: another round, the second time an evaluation first.

Source: rule 6 of the case (docs/architecture.md): the case is handled again, with its own clock, and the first round
stays on record.
"""

from datetime import date
from uuid import UUID

from contracts.answering import DissatisfactionAssessed
from contracts.proposals import RehandlingOrdered
from contracts.sealed import Sealed
from runtime.refusals import Refusal
from services.proposals import deadlines
from services.proposals.answering.answer_commands import AssessDissatisfaction
from services.proposals.answering.answers import signed_by
from services.proposals.case.proposal import Proposal
from services.proposals.case.work import Reply
from services.proposals.commands import OrderRehandling
from services.proposals.deadlines import Rules
from services.proposals.guards import AlreadyDone, WrongStage, at, dated


class NotASecondTime(Refusal):
    """The pack asks for an evaluation only after a second 不满意, if at all."""

    code, status, title = "reply.not_a_second_time", 409, "办理规则未要求此时进行专项评估或协商"


class AssessmentMissing(Refusal):
    """The evaluation or consultation that the pack asks for after a second 不满意 has not been held."""

    code, status, title = "reply.assessment_missing", 409, "再次不满意后的专项评估或协商尚未进行"


def assess(
    case: Proposal, command: AssessDissatisfaction, result: Sealed, rules: Rules, today: date
) -> DissatisfactionAssessed:
    """Decide on the evaluation or consultation after a second 不满意: it ends the matter, or another round follows.

    Raises: WrongStage, UnitNotNamed, NotASecondTime, AlreadyDone.
    """
    at(case, "dissatisfied")
    unit, reply = _unhappy(case, command.unit)
    form = rules.pack.ratings.after_second_dissatisfaction
    if form is None or reply.round < 2:
        raise NotASecondTime
    if reply.verdict is not None:
        raise AlreadyDone
    dated(command.assessed_on, today, _since(reply))
    kinds = {clock.kind for clock in case.clocks.values() if clock.proof.started_by == "second_dissatisfied"}
    met = tuple(
        closing.model_copy(update={"outcome": "met"})
        for closing in deadlines.stopped(case, command.assessed_on, kinds, answer=unit, met=False)
    )
    return DissatisfactionAssessed(
        unit=unit,
        round=reply.round,
        form=form,
        result=result,
        handle_again=command.handle_again,
        assessed_on=command.assessed_on,
        clocks=deadlines.changes(closed=met),
    )


def order_rehandling(case: Proposal, command: OrderRehandling, rules: Rules, today: date) -> RehandlingOrdered:
    """Decide to have a unit handle the case again: clocks that run from the decision start, open ratings fall away.

    Raises: WrongStage unless somebody was dissatisfied with that unit's reply; UnitNotNamed, AssessmentMissing,
    DateInFuture, DateOutOfOrder.
    """
    at(case, "dissatisfied")
    unit, reply = _unhappy(case, command.unit)
    if reply.round > 1 and rules.pack.ratings.after_second_dissatisfaction and reply.verdict is None:
        raise AssessmentMissing(form=rules.pack.ratings.after_second_dissatisfaction)
    dated(command.ordered_on, today, reply.verdict.on if reply.verdict else _since(reply))
    opened = deadlines.started(
        rules,
        "decided",
        command.ordered_on,
        [("lead", deadlines.unit(unit)), ("office", deadlines.office_of(case))],
        round=reply.round + 1,
        about=deadlines.about(case, unit),
    )
    fallen = deadlines.stopped(case, command.ordered_on, ("rating",), answer=unit, met=False)
    fallen += deadlines.superseded(case, opened, command.ordered_on)
    return RehandlingOrdered(
        unit=unit,
        round=reply.round + 1,
        ordered_on=command.ordered_on,
        clocks=deadlines.changes(opened, fallen),
    )


def _unhappy(case: Proposal, unit: UUID | None) -> tuple[UUID, Reply]:
    """Give the unit with whose reply somebody was dissatisfied: the one named, or the only one."""
    unhappy = [unit for unit in case.answering if case.work_of(unit).standing == "dissatisfied"]
    unit, reply = signed_by(case, unit or (unhappy[0] if len(unhappy) == 1 else None))
    if unit not in unhappy:
        raise WrongStage(stage=case.stage)
    return unit, reply


def _since(reply: Reply) -> date:
    return min(rating.on for rating in reply.rated.values() if rating.rehandle)
