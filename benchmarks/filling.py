"""A county with 100,000 cases in a minute: rows of a few real cases, copied in the database with other facts.

Real are the cases of benchmarks.life: decided, written to the log and projected, so every column is as the read
models write it. The copies differ in day, unit, member, kind, stage and rating, in the words they are found by, and
in how far they have come: of ten, four are open.
"""

import asyncpg

from benchmarks.life import CO, COUNTY, LEAD, MEMBER
from services.proposals.reporting.search import blind, pieces, word_pieces

UNITS, MEMBERS, BODIES, SECTORS = 120, 800, 4, 30
CO_OF = 2
"""One case in so many has a co unit."""
TERMS, GRAMS, POOL = 600, 74, 5_000
"""Of one case: pieces of its text in the search index, and in its sketch; and different texts."""
COMMON, RARE = "道路", "老槐"
"""Words: one stands in three of ten texts, the other in one of 2,000."""

_ID = "(lpad(to_hex({0}), 8, '0') || '-0000-4000-8000-000000000000')"
_UNIT, _CO = _ID.format("900000000 + u"), _ID.format(f"900000000 + (u + 1 + i % 7) % {UNITS}")
_MEMBER, _BODY = _ID.format("800000000 + m"), _ID.format(f"700000000 + i % {BODIES}")

_MADE = f"""
SELECT i, {_ID.format("i")} AS id, day AS submitted, day - (SELECT min(submitted_on) FROM board) AS later,
       random() AS fate,
       (random() * 1e6)::int % {UNITS} AS u, (random() * 1e6)::int % {MEMBERS} AS m,
       (ARRAY['满意', '基本满意', '不满意'])[1 + i % 3] AS outcome, (ARRAY['A', 'B', 'C'])[1 + i % 3] AS category
FROM (SELECT i, date '2024-01-01' + (random() * 700)::int AS day FROM generate_series(1, {{cases}}) AS i) AS days"""

_OF_CASE = {
    "id": "id",
    "submitted_on": "submitted",
    "kind": "CASE i % 2 WHEN 0 THEN 'cppcc_proposal' ELSE 'npc_suggestion' END",
    "body": _BODY,
    "session": "3 + i % 2",
    "nature": "(ARRAY['思路类', '项目资金类', '解释说明类', NULL])[1 + i % 4]",
}
_KEPT = "CASE WHEN fate > 0.4 THEN cardinality(since) ELSE 2 + (fate * 20)::int % (cardinality(since) - 2) END"
_TOLDS = (
    "string_to_array(replace(replace(array_to_string(tolds, '#'), E'\\t满意\\t', E'\\t' || outcome || E'\\t'),"
    " 'bureau-abc/B', 'bureau-abc/' || made.category), '#')"
)
_TALLIED = {
    **_OF_CASE,
    "submitter": _MEMBER,
    "imported": "i % 10 = 0",
    "month": "to_char(submitted, 'YYYY-MM')",
    "hand_over_month": "to_char(submitted + 40, 'YYYY-MM')",
    "handed_over_on": "submitted + 40",
    "recorded_after": "greatest((fate * 20)::int - 10, 0)",
    "last_on": f"since[{_KEPT}] + later",
    "since": f"ARRAY(SELECT day + later FROM unnest(since[1:{_KEPT}]) AS day)",
    "told": f"({_TOLDS})[{_KEPT}]",
    "tolds": f"({_TOLDS})[1:{_KEPT}]",
}
_ON_BOARD = {
    **_OF_CASE,
    "number": "i",
    "title": "'关于加强第' || i || '号道路养护的建议'",
    "stage": "CASE WHEN fate > 0.4 THEN 'closed' ELSE 'handed_over' END",
    "submitters": f"ARRAY[{_MEMBER}]",
    "lead": _UNIT,
    "co": f"CASE i % {CO_OF} WHEN 0 THEN ARRAY[{_CO}] ELSE '{{}}' END",
    "next_due": "CASE WHEN fate < 0.4 THEN submitted + 100 END",
}
_OWED = {
    "id": "id",
    "whom": f"replace(replace(whom, '{LEAD}', {_UNIT}), '{CO}', {_CO})",
    "lead": _UNIT,
    "title": "'关于加强第' || i || '号道路养护的建议'",
    "number": "i",
    "due_on": "submitted + 100",
}


