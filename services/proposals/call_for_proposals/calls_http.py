"""Routes of calls for proposals 征集."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from contracts.copies.names import body_exists
from runtime import paging
from runtime.http import BusinessDate, Calling, carry_out
from runtime.openapi import shows
from runtime.policy import permitting_role
from runtime.refusals import NotFound
from runtime.shapes import listed, page_of, row, shape
from services.proposals.call_for_proposals import call, calls
from services.proposals.call_for_proposals.call_commands import AddTopic, CloseCall, OpenCall
from services.proposals.folds import CALL
from services.proposals.policy import POLICY

router = APIRouter(prefix="/v1/calls", tags=["calls"])

_MORE = {"body_name": "text", "open": "boolean NOT NULL", "submissions": "int NOT NULL"}
_ROW = row(calls.CALLS, **_MORE)
_TOPIC = shape(topic="int", title="text", submissions="int NOT NULL")
_SHOWN = row(calls.CALLS, **_MORE, by_topic=listed(_TOPIC))


@router.post("", status_code=201)
async def open_call(command: OpenCall, who: Calling) -> JSONResponse:
    """Call for proposals 发布征集, with topics and a closing date."""
    async with who.process.database.county(who.county) as db:
        body_known = await body_exists(db, command.body)
    return await carry_out(
        who,
        CALL,
        who.new_id(),
        "call.manage",
        command,
        lambda _: call.open_call(command, body_known=body_known, today=who.today),
        policy=POLICY,
        new=True,
    )


@router.post("/{id}/topics")
async def add_topic(id: UUID, command: AddTopic, who: Calling) -> JSONResponse:
    """Add a topic 增列选题."""
    return await carry_out(
        who,
        CALL,
        str(id),
        "call.manage",
        command,
        lambda state: call.add_topic(state, command, who.today),
        policy=POLICY,
    )


@router.post("/{id}/close")
async def close_call(id: UUID, command: CloseCall, who: Calling) -> JSONResponse:
    """End the call 截止征集."""
    return await carry_out(
        who,
        CALL,
        str(id),
        "call.manage",
        command,
        lambda state: call.close_call(state, command, who.today),
        policy=POLICY,
    )


@router.get("", responses=shows(page_of(_ROW)))
async def list_calls(
    who: Calling,
    body: UUID | None = None,
    open: bool | None = None,
    as_of: BusinessDate | None = None,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=paging.LIMIT_MAX)] = paging.LIMIT,
) -> dict[str, Any]:
    """List the calls 征集台账: of a body, open on a day (by default today) or not."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    async with who.process.database.county(who.county) as db:
        return await calls.page(
            db, on=as_of or who.today, body=str(body) if body else None, open=open, after=after, limit=limit
        )


@router.get("/{id}", responses=shows(_SHOWN, "ETag"))
async def get_call(id: UUID, who: Calling, response: Response) -> dict[str, Any]:
    """Show one call 征集详情, with the submissions of each topic."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    async with who.process.database.county(who.county) as db:
        found = await calls.get(db, str(id), on=who.today)
    if found is None:
        raise NotFound
    response.headers["ETag"] = f'"{found["version"]}"'
    return found
