"""The archiver follows the log through crashes and restarts, and never goes on from a log that is another."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runtime.messages import EXPECTED_SEQUENCE_HEADER
from tests.yishi.archive.logged import COUNTY, Logged, flip
from yishi.archive import tail
from yishi.archive.files import read_archive
from yishi.archive.reading import messages_of
from yishi.archive.sealed_files import FileCopies
from yishi.child import StackError
from yishi.ports import free_port
from yishi.probe import http_status
from yishi.target import open_log

if TYPE_CHECKING:
    from tests.conftest import Eventually
    from tests.yishi.archive.conftest import Archiver


async def archive(logged: Logged, folder: Path) -> None:
    """Archive up to the log's present end."""
    assert await tail.run(logged.target, folder, once=True, port=None) == 0


async def assert_same(logged: Logged, folder: Path) -> None:
    """The archive holds exactly what the log holds, the server's time included."""
    async with open_log(logged.target) as (log, _):
        held = [message async for message in messages_of(log, 1, await log.last_sequence())]
    assert [head.message for head in read_archive(folder)] == held
    assert len(held) == logged.honest.sequence


def status(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "status.json").read_text())
    return found


async def test_the_archive_holds_what_the_log_holds_and_grows_with_it(logged: Logged, folder: Path) -> None:
    await logged.grow(30)
    await archive(logged, folder)
    await logged.grow(12)
    await archive(logged, folder)
    await assert_same(logged, folder)
    said = status(folder)
    assert (said["sequence"], said["log"], said["lag"], said["problem"]) == (42, 42, 0, None)
    assert said["hash"] == list(read_archive(folder))[-1].hash


async def _comes_on(folder: Path, growing: "asyncio.Task[None]", eventually: "Eventually") -> None:
    before = status(folder)["sequence"]
    await eventually(lambda: status(folder)["sequence"] > before or growing.done())


async def test_an_archiver_killed_again_and_again_misses_nothing_and_writes_nothing_twice(
    logged: Logged, folder: Path, archiver: "Archiver", eventually: "Eventually"
) -> None:
    growing = asyncio.create_task(logged.grow(900, units=40))
    for _ in range(2):
        async with archiver() as running:
            await _comes_on(folder, growing, eventually)
            await running.kill()
    await growing
    async with archiver("--metrics-port", str(port := free_port())):
        await eventually(lambda: (status(folder)["sequence"], status(folder)["lag"]) == (900, 0))
        assert await http_status(f"http://127.0.0.1:{port}/metrics") == 200
    await assert_same(logged, folder)


async def test_the_archiver_waits_for_a_killed_server_and_goes_on_by_itself(
    logged: Logged, folder: Path, archiver: "Archiver", eventually: "Eventually"
) -> None:
    await logged.grow(5)
    async with archiver(user="auditor") as running:
        await eventually(lambda: status(folder)["sequence"] == 5)
        await logged.server.kill()
        await eventually(lambda: "暂时不可用" in str(status(folder)["problem"]))
        await logged.server.start()
        digests = await logged.photograph(b"sealed photo")
        await eventually(lambda: (status(folder)["sequence"], status(folder)["problem"]) == (6, None))
        assert running.running
        with pytest.raises(StackError, match="正由另一个程序归档或恢复"):
            await archive(logged, folder)
    await assert_same(logged, folder)
    assert FileCopies(folder).read(digests[0]) == b"sealed photo"
    assert running.exit_code == 0
    assert "归档已停止：新增 6 条，止于序号 6。" in running.log.read_text()


async def test_an_archive_is_not_continued_from_a_log_that_lost_its_end(logged: Logged, folder: Path) -> None:
    await logged.grow(6)
    await archive(logged, folder)
    before = {path.name: path.read_bytes() for path in folder.glob("events-*")}
    await logged.server.kill()
    flip(logged.blocks()[-1], 0.9)
    await logged.server.start()
    with pytest.raises(StackError, match=r"归档末尾的序号 6（日志止于 5）：日志倒退了"):
        await archive(logged, folder)
    # Nor once others have taken the lost sequences.
    forged = (f"evt.{COUNTY}.members.unit.other", b"{}", {EXPECTED_SEQUENCE_HEADER: "0"})
    await logged.publish(forged, (forged[0], b"{}", {EXPECTED_SEQUENCE_HEADER: "6"}))
    with pytest.raises(StackError, match="序号 6 已不是归档的那一条：日志倒退了"):
        await archive(logged, folder)
    assert {path.name: path.read_bytes() for path in folder.glob("events-*")} == before
    assert "日志倒退了" in status(folder)["problem"]


async def test_the_archiver_stops_before_a_gap(logged: Logged, folder: Path) -> None:
    await logged.grow(50, padding=400_000)
    await logged.server.kill()
    flip(logged.blocks()[0], 0.3)
    await logged.server.start()
    with pytest.raises(StackError, match="事件日志缺少序号 7：日志有缺口"):
        await archive(logged, folder)
    assert [head.sequence for head in read_archive(folder)] == [1, 2, 3, 4, 5, 6]


async def test_sealed_files_are_copied_and_those_that_were_removed_are_recorded(logged: Logged, folder: Path) -> None:
    large = bytes(range(256)) * 2000
    kept, removed = await logged.photograph(large, b"erased")
    await logged.remove_photo(removed)
    await archive(logged, folder)
    copies = FileCopies(folder)
    assert copies.read(kept) == large
    assert copies.read(removed) is None
    lost = copies.lost[removed]
    assert (lost["reason"], lost["sequence"], lost["service"]) == ("missing", 1, "meetings")
    assert status(folder)["files_missing"] == 1
    # One that comes back after all is copied at the next start.
    await logged.photograph(b"erased")
    await archive(logged, folder)
    assert FileCopies(folder).read(removed) == b"erased"
    assert FileCopies(folder).lost == {}
    assert {path.stat().st_mode & 0o777 for path in (folder / "objects").iterdir()} == {0o600}
