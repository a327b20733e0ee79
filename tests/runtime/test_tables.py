"""The rows of many aggregates at once: all of them, once, however often they are derived."""

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from contracts.envelope import Address
from contracts.sealed import Sealed
from runtime.folds import Held, State
from runtime.tables import TOGETHER, Change, Table

if TYPE_CHECKING:
    from tests.conftest import Running

MANY = 2 * TOGETHER + 1
"""More than are written at a time, twice."""


class NoVault:
    """Opens nothing: these rows have no sealed texts."""

    def __call__(self, county: str, sealed: Sealed) -> str | None:
        raise AssertionError(sealed)

    def search_secret(self, county: str) -> bytes:
        raise AssertionError(county)


def changes(version: int) -> list[Change[State]]:
    ids = [str(UUID(int=number)) for number in range(MANY)]
    return [Change(Address("430000", "members", "unit", id), id, Held(State(), version), frozenset()) for id in ids]


@pytest.mark.parametrize("key", [(), ("version",)])
async def test_the_rows_of_many_aggregates_are_all_replaced(members: "Running", key: tuple[str, ...]) -> None:
    table: Table[State] = Table(
        "many", {"version": "int NOT NULL"}, lambda change, opener: [{"version": change.held.version}], key=key
    )
    db = await members.process.database.dedicated()
    try:
        async with db.transaction():
            for statement in table.ddl():
                await db.execute(statement)
            for version in (1, 1, 2):
                await table.apply(db, changes(version), NoVault())
            rows = await db.fetch("SELECT id, version FROM many")
            raise Undone
    except Undone:
        assert {row["id"]: row["version"] for row in rows} == dict.fromkeys((c.id for c in changes(2)), 2)
        assert len(rows) == MANY
    finally:
        await db.close()


class Undone(Exception):
    """Rolls the test's table back."""
