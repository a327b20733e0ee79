"""Read models: tables whose rows derive from the state of one aggregate each.

A read model's file says which columns it has and which rows a state gives; writing them is here, once. The rows of
an aggregate are always replaced as a whole, so the same events give the same rows however often they come.
"""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from asyncpg import Connection
from asyncpg.pool import PoolConnectionProxy
from pydantic_core import to_json

from contracts.envelope import Address
from contracts.event import Event
from contracts.sealed import Sealed
from runtime.folds import Held, State

S = TypeVar("S", bound=State)

TOGETHER = 250
"""Aggregates whose states or rows are made and written at a time: between two statements neither the event loop nor
PostgreSQL, which ends a transaction that falls silent, should have to wait for long."""

Db = Connection | PoolConnectionProxy
Row = dict[str, Any]


class Opener(Protocol):
    """What a read model may see of the vault while it derives its rows."""

    def __call__(self, county: str, sealed: Sealed) -> str | None:
        """Unseal a text, or give None when its key is gone."""
        ...

    def search_secret(self, county: str) -> bytes:
        """Give the county's secret for search terms; only for counties whose keys the read model asked for."""
        ...


@dataclass(frozen=True)
class Change(Generic[S]):
    """What one batch did to one aggregate: its new state and the kinds of events that led there."""

    address: Address
    id: str
    held: Held[S]
    types: AbstractSet[type[Event]]


class ReadModel(Protocol):
    """What the projector asks of a read model."""

    @property
    def name(self) -> str:
        """Give the name under which it appears."""
        ...

    def ddl(self) -> list[str]:
        """Give the statements that make its tables in an empty schema."""
        ...

    def keys(self, change: Change[Any]) -> Iterable[UUID]:
        """Name the cases whose keys are needed to derive the rows."""
        ...

    async def apply(self, db: Db, changes: Sequence[Change[Any]], opener: Opener) -> None:
        """Bring the tables in line with the changed aggregates."""
        ...


@dataclass(frozen=True)
class Table(Generic[S]):
    """A read model of one table."""

    name: str
    columns: dict[str, str]
    rows: Callable[[Change[S], Opener], Iterable[Row]]
    key: tuple[str, ...] = ()
    """Columns which, with county and id, tell an aggregate's rows apart."""
    indexes: tuple[str, ...] = ()
    """What follows `CREATE INDEX ON <table>`."""
    also: tuple[str, ...] = ()
    """Further statements after the table is made: functions that look something up in it."""
    when: tuple[type[Event], ...] | None = None
    """Events that can change the rows; absent = any."""
    needs_keys: Callable[[Change[S]], Iterable[UUID]] | None = None

    def ddl(self) -> list[str]:
        """Give the table, its indexes and its row-level security."""
        columns = ", ".join(f"{name} {kind}" for name, kind in self.columns.items())
        key = ", ".join(("county", "id", *self.key))
        return [
            f"CREATE TABLE {self.name} (county text NOT NULL, id text NOT NULL, {columns}, PRIMARY KEY ({key}))",
            *(f"CREATE INDEX ON {self.name} {index}" for index in self.indexes),
            *self.also,
        ]

    def keys(self, change: Change[S]) -> Iterable[UUID]:
        """Name the cases whose keys are needed to derive the rows."""
        return self.needs_keys(change) if self.needs_keys and self._touched(change) else ()

    def _touched(self, change: Change[S]) -> bool:
        return self.when is None or not change.types.isdisjoint(self.when)

    async def apply(self, db: Db, changes: Sequence[Change[S]], opener: Opener) -> None:
        """Replace the rows of each changed aggregate: one or two statements for many at once."""
        touched = [change for change in changes if self._touched(change)]
        for start in range(0, len(touched), TOGETHER):
            await self._replace(db, touched[start : start + TOGETHER], opener)

    async def _replace(self, db: Db, touched: Sequence[Change[S]], opener: Opener) -> None:
        rows = [
            {"county": change.address.county, "id": change.id, **row}
            for change in touched
            for row in self.rows(change, opener)
        ]
        if self.key or len(rows) < len(touched):
            await db.execute(
                f"DELETE FROM {self.name} t USING unnest($1::text[], $2::text[]) AS gone(county, id) "
                "WHERE t.county = gone.county AND t.id = gone.id",
                [change.address.county for change in touched],
                [change.id for change in touched],
            )
        if rows:
            await db.execute(self._insert, to_json(rows).decode())

    @cached_property
    def _insert(self) -> str:
        """Give the statement that writes rows; where an aggregate has but one, it takes the place of the old one."""
        statement = (
            f"INSERT INTO {self.name} SELECT * FROM json_populate_recordset(NULL::{self.name}, $1::text::json)"
        )
        if self.key:
            return statement
        columns = ", ".join(f"{name} = excluded.{name}" for name in self.columns)
        return f"{statement} ON CONFLICT (county, id) DO UPDATE SET {columns}"
