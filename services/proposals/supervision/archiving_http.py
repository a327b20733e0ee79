"""Routes of the archive: the checklist of a case's file, and archiving it."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from contracts.copies import adopted
from contracts.copies.names import names_of
from contracts.vocabulary import MEETING_STAGES
from runtime.http import Calling
from runtime.openapi import refuses, shows
from runtime.policy import permitting_role
from runtime.refusals import NotFound
from services.proposals.answering import matrix
from services.proposals.ask import PackNotHere, command_case, ruled, rules_of
from services.proposals.deadlines import Rules
from services.proposals.folds import PROPOSAL
from services.proposals.guards import WrongStage
from services.proposals.policy import POLICY
from services.proposals.supervision import archiving
from services.proposals.supervision.overlay_commands import ArchiveProposal
from services.proposals.supervision.overlay_shapes import CHECKLIST

router = APIRouter(prefix="/v1/proposals", tags=["overlays"])

_COUNTED = {"urging_answer": "第{}次", "item_answer": "第{}项"}
"""How the number in an entry is said; otherwise it is a round of handling."""


@router.post("/{id}/archive")
async def archive_proposal(id: UUID, command: ArchiveProposal, who: Calling) -> JSONResponse:
    """Archive the file of a closed case 立卷归档; what it lacks is named with its reason, or the act is refused."""
    rules = await rules_of(who, id)
    return await command_case(
        who,
        id,
        "proposal.archive",
        command,
        ruled(rules, lambda case, rules: archiving.archive(case, command, rules, who.today)),
    )


@router.get("/{id}/archive-checklist", responses={**shows(CHECKLIST), **refuses(409)})
async def show_checklist(id: UUID, who: Calling) -> dict[str, Any]:
    """Show what the file of a case must hold 卷内目录, and which of it the case has."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    held, _ = await who.process.states.show(PROPOSAL, who.county, str(id))
    case = held.state
    if held.version == 0:
        raise NotFound
    if case.pack_digest is None:
        raise WrongStage(stage=case.stage)
    async with who.process.database.county(who.county) as db:
        pack = await adopted.pack_by_digest(db, case.pack_digest)
        calendars = await adopted.calendars_of(db)
        names = await names_of(db, (*case.units, *(row.member for row in matrix.owed(case))))
    if pack is None:
        raise PackNotHere
    entries = archiving.checklist(case, Rules(id, pack, calendars))
    items = [{"item": e.item, "title": title_of(e.item, names), "held": e.held} for e in entries]
    return {"items": items, "complete": all(entry.held for entry in entries)}


def title_of(item: str, names: dict[str, str]) -> str:
    """Name an entry as an archivist writes it: 回执：规划办，第1轮，张明."""
    kind, *about = item.split(":")
    counted = _COUNTED.get(kind, "第{}轮")
    words = [
        MEETING_STAGES[word].term
        if word in MEETING_STAGES
        else counted.format(word)
        if word.isdecimal()
        else names.get(word, word)
        for word in about
    ]
    return "：".join([archiving.ITEMS[kind], *(["，".join(words)] if words else [])])
