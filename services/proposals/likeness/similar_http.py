"""Routes that suggest similar cases 相似件. They tell how alike texts are, never the texts."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from runtime.http import Caller, Calling
from runtime.openapi import shows
from runtime.policy import permitting_role
from runtime.refusals import NotFound
from services.proposals.case.proposal import Proposal
from services.proposals.folds import PROPOSAL
from services.proposals.likeness.similar import open_text, similar_cases
from services.proposals.policy import POLICY, relations
from services.proposals.shapes import SIMILAR

router = APIRouter(prefix="/v1/proposals", tags=["proposals"])


class Text(BaseModel):
    """A text whose likes are looked for; nothing of it is kept."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=100_000)


_EXAMPLE = {"requestBody": {"content": {"application/json": {"example": {"text": "建议修复县道上的危桥。"}}}}}


@router.get("/{id}/similar", responses=shows(SIMILAR))
async def show_similar(id: UUID, who: Calling) -> dict[str, Any]:
    """Show cases whose texts are like this one's 相似件, most alike first, with their replies' categories."""
    held, _ = await who.process.states.show(PROPOSAL, who.county, str(id))
    case: Proposal = held.state
    permitting_role(POLICY, "proposal.similar", who.principal.roles, relations(case, who))
    if held.version == 0:
        raise NotFound
    text = await open_text(who.process, who.county, case)
    return {"items": await _found(who, text, str(id)) if text else []}


@router.post("/similar", responses=shows(SIMILAR), openapi_extra=_EXAMPLE)
async def find_similar(asked: Text, who: Calling) -> dict[str, Any]:
    """Show cases whose texts are like a given one 查找相似件; it changes nothing and needs no Idempotency-Key."""
    permitting_role(POLICY, "proposal.similar_to_text", who.principal.roles, ())
    return {"items": await _found(who, asked.text, None)}


async def _found(who: Caller, text: str, but: str | None) -> list[dict[str, Any]]:
    return [one.told() for one in await similar_cases(who.process, who.county, text, but=but)]
