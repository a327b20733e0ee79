"""The log's disk is lost, then PostgreSQL's too: archive and vault backup bring back all that was archived."""

import shutil
from collections import Counter
from contextlib import AsyncExitStack
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import pytest

from contracts.envelope import Envelope
from runtime.messages import read
from runtime.process import Process
from runtime.settings import Settings
from tests.journeys.conftest import Handling, Town
from yishi import vault_backup
from yishi.archive import tail
from yishi.archive.files import read_archive
from yishi.archive.verify import verify_archive
from yishi.child import StackError
from yishi.demo.office import COMMITTEE, OPERATOR, Office
from yishi.events import Wanted, read_events
from yishi.rebuild import load_service, rebuild
from yishi.restore import restore
from yishi.stack import Stack
from yishi.target import Target, find_target, open_log

if TYPE_CHECKING:
    from tests.conftest import Serve

COUNTY = "430000"
SERVICES = ("members", "proposals", "meetings")
PICTURE = b"\x89PNG\r\n\x1a\n" + b"a picture of the old well" * 40
LATER = date(2005, 12, 1)
KEY = "SELECT key FROM vault.keys WHERE case_id = $1"


class System:
    """The stack with its archive and its vault backup, and what people do on it."""

    def __init__(self, stack: Stack, serve: "Serve", folder: Path) -> None:
        self.stack, self.office = stack, Office(stack, COUNTY)
        self.archive, self.vault = folder / "archive", folder / "vault"
        self.town = Town(COUNTY, self.office)
        self._serve = serve
        self._running: dict[str, AsyncExitStack] = {}

    @property
    def target(self) -> Target:
        return find_target(self.stack.home)

    async def archived(self) -> int:
        """Archive up to the log's end and give its sequence."""
        assert await tail.run(self.target, self.archive, once=True, port=None) == 0
        return [head.sequence for head in read_archive(self.archive)][-1]

    async def start(self, *names: str) -> None:
        """Start services, all unless named; they are ready when this returns."""
        for name in names or SERVICES:
            running = await self._running.setdefault(name, AsyncExitStack()).enter_async_context(
                self._serve(load_service(name), stack=self.stack)
            )
            self.office._clients[name] = running.http

    async def stop(self, *names: str) -> None:
        for name in names or list(self._running):
            await self._running.pop(name).aclose()

    async def refusal(self, name: str) -> str:
        """Open a process of a service that must not be ready, and give what it says is wrong."""
        environment = self.stack.environment(name)
        known: dict[str, Any] = {key.removeprefix("YISHI_").lower(): value for key, value in environment.items()}
        process = Process(load_service(name), Settings(**known))
        await process.open()
        try:
            return str((await process.readiness())["problems"])
        finally:
            await process.close()

    async def lose_the_log(self) -> None:
        """The log's disk is gone; a new one holds empty streams."""
        await self.stack.nats.kill()
        shutil.rmtree(self.stack.home / "nats")
        await self.stack.nats.start()

    async def lose_the_databases(self) -> None:
        """PostgreSQL's disk is gone; a new one holds empty databases."""
        await self.stack.postgres.remove()
        await self.stack.postgres.start()

    async def events(self) -> list[Envelope[Any]]:
        async with open_log(self.target) as (log, _):
            return [read(message) async for message in read_events(log, Wanted(county=COUNTY), start=1)]

    async def value(self, service: str, statement: str, *arguments: object) -> Any:
        db = await asyncpg.connect(self.stack.postgres.url(service))
        try:
            return await db.fetchval(statement, *arguments)
        finally:
            await db.close()

    async def photo(self, case: Handling) -> tuple[int, bytes]:
        """Look at the photo of the meeting before the hand-over."""
        token = self.office.token(COMMITTEE.subject, COMMITTEE.roles, "")
        path = f"/v1/handler-meetings/{case.meetings['before']}/photos/{case.photos['before']}"
        answer = await self.office._clients["meetings"].get(path, headers={"authorization": f"Bearer {token}"})
        return answer.status_code, answer.content


async def handled(system: System) -> Handling:
    """A case on its way, with one meeting noted in it, and one recorded while proposals did not run."""
    case = Handling(system.town)
    await case.submit("2005-02-16")
    await case.hand_over("2005-02-22", "2005-03-01")
    worker = partial(system.town.worker, unit=system.town.lead)
    await case.act(worker("office_clerk"), "sign-for", signed_for_on="2005-03-02")
    await case.act(worker("handler"), "contact", section="综合科", contacted_on="2005-03-03")
    await case.meet("before", "2005-03-07", mode="in_person", picture=PICTURE)
    assert len((await case.show())["meetings"]) == 1
    await system.stop("proposals")
    await case.meet("during", "2005-04-01")
    return case


def kinds(events: list[Envelope[Any]]) -> Counter[str]:
    return Counter(event.type.split(".")[2] for event in events)


async def test_what_the_archive_holds_comes_back_whole_and_what_was_erased_stays_so(
    own_stack: Stack, serve: "Serve", tmp_path: Path
) -> None:
    system = System(own_stack, serve, tmp_path)
    await system.start()
    try:
        await _both_disks_are_lost(system)
    finally:
        await system.stop()


