"""Erasing: the event comes first, then its handler destroys the key of the case, for good.

Each service that seals anything of a case puts an `Eraser` on its fold of that case, whoever owns it, and
`erase_again` among its `on_start`. The key goes in the transaction that moves the position past the event; what
was erased stays listed in `erasures`, so that a vault restored from a backup is erased again before it serves.
Source: ADR 0002.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import structlog

from contracts.event import Event
from runtime import vault
from runtime.process import Process
from runtime.refusals import DatabaseUnavailable, LogUnavailable
from runtime.tables import Change, Db, Opener

logger = structlog.get_logger()

LOOK = 0.5
"""Seconds after which a start that waits for the projection looks whether it can still come."""


class Eraser:
    """A read model that destroys this service's key of a case; the case's id is the id of the aggregate.

    Keys of a batch are read before its rows are derived, so rows that unseal a text must ask the state whether the
    case was erased; every later derivation finds no key.
    """

    name = "erasures"

    def __init__(self, *erased_by: type[Event]) -> None:
        self._erased_by = erased_by

    def ddl(self) -> list[str]:
        """Give the table of the erased cases."""
        return [
            f"CREATE TABLE {self.name} (county text NOT NULL, id text NOT NULL, sequence bigint NOT NULL,"
            " PRIMARY KEY (county, id))"
        ]

    def keys(self, change: Change[Any]) -> Iterable[UUID]:
        """Name no case: nothing is unsealed here."""
        return ()

    async def apply(self, db: Db, changes: Sequence[Change[Any]], opener: Opener) -> None:
        """Destroy the keys of the cases that were erased, and list them."""
        erased = [change for change in changes if not change.types.isdisjoint(self._erased_by)]
        if not erased:
            return
        await vault.destroy(db, [(change.address.county, UUID(change.id)) for change in erased])
        await db.execute(
            f"INSERT INTO {self.name} (county, id, sequence)"
            " SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) ON CONFLICT DO NOTHING",
            [change.address.county for change in erased],
            [change.id for change in erased],
            [change.held.sequence for change in erased],
        )


async def erase_again(process: Process) -> None:
    """Destroy again every key that was ever to be destroyed, before the first request is served.

    Waits until the projection has come to the end of the log, because the vault may be older than the newest
    erasure. A damaged log is not waited for: what this schema lists is destroyed, and the process says what is wrong.
    """
    while True:
        try:
            await _wait_for_the_end(process)
            async with process.database.owner() as db:
                rows = await db.fetch(f"SELECT county, id FROM {Eraser.name}")
                await vault.destroy(db, [(row["county"], UUID(row["id"])) for row in rows])
            break
        except (LogUnavailable, DatabaseUnavailable) as away:
            logger.warning("erasures.waiting", error=repr(away))
            await asyncio.sleep(LOOK)
    logger.info("erasures.applied_again", cases=len(rows))


async def _wait_for_the_end(process: Process) -> None:
    last = await process.log.last_sequence()
    while not await process.positions.wait(last, LOOK):
        if process.projector.stopped or process.log.broken:
            logger.warning("erasures.not_followed", position=process.positions.sequence, log=last)
            return
