"""Between append and answer: the event is in the log, the acknowledgement never comes. Repeating finds it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from runtime import log
from services.members.main import SERVICE

if TYPE_CHECKING:
    from tests.conftest import EqualsRebuild, Eventually, Running, Serve

UNIT = {"name": "规划办", "from_on": "2005-01-01"}


class Wire:
    """A wire between a service and the log's server that can be cut in the direction of the service."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.deaf = False
        self.unheard = 0
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def break_off(self) -> None:
        """Break every connection at once, as a crash would."""
        for writer in self._writers:
            writer.transport.abort()

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self.break_off()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert self._target.hostname
        far_reader, far_writer = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._writers |= {writer, far_writer}
        for source, sink, to_service in ((reader, far_writer, False), (far_reader, writer, True)):
            task = asyncio.create_task(self._pump(source, sink, to_service))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, to_service: bool) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                if to_service and self.deaf:
                    self.unheard += data.count(b"Nats-Expected-Last-Subject-Sequence")
                else:
                    sink.write(data)
                    await sink.drain()
        sink.close()


@asynccontextmanager
async def _wire(running: "Running") -> AsyncIterator[Wire]:
    wire = Wire(running.stack.nats.url)
    await wire.start()
    yield wire
    await wire.stop()


async def test_a_service_that_dies_between_append_and_answer_leaves_one_event_which_a_repeat_finds(
    running_members: "Running", serve: "Serve", eventually: "Eventually", county: str
) -> None:
    events = running_members.process.log
    key = str(uuid4())
    async with (
        _wire(running_members) as wire,
        serve(SERVICE, nats_url=f"nats://127.0.0.1:{wire.port}", schema_suffix="_wired") as dying,
    ):
        wire.deaf = True
        before = await events.last_sequence()
        asking = asyncio.create_task(dying.person().post("/v1/units", UNIT, key))

        async def appended() -> bool:
            return await events.last_sequence() == before + 1

        await eventually(appended)
        await asyncio.sleep(0)
        assert not asking.done()
        asking.cancel()
        wire.deaf = False
        await wire.break_off()
    survivor = running_members.person(county=county)
    answers = [await survivor.post("/v1/units", UNIT, key) for _ in range(2)]
    assert [(a.status_code, a.headers["event-position"]) for a in answers] == [(201, f"EVENTS:{before + 1}")] * 2
    assert (await survivor.post("/v1/units", UNIT | {"name": "x"}, key)).status_code == 422
    unit_id = answers[0].json()["id"]
    assert len(await events.after(f"evt.{county}.members.unit.{unit_id}", 0)) == 1


async def test_without_an_acknowledgement_the_outcome_is_called_unknown_and_a_repeat_tells_it(
    running_members: "Running",
    serve: "Serve",
    county: str,
    eventually: "Eventually",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log, "ANSWER", 0.5)
    async with _wire(running_members) as wire:
        url = f"nats://127.0.0.1:{wire.port}"
        async with serve(SERVICE, nats_url=url, schema_suffix="_wired") as members:
            before = await running_members.process.log.last_sequence()
            asking = asyncio.create_task(members.person().post("/v1/units", UNIT, "key"))
            wire.deaf = True
            unknown = await asking
            assert (unknown.status_code, unknown.json()["type"]) == (503, "urn:yishi:problem:outcome-unknown")
            assert unknown.headers["retry-after"] == "1"
            wire.deaf = False
            await wire.break_off()

            async def ready() -> bool:
                return bool((await members.ready())["ready"])

            await eventually(ready)
            known = await members.person().post("/v1/units", UNIT, "key")
            assert (known.status_code, known.json()["position"]) == (201, f"EVENTS:{before + 1}")
            subject = f"evt.{county}.members.unit.{known.json()['id']}"
            assert len(await members.process.log.after(subject, 0)) == 1


async def test_an_event_that_never_arrives_is_missed_when_the_next_one_comes_and_is_read_again(
    running_members: "Running", serve: "Serve", county: str, eventually: "Eventually", equals_rebuild: "EqualsRebuild"
) -> None:
    async with _wire(running_members) as wire:
        url = f"nats://127.0.0.1:{wire.port}"
        async with serve(SERVICE, nats_url=url, schema_suffix="_wired") as members:
            person = running_members.person(county=county)
            assert (await members.person().post("/v1/units", UNIT)).status_code == 201
            wire.deaf = True
            lost = await person.post("/v1/units", UNIT)
            await eventually(lambda: wire.unheard)
            wire.deaf = False
            assert (await person.post("/v1/units", UNIT)).status_code == 201
            last = await running_members.process.log.last_sequence()
            assert await members.process.positions.wait(last, 5)
            assert members.process.projector.stopped is None
            assert (await members.person().get(f"/v1/units/{lost.json()['id']}")).json()["name"] == "规划办"
            await equals_rebuild(members)


async def test_a_client_that_hangs_up_leaves_the_command_whole(
    running_members: "Running", county: str, eventually: "Eventually"
) -> None:
    person = running_members.person(county=county)
    for i in range(30):
        with suppress(TimeoutError):
            await asyncio.wait_for(person.post("/v1/units", UNIT, f"key-{i}"), 0.0005 * i)
    answers = [await person.post("/v1/units", UNIT, f"key-{i}") for i in range(30)]
    assert {answer.status_code for answer in answers} == {201}
    for answer in answers:
        subject = f"evt.{county}.members.unit.{answer.json()['id']}"
        assert len(await running_members.process.log.after(subject, 0)) == 1
    assert (await running_members.ready())["ready"]
