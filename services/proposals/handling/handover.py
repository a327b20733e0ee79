"""Who handles a case after the hand-over 调整, 改办, 承继: asked by the unit, decided by the office.

A unit never passes a case on itself: it asks within its clock of return, and keeps the case until the office has
decided. A redirected part begins anew, with clocks from the decision; a successor goes on where its predecessor was.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from contracts.assignment import AdjustmentAsked, AdjustmentRefused, UnitRedirected, UnitSucceeded
from contracts.clocks import Clock, ClockClosed, clock_id
from rules.pack import Owes
from runtime.refusals import Refusal
from services.proposals import deadlines
from services.proposals.case.proposal import Proposal
from services.proposals.deadlines import Rules
from services.proposals.guards import AlreadyDone, NotAHandlingUnit, UnitUnknown, at, dated
from services.proposals.handling.assignment_commands import AskAdjustment, RedirectUnit, RefuseAdjustment, SucceedUnit
from services.proposals.review.intake import LeadAmongCo


class ReturnTooLate(Refusal):
    """The time in which the unit could hand the case back is over."""

    code, status, title = "proposal.return_too_late", 409, "申请调整的期限已过"


class ReturnOver(Refusal):
    """The unit has taken the case up, or was refused before."""

    code, status, title = "proposal.return_over", 409, "该单位已开始办理或已被决定不予调整"


class AdjustmentNotAsked(Refusal):
    """The unit has asked for no adjustment; without that the office says why it redirects."""

    code, status, title = "proposal.adjustment_not_asked", 409, "该单位未申请调整, 改办须说明理由"


class UnitNeeded(Refusal):
    """Somebody has to answer: only a co unit is relieved without another in its place."""

    code, status, title = "proposal.unit_needed", 409, "主办、分办单位须有改办单位"


def ask_adjustment(
    case: Proposal, unit: UUID, command: AskAdjustment, rules: Rules, *, units: Collection[UUID], today: date
) -> AdjustmentAsked:
    """Decide on a unit's request; its clock of return is met, the office's of redirecting starts.

    Raises: WrongStage, NotAHandlingUnit, AlreadyDone, ReturnOver, ReturnTooLate, UnitUnknown, DateOutOfOrder.
    """
    at(case, "handed_over")
    if unit not in case.units:
        raise NotAHandlingUnit
    dated(command.asked_on, today, since(case, unit))
    if case.assignment.asked_by(unit):
        raise AlreadyDone
    if command.suggested is not None and command.suggested not in units:
        raise UnitUnknown(units=[str(command.suggested)])
    if _has_begun(case, unit):
        raise ReturnOver
    for clock in case.clocks.values():
        late = clock.due_on is not None and command.asked_on > clock.due_on
        if clock.kind == "return" and clock.whom == deadlines.unit(unit) and late:
            raise ReturnTooLate(due_on=str(clock.due_on))
    office = deadlines.office_of(case)
    opened = deadlines.started(rules, "returned", command.asked_on, [("office", office)])
    return AdjustmentAsked(
        unit=unit,
        reason=command.reason,
        suggested=command.suggested,
        asked_on=command.asked_on,
        clocks=deadlines.changes(
            tuple(clock for clock in opened if clock.id not in case.clocks),
            deadlines.stopped(case, command.asked_on, ("return",), whom=deadlines.unit(unit)),
        ),
    )


def refuse_adjustment(case: Proposal, command: RefuseAdjustment, today: date) -> AdjustmentRefused:
    """Decide that a unit keeps the case; its clocks have run on all the time.

    Raises: WrongStage, AdjustmentNotAsked, DateInFuture, DateOutOfOrder.
    """
    at(case, "handed_over", "replied", "dissatisfied")
    asked = case.assignment.asked_by(command.unit)
    if asked is None:
        raise AdjustmentNotAsked
    dated(command.refused_on, today, asked.asked_on)
    return AdjustmentRefused(
        unit=command.unit,
        reason=command.reason,
        refused_on=command.refused_on,
        clocks=deadlines.changes(closed=_office_has_decided(case, command.unit, command.refused_on)),
    )


def redirect(
    case: Proposal, command: RedirectUnit, rules: Rules, *, units: Collection[UUID], today: date
) -> UnitRedirected:
    """Decide that another unit takes a unit's part; `units` are those of the named ones that exist and are open.

    Raises: WrongStage, NotAHandlingUnit, AlreadyDone, UnitUnknown, LeadAmongCo, UnitNeeded, AdjustmentNotAsked,
    DateInFuture, DateOutOfOrder.
    """
    at(case, "handed_over", "replied", "dissatisfied")
    role = _role(case, command.unit)
    if _has_finished(case, command.unit):
        raise AlreadyDone
    asked = case.assignment.asked_by(command.unit)
    if asked is None and command.reason is None:
        raise AdjustmentNotAsked
    dated(command.redirected_on, today, asked.asked_on if asked else since(case, command.unit))
    if command.to is None and role == "lead":
        raise UnitNeeded
    if command.to is not None and command.to not in units:
        raise UnitUnknown(units=[str(command.to)])
    if command.to in case.units:
        raise LeadAmongCo
    on = command.redirected_on
    kinds = {clock.kind for clock in case.clocks.values()}
    fallen = deadlines.stopped(case, on, kinds, whom=deadlines.unit(command.unit), met=False)
    return UnitRedirected(
        unit=command.unit,
        to=command.to,
        reason=command.reason,
        redirected_on=on,
        clocks=deadlines.changes(
            _begun(case, role, command, rules), (*fallen, *_office_has_decided(case, command.unit, on))
        ),
    )


def succeed(case: Proposal, id: UUID, command: SucceedUnit, *, units: Collection[UUID], today: date) -> UnitSucceeded:
    """Decide that a successor goes on in a unit's place: what ran for the one runs on for the other, to the same day.

    A successor that had a part before keeps one: what its predecessor owed beside falls away. Of a closed case, what
    is left are the commitments. Raises: WrongStage, NotAHandlingUnit, UnitUnknown, DateInFuture, DateOutOfOrder.
    """
    at(case, "handed_over", "replied", "dissatisfied", "closed")
    if command.unit not in (*case.units, case.office) or command.to == command.unit:
        raise NotAHandlingUnit
    if command.to not in units:
        raise UnitUnknown(units=[str(command.to)])
    dated(command.succeeded_on, today, since(case, command.unit))
    old, new = deadlines.unit(command.unit), deadlines.unit(command.to)
    concerned = [clock for clock in case.clocks.values() if old in (clock.whom, clock.about)]
    leaves = command.unit in case.units and command.to in case.answering
    absorbed = leaves or (command.to in case.co and command.unit in case.co)
    passed_on = () if absorbed else tuple(_passed_on(clock, id, old, new) for clock in concerned)
    if command.to in case.co and command.unit in case.answering:
        concerned += [clock for clock in case.clocks.values() if (clock.kind, clock.whom) == ("co_opinion", new)]
    return UnitSucceeded(
        unit=command.unit,
        to=command.to,
        succeeded_on=command.succeeded_on,
        clocks=deadlines.changes(
            tuple(clock for clock in passed_on if clock.id not in case.clocks),
            tuple(ClockClosed(id=clock.id, on=command.succeeded_on, outcome="void") for clock in concerned),
        ),
    )


def since(case: Proposal, unit: UUID) -> date | None:
    """Give the day from which a unit handles the case: its redirection, else the hand-over."""
    return case.assignment.since.get(unit, case.handed_over_on)


def _role(case: Proposal, unit: UUID) -> Owes:
    if unit in case.answering:
        return "lead"
    if unit in case.co:
        return "co"
    raise NotAHandlingUnit


def _has_begun(case: Proposal, unit: UUID) -> bool:
    """Say whether a unit has taken the case up, or was told before to keep it."""
    work = case.work_of(unit)
    refused = any(asked.unit == unit and asked.outcome == "refused" for asked in case.assignment.adjustments)
    return refused or unit in case.opinions or work.contact is not None or work.reply is not None


def _has_finished(case: Proposal, unit: UUID) -> bool:
    return unit in case.opinions or (unit in case.answering and case.work_of(unit).standing != "handling")


def _begun(case: Proposal, role: Owes, command: RedirectUnit, rules: Rules) -> tuple[Clock, ...]:
    """Give the clocks of the unit that takes over: of a hand-over, or of another round, from the decision on."""
    if command.to is None:
        return ()
    round = case.work_of(command.unit).round
    starts = ("handed_over",) if round == 1 else ("dissatisfied", "decided")
    owed: list[tuple[Owes, str]] = [(role, deadlines.unit(command.to))]
    return tuple(
        clock
        for start in starts
        for clock in deadlines.started(rules, start, command.redirected_on, owed, round=round)
    )


def _office_has_decided(case: Proposal, unit: UUID, on: date) -> tuple[ClockClosed, ...]:
    """Meet the office's clock of redirecting, once no other unit's request waits."""
    pending = {asked.unit for asked in case.assignment.adjustments if asked.outcome is None}
    return deadlines.stopped(case, on, ("reassign",)) if pending == {unit} else ()


def _passed_on(clock: Clock, case: UUID, old: str, new: str) -> Clock:
    whom = new if clock.whom == old else clock.whom
    about = new if clock.about == old else clock.about
    named = whom if about in (None, whom) else f"{whom}/{about}"
    id = clock_id(case, clock.kind, named, clock.round)
    return clock.model_copy(update={"id": id, "whom": whom, "about": about})
