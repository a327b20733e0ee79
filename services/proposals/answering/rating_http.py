"""Routes of rating and what follows it: by the member, on paper, reminders, silence, ended seats, another round."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from contracts.copies.names import member_seat
from contracts.event import Event
from runtime.http import Caller, Calling, Command, carry_out
from services.proposals.answering import rating, rehandling
from services.proposals.answering.answer_commands import (
    AssessDissatisfaction,
    EnterRating,
    FindRatingImpossible,
    LapseRating,
    RemindToRate,
)
from services.proposals.ask import command_case, ruled, rules_of, sealed
from services.proposals.case.proposal import Proposal
from services.proposals.commands import OrderRehandling, RateReply
from services.proposals.deadlines import Rules
from services.proposals.folds import PROPOSAL
from services.proposals.policy import POLICY, with_self

router = APIRouter(prefix="/v1/proposals", tags=["answers"])


@router.post("/{id}/reply/rate")
async def rate(id: UUID, command: RateReply, who: Calling) -> JSONResponse:
    """Rate the handling 测评: the member alone; by the pack a co-signer for one whose seat has ended."""
    rules, ended = await rules_of(who, id), await _ended(who, id, command.member, command.instead_of)
    remark = await sealed(who, id, "reply.rate", "rating.remark", command.remark) if command.remark else None
    return await carry_out(
        who,
        PROPOSAL,
        str(id),
        "reply.rate",
        command,
        ruled(rules, lambda case, rules: rating.rate(case, command, remark, rules, who.today, ended=ended)),
        policy=POLICY,
        relations=lambda case: with_self(case, who, command.member),
    )


@router.post("/{id}/reply/enter-rating")
async def enter(id: UUID, command: EnterRating, who: Calling) -> JSONResponse:
    """Enter a rating from a witnessed paper form 代录测评: the committee, with a second person as witness."""
    ended = await _ended(who, id, command.member)
    text = await sealed(who, id, "reply.enter_rating", "rating.remark", command.remark) if command.remark else None
    clerk = who.principal.subject
    return await _ruled(
        who,
        id,
        "reply.enter_rating",
        command,
        lambda case, rules: rating.enter(case, clerk, command, text, rules, who.today, ended=ended),
    )


@router.post("/{id}/reply/remind-rating")
async def remind(id: UUID, command: RemindToRate, who: Calling) -> JSONResponse:
    """Remind a member to rate 催评."""
    return await command_case(who, id, "reply.remind", command, lambda case: rating.remind(case, command, who.today))


@router.post("/{id}/reply/lapse-rating")
async def lapse(id: UUID, command: LapseRating, who: Calling) -> JSONResponse:
    """Count a member who kept silent after the reminder as the pack says 逾期未评."""
    return await _ruled(
        who, id, "reply.lapse", command, lambda case, rules: rating.lapse(case, command, rules, who.today)
    )


@router.post("/{id}/reply/rating-impossible")
async def find_impossible(id: UUID, command: FindRatingImpossible, who: Calling) -> JSONResponse:
    """Record that nobody can rate any more, because the member's seat has ended 无法测评."""
    ended = await _ended(who, id, command.member)
    return await _ruled(
        who,
        id,
        "reply.find_impossible",
        command,
        lambda case, rules: rating.find_impossible(case, command, rules, who.today, ended=ended),
    )


@router.post("/{id}/assess")
async def assess(id: UUID, command: AssessDissatisfaction, who: Calling) -> JSONResponse:
    """Record the evaluation or consultation after a second 不满意, with its result 专项评估、协商."""
    result = await sealed(who, id, "reply.assess", "assessment.result", command.result)
    return await _ruled(
        who,
        id,
        "reply.assess",
        command,
        lambda c, rules: rehandling.assess(c, command, result, rules, who.today),
    )


@router.post("/{id}/rehandle")
async def order_rehandling(id: UUID, command: OrderRehandling, who: Calling) -> JSONResponse:
    """Have the case handled again 再次办理."""
    return await _ruled(
        who,
        id,
        "proposal.rehandle",
        command,
        lambda case, rules: rehandling.order_rehandling(case, command, rules, who.today),
    )


async def _ruled(
    who: Caller, id: UUID, action: str, command: Command, decide: Callable[[Proposal, Rules], Event]
) -> JSONResponse:
    return await command_case(who, id, action, command, ruled(await rules_of(who, id), decide))


async def _ended(who: Caller, id: UUID, *members: UUID | None) -> dict[UUID, date]:
    """Give the last day of the seat of those of the members, and of the case's signers, for whom it is known."""
    held = await who.load(PROPOSAL, str(id))
    asked = {member for member in (*members, *held.state.signers) if member is not None}
    async with who.process.database.county(who.county) as db:
        seats = {member: await member_seat(db, member) for member in asked}
    return {member: seat.ended_on for member, seat in seats.items() if seat and seat.ended_on}
