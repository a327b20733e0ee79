"""The proposals service's routes: reading. Commands are in intake_http, handling_http and answers_http."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from contracts.copies.names import names_of
from contracts.sealed import Sealed
from runtime import paging, vault
from runtime.http import BusinessDate, Caller, Calling
from runtime.openapi import shows
from runtime.policy import permitting_role
from runtime.positions import token
from runtime.refusals import Forbidden, NotFound
from runtime.sealing import unseal
from runtime.shapes import page_of, shape
from services.proposals import board, statistics, worklist
from services.proposals.folds import PROPOSAL
from services.proposals.policy import POLICY, relations
from services.proposals.proposal import Proposal
from services.proposals.shapes import BOARD_ROW, CASE, OWED, STATISTICS

router = APIRouter(prefix="/v1", tags=["proposals"])

Limit = Annotated[int, Query(ge=1, le=paging.LIMIT_MAX)]


@router.get("/proposals", responses=shows(page_of(BOARD_ROW)))
async def show_board(
    who: Calling,
    q: Annotated[str, Query(max_length=200)] = "",
    kind: str | None = None,
    stage: str | None = None,
    body: UUID | None = None,
    term: int | None = None,
    session: int | None = None,
    unit: UUID | None = None,
    lead: UUID | None = None,
    member: UUID | None = None,
    nature: str | None = None,
    number: int | None = None,
    overdue: bool | None = None,
    as_of: BusinessDate | None = None,
    after: str | None = None,
    limit: Limit = paging.LIMIT,
) -> dict[str, Any]:
    """Show the board 办理总表; `q` holds words in any order, `overdue` compares with `as_of`, by default today."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    filters = {
        "kind": kind,
        "stage": stage,
        "body": str(body) if body else None,
        "term": term,
        "session": session,
        "unit": str(unit) if unit else None,
        "lead": str(lead) if lead else None,
        "member": str(member) if member else None,
        "nature": nature,
        "number": number,
    }
    secret = await who.process.secret(who.county, "search") if q else b""
    async with who.process.database.county(who.county) as db:
        return await board.page(
            db,
            secret,
            as_of=as_of or who.today,
            words=q.split(),
            filters=filters,
            overdue=overdue,
            after=after,
            limit=limit,
        )


@router.get("/proposals/{id}", responses=shows(CASE, "ETag", "Event-Position"))
async def show_case(id: UUID, who: Calling) -> JSONResponse:
    """Show one case with its clocks 件详情; its texts only to those who have to do with it, and never once erased."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    held, parked = await who.process.states.show(PROPOSAL, who.county, str(id))
    if held.version == 0:
        raise NotFound
    case: Proposal = held.state
    content: dict[str, Any] = case.model_dump(mode="json", exclude={"text", "opinions", "replies", "clocks"})
    content["id"] = str(id)
    content["version"] = held.version
    content["parked"] = parked
    content["position"] = token(held.sequence)
    content["clocks"] = [clock.model_dump(mode="json", exclude_none=True) for clock in case.clocks.values()]
    content |= await _texts(case, who)
    parties = {str(p) for p in (case.body, case.submitter, case.lead, case.office, *case.co, *case.cosigners) if p}
    async with who.process.database.county(who.county) as db:
        content["names"] = await names_of(db, parties)
    return JSONResponse(content, headers={"ETag": f'"{held.version}"', "Event-Position": token(held.sequence)})


async def _texts(case: Proposal, who: Caller) -> dict[str, Any]:
    """Give the opinions and replies, with their texts where the caller may read them."""
    key: bytes | None = None
    try:
        permitting_role(POLICY, "proposal.read_text", who.principal.roles, relations(case, who))
        may_read = True
    except Forbidden:
        may_read = False
    if may_read and case.text is not None and not case.erased:
        wanted = (who.county, case.text.case)
        async with who.process.database.owner() as db:
            key = (await vault.keys_of(db, [wanted])).get(wanted)

    def opened(sealed: Sealed | None) -> str | None:
        return unseal(key, who.county, sealed) if key and sealed else None

    return {
        "texts": "erased" if case.erased else "shown" if may_read else "withheld",
        "text": opened(case.text),
        "opinions": {str(unit): {"on": str(o.on), "text": opened(o.text)} for unit, o in case.opinions.items()},
        "replies": [
            reply.model_dump(mode="json", exclude={"text"}) | {"text": opened(reply.text)}
            for reply in case.replies.values()
        ],
    }


@router.get("/worklist", responses=shows(page_of(OWED)))
async def show_worklist(
    who: Calling,
    lead: UUID | None = None,
    mine: bool = True,
    due_within: Annotated[int | None, Query(ge=0, le=3660)] = None,
    after: str | None = None,
    limit: Limit = paging.LIMIT,
) -> dict[str, Any]:
    """Show what is owed next 待办: by me and my unit, or with `mine=false` in all cases (that `lead` leads)."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    parties = [who.party]
    if who.principal.unit:
        parties.append(f"unit:{who.principal.unit}")
    parties += [role for role in (worklist.COMMITTEE, worklist.OFFICE) if role in who.principal.roles]
    async with who.process.database.county(who.county) as db:
        return await worklist.page(
            db,
            mine=parties if mine else None,
            lead=str(lead) if lead else None,
            due_within=due_within,
            as_of=who.today,
            after=after,
            limit=limit,
        )


class Counted(BaseModel):
    """Which cases statistics count; what is left out does not matter."""

    model_config = ConfigDict(extra="forbid")

    kind: str | None = None
    body: UUID | None = None
    term: int | None = None
    session: int | None = None
    nature: str | None = None
    unit: UUID | None = None
    category: str | None = None
    stage: str | None = None

    def filters(self) -> dict[str, Any]:
        """Give the filters by column."""
        given = self.model_dump(exclude={"by", "figure", "body", "unit"})
        return given | {"body": str(self.body) if self.body else None, "lead": str(self.unit) if self.unit else None}


class Counts(Counted):
    """What counts are asked for."""

    by: str | None = Field(default=None, json_schema_extra={"enum": [*statistics.BY, None]})


class Figure(Counted):
    """Which figure is to be opened."""

    figure: str = Field(json_schema_extra={"enum": [*statistics.FIGURES]})


@router.get("/statistics", responses=shows(STATISTICS))
async def show_statistics(who: Calling, asked: Annotated[Counts, Query()]) -> dict[str, Any]:
    """Show counts and rates with their definitions 统计, in all and by unit, kind, nature, category …."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    async with who.process.database.county(who.county) as db:
        return await statistics.count(db, by=asked.by, filters=asked.filters())


@router.get("/statistics/cases", responses=shows(shape(figure="text NOT NULL", items="text[] NOT NULL")))
async def show_cases_behind(who: Calling, asked: Annotated[Figure, Query()]) -> dict[str, Any]:
    """Name the cases that a figure counts 统计所含件, with the same filters as the statistics."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    async with who.process.database.county(who.county) as db:
        return {"figure": asked.figure, "items": await statistics.cases_behind(db, asked.figure, asked.filters())}
