"""A command over HTTP at one service process, against a bare FastAPI route that does one raw append.

Each side has a log of its own, so that the service's projector does not follow what the other side appends.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from benchmarks.bulk import Bulk
from benchmarks.life import COUNTY, LEAD, Case
from benchmarks.load import Driven, drive, request
from benchmarks.moulds import Moulds
from benchmarks.processor import Meter
from benchmarks.report import Figure, Ratio
from benchmarks.rounds import alternate
from benchmarks.sizes import Size
from benchmarks.spine import BEFORE, servers, settings_of, write
from benchmarks.visible import SCHEMA
from runtime.database import Database
from runtime.log import STREAM
from runtime.settings import utc_now
from services.proposals.main import SERVICE
from yishi import CHECKOUT
from yishi.child import Child
from yishi.nats import NatsServer
from yishi.ports import LOOPBACK, free_port
from yishi.probe import http_status
from yishi.stack import Stack

CONNECTIONS = 32
SLOWEST = 250
"""Events a second that a projection applies at least, on any machine."""


def sign_for_requests(stack: Stack, cases: Sequence[Case]) -> list[bytes]:
    """Give the requests that sign for the cases 签收: token, RLS query for the rules, load, decide, append, wait."""
    token = stack.keys.issue_token(
        "person:liu", COUNTY, ["office_clerk"], str(LEAD), now=utc_now(), lifetime=timedelta(hours=8)
    )
    body = b'{"signed_for_on": "2005-03-03"}'
    return [
        request(
            f"/v1/proposals/{case.id}/sign-for",
            body,
            authorization=f"Bearer {token}",
            idempotency_key=f"benchmark-{case.place}",
        )
        for case in cases
    ]


async def measure(home: Path, size: Size) -> list[Ratio]:
    """Measure http_vs_bare."""
    rounds = size.rounds + 1
    cases = [Case.at(place) for place in range(1, rounds * size.requests + 1)]
    moulds = Moulds()
    async with servers(home / "served", SERVICE.name) as stack, _bare(home / "bare") as (bare, url, log):
        operator = await stack.nats.connect("operator")
        bulk = Bulk(operator, moulds)
        last = await bulk.write_directory()
        await write(bulk, settings_of(stack), cases, BEFORE)
        last += len(cases) * len(BEFORE)
        await projected(stack, last)
        await operator.close()
        mine = sign_for_requests(stack, cases)
        other = _append_requests(moulds, cases)
        pids = {name: child.pid for name, child in stack.processes().items()}
        ours_spent, theirs_spent = Meter(pids), Meter({"bare": bare.pid, "nats": log.process.pid})
        share: dict[str, list[Driven]] = {"ours": [], "bare": []}

        def some(requests: list[bytes], number: int) -> list[bytes]:
            return requests[number * size.requests : (number + 1) * size.requests]

        async def ours(number: int) -> float:
            with ours_spent:
                driven = await drive(stack.service_url(SERVICE.name), some(mine, number), CONNECTIONS)
            assert driven.statuses == {200: size.requests}, driven.statuses
            share["ours"].append(driven)
            return driven.rate

        async def theirs(number: int) -> float:
            with theirs_spent:
                driven = await drive(url, some(other, number), CONNECTIONS)
            assert driven.statuses == {200: size.requests}, driven.statuses
            share["bare"].append(driven)
            return driven.rate

        our_rates, their_rates = await alternate(size.rounds, ours, theirs)
        done = rounds * size.requests
        await projected(stack, last + done)
        counted = {"ours": await _signed_for(stack), "bare": await _stored(log)}
        assert set(counted.values()) == {done}, counted
    served, raw = Figure.of("本系统", "请求/秒", our_rates), Figure.of("裸路由", "请求/秒", their_rates)
    facts = {
        "counted": counted,
        "cpu_us_per_request": {"ours": ours_spent.per(done), "bare": theirs_spent.per(done)},
        "driver_busy": {
            name: round(sum(one.busy for one in driven) / sum(one.seconds for one in driven), 3)
            for name, driven in share.items()
        },
    }
    came = f"签收，{CONNECTIONS} 个连接，{size.rounds} 轮交替，每轮每边 {size.requests} 个请求，各一个服务进程"
    return [Ratio("http_vs_bare", served.value / raw.value, (served, raw), came, facts)]


async def projected(stack: Stack, last: int) -> None:
    """Wait until the service has projected a stream sequence, and nothing was parked."""
    db = await Database(settings_of(stack), SCHEMA).dedicated()
    try:
        async with asyncio.timeout(60 + last / SLOWEST):
            while await db.fetchval("SELECT sequence FROM position") < last:  # noqa: ASYNC110 - it is not ours to set.
                await asyncio.sleep(0.1)
        assert await db.fetchval("SELECT count(*) FROM parked") == 0
    finally:
        await db.close()


def _append_requests(moulds: Moulds, cases: Sequence[Case]) -> list[bytes]:
    """Give the requests that append, byte for byte, the events that our side's commands cause."""
    made = []
    for case in cases:
        *_, event = moulds.of(case, (*BEFORE, "sign_for"))
        made.append(request(f"/append/{event.address.subject}", event.raw, type=event.type))
    return made


async def _signed_for(stack: Stack) -> int:
    """Count the cases that the service has projected as signed for."""
    db = await Database(settings_of(stack), SCHEMA).dedicated()
    try:
        return int(
            await db.fetchval(
                "SELECT count(*) FROM states WHERE fold = 'proposals.proposal' AND version = $1", len(BEFORE)
            )
        )
    finally:
        await db.close()


async def _stored(log: NatsServer) -> int:
    """Count the events on the bare route's log."""
    client = await log.connect("operator")
    info = await client.jetstream().stream_info(STREAM)
    await client.close()
    return info.state.messages


@asynccontextmanager
async def _bare(home: Path) -> AsyncIterator[tuple[Child, str, NatsServer]]:
    """Run the bare route as a process, on a log of its own."""
    shutil.rmtree(home, ignore_errors=True)
    log = NatsServer(home)
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"

    async def ready() -> bool:
        return await http_status(f"{url}/ready") == 200

    await log.start()
    environment = {
        **os.environ,
        "BARE_NATS_URL": log.url,
        "BARE_NATS_USER": "proposals",
        "BARE_NATS_PASSWORD": log.passwords.nats["proposals"],
        "BARE_PORT": str(port),
    }
    bare = Child("bare", [sys.executable, "-m", "benchmarks.bare"], home / "bare.log", CHECKOUT, environment, ready)
    try:
        await bare.start()
        yield bare, url, log
    finally:
        await bare.stop()
        await log.stop()
        shutil.rmtree(home, ignore_errors=True)
