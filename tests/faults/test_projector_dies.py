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
from runtime.process import Process
from runtime.settings import Settings
from services.members.main import SERVICE
from yishi import DEPLOY
from yishi.stack import Stack

if TYPE_CHECKING:
    from tests.conftest import EqualsRebuild, Eventually, Serve, Spawn

BACKLOG = 20_000
UNITS = 2000


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


async def _publish_backlog(stack: Stack, county: str, eventually: "Eventually") -> None:
    """Fill the log before any service runs, quickly: the server syncs every write only from its next start on."""
    config = stack.home / "quick.conf"
    config.write_text((DEPLOY / "nats.conf").read_text("utf-8").replace("sync_interval: always", ""), "utf-8")
    honest = stack.nats.process.command
    await stack.nats.stop()
    stack.nats.process.command = [*honest[:-1], str(config)]
    await stack.nats.start()
    client = await stack.nats.connect("operator")
    histories, last = [_history(county, number) for number in range(UNITS)], [0] * UNITS
    for step in range(BACKLOG // UNITS):
        for number, history in enumerate(histories):
            subject, raw, kind = history[step]
            headers = {EXPECTED_SEQUENCE_HEADER: str(last[number]), TYPE_HEADER: kind}
            await client.publish(subject, raw, headers=headers)
            last[number] = step * UNITS + number + 1
    await client.flush(30)

    async def stored() -> bool:
        return bool((await client.jetstream().stream_info("EVENTS")).state.last_seq == BACKLOG)

    await eventually(stored)
    await client.close()
    await stack.nats.stop()
    stack.nats.process.command = honest
    await stack.nats.start()


async def test_a_standby_takes_over_from_a_projector_killed_in_the_middle_of_a_batch_of_a_backlog(
    own_stack: Stack,
    spawn: "Spawn",
    serve: "Serve",
    county: str,
    eventually: "Eventually",
    equals_rebuild: "EqualsRebuild",
) -> None:
    await _publish_backlog(own_stack, county, eventually)
    watch = await asyncpg.connect(own_stack.postgres.url("members", "projector"))

    async def position() -> int:
        if not await watch.fetchval("SELECT to_regclass('members_v1.position')"):
            return 0
        return int(await watch.fetchval("SELECT sequence FROM members_v1.position"))

    async with spawn("members", wait_ready=False) as dying:
        await eventually(position, 20)
        async with watch.transaction():  # The projector now stands still in the middle of its next transaction.
            await watch.execute("LOCK TABLE members_v1.position IN EXCLUSIVE MODE")
            left_at = await position()
            settings = {key: value for key, value in dying.child.environment.items() if key.startswith("YISHI_")}
            named = {key.removeprefix("YISHI_").lower(): value for key, value in settings.items()}
            standby = Process(SERVICE, Settings.model_validate(named))
            await standby.open()
            assert not standby.projector.active
            await dying.child.kill()
    try:
        assert 0 < left_at < BACKLOG
        await eventually(lambda: standby.projector.active, 5)
        assert await standby.positions.wait(BACKLOG, 90)
        assert await watch.fetchval("SELECT count(*) FROM members_v1.units") == UNITS
        assert await watch.fetchval("SELECT sum(version) FROM members_v1.states") == BACKLOG
        async with serve(SERVICE) as members:
            assert members.process.positions.sequence == BACKLOG
            shown = await members.person().get("/v1/units/00000000-0000-0000-0000-000000000007")
            assert (shown.json()["version"], shown.json()["name"]) == (BACKLOG // UNITS, f"名{BACKLOG // UNITS}")
            await equals_rebuild(members)
    finally:
        await standby.close()
        await watch.close()


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