async def _both_disks_are_lost(system: System) -> None:
    await system.town.settle()
    erased = Handling(system.town)
    await erased.submit("2005-02-16")
    case = await handled(system)
    archived = await system.archived()
    for name in SERVICES:
        [made] = await vault_backup.backup(system.target, name, system.vault)
        assert made.log_sequence == archived
    # What follows is not archived any more: first what proposals make of the meeting that they missed.
    await system.start("proposals")
    assert len((await case.show())["meetings"]) == 2
    await erased.act(COMMITTEE, "erase", reason="依申请", ordered_by="县法院", erased_on="2005-06-01")
    await case.meet("after", "2005-05-08")
    lost = (await system.events())[archived:]
    assert kinds(lost) == {"ProposalErased": 1, "HandlerMet": 1, "MeetingNoted": 2}

    await _the_log_is_lost(system, case, archived)
    await _the_databases_are_lost_too(system, case, erased)


async def _the_log_is_lost(system: System, case: Handling, end: int) -> None:
    """The projections stand beyond the restored log: nothing is written before they are rebuilt."""
    await system.stop()
    await system.lose_the_log()
    done = await restore(system.target, system.archive)
    assert (done.sequence, done.written, done.files) == (end, end, 1)
    found, positions = await verify_archive(system.target, system.archive, with_services=True)
    assert (found.same, found.broken, found.archive, found.log.sequence) == (True, None, found.log, end)
    assert {schema: at["log"] for schema, at in positions.items()} == {
        load_service(name).schema_name: "missing" for name in SERVICES
    }
    for name in SERVICES:
        assert f"the log went back: this projection has applied sequence {end + 4}" in await system.refusal(name)
    with pytest.raises(StackError, match="--swap-anyway"):
        await rebuild(system.target, "proposals")
    for name in SERVICES:
        rebuilt = await rebuild(system.target, name, swap_anyway=True)
        assert (rebuilt.position, rebuilt.swapped) == (end, True)
    await system.start()
    system.office.head = case.position = end
    # The meeting that was archived without its echo in the case is taken note of again, the first one is not.
    assert len((await case.show())["meetings"]) == 2
    assert await system.archived() == end + 1
    await _assert_whole(system, case, end + 1)
    # The case goes on, and reacts, as if the lost day had not been.
    await case.meet("after", "2005-05-09")
    assert len((await case.show())["meetings"]) == 3
    assert kinds(await system.events())["MeetingNoted"] == 3


async def _assert_whole(system: System, case: Handling, end: int) -> None:
    """Nothing is missing, nothing doubled, every projection is a fold of the log, texts and photos open."""
    events = await system.events()
    assert (len(events), len({event.id for event in events})) == (end, end)
    counts = kinds(events)
    assert (counts["HandlerMet"], counts["MeetingNoted"]) == (2, 2)
    shown = await case.show()
    assert (shown["text"], len(shown["meetings"])) == (case.texts.text, 2)
    assert await system.photo(case) == (200, PICTURE)
    for name in SERVICES:
        rebuilt = await rebuild(system.target, name)
        assert (rebuilt.identical, rebuilt.position) == (True, end), rebuilt
    found, positions = await verify_archive(system.target, system.archive, with_services=True)
    assert (found.same, found.broken, found.walk.sequence) == (True, None, end)
    assert {(at["log"], at["archive"]) for at in positions.values()} == {("same", "same")}


async def _the_databases_are_lost_too(system: System, case: Handling, erased: Handling) -> None:
    """An older backup of the vault does not bring back what the log says was erased."""
    await erased.act(COMMITTEE, "erase", reason="依申请", ordered_by="县法院", erased_on="2005-06-01")
    system.office.head = await system.archived()
    backup = vault_backup.load(system.vault, "proposals")
    assert [row["key"] for row in backup.rows["vault.keys"] if row["case_id"] == erased.id] != [None]
    assert {path.stat().st_mode & 0o777 for path in system.vault.iterdir()} == {0o600}
    before = await case.show()

    await system.stop()
    await system.lose_the_log()
    await system.lose_the_databases()
    await restore(system.target, system.archive)
    for name in SERVICES:
        await vault_backup.restore(system.target, name, system.vault)
    assert await system.value("proposals", KEY, UUID(erased.id)) is not None
    await system.start()

    # It was destroyed again before the first request.
    assert await system.value("proposals", KEY, UUID(erased.id)) is None
    assert (await erased.show())["texts"] == "erased"
    shown = await case.show()
    assert shown == before
    assert await system.photo(case) == (200, PICTURE)
    events = await system.events()
    assert len({event.id for event in events}) == len(events) == system.office.head
    found, _ = await verify_archive(system.target, system.archive, with_services=True)
    assert (found.same, found.broken, found.ahead.pairs) == (True, None, [])
    assert await system.office.ask("proposals", "/v1/parked", OPERATOR, LATER) == {"items": []}
