"""The feed gives the log in order and never holds more of it in memory than it was told to."""

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from runtime import feed as feeding
from runtime import projector
from runtime.feed import Feed
from runtime.messages import Recorded

if TYPE_CHECKING:
    from tests.conftest import Forge, Running
    from tests.runtime.conftest import Write

REQUEST = 10


async def test_a_slow_reader_does_not_gather_the_log_in_memory(
    members: "Running", forge: "Forge", write: "Write"
) -> None:
    sequences = [await forge(*write(str(uuid4()))) for _ in range(60)]
    held = 0
    given: list[Recorded] = []
    async with Feed(members.process.log, sequences[0], request=REQUEST) as feed:
        while len(given) < 40:
            given += await feed.batch(1, 5)
            await asyncio.sleep(0.005)  # Whatever was asked for arrives meanwhile.
            held = max(held, len(feed._arrived))
    assert [message.sequence for message in given] == list(range(sequences[0], sequences[0] + 40))
    assert 0 < held <= REQUEST + REQUEST // 2


async def test_a_reader_that_was_busy_does_not_take_its_own_silence_for_the_servers(
    members: "Running", forge: "Forge", write: "Write", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "HEARTBEAT", 0.1)
    sequences = [await forge(*write(str(uuid4()))) for _ in range(2 * REQUEST + 1)]
    loop = asyncio.get_running_loop()
    async with Feed(members.process.log, sequences[0], request=REQUEST) as feed:
        async with asyncio.timeout(5):
            while len(feed._arrived) < REQUEST:  # Now the server owes nothing, not even a sign of life.
                await asyncio.sleep(0.005)
        busy_until = loop.time() + 4 * feeding.HEARTBEAT
        while loop.time() < busy_until:
            await asyncio.sleep(0.005)
        given = await feed.batch(REQUEST, 5)
        given += await feed.batch(REQUEST, 5)
    assert [message.sequence for message in given] == list(range(sequences[0], given[-1].sequence + 1))
    assert len(given) > REQUEST


async def test_a_batch_of_a_built_schema_ends_with_enough_events_or_enough_aggregates_or_the_log(
    members: "Running", forge: "Forge", write: "Write", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector, "PIECE", 4)
    sequences = [await forge(*write(str(uuid4()))) for _ in range(30)]
    before, last = sequences[0] - 1, sequences[-1]
    sizes = []
    async with Feed(members.process.log, sequences[0], request=REQUEST) as feed:
        for rebuilt, abreast in ((10, 100), (100, 8), (100, 100)):
            monkeypatch.setattr(projector, "REBUILT", rebuilt)
            monkeypatch.setattr(projector, "ABREAST", abreast)
            given = await projector._gather(feed, before, last)
            assert [message.sequence for message in given] == list(range(before + 1, before + 1 + len(given)))
            before += len(given)
            sizes.append(len(given))
    assert (sizes[0], sum(sizes)) == (10, 30)
    assert 8 <= sizes[1] < 8 + projector.PIECE
