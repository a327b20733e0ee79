"""Rebuilding the proposals service's projections from the log, against fetching the same messages with nats-py."""

import time
from pathlib import Path

from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from benchmarks.life import LIFE, Case
from benchmarks.processor import Meter
from benchmarks.report import Figure, Ratio
from benchmarks.rounds import alternate
from benchmarks.sizes import Size
from benchmarks.spine import Spine, spine
from runtime.log import STREAM

FETCH = 1_000
"""Messages asked for at a time, by both sides."""


async def measure(home: Path, size: Size) -> list[Ratio]:
    """Measure rebuild_vs_raw_fetch."""
    async with spine(home) as opened:
        cases = [Case.at(place) for place in range(1, size.cases + 1)]
        await opened.write(cases, tuple(act.name for act in LIFE))
        last = await opened.log.last_sequence()
        pids = {name: child.pid for name, child in opened.stack.processes().items()}
        ours_spent, theirs_spent = Meter(pids), Meter(pids)

        async def ours(number: int) -> float:
            schema, database = await opened.fresh()
            with ours_spent:
                begun = time.perf_counter()
                await opened.project(schema, database)
                seconds = time.perf_counter() - begun
            await _check(opened, schema.name, last, size.cases)
            return last / seconds

        async def theirs(number: int) -> float:
            with theirs_spent:
                return await _fetch(opened, last)

        our_rates, their_rates = await alternate(max(size.rounds // 2, 1), ours, theirs)
    mine, other = Figure.of("重建", "事件/秒", our_rates), Figure.of("原始拉取", "事件/秒", their_rates)
    done = last * (len(our_rates) + 1)
    return [
        Ratio(
            "rebuild_vs_raw_fetch",
            mine.value / other.value,
            (mine, other),
            f"{size.cases} 件提案一生的 {last} 个事件，{len(our_rates)} 轮交替；重建含启封、检索词与全部读模型",
            {
                "event_bytes": round(opened.bulk.bytes / last),
                "cpu_us_per_event": {"ours": ours_spent.per(done), "raw": theirs_spent.per(done)},
            },
        )
    ]


async def _check(opened: Spine, schema: str, last: int, cases: int) -> None:
    """Check that the rebuilt projection holds every case, closed, and nothing was parked."""
    async with opened.database.owner() as db:
        position = await db.fetchval(f"SELECT sequence FROM {schema}.position")
        closed = await db.fetchval(f"SELECT count(*) FROM {schema}.board WHERE stage = 'closed'")
        searched = await db.fetchval(f"SELECT count(*) FROM {schema}.search_terms")
        parked = await db.fetchval(f"SELECT count(*) FROM {schema}.parked")
    assert (position, closed, searched, parked) == (last, cases, cases, 0)


async def _fetch(opened: Spine, last: int) -> float:
    config = ConsumerConfig(ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL, mem_storage=True)
    client = await opened.stack.nats.connect("operator")
    subscription = await client.jetstream().pull_subscribe("evt.>", stream=STREAM, config=config)
    begun, got = time.perf_counter(), 0
    while got < last:
        got += len(await subscription.fetch(min(FETCH, last - got), timeout=10))
    seconds = time.perf_counter() - begun
    await client.close()
    return last / seconds
