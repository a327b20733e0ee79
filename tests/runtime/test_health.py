"""Ready and alive: a service that cannot serve says so, and only what a restart can mend asks for one."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, build_opener

import asyncpg
import pytest

from contracts.envelope import Envelope
from contracts.members import UnitEstablished
from runtime import projector
from runtime.execute import Act
from runtime.log import LogWentBack
from runtime.process import Process
from runtime.reactions import Reaction
from runtime.settings import Settings
from runtime.vitals import Standstill
from services.members.main import SERVICE as MEMBERS
from services.proposals.main import SERVICE as PROPOSALS
from tests.conftest import issue, serving
from yishi.descendants import descendants
from yishi.stack import Stack

if TYPE_CHECKING:
    from tests.conftest import Eventually, Running, Serve
    from tests.runtime.conftest import Hold

UNIT = {"name": "规划办", "from_on": "2005-01-01"}


@pytest.fixture(scope="module")
async def alone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Servers of this module: they get killed."""
    stack = Stack(tmp_path_factory.mktemp("health"), services=[])
    await stack.start()
    yield stack
    await stack.remove()


async def _alive(running: "Running") -> tuple[int, list[str]]:
    answer = await running.http.get("/healthz")
    return answer.status_code, answer.json()["problems"]


async def _unready(running: "Running") -> list[str]:
    answer = await running.http.get("/readyz")
    assert (answer.status_code == 200) == answer.json()["ready"] == (not answer.json()["problems"])
    problems: list[str] = answer.json()["problems"]
    return problems


async def test_a_projection_that_stands_still_is_not_ready_and_a_hung_projector_is_not_alive(
    serve: "Serve", alone: Stack, hold: "Hold", eventually: "Eventually"
) -> None:
    limits = {"ready_stall": 0.4, "liveness_limit": 1.5, "own_projection_wait": 0.05}
    async with serve(MEMBERS, stack=alone, **limits) as members:
        assert (await _alive(members), await _unready(members)) == ((200, []), [])
        async with hold(members):
            assert (await members.person().post("/v1/units", UNIT)).status_code == 202
            assert (await members.ready())["lag"] == 1
            problem = (await eventually(lambda: _unready(members)))[0]
            assert problem.startswith("the projection has stood still at 0 for"), problem
            assert problem.endswith("seconds, 1 events behind the log")
            assert await _alive(members) == (200, [])

            async def dead() -> list[str]:
                status, problems = await _alive(members)
                assert (status == 503) == bool(problems)
                return problems

            assert (await eventually(dead))[0].startswith("the projector has hung for")
        await eventually(lambda: members.process.vitals.fatal() == [])
        assert (await _alive(members), await _unready(members)) == ((200, []), [])


async def test_a_projection_too_far_behind_the_log_is_not_ready(
    serve: "Serve", alone: Stack, hold: "Hold", eventually: "Eventually"
) -> None:
    async with serve(MEMBERS, stack=alone, ready_lag=1, own_projection_wait=0.05) as members:
        async with hold(members):
            for _ in range(2):
                assert (await members.person().post("/v1/units", UNIT)).status_code == 202
            assert await _unready(members) == ["the projection is 2 events behind the log, more than 1"]
            assert await _alive(members) == (200, [])

        async def ready() -> bool:
            return not await _unready(members)

        await eventually(ready)


async def test_a_projector_that_failed_is_ready_again_though_nothing_happens_after_it(
    serve: "Serve", alone: Stack, eventually: "Eventually", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector, "IDLE", 0.1)
    async with (
        serve(MEMBERS, stack=alone, schema_suffix="_fails") as one,
        serve(MEMBERS, stack=alone, schema_suffix="_fails") as two,
    ):

        async def problems() -> list[list[str]]:
            return [await _unready(which) for which in (one, two)]

        position = f"{one.process.schema.name}.position"
        db = await asyncpg.connect(one.process.settings.database_url.get_secret_value())
        await db.execute(f"ALTER TABLE {position} RENAME COLUMN hash TO away")
        try:
            await eventually(lambda: one.process.projector.failing and two.process.projector.failing)
        finally:
            await db.execute(f"ALTER TABLE {position} RENAME COLUMN away TO hash")
            await db.close()

        async def ready() -> bool:
            return await problems() == [[], []]

        await eventually(ready)


