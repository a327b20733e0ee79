"""The members service's routes."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from runtime.folds import Fold
from runtime.http import Calling, carry_out
from runtime.refusals import NotFound
from services.members import unit, units
from services.members.commands import EstablishUnit, RenameUnit
from services.members.policy import POLICY

router = APIRouter(prefix="/v1", tags=["members"])

UNIT: Fold[unit.Unit] = Fold("members", "unit", unit.Unit, unit.evolve, (units.UNITS,), own=True)


@router.post("/units", status_code=201)
async def establish_unit(command: EstablishUnit, who: Calling) -> JSONResponse:
    """Add a unit to the county's tree."""
    return await carry_out(
        who, UNIT, who.new_id(), "unit.establish", command, lambda _: unit.establish(command), policy=POLICY, new=True
    )


@router.post("/units/{id}/rename")
async def rename_unit(id: str, command: RenameUnit, who: Calling) -> JSONResponse:
    """Give a unit another name from a day on."""
    return await carry_out(
        who, UNIT, id, "unit.rename", command, lambda state: unit.decide(state, command), policy=POLICY
    )


@router.get("/units/{id}")
async def get_unit(id: str, who: Calling) -> dict[str, Any]:
    """Show one unit."""
    async with who.process.database.county(who.county) as db:
        found = await units.get_unit(db, id)
    if found is None:
        raise NotFound
    return found
