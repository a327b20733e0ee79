"""The proposals service's routes: reading. Commands are in the `*_http` module of each part."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from contracts.copies.names import names_of
from contracts.sealed import Sealed
from runtime import paging, vault
from runtime.http import Caller, Calling
from runtime.openapi import shows
from runtime.policy import permitting_role
from runtime.positions import token
from runtime.refusals import Forbidden, NotFound
from runtime.sealing import unseal
from runtime.shapes import page_of
from services.proposals.case.proposal import Proposal
from services.proposals.case.reply import Reply
from services.proposals.folds import PROPOSAL
from services.proposals.policy import POLICY, is_member, relations
from services.proposals.reporting import board, worklist
from services.proposals.reporting.questions import BoardPage
from services.proposals.review import review_shapes
from services.proposals.shapes import BOARD_ROW, CASE, OWED
from services.proposals.supervision import overlays

router = APIRouter(prefix="/v1", tags=["proposals"])

Limit = Annotated[int, Query(ge=1, le=paging.LIMIT_MAX)]


@router.get("/proposals", responses=shows(page_of(BOARD_ROW)))
async def show_board(
    who: Calling,
    asked: Annotated[BoardPage, Query()],
) -> dict[str, Any]:
    """Show the board 办理总表; `q` holds words in any order, `overdue` compares with `as_of`, by default today."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    secret = await who.process.secret(who.county, "search") if asked.q else b""
    async with who.process.database.county(who.county) as db:
        return await board.page(db, secret, asked.view(who.today), after=asked.after, limit=asked.limit)


_APART = {"text", "opinions", "work", "clocks", "overlays", "review", "history"}
"""What of a case is shown in another shape, or not at all."""


@router.get("/proposals/{id}", responses=shows(CASE, "ETag", "Event-Position"))
async def show_case(id: UUID, who: Calling) -> JSONResponse:
    """Show one case with its clocks 件详情; its texts only to those who have to do with it, and never once erased."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    held, parked = await who.process.states.show(PROPOSAL, who.county, str(id))
    if held.version == 0:
        raise NotFound
    case: Proposal = held.state
    content: dict[str, Any] = case.model_dump(mode="json", exclude=_APART)
    content["id"] = str(id)
    content["version"] = held.version
    content["parked"] = parked
    content["position"] = token(held.sequence)
    content |= _of_the_units(case)
    content["clocks"] = [clock.model_dump(mode="json", exclude_none=True) for clock in case.clocks.values()]
    content |= await _texts(case, who)
    parties = {str(p) for p in (case.body, case.submitter, case.office, *case.units, *case.cosigners) if p}
    parties |= {str(member) for original in case.review.originals.values() for member in original.signers}
    parties |= {str(replaced.unit) for replaced in case.assignment.replacements}
    async with who.process.database.county(who.county) as db:
        content["names"] = await names_of(db, parties)
    return JSONResponse(content, headers={"ETag": f'"{held.version}"', "Event-Position": token(held.sequence)})


def _of_the_units(case: Proposal) -> dict[str, Any]:
    """Give the contacts and rounds of the units that answer; the first of them stands for the case."""
    contacts = {unit: work.contact for unit, work in case.work.items() if work.contact}
    first = next((contacts[unit] for unit in case.answering if unit in contacts), None)
    return {
        "round": case.round,
        "rounds": {str(unit): case.work_of(unit).round for unit in case.answering},
        "contacted_on": str(first.on) if first else None,
        "section": first.section if first else None,
        "contacts": {str(unit): contact.model_dump(mode="json") for unit, contact in contacts.items()},
    }


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
        "overlays": overlays.shown(case.overlays, opened),
        "review": review_shapes.shown(case.review, opened),
        "opinions": {str(unit): {"on": str(o.on), "text": opened(o.text)} for unit, o in case.opinions.items()},
        "replies": [_reply(reply, who, opened) for reply in case.replies.values()],
    }


def _reply(reply: Reply, who: Caller, opened: Callable[[Sealed | None], str | None]) -> dict[str, Any]:
    """Give a reply; its draft is the unit's own until it is signed, but for members who were asked about it."""
    asked = any(is_member(who, member) and draft == reply.version for member, draft in reply.shown.items())
    public = reply.signed_on is not None or asked or set(who.principal.roles) != {"member"}
    comments = [
        {
            "member": str(member),
            "draft": told.draft,
            "word": told.word,
            "on": str(told.on),
            "remark": opened(told.remark),
        }
        for member, told in reply.comments.items()
        if public
    ]
    verdict = reply.verdict
    return reply.model_dump(mode="json", exclude={"text", "earlier", "comments", "verdict"}) | {
        "text": opened(reply.text) if public else None,
        "comments": comments,
        "verdict": verdict
        and verdict.model_dump(mode="json", exclude={"result"}) | {"result": opened(verdict.result)},
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
