"""The units commended 单位表彰表, by year; those taken back stay on the list with the day and the reason."""

from collections.abc import Iterable
from typing import Any

from runtime import paging
from runtime.tables import Change, Db, Opener, Row, Table
from services.proposals.supervision.commendation import Commendation


def _rows(change: Change[Commendation], opener: Opener) -> Iterable[Row]:
    yield {**change.held.state.model_dump(), "version": change.held.version}


COMMENDATIONS: Table[Commendation] = Table(
    name="commendations",
    columns={
        "unit": "text NOT NULL",
        "year": "int NOT NULL",
        "award": "text NOT NULL",
        "awarded_by": "text NOT NULL",
        "awarded_on": "date NOT NULL",
        "revoked_on": "date",
        "reason": "text",
        "version": "int NOT NULL",
    },
    rows=_rows,
    indexes=("(county, awarded_on, id)",),
)

_SELECT = """
SELECT c.id, c.unit, u.name AS unit_name, c.year, c.award, c.awarded_by, c.awarded_on, c.revoked_on, c.reason,
       c.version
FROM commendations c LEFT JOIN unit_names u ON u.county = c.county AND u.id = c.unit"""


async def get(db: Db, id: str) -> dict[str, Any] | None:
    """Give one commendation."""
    row = await db.fetchrow(f"{_SELECT} WHERE c.id = $1", id)
    return dict(row) if row else None


async def page(db: Db, *, unit: str | None, year: int | None, after: str | None, limit: int) -> dict[str, Any]:
    """Give a page of the commendations, oldest first: of a unit, of a year.

    Raises: MalformedRequest for a cursor that is none.
    """
    day, id = paging.parse_cursor(after, (str, str)) if after else (None, None)
    rows = await db.fetch(
        f"""{_SELECT}
            WHERE ($1::text IS NULL OR c.unit = $1) AND ($2::int IS NULL OR c.year = $2)
              AND ($3::date IS NULL OR (c.awarded_on, c.id) > ($3, $4))
            ORDER BY c.awarded_on, c.id LIMIT $5""",
        unit,
        year,
        paging.parse_date(day) if day else None,
        id,
        limit + 1,
    )
    return paging.page([dict(row) for row in rows], limit, ("awarded_on", "id"))
