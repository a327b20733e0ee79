"""More time 延期: asked before the last day, passed on and decided as the pack has it, and never beyond its cap.

Where nobody approves, telling the member why is what extends. Where somebody does, the member is told afterwards.
Source: rule 7 of the case (docs/architecture.md).
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from contracts.assignment import (
    ExtensionAsked,
    ExtensionExplained,
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRelayed,
)
from contracts.clocks import Clock, ClockChanges, ClockMoved
from rules.due import latest_day
from runtime.refusals import Refusal
from services.proposals import deadlines
from services.proposals.case.assignment_state import Extension
from services.proposals.case.proposal import Proposal
from services.proposals.deadlines import Rules
from services.proposals.guards import AlreadyDone, NotAHandlingUnit, at, dated
from services.proposals.handling.assignment_commands import (
    AskExtension,
    ExplainExtension,
    GrantExtension,
    RefuseExtension,
    RelayExtension,
)
from services.proposals.handling.extension_rule import (
    DECIDED_BY,
    NotEntitled,
    entitled,
    refuse_groundless,
    refuse_other_natures,
    rule_of,
)
from services.proposals.handling.handover import since


class NoSuchClock(Refusal):
    """No such clock runs for the unit, or it has no last day that could be put off."""

    code, status, title = "extension.no_clock", 409, "该单位没有这一时限, 或其到期日未定"


class ExtensionTooLate(Refusal):
    """The last day has passed."""

    code, status, title = "extension.too_late", 409, "期限已过, 不能再申请延期"


class NotLater(Refusal):
    """The day asked for is not later than the present one."""

    code, status, title = "extension.not_later", 409, "拟延至的日期不晚于现有到期日"


class BeyondCap(Refusal):
    """The day lies beyond the pack's cap, or the cap is a blank."""

    code, status, title = "extension.beyond_cap", 409, "超过办理规则所定的最长期限"


class NotAsked(Refusal):
    """The unit has asked for nothing that is still to be decided."""

    code, status, title = "extension.not_asked", 409, "没有待决定的延期申请"


class NotRelayed(Refusal):
    """The pack has the unit's office pass the request on, and it has not."""

    code, status, title = "extension.not_relayed", 409, "延期申请尚未经单位办公室转报"


class ExplainInstead(Refusal):
    """Under this pack nobody approves: the unit tells the member."""

    code, status, title = "extension.explain_instead", 409, "按办理规则无须批准, 应向委员或代表说明"


class ApprovalNeeded(Refusal):
    """Under this pack somebody has to approve first."""

    code, status, title = "extension.approval_needed", 409, "延期须先经批准"


class NotAllTold(Refusal):
    """Somebody who must be answered has not been told."""

    code, status, title = "extension.not_all_told", 409, "尚有答复对象未获告知"


def ask(case: Proposal, unit: UUID, command: AskExtension, rules: Rules, today: date) -> ExtensionAsked:
    """Decide on a unit's request, which must come by the last day.

    Raises: WrongStage, NotAHandlingUnit, ExtensionNotProvided, NotForThisCase, ExplainInstead, AlreadyDone,
    NoSuchClock, ExtensionTooLate, NotLater, BeyondCap, DateInFuture, DateOutOfOrder.
    """
    rule = rule_of(rules)
    if rule.approved_by == "nobody":
        raise ExplainInstead
    refuse_other_natures(case, rule)
    clock = _in_time(case, unit, command.kind, command.asked_on, today)
    if case.assignment.extension_of(unit, command.kind) or case.assignment.untold(unit, command.kind):
        raise AlreadyDone
    _allowed(case, unit, clock, command.until_on, rules)
    return ExtensionAsked(
        unit=unit,
        through_office=rule.asked_of == "unit_office",
        decided_by=DECIDED_BY.get(rule.approved_by or ""),
        only_for=rule.only_for,
        **command.model_dump(),
    )


def relay(case: Proposal, unit: UUID, command: RelayExtension, today: date) -> ExtensionRelayed:
    """Decide that a unit's office passes the request on.

    Raises: NotAsked, AlreadyDone also where the pack asks for no such thing, DateInFuture, DateOutOfOrder.
    """
    asked = _asked(case, unit, command.kind)
    if asked.relayed_on is not None or not asked.through_office:
        raise AlreadyDone
    dated(command.relayed_on, today, asked.asked_on)
    return ExtensionRelayed(unit=unit, kind=command.kind, relayed_on=command.relayed_on)


def grant(
    case: Proposal, command: GrantExtension, rules: Rules, *, roles: Collection[str], today: date
) -> ExtensionGranted:
    """Decide to grant more time: the clock moves, with its proof and the reason.

    Raises: WrongStage, NotAsked, NotEntitled, NotRelayed, GroundNeeded, NoSuchClock, NotLater, BeyondCap,
    DateInFuture, DateOutOfOrder.
    """
    at(case, "handed_over", "replied", "dissatisfied")
    asked = _asked(case, command.unit, command.kind)
    _decidable(case, asked, rules, roles)
    refuse_groundless(rule_of(rules), command.ground)
    dated(command.granted_on, today, asked.relayed_on or asked.asked_on)
    clock = _running(case, command.unit, command.kind)
    until = command.until_on or asked.until_on
    latest = _allowed(case, command.unit, clock, until, rules)
    return ExtensionGranted(
        unit=command.unit,
        kind=command.kind,
        until_on=until,
        reason=command.reason,
        ground=command.ground,
        tell=case.answer_to,
        granted_on=command.granted_on,
        clocks=_moved(clock, until, latest, f"准予延期：{command.reason}"),
    )


