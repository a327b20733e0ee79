"""Writing many cases fast: atomic batches of 500, in which no aggregate comes twice.

Each message carries the sequence that it expects, as one appended singly does; so the log passes `yishi verify`.
Source: ADR 0001 (atomic batches are for bulk imports); NATS ADR-50.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import uuid4

import asyncpg
from nats.aio.client import Client

from benchmarks.life import BODY, CALENDARS, CO, COUNTY, LEAD, MEMBER, OFFICE, PACK, Case, named
from benchmarks.moulds import Moulds, Written, envelope
from contracts.envelope import CONTENT_TYPE, TYPE_HEADER, digest_of
from contracts.event import Event
from contracts.members import BodyEstablished, CalendarPublished, MemberEnrolled, RulePackAdopted, UnitEstablished
from rules.pack import load_pack
from runtime.log import STREAM
from runtime.messages import EXPECTED_SEQUENCE_HEADER
from runtime.tables import Db

BATCH = 500
OPEN = 3
"""Batches open at once: while one waits for the disk, the next one is made."""
ANSWER = 60.0
"""Seconds."""


class Tail(NamedTuple):
    """Where an aggregate's next event goes."""

    sequence: int
    hash: str | None


def headers_of(type_name: str, expected: int) -> dict[str, str]:
    """Give the headers of an honest append, those of EventLog.append."""
    return {
        EXPECTED_SEQUENCE_HEADER: str(expected),
        "Nats-Expected-Stream": STREAM,
        "Content-Type": CONTENT_TYPE,
        TYPE_HEADER: type_name,
    }


class Bulk:
    """The writer; `client` is the operator's."""

    def __init__(self, client: Client, moulds: Moulds) -> None:
        self._client = client
        self._moulds = moulds
        self._open = asyncio.Semaphore(OPEN)
        self.bytes = 0
        """Of the bodies written."""

    async def write_cases(self, cases: Sequence[Case], acts: Sequence[str]) -> dict[int, Tail]:
        """Write the first acts of the cases' lives and give, by place, where each case's next event goes."""
        tails: dict[int, Tail] = {}

        async def cohort(some: Sequence[Case]) -> None:
            async with self._open:
                tails.update(await self._cohort(some, acts))

        async with asyncio.TaskGroup() as group:
            for start in range(0, len(cases), BATCH):
                group.create_task(cohort(cases[start : start + BATCH]))
        return tails

    async def _cohort(self, cases: Sequence[Case], acts: Sequence[str]) -> dict[int, Tail]:
        lives: list[Iterator[Written]] = [self._moulds.of(case, acts) for case in cases]
        tails = {case.place: Tail(0, None) for case in cases}
        for _ in acts:
            events = [next(life) for life in lives]
            claims = events[0].address.aggregate == "number"
            expected = [0 if claims else tails[case.place].sequence for case in cases]
            last = await self.write(events, expected)
            self.bytes += sum(len(event.raw) for event in events)
            if not claims:
                first = last - len(events) + 1
                for place, (case, event) in enumerate(zip(cases, events, strict=True)):
                    tails[case.place] = Tail(first + place, digest_of(event.raw))
        return tails

    async def write(self, events: Sequence[Written], expected: Sequence[int]) -> int:
        """Write one atomic batch and give its last stream sequence."""
        batch = uuid4().hex
        for place, (event, sequence) in enumerate(zip(events, expected, strict=True), 1):
            headers = {
                **headers_of(event.type, sequence),
                "Nats-Batch-Id": batch,
                "Nats-Batch-Sequence": str(place),
            }
            if place < len(events):
                await self._client.publish(event.address.subject, event.raw, headers=headers)
                continue
            headers["Nats-Batch-Commit"] = "1"
            answer = await self._client.request(event.address.subject, event.raw, timeout=ANSWER, headers=headers)
            ack = json.loads(answer.data)
            if "error" in ack:
                raise RuntimeError(f"the log refused a batch: {ack['error']}")
            return int(ack["seq"])
        raise AssertionError("an empty batch")

    async def write_directory(self) -> int:
        """Write what the cases rely on: body, member, units, the pack and its calendars."""
        pack = load_pack(PACK)
        day = pack.effective_from
        assert day is not None
        told: list[tuple[str, Event]] = [
            (str(BODY), BodyEstablished(name="省政协", kind="cppcc")),
            (str(MEMBER), MemberEnrolled(name="张委员", body=BODY, term=9, from_on=day)),
            *((str(id), UnitEstablished(name=name, from_on=day)) for id, name in _UNITS.items()),
            (
                pack.name,
                RulePackAdopted(
                    name=pack.name, digest=pack.digest, content=PACK.decode(), kinds=pack.kinds, from_on=day
                ),
            ),
        ]
        for year, content in CALENDARS.items():
            told.append(
                (str(year), CalendarPublished(year=year, digest=digest_of(content), content=content.decode()))
            )
        events = []
        for id, event in told:
            made = envelope(event, id, named(f"directory/{id}"), 1, None, "person:registrar", "registrar", None)
            events.append(Written(made.address, made.type, made.encode()))
        return await self.write(events, [0] * len(events))


_UNITS = {LEAD: "规划办", CO: "公路局", OFFICE: "厅办公室"}


async def keep_keys(db: Db, cases: Sequence[Case]) -> None:
    """Put the cases' keys into the vault, as the service does before it seals anything."""
    await db.execute(
        "INSERT INTO vault.keys (county, case_id, key) SELECT $1, * FROM unnest($2::uuid[], $3::bytea[])",
        COUNTY,
        [case.id for case in cases],
        [case.key for case in cases],
    )


async def connect_vault(url: str) -> asyncpg.Connection:
    """Connect as the projector role of the proposals service."""
    return await asyncpg.connect(url, timeout=5)
