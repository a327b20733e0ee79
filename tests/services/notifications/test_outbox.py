"""The file sink's day files: one line for each notification, whatever crashed in between."""

import json
from pathlib import Path

from services.notifications.file_sink import Outbox


def _lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_line_that_comes_again_is_not_written_twice_even_after_a_restart(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox")
    assert outbox.write("2005-03-01", {"id": "a", "kind": "提醒"})
    assert outbox.write("2005-03-01", {"id": "b"})
    assert not outbox.write("2005-03-01", {"id": "a", "kind": "提醒"})
    assert not Outbox(tmp_path / "outbox").write("2005-03-01", {"id": "b"})
    assert _lines(tmp_path / "outbox" / "2005-03-01.jsonl") == [{"id": "a", "kind": "提醒"}, {"id": "b"}]


def test_each_day_has_its_file(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    for day in ("2005-03-01", "2005-03-02", "2005-03-01"):
        outbox.write(day, {"id": day})
    assert {path.name: len(_lines(path)) for path in tmp_path.iterdir()} == {
        "2005-03-01.jsonl": 1,
        "2005-03-02.jsonl": 1,
    }


def test_half_a_line_left_by_a_crash_is_cut_off_and_written_again(tmp_path: Path) -> None:
    file = tmp_path / "2005-03-01.jsonl"
    file.write_bytes('{"id": "a"}\n{"id": "b", "kind": "提'.encode()[:-1])
    outbox = Outbox(tmp_path)
    assert outbox.write("2005-03-01", {"id": "b", "kind": "提醒"})
    assert not outbox.write("2005-03-01", {"id": "a"})
    assert _lines(file) == [{"id": "a"}, {"id": "b", "kind": "提醒"}]


def test_lines_written_by_another_process_to_the_same_file_are_seen(tmp_path: Path) -> None:
    one, other = Outbox(tmp_path), Outbox(tmp_path)
    one.write("2005-03-01", {"id": "a"})
    other.write("2005-03-01", {"id": "b"})
    assert not one.write("2005-03-01", {"id": "b"})
    assert one.write("2005-03-01", {"id": "c"})
    assert [line["id"] for line in _lines(tmp_path / "2005-03-01.jsonl")] == ["a", "b", "c"]
