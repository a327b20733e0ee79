"""Routes inside the units: signing for, contact, opinions, the reply until it is signed."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from runtime.http import Calling
from services.proposals import handling
from services.proposals.ask import command_case, ruled, rules_of, sealed, unit_of
from services.proposals.commands import (
    ContactMember,
    CorrectReply,
    DraftReply,
    GiveOpinion,
    ReviewReply,
    SignFor,
    SignReply,
    WaiveOpinion,
)

router = APIRouter(prefix="/v1/proposals", tags=["handling"])


@router.post("/{id}/sign-for")
async def sign_for(id: UUID, command: SignFor, who: Calling) -> JSONResponse:
    """Sign for the case 签收, for the caller's unit."""
    unit, rules = unit_of(who), await rules_of(who, id)
    return await command_case(
        who,
        id,
        "proposal.sign_for",
        command,
        ruled(rules, lambda case, rules: handling.sign_for(case, unit, command, rules, who.today)),
    )


@router.post("/{id}/contact")
async def contact(id: UUID, command: ContactMember, who: Calling) -> JSONResponse:
    """Record the first contact with the member 首次联系."""
    unit, handler = unit_of(who), who.principal.subject
    return await command_case(
        who, id, "proposal.contact", command, lambda case: handling.contact(case, unit, handler, command, who.today)
    )


@router.post("/{id}/opinion")
async def give_opinion(id: UUID, command: GiveOpinion, who: Calling) -> JSONResponse:
    """Give the co unit's opinion 会办意见."""
    unit = unit_of(who)
    opinion = await sealed(who, id, "proposal.give_opinion", "co.opinion", command.opinion)
    return await command_case(
        who,
        id,
        "proposal.give_opinion",
        command,
        lambda case: handling.give_opinion(case, unit, command, opinion, who.today),
    )


@router.post("/{id}/waive-opinion")
async def waive_opinion(id: UUID, command: WaiveOpinion, who: Calling) -> JSONResponse:
    """Let the lead go on without a co unit's opinion 免待会办意见."""
    return await command_case(
        who, id, "proposal.waive_opinion", command, lambda case: handling.waive_opinion(case, command, who.today)
    )


@router.post("/{id}/reply/draft")
async def draft(id: UUID, command: DraftReply, who: Calling) -> JSONResponse:
    """Draft the reply 拟文."""
    unit, rules = unit_of(who), await rules_of(who, id)
    text = await sealed(who, id, "reply.draft", "reply.text", command.text)
    return await command_case(
        who,
        id,
        "reply.draft",
        command,
        ruled(
            rules,
            lambda case, rules: handling.draft(case, unit, who.principal.subject, command, text, rules, who.today),
        ),
    )


@router.post("/{id}/reply/review")
async def review(id: UUID, command: ReviewReply, who: Calling) -> JSONResponse:
    """Pass the draft on, or send it back 审核."""
    unit = unit_of(who)
    remark = await sealed(who, id, "reply.review", "review.remark", command.remark) if command.remark else None
    return await command_case(
        who,
        id,
        "reply.review",
        command,
        lambda case: handling.review(case, unit, who.principal.subject, command, remark, who.today),
    )


@router.post("/{id}/reply/sign")
async def sign(id: UUID, command: SignReply, who: Calling) -> JSONResponse:
    """Sign the reply 签发."""
    unit, rules = unit_of(who), await rules_of(who, id)
    return await command_case(
        who,
        id,
        "reply.sign",
        command,
        ruled(rules, lambda case, rules: handling.sign(case, unit, who.principal.subject, command, rules, who.today)),
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
        ruled(rules, lambda case, rules: handling.correct(case, unit, command, text, rules, who.today)),
    )