async def fill(db: asyncpg.Connection, cases: int, secret: bytes) -> None:
    """Write the rows of so many cases beside those of the real ones, and let PostgreSQL look at them."""
    await db.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off; SELECT setseed(0.5)")
    await db.execute(f"CREATE TEMP TABLE made AS {_MADE.format(cases=cases)}; ANALYZE made")
    named = {"id": _UNIT, "name": "'单位' || u", "known_as": "'单位' || u"}
    await _copy(db, "unit_names", named, f"id = '{LEAD}'", f"(SELECT u FROM generate_series(0, {UNITS - 1}) AS u)")
    named = {"id": _MEMBER, "name": "'委员' || m", "sector": f"'界别' || m % {SECTORS}"}
    await _copy(
        db, "member_names", named, f"id = '{MEMBER}'", f"(SELECT m FROM generate_series(0, {MEMBERS - 1}) AS m)"
    )
    closed, open_case = [
        f"id = '{await db.fetchval('SELECT id FROM board WHERE stage = $1 LIMIT 1', stage)}'"
        for stage in ("closed", "handed_over")
    ]
    await _copy(db, "statistics", _TALLIED, closed)
    await _copy(db, "unit_statistics", {**_TALLIED, "unit": _UNIT}, f"{closed} AND part = 'lead'")
    some = f"(SELECT * FROM made WHERE i % {CO_OF} = 0)"
    await _copy(db, "unit_statistics", {**_TALLIED, "unit": _CO}, f"{closed} AND part = 'co'", some)
    await _copy(db, "board", _ON_BOARD, closed)
    await _copy(db, "worklist", _OWED, open_case, "(SELECT * FROM made WHERE fate < 0.4)")
    await _texts(db, secret)
    await db.execute("VACUUM ANALYZE")


async def _copy(db: asyncpg.Connection, table: str, other: dict[str, str], of: str, made: str = "made") -> None:
    """Copy the rows `of` a real case, with other values, for every case."""
    values = ", ".join(f"'{column}', {value}" for column, value in other.items())
    own = ", ".join(f"r.{column}" for column in ("since", "tolds", "whom") if column in other)
    await db.execute(
        f"INSERT INTO {table} SELECT copied.* FROM {made} AS made"
        f" CROSS JOIN (SELECT r AS real{', ' + own if own else ''} FROM {table} r WHERE {of}) AS one"
        f" CROSS JOIN LATERAL jsonb_populate_record(one.real, jsonb_build_object({values})) AS copied"
    )


async def _texts(db: asyncpg.Connection, secret: bytes) -> None:
    """Write what cases are found by: words in clear, terms of title and text, sketches."""
    co = f"CASE i % {CO_OF} WHEN 0 THEN ARRAY[{_CO}] ELSE '{{}}' END"
    await _filled(db, "search_words", "words", f"submitted, ARRAY[{_UNIT}, {_MEMBER}, '#' || i] || {co}")
    await db.execute(
        "CREATE TEMP TABLE pool AS SELECT p,"
        f" (SELECT array_agg((random() ^ 3 * 80000)::bigint * 982451653 + (g - p + p))"
        f" FROM generate_series(1, {TERMS}) g) AS terms,"
        f" (SELECT array_agg((random() ^ 2 * 4000000)::bigint * 32452843 + (g - p + p))"
        f" FROM generate_series(1, {GRAMS}) g) AS grams FROM generate_series(0, {POOL - 1}) AS p"
    )
    title = blind(secret, pieces("关于加强第号养护的建议"))
    common, rare = (blind(secret, word_pieces(word)) for word in (COMMON, RARE))
    terms = (
        f"submitted, pool.terms || ARRAY{title}::bigint[]"
        f" || CASE WHEN fate > 0.7 THEN ARRAY{common}::bigint[] ELSE ARRAY[i]::bigint[] END"
        f" || CASE WHEN i % 2000 = 7 THEN ARRAY{rare}::bigint[] ELSE ARRAY[-i]::bigint[] END"
    )
    await _filled(db, "search_terms", "terms", terms)
    await _filled(db, "sketches", "grams", "pool.grams || ARRAY[i]::bigint[]")


async def _filled(db: asyncpg.Connection, name: str, column: str, value: str) -> None:
    """Fill a table whose index is made when it is full."""
    index = await db.fetchval("SELECT indexname FROM pg_indexes WHERE tablename = $1 AND indexdef LIKE '%gin%'", name)
    await db.execute(f"DROP INDEX {index}")
    pool = "" if name == "search_words" else f" JOIN pool ON pool.p = made.i * 7919 % {POOL}"
    await db.execute(f"INSERT INTO {name} SELECT '{COUNTY}', id, {value} FROM made{pool}")
    await db.execute(f"CREATE INDEX {index} ON {name} USING gin ({column})")
