"""Proposals and notifications are replaced by their next versions while everybody goes on working."""

import asyncio
import json
import random
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

from faults.clients import Clients
from faults.county import OPERATOR
from faults.drill import settle
from faults.fleet import Fleet
from faults.ledger import Ledger
from faults.load import Load
from faults.reckoning import reckon
from faults.upgrade import Fronts, Upgraded, drop_old_schema, upgrade
from runtime.process import Service
from runtime.settings import utc_now
from services.notifications.timer import reminded_day
from yishi import SERVICES
from yishi.rebuild import load_service

if TYPE_CHECKING:
    from tests.conftest import Eventually

UPGRADED = ("proposals", "notifications")
REPEATED = {"log-unavailable", "database-unavailable", "not-yet-there", "outcome-unknown", "conflict"}
"""What the API asks to repeat."""
BROKEN_OFF = {"RemoteProtocolError", "ReadError", "WriteError", "ConnectError"}
"""How connections end that the old process had open."""


async def test_the_next_version_catches_up_beside_the_old_one_and_takes_over_without_a_failed_request(
    tmp_path: Path, eventually: "Eventually"
) -> None:
    day = reminded_day(utc_now())
    # Out of development the timer runs as soon as the next version has started: everything has been sent by then.
    fleet = Fleet(tmp_path / "stack", twice=(), settings={"notifications": {"YISHI_DEVELOPMENT": "false"}})
    fronts = Fronts(fleet)
    try:
        await fleet.start()
        await fronts.start()
        with Ledger(tmp_path) as ledger:
            async with _clients(fleet, fronts, ledger) as clients, Load(clients, pace=0.3, runs_on=day) as load:
                await eventually(lambda: all(len(ledger.times[service]) > 5 for service in SERVICES), 60)
                upgraded = await asyncio.gather(*(upgrade(fleet, fronts, clients, name) for name in UPGRADED))
                for service in UPGRADED:
                    await drop_old_schema(fleet, service, load_service(service).schema_name)
                counts = {service: len(ledger.times[service]) for service in UPGRADED}
                await eventually(lambda: all(len(ledger.times[s]) > counts[s] + 10 for s in UPGRADED), 60)
                assert await load.stop(30) == []
                await settle(fleet, clients)
                runs = [await _run(clients, day) for _ in range(2)]
                await settle(fleet, clients)
            outbox = Path(fleet.stack.environment("notifications")["YISHI_STATE_DIR"]) / "outbox"
            found, log = await reckon(fleet.target(), ledger, [_now(name) for name in SERVICES], outbox)
        schemas = {schema for name in UPGRADED for schema in await _schemas(fleet, name)}
        timed = _timed_runs(upgraded[1])
    finally:
        await fronts.stop()
        await fleet.stop()
        await fleet.stack.remove()

    for seen in upgraded:
        assert seen.behind > 50
        assert not seen.ready_early
    assert (runs[1]["reminders"], runs[1]["digests"]) == (0, 0)
    assert clients.unexpected == []
    assert set(clients.failed) <= REPEATED | BROKEN_OFF
    assert list(ledger.unknown()) == []
    assert [finding for finding in found if finding.wrong] == []
    assert schemas == {_now(name).schema_name for name in UPGRADED}

    opened = {clock["id"] for event in log for clock in (event.data.get("clocks") or {}).get("opened", ())}
    reminded = Counter(event.data["clock"] for event in log if event.type.endswith(".ReminderSent.v1"))
    assert reminded == Counter(opened)
    assert len(opened) > 6
    assert [line["as_of"] for line in timed] == [day.isoformat()]


def _clients(fleet: Fleet, fronts: Fronts, ledger: Ledger) -> Clients:
    return Clients(ledger, fleet.stack.keys, "430000", fronts.addresses, random.Random(1), give_up=False, seconds=20)


async def _run(clients: Clients, day: date) -> dict[str, Any]:
    """Run the reminders of a day: whatever is due and not sent yet."""
    headers, body = {"idempotency-key": "the-last-run"}, {"as_of": day.isoformat()}
    return await clients.request("notifications", "POST", "/v1/runs", OPERATOR, "the-last-run", headers, json=body)


def _now(name: str) -> Service:
    """Give the service in the version that runs in the end."""
    service = load_service(name)
    return replace(service, schema_version=service.schema_version + (name in UPGRADED))


async def _schemas(fleet: Fleet, service: str) -> list[str]:
    db = await asyncpg.connect(fleet.stack.postgres.url(service, "projector"))
    try:
        rows = await db.fetch("SELECT nspname FROM pg_namespace WHERE nspname ~ $1", f"^{service}_v")
    finally:
        await db.close()
    return [row["nspname"] for row in rows]


def _timed_runs(upgraded: Upgraded) -> list[dict[str, Any]]:
    """Give the daily runs that the next version has made by itself: no request caused them."""
    lines = map(json.loads, upgraded.new.child.log.read_text("utf-8").splitlines())
    return [line for line in lines if line.get("event") == "run.finished" and "correlation" not in line]
