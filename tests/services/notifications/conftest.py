"""Other services' events, put into the real log by the hands of those services, and what a run sent."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID, uuid4

import pytest

from contracts.clocks import Clock, ClockChanges, ClockClosed, ClockMoved, Proof, clock_id
from contracts.envelope import Address, Envelope, digest_of
from contracts.event import Event
from contracts.members import CalendarPublished, UnitEstablished
from contracts.proposals import ProposalClosed
from rules.shelf import published_calendars
from runtime.log import EventLog
from runtime.messages import read
from runtime.settings import Settings
from yishi.stack import Stack

if TYPE_CHECKING:
    from tests.conftest import Person

PACK = "hunan-transport-2005"


def _clock(
    case: UUID,
    *,
    whom: str,
    due_on: str | None,
    kind: str = "unit_reply",
    opened_on: str = "2005-03-01",
    provisional: bool = False,
) -> Clock:
    """A clock as the proposals service would open it."""
    last = date.fromisoformat(due_on) if due_on else None
    proof = Proof(
        pack=PACK,
        pack_digest="sha256:00",
        rule=kind,
        source="办理工作方案",
        started_by="handed_over",
        started_on=date.fromisoformat(opened_on),
        fixed_on=last,
        undefined=None if due_on else "x个工作日",
    )
    return Clock(
        id=clock_id(case, kind, whom), kind=kind, whom=whom, due_on=last, provisional=provisional, proof=proof
    )


@dataclass
class OtherServices:
    """What other services append in one county."""

    county: str
    logs: dict[str, EventLog]
    position: int = 0
    _tails: dict[str, tuple[int, int, str | None]] = field(default_factory=dict)

    @property
    def at_least(self) -> str:
        """The position of the last event."""
        return f"EVENTS:{self.position}"

    clock = staticmethod(_clock)

    async def record(self, id: object, event: Event, *, type_name: str | None = None) -> None:
        """Append one event as the next of its aggregate."""
        address = Address(self.county, event.service, event.aggregate, str(id))
        sequence, version, before = self._tails.get(address.subject, (0, 0, None))
        envelope = Envelope[Any](
            id=uuid4(),
            source=f"urn:yishi:{event.service}",
            type=type_name or event.type_name(),
            subject=f"{event.aggregate}/{id}",
            time=datetime(2005, 3, 1, tzinfo=UTC),
            county=self.county,
            actor=f"service:{event.service}",
            actorrole="service",
            commandid=uuid4(),
            commanddigest="sha256:00",
            correlationid="seed",
            version=version + 1,
            prevhash=before,
            data=event,
        )
        raw = envelope.encode()
        self.position = await self.logs[event.service].append(address, envelope.type, raw, expected=sequence)
        self._tails[address.subject] = (self.position, version + 1, digest_of(raw))

    async def publish_calendar(self, year: int = 2005) -> None:
        """The county publishes a year's calendar."""
        content = published_calendars()[year]
        event = CalendarPublished(year=year, digest=digest_of(content), content=content.decode())
        await self.record(year, event)

    async def establish_unit(self, name: str) -> str:
        """A unit joins the county's tree; gives its party."""
        id = uuid4()
        await self.record(id, UnitEstablished(name=name, from_on=date(2005, 1, 1)))
        return f"unit:{id}"

    async def open(self, *clocks: Clock, case: UUID | None = None) -> UUID:
        """An event of a case opens clocks; gives the case."""
        case = case or uuid4()
        await self._change(case, ClockChanges(opened=clocks))
        return case

    async def open_one(self, whom: str, due_on: str | None, **more: Any) -> tuple[UUID, Clock]:
        """A case with one clock."""
        case = uuid4()
        clock = self.clock(case, whom=whom, due_on=due_on, **more)
        await self.open(clock, case=case)
        return case, clock

    async def move(self, case: UUID, clock: Clock, due_on: str) -> None:
        """The last day is put off."""
        last = date.fromisoformat(due_on)
        step = ClockMoved(id=clock.id, due_from=clock.due_on, due_on=last, reason="延期获准", proof=clock.proof)
        await self._change(case, ClockChanges(moved=(step,)))

    async def close(self, case: UUID, clock: Clock, on: str) -> None:
        """What the clock waited for happened."""
        await self._change(case, ClockChanges(closed=(ClockClosed(id=clock.id, on=date.fromisoformat(on)),)))

    async def _change(self, case: UUID, changes: ClockChanges) -> None:
        # The follower knows no rule of the trade: any event that carries clocks will do.
        await self.record(case, ProposalClosed(closed_on=date(2005, 3, 1), clocks=changes))

    async def sent(self, aggregate: str = "reminder") -> list[Envelope[Any]]:
        """Everything that the notifications service has in the log of the county, in order."""
        log = self.logs["proposals"]
        subjects = f"evt.{self.county}.notifications.{aggregate}.>"
        info = await log.request("$JS.API.STREAM.INFO.EVENTS", {"subjects_filter": subjects})
        found = [
            message for subject in info["state"].get("subjects") or {} for message in await log.after(subject, 0)
        ]
        return [read(message) for message in sorted(found, key=lambda message: message.sequence)]


@pytest.fixture
async def other_services(servers: Stack, county: str) -> AsyncIterator[OtherServices]:
    """Proposals and members, as far as they write to the log of the test's servers."""
    logs = {}
    for service in ("proposals", "members"):
        environment = servers.environment(service)
        known = {key.removeprefix("YISHI_").lower(): value for key, value in environment.items()}
        logs[service] = EventLog(Settings(**known), f"{service}-seed")  # type: ignore[arg-type]
        await logs[service].connect()
    yield OtherServices(county, logs)
    for log in logs.values():
        await log.close()


class Run(Protocol):
    """Run for a date, at eight in the morning of it; gives the reminders and the digests that were sent."""

    async def __call__(self, operator: "Person", as_of: str, **headers: str) -> tuple[int, int]: ...


@pytest.fixture(scope="session")
def run() -> Run:
    """The runner."""

    async def run(operator: "Person", as_of: str, **headers: str) -> tuple[int, int]:
        now = f"{as_of}T08:00:00+08:00"
        answer = await operator.post("/v1/runs", {"as_of": as_of}, simulated_now=now, **headers)
        assert answer.status_code in (200, 202), answer.text  # 202: the projection needs longer
        return answer.json()["reminders"], answer.json()["digests"]

    return run


@pytest.fixture
def outbox(servers: Stack, county: str) -> Callable[[], list[dict[str, Any]]]:
    """Reads the lines of the test's county in the file sink."""
    folder = Path(servers.environment("notifications")["YISHI_STATE_DIR"]) / "outbox"

    def lines() -> list[dict[str, Any]]:
        text = "".join(path.read_text("utf-8") for path in sorted(folder.glob("*.jsonl")))
        return [line for line in map(json.loads, text.splitlines()) if line["county"] == county]

    return lines
