"""Routes of the commitments 承诺事项台账: making, restating, putting off, keeping, telling; and the ledger itself."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from contracts.event import Event
from runtime import paging
from runtime.http import Caller, Calling, Command
from runtime.openapi import shows
from runtime.policy import permitting_role
from runtime.shapes import page_of
from services.proposals.answering import commitments, ledger
from services.proposals.answering.answer_commands import (
    AnswerCommitment,
    KeepCommitment,
    MakeCommitment,
    PutOffCommitment,
    RestateCommitment,
)
from services.proposals.answering.ledger import ENTRY
from services.proposals.ask import command_case, ruled, rules_of, sealed, unit_of
from services.proposals.case.proposal import Proposal
from services.proposals.deadlines import Rules
from services.proposals.policy import POLICY

router = APIRouter(prefix="/v1", tags=["answers"])


@router.post("/proposals/{id}/commitments/make")
async def make(id: UUID, command: MakeCommitment, who: Calling) -> JSONResponse:
    """Put a promise of the signed reply on the ledger 承诺; its clock runs until it is kept."""
    unit = unit_of(who)
    return await _ruled(
        who, id, "commitment.make", command, lambda c, rules: commitments.make(c, unit, command, rules, who.today)
    )


@router.post("/proposals/{id}/commitments/restate")
async def restate(id: UUID, command: RestateCommitment, who: Calling) -> JSONResponse:
    """Put a commitment in other words 重述; its day stays."""
    unit = unit_of(who)
    return await command_case(
        who, id, "commitment.restate", command, lambda case: commitments.restate(case, unit, command, who.today)
    )


@router.post("/proposals/{id}/commitments/put-off")
async def put_off(id: UUID, command: PutOffCommitment, who: Calling) -> JSONResponse:
    """Put a commitment off to a later day, with a reason 延后."""
    unit = unit_of(who)
    return await _ruled(
        who,
        id,
        "commitment.put_off",
        command,
        lambda c, r: commitments.put_off(c, unit, command, r, who.today),
    )


@router.post("/proposals/{id}/commitments/keep")
async def keep(id: UUID, command: KeepCommitment, who: Calling) -> JSONResponse:
    """Record that what was promised is done 兑现."""
    unit = unit_of(who)
    return await _ruled(
        who, id, "commitment.keep", command, lambda c, rules: commitments.keep(c, unit, command, rules, who.today)
    )


@router.post("/proposals/{id}/commitments/answer")
async def answer(id: UUID, command: AnswerCommitment, who: Calling) -> JSONResponse:
    """Tell the members that the promise was kept 再答复."""
    unit = unit_of(who)
    text = await sealed(who, id, "commitment.answer", "commitment.answer", command.text)
    return await command_case(
        who,
        id,
        "commitment.answer",
        command,
        lambda case: commitments.answer(case, unit, command, text, who.today),
    )


@router.get("/commitments", responses=shows(page_of(ENTRY)))
async def show_ledger(
    who: Calling,
    unit: UUID | None = None,
    case: UUID | None = None,
    state: Literal["open", "overdue", "slipped", "kept", "answered"] | None = None,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=paging.LIMIT_MAX)] = paging.LIMIT,
) -> dict[str, Any]:
    """Show the ledger 承诺事项台账, the earliest last day first, whatever became of the cases since."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    filters = {"unit": str(unit) if unit else None, "id": str(case) if case else None}
    async with who.process.database.county(who.county) as db:
        return await ledger.page(db, as_of=who.today, filters=filters, state=state, after=after, limit=limit)


async def _ruled(
    who: Caller, id: UUID, action: str, command: Command, decide: Callable[[Proposal, Rules], Event]
) -> JSONResponse:
    return await command_case(who, id, action, command, ruled(await rules_of(who, id), decide))
