"""`kill -9` under load: while whole cases go through the four services, each process of the stack dies in its turn.

What is acknowledged is noted here, outside the system, and is looked for afterwards.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from contracts.clocks import Clock, ClockClosed
from contracts.envelope import Envelope, command_id
from contracts.notifications import ReminderSent, reminder_id
from rules.calendar import Calendars, load_calendar
from rules.shelf import published_calendars
from runtime.messages import read
from services.notifications.schedule import due_reminders
from yishi import SERVICES
from yishi.demo.office import AUDITOR, Office, Person
from yishi.demo.plan import HAND_OVER, LAST_DAY, cases, load_facts
from yishi.demo.year import Year
from yishi.events import Wanted, read_events
from yishi.rebuild import rebuild
from yishi.stack import Stack
from yishi.target import find_target, open_log
from yishi.walk import verify_log

if TYPE_CHECKING:
    from tests.conftest import Eventually

CASES = (0, 1, 3, 4, 10, 11, 12, 13, 15, 16, 20, 33)
"""Led by leaders, joint, with a co unit, rated 不满意 at first, and plain."""

DEATHS = (
    *((30, "members"), (60, "nats"), (90, "postgres"), (125, "proposals"), (160, "meetings")),
    *((200, "nats"), (240, "proposals"), (280, "postgres"), (320, "notifications"), (360, "meetings")),
)
"""After how many acknowledged requests who dies."""


@dataclass(frozen=True)
class Acknowledged:
    """A command whose effect a service has confirmed, and what it said."""

    actor: str
    key: str
    answer: dict[str, Any]

    def is_in(self, event: Envelope[Any]) -> bool:
        """Say whether an event is what was acknowledged."""
        address, said = event.address, self.answer
        scope = f"{address.service}.{address.aggregate}/{address.id}"
        return event.commandid == command_id(event.county, self.actor, f"{scope}/{self.key}") and (
            (address.id, event.type, event.version) == (said["id"], said["type"], said["version"])
        )


class Witness(Office):
    """An office that notes every acknowledgement, and repeats what was left without an answer."""

    def __init__(self, stack: Stack, county: str) -> None:
        super().__init__(stack, county, patient=True)
        self.answers = 0
        self.acknowledged: list[Acknowledged] = []

    async def command(
        self,
        service: str,
        path: str,
        who: Person,
        on: date,
        key: str,
        body: Mapping[str, Any] | None = None,
        *,
        content: bytes | None = None,
        at_least: int = 0,
    ) -> dict[str, Any]:
        answer = await super().command(service, path, who, on, key, body, content=content, at_least=at_least)
        self.answers += 1
        if "version" in answer:
            self.acknowledged.append(Acknowledged(who.subject, key, answer))
        return answer


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    """A whole stack for one test alone."""
    alone = Stack(tmp_path / "stack")
    await alone.start()
    yield alone
    await alone.remove()


async def test_whatever_dies_under_load_no_acknowledged_command_is_lost_and_none_counts_twice(
    stack: Stack, eventually: "Eventually"
) -> None:
    facts = load_facts()
    plan = cases(facts)
    async with AsyncExitStack() as closing:
        office = await closing.enter_async_context(Witness(stack, facts["county"]))
        year = asyncio.create_task(Year(office, facts, lambda *_: None).run([plan[n] for n in CASES]))
        closing.callback(year.cancel)
        for after, victim in DEATHS:
            await eventually(lambda: office.answers >= after or year.done(), 60)  # noqa: B023 - awaited at once
            assert not year.done(), (after, office.answers, year.exception())
            process = stack.services.get(victim) or getattr(stack, victim)
            await process.kill()
            await process.start()
        await asyncio.wait_for(year, 60)

        total = (await office.ask("proposals", "/v1/statistics", AUDITOR, LAST_DAY))["total"]
        assert (total["cases"], total["closed"], total["met"], total["rehandled"]) == (12, 12, 12, 1)
        summary = await office.ask("notifications", "/v1/summary", AUDITOR, LAST_DAY)
        for service in SERVICES:
            await office.ask(service, "/readyz", AUDITOR, LAST_DAY)

    operator = stack.nats.passwords.nats["operator"]
    walk = await verify_log(stack.nats.url, operator, stack.nats.monitor_url)
    log = await _log(stack)
    assert walk.sequence == len(log) >= office.head

    commands = Counter(event.commandid for event in log.values())
    assert len(office.acknowledged) > 250
    for said in office.acknowledged:
        event = log[said.answer["sequence"]]
        assert said.is_in(event)
        assert commands[event.commandid] == 1
    held = [event.address.id for event in log.values() if event.type == "yishi.meetings.HandlerMet.v1"]
    noted = [str(event.data.meeting) for event in log.values() if event.type == "yishi.proposals.MeetingNoted.v1"]
    assert len(held) == 3 * len(CASES)
    assert sorted(noted) == sorted(held)

    reminded = [event for event in log.values() if isinstance(event.data, ReminderSent)]
    assert Counter(event.address.id for event in reminded) == Counter(_reminders_due(log))
    assert summary["reminders"] == len(reminded) > 20
    outbox = Path(stack.environment("notifications")["YISHI_STATE_DIR"]) / "outbox"
    lines = [json.loads(line)["id"] for path in outbox.glob("*.jsonl") for line in path.read_text().splitlines()]
    sent = [str(event.id) for event in log.values() if event.type.endswith(("ReminderSent.v1", "DigestSent.v1"))]
    assert Counter(lines) == Counter(sent)

    for service in SERVICES:
        found = await rebuild(find_target(stack.home), service)
        assert found.identical, [table for table in found.tables if not table.identical]
        assert found.position == len(log)


async def _log(stack: Stack) -> dict[int, Envelope[Any]]:
    """Read every event, by sequence."""
    async with open_log(find_target(stack.home)) as (log, _):
        return {message.sequence: read(message) async for message in read_events(log, Wanted(), start=1)}


def _reminders_due(log: Mapping[int, Envelope[Any]]) -> list[str]:
    """Give the ids of the reminders that daily runs owe, from the clocks in the log alone."""
    calendars = Calendars([load_calendar(published_calendars()[year]) for year in (2005, 2006)])
    opened: dict[UUID, Clock] = {}
    closed: dict[UUID, ClockClosed] = {}
    for event in log.values():
        if event.data.clocks:
            opened |= {clock.id: clock for clock in event.data.clocks.opened}
            closed |= {closing.id: closing for closing in event.data.clocks.closed}
    return [
        str(reminder_id(clock.id, due.rule, clock.due_on))
        for clock in opened.values()
        if clock.due_on is not None
        for due in due_reminders(clock.due_on, LAST_DAY, clock.proof.started_on, calendars)
        if HAND_OVER <= due.for_on < closed[clock.id].on
    ]
