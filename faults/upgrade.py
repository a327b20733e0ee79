"""A rolling upgrade: the next version of a service is built up beside the old one under load, then takes over.

Clients reach a service through a TCP front. The next version has a projection version higher by one, so it projects
the whole log into a schema of its own while the old one serves. Its `/readyz` turns green when it has caught up; then
the front sends new connections to it and the old process is asked to end, which finishes what it has at hand.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from faults.clients import Clients
from faults.fleet import START_SECONDS, Fleet, Replica
from faults.link import Link
from yishi.child import StackError
from yishi.ports import LOOPBACK
from yishi.rebuild import load_service

SERVED = 10
"""Commands that the old version carries out while the next one is kept from catching up."""


class Fronts:
    """One TCP front for each service, which clients connect to instead of a process."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._fronts: dict[str, Link] = {}

    async def start(self) -> None:
        """Begin to listen, each front leading to the first process of its service."""
        for replica in self._fleet.replicas:
            if replica.service not in self._fronts:
                self._fronts[replica.service] = Link(replica.port)
                await self._fronts[replica.service].start()

    async def stop(self) -> None:
        """Stop listening."""
        for front in self._fronts.values():
            await front.stop()

    def addresses(self, service: str) -> Sequence[str]:
        """Give where clients find a service."""
        return [f"http://{LOOPBACK}:{self._fronts[service].port}"]

    def switch(self, service: str, replica: Replica) -> None:
        """Send new connections to another process."""
        self._fronts[service].point_to(replica.port)


@dataclass
class Upgraded:
    """What was seen during the upgrade of one service."""

    service: str
    new: Replica
    behind: int = 0
    """Events that the next version had not applied when the old one had served long enough beside it."""
    ready_early: bool = False
    """Whether the next version said that it was ready before it had applied them."""
    seconds: float = 0.0
    """From its start until it was ready."""


async def upgrade(fleet: Fleet, fronts: Fronts, clients: Clients, service: str) -> Upgraded:
    """Bring the next version up beside the present one, switch over when it is ready, end the old processes.

    The next version's projection is held at its beginning until the old one has served beside it.

    *Raises* `StackError` when the next version is not ready in time, or ends.
    """
    old = fleet.of(service)
    new = await fleet.add_next_version(service)
    schema = f"{service}_v{load_service(service).schema_version + 1}"
    found, began = Upgraded(service, new), time.monotonic()
    start = asyncio.create_task(new.child.start())
    try:
        async with _held(fleet, service, schema):
            before = len(clients.ledger.times[service])
            while len(clients.ledger.times[service]) < before + SERVED and not start.done():
                found.ready_early |= bool((await new.readiness()).get("ready"))
                await asyncio.sleep(0.05)
            found.behind = max(said.position for said in clients.ledger.acknowledged.values())
        await start
    finally:
        start.cancel()
    found.seconds = time.monotonic() - began
    fronts.switch(service, new)
    for replica in old:
        await fleet.remove(replica)
    return found


@asynccontextmanager
async def _held(fleet: Fleet, service: str, schema: str) -> AsyncIterator[None]:
    """Keep a new schema's position at 0, from the moment when there is one until the block ends.

    *Raises* `StackError` when there is none in time.
    """
    db = await asyncpg.connect(fleet.stack.postgres.url(service, "projector"), timeout=10)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not await db.fetchval("SELECT to_regclass($1)", f"{schema}.position"):
            if time.monotonic() > deadline:
                raise StackError(f"{schema} 没有建立。")
            await asyncio.sleep(0.01)
        async with db.transaction():
            await db.execute(f"LOCK TABLE {schema}.position IN EXCLUSIVE MODE")
            yield
    finally:
        await db.close()


async def drop_old_schema(fleet: Fleet, service: str, schema: str) -> None:
    """Drop a projection that nobody serves any more."""
    db = await asyncpg.connect(fleet.stack.postgres.url(service, "projector"), timeout=10)
    try:
        await db.execute(f"DROP SCHEMA {schema} CASCADE", timeout=60)
    finally:
        await db.close()
