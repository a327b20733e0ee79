"""`python -m benchmarks.questions`: how long statistics, board search and similar cases take with 100,000 cases.

The rows are made up in the database itself, as the read models would have written them; then one client asks the
running service over HTTP. Prints the 50th and 95th percentile and, with `--plans`, PostgreSQL's plans.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import httpx2
import typer
import uvloop

from benchmarks.rounds import percentile
from benchmarks.spine import servers, settings_of
from runtime import vault
from runtime.settings import utc_now
from services.proposals.main import SERVICE
from services.proposals.search import blind, pieces, word_pieces
from services.proposals.similarity import shingles, sketch
from yishi.stack import Stack
from yishi.terminal import output, table

COUNTY = "430000"
HOME = Path(".yishi") / "bench"
ROUNDS = 40
LIMIT_MS = 200
UNITS, MEMBERS, BODIES = 120, 800, 4
TERMS, GRAMS = 600, 74
"""Of one case: pieces of its text in the search index, and in its sketch."""
WORD, RARE = "道路", "老槐"
TEXT = "建议对县道沿线的老旧桥梁逐座排查，设置限载标志，并把危桥改造列入明年的交通建设计划，确保群众出行安全。"

_ID = "(lpad(to_hex({0}), 8, '0') || '-0000-4000-8000-000000000000')"
_CASE = """
SELECT i, {id} AS id, date '2024-01-01' + (random() * 700)::int AS submitted, random() AS fate,
       (random() * {units})::int % {units} AS u, (random() * {members})::int % {members} AS m, i % 2 AS k
