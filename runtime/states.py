"""Loading the state of an aggregate for a command: one statement by primary key, shared by whoever waits.

Loads that arrive while another is under way are answered together by the next statement, so that many commands at
once cost few round trips. Runs outside row-level security, hence the county in every key.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple

from asyncpg import Record

from runtime.database import Database
from runtime.folds import Fold, Held
from runtime.held import SELECT, Key, held_from
from runtime.refusals import AggregateParked

REMEMBERED = 256
"""Loaded states remembered at most: a request that loads a state twice, for its rules and for its decision, reads it
from the row but once."""

_SELECT = """
SELECT w.place, s.tableoid AS home, s.version, s.sequence, s.hash, s.time, p.id IS NOT NULL AS parked, same.known,
       CASE WHEN same.known THEN NULL ELSE s.state END AS state,
       CASE WHEN same.known THEN NULL ELSE s.handled END AS handled
FROM states s
RIGHT JOIN unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
     AS w(fold, county, id, service, aggregate, known, place)
     ON s.county = w.county AND s.fold = w.fold AND s.id = w.id
LEFT JOIN parked p
     ON p.county = w.county AND p.service = w.service AND p.aggregate = w.aggregate AND p.id = w.id
CROSS JOIN LATERAL (SELECT s.hash = w.known AND s.tableoid = $7::oid AS known) same"""


class _Wanted(NamedTuple):
    """A state that is waited for."""

    fold: Fold[Any]
    waiters: list[asyncio.Future[Held[Any]]]


class States:
    """The states of one schema, as far as the projector has come."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[Key, _Wanted] = {}
        self._running: asyncio.Task[None] | None = None
        self._remembered: OrderedDict[Key, Held[Any]] = OrderedDict()
        self._home = 0
        """The table (its oid) from which they were read: a rebuild puts another in its place."""

    async def load(self, fold: Fold[Any], county: str, id: str) -> Held[Any]:
        """Give an aggregate's state and its place in the log; the beginning when there is none.

        Raises: AggregateParked; DatabaseUnavailable.
        """
        waiter: asyncio.Future[Held[Any]] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(Key(fold.key, county, id), _Wanted(fold, [])).waiters.append(waiter)
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await waiter

    async def show(self, fold: Fold[Any], county: str, id: str) -> tuple[Held[Any], bool]:
        """Give an aggregate's state for reading, and whether it is parked and may therefore be behind.

        Raises: DatabaseUnavailable.
        """
        async with self._database.owner() as db:
            row = await db.fetchrow(SELECT, [fold.key], [county], [id])
            parked = await db.fetchval(
                "SELECT 1 FROM parked WHERE county = $1 AND service = $2 AND aggregate = $3 AND id = $4",
                county,
                fold.service,
                fold.aggregate,
                id,
            )
        return (held_from(row, fold) if row else fold.beginning), parked is not None

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, {}
            found: Sequence[Held[Any] | Exception]
            try:
                found = await self._fetch(batch)
            except Exception as error:
                found = [error] * len(batch)
            for wanted, answer in zip(batch.values(), found, strict=True):
                for waiter in wanted.waiters:
                    if waiter.done():  # Whoever waited has gone.
                        continue
                    if isinstance(answer, Exception):
                        waiter.set_exception(answer)
                    else:
                        waiter.set_result(answer)

    async def _fetch(self, batch: dict[Key, _Wanted]) -> list[Held[Any] | Exception]:
        """Give what each key's row says; a state that has not changed since it was read last is not read again."""
        known = [self._remembered.get(key) for key in batch]
        async with self._database.owner() as db:
            rows = await db.fetch(
                _SELECT,
                [key.fold for key in batch],
                [key.county for key in batch],
                [key.id for key in batch],
                [wanted.fold.service for wanted in batch.values()],
                [wanted.fold.aggregate for wanted in batch.values()],
                [held.hash if held else None for held in known],
                self._home,
            )
        by_place = {row["place"]: row for row in rows}
        return [
            self._answer(key, wanted.fold, by_place[place], held)
            for place, ((key, wanted), held) in enumerate(zip(batch.items(), known, strict=True), 1)
        ]

    def _answer(self, key: Key, fold: Fold[Any], row: Record, known: Held[Any] | None) -> Held[Any] | Exception:
        if row["parked"]:
            return AggregateParked()
        if row["known"] and known is not None:
            return known
        if row["hash"] is None:
            return fold.beginning
        try:
            held = held_from(row, fold)
        except ValueError as error:  # One state that cannot be read is no reason to refuse the others.
            return error
        if row["home"] != self._home:
            self._home = row["home"]
            self._remembered.clear()
        self._remembered[key] = held
        self._remembered.move_to_end(key)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return held
