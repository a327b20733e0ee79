"""Routes of the unit tree."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from runtime.folds import Fold
from runtime.http import Calling, carry_out
from runtime.openapi import shows
from runtime.paging import LIMIT
from runtime.shapes import page_of
from services.members import unit, units
from services.members.asking import After, AsOf, Limit, Word, shown
from services.members.commands import AddUnitAlias, CloseUnit, EstablishUnit, MoveUnit, RenameUnit
from services.members.policy import POLICY
from services.members.shapes import UNIT_ROW, UNIT_SHOWN

router = APIRouter(prefix="/v1/units", tags=["units"])

UNIT: Fold[unit.Unit] = Fold("members", "unit", unit.Unit, unit.evolve, (units.UNITS,), own=True)


@router.post("", status_code=201)
async def establish_unit(command: EstablishUnit, who: Calling) -> JSONResponse:
    """Add a unit to the county's tree 单位设立."""
    async with who.process.database.county(who.county) as db:
        parent = await units.standing(db, command.parent, command.from_on)
    return await carry_out(
        who,
        UNIT,
        who.new_id(),
        "unit.establish",
        command,
        lambda _: unit.establish(command, parent=parent),
        policy=POLICY,
        new=True,
    )


@router.post("/{id}/rename")
async def rename_unit(id: UUID, command: RenameUnit, who: Calling) -> JSONResponse:
    """Give a unit another name from a day on 单位更名."""
    return await carry_out(
        who, UNIT, str(id), "unit.rename", command, lambda state: unit.rename(state, command), policy=POLICY
    )


@router.post("/{id}/move")
async def move_unit(id: UUID, command: MoveUnit, who: Calling) -> JSONResponse:
    """Put a unit under another one, or at the root, from a day on 隶属调整."""
    async with who.process.database.county(who.county) as db:
        parent = await units.standing(db, command.parent, command.from_on)
        below = await units.below(db, str(id))
    return await carry_out(
        who,
        UNIT,
        str(id),
        "unit.move",
        command,
        lambda state: unit.move(state, command, parent=parent, below=below),
        policy=POLICY,
    )


@router.post("/{id}/aliases")
async def add_unit_alias(id: UUID, command: AddUnitAlias, who: Calling) -> JSONResponse:
    """Say what else people call the unit 增加别名."""
    return await carry_out(
        who, UNIT, str(id), "unit.add_alias", command, lambda state: unit.add_alias(state, command), policy=POLICY
    )


@router.post("/{id}/close")
async def close_unit(id: UUID, command: CloseUnit, who: Calling) -> JSONResponse:
    """Close a unit, naming its successor 单位撤销."""
    async with who.process.database.county(who.county) as db:
        successor = await units.standing(db, command.successor, command.on)
        below = await units.below(db, str(id))
        open_below = await units.has_open_below(db, str(id))
    return await carry_out(
        who,
        UNIT,
        str(id),
        "unit.close",
        command,
        lambda state: unit.close(state, command, successor=successor, below=below, open_below=open_below),
        policy=POLICY,
    )


@router.get("", responses=shows(page_of(UNIT_ROW)))
async def list_units(
    who: Calling,
    q: Word = None,
    parent: UUID | None = None,
    closed: bool = False,
    as_of: AsOf = None,
    after: After = None,
    limit: Limit = LIMIT,
) -> dict[str, Any]:
    """List units by name 单位树: all, those known by a word, or those directly below one."""
    async with who.process.database.county(who.county) as db:
        return await units.list_units(
            db,
            word=q,
            parent=str(parent) if parent else None,
            closed=closed,
            day=as_of,
            after=after,
            limit=limit,
        )


@router.get("/{id}", responses=shows(UNIT_SHOWN, "ETag"))
async def get_unit(id: UUID, who: Calling, response: Response, as_of: AsOf = None) -> dict[str, Any]:
    """Show one unit 单位详情."""
    async with who.process.database.county(who.county) as db:
        return shown(await units.get_unit(db, str(id), as_of), response)