async def test_a_dead_projector_task_is_found_while_a_replica_goes_on(
    serve: "Serve", alone: Stack, eventually: "Eventually"
) -> None:
    async with serve(MEMBERS, stack=alone) as one, serve(MEMBERS, stack=alone) as two:
        assert [(await which.ready())["projector"] for which in (one, two)] == ["active", "standby"]
        task = one.process.projector._task
        assert task is not None
        task.cancel()
        assert await eventually(lambda: one.process.projector.ended)
        assert await _alive(one) == (503, ["the projector task has ended"])
        assert "the projector task has ended" in await _unready(one)
        assert (await one.ready())["projector"] == "stopped"
        await eventually(lambda: two.process.projector.active)
        assert (await two.person().post("/v1/units", UNIT)).status_code == 201
        assert (await _alive(two), await _unready(two)) == ((200, []), [])


async def test_a_dead_broker_task_and_a_dead_task_of_deferred_reactions_are_found(alone: Stack) -> None:
    async with serving(alone, PROPOSALS, "100001") as proposals:
        reactions = proposals.process.reactions
        assert reactions is not None
        assert await _alive(proposals) == (200, [])
        [task] = reactions._tasks
        task.cancel()
        await asyncio.wait([task])
        assert await _alive(proposals) == (
            503,
            ["the broker task has ended: no event is taken from the reactions' consumer any more"],
        )
        assert reactions._deferring is not None
        reactions._deferring.cancel()
        await asyncio.wait([reactions._deferring])
        assert (await _alive(proposals))[1] == ["the task of the deferred reactions has ended"]


async def test_a_reaction_that_hangs_on_one_event_is_found(
    serve: "Serve", alone: Stack, eventually: "Eventually"
) -> None:
    go_on = asyncio.Event()

    async def hang(process: Process, envelope: Envelope[Any], act: Act) -> None:
        await go_on.wait()

    service = replace(PROPOSALS, reactions=(Reaction("hang", UnitEstablished, hang),))
    async with serve(service, stack=alone, liveness_limit=2) as proposals, serve(MEMBERS, stack=alone) as members:
        assert (await members.person().post("/v1/units", UNIT)).status_code == 201
        problems = await eventually(lambda: proposals.process.vitals.fatal())
        assert problems[0].startswith("the reactions have hung on one event for"), problems
        assert (await _alive(proposals))[0] == 503
        go_on.set()
        await eventually(lambda: not proposals.process.vitals.fatal())
        assert await _alive(proposals) == (200, [])


async def test_a_blocked_event_loop_does_not_answer_its_probe(serve: "Serve", alone: Stack) -> None:
    opener = build_opener(ProxyHandler({}))

    def probe(url: str) -> int | str:
        try:
            with opener.open(f"{url}/healthz", timeout=0.3) as answer:
                return int(answer.status)
        except OSError as error:
            return type(error).__name__

    async with serve(MEMBERS, stack=alone) as members:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool:
            assert await loop.run_in_executor(pool, probe, members.url) == 200
            asked = pool.submit(probe, members.url)
            time.sleep(0.8)  # The loop is blocked, as by a program that computes for too long.
            assert asked.result() == "TimeoutError"
            assert await loop.run_in_executor(pool, probe, members.url) == 200


