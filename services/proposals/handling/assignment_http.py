"""Routes of who handles a case and until when: adjustment, redirection, succession, extension."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from contracts.copies.names import open_unit_exists
from runtime.http import Caller, Calling
from services.proposals.ask import command_case, ruled, rules_of, unit_of
from services.proposals.handling import extension, handover
from services.proposals.handling.assignment_commands import (
    AskAdjustment,
    AskExtension,
    ExplainExtension,
    GrantExtension,
    RedirectUnit,
    RefuseAdjustment,
    RefuseExtension,
    RelayExtension,
    SucceedUnit,
)

router = APIRouter(prefix="/v1/proposals", tags=["handling"])


@router.post("/{id}/ask-adjustment")
async def ask_adjustment(id: UUID, command: AskAdjustment, who: Calling) -> JSONResponse:
    """Say that the case is another unit's 申请调整, for the caller's unit."""
    unit, rules = unit_of(who), await rules_of(who, id)
    units = await open_units(who, (command.suggested,), command.asked_on)
    return await command_case(
        who,
        id,
        "proposal.ask_adjustment",
        command,
        ruled(
            rules,
            lambda case, rules: handover.ask_adjustment(case, unit, command, rules, units=units, today=who.today),
        ),
    )


@router.post("/{id}/refuse-adjustment")
async def refuse_adjustment(id: UUID, command: RefuseAdjustment, who: Calling) -> JSONResponse:
    """Leave the case with the unit that asked 不予调整."""
    return await command_case(
        who,
        id,
        "proposal.refuse_adjustment",
        command,
        lambda case: handover.refuse_adjustment(case, command, who.today),
    )


@router.post("/{id}/redirect")
async def redirect(id: UUID, command: RedirectUnit, who: Calling) -> JSONResponse:
    """Give a unit's part to another 改办; its clocks fall away, the other's start."""
    rules, units = await rules_of(who, id), await open_units(who, (command.to,), command.redirected_on)
    return await command_case(
        who,
        id,
        "proposal.redirect",
        command,
        ruled(
            rules,
            lambda case, rules: handover.redirect(case, command, rules, units=units, today=who.today),
        ),
    )


@router.post("/{id}/succeed")
async def succeed(id: UUID, command: SucceedUnit, who: Calling) -> JSONResponse:
    """Give a unit's part to its successor 承继办理; what ran for the one runs on for the other."""
    units = await open_units(who, (command.to,), command.succeeded_on)
    return await command_case(
        who,
        id,
        "proposal.succeed",
        command,
        lambda case: handover.succeed(case, id, command, units=units, today=who.today),
    )


@router.post("/{id}/ask-extension")
async def ask_extension(id: UUID, command: AskExtension, who: Calling) -> JSONResponse:
    """Ask for more time 申请延期, for the caller's unit."""
    unit, rules = unit_of(who), await rules_of(who, id)
    return await command_case(
        who,
        id,
        "extension.ask",
        command,
        ruled(rules, lambda case, rules: extension.ask(case, unit, command, rules, who.today)),
    )


@router.post("/{id}/relay-extension")
async def relay_extension(id: UUID, command: RelayExtension, who: Calling) -> JSONResponse:
    """Pass the unit's request on 转报延期, as its office."""
    unit = unit_of(who)
    return await command_case(
        who, id, "extension.relay", command, lambda case: extension.relay(case, unit, command, who.today)
    )


@router.post("/{id}/grant-extension")
async def grant_extension(id: UUID, command: GrantExtension, who: Calling) -> JSONResponse:
    """Grant more time 准予延期: the clock moves, never beyond the pack's cap."""
    rules, roles = await rules_of(who, id), who.principal.roles
    return await command_case(
        who,
        id,
        "extension.grant",
        command,
        ruled(rules, lambda case, rules: extension.grant(case, command, rules, roles=roles, today=who.today)),
    )


@router.post("/{id}/refuse-extension")
async def refuse_extension(id: UUID, command: RefuseExtension, who: Calling) -> JSONResponse:
    """Grant no more time 不予延期."""
    rules, roles = await rules_of(who, id), who.principal.roles
    return await command_case(
        who,
        id,
        "extension.refuse",
        command,
        ruled(rules, lambda case, rules: extension.refuse(case, command, rules, roles=roles, today=who.today)),
    )


@router.post("/{id}/explain-extension")
async def explain_extension(id: UUID, command: ExplainExtension, who: Calling) -> JSONResponse:
    """Tell the members why it takes longer 说明延期; where nobody approves, this is what extends."""
    unit, rules = unit_of(who), await rules_of(who, id)
    return await command_case(
        who,
        id,
        "extension.explain",
        command,
        ruled(rules, lambda case, rules: extension.explain(case, unit, command, rules, who.today)),
    )


async def open_units(who: Caller, named: Iterable[UUID | None], on: date) -> set[UUID]:
    """Give those of the named units that exist and are open on a business date."""
    async with who.process.database.county(who.county) as db:
        return {unit for unit in named if unit is not None and await open_unit_exists(db, unit, on)}
