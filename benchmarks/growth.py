"""What a long log costs: command latency and memory of a service on 1,000,000 events and on 10,000, side by side."""

import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.bulk import Bulk
from benchmarks.http_command import projected, sign_for_requests
from benchmarks.life import LIFE, Case
from benchmarks.load import drive
from benchmarks.moulds import Moulds
from benchmarks.processor import resident
from benchmarks.report import Figure, Ratio
from benchmarks.rounds import alternate
from benchmarks.sizes import MILLION, Size
from benchmarks.spine import BEFORE, servers, settings_of, write
from services.proposals.main import SERVICE
from yishi.stack import Stack

WHOLE = tuple(act.name for act in LIFE)


class Grown(NamedTuple):
    """A service on a log of some length, and the cases on which it is measured."""

    stack: Stack
    open: list[Case]
    events: int

    async def latency(self, number: int, count: int) -> float:
        """Give the median latency of a command, one at a time, milliseconds."""
        requests = sign_for_requests(self.stack, self.open[number * count : (number + 1) * count])
        driven = await drive(self.stack.service_url(SERVICE.name), requests, 1)
        assert driven.statuses == {200: count}, driven.statuses
        return statistics.median(driven.latencies) * 1000

    def memory(self) -> float:
        """Give the resident memory of the service, MiB."""
        pid = self.stack.services[SERVICE.name].pid
        assert pid is not None
        return resident(pid)


@asynccontextmanager
async def grown(home: Path, events: int, commands: int, moulds: Moulds) -> AsyncIterator[Grown]:
    """Run a service that has projected a log of so many events; the cases to measure on are spread over it."""
    async with servers(home, SERVICE.name) as stack:
        operator = await stack.nats.connect("operator")
        bulk = Bulk(operator, moulds)
        written = await bulk.write_directory()
        settings = settings_of(stack)
        left = max((events - written - commands * len(BEFORE)) // len(WHOLE), 0)
        opened = [Case.at(place) for place in range(1, commands + 1)]
        closed = [Case.at(commands + 1 + place) for place in range(left)]
        half = len(opened) // 2
        await write(bulk, settings, opened[:half], BEFORE)
        await write(bulk, settings, closed, WHOLE)
        await write(bulk, settings, opened[half:], BEFORE)
        written += len(opened) * len(BEFORE) + len(closed) * len(WHOLE)
        await operator.close()
        await projected(stack, written)
        yield Grown(stack, opened[::2] + opened[1::2], written)


async def measure(home: Path, size: Size) -> list[Ratio]:
    """Measure latency_1m_vs_10k and memory_1m_vs_10k."""
    moulds, commands = Moulds(), (size.rounds + 1) * size.single
    async with (
        grown(home / "few", size.few, commands, moulds) as few,
        grown(home / "many", size.many, commands, moulds) as many,
    ):
        memories: dict[int, list[float]] = {few.events: [], many.events: []}

        async def one(side: Grown, number: int) -> float:
            latency = await side.latency(number, size.single)
            memories[side.events].append(side.memory())
            return latency

        long, short = await alternate(size.rounds, lambda number: one(many, number), lambda number: one(few, number))
    came = f"两套系统并行，长日志 {many.events} 个事件，短日志 {few.events} 个；签收逐条进行，{size.rounds} 轮交替"
    if size.many < MILLION:
        came += f"；规模 {size.name} 的长日志不足百万事件，百万见 SIZE=full"
    slow, fast = Figure.of(f"{many.events} 事件", "毫秒", long), Figure.of(f"{few.events} 事件", "毫秒", short)
    large = Figure.of(f"{many.events} 事件", "MiB", memories[many.events][1:])
    small = Figure.of(f"{few.events} 事件", "MiB", memories[few.events][1:])
    facts = {"events": {"many": many.events, "few": few.events}, "full": size.many == MILLION}
    return [
        Ratio("latency_1m_vs_10k", slow.value / fast.value, (slow, fast), came, facts),
        Ratio("memory_1m_vs_10k", large.value / small.value, (large, small), came, facts),
    ]
