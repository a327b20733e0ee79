"""What committee and office lay over a case: 重点, 催办, 督办, 评选表彰, 公开; and a unit's answer to an urging.

An urging starts a clock for its answer: until the day that whoever urges states, else by the pack's rule for it.
Urged again before it has answered, the unit gets another last day on the same clock.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from contracts.clocks import Clock, ClockChanges, ClockMoved
from contracts.overlays import (
    DisclosureDecided,
    KeyCaseDesignated,
    KeyCaseEnded,
    Pressing,
    ProposalCommendationRevoked,
    ProposalCommended,
    ProposalUrged,
    UrgingAnswered,
)
from contracts.sealed import Sealed
from rules.due import open_clock
from runtime.refusals import CaseErased, Refusal
from services.proposals import deadlines
from services.proposals.case.proposal import CaseStage, Proposal
from services.proposals.deadlines import Rules
from services.proposals.guards import AlreadyDone, DateOutOfOrder, NotAHandlingUnit, UnitUnknown, at, dated
from services.proposals.stated import stated_clock
from services.proposals.supervision.overlay_commands import (
    AnswerUrging,
    CommendProposal,
    DecideDisclosure,
    DesignateKeyCase,
    EndKeyCase,
    RevokeProposalCommendation,
    UrgeUnit,
)

_HANDLED: tuple[CaseStage, ...] = ("handed_over", "replied", "dissatisfied")
_ALIVE: tuple[CaseStage, ...] = ("registered", *_HANDLED)
_NUMBERED: tuple[CaseStage, ...] = (*_ALIVE, "closed")

STARTED_BY: dict[Pressing, str] = {"urging": "urged", "supervision": "supervised"}
"""What starts the clock of an answer, as a pack may name it."""
PRESSING: dict[Pressing, str] = {"urging": "催办", "supervision": "督办"}


class AlreadyAKeyCase(Refusal):
    """The case is a key case already."""

    code, status, title = "proposal.already_a_key_case", 409, "本件已是重点件"


class NotAKeyCase(Refusal):
    """The case is no key case."""

    code, status, title = "proposal.not_a_key_case", 409, "本件不是重点件"


class UrgingUnknown(Refusal):
    """The case has no urging of this number."""

    code, status, title = "proposal.urging_unknown", 409, "没有这次催办"


class NotCommended(Refusal):
    """The case does not bear this commendation."""

    code, status, title = "proposal.not_commended", 409, "本件没有该项表彰"


class DisclosureIncomplete(Refusal):
    """A redacted case needs its redacted text, no other has one; what is not public as it stands needs a reason."""

    code, status, title = "proposal.disclosure_incomplete", 409, "公开文本或理由与公开方式不符"


def designate(
    case: Proposal, command: DesignateKeyCase, *, units: Collection[UUID], today: date
) -> KeyCaseDesignated:
    """Decide to make the case a key case; `units` are those of the named ones that exist and are open.

    Raises: WrongStage, AlreadyAKeyCase, UnitUnknown, DateInFuture, DateOutOfOrder.
    """
    at(case, *_ALIVE)
    dated(command.designated_on, today, case.registered_on)
    if case.overlays.key_case is not None:
        raise AlreadyAKeyCase
    if command.unit is not None and command.unit not in units:
        raise UnitUnknown(units=[str(command.unit)])
    return KeyCaseDesignated(**command.model_dump())


def end_key_case(case: Proposal, command: EndKeyCase, today: date) -> KeyCaseEnded:
    """Decide that the case is a key case no longer.

    Raises: NotAKeyCase, DateInFuture, DateOutOfOrder.
    """
    key = case.overlays.key_case
    if key is None:
        raise NotAKeyCase
    dated(command.ended_on, today, key.designated_on)
    return KeyCaseEnded(**command.model_dump())


def urge(case: Proposal, command: UrgeUnit, rules: Rules, today: date) -> ProposalUrged:
    """Decide to urge one of the case's units.

    Raises: WrongStage, NotAHandlingUnit, DateInFuture, DateOutOfOrder.
    """
    at(case, *_HANDLED)
    dated(command.urged_on, today, case.handed_over_on)
    if command.unit not in case.units:
        raise NotAHandlingUnit
    if command.due_on is not None and command.due_on < command.urged_on:
        raise DateOutOfOrder(date=str(command.due_on), after=str(command.urged_on))
    number = len(case.overlays.urgings) + 1
    clock = _answer_due(case, command, rules)
    return ProposalUrged(
        number=number,
        **command.model_dump(exclude={"due_on"}),
        clocks=None if clock is None else _opened_or_moved(case, clock, f"第{number}次{PRESSING[command.pressing]}"),
    )


def _answer_due(case: Proposal, command: UrgeUnit, rules: Rules) -> Clock | None:
    """Give the clock of the answer: until the stated day, else by the pack; None when both are silent."""
    whom, started_by = deadlines.unit(command.unit), STARTED_BY[command.pressing]
    if command.due_on is None:
        return open_clock(
            rules.pack,
            command.pressing,
            aggregate=rules.case,
            whom=whom,
            round=case.round,
            started_by=started_by,
            started_on=command.urged_on,
            calendars=rules.calendars,
        )
    return stated_clock(
        rules.case,
        command.pressing,
        whom,
        round=case.round,
        started_by=started_by,
        started_on=command.urged_on,
        due_on=command.due_on,
        source=f"{command.urged_by}{PRESSING[command.pressing]}",
        pack=rules.pack.name,
        pack_digest=rules.pack.digest,
    )


def _opened_or_moved(case: Proposal, clock: Clock, reason: str) -> ClockChanges:
    """Open the clock, or move the one of its kind and unit that still runs: no unit owes one answer twice."""
    running = next((c for c in case.clocks.values() if (c.kind, c.whom) == (clock.kind, clock.whom)), None)
    if running is None:
        return ClockChanges(opened=(clock,))
    move = ClockMoved(
        id=running.id,
        due_from=running.due_on,
        due_on=clock.due_on,
        reason=reason,
        provisional=clock.provisional,
        proof=clock.proof,
    )
    return ClockChanges(moved=(move,))


def answer_urging(case: Proposal, unit: UUID, command: AnswerUrging, answer: Sealed, today: date) -> UrgingAnswered:
    """Decide on a unit's answer to an urging; it covers the earlier ones of its kind, and meets the clock.

    Raises: UrgingUnknown, NotAHandlingUnit, AlreadyDone, DateInFuture, DateOutOfOrder.
    """
    urging = next((urging for urging in case.overlays.urgings if urging.number == command.number), None)
    if urging is None:
        raise UrgingUnknown(number=command.number)
    if urging.unit != unit:
        raise NotAHandlingUnit
    if urging.answered_on is not None or urging.lapsed_on is not None:
        raise AlreadyDone
    dated(command.answered_on, today, urging.urged_on)
    later = any(u.number > urging.number for u in case.overlays.unanswered(unit, urging.pressing))
    met = deadlines.stopped(case, command.answered_on, (urging.pressing,), whom=deadlines.unit(unit))
    return UrgingAnswered(
        number=urging.number,
        unit=unit,
        answer=answer,
        answered_on=command.answered_on,
        clocks=deadlines.changes(closed=() if later else met),
    )


def commend(case: Proposal, command: CommendProposal, today: date) -> ProposalCommended:
    """Decide to commend the case.

    Raises: WrongStage before it is registered, AlreadyDone, DateInFuture, DateOutOfOrder.
    """
    at(case, *_NUMBERED)
    dated(command.awarded_on, today, case.registered_on)
    if any(held.award == command.award for held in case.overlays.commendations):
        raise AlreadyDone
    return ProposalCommended(**command.model_dump())


def revoke_commendation(
    case: Proposal, command: RevokeProposalCommendation, today: date
) -> ProposalCommendationRevoked:
    """Decide to take a commendation of the case back.

    Raises: NotCommended, DateInFuture, DateOutOfOrder.
    """
    held = next((held for held in case.overlays.commendations if held.award == command.award), None)
    if held is None:
        raise NotCommended
    dated(command.revoked_on, today, held.awarded_on)
    return ProposalCommendationRevoked(**command.model_dump())


def disclose(case: Proposal, command: DecideDisclosure, text: Sealed | None, today: date) -> DisclosureDecided:
    """Decide whether the public may read the case.

    Raises: WrongStage before it is registered, CaseErased, DisclosureIncomplete, DateInFuture, DateOutOfOrder.
    """
    at(case, *_NUMBERED)
    if case.erased:
        raise CaseErased
    before = case.overlays.disclosure
    dated(command.decided_on, today, before.decided_on if before else case.registered_on)
    if (command.disclosure == "redacted") != (text is not None):
        raise DisclosureIncomplete
    if command.disclosure != "public" and command.reason is None:
        raise DisclosureIncomplete
    return DisclosureDecided(**command.model_dump(exclude={"text"}), text=text)
