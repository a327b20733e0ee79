"""Routes inside the units, beside the reply: signing for, contact, handlers, opinions, waivers."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from runtime.http import Calling
from services.proposals.answering.answer_commands import ChangeHandler, WaiveStep
from services.proposals.ask import command_case, ruled, rules_of, sealed, unit_of
from services.proposals.commands import ContactMember, GiveOpinion, SignFor, WaiveOpinion
from services.proposals.handling import handling

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
    rules, roles = await rules_of(who, id), who.principal.roles
    return await command_case(
        who,
        id,
        "proposal.waive_opinion",
        command,
        ruled(rules, lambda case, rules: handling.waive_opinion(case, command, roles, rules, who.today)),
    )


@router.post("/{id}/waive-step")
async def waive_step(id: UUID, command: WaiveStep, who: Calling) -> JSONResponse:
    """Dispense with a meeting or the consultation on the draft 免除程序, for a reason, by whom the pack entitles."""
    rules, roles = await rules_of(who, id), who.principal.roles
    return await command_case(
        who,
        id,
        "proposal.waive_step",
        command,
        ruled(rules, lambda case, rules: handling.waive_step(case, command, roles, rules, who.today)),
    )


@router.post("/{id}/change-handler")
async def change_handler(id: UUID, command: ChangeHandler, who: Calling) -> JSONResponse:
    """Give the case to another handler or section of the caller's unit 更换经办人."""
    unit = unit_of(who)
    return await command_case(
        who,
        id,
        "proposal.change_handler",
        command,
        lambda case: handling.change_handler(case, unit, command, who.today),
    )
