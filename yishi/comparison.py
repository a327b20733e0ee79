"""Compares two schemas of one projection, row by row, inside PostgreSQL.

What only says when or how often something was tried is left out: a rebuild makes its own tries.
"""

from dataclasses import dataclass
from typing import Final

from runtime.tables import Db

IGNORED: Final = {"parked": ("parked_at", "tries", "retry", "error")}
"""Columns that may differ between two schemas at the same position."""
SKIPPED: Final = ("meta",)


@dataclass(frozen=True)
class Compared:
    """One table in both schemas: its rows, and those that only one of them has."""

    table: str
    serving: int
    rebuilt: int
    missing: int
    """Rows of the serving schema that the rebuilt one does not have."""
    surplus: int
    """Rows of the rebuilt schema that the serving one does not have."""

    @property
    def identical(self) -> bool:
        """Whether both hold the same rows, each as often."""
        return not self.missing and not self.surplus


async def compare(db: Db, serving: str, rebuilt: str) -> list[Compared]:
    """Compare every table of two schemas that stand at the same position; the caller keeps them there."""
    names = await db.fetch(
        "SELECT DISTINCT table_name AS name FROM information_schema.tables"
        " WHERE table_schema = ANY($1::text[]) AND table_type = 'BASE TABLE' AND NOT table_name = ANY($2::text[])"
        " ORDER BY 1",
        [serving, rebuilt],
        list(SKIPPED),
    )
    return [await _compare(db, row["name"], serving, rebuilt) for row in names]


async def _compare(db: Db, table: str, serving: str, rebuilt: str) -> Compared:
    columns = await db.fetchval(
        "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns"
        " WHERE table_schema = $1 AND table_name = $2 AND NOT column_name = ANY($3::text[])",
        serving,
        table,
        list(IGNORED.get(table, ())),
    )
    old, new = (f"SELECT {columns} FROM {schema}.{table}" for schema in (serving, rebuilt))
    row = await db.fetchrow(
        f"""SELECT (SELECT count(*) FROM {serving}.{table}) AS serving,
                   (SELECT count(*) FROM {rebuilt}.{table}) AS rebuilt,
                   (SELECT count(*) FROM ({old} EXCEPT ALL {new}) AS a) AS missing,
                   (SELECT count(*) FROM ({new} EXCEPT ALL {old}) AS b) AS surplus""",
        timeout=None,
    )
    assert row is not None
    return Compared(table, **dict(row))
