"""`yishi import cases` on cases with whole histories, from the command to all projected, against raw single appends.

The command and the service are the real ones, each a process. Peak memory of both is read when a quarter of the
events is in the log and again at the end: a file that is four times as long must not need more. The same file in the
other formats is imported after it; it changes nothing, and shows what reading it costs.
"""

import asyncio
import json
import os
import resource
import shutil
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from benchmarks.bulk import Bulk, headers_of
from benchmarks.histories import EVENTS, Files, write_files
from benchmarks.http_command import projected
from benchmarks.life import COUNTY
from benchmarks.moulds import Moulds
from benchmarks.processor import Meter, peak
from benchmarks.report import Figure, Ratio
from benchmarks.rounds import rate
from benchmarks.sizes import Size
from benchmarks.spine import servers, settings_of
from benchmarks.visible import SCHEMA
from contracts.envelope import TYPE_HEADER
from runtime.database import Database
from runtime.log import STREAM
from services.proposals.main import SERVICE
from yishi import CHECKOUT
from yishi.nats import NatsServer
from yishi.stack import Stack

AIM = 1000
"""Events a second, from the start of the command until all is projected."""
LOOK = 0.05
"""Seconds between two looks at the log."""
FETCH = 500


class Ran(NamedTuple):
    """One run of the command."""

    report: dict[str, Any]
    seconds: float
    processor: float
    """Seconds of processor time of the command itself."""
    peaks: dict[str, tuple[float, float]]
    """MiB by process, the command's and the service's: at a quarter of the events, and at the end."""


