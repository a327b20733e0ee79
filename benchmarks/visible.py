"""From publishing an event to its committed row in another service, one at a time on an idle system."""

import asyncio
import statistics
import time
from datetime import date
from pathlib import Path

from nats.aio.client import Client
from nats.aio.msg import Msg

from benchmarks.bulk import Bulk, headers_of
from benchmarks.life import named
from benchmarks.moulds import Moulds, Written, envelope
from benchmarks.report import Figure, Ratio
from benchmarks.rounds import percentile
from benchmarks.sizes import Size
from benchmarks.spine import servers, settings_of
from contracts.members import UnitEstablished
from runtime.database import Database
from services.proposals.main import SERVICE
from yishi.stack import Stack

SCHEMA = f"{SERVICE.name}_v{SERVICE.schema_version}"
PAUSE = 0.003
"""Seconds between two events, so that nobody is still at work on the last one."""
_DAY = date(2005, 1, 1)
BOUND = 10.0
"""Seconds to wait at most."""


class Announcements:
    """When the other service's projector said, after its commit, how far it has come."""

    def __init__(self) -> None:
        self._reached = 0
        self._at = 0.0
        self._moved = asyncio.Event()

    async def heard(self, message: Msg) -> None:
        """Take an announcement."""
        self._reached, self._at = int(message.data), time.perf_counter()
        self._moved.set()

    async def passed(self, sequence: int) -> float:
        """Give when a stream sequence was announced."""
        async with asyncio.timeout(BOUND):
            while self._reached < sequence:
                self._moved.clear()
                await self._moved.wait()
        return self._at


async def measure(home: Path, size: Size) -> list[Ratio]:
    """Measure visible_p50_vs_append and visible_p99_vs_p50; the two kinds of sample take turns."""
    async with servers(home, SERVICE.name) as stack:
        client = await stack.nats.connect("operator")
        await Bulk(client, Moulds()).write_directory()
        announcements = Announcements()
        await client.subscribe(f"position.{SERVICE.name}.{SCHEMA}", cb=announcements.heard)
        appends, visible = await _samples(client, announcements, size.visible)
        await _check(stack, 2 * (size.visible + 20))
        await client.close()
    raw = statistics.median(appends)
    half, last = percentile(visible, 0.5), percentile(visible, 0.99)
    p50, p99 = Figure("可见中位数", half, "毫秒"), Figure("可见 99 百分位", last, "毫秒")
    one = Figure("一次原始追加", raw, "毫秒")
    came = f"members 的 {size.visible} 个事件，逐个发布，至 proposals 提交相应行并宣告其位置；与同样多次原始追加轮流"
    return [
        Ratio("visible_p50_vs_append", half / raw, (p50, one), came),
        Ratio("visible_p99_vs_p50", last / half, (p99, p50), came),
    ]


async def _samples(client: Client, announcements: Announcements, count: int) -> tuple[list[float], list[float]]:
    """Give milliseconds until the acknowledgement, and until the announcement, of separate events."""
    js = client.jetstream()
    appends: list[float] = []
    visible: list[float] = []
    for number in range(2 * (count + 20)):
        event = _unit(number)
        headers = headers_of(event.type, 0)
        begun = time.perf_counter()
        ack = await js.publish(event.address.subject, event.raw, timeout=BOUND, headers=headers)
        acknowledged = time.perf_counter()
        seen = await announcements.passed(ack.seq)
        if number >= 40:  # The first ones warm everything up.
            one, samples = ((acknowledged, appends), (seen, visible))[number % 2]
            samples.append((one - begun) * 1000)
        await asyncio.sleep(PAUSE)
    return appends, visible


def _unit(number: int) -> Written:
    id = named(f"unit/{number}")
    event = UnitEstablished(name=f"第{number}科", from_on=_DAY)
    made = envelope(event, str(id), named(f"command/{number}"), 1, None, "person:registrar", "registrar", None)
    return Written(made.address, made.type, made.encode())


async def _check(stack: Stack, units: int) -> None:
    """Check that what was announced is there: a row of each event."""
    database = Database(settings_of(stack), SCHEMA)
    db = await database.dedicated()
    rows = await db.fetchval("SELECT count(*) FROM unit_names WHERE name ~ '^第\\d+科$'")
    await db.close()
    assert rows == units, (rows, units)
