"""Commitments 承诺事项: what a reply promises by a day, kept, put off or restated, and told again when it is kept.

They outlast the case: their clocks run on after the close, into later years and terms.
Source: docs/architecture.md, "A case": a promise stays on the ledger 承诺事项台账 until it is kept.
"""

from datetime import date
from uuid import UUID

from contracts.answering import (
    CommitmentAnswered,
    CommitmentKept,
    CommitmentMade,
    CommitmentRestated,
    CommitmentSlipped,
)
from contracts.clocks import Clock, ClockMoved, Proof, clock_id
from contracts.sealed import Sealed
from runtime.refusals import Refusal
from services.proposals import deadlines
from services.proposals.answering.answer_commands import (
    AnswerCommitment,
    KeepCommitment,
    MakeCommitment,
    PutOffCommitment,
    RestateCommitment,
)
from services.proposals.answering.answers import signed
from services.proposals.case.proposal import Proposal
from services.proposals.case.work import Commitment
from services.proposals.deadlines import COMMITMENT, Rules
from services.proposals.guards import AlreadyDone, at, dated
from services.proposals.handling.handling import answering


class NoSuchCommitment(Refusal):
    """The unit has made no commitment with that number in this case."""

    code, status, title = "commitment.unknown", 404, "无此承诺事项"


class PromisedInThePast(Refusal):
    """A promise is due after it is made, and a later day than before when it is put off."""

    code, status, title = "commitment.due_too_early", 409, "承诺期限须晚于承诺日期, 延后须晚于原期限"


class NotKept(Refusal):
    """The members are told again only once the promise is kept."""

    code, status, title = "commitment.not_kept", 409, "承诺事项尚未兑现"


def make(case: Proposal, unit: UUID, command: MakeCommitment, rules: Rules, today: date) -> CommitmentMade:
    """Decide to put a promise of the signed reply on the ledger; its clock starts.

    Raises: WrongStage, NotAHandlingUnit, PromisedInThePast.
    """
    _at_hand(case, unit)
    reply = signed(case, unit)
    dated(command.made_on, today, reply.signed_on)
    if command.due_on < command.made_on:
        raise PromisedInThePast
    number = len(case.work_of(unit).commitments) + 1
    return CommitmentMade(
        unit=unit,
        number=number,
        round=reply.round,
        what=command.what,
        made_on=command.made_on,
        due_on=command.due_on,
        clocks=deadlines.changes((_clock(unit, number, command.made_on, command.due_on, rules),)),
    )


def _clock(unit: UUID, number: int, made_on: date, due_on: date, rules: Rules) -> Clock:
    whom = deadlines.unit(unit)
    proof = Proof(
        pack=rules.pack.name,
        pack_digest=rules.pack.digest,
        rule=COMMITMENT,
        source="答复承诺",
        started_by="promised",
        started_on=made_on,
        fixed_on=due_on,
    )
    id = clock_id(rules.case, COMMITMENT, whom, number)
    return Clock(id=id, kind=COMMITMENT, whom=whom, round=number, due_on=due_on, proof=proof)


def restate(case: Proposal, unit: UUID, command: RestateCommitment, today: date) -> CommitmentRestated:
    """Decide to put an open commitment in other words; its day stays.

    Raises: WrongStage, NotAHandlingUnit, NoSuchCommitment, AlreadyDone.
    """
    open = _open(case, unit, command.number)
    dated(command.restated_on, today, open.made_on)
    if command.what == open.what:
        raise AlreadyDone
    return CommitmentRestated(unit=unit, **command.model_dump())


def put_off(case: Proposal, unit: UUID, command: PutOffCommitment, rules: Rules, today: date) -> CommitmentSlipped:
    """Decide to put an open commitment off to a later day; its clock moves.

    Raises: WrongStage, NotAHandlingUnit, NoSuchCommitment, AlreadyDone, PromisedInThePast.
    """
    open = _open(case, unit, command.number)
    dated(command.slipped_on, today, open.made_on)
    if command.due_on <= open.due_on:
        raise PromisedInThePast
    clock = _clock(unit, open.number, open.made_on, command.due_on, rules)
    moved = ClockMoved(
        id=clock.id, due_from=open.due_on, due_on=command.due_on, reason=command.reason, proof=clock.proof
    )
    return CommitmentSlipped(unit=unit, **command.model_dump(), clocks=deadlines.changes(moved=(moved,)))


def keep(case: Proposal, unit: UUID, command: KeepCommitment, rules: Rules, today: date) -> CommitmentKept:
    """Decide that a commitment is kept; the clock in which the members are told starts, where the pack has one.

    Raises: WrongStage, NotAHandlingUnit, NoSuchCommitment, AlreadyDone.
    """
    open = _open(case, unit, command.number)
    dated(command.kept_on, today, open.made_on)
    party = deadlines.unit(unit)
    opened = deadlines.started(rules, "kept", command.kept_on, [("lead", party)], round=open.number)
    closed = deadlines.of_commitment(case, unit, open.number, "promised", command.kept_on)
    return CommitmentKept(unit=unit, **command.model_dump(), clocks=deadlines.changes(opened, closed))


def answer(case: Proposal, unit: UUID, command: AnswerCommitment, text: Sealed, today: date) -> CommitmentAnswered:
    """Decide to tell the members that the promise was kept.

    Raises: WrongStage, NotAHandlingUnit, NoSuchCommitment, NotKept, AlreadyDone.
    """
    commitment = _named(case, unit, command.number)
    if commitment.kept_on is None:
        raise NotKept
    dated(command.answered_on, today, commitment.kept_on)
    if commitment.answered_on is not None:
        raise AlreadyDone
    closed = deadlines.of_commitment(case, unit, commitment.number, "kept", command.answered_on)
    return CommitmentAnswered(
        unit=unit,
        number=command.number,
        document=command.document,
        text=text,
        answered_on=command.answered_on,
        clocks=deadlines.changes(closed=closed),
    )


def _at_hand(case: Proposal, unit: UUID) -> None:
    at(case, "handed_over", "replied", "dissatisfied", "closed")
    answering(case, unit)


def _named(case: Proposal, unit: UUID, number: int) -> Commitment:
    _at_hand(case, unit)
    if (commitment := case.work_of(unit).commitments.get(number)) is None:
        raise NoSuchCommitment
    return commitment


def _open(case: Proposal, unit: UUID, number: int) -> Commitment:
    commitment = _named(case, unit, number)
    if commitment.kept_on is not None:
        raise AlreadyDone
    return commitment
