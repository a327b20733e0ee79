"""Mandates 委托 as people look at them: who may act for whom, in what, on a day.

The table is the one that every service keeps (contracts/copies/mandates.py).
"""

from datetime import date
from typing import Any

from runtime.paging import page, parse_cursor
from runtime.tables import Db

_SHOWN = "id, giver, holder, acts, from_on, until_on, revoked_on, version"


async def get_mandate(db: Db, id: str) -> dict[str, Any] | None:
    """Give one mandate; `until_on` is the earlier of its last day and its revocation."""
    row = await db.fetchrow(f"SELECT {_SHOWN} FROM mandates WHERE id = $1", id)
    return dict(row) if row else None


async def list_mandates(
    db: Db, *, giver: str | None, holder: str | None, day: date | None, after: str | None, limit: int
) -> dict[str, Any]:
    """Give a page of mandates by giver: from somebody, to somebody, or valid on a business date.

    Raises: MalformedRequest for a cursor that is none.
    """
    last_giver, last_id = parse_cursor(after, (str, str)) if after else (None, None)
    rows = await db.fetch(
        f"""SELECT {_SHOWN} FROM mandates
            WHERE ($1::text IS NULL OR giver = $1)
              AND ($2::text IS NULL OR holder = $2)
              AND ($3::date IS NULL OR $3 BETWEEN from_on AND until_on)
              AND ($4::text IS NULL OR (giver, id) > ($4, $5))
            ORDER BY giver, id LIMIT $6""",
        giver,
        holder,
        day,
        last_giver,
        last_id,
        limit + 1,
    )
    return page([dict(row) for row in rows], limit, ("giver", "id"))
