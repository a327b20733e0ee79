"""The yearly summaries 总结台账: who has handed in which year's, with which figures, and whose receipt is missing.

The figures of a summary are counted from the statistics of units: cases handed over in the year, once for each unit
(件次), split by part 主办 (or answering for itself) and 会办; merged and withdrawn cases are in none.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from contracts.summaries import Tally
from runtime import paging
from runtime.tables import Change, Db, Opener, Row, Table
from services.proposals.reporting.figures import APART, told_apart
from services.proposals.yearly_summary.summary import Summary


def _rows(change: Change[Summary], opener: Opener) -> Iterable[Row]:
    summary = change.held.state
    yield {
        "unit": summary.unit,
        "scope": summary.scope,
        "year": summary.year,
        "asked_by": summary.asked_by,
        "asked_on": summary.asked_on,
        "due_on": summary.due_on,
        "submitted_on": summary.submitted_on,
        "lead": summary.lead,
        "co": summary.co,
        "receipts": summary.receipts,
        "lacking": summary.lacking,
        "erased": summary.erased,
        "version": change.held.version,
    }


SUMMARIES: Table[Summary] = Table(
    name="summaries",
    columns={
        "unit": "text NOT NULL",
        "scope": "text NOT NULL",
        "year": "int NOT NULL",
        "asked_by": "text NOT NULL",
        "asked_on": "date NOT NULL",
        "due_on": "date",
        "submitted_on": "date",
        "lead": "jsonb",
        "co": "jsonb",
        "receipts": "jsonb NOT NULL",
        "lacking": "text[] NOT NULL",
        "erased": "boolean NOT NULL",
        "version": "int NOT NULL",
    },
    rows=_rows,
    indexes=("(county, asked_on, id)",),
)

_SHOWN = ", ".join(f"s.{name}" for name in ("id", *SUMMARIES.columns))

_ALIKE = """
SELECT told, count(*)::int AS n FROM unit_statistics
WHERE ($1::text IS NULL OR unit = $1) AND part <> 'none' AND extract(year FROM handed_over_on) = $2 GROUP BY told"""
_COUNTED = f"""
SELECT co, category, outcome, sum(n)::int AS assigned, coalesce(sum(n) FILTER (WHERE replied), 0)::int AS answered,
       coalesce(sum(n) FILTER (WHERE replied AND on_time), 0)::int AS on_time,
       coalesce(sum(n) FILTER (WHERE met), 0)::int AS met, coalesce(sum(n) FILTER (WHERE closed), 0)::int AS closed
FROM ({told_apart("n", f"({_ALIKE}) AS alike")}) AS counted
WHERE NOT stage = ANY('{{{",".join(APART)}}}') GROUP BY 1, 2, 3"""


async def tallies(db: Db, *, unit: str | None, year: int) -> tuple[Tally, Tally]:
    """Count a year of a unit, or of all units: as lead, or answering for itself, and as co unit."""
    counted: dict[bool, Counter[str]] = defaultdict(Counter)
    categories: dict[bool, Counter[str]] = defaultdict(Counter)
    ratings: dict[bool, Counter[str]] = defaultdict(Counter)
    for row in await db.fetch(_COUNTED, unit, year):
        counted[row["co"]] += Counter(
            {name: row[name] for name in ("assigned", "answered", "on_time", "met", "closed")}
        )
        if not row["co"]:
            categories[False] += Counter({row["category"]: row["assigned"]} if row["category"] else {})
            ratings[False] += Counter({row["outcome"]: row["assigned"]} if row["outcome"] else {})
    lead, co = (
        Tally(
            **{name: counted[part][name] for name in ("assigned", "answered", "on_time", "met", "closed")},
            categories=dict(sorted(categories[part].items())),
            ratings=dict(sorted(ratings[part].items())),
        )
        for part in (False, True)
    )
    return lead, co


async def page(
    db: Db, *, unit: str | None, year: int | None, submitted: bool | None, after: str | None, limit: int
) -> dict[str, Any]:
    """Give a page of the summaries, the earliest asked for first: of a unit, of a year, handed in or not.

    Raises: MalformedRequest for a cursor that is none.
    """
    day, id = paging.parse_cursor(after, (str, str)) if after else (None, None)
    rows = await db.fetch(
        f"""SELECT {_SHOWN}, u.name AS unit_name
            FROM summaries s LEFT JOIN unit_names u ON u.county = s.county AND u.id = s.unit
            WHERE ($1::text IS NULL OR s.unit = $1) AND ($2::int IS NULL OR s.year = $2)
              AND ($3::boolean IS NULL OR (s.submitted_on IS NOT NULL) = $3)
              AND ($4::date IS NULL OR (s.asked_on, s.id) > ($4, $5))
            ORDER BY s.asked_on, s.id LIMIT $6""",
        unit,
        year,
        submitted,
        paging.parse_date(day) if day else None,
        id,
        limit + 1,
    )
    return paging.page([dict(row) for row in rows], limit, ("asked_on", "id"))
