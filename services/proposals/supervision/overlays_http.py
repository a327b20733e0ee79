"""Routes of what lies over a case: key cases, urgings, commendations, disclosure; and their register."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from contracts.copies.names import open_unit_exists
from runtime import paging, vault
from runtime.http import Calling
from runtime.openapi import shows
from runtime.policy import permitting_role
from runtime.refusals import NotFound
from runtime.sealing import unseal
from runtime.shapes import page_of
from services.proposals.ask import command_case, ruled, rules_of, sealed, unit_of
from services.proposals.folds import PROPOSAL
from services.proposals.policy import POLICY
from services.proposals.supervision import overlays, supervising
from services.proposals.supervision.overlay_commands import (
    AnswerUrging,
    CommendProposal,
    DecideDisclosure,
    DesignateKeyCase,
    EndKeyCase,
    RevokeProposalCommendation,
    UrgeUnit,
)
from services.proposals.supervision.overlay_shapes import DISCLOSED, MARKED

router = APIRouter(prefix="/v1", tags=["overlays"])

Mark = Literal[
    "key", "urged", "unanswered", "commended", "public", "confidential", "undecided", "archived", "to_archive"
]


@router.post("/proposals/{id}/key-case")
async def designate_key_case(id: UUID, command: DesignateKeyCase, who: Calling) -> JSONResponse:
    """Make the case a key case 列为重点, with the leader who takes charge of it."""
    async with who.process.database.county(who.county) as db:
        known = command.unit is not None and await open_unit_exists(db, command.unit, command.designated_on)
    units = {command.unit} if known and command.unit else set[UUID]()
    return await command_case(
        who,
        id,
        "proposal.designate_key_case",
        command,
        lambda case: supervising.designate(case, command, units=units, today=who.today),
    )


@router.post("/proposals/{id}/key-case/end")
async def end_key_case(id: UUID, command: EndKeyCase, who: Calling) -> JSONResponse:
    """Make the case a key case no longer 不再列为重点."""
    return await command_case(
        who,
        id,
        "proposal.designate_key_case",
        command,
        lambda case: supervising.end_key_case(case, command, who.today),
    )


@router.post("/proposals/{id}/urge")
async def urge_unit(id: UUID, command: UrgeUnit, who: Calling) -> JSONResponse:
    """Press a handling unit 催办、督办: the clock of its answer starts."""
    rules = await rules_of(who, id)
    return await command_case(
        who,
        id,
        "proposal.urge",
        command,
        ruled(rules, lambda case, rules: supervising.urge(case, command, rules, who.today)),
    )


@router.post("/proposals/{id}/urge/answer")
async def answer_urging(id: UUID, command: AnswerUrging, who: Calling) -> JSONResponse:
    """Answer an urging 催办答复, for the caller's unit."""
    unit = unit_of(who)
    answer = await sealed(who, id, "proposal.answer_urging", "urging.answer", command.answer)
    return await command_case(
        who,
        id,
        "proposal.answer_urging",
        command,
        lambda case: supervising.answer_urging(case, unit, command, answer, who.today),
    )


@router.post("/proposals/{id}/commend")
async def commend_proposal(id: UUID, command: CommendProposal, who: Calling) -> JSONResponse:
    """Commend the case 评选表彰."""
    return await command_case(
        who, id, "proposal.commend", command, lambda case: supervising.commend(case, command, who.today)
    )


@router.post("/proposals/{id}/commend/revoke")
async def revoke_proposal_commendation(id: UUID, command: RevokeProposalCommendation, who: Calling) -> JSONResponse:
    """Take a commendation of the case back 撤销优秀."""
    return await command_case(
        who, id, "proposal.commend", command, lambda case: supervising.revoke_commendation(case, command, who.today)
    )


@router.post("/proposals/{id}/disclose")
async def decide_disclosure(id: UUID, command: DecideDisclosure, who: Calling) -> JSONResponse:
    """Decide whether the public may read the case 公开决定: as it stands, after redaction, or not at all."""
    text = await sealed(who, id, "proposal.disclose", "disclosure.text", command.text) if command.text else None
    return await command_case(
        who, id, "proposal.disclose", command, lambda case: supervising.disclose(case, command, text, who.today)
    )


@router.get("/proposals/{id}/disclosed", responses=shows(DISCLOSED))
async def show_disclosed(id: UUID, who: Calling) -> dict[str, Any]:
    """Show what the public may read of a case 公开文本; nothing of one that is confidential, undecided or erased."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    held, _ = await who.process.states.show(PROPOSAL, who.county, str(id))
    case, decision = held.state, held.state.overlays.disclosure
    if decision is None or decision.disclosure == "confidential" or case.erased:
        raise NotFound
    whole = decision.disclosure == "public"
    texts = [case.text, *(r.text for r in case.replies.values() if r.delivered)] if whole else [decision.text]
    wanted = (who.county, id)
    async with who.process.database.owner() as db:
        key = (await vault.keys_of(db, [wanted])).get(wanted)
    if key is None:
        raise NotFound
    text, *replies = [unseal(key, who.county, text) for text in texts if text is not None]
    return {
        "id": str(id),
        "kind": case.kind,
        "number": case.number,
        "title": case.title,
        "disclosure": decision.disclosure,
        "decided_by": decision.decided_by,
        "decided_on": decision.decided_on,
        "text": text,
        "replies": replies,
    }


@router.get("/overlays", responses=shows(page_of(MARKED)))
async def list_overlays(
    who: Calling,
    mark: Mark,
    unit: UUID | None = None,
    year: Annotated[int | None, Query(ge=1900, le=2999)] = None,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=paging.LIMIT_MAX)] = paging.LIMIT,
) -> dict[str, Any]:
    """List the cases that bear a mark 件上事项: key, urged, unanswered, commended, public, to archive …."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    async with who.process.database.county(who.county) as db:
        return await overlays.page(
            db, mark=mark, unit=str(unit) if unit else None, year=year, after=after, limit=limit
        )
