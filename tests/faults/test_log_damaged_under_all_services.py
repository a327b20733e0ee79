"""One byte of the log's last block turns, the log's server restarts: each of the four services stops, and says where."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx2
import pytest

from yishi import SERVICES
from yishi.demo.office import COMMITTEE, REGISTRAR, Office, Person
from yishi.stack import Stack

if TYPE_CHECKING:
    from tests.conftest import Eventually

COUNTY = "430000"
DAY = date(2005, 1, 10)
EVENTS = 12
COMMANDS = {
    "members": ("units", {"name": "规划股", "from_on": "2005-01-01"}, REGISTRAR),
    "proposals": (f"proposals/{uuid4()}/close", {"closed_on": "2005-01-10"}, COMMITTEE),
    "meetings": (f"handler-meetings/{uuid4()}/confirm", {"confirmed_on": "2005-01-10"}, COMMITTEE),
    "notifications": (f"reminders/{uuid4()}/read", {}, COMMITTEE),
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

            async def stopped(service: str) -> dict[str, object]:
                answer = await http.get(f"{stack.service_url(service)}/readyz")
                report: dict[str, object] = answer.json()
                return report if answer.status_code == 503 and "went back" in str(report) else {}

            for restarted in (False, True):
                for service in SERVICES:
                    report = await eventually(lambda: stopped(service), 20)  # noqa: B023 - awaited at once
                    assert report["problems"] == [
                        f"the log went back: this projection has applied sequence {EVENTS}, the log ends at {EVENTS - 1}"
                    ]
                    assert (report["position"], report["ready"]) == (EVENTS, False)
                    path, body, who = COMMANDS[service]
                    headers = {
                        "authorization": f"Bearer {_token(office, who)}",
                        "idempotency-key": f"late-{restarted}",
                    }
                    refused = await http.post(f"{stack.service_url(service)}/v1/{path}", json=body, headers=headers)
                    assert (refused.status_code, refused.json()["type"]) == (
                        503,
                        "urn:yishi:problem:projection-stopped",
                    )
                    if not restarted:
                        await stack.services[service].kill()
                        stack.services[service].ready = _answers(http, stack.service_url(service))
                        await stack.services[service].start()
        connection = await stack.nats.connect("operator")
        info = await connection.jetstream().stream_info("EVENTS")
        await connection.close()
        assert info.state.last_seq == EVENTS - 1


def flip_a_byte(store: Path) -> None:
    """Turn one bit in the middle of the newest event, as it lies in the last block."""
    block = max(store.rglob("EVENTS/msgs/*.blk"), key=lambda path: int(path.stem))
    content = bytearray(block.read_bytes())
    content[content.rindex("第".encode()) + 1] ^= 1
    block.write_bytes(content)


def _token(office: Office, who: Person) -> str:
    return office.token(who.subject, who.roles, who.unit)


def _answers(http: httpx2.AsyncClient, url: str):  # type: ignore[no-untyped-def]
    async def answers() -> bool:
        try:
            return (await http.get(f"{url}/healthz")).status_code == 200
        except httpx2.TransportError:
            return False

    return answers
