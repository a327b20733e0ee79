"""Routes of units' commendations 单位表彰."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from contracts.copies.names import unit_exists
from runtime import paging
from runtime.http import Calling, carry_out
from runtime.openapi import shows
from runtime.policy import permitting_role
from runtime.refusals import NotFound
from runtime.shapes import page_of, row
from services.proposals.folds import COMMENDATION
from services.proposals.policy import POLICY
from services.proposals.supervision import commendation, commendations
from services.proposals.supervision.overlay_commands import CommendUnit, RevokeUnitCommendation

router = APIRouter(prefix="/v1/commendations", tags=["overlays"])

_SHOWN = row(commendations.COMMENDATIONS, unit_name="text")


@router.post("", status_code=201)
async def commend_unit(command: CommendUnit, who: Calling) -> JSONResponse:
    """Commend a unit 单位表彰, e.g. for a year's work."""
    async with who.process.database.county(who.county) as db:
        units = {command.unit} if await unit_exists(db, command.unit) else set[UUID]()
    return await carry_out(
        who,
        COMMENDATION,
        who.new_id(),
        "commendation.make",
        command,
        lambda _: commendation.commend(command, units=units, today=who.today),
        policy=POLICY,
        new=True,
    )


@router.post("/{id}/revoke")
async def revoke_unit_commendation(id: UUID, command: RevokeUnitCommendation, who: Calling) -> JSONResponse:
    """Take a unit's commendation back 撤销单位表彰."""
    return await carry_out(
        who,
        COMMENDATION,
        str(id),
        "commendation.make",
        command,
        lambda held: commendation.revoke(held, command, who.today),
        policy=POLICY,
    )


@router.get("", responses=shows(page_of(_SHOWN)))
async def list_commendations(
    who: Calling,
    unit: UUID | None = None,
    year: Annotated[int | None, Query(ge=1900, le=2999)] = None,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=paging.LIMIT_MAX)] = paging.LIMIT,
) -> dict[str, Any]:
    """List the units commended 单位表彰表: of a unit, of a year."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    async with who.process.database.county(who.county) as db:
        return await commendations.page(db, unit=str(unit) if unit else None, year=year, after=after, limit=limit)


@router.get("/{id}", responses=shows(_SHOWN, "ETag"))
async def get_commendation(id: UUID, who: Calling, response: Response) -> dict[str, Any]:
    """Show one unit's commendation 单位表彰详情."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    async with who.process.database.county(who.county) as db:
        found = await commendations.get(db, str(id))
    if found is None:
        raise NotFound
    response.headers["ETag"] = f'"{found["version"]}"'
    return found