FROM generate_series(1, $1) AS i"""


async def fill(db: asyncpg.Connection, cases: int, secret: bytes) -> None:
    """Write the rows of so many cases, then the indexes of their words, and let PostgreSQL look at them."""
    await db.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off; SELECT setseed(0.5)")
    await db.execute(
        f"INSERT INTO unit_names SELECT '{COUNTY}', {_ID.format('900000000 + i')}, '单位' || i, '[]', '{{}}',"
        f" '单位' || i, NULL, NULL, NULL, NULL FROM generate_series(0, {UNITS - 1}) i"
    )
    await db.execute(
        f"INSERT INTO member_names SELECT '{COUNTY}', {_ID.format('800000000 + i')}, '委员' || i, '', 9,"
        f" '界别' || i % 30, '2020-01-01', NULL FROM generate_series(0, {MEMBERS - 1}) i"
    )
    made = _CASE.format(id=_ID.format("i"), units=UNITS, members=MEMBERS)
    await db.execute(f"CREATE TEMP TABLE made AS {made.replace('$1', str(cases))}")
    await _tallies(db)
    await _board(db)
    await _words(db, secret)
    await db.execute("VACUUM ANALYZE")


async def _tallies(db: asyncpg.Connection) -> None:
    unit, member = _ID.format("900000000 + u"), _ID.format("800000000 + m")
    values = {
        "kind": "CASE k WHEN 0 THEN 'cppcc_proposal' ELSE 'npc_suggestion' END",
        "body": _ID.format(f"700000000 + i % {BODIES}"),
        "term": "9",
        "session": "3 + i % 2",
        "nature": "(ARRAY['思路类', '项目资金类', '解释说明类', NULL])[1 + i % 4]",
        "submitter": member,
        "group_name": "NULL",
        "pack_digest": "'sha256:' || repeat('a', 64)",
        "imported": "i % 10 = 0",
        "month": "to_char(submitted, 'YYYY-MM')",
        "hand_over_month": "to_char(submitted + 20, 'YYYY-MM')",
        "submitted_on": "submitted",
        "registered_on": "submitted + 10",
        "handed_over_on": "CASE WHEN fate > 0.05 THEN submitted + 20 END",
        "met_before": "CASE WHEN fate > 0.2 THEN submitted + 30 END",
        "met_during": "CASE WHEN fate > 0.3 THEN submitted + 40 END",
        "met_after": "CASE WHEN fate > 0.4 THEN submitted + 90 END",
        "signed_on": "CASE WHEN fate > 0.25 THEN submitted + 70 END",
        "replied_on": "CASE WHEN fate > 0.25 THEN submitted + 75 END",
        "on_time": "fate > 0.3",
        "recorded_after": "(fate * 10)::int",
        "closed_on": "CASE WHEN fate > 0.4 THEN submitted + 120 END",
        "last_on": "submitted + 120",
        "stage": "'closed'",
        "category": "'abc/' || chr(65 + i % 3)",
        "outcome": "(ARRAY['满意', '基本满意', '不满意'])[1 + i % 3]",
        "round": "1",
        "since": "ARRAY[submitted, submitted + 10, submitted + 20, submitted + 70, submitted + 100, submitted + 120]",
        "stages": "ARRAY['submitted', 'registered', 'handed_over', 'replied', 'replied', 'closed']",
        "categories": "ARRAY[NULL, NULL, NULL, 'abc/' || chr(65 + i % 3), 'abc/' || chr(65 + i % 3),"
        " 'abc/' || chr(65 + i % 3)]",
        "outcomes": "ARRAY[NULL, NULL, NULL, NULL, '满意', (ARRAY['满意', '基本满意', '不满意'])[1 + i % 3]]",
        "rounds": "ARRAY[1, 1, 1, 1, 1, 1]",
    }
    columns, told = ", ".join(values), ", ".join(values.values())
    await db.execute(f"INSERT INTO statistics (county, id, {columns}) SELECT '{COUNTY}', id, {told} FROM made")
    await db.execute(
        f"INSERT INTO unit_statistics (county, id, unit, part, {columns})"
        f" SELECT '{COUNTY}', id, {unit}, 'lead', {told} FROM made"
    )


async def _board(db: asyncpg.Connection) -> None:
    unit, member = _ID.format("900000000 + u"), _ID.format("800000000 + m")
    values = {
        "kind": "CASE k WHEN 0 THEN 'cppcc_proposal' ELSE 'npc_suggestion' END",
        "body": _ID.format(f"700000000 + i % {BODIES}"),
        "term": "9",
        "session": "3 + i % 2",
        "number": "i",
        "title": "'关于加强第' || i || '号道路养护的建议'",
        "stage": "CASE WHEN fate > 0.4 THEN 'closed' ELSE 'handed_over' END",
        "round": "1",
        "submitted_on": "submitted",
        "submitters": f"ARRAY[{member}]",
        "lead": unit,
        "separate": "'{}'",
        "co": "'{}'",
        "next_due": "submitted + 60",
        "undefined_clocks": "0",
        "erased": "false",
        "imported": "false",
        "version": "9",
    }
    columns, told = ", ".join(values), ", ".join(values.values())
    await db.execute(f"INSERT INTO board (county, id, {columns}) SELECT '{COUNTY}', id, {told} FROM made")


async def _words(db: asyncpg.Connection, secret: bytes) -> None:
    unit, member = _ID.format("900000000 + u"), _ID.format("800000000 + m")
    await _filled(db, "search_words", "words", f"submitted, false, ARRAY[{unit}, {member}, '#' || i]")
    common, rare = (blind(secret, word_pieces(word)) for word in (WORD, RARE))
    title = blind(secret, pieces("关于加强第号养护的建议"))
    terms = (
        f"submitted, (SELECT array_agg((random() ^ 3 * 80000)::bigint * 982451653 + (g - g) + (i - i))"
        f" FROM generate_series(1, {TERMS}) g) || ARRAY{title}::bigint[]"
        f" || CASE WHEN fate > 0.7 THEN ARRAY{common}::bigint[] ELSE ARRAY[0::bigint] END"
        f" || CASE WHEN i % 2000 = 7 THEN ARRAY{rare}::bigint[] ELSE ARRAY[0::bigint] END"
    )
    await _filled(db, "search_terms", "terms", terms)
    grams = sketch(secret, shingles(TEXT))
    likes = (
        f"(SELECT array_agg((random() ^ 2 * 4000000)::bigint * 32452843 + (g - g) + (i - i))"
        f" FROM generate_series(1, {GRAMS}) g)"
        f" || CASE WHEN i % 5000 = 7 THEN ARRAY{grams}::bigint[] ELSE ARRAY[0::bigint] END"
    )
    await _filled(db, "sketches", "grams", likes)


async def _filled(db: asyncpg.Connection, name: str, column: str, value: str) -> None:
    """Fill a table whose index is made when it is full."""
    index = await db.fetchval("SELECT indexname FROM pg_indexes WHERE tablename = $1 AND indexdef LIKE '%gin%'", name)
    await db.execute(f"DROP INDEX {index}; INSERT INTO {name} SELECT '{COUNTY}', id, {value} FROM made")
    await db.execute(f"CREATE INDEX {index} ON {name} USING gin ({column})")


QUESTIONS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "统计": ("/statistics", {}),
    "统计，按单位": ("/statistics", {"by": "unit"}),
    "统计，按单位排名": ("/statistics", {"by": "unit", "rank_by": "on_time"}),
    "统计，按界别": ("/statistics", {"by": "sector"}),
    "统计，按月": ("/statistics", {"by": "month"}),
    "统计，按分类，截至一年前": ("/statistics", {"by": "category", "as_of": "2025-01-01"}),
    "统计，某单位": ("/statistics", {"unit": str(UUID(int=(900000007 << 96) + (4 << 76) + (8 << 60)))}),
    "总表第一页": ("/proposals", {}),
    "总表，逾期": ("/proposals", {"overdue": "true"}),
    "总表，人人有的词": ("/proposals", {"q": "建议"}),
    "总表，常用词": ("/proposals", {"q": WORD}),
    "总表，常用词与阶段": ("/proposals", {"q": WORD, "stage": "handed_over"}),
    "总表，正文少见词": ("/proposals", {"q": RARE}),
    "总表，两词与单位": ("/proposals", {"q": f"{WORD} 单位7"}),
    "总表，编号": ("/proposals", {"q": "4711"}),
    "总表，某委员": ("/proposals", {"q": "委员17"}),
}


async def ask(stack: Stack, rounds: int) -> dict[str, tuple[float, float, int]]:
    """Give for each question its 50th and 95th percentile in milliseconds, and how much was found."""
    token = stack.keys.issue_token("person:benchmark", COUNTY, ["committee"], "", now=utc_now())
    headers = {"authorization": f"Bearer {token}"}
    found: dict[str, tuple[float, float, int]] = {}
    async with httpx2.AsyncClient(
        base_url=stack.service_url("proposals"), headers=headers, timeout=60, trust_env=False
    ) as client:
        for name, (path, query) in QUESTIONS.items():
            found[name] = await _timed(rounds, lambda p=path, q=query: client.get(f"/v1{p}", params=q))
        similar = {"text": TEXT}
        found["相似件"] = await _timed(rounds, lambda: client.post("/v1/proposals/similar", json=similar))
    return found


async def _timed(rounds: int, request: Any) -> tuple[float, float, int]:
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        answer = await request()
        times.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200, answer.text
    content = answer.json()
    return percentile(times, 0.5), percentile(times, 0.95), len(content.get("items", content.get("groups", ())))


async def measure(home: Path, cases: int, rounds: int, plans: Path | None) -> int:
    """Fill, ask, print; 1 when a question took longer than it may."""
    async with servers(home, "proposals") as stack:
        settings = settings_of(stack)
        db = await asyncpg.connect(
            settings.database_url.get_secret_value(), server_settings={"search_path": SERVICE.schema_name}
        )
        try:
            secret = await vault.secret_for(db, COUNTY, "search")
            begun = time.monotonic()
            await fill(db, cases, secret)
            output.print(f"{cases} 件已写入：{time.monotonic() - begun:.0f} 秒", highlight=False)
        finally:
            await db.close()
        found = await ask(stack, rounds)
        if plans:
            await asyncio.to_thread(plans.write_text, await explained(settings), "utf-8")
    shown = table(f"{cases} 件时的查询（毫秒）", "问题", ">中位数", ">95 百分位", ">行数")
    for name, (median, late, count) in found.items():
        shown.add_row(name, f"{median:.1f}", f"[{'red' if late > LIMIT_MS else 'green'}]{late:.1f}[/]", str(count))
    output.print(shown)
    return int(any(late > LIMIT_MS for _, late, _ in found.values()))


async def explained(settings: Any) -> str:
    """Give the plans of the statements behind the questions, as the role that answers requests has them."""
    from services.proposals import board, statistics
    from services.proposals.figures import Question

    db = await asyncpg.connect(
        settings.database_http_url.get_secret_value(), server_settings={"search_path": SERVICE.schema_name}
    )
    await db.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    told = []

    class Explaining:
        def __getattr__(self, name: str) -> Any:
            return getattr(db, name)

        async def fetch(self, statement: str, *arguments: Any) -> Any:
            rows = await db.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", *arguments)
            told.append("\n".join([statement, *(row[0] for row in rows), ""]))
            return await db.fetch(statement, *arguments)

    async with db.transaction():
        await db.execute(f"SET LOCAL app.county = '{COUNTY}'")
        today = utc_now().date()
        for by in (None, "unit", "sector"):
            await statistics.count(Explaining(), Question(today), by=by)  # type: ignore[arg-type]
        await board.page(Explaining(), b"k" * 32, board.View(today, [WORD]))  # type: ignore[arg-type]
    await db.close()
    return "\n".join(told)


def main(
    cases: Annotated[int, typer.Option(help="件数")] = 100_000,
    rounds: Annotated[int, typer.Option(help="每问次数")] = ROUNDS,
    home: Annotated[Path, typer.Option(help="临时数据的目录")] = HOME,
    plans: Annotated[Path | None, typer.Option(help="把执行计划写入此文件")] = None,
) -> None:
    """测量十万件时统计、检索与相似件的应答时间。"""
    sys.exit(uvloop.run(measure((home / "stacks" / "questions").resolve(), cases, rounds, plans)))


if __name__ == "__main__":
    typer.run(main)
