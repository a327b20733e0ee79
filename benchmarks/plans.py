"""PostgreSQL's plans of the statements behind the questions, as the service's own role has them."""

import json
from datetime import timedelta
from typing import Any

import asyncpg

from benchmarks.filling import COMMON
from benchmarks.life import COUNTY
from runtime import vault
from runtime.schema import ASKED_FOR
from runtime.settings import Settings, utc_now
from services.proposals.main import SERVICE
from services.proposals.reporting import board, statistics, worklist
from services.proposals.reporting.figures import Policy, Question
from services.proposals.reporting.search import blind, word_pieces


class _Explaining:
    """A connection that keeps the plan of everything it is asked."""

    def __init__(self, db: asyncpg.Connection) -> None:
        self._db = db
        self.plans: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        rows = await self._db.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", *arguments)
        self.plans.append("\n".join([statement, *(_short(row[0]) for row in rows), ""]))
        return list(await self._db.fetch(statement, *arguments))


def _short(line: str) -> str:
    return line if len(line) < 300 else f"{line[:200]} … {line[-60:]}"


async def explained(settings: Settings, unit: str) -> str:
    """Give the plans behind the questions, as the role that answers has them; those of the search's functions too."""
    db = await asyncpg.connect(
        settings.database_http_url.get_secret_value(), server_settings={"search_path": SERVICE.schema_name}
    )
    owner = await asyncpg.connect(
        settings.database_url.get_secret_value(), server_settings={"search_path": SERVICE.schema_name}
    )
    try:
        for one in (db, owner):
            await one.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        secret = await vault.secret_for(owner, COUNTY, "search")
        today = utc_now().date()
        told = []
        async with db.transaction():
            await db.execute(f"SET LOCAL app.county = '{COUNTY}'")
            for by, day in ((None, today), ("unit", today), ("sector", today), ("category", today - timedelta(500))):
                seen = _Explaining(db)
                await statistics.count(seen, Question(day, policy=Policy(originals=by is None)), by=by)  # type: ignore[arg-type]
                told.append(f"== 统计 by={by} as_of={day}\n" + "\n".join(seen.plans))
            for view in (
                board.View(today),
                board.View(today, filters={"unit": unit}),
                board.View(today, [COMMON]),
                board.View(today, [COMMON, "单位7"], {"stage": "closed"}),
            ):
                seen = _Explaining(db)
                await board.page(seen, secret, view)  # type: ignore[arg-type]
                told.append(f"== 总表 {' '.join(view.words)} {view.filters}\n" + "\n".join(seen.plans))
            seen = _Explaining(db)
            await worklist.page(
                seen,  # type: ignore[arg-type]
                mine=[f"unit:{unit}"],
                lead=None,
                due_within=None,
                as_of=today,
                after=None,
                limit=50,
            )
            told.append("== 待办\n" + "\n".join(seen.plans))
        async with owner.transaction():
            await owner.execute(f"SET LOCAL app.county = '{COUNTY}'; SET LOCAL enable_seqscan = off")
            seen = _Explaining(owner)
            terms = blind(secret, word_pieces(COMMON))
            await seen.fetch(
                f"SELECT t.id, t.submitted_on FROM search_terms t WHERE t.county = {ASKED_FOR} AND t.terms @> $1",
                terms,
            )
            told.append("== 函数 cases_having\n" + "\n".join(seen.plans))
        return "\n".join(told)
    finally:
        await db.close()
        await owner.close()