async def test_events_that_wait_for_reactions_on_a_damaged_log_are_no_reason_to_restart(
    serve: "Serve", alone: Stack, eventually: "Eventually", monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(process: Process, envelope: Envelope[Any], act: Act) -> None: ...

    async def damaged(process: Process) -> None:
        process.log.stop(LogWentBack("the log went back: as the check at the start would say it"))

    service = replace(PROPOSALS, reactions=(Reaction("nothing", UnitEstablished, nothing),))
    async with serve(service, stack=alone):
        pass
    async with serve(MEMBERS, stack=alone) as members:
        assert (await members.person().post("/v1/units", UNIT)).status_code == 201
    monkeypatch.setattr(Process, "_check_position", damaged)
    process = Process(service, Settings(**_environment(alone, "proposals"), liveness_limit=0.3))
    try:
        await process.open()
        assert process.log.broken is not None
        await eventually(lambda: _shown(process, "yishi_reaction_lag_events") == 1.0)
        await asyncio.sleep(1.5)  # Two looks, and many times the limit.
        assert process.vitals.fatal() == []
    finally:
        await process.close()


def _environment(stack: Stack, name: str) -> dict[str, Any]:
    return {key.removeprefix("YISHI_").lower(): value for key, value in stack.environment(name).items()}


def _shown(process: Process, name: str) -> float | None:
    return process.metrics.registry.get_sample_value(name)


async def test_a_damaged_log_is_no_reason_to_restart(serve: "Serve", alone: Stack, eventually: "Eventually") -> None:
    async with serve(MEMBERS, stack=alone) as members:
        members.process.log.stop(LogWentBack("the log went back: as a guard would say it"))
        await eventually(lambda: members.process.projector.stopped)
        assert await _unready(members) == ["the log went back: as a guard would say it"]
        assert (await members.ready())["projector"] == "stopped"
        assert await _alive(members) == (200, [])


async def test_servers_that_are_away_are_no_reason_to_restart(
    serve: "Serve", alone: Stack, eventually: "Eventually"
) -> None:
    limit = 3.0
    async with (
        serve(MEMBERS, stack=alone, liveness_limit=limit) as members,
        serve(PROPOSALS, stack=alone, liveness_limit=limit) as proposals,
    ):
        await asyncio.gather(alone.nats.kill(), alone.postgres.kill())
        until = time.monotonic() + 1.2 * limit
        while time.monotonic() < until:
            assert [await _alive(each) for each in (members, proposals)] == [(200, [])] * 2
            await asyncio.sleep(0.1)
        assert await _unready(members) == ["the log is away", "the database is away"]
        await asyncio.gather(alone.nats.start(), alone.postgres.start())

        async def ready() -> bool:
            return not await _unready(members) and not await _unready(proposals)

        await eventually(ready, 20)
        token = issue(alone, "person:registrar", members.county)
        assert (await members.http.get("/v1/units", headers={"authorization": f"Bearer {token}"})).status_code == 200


def test_a_standstill_counts_only_while_something_lies_ahead() -> None:
    still = Standstill()
    still.note(7, behind=False)
    time.sleep(0.02)
    assert still.seconds == 0
    still.note(7, behind=True)
    assert still.seconds < 0.02, "the time with nothing to do does not count"
    time.sleep(0.02)
    still.note(7, behind=True)
    assert still.seconds >= 0.02
    still.unknown()
    assert still.seconds == 0
    still.note(7, behind=True)
    assert still.seconds < 0.02, "the time while nobody could tell does not count"
    still.note(8, behind=True)
    assert still.seconds < 0.02


async def test_a_frozen_database_is_told_of_in_time_and_by_one_question(
    serve: "Serve", alone: Stack, eventually: "Eventually"
) -> None:
    async with serve(MEMBERS, stack=alone, ready_wait=0.5, schema_suffix="_frozen") as members:
        assert await _unready(members) == []
        assert alone.postgres.process is not None
        server = alone.postgres.process.pid
        assert server is not None
        frozen = {server, *descendants(server)}
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            for _ in range(3):
                asked = time.monotonic()
                assert "the database has not answered for 0.5 seconds" in await _unready(members)
                assert time.monotonic() - asked < 2
            assert members.process.database.use("owner")[0] <= 1
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)

        async def ready() -> bool:
            return not await _unready(members)

        await eventually(ready, 20)
