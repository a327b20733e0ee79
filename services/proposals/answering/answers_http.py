"""Routes of the signed reply: seal, check, correction, recall, delivery, receipt, relay, the answer matrix, close."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from contracts.copies.names import names_of
from runtime.http import Calling, carry_out
from runtime.openapi import shows
from runtime.policy import permitting_role
from runtime.refusals import NotFound
from runtime.shapes import listed, mapped, model, shape
from services.proposals.answering import answers, matrix
from services.proposals.answering.answer_commands import (
    CheckReply,
    ConsentToRelay,
    RecallReply,
    RelayReply,
    StampReply,
)
from services.proposals.ask import command_case, member_of, ruled, rules_of, sealed, unit_of
from services.proposals.commands import CloseProposal, CorrectReply, DeliverReply, EraseProposal, ReceiveReply
from services.proposals.folds import PROPOSAL
from services.proposals.policy import POLICY, relations, with_self

router = APIRouter(prefix="/v1/proposals", tags=["answers"])


@router.post("/{id}/reply/stamp")
async def stamp(id: UUID, command: StampReply, who: Calling) -> JSONResponse:
    """Seal the signed reply 用印."""
    unit = unit_of(who)
    return await command_case(
        who, id, "reply.stamp", command, lambda case: answers.stamp(case, unit, command, who.today)
    )


@router.post("/{id}/reply/check")
async def check(id: UUID, command: CheckReply, who: Calling) -> JSONResponse:
    """Let the signed reply go out, or send it back to be written anew 核查."""
    unit, checker = unit_of(who), who.principal.subject
    remark = await sealed(who, id, "reply.check", "check.remark", command.remark) if command.remark else None
    return await command_case(
        who,
        id,
        "reply.check",
        command,
        lambda case: answers.check(case, unit, checker, command, remark, who.today),
    )


@router.post("/{id}/reply/correct")
async def correct(id: UUID, command: CorrectReply, who: Calling) -> JSONResponse:
    """Correct a signed reply 更正."""
    unit, rules = unit_of(who), await rules_of(who, id)
    text = await sealed(who, id, "reply.correct", "reply.text", command.text)
    return await command_case(
        who,
        id,
        "reply.correct",
        command,
        ruled(rules, lambda case, rules: answers.correct(case, unit, command, text, rules, who.today)),
    )


@router.post("/{id}/reply/recall")
async def recall(id: UUID, command: RecallReply, who: Calling) -> JSONResponse:
    """Take a signed reply back 撤回答复; the next one signed in the round is its reissue 重发."""
    unit, rules = unit_of(who), await rules_of(who, id)
    return await command_case(
        who,
        id,
        "reply.recall",
        command,
        ruled(rules, lambda case, rules: answers.recall(case, unit, command, rules, who.today)),
    )


@router.post("/{id}/reply/deliver")
async def deliver(id: UUID, command: DeliverReply, who: Calling) -> JSONResponse:
    """Deliver the caller's unit's reply to one of those who must be answered 送达."""
    unit, rules = unit_of(who), await rules_of(who, id)
    return await command_case(
        who,
        id,
        "reply.deliver",
        command,
        ruled(rules, lambda case, rules: answers.deliver(case, unit, command, rules, who.today)),
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
        relations=lambda case: with_self(case, who, command.member),
    )


@router.post("/{id}/reply/consent-to-relay")
async def consent_to_relay(id: UUID, command: ConsentToRelay, who: Calling) -> JSONResponse:
    """Agree to be told the reply by the first signer 同意转告, for the calling co-signer."""
    member, rules = member_of(who), await rules_of(who, id)
    return await command_case(
        who,
        id,
        "reply.consent_to_relay",
        command,
        ruled(rules, lambda case, rules: matrix.consent(case, member, command, rules, who.today)),
    )


@router.post("/{id}/reply/relay")
async def relay(id: UUID, command: RelayReply, who: Calling) -> JSONResponse:
    """Tell a co-signer the reply 转告, for the calling member who had it."""
    by = member_of(who)
    return await command_case(
        who, id, "reply.relay", command, lambda case: matrix.relay(case, by, command, who.today)
    )


_OWED = {**model(matrix.Owed)["properties"], "settled": "boolean NOT NULL"}
_MATRIX = shape(settled="boolean NOT NULL", items=listed(shape(**_OWED)), names=mapped("text NOT NULL"))


@router.get("/{id}/answers", responses=shows(_MATRIX))
async def show_answers(id: UUID, who: Calling) -> dict[str, Any]:
    """Show who must be answered, by whom, and how far that has come 答复对象."""
    held = await who.load(PROPOSAL, str(id))
    if held.version == 0:
        raise NotFound
    permitting_role(POLICY, "proposal.read", who.principal.roles, relations(held.state, who))
    owed = matrix.owed(held.state)
    parties = {str(party) for row in owed for party in (row.unit, row.member)}
    async with who.process.database.county(who.county) as db:
        names = await names_of(db, parties)
    return {
        "settled": all(row.settled for row in owed),
        "items": [row.model_dump(mode="json") | {"settled": row.settled} for row in owed],
        "names": names,
    }


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
