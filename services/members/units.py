"""The unit tree as people look at it: each unit's present and past names, aliases, and what stands above it."""

from collections.abc import Iterable
from typing import Any

from asyncpg.pool import PoolConnectionProxy

from runtime.tables import Change, Opener, Row, Table
from services.members.unit import Unit


def _rows(change: Change[Unit], opener: Opener) -> Iterable[Row]:
    unit = change.held.state
    yield {
        "name": unit.names[-1][1],
        "names": [{"name": name, "from_on": day} for day, name in unit.names],
        "aliases": [alias for alias, _, _ in unit.aliases],
        "parent": unit.parents[-1][1],
        "code": unit.code,
        "closed_on": unit.closed_on,
        "successor": unit.successor,
        "version": change.held.version,
    }


UNITS: Table[Unit] = Table(
    name="units",
    columns={
        "name": "text NOT NULL",
        "names": "jsonb NOT NULL",
        "aliases": "text[] NOT NULL",
        "parent": "text",
        "code": "text",
        "closed_on": "date",
        "successor": "text",
        "version": "int NOT NULL",
    },
    rows=_rows,
    indexes=("(county, name)", "(county, parent)"),
)


async def get_unit(db: PoolConnectionProxy, id: str) -> dict[str, Any] | None:
    """Give one unit of the transaction's county."""
    row = await db.fetchrow("SELECT * FROM units WHERE id = $1", id)
    return dict(row) if row else None