def refuse(
    case: Proposal, command: RefuseExtension, rules: Rules, *, roles: Collection[str], today: date
) -> ExtensionRefused:
    """Decide to grant no more time; the clock runs on to its day.

    Raises: NotAsked, NotEntitled, NotRelayed, DateInFuture, DateOutOfOrder.
    """
    asked = _asked(case, command.unit, command.kind)
    _decidable(case, asked, rules, roles)
    dated(command.refused_on, today, asked.relayed_on or asked.asked_on)
    return ExtensionRefused(
        unit=command.unit, kind=command.kind, reason=command.reason, refused_on=command.refused_on
    )


def explain(case: Proposal, unit: UUID, command: ExplainExtension, rules: Rules, today: date) -> ExtensionExplained:
    """Decide that the members have been told; where nobody approves, this moves the clock.

    Raises: WrongStage, NotAHandlingUnit, ExtensionNotProvided, ApprovalNeeded, NotForThisCase, GroundNeeded,
    NotAllTold, NoSuchClock, ExtensionTooLate, NotLater, BeyondCap, DateInFuture, DateOutOfOrder.
    """
    granted = case.assignment.untold(unit, command.kind)
    if missing := [str(m) for m in (granted.tell if granted else case.answer_to) if m not in command.told]:
        raise NotAllTold(members=missing)
    moved = None
    if granted is not None:
        dated(command.explained_on, today, granted.decided_on)
    elif rule_of(rules).approved_by == "nobody":
        refuse_other_natures(case, rule_of(rules))
        refuse_groundless(rule_of(rules), command.ground)
        clock = _in_time(case, unit, command.kind, command.explained_on, today)
        latest = _allowed(case, unit, clock, command.until_on, rules)
        moved = _moved(clock, command.until_on, latest, f"已向委员或代表说明：{command.reason}")
    else:
        raise ApprovalNeeded
    fields = command.model_dump(exclude={"until_on"})
    return ExtensionExplained(
        unit=unit, until_on=granted.until_on if granted else command.until_on, clocks=moved, **fields
    )


def _asked(case: Proposal, unit: UUID, kind: str) -> Extension:
    asked = case.assignment.extension_of(unit, kind)
    if asked is None:
        raise NotAsked
    return asked


def _decidable(case: Proposal, asked: Extension, rules: Rules, roles: Collection[str]) -> None:
    rule = rule_of(rules)
    allowed = entitled(case, rule)
    if not any(role in roles for role in allowed):
        raise NotEntitled(roles=list(allowed))
    if asked.through_office and asked.relayed_on is None:
        raise NotRelayed


def _running(case: Proposal, unit: UUID, kind: str) -> Clock:
    party = deadlines.unit(unit)
    for clock in case.clocks.values():
        if clock.kind == kind and clock.whom == party and clock.due_on is not None:
            return clock
    raise NoSuchClock(kind=kind)


def _in_time(case: Proposal, unit: UUID, kind: str, on: date, today: date) -> Clock:
    at(case, "handed_over", "replied", "dissatisfied")
    if unit not in case.units:
        raise NotAHandlingUnit
    clock = _running(case, unit, kind)
    dated(on, today, since(case, unit))
    assert clock.due_on is not None
    if on > clock.due_on:
        raise ExtensionTooLate(due_on=str(clock.due_on))
    return clock


def _allowed(case: Proposal, unit: UUID, clock: Clock, until: date, rules: Rules) -> date | None:
    """Give the pack's cap, after refusing a day that is not later than the present one or lies beyond it."""
    assert clock.due_on is not None
    if until <= clock.due_on:
        raise NotLater(due_on=str(clock.due_on))
    cap = rules.pack.cap_of(clock.kind)
    if cap is None:
        return None
    starts = {"handed_over": since(case, unit), "received": case.signed_for.get(unit)}
    latest = latest_day(rules.pack, clock.kind, starts.get(cap.from_) or clock.proof.started_on, rules.calendars)
    if latest is None or latest.on is None or until > latest.on:
        raise BeyondCap(latest_on=str(latest.on) if latest and latest.on else None)
    return latest.on


def _moved(clock: Clock, until: date, latest: date | None, reason: str) -> ClockChanges:
    proof = clock.proof.model_copy(
        update={
            "amount": None,
            "unit": None,
            "fixed_on": until,
            "nominal_on": None,
            "excluded": (),
            "calendars": (),
            "extended_from": clock.due_on,
            "latest_on": latest,
        }
    )
    moved = ClockMoved(id=clock.id, due_from=clock.due_on, due_on=until, reason=reason, proof=proof)
    return ClockChanges(moved=(moved,))
