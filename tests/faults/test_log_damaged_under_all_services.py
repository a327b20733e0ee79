"""A byte of the log's last block turns, the log's server restarts: each of the four services stops and says where."""

from collections.abc import AsyncIterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import pytest

from yishi import SERVICES
from yishi.demo.office import COMMITTEE, OPERATOR, REGISTRAR, Office, Person
from yishi.stack import Stack

if TYPE_CHECKING:
    from tests.conftest import Eventually

COUNTY = "430000"
DAY = date(2005, 1, 10)
EVENTS = 12
COMMANDS: dict[str, list[tuple[str, dict[str, str], Person]]] = {
    "members": [("units", {"name": "规划股", "from_on": "2005-01-01"}, REGISTRAR)],
    "proposals": [(f"proposals/{uuid4()}/close", {"closed_on": "2005-01-10"}, COMMITTEE)],
    "meetings": [(f"handler-meetings/{uuid4()}/confirm", {"confirmed_on": "2005-01-10"}, COMMITTEE)],
    "notifications": [
        (f"reminders/{uuid4()}/read", {}, COMMITTEE),
        ("runs", {"as_of": "2005-01-10"}, OPERATOR),
    ],
}


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    """A whole stack for one test alone."""
    alone = Stack(tmp_path / "stack")
    await alone.start()
    yield alone
    await alone.remove()


async def test_after_a_flipped_byte_and_a_restart_every_service_stops_where_the_log_went_back(
    stack: Stack, eventually: "Eventually"
) -> None:
    async with Office(stack, COUNTY) as office:
        for number in range(EVENTS):
            body = {"name": f"第{number}股", "from_on": "2005-01-01"}
            await office.command("members", "/v1/units", REGISTRAR, DAY, f"unit-{number}", body)
        for service in SERVICES:
            report = await office.ask(service, "/readyz", REGISTRAR, DAY)
            assert (report["position"], report["problems"]) == (EVENTS, [])

        await stack.nats.kill()
        flip_a_byte(stack.home / "nats")
        await stack.nats.process.start()

        async with httpx2.AsyncClient(timeout=20, trust_env=False) as http:
            for service in SERVICES:
                await assert_stopped(stack, office, http, service, eventually)
            for service, child in stack.services.items():
                await child.kill()
                child.ready = partial(alive, http, stack.service_url(service))
                await child.start()
            for service in SERVICES:
                await assert_stopped(stack, office, http, service, eventually)
    connection = await stack.nats.connect("operator")
    info = await connection.jetstream().stream_info("EVENTS")
    await connection.close()
    assert info.state.last_seq == EVENTS - 1


async def assert_stopped(
    stack: Stack, office: Office, http: httpx2.AsyncClient, service: str, eventually: "Eventually"
) -> None:
    """The service says where the log went back, and takes no command."""
    url = stack.service_url(service)

    async def stopped() -> dict[str, Any]:
        answer = await http.get(f"{url}/readyz")
        report: dict[str, Any] = answer.json()
        return report if answer.status_code == 503 and "went back" in str(report) else {}

    report = await eventually(stopped, 20)
    where = f"the log went back: this projection has applied sequence {EVENTS}, the log ends at {EVENTS - 1}"
    assert (report["problems"], report["position"], report["ready"]) == ([where], EVENTS, False)
    for path, body, who in COMMANDS[service]:
        token = office.token(who.subject, who.roles, who.unit)
        headers = {"authorization": f"Bearer {token}", "idempotency-key": str(uuid4())}
        refused = await http.post(f"{url}/v1/{path}", json=body, headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (503, "urn:yishi:problem:projection-stopped"), path


def flip_a_byte(store: Path) -> None:
    """Turn one bit in the middle of the newest event, as it lies in the last block."""
    block = max(store.rglob("EVENTS/msgs/*.blk"), key=lambda path: int(path.stem))
    content = bytearray(block.read_bytes())
    content[content.rindex("第".encode()) + 1] ^= 1
    block.write_bytes(content)


async def alive(http: httpx2.AsyncClient, url: str) -> bool:
    """Say whether a service answers at all."""
    try:
        return (await http.get(f"{url}/healthz")).status_code == 200
    except httpx2.TransportError:
        return False
