"""What an archive is on disk: chained lines in a file a day, and every damage is found where it is."""

import json
import os
from pathlib import Path

import pytest

from runtime.messages import Recorded
from tests.yishi.archive.logged import write
from yishi.archive.files import ArchiveBroken, read_archive
from yishi.archive.status import Status
from yishi.archive.writer import ArchiveInUse, Folder, Writer

FILES = ["events-2026-03-01.jsonl", "events-2026-03-02.jsonl", "events-2026-03-04.jsonl"]


def read(folder: Path) -> list[Recorded | None]:
    return [head.message for head in read_archive(folder)]


def report(folder: Path) -> None:
    """Write `status.json` as the archiver does."""
    with Folder(folder) as held:
        Status(held).write(Writer(held).head, 5, 0)


def test_an_archive_gives_back_every_message_whole_in_a_file_for_each_day(
    written: Path, messages: list[Recorded]
) -> None:
    assert read(written) == messages
    assert sorted(path.name for path in written.iterdir()) == FILES
    header = json.loads((written / FILES[1]).read_bytes().splitlines()[0])
    heads = list(read_archive(written))
    assert header == {
        "format": "yishi-archive/1",
        "stream": "EVENTS",
        "day": "2026-03-02",
        "after": 2,
        "follows": heads[1].chain,
    }
    assert {path.stat().st_mode & 0o777 for path in written.iterdir()} == {0o600}


def test_a_writer_goes_on_where_the_last_one_ended(written: Path, messages: list[Recorded], tmp_path: Path) -> None:
    for message in messages:
        writer = write(tmp_path / "piecewise", [message])
        assert (writer.head.message, writer.cut) == (message, None)
    assert [(tmp_path / "piecewise" / name).read_bytes() for name in FILES] == [
        (written / name).read_bytes() for name in FILES
    ]


def test_a_clock_that_went_back_starts_no_earlier_file(folder: Path, messages: list[Recorded]) -> None:
    late, early = messages[2], messages[0]
    back = Recorded(2, early.subject, early.raw, early.headers, early.stored_at)
    write(folder, [Recorded(1, late.subject, late.raw, late.headers, late.stored_at), back])
    assert [path.name for path in folder.iterdir()] == [FILES[1]]
    assert read(folder)[1] == back


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.999])
def test_a_torn_last_line_is_cut_back_and_written_again(written: Path, messages: list[Recorded], kept: float) -> None:
    last = written / FILES[2]
    whole = last.read_bytes()
    last.write_bytes(whole[: int(len(whole) * kept)])
    assert read(written) == messages[:4]
    with Folder(written) as held:
        writer = Writer(held)
        assert writer.head.sequence == 4
        assert writer.cut is not None
        assert f"{FILES[2]} 末尾有 {int(len(whole) * kept)} 字节未写完" in writer.cut
        writer.append(messages[4:])
    assert last.read_bytes() == whole


def test_lines_that_were_never_reported_may_have_reached_the_disk_in_any_order(
    written: Path, messages: list[Recorded]
) -> None:
    (written / "status.json").write_text(json.dumps({"sequence": 2}))
    middle = written / FILES[1]
    (written / FILES[2]).unlink()
    lines = middle.read_bytes().splitlines(keepends=True)
    middle.write_bytes(lines[0] + b"\0" * len(lines[1]) + lines[2])
    writer = write(written, messages[2:])
    assert writer.cut is not None
    assert read(written) == messages


@pytest.mark.parametrize("reported", [None, 5])
def test_a_damaged_line_that_may_have_been_reported_is_never_cut_back(written: Path, reported: int | None) -> None:
    if reported:
        report(written)
    last = written / FILES[2]
    damaged = last.read_bytes().replace("规划".encode(), "规画".encode()).replace(b'"sequence":5', b'"sequence":6')
    last.write_bytes(damaged)
    with Folder(written) as held, pytest.raises(ArchiveBroken) as broken:
        Writer(held)
    assert (broken.value.file, broken.value.line, broken.value.sequence) == (FILES[2], 2, 5)
    assert last.read_bytes() == damaged


def test_an_archive_that_ends_before_what_it_reported_is_refused_and_left_as_it_is(written: Path) -> None:
    report(written)
    last = written / FILES[2]
    torn = last.read_bytes()[:-30]
    for left in (torn, b"", None):
        last.unlink() if left is None else last.write_bytes(left)
        with Folder(written) as held, pytest.raises(ArchiveBroken, match="它曾报告已归档至 5：末尾不见了"):
            Writer(held)
        with pytest.raises(ArchiveBroken, match="它曾报告已归档至 5：末尾不见了"):
            read(written)
        assert (last.read_bytes() if last.exists() else None) == left


def test_a_report_that_cannot_be_read_promises_nothing(written: Path, messages: list[Recorded]) -> None:
    for said in ("", "[]", '{"sequence": "9"}', "[" * 100_000, "\0"):
        (written / "status.json").write_text(said)
        assert read(written) == messages
        assert write(written, []).head.sequence == 5


@pytest.mark.parametrize(("name", "missing"), [(FILES[0], "序号 1 至 2"), (FILES[1], "序号 3 至 4")])
def test_a_missing_day_is_named_by_its_sequences(written: Path, name: str, missing: str) -> None:
    (written / name).unlink()
    with pytest.raises(ArchiveBroken, match=f"缺少{missing}"):
        read(written)


def test_any_flipped_bit_is_found_in_the_file_and_line_where_it_is(written: Path, messages: list[Recorded]) -> None:
    path = written / FILES[1]
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        altered = bytearray(whole)
        altered[place] ^= 1
        path.write_bytes(altered)
        with pytest.raises(ArchiveBroken) as broken:
            read(written)
        line = whole[:place].count(b"\n") + 1
        found = (broken.value.file, broken.value.line, broken.value.sequence)
        assert found == (FILES[1], line, max(line + 1, 3))


@pytest.mark.parametrize("order", [[0, 2, 1], [0, 2], [0, 1, 1, 2]])
def test_a_line_moved_dropped_or_doubled_is_found(written: Path, order: list[int]) -> None:
    path = written / FILES[1]
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[number] for number in order))
    with pytest.raises(ArchiveBroken) as broken:
        read(written)
    assert broken.value.file == FILES[1]


def test_one_process_at_a_time(written: Path) -> None:
    with Folder(written), pytest.raises(ArchiveInUse), Folder(written):
        pass
    with Folder(written):
        assert os.path.isdir(written)
