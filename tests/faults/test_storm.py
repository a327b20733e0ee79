"""A short storm: the drill of `make faults` with some of its faults, and the tools that it is made of."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from faults.disk import Disk
from faults.drill import Drill
from faults.ledger import Acknowledged, Ledger, Sent
from faults.link import Link
from faults.reckoning import Entry, doubled, missing
from faults.storm import longest_silence
from yishi import SERVICES
from yishi.rebuild import load_service

QUICK = ("kill_projector", "kill_nats", "kill_postgres", "block_log", "half_close_database")
"""What the other tests of this folder do not do to all services at once, in seconds."""


async def test_after_a_short_storm_everything_acknowledged_is_in_the_log_once_and_projected(tmp_path: Path) -> None:
    drill = Drill(tmp_path, seconds=1, seed=7, kinds=QUICK, long=0.3, pace=0.3)
    report = await drill.run()

    assert report.wrong == []
    assert [found for found in report.found if found.wrong] == []
    assert {done.kind for done in report.happened} == set(QUICK)
    assert all(done.recovered for done in report.happened)
    assert report.passed
    assert set(report.acknowledged) == set(SERVICES)
    checked = {found.title: found.looked_at for found in report.found}
    assert checked["已确认而缺失"] == sum(report.acknowledged.values()) > 50
    assert checked["反应：见面与案件记录"] > 5
    assert all(checked[f"{load_service(service).schema_name} = 日志的归并"] > 5 for service in SERVICES)
    assert report.as_json()["faults"]["kill_nats"]["longest_outage_seconds"]["members"] > 0.1
    assert not (tmp_path / "stack").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_the_disk_can_be_filled_to_the_last_byte_and_freed(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "small", 1)
    if reason := disk.mount():
        pytest.skip(reason)
    try:
        assert disk.fill() > 1_000_000
        with pytest.raises(OSError, match="No space left"):
            (disk.folder / "one").write_bytes(b"x")
        disk.free()
        (disk.folder / "one").write_bytes(b"x")
        assert shutil.disk_usage(disk.folder).total == 1 << 20
    finally:
        disk.unmount()
    assert not disk.folder.is_mount()
    assert list(disk.folder.iterdir()) == []


def test_the_reckoning_notices_what_is_lost_changed_or_doubled(tmp_path: Path) -> None:
    kind = "yishi.members.UnitEstablished.v1"
    with Ledger(tmp_path) as ledger:
        for number, value in enumerate(("kept", "lost", "moved", "altered", "twice", "unknown"), 1):
            ledger.note_sent(Sent(value, "members", kind, value, "name"))
            if value != "unknown":
                ledger.note_acknowledged("members", Acknowledged(value, value, kind, 1, number))
    log = [
        _entry(1, kind, "kept"),
        _entry(2, kind, "moved"),
        _entry(3, kind, "unknown"),
        _entry(4, kind, "altered", name="other"),
        _entry(5, kind, "twice"),
        _entry(6, kind, "twice"),
    ]
    assert [line.split("（")[0] for line in missing(ledger, log).wrong] == [
        "lost",
        "moved",
        "altered：name 为 'other'",
    ]
    assert doubled(ledger, log).wrong == [f"twice（{kind}）2 次"]
    assert len((tmp_path / "acknowledged.jsonl").read_text("utf-8").splitlines()) == 5


def _entry(sequence: int, kind: str, value: str, name: str | None = None) -> Entry:
    return Entry(sequence, kind, value, 1, value, {"name": name or value}, f"event-{sequence}")


def test_an_outage_is_the_longest_silence_that_touches_the_fault() -> None:
    times = [1.0, 1.5, 2.0, 6.0, 6.5, 9.5, 9.6]
    assert longest_silence(times, 2.5, 3.0) == 4.0
    assert longest_silence(times, 6.1, 7.0) == 3.0
    assert longest_silence(times, 1.1, 1.2) == 0.5


async def test_a_link_delivers_late_what_it_has_kept_or_loses_it_with_the_connection() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.write(b"end")
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    link = Link(server.sockets[0].getsockname()[1])
    await link.start()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
        link.block("down")
        writer.write(b"late")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(100), 0.2)
        link.heal()
        assert await asyncio.wait_for(reader.read(100), 5) == b"late"

        assert link.shut("up") == 1  # The server sees our end, and what it says then still arrives.
        assert await asyncio.wait_for(reader.read(), 5) == b"end"

        reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
        link.block("up")
        writer.write(b"never")
        await asyncio.sleep(0.05)
        link.heal(drop=True)
        assert await _broken_off(reader)

        link.cut()
        reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
        assert await _broken_off(reader)
    finally:
        await link.stop()
        server.close()


async def _broken_off(reader: asyncio.StreamReader) -> bool:
    """Say whether a connection ends without a word."""
    try:
        return await asyncio.wait_for(reader.read(100), 5) == b""
    except ConnectionError:
        return True
