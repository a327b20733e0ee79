"""Routes of the statistics 统计: counts and rates, the cases behind a figure, and two periods side by side."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from runtime.http import Calling
from runtime.openapi import shows
from runtime.policy import permitting_role
from runtime.shapes import shape
from services.proposals.policy import POLICY
from services.proposals.reporting import statistics
from services.proposals.reporting.questions import Compared, Counts, Figure, a_year_before
from services.proposals.shapes import COMPARISON, STATISTICS

router = APIRouter(prefix="/v1", tags=["proposals"])


@router.get("/statistics", responses=shows(STATISTICS))
async def show_statistics(who: Calling, asked: Annotated[Counts, Query()]) -> dict[str, Any]:
    """Show counts and rates with their definitions 统计, in all and by unit, kind, nature, category …."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    async with who.process.database.county(who.county) as db:
        return await statistics.count(
            db, asked.question(who.today), by=asked.by, rank_by=asked.rank_by, least=asked.least
        )


@router.get("/statistics/cases", responses=shows(shape(figure="text NOT NULL", items="text[] NOT NULL")))
async def show_cases_behind(who: Calling, asked: Annotated[Figure, Query()]) -> dict[str, Any]:
    """Name the cases that a figure counts 统计所含件, with the same filters as the statistics."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    async with who.process.database.county(who.county) as db:
        items = await statistics.cases_behind(db, asked.figure, asked.question(who.today))
        return {"figure": asked.figure, "items": items}


@router.get("/statistics/compare", responses=shows(COMPARISON))
async def compare_statistics(who: Calling, asked: Annotated[Compared, Query()]) -> dict[str, Any]:
    """Show two periods side by side 对比, by default with the same day of last year, and what changed."""
    permitting_role(POLICY, "proposal.read", who.principal.roles, ())
    other = asked.other() or {"as_of": a_year_before(asked.as_of or who.today)}
    async with who.process.database.county(who.county) as db:
        return await statistics.compare(
            db, asked.question(who.today), asked.question(who.today, **other), by=asked.by
        )
