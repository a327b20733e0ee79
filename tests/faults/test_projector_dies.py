"""The active projector dies or freezes in the middle of its work: a standby takes over, and no event counts twice."""

import asyncio
import json
import os
import signal
from typing import TYPE_CHECKING

import asyncpg

from contracts.envelope import TYPE_HEADER, digest_of
from contracts.members import UnitEstablished, UnitRenamed
from runtime.messages import EXPECTED_SEQUENCE_HEADER
from services.members.main import SERVICE
from yishi.stack import Stack

if TYPE_CHECKING:
    from tests.conftest import EqualsRebuild, Eventually, Serve, Spawn

BACKLOG = 20_000
UNITS = 500


def _history(county: str, number: int) -> list[tuple[str, bytes, str]]:
    """Give one unit's events as honest appends would have written them: subject, body and type."""
    unit, previous = f"00000000-0000-0000-0000-{number:012d}", None
    events = []
    for version in range(1, BACKLOG // UNITS + 1):
        command = f"00000000-0000-0000-{version:04d}-{number:012d}"
        kind = UnitEstablished if version == 1 else UnitRenamed
        body = {
            **{"specversion": "1.0", "id": command, "source": "urn:yishi:members", "type": kind.type_name()},
            **{"subject": f"unit/{unit}", "time": "2005-01-01T00:00:00Z", "datacontenttype": "application/json"},
            **{"county": county, "actor": "person:test", "actorrole": "registrar", "commandid": command},
            **{"commanddigest": "sha256:00", "correlationid": "test", "version": version},
            **({"prevhash": previous} if previous else {}),
            "data": {"name": f"名{version}", "from_on": "2005-01-01"},
        }
        raw = json.dumps(body, ensure_ascii=False).encode()
        previous = digest_of(raw)
        events.append((f"evt.{county}.members.unit.{unit}", raw, kind.type_name()))
    return events


async def _publish_backlog(stack: Stack, county: str) -> None:
    client = await stack.nats.connect("operator")
    stream = client.jetstream(publish_async_max_pending=BACKLOG)
    histories = [_history(county, number) for number in range(UNITS)]
    last = [0] * UNITS
    sequence = 0
    for step in range(BACKLOG // UNITS):
        for number in range(UNITS):
            subject, raw, kind = histories[number][step]
            headers = {EXPECTED_SEQUENCE_HEADER: str(last[number]), TYPE_HEADER: kind}
            future = await stream.publish_async(subject, raw, headers=headers)
            sequence += 1
            last[number] = sequence
        await future
    await client.close()


async def test_a_standby_takes_over_from_a_projector_killed_in_the_middle_of_a_backlog(
    own_stack: Stack,
    spawn: "Spawn",
    serve: "Serve",
    county: str,
    eventually: "Eventually",
    equals_rebuild: "EqualsRebuild",
) -> None:
    async with spawn("members") as dying, serve(SERVICE) as standby:
        assert (await dying.ready())["projector"] == "active"
        watch = await asyncpg.connect(own_stack.postgres.url("members", "projector"))
        hold = await asyncpg.connect(own_stack.postgres.url("members", "projector"))
        async with hold.transaction():
            await hold.execute("LOCK TABLE members_v1.position IN EXCLUSIVE MODE")
            await _publish_backlog(own_stack, county)
            assert await standby.process.log.last_sequence() == BACKLOG

        async def in_the_middle() -> int:
            return int(await watch.fetchval("SELECT sequence FROM members_v1.position"))

        at = await eventually(in_the_middle, 20)
        await dying.child.kill()
        assert 0 < at < BACKLOG
        left_at = await in_the_middle()
        assert left_at < BACKLOG
        await eventually(lambda: standby.process.projector.active, 5)
        assert await standby.process.positions.wait(BACKLOG, 30)
        shown = await standby.person().get("/v1/units/00000000-0000-0000-0000-000000000007")
        assert (shown.json()["version"], shown.json()["name"]) == (BACKLOG // UNITS, f"名{BACKLOG // UNITS}")
        assert await watch.fetchval("SELECT count(*) FROM members_v1.units") == UNITS
        assert await watch.fetchval("SELECT sum(version) FROM members_v1.states") == BACKLOG
        await equals_rebuild(standby)
        for connection in (watch, hold):
            await connection.close()


async def test_a_frozen_projector_is_replaced_in_seconds_and_stands_by_when_it_thaws(
    own_stack: Stack, spawn: "Spawn", serve: "Serve", eventually: "Eventually", equals_rebuild: "EqualsRebuild"
) -> None:
    async with spawn("members") as frozen, serve(SERVICE) as standby:
        assert (await frozen.ready())["projector"] == "active"
        assert frozen.child.pid
        loop = asyncio.get_running_loop()
        os.kill(frozen.child.pid, signal.SIGSTOP)
        try:
            since = loop.time()
            waited = await standby.person().post("/v1/units", {"name": "规划办", "from_on": "2005-01-01"})
            assert waited.status_code == 202
            await eventually(lambda: standby.process.projector.active, 10)
            assert loop.time() - since < 10
            unit_id, position = waited.json()["id"], waited.headers["event-position"]
            shown = await standby.person().get(f"/v1/units/{unit_id}", at_least=position)
            assert shown.json()["name"] == "规划办"
        finally:
            os.kill(frozen.child.pid, signal.SIGCONT)

        async def stands_by() -> bool:
            return bool((await frozen.ready())["projector"] == "standby")

        await eventually(stands_by)
        rename = {"name": "规划处", "from_on": "2005-09-30"}
        renamed = await frozen.person().post(f"/v1/units/{unit_id}/rename", rename)
        assert (renamed.status_code, renamed.json()["version"]) == (200, 2)
        assert standby.process.projector.active
        await equals_rebuild(standby)
