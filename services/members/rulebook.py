"""The county's rules as people look at them: adopted packs 办理规则 with all versions, published calendars 放假安排.

The tables are those that every service keeps (contracts/copies/adopted.py).
"""

from typing import Any

from runtime.paging import page, parse_cursor
from runtime.tables import Db

_VERSION = "pack, digest, kinds, from_on, adopted_at"


async def list_packs(db: Db, *, kind: str | None, after: str | None, limit: int) -> dict[str, Any]:
    """Give a page of adopted versions by pack and digest, without their content: all, or those for a kind of case.

    Raises: MalformedRequest for a cursor that is none.
    """
    last_pack, last_digest = parse_cursor(after, (str, str)) if after else (None, None)
    rows = await db.fetch(
        f"""SELECT {_VERSION} FROM packs
            WHERE ($1::text IS NULL OR $1 = ANY(kinds)) AND ($2::text IS NULL OR (pack, digest) > ($2, $3))
            ORDER BY pack, digest LIMIT $4""",
        kind,
        last_pack,
        last_digest,
        limit + 1,
    )
    return page([dict(row) for row in rows], limit, ("pack", "digest"))


async def get_pack(db: Db, name: str) -> dict[str, Any] | None:
    """Give a pack with every adopted version and its exact content, oldest first; one event, one version."""
    rows = await db.fetch(
        f"SELECT {_VERSION}, content FROM packs WHERE id = $1 ORDER BY from_on, adopted_at, digest", name
    )
    versions = [{key: value for key, value in dict(row).items() if key != "pack"} for row in rows]
    return {"pack": name, "versions": versions, "version": len(versions)} if versions else None


async def list_calendars(db: Db) -> dict[str, Any]:
    """Give the published calendars by year, without their content; there is one a year, so there are no pages."""
    rows = await db.fetch("SELECT year, digest, version FROM calendars ORDER BY year")
    return {"items": [dict(row) for row in rows]}


async def get_calendar(db: Db, year: int) -> dict[str, Any] | None:
    """Give a year's calendar with its exact content."""
    row = await db.fetchrow("SELECT year, digest, content, version FROM calendars WHERE id = $1", str(year))
    return dict(row) if row else None
