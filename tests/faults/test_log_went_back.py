"""The log comes back without its newest events, or with others in their place: nobody applies anything past that."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from contracts.envelope import TYPE_HEADER
from contracts.members import UnitEstablished
from runtime.messages import EXPECTED_SEQUENCE_HEADER
from runtime.process import Process
from services.members.main import SERVICE
from yishi.stack import Stack

if TYPE_CHECKING:
    from tests.conftest import Eventually, Forge, Running, Serve

STOPPED = (503, "urn:yishi:problem:projection-stopped")
UNIT = {"name": "第一股", "from_on": "2005-01-01"}


def flip_a_byte_of_the_newest_event(store: Path) -> None:
    """Turn one bit of the newest event, as it lies in the log's last block."""
    block = max(store.rglob("EVENTS/msgs/*.blk"), key=lambda path: int(path.stem))
    content = bytearray(block.read_bytes())
    content[content.rindex("第".encode()) + 1] ^= 1
    block.write_bytes(content)


@dataclass
class Two:
    """Two processes of the service on one schema: one projects, the other stands by."""

    one: "Running"
    other: "Running"
    units: list[str]

    async def damage(self) -> None:
        """Kill the log's server, flip a byte, start it again."""
        nats = self.one.stack.nats
        await nats.kill()
        flip_a_byte_of_the_newest_event(nats.home / "nats")
        await nats.start()

    async def have_stopped(self, eventually: "Eventually", said: str) -> None:
        for running in (self.one, self.other):

            async def red(running: "Running" = running) -> Any:
                answer = await running.http.get("/readyz")
                return answer.status_code == 503 and running.process.projector.stopped and answer.json()

            report = await eventually(red)
            assert said in str(report["problems"]), report
            assert running.process.projector.stopped is running.process.log.broken
            for path in ("/v1/units", f"/v1/units/{self.units[0]}/rename"):
                refused = await running.person().post(path, UNIT | {"name": "第二股"})
                assert (refused.status_code, refused.json()["type"]) == STOPPED
            late = await running.person().get("/v1/units", at_least="EVENTS:1")
            assert (late.status_code, late.json()["type"]) == STOPPED
            # What is known is still shown.
            shown = await running.person().get(f"/v1/units/{self.units[-1]}")
            assert (shown.status_code, shown.json()["name"]) == (200, "第一股")


@pytest.fixture
async def two(own_stack: Stack, serve: "Serve") -> AsyncIterator[Two]:
    async with serve(SERVICE) as one, serve(SERVICE) as other:
        answers = [await one.person().post("/v1/units", UNIT) for _ in range(5)]
        assert [answer.json()["position"] for answer in answers] == [f"EVENTS:{i}" for i in range(1, 6)]
        assert await other.process.positions.wait(5, 5)
        yield Two(one, other, [answer.json()["id"] for answer in answers])


async def test_after_bit_rot_and_a_restart_each_process_stops_and_says_from_where(
    two: Two, eventually: "Eventually"
) -> None:
    said = "the log went back: this projection has applied sequence 5, the log ends at 4"
    await two.damage()
    await two.have_stopped(eventually, said)
    # Nor does one that starts only now go on.
    later = Process(SERVICE, two.one.process.settings)
    await later.open()
    try:
        report = await later.readiness()
        assert (report["ready"], report["problems"]) == (False, [said])
        await eventually(lambda: later.projector.stopped is not None)
        assert not later.projector.active
    finally:
        await later.close()
    assert await two.one.process.log.last_sequence() == 4


async def test_other_events_under_the_same_sequences_are_noticed_by_their_hash(
    own_stack: Stack, serve: "Serve", forge: "Forge", county: str
) -> None:
    async with serve(SERVICE) as members:
        answers = [await members.person().post("/v1/units", UNIT) for _ in range(5)]
        settings = members.process.settings
    await own_stack.nats.kill()
    flip_a_byte_of_the_newest_event(own_stack.nats.home / "nats")
    await own_stack.nats.start()
    headers = {EXPECTED_SEQUENCE_HEADER: "0", TYPE_HEADER: UnitEstablished.type_name()}
    sequences = [await forge(f"evt.{county}.members.unit.{uuid4()}", b"{}", headers) for _ in range(3)]
    assert sequences == [5, 6, 7]
    again = Process(SERVICE, settings)
    await again.open()
    try:
        [problem] = (await again.readiness())["problems"]
        assert problem.startswith("the log went back: sequence 5 is not the event that was applied")
        assert again.positions.sequence == 5
        async with again.database.owner() as db:
            assert await db.fetchval("SELECT count(*) FROM units") == len(answers)
            assert await db.fetchval("SELECT count(*) FROM parked") == 0
    finally:
        await again.close()


async def test_a_command_notices_that_its_aggregate_went_back_before_anybody_else(
    two: Two, eventually: "Eventually"
) -> None:
    async with two.one.process.database.owner() as db:  # As if another log's events had been applied.
        await db.execute("UPDATE states SET sequence = 3, hash = 'sha256:00' WHERE id = $1", two.units[0])
    refused = await two.one.person().post(f"/v1/units/{two.units[0]}/rename", UNIT)
    assert (refused.status_code, refused.json()["type"]) == STOPPED
    assert "was read up to sequence 3" in refused.json()["detail"]
    await eventually(lambda: two.one.process.projector.stopped is not None)
    await eventually(lambda: two.other.process.projector.active)


async def test_a_gap_in_the_log_stops_the_projector_before_it(
    own_stack: Stack, serve: "Serve", forge: "Forge", county: str, eventually: "Eventually"
) -> None:
    async with serve(SERVICE) as members:
        settings = members.process.settings.model_copy(update={"schema_suffix": "_later"})
        assert (await members.person().post("/v1/units", UNIT)).status_code == 201
        headers = {EXPECTED_SEQUENCE_HEADER: "0", TYPE_HEADER: UnitEstablished.type_name()}
        for number in range(40):
            await forge(f"evt.{county}.members.unit.u{number}", b"{" + b"x" * 500_000, headers)
        await own_stack.nats.kill()
        first_lost = _rot_in_the_first_block(own_stack.nats.home / "nats")
        await own_stack.nats.start()
    later = Process(SERVICE, settings)
    await later.open()
    try:
        await eventually(lambda: later.projector.stopped is not None)
        [problem] = (await later.readiness())["problems"]
        assert problem.startswith(f"after {first_lost - 1} came ")
        assert problem.endswith(f": the log has a gap from {first_lost} on")
        assert later.positions.sequence < first_lost
    finally:
        await later.close()


def _rot_in_the_first_block(store: Path) -> int:
    """Turn a bit of an event in the log's first block, and give the sequence from which the block is lost."""
    blocks = sorted(store.rglob("EVENTS/msgs/*.blk"), key=lambda path: int(path.stem))
    assert len(blocks) > 1
    content = bytearray(blocks[0].read_bytes())
    place = content.index(b".unit.u5")
    content[place + 1000] ^= 1
    blocks[0].write_bytes(content)
    for index in store.rglob("EVENTS/msgs/index.db"):
        index.unlink()
    return 2 + 5
