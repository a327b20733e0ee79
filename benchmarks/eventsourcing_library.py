"""Load, decide, append against the PyPI library `eventsourcing` on the same PostgreSQL, 16 threads, fsync on both.

Its aggregate has the same past, decides by the same rule, and its events carry the same facts as ours, envelope
included. It keeps to the library's defaults: no snapshots (three events need none) and no cache, as ours has none.
"""

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from benchmarks.append import asked, sign_for
from benchmarks.life import LEAD, Case
from benchmarks.moulds import Moulds
from benchmarks.processor import Meter
from benchmarks.report import Figure, Ratio
from benchmarks.rounds import IN_FLIGHT, alternate, rate
from benchmarks.sizes import Size
from benchmarks.spine import BEFORE, spine
from yishi.stack import Stack

DATABASE = "eventsourcing_library"
SAVED = 250
"""Aggregates saved at once while the past is written."""
_ITS_OWN = ("id", "time", "version", "subject", "data")
"""What the library keeps for itself, under other names."""

Facts = dict[str, Any]


class CaseOfLibrary(Aggregate):
    """A case 件, as far as the signing for it depends on it."""

    @event("Submitted")
    def __init__(self, id: UUID, envelope: Facts, data: Facts) -> None:
        self._id = id
        self.stage = "submitted"
        self.title, self.text = data["title"], data["text"]
        self.clocks: dict[str, Facts] = {}
        self.units: tuple[str, ...] = ()
        self.signed_for: dict[str, str] = {}
        self.handled = {envelope["commandid"]: envelope["commanddigest"]}

    @staticmethod
    def create_id(id: UUID) -> UUID:
        return id

    @event("Registered")
    def register(self, envelope: Facts, data: Facts) -> None:
        self.stage = "registered"
        self.number = data["number"]
        self.handled[envelope["commandid"]] = envelope["commanddigest"]

    @event("HandedOver")
    def hand_over(self, envelope: Facts, data: Facts) -> None:
        self.stage = "handed_over"
        self.units = (data["lead"], *data["co"])
        self.handed_over_on = data["handed_over_on"]
        self.clocks = {clock["id"]: clock for clock in data["clocks"]["opened"]}
        self.handled[envelope["commandid"]] = envelope["commanddigest"]

    def sign_for(self, unit: str, on: str, envelope: Facts, data: Facts) -> None:
        """Decide, by the rule of services.proposals.handling.handling.sign_for."""
        if envelope["commandid"] in self.handled:
            return
        if self.stage not in ("handed_over", "replied") or on < self.handed_over_on:
            raise ValueError(self.stage)
        if unit not in self.units or unit in self.signed_for:
            raise ValueError(unit)
        self.take(envelope, data)

    @event("SignedFor")
    def take(self, envelope: Facts, data: Facts) -> None:
        self.signed_for[data["unit"]] = data["signed_for_on"]
        self.handled[envelope["commandid"]] = envelope["commanddigest"]


class Library:
    """The library with its PostgreSQL recorder, in a database of its own on the same server."""

    def __init__(self, stack: Stack) -> None:
        at = urlsplit(stack.postgres.admin_url)
        self.application: Application[UUID] = Application(
            env={
                "PERSISTENCE_MODULE": "eventsourcing.postgres",
                "POSTGRES_DBNAME": DATABASE,
                "POSTGRES_HOST": str(at.hostname),
                "POSTGRES_PORT": str(at.port),
                "POSTGRES_USER": str(at.username),
                "POSTGRES_PASSWORD": str(at.password),
                "POSTGRES_POOL_SIZE": str(IN_FLIGHT),
                "POSTGRES_MAX_OVERFLOW": str(IN_FLIGHT),
            }
        )

    def write(self, moulds: Moulds, cases: Sequence[Case]) -> None:
        """Write the past of the cases."""
        for start in range(0, len(cases), SAVED):
            self.application.save(*(_past(moulds, case) for case in cases[start : start + SAVED]))

    def rate(self, work: Sequence[tuple[UUID, Facts, Facts]], pool: ThreadPoolExecutor) -> float:
        """Carry out the commands in the pool's threads and give the commands a second."""
        begun = perf_counter()
        for _ in pool.map(lambda one: self._sign_for(*one), work):
            pass
        return len(work) / (perf_counter() - begun)

    def _sign_for(self, id: UUID, envelope: Facts, data: Facts) -> None:
        case: CaseOfLibrary = self.application.repository.get(id)
        case.sign_for(str(LEAD), "2005-03-03", envelope, data)
        assert len(self.application.save(case)) == 1