class Importer:
    """Runs the command on a stack and looks at both processes while it works."""

    def __init__(self, stack: Stack, log: Client) -> None:
        self._stack = stack
        self._log = log

    async def last(self) -> int:
        """Give the log's last sequence."""
        return int((await self._log.jetstream().stream_info(STREAM)).state.last_seq)

    async def run(self, file: Path, events: int) -> Ran:
        """Import a file that brings so many events; the command itself waits until they are projected."""
        quarter = await self.last() + events // 4
        spent, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "yishi", "import", "cases", str(file)),
            *("--county", COUNTY, "--apply", "--json"),
            cwd=CHECKOUT,
            env=os.environ | {"YISHI_HOME": str(self._stack.home)},
            stdout=asyncio.subprocess.PIPE,
        )
        ended = asyncio.create_task(process.communicate())
        try:
            early, late = await self._watch(ended, process.pid, quarter)
            output, _ = await ended
        except BaseException:
            process.kill()
            raise
        seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        assert process.returncode == 0, output.decode()
        processor = after.ru_utime + after.ru_stime - spent.ru_utime - spent.ru_stime
        peaks = {name: (early.get(name, late[name]), late[name]) for name in late}
        return Ran(json.loads(output), seconds, processor, peaks)

    async def _watch(
        self, ended: "asyncio.Task[Any]", pid: int, quarter: int
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Give the peaks when the log has come to a sequence, and those seen last."""
        served = self._stack.services[SERVICE.name].pid
        assert served is not None
        early: dict[str, float] = {}
        late: dict[str, float] = {}
        while not ended.done():
            try:
                late = {"command": peak(pid), "service": peak(served)}
            except (OSError, ValueError):  # The command has just ended.
                break
            if not early and await self.last() >= quarter:
                early = late
            await asyncio.wait((ended,), timeout=LOOK)
        return early, late


async def measure(home: Path, size: Size) -> list[Ratio]:
    """Measure import_vs_raw and import_memory."""
    async with servers(home / "served", SERVICE.name) as stack, _raw(home / "raw") as raw:
        files = write_files(stack.home, size.imported)
        operator = await stack.nats.connect("operator")
        before = await Bulk(operator, Moulds()).write_directory()
        await projected(stack, before)
        importer = Importer(stack, operator)
        meter = Meter({name: child.pid for name, child in stack.processes().items()})
        events = size.imported * EVENTS
        with meter:
            ran = await importer.run(files[".csv"].whole, events)
        told = {name: ran.report[name] for name in ("rows", "new", "events", "problems")}
        assert told == {"rows": size.imported, "new": size.imported, "events": events, "problems": []}, told
        counted = await _counted(stack)
        assert counted == {"closed": size.imported, "searched": size.imported, "parked": 0}, counted
        assert await importer.last() == before + events
        formats = await _formats(importer, files, size.imported)
        assert await importer.last() == before + events
        count = min(size.commands // EVENTS, size.imported) * EVENTS
        rates = [await raw.append(operator, before, count) for _ in range(size.rounds)]
        await operator.close()
    return _ratios(ran, events, rates, meter, formats, size)


async def _formats(importer: Importer, files: Mapping[str, Files], cases: int) -> dict[str, tuple[float, float]]:
    """Give the command's peak memory by format, MiB: for a quarter of the rows, for all; they are known by now."""
    found = {}
    for ending, file in files.items():
        few, many = await importer.run(file.quarter, 0), await importer.run(file.whole, 0)
        assert (few.report["unchanged"], many.report["unchanged"]) == (cases // 4, cases), (few.report, many.report)
        found[ending] = (few.peaks["command"][1], many.peaks["command"][1])
    return found


def _ratios(
    ran: Ran,
    events: int,
    rates: Sequence[float],
    meter: Meter,
    formats: dict[str, tuple[float, float]],
    size: Size,
) -> list[Ratio]:
    mine = Figure.of("导入", "事件/秒", [events / ran.seconds])
    other = Figure.of("原始单条追加", "事件/秒", rates)
    came = (
        f"{size.imported} 件闭环历史、{events} 个事件，从命令启动到全部入投影；原始追加为同一批消息，另一台日志服务器"
    )
    facts = {
        "events_per_second": {"value": round(mine.value, 1), "aim": AIM, "met": mine.value >= AIM},
        "seconds": round(ran.seconds, 1),
        "counted": {"cases": size.imported, "events": events},
        "cpu_us_per_event": meter.per(events) | {"command": round(ran.processor / events * 1e6, 1)},
    }
    peaks = {**ran.peaks, **{f"command {ending}": found for ending, found in formats.items()}}
    early, late = max(peaks.values(), key=lambda found: found[1] / found[0])
    told = {name: [round(one, 1) for one in found] for name, found in peaks.items()}
    figures = (Figure("全部行时的峰值", late, "MiB"), Figure("四分之一行时的峰值", early, "MiB"))
    where = f"{size.imported} 件：命令与服务在导入四分之一时与结束时的峰值；各格式的四分之一文件与全文件；取最差者"
    return [
        Ratio("import_vs_raw", mine.value / other.value, (mine, other), came, facts),
        Ratio("import_memory", late / early, figures, where, {"peak_mib": told}),
    ]


async def _counted(stack: Stack) -> dict[str, int]:
    """Count the cases that the service shows closed and finds by their words, and what was parked."""
    db = await Database(settings_of(stack), SCHEMA).dedicated()
    try:
        return {
            "closed": await db.fetchval("SELECT count(*) FROM board WHERE stage = 'closed'"),
            "searched": await db.fetchval("SELECT count(*) FROM search_terms"),
            "parked": await db.fetchval("SELECT count(*) FROM parked"),
        }
    finally:
        await db.close()


class _Raw:
    """A log of its own, to which nats-py appends one message after another in each case, 16 cases at once."""

    def __init__(self, client: Client) -> None:
        self._js = client.jetstream()
        self._round = 0

    async def append(self, imported: Client, after: int, count: int) -> float:
        """Append some of the messages that the import has written, and give the events a second."""
        messages = await _read(imported, after + 1, count)
        lives = [messages[place : place + EVENTS] for place in range(0, count, EVENTS)]
        self._round += 1
        county = str(100_000 + self._round)
        tails: dict[str, int] = {}

        async def live(life: Sequence[Msg]) -> None:
            for message in life:
                subject = message.subject.replace(COUNTY, county, 1)
                assert message.headers is not None
                headers = headers_of(message.headers[TYPE_HEADER], tails.get(subject, 0))
                tails[subject] = (await self._js.publish(subject, message.data, timeout=5, headers=headers)).seq

        lives_a_second = await rate(lives, live)
        assert (await self._js.stream_info(STREAM)).state.last_seq == self._round * count
        return lives_a_second * EVENTS


async def _read(client: Client, start: int, count: int) -> list[Msg]:
    """Fetch messages of the log from a sequence on."""
    config = ConsumerConfig(
        ack_policy=AckPolicy.NONE,
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=start,
        mem_storage=True,
    )
    subscription = await client.jetstream().pull_subscribe("evt.>", stream=STREAM, config=config)
    found: list[Msg] = []
    while len(found) < count:
        found += await subscription.fetch(min(FETCH, count - len(found)), timeout=10)
    await subscription.unsubscribe()
    return found


@asynccontextmanager
async def _raw(home: Path) -> AsyncIterator[_Raw]:
    """Run a log that nobody follows."""
    shutil.rmtree(home, ignore_errors=True)
    server = NatsServer(home)
    try:
        await server.start()
        client = await server.connect("operator")
        yield _Raw(client)
        await client.close()
    finally:
        await server.stop()
        shutil.rmtree(home, ignore_errors=True)
