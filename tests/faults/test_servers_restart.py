"""The log's server or PostgreSQL is killed while commands and reactions run, and comes back: nothing is missing."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from contracts.envelope import Envelope
from contracts.members import UnitAliasAdded, UnitEstablished
from runtime.execute import Act
from runtime.messages import read
from runtime.process import Process
from runtime.reactions import Reaction
from services.members import unit
from services.members.commands import AddUnitAlias
from services.members.main import SERVICE
from services.members.unit_http import UNIT
from yishi.stack import Stack
from yishi.walk import verify_log

if TYPE_CHECKING:
    from tests.conftest import EqualsRebuild, Eventually, Person, Running, Serve


async def _alias(process: Process, envelope: Envelope[Any], act: Act) -> None:
    alias = AddUnitAlias(alias="别名")
    await process.executor.execute(UNIT, envelope.address.id, act, lambda state: unit.add_alias(state, alias))


REACTING = replace(SERVICE, reactions=(Reaction("alias", UnitEstablished, _alias),))


@dataclass
class Writers:
    """People who establish units, each repeating a command with its key until it is acknowledged."""

    person: "Person"
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: set[tuple[int, str]] = field(default_factory=set)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _enough: bool = False

    async def __aenter__(self) -> "Writers":
        self._tasks = [asyncio.create_task(self._write()) for _ in range(8)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._enough = True
        await asyncio.wait_for(asyncio.gather(*self._tasks), 30)

    async def _write(self) -> None:
        while not self._enough:
            key = f"key-{next(self._numbers)}"
            while True:
                try:
                    answer = await self.person.post("/v1/units", {"name": key, "from_on": "2005-01-01"}, key)
                except httpx2.TransportError:
                    await asyncio.sleep(0.05)
                    continue
                if answer.status_code in (201, 202):
                    self.acknowledged[key] = answer.json()
                    break
                self.refused.add((answer.status_code, answer.json()["type"].rpartition(":")[2]))
                await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
async def rough_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Servers for the tests of this file, which kill them."""
    stack = Stack(tmp_path_factory.mktemp("rough"), services=[])
    await stack.start()
    yield stack
    await stack.remove()


@pytest.fixture
async def members(rough_stack: Stack, serve: "Serve") -> AsyncIterator["Running"]:
    # Members has no reactions of its own, hence no right to a consumer.
    rights = {"nats_user": "operator", "nats_password": rough_stack.nats.passwords.nats["operator"]}
    async with serve(REACTING, stack=rough_stack, **rights) as running:
        yield running


async def _everything_is_there_once(running: "Running", writers: Writers) -> None:
    nats = running.stack.nats
    log = running.process.log
    walk = await verify_log(nats.url, nats.passwords.nats["operator"], nats.monitor_url)
    assert walk.sequence == await log.last_sequence()
    async with running.process.database.county(running.county) as db:
        assert await db.fetchval("SELECT count(*) FROM units") == len(writers.acknowledged)
    for key, said in writers.acknowledged.items():
        stored = await log.after(f"evt.{running.county}.members.unit.{said['id']}", 0)
        events = [read(message) for message in stored]
        assert [type(e.data) for e in events] == [UnitEstablished, UnitAliasAdded], key
        assert (events[0].data.name, f"EVENTS:{stored[0].sequence}") == (key, said["position"])


async def test_the_logs_server_is_killed_under_load_and_comes_back(
    members: "Running", eventually: "Eventually", equals_rebuild: "EqualsRebuild"
) -> None:
    nats = members.stack.nats
    async with Writers(members.person()) as writers:
        for _ in range(2):
            count = len(writers.acknowledged)
            await eventually(lambda: len(writers.acknowledged) > count + 20)  # noqa: B023 - awaited at once
            await nats.kill()
            refused = await members.person().post("/v1/units", {"name": "x", "from_on": "2005-01-01"}, "key-0")
            assert (refused.status_code, refused.json()["type"]) == (503, "urn:yishi:problem:log-unavailable")
            assert (await members.ready())["problems"] == ["the log is away"]
            await nats.start()
            count = len(writers.acknowledged)
            await eventually(lambda: len(writers.acknowledged) > count + 20, 10)  # noqa: B023 - awaited at once
    assert writers.refused <= {(503, "log-unavailable"), (503, "outcome-unknown")}
    last = await members.process.log.last_sequence()
    assert (await members.person().get("/v1/units", at_least=f"EVENTS:{last}")).status_code == 200
    await _everything_is_there_once(members, writers)
    await equals_rebuild(members)


async def test_postgresql_is_killed_under_load_and_comes_back(
    members: "Running", eventually: "Eventually", equals_rebuild: "EqualsRebuild"
) -> None:
    postgres = members.stack.postgres
    async with Writers(members.person()) as writers:
        await eventually(lambda: len(writers.acknowledged) > 20)
        await postgres.kill()
        refused = await members.person().post("/v1/units", {"name": "x", "from_on": "2005-01-01"}, "key-0")
        assert (refused.status_code, refused.json()["type"]) == (503, "urn:yishi:problem:database-unavailable")
        assert (await members.ready())["problems"] == ["the database is away"]
        await postgres.start()
        count = len(writers.acknowledged)
        await eventually(lambda: len(writers.acknowledged) > count + 20, 15)
    assert writers.refused <= {(503, "database-unavailable")}
    last = await members.process.log.last_sequence()
    assert (await members.person().get("/v1/units", at_least=f"EVENTS:{last}")).status_code == 200
    await _everything_is_there_once(members, writers)
    await equals_rebuild(members)
