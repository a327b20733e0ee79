"""The unit tree as people look at it: each unit's present and past names, aliases, and what stands above and below.

"As of" is a business date: the names and the unit above that held on that day, of units that existed then.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from runtime.paging import page, parse_cursor
from runtime.tables import Change, Db, Opener, Row, Table
from services.members.unit import Standing, Unit


def _rows(change: Change[Unit], opener: Opener) -> Iterable[Row]:
    unit = change.held.state
    yield {
        "name": unit.names[-1][1],
        "names": [{"name": name, "from_on": day} for day, name in unit.names],
        "aliases": [{"alias": alias, "from_on": since, "until_on": until} for alias, since, until in unit.aliases],
        "known_as": "\n".join([*(name for _, name in unit.names), *(alias for alias, _, _ in unit.aliases)]).lower(),
        "parent": unit.parents[-1][1],
        "parents": [{"parent": parent, "from_on": day} for day, parent in unit.parents],
        "code": unit.code,
        "from_on": unit.names[0][0],
        "closed_on": unit.closed_on,
        "successor": unit.successor,
        "version": change.held.version,
    }


UNITS: Table[Unit] = Table(
    name="units",
    columns={
        "name": "text NOT NULL",
        "names": "jsonb NOT NULL",
        "aliases": "jsonb NOT NULL",
        "known_as": "text NOT NULL",
        "parent": "text",
        "parents": "jsonb NOT NULL",
        "code": "text",
        "from_on": "date NOT NULL",
        "closed_on": "date",
        "successor": "text",
        "version": "int NOT NULL",
    },
    rows=_rows,
    indexes=("(county, name, id)", "(county, parent)"),
)

_SHOWN = "id, name, names, aliases, parent, parents, code, from_on, closed_on, successor, version"


def as_of(unit: Mapping[str, Any], day: date | None) -> dict[str, Any]:
    """Give a unit with the name, the aliases and the unit above that held on a business date."""
    shown = dict(unit)
    parents = shown.pop("parents")
    if day is not None:
        shown["name"] = _held_on(unit["names"], day)["name"]
        shown["parent"] = _held_on(parents, day)["parent"]
        shown["aliases"] = [
            alias
            for alias in unit["aliases"]
            if (alias["from_on"] or "") <= day.isoformat() <= (alias["until_on"] or "9999-12-31")
        ]
    return shown


def _held_on(dated: list[dict[str, Any]], day: date) -> dict[str, Any]:
    """Give the last entry that is dated on or before a day."""
    return [entry for entry in dated if entry["from_on"] <= day.isoformat()][-1]


async def get_unit(db: Db, id: str, day: date | None) -> dict[str, Any] | None:
    """Give one unit with the units directly below it; None when it is unknown, or did not exist yet on the day."""
    row = await db.fetchrow(
        f"SELECT {_SHOWN} FROM units WHERE id = $1 AND ($2::date IS NULL OR from_on <= $2)", id, day
    )
    if row is None:
        return None
    below = await db.fetch("SELECT id, name FROM units WHERE parent = $1 AND closed_on IS NULL ORDER BY name, id", id)
    return as_of(dict(row), day) | {"below": [dict(unit) for unit in below]}


async def list_units(
    db: Db,
    *,
    word: str | None,
    parent: str | None,
    closed: bool,
    day: date | None,
    after: str | None,
    limit: int,
) -> dict[str, Any]:
    """Give a page of units by name: those known by a word, or directly below a unit; closed ones only if asked for.

    With a day, those that existed on it, whether they are closed now or not.

    Raises: MalformedRequest for a cursor that is none.
    """
    last_name, last_id = parse_cursor(after, (str, str)) if after else (None, None)
    rows = await db.fetch(
        f"""SELECT {_SHOWN} FROM units
            WHERE ($1::text IS NULL OR strpos(known_as, $1) > 0)
              AND ($2::text IS NULL OR parent = $2)
              AND ($3::boolean OR closed_on IS NULL OR closed_on >= $4)
              AND ($4::date IS NULL OR from_on <= $4)
              AND ($5::text IS NULL OR (name, id) > ($5, $6))
            ORDER BY name, id LIMIT $7""",
        word.strip().lower() if word else None,
        parent,
        closed,
        day,
        last_name,
        last_id,
        limit + 1,
    )
    shown = page([dict(row) for row in rows], limit, ("name", "id"))
    return shown | {"items": [as_of(unit, day) for unit in shown["items"]]}


async def standing(db: Db, id: UUID | None, day: date) -> Standing | None:
    """Say how a unit that a command names stands on a business date; None when the command names none."""
    if id is None:
        return None
    row = await db.fetchrow("SELECT closed_on FROM units WHERE id = $1", str(id))
    if row is None:
        return "unknown"
    return "closed" if row["closed_on"] is not None and row["closed_on"] < day else "open"


async def below(db: Db, id: str) -> frozenset[UUID]:
    """Give the unit itself and all units under it, at any depth."""
    rows = await db.fetch(
        """WITH RECURSIVE under AS (
             SELECT id FROM units WHERE id = $1
             UNION SELECT u.id FROM units u JOIN under ON u.parent = under.id)
           SELECT id FROM under""",
        id,
    )
    return frozenset(UUID(row["id"]) for row in rows)


async def has_open_below(db: Db, id: str) -> bool:
    """Say whether a unit directly below this one is open."""
    return await db.fetchval("SELECT 1 FROM units WHERE parent = $1 AND closed_on IS NULL LIMIT 1", id) is not None