def _past(moulds: Moulds, case: Case) -> CaseOfLibrary:
    written = (event for event in moulds.of(case, BEFORE) if event.address.aggregate == "proposal")
    submitted, registered, handed_over = (_facts(event.raw) for event in written)
    made = CaseOfLibrary(id=case.id, envelope=submitted[0], data=submitted[1])
    made.register(*registered)
    made.hand_over(*handed_over)
    return made


def _facts(raw: bytes) -> tuple[Facts, Facts]:
    """Give what an event of ours says, envelope and data, without what the library keeps by itself."""
    content = json.loads(raw)
    return {name: value for name, value in content.items() if name not in _ITS_OWN}, content["data"]


async def measure(home: Path, size: Size) -> list[Ratio]:
    """Measure append_vs_eventsourcing."""
    rounds = size.rounds + 1
    count = max(size.commands // 2, 32)
    cases = [Case.at(place) for place in range(1, rounds * count + 1)]
    async with spine(home) as opened:
        await opened.write(cases, BEFORE)
        await opened.catch_up()
        admin = await asyncpg.connect(opened.stack.postgres.admin_url)
        await admin.execute(f"CREATE DATABASE {DATABASE}")
        await _check_synced(admin)
        await admin.close()
        library = await asyncio.to_thread(Library, opened.stack)
        await asyncio.to_thread(library.write, opened.moulds, cases)
        work = [(case.id, *_facts(list(opened.moulds.of(case, (*BEFORE, "sign_for")))[-1].raw)) for case in cases]
        pids = {name: child.pid for name, child in opened.stack.processes().items()}
        ours_spent, theirs_spent = Meter(pids), Meter(pids)
        pool = ThreadPoolExecutor(IN_FLIGHT)

        async def ours(number: int) -> float:
            some = [(case, asked(case)) for case in cases[number * count : (number + 1) * count]]
            with ours_spent:
                return await rate(some, lambda one: sign_for(opened, *one))

        async def theirs(number: int) -> float:
            with theirs_spent:
                return await asyncio.to_thread(library.rate, work[number * count : (number + 1) * count], pool)

        before = await opened.log.last_sequence()
        saved = await asyncio.to_thread(_notifications, library)
        our_rates, their_rates = await alternate(size.rounds, ours, theirs)
        event_bytes = await asyncio.to_thread(_bytes, library, cases[0].id)
        counted = {
            "ours": await opened.log.last_sequence() - before,
            "library": await asyncio.to_thread(_notifications, library) - saved,
        }
        assert set(counted.values()) == {rounds * count}, counted
        pool.shutdown()
        library.application.close()
    mine, other = Figure.of("本系统", "条/秒", our_rates), Figure.of("eventsourcing 库", "条/秒", their_rates)
    return [
        Ratio(
            "append_vs_eventsourcing",
            mine.value / other.value,
            (mine, other),
            f"签收：{size.rounds} 轮交替，每轮每边 {count} 条，{IN_FLIGHT} 条并行（库用 {IN_FLIGHT} 个线程），均落盘",
            {
                "event_bytes": event_bytes,
                "counted": counted,
                "cpu_us_per_command": {
                    "ours": ours_spent.per(rounds * count),
                    "library": theirs_spent.per(rounds * count),
                },
            },
        )
    ]


def _bytes(library: Library, id: UUID) -> int:
    """Give the size of the library's stored event of the command."""
    return len(list(library.application.recorder.select_events(id))[-1].state)


def _notifications(library: Library) -> int:
    """Give how many events the library has stored."""
    return library.application.recorder.max_notification_id() or 0


async def _check_synced(db: asyncpg.Connection) -> None:
    """Check that a commit waits for the disk."""
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert await db.fetchval(f"SHOW {setting}") == "on", setting
