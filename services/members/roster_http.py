"""Routes of bodies and members."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from runtime.folds import Fold
from runtime.http import Calling, carry_out
from runtime.openapi import shows
from runtime.paging import LIMIT
from runtime.shapes import page_of
from services.members import body, member, roster
from services.members.asking import After, AsOf, Limit, Word, shown
from services.members.commands import BodyKind, EndSeat, EnrolMember, EstablishBody
from services.members.policy import POLICY
from services.members.shapes import BODY_ROW, SEAT

router = APIRouter(prefix="/v1", tags=["roster"])

BODY: Fold[body.Body] = Fold("members", "body", body.Body, body.evolve, (roster.BODIES,), own=True)
MEMBER: Fold[member.Member] = Fold("members", "member", member.Member, member.evolve, (roster.ROSTER,), own=True)


@router.post("/bodies", status_code=201)
async def establish_body(command: EstablishBody, who: Calling) -> JSONResponse:
    """Say that a deliberative body exists 机构设立."""
    return await carry_out(
        who, BODY, who.new_id(), "body.establish", command, lambda _: body.establish(command), policy=POLICY, new=True
    )


@router.get("/bodies", responses=shows(page_of(BODY_ROW)))
async def list_bodies(
    who: Calling, kind: BodyKind | None = None, after: After = None, limit: Limit = LIMIT
) -> dict[str, Any]:
    """List bodies by name 机构表."""
    async with who.process.database.county(who.county) as db:
        return await roster.list_bodies(db, kind=kind, after=after, limit=limit)


@router.get("/bodies/{id}", responses=shows(BODY_ROW, "ETag"))
async def get_body(id: UUID, who: Calling, response: Response) -> dict[str, Any]:
    """Show one body 机构详情."""
    async with who.process.database.county(who.county) as db:
        return shown(await roster.get_body(db, str(id)), response)


@router.post("/members", status_code=201)
async def enrol_member(command: EnrolMember, who: Calling) -> JSONResponse:
    """Give somebody a seat in a body for a term 就任."""
    async with who.process.database.county(who.county) as db:
        exists = await roster.body_exists(db, command.body)
    return await carry_out(
        who,
        MEMBER,
        who.new_id(),
        "member.enrol",
        command,
        lambda _: member.enrol(command, body_exists=exists),
        policy=POLICY,
        new=True,
    )


@router.post("/members/{id}/end-seat")
async def end_seat(id: UUID, command: EndSeat, who: Calling) -> JSONResponse:
    """End a member's seat 离任."""
    return await carry_out(
        who, MEMBER, str(id), "member.end_seat", command, lambda state: member.end_seat(state, command), policy=POLICY
    )


@router.get("/members", responses=shows(page_of(SEAT)))
async def list_members(
    who: Calling,
    q: Word = None,
    body: UUID | None = None,
    term: int | None = None,
    sector: str | None = None,
    as_of: AsOf = None,
    after: After = None,
    limit: Limit = LIMIT,
) -> dict[str, Any]:
    """List members by name 名册: of a body, a term, a sector, or those who sat on a day."""
    async with who.process.database.county(who.county) as db:
        return await roster.list_members(
            db,
            word=q,
            body=str(body) if body else None,
            term=term,
            sector=sector,
            day=as_of,
            after=after,
            limit=limit,
        )


@router.get("/members/{id}", responses=shows(SEAT, "ETag"))
async def get_member(id: UUID, who: Calling, response: Response) -> dict[str, Any]:
    """Show one member 委员代表详情."""
    async with who.process.database.county(who.county) as db:
        return shown(await roster.get_member(db, str(id)), response)
