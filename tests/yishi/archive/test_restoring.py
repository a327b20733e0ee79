"""A lost or damaged log is named exactly, and refilled from its archive with the same sequences and bytes."""

import asyncio
import json
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runtime.messages import Recorded
from tests.yishi.archive.logged import Logged, flip
from yishi.archive import tail, verify
from yishi.archive.comparison import compare
from yishi.archive.reading import messages_of
from yishi.archive.verify import verify_archive
from yishi.child import StackError
from yishi.restore import IN_FLIGHT, restore, run
from yishi.target import open_log
from yishi.walk import verify_log

if TYPE_CHECKING:
    from tests.conftest import Eventually

IN_A_BLOCK = 20
"""Messages of 400 kB in one of the server's blocks of 8 MB."""


async def archive(logged: Logged, folder: Path) -> None:
    assert await tail.run(logged.target, folder, once=True, port=None) == 0


async def held(logged: Logged) -> list[Recorded]:
    async with open_log(logged.target) as (log, _):
        return [message async for message in messages_of(log, 1, await log.last_sequence())]


def without_time(messages: list[Recorded]) -> list[tuple[Any, ...]]:
    return [(m.sequence, m.subject, m.raw, dict(m.headers)) for m in messages]


@pytest.mark.parametrize(("block", "place", "unnoticed"), [(0, 0.01, False), (1, 0.5, True), (2, 0.7, False)])
async def test_bits_flipped_in_any_block_lose_what_is_named_and_the_archive_repairs_it(
    logged: Logged, folder: Path, block: int, place: float, unnoticed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    total = 2 * IN_A_BLOCK + 5
    await logged.grow(total, padding=400_000)
    await archive(logged, folder)
    before = await held(logged)
    blocks = logged.blocks()
    assert len(blocks) == 3
    # A server that stopped in order trusts its index and notices only when it reads; a killed one looks at once.
    await (logged.server.stop() if unnoticed else logged.server.kill())
    flip(blocks[block], place)
    await logged.server.start()

    first = block * IN_A_BLOCK + 1
    last = min(first + IN_A_BLOCK - 1, total)
    first += int(place * (last - first + 1))
    found, _ = await verify_archive(logged.target, folder)
    assert (found.lost.pairs, found.differing, found.ahead.pairs) == ([[first, last]], 0, [])
    assert (found.first_difference(), found.archive.sequence) == (first, total)
    capsys.readouterr()
    assert await verify.run(logged.target, folder, with_services=False, as_json=False) == 1
    lost = str(first) if first == last else f"{first}–{last}"
    assert f"事件日志缺少而归档有：序号 {lost}，共 {last - first + 1} 条" in capsys.readouterr().out
    if last < total:
        with pytest.raises(StackError, match=rf"第一处不同在序号 {first}|日志的设置弱于要求"):
            await restore(logged.target, folder)
    else:
        # What the log still holds is right: it only has to be continued.
        assert (await restore(logged.target, folder)).written == last - first + 1

    await logged.move_store_away()
    done = await restore(logged.target, folder)
    assert (done.sequence, done.written, done.hash) == (total, total, before[-1].hash)
    assert without_time(await held(logged)) == without_time(before)
    found, _ = await verify_archive(logged.target, folder)
    assert (found.same, found.broken, found.stored_at_differs) == (True, None, total)
    assert found.walk.sequence == total
    await logged.grow(2)
    await archive(logged, folder)
    found, _ = await verify_archive(logged.target, folder)
    assert (found.same, found.archive.sequence) == (True, total + 2)


async def test_what_came_into_log_and_archive_while_they_were_compared_is_not_lost(
    logged: Logged, folder: Path
) -> None:
    await logged.grow(6)
    await archive(logged, folder)
    async with open_log(logged.target) as (log, _):
        found = await compare(log, folder, 2, {})
    assert (found.lost.pairs, found.ahead.pairs, found.same) == ([], [], True)
    assert (found.log, found.walk.sequence, found.broken) == (found.archive, 6, None)


async def test_what_is_no_archive_is_neither_verified_nor_restored_nor_overwritten(
    logged: Logged, folder: Path, tmp_path: Path
) -> None:
    folder.mkdir()
    for nothing in (folder, tmp_path / "none"):
        with pytest.raises(StackError, match="不是归档目录"):
            await verify.run(logged.target, nothing, with_services=False, as_json=False)
        with pytest.raises(StackError, match="不是归档目录"):
            await run(tmp_path, nothing, dry=True, anyway=False, as_json=False)
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(StackError, match="无法建立归档目录"):
        await archive(logged, file)
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(StackError, match="提供指标"):
        await tail.run(logged.target, folder, once=True, port=taken.getsockname()[1])
    (folder / "objects").mkdir()
    (folder / "objects" / "x.gone").write_text("x")
    with pytest.raises(StackError, match=r"x\.gone 已损坏"):
        await archive(logged, folder)


async def test_other_messages_under_lost_sequences_are_named_with_what_differs(
    logged: Logged, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await logged.grow(6)
    await archive(logged, folder)
    right = await held(logged)
    await logged.move_store_away()
    messages = [(m.subject, m.raw, dict(m.headers)) for m in right]
    messages[3] = (messages[3][0], messages[3][1], messages[3][2] | {"Added": "1"})
    messages[4] = (messages[4][0], messages[4][1].replace(b"2026", b"2027"), messages[4][2])
    await logged.publish(*messages, logged.honest.unit("later"))
    capsys.readouterr()
    assert await verify.run(logged.target, folder, with_services=False, as_json=True) == 1
    said = json.loads(capsys.readouterr().out)
    assert [(d["sequence"], d["what"]) for d in said["different"]] == [(4, ["headers"]), (5, ["bytes"])]
    assert (said["first_difference"], said["only_archive"], said["only_log"]) == (4, [], [[7, 7]])
    assert said["different"][1]["archived"] == right[4].hash
    with pytest.raises(StackError, match="日志止于序号 7，第一处不同在序号 4"):
        await restore(logged.target, folder)


async def test_a_restore_killed_in_the_middle_goes_on_where_it_was(
    logged: Logged, folder: Path, tmp_path: Path, eventually: "Eventually"
) -> None:
    total = 1500
    await logged.grow(total, units=50)
    [digest] = await logged.photograph(b"sealed photo")
    await archive(logged, folder)
    before = await held(logged)
    await logged.move_store_away()
    async with open_log(logged.target) as (log, _):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "yishi", "restore", str(folder)),
            cwd=tmp_path,
            env=logged.environment(),
            stdout=asyncio.subprocess.DEVNULL,
        )
        while await log.last_sequence() < 100:
            assert process.returncode is None
            await asyncio.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        left = await log.last_sequence()
    assert left < total
    done = await restore(logged.target, folder)
    # What the killed one had sent may still have arrived after we looked.
    assert left <= total + 1 - done.written <= left + IN_FLIGHT
    assert without_time(await held(logged)) == without_time(before)
    assert await logged.stored_photo(digest) == b"sealed photo"
    again = await restore(logged.target, folder)
    assert (again.written, again.files, again.sequence) == (0, 0, total + 1)


