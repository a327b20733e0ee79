"""Loading the state of an aggregate for a command: one statement by primary key, shared by whoever waits.

Loads that arrive while another is under way are answered together by the next statement, so that many commands at
once cost few round trips. Runs outside row-level security, hence the county in every key.
"""

import asyncio
from typing import Any

from runtime.database import Database
from runtime.folds import Fold, Held
from runtime.held import SELECT, Key, held_from
from runtime.refusals import AggregateParked


class States:
    """The states of one schema, as far as the projector has come."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[Key, tuple[Fold[Any], asyncio.Future[Held[Any]]]] = {}
        self._running: asyncio.Task[None] | None = None

    async def load(self, fold: Fold[Any], county: str, id: str) -> Held[Any]:
        """Give an aggregate's state and its place in the log; the beginning when there is none.

        Raises: AggregateParked; DatabaseUnavailable.
        """
        key = Key(fold.key, county, id)
        if key not in self._waiting:
            self._waiting[key] = (fold, asyncio.get_running_loop().create_future())
        future = self._waiting[key][1]
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await asyncio.shield(future)

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
        return (held_from(row, fold) if row else Held(fold.state())), parked is not None

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, {}
            try:
                found = await self._fetch(batch)
            except Exception as error:
                for _, future in batch.values():
                    future.set_exception(error)
                    future.exception()
                continue
            for key, (fold, future) in batch.items():
                answer = found.get(key)
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                    future.exception()
                else:
                    future.set_result(answer or Held(fold.state()))

    async def _fetch(
        self, batch: dict[Key, tuple[Fold[Any], asyncio.Future[Held[Any]]]]
    ) -> dict[Key, Held[Any] | Exception]:
        keys = list(batch)
        found: dict[Key, Held[Any] | Exception] = {}
        async with self._database.owner() as db:
            rows = await db.fetch(
                SELECT, [key.fold for key in keys], [key.county for key in keys], [key.id for key in keys]
            )
            parked = await db.fetch(
                "SELECT county, service, aggregate, id FROM parked WHERE (county, id) IN"
                " (SELECT * FROM unnest($1::text[], $2::text[]))",
                [key.county for key in keys],
                [key.id for key in keys],
            )
        for row in rows:
            key = Key(row["fold"], row["county"], row["id"])
            try:
                found[key] = held_from(row, batch[key][0])
            except ValueError as error:  # One state that cannot be read is no reason to refuse the others.
                found[key] = error
        for row in parked:
            for key, (fold, _) in batch.items():
                if (key.county, key.id, fold.service, fold.aggregate) == (
                    row["county"],
                    row["id"],
                    row["service"],
                    row["aggregate"],
                ):
                    found[key] = AggregateParked()
        return found
