"""What the runtime's tests stand on: the members service as a guinea pig, its events, and a held projector."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import asyncpg
import pytest

from contracts.envelope import TYPE_HEADER, Address, Envelope, command_id, event_id
from contracts.event import Event
from contracts.members import UnitEstablished
from runtime.messages import EXPECTED_SEQUENCE_HEADER, read

if TYPE_CHECKING:
    from tests.conftest import Person, Running

Write = Callable[..., tuple[str, bytes, dict[str, str]]]
Establish = Callable[..., Awaitable[str]]
History = Callable[["Running", str], Awaitable[list[Envelope[Any]]]]
Hold = Callable[["Running"], AbstractAsyncContextManager[asyncpg.Connection]]


@pytest.fixture
def members(running_members: "Running", county: str) -> "Running":
    """The members service in this process, one for the session; the county is the test's."""
    return replace(running_members, county=county)


@pytest.fixture
def establish() -> Establish:
    """Establish a unit over the API and give its id."""

    async def act(person: "Person", name: str = "规划办", *, wait: bool = True) -> str:
        answer = await person.post("/v1/units", {"name": name, "from_on": "2005-01-01"})
        assert answer.status_code in (201, 202), answer.text
        unit = str(answer.json()["id"])
        if not wait:
            return unit
        shown = await person.get(f"/v1/units/{unit}", at_least=answer.headers["event-position"])
        assert (shown.status_code, shown.json()["name"]) == (200, name)
        return unit

    return act


@pytest.fixture
def history() -> History:
    """Give a unit's events as the log has them."""

    async def of(running: "Running", unit: str) -> list[Envelope[Any]]:
        stored = await running.process.log.after(f"evt.{running.county}.members.unit.{unit}", 0)
        return [read(message) for message in stored]

    return of


@pytest.fixture
def write(county: str) -> Write:
    """Write an event as an honest append would: subject, body and headers."""

    def event(
        unit: str,
        data: Event | None = None,
        *,
        expected: int = 0,
        version: int = 1,
        prevhash: str | None = None,
        headers: dict[str, str] | None = None,
        **attributes: Any,
    ) -> tuple[str, bytes, dict[str, str]]:
        data = data or UnitEstablished(name="规划办", from_on=date(2005, 1, 1))
        address = Address(county, "members", "unit", unit)
        command = command_id(county, "operator", str(uuid4()))
        envelope = Envelope[Any](
            **{
                "id": event_id(command),
                "source": "urn:yishi:members",
                "type": data.type_name(),
                "subject": f"unit/{unit}",
                "time": datetime.now(UTC),
                "county": county,
                "actor": "operator",
                "actorrole": "operator",
                "commandid": command,
                "commanddigest": "hmac-sha256:00",
                "correlationid": "forged",
                "version": version,
                "prevhash": prevhash,
                "data": data,
                **attributes,
            }
        )
        own = {EXPECTED_SEQUENCE_HEADER: str(expected), TYPE_HEADER: envelope.type}
        return address.subject, envelope.encode(), {k: v for k, v in (own | (headers or {})).items() if v}

    return event


@pytest.fixture
def hold() -> Hold:
    """Hold a projector between two batches: its position cannot move while the block lasts; loads still work."""

    @asynccontextmanager
    async def held(running: "Running") -> AsyncIterator[asyncpg.Connection]:
        db = await asyncpg.connect(running.process.settings.database_url.get_secret_value())
        try:
            async with db.transaction():
                await db.execute(f"LOCK TABLE {running.process.schema.name}.position IN EXCLUSIVE MODE")
                yield db
        finally:
            await db.close()

    return held