async def test_nothing_is_restored_while_a_service_is_connected(logged: Logged, folder: Path) -> None:
    await logged.grow(3)
    await archive(logged, folder)
    await logged.move_store_away()
    service = await logged.server.connect("members")
    with pytest.raises(StackError, match="恢复前须先停止所有服务，仍在连接的有：members"):
        await restore(logged.target, folder)
    await service.close()
    assert (await restore(logged.target, folder)).written == 3


async def test_an_archive_that_was_touched_is_not_restored(
    logged: Logged, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await logged.grow(5)
    await archive(logged, folder)
    [file] = folder.glob("events-*")
    flip(file, 0.5)
    await logged.move_store_away()
    capsys.readouterr()
    with pytest.raises(StackError, match=rf"归档文件 {file.name} 第 4 行（应为序号 3）.*未作恢复"):
        await run(folder, folder, dry=True, anyway=False, as_json=False)
    assert await verify.run(logged.target, folder, with_services=False, as_json=True) == 1
    assert json.loads(capsys.readouterr().out)["archive"]["broken"]["file"] == file.name
    assert await held(logged) == []


async def test_events_that_do_not_follow_are_restored_only_as_they_are(logged: Logged, folder: Path) -> None:
    await logged.grow(2)
    subject = f"{logged.honest.unit('u0')[0]}"
    await logged.publish((subject, b"forged", {"Forged": "yes"}))
    await archive(logged, folder)
    before = await held(logged)
    await logged.move_store_away()
    with pytest.raises(StackError, match=r"归档中的事件在序号 3 处断裂：.*expected_sequence_missing"):
        await restore(logged.target, folder)
    assert await held(logged) == []
    assert (await restore(logged.target, folder, anyway=True)).written == 3
    assert without_time(await held(logged)) == without_time(before)


async def test_a_sealed_file_that_is_not_in_the_archive_is_missed(logged: Logged, folder: Path) -> None:
    kept, gone = await logged.photograph(b"kept", b"gone")
    await logged.remove_photo(gone)
    await archive(logged, folder)
    await logged.move_store_away()
    done = await restore(logged.target, folder)
    assert (done.files, done.files_gone) == (1, 1)
    assert await logged.stored_photo(kept) == b"kept"
    (folder / "objects" / kept.removeprefix("sha256:")).write_bytes(b"kepT")
    found, _ = await verify_archive(logged.target, folder)
    assert (found.files, found.files_gone, found.files_damaged) == (2, 1, [kept])
    await logged.move_store_away()
    with pytest.raises(StackError, match=f"归档缺少密封文件 {kept}"):
        await restore(logged.target, folder)
    operator = logged.server.passwords.nats["operator"]
    assert (await verify_log(logged.server.url, operator, logged.server.monitor_url)).sequence == 0
