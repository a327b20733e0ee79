"""Routes towards the member: delivery, receipt, rating, another round, close, erasure."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from runtime.http import Caller, Calling, carry_out
from services.proposals import answers
from services.proposals.ask import command_case, ruled, rules_of, sealed
from services.proposals.commands import (
    CloseProposal,
    DeliverReply,
    EraseProposal,
    OrderRehandling,
    RateReply,
    ReceiveReply,
)
from services.proposals.folds import PROPOSAL
from services.proposals.policy import POLICY, is_member, relations
from services.proposals.proposal import Proposal

router = APIRouter(prefix="/v1/proposals", tags=["answers"])


@router.post("/{id}/reply/deliver")
async def deliver(id: UUID, command: DeliverReply, who: Calling) -> JSONResponse:
    """Deliver the reply to one of those who must be answered 送达."""
    return await command_case(
        who, id, "reply.deliver", command, lambda case: answers.deliver(case, command, who.today)
    )


@router.post("/{id}/reply/receive")
async def receive(id: UUID, command: ReceiveReply, who: Calling) -> JSONResponse:
    """Give the receipt 回执: the member, or the committee for a returned slip."""
    rules = await rules_of(who, id)
    return await carry_out(
        who,
        PROPOSAL,
        str(id),
        "reply.receive",
        command,
        ruled(rules, lambda case, rules: answers.receive(case, command, rules, who.today)),
        policy=POLICY,
        relations=lambda case: _with_self(case, who, command.member),
    )


@router.post("/{id}/reply/rate")
async def rate(id: UUID, command: RateReply, who: Calling) -> JSONResponse:
    """Rate the handling 测评: the member alone."""
    rules = await rules_of(who, id)
    remark = await sealed(who, id, "reply.rate", "rating.remark", command.remark) if command.remark else None
    return await carry_out(
        who,
        PROPOSAL,
        str(id),
        "reply.rate",
        command,
        ruled(rules, lambda case, rules: answers.rate(case, command, remark, rules, who.today)),
        policy=POLICY,
        relations=lambda case: _with_self(case, who, command.member),
    )


@router.post("/{id}/rehandle")
async def order_rehandling(id: UUID, command: OrderRehandling, who: Calling) -> JSONResponse:
    """Have the case handled again 再次办理."""
    rules = await rules_of(who, id)
    return await command_case(
        who,
        id,
        "proposal.rehandle",
        command,
        ruled(rules, lambda case, rules: answers.order_rehandling(case, command, rules, who.today)),
    )


@router.post("/{id}/close")
async def close(id: UUID, command: CloseProposal, who: Calling) -> JSONResponse:
    """Close the case 办结."""
    rules = await rules_of(who, id)
    return await command_case(
        who,
        id,
        "proposal.close",
        command,
        ruled(rules, lambda case, rules: answers.close(case, command, rules, who.today)),
    )


@router.post("/{id}/erase")
async def erase(id: UUID, command: EraseProposal, who: Calling) -> JSONResponse:
    """Destroy the keys of the case by order 依令销毁: its texts and photos can never be read again."""
    return await command_case(
        who, id, "proposal.erase", command, lambda case: answers.erase(case, command, who.today)
    )


def _with_self(case: Proposal, who: Caller, member: UUID) -> set[str]:
    return {*relations(case, who), *(("self",) if is_member(who, member) else ())}
