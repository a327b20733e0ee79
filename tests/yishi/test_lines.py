"""A line of an archive holds a message whole, and a file of lines cannot be changed unnoticed."""

from datetime import UTC, datetime

import pytest

from runtime.messages import Recorded
from yishi.lines import START, LineBroken, parse_line, read_line, write_line

STORED = datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=UTC)
MESSAGES = [
    Recorded(n, f"evt.430000.members.unit.u{n}", raw, {"Yishi-Type": "单位", "Nats-Expected": str(n)}, STORED)
    for n, raw in enumerate([b"\x00\xff not text", '{"名":"水利局"}'.encode(), b""], 1)
]


def lines() -> list[bytes]:
    previous, written = START, []
    for message in MESSAGES:
        line, previous = write_line(message, previous)
        written.append(line)
    return written


def read_all(written: list[bytes]) -> list[Recorded]:
    previous, found = START, []
    for line in written:
        message, previous = read_line(line, previous)
        found.append(message)
    return found


def test_a_line_gives_back_the_message_with_its_exact_bytes_headers_and_time() -> None:
    assert read_all(lines()) == MESSAGES


def test_any_flipped_bit_in_any_line_is_found() -> None:
    written = lines()
    for number, line in enumerate(written):
        for place in range(len(line)):
            altered = bytearray(line)
            altered[place] ^= 1
            with pytest.raises(LineBroken):
                read_all([*written[:number], bytes(altered), *written[number + 1 :]])


@pytest.mark.parametrize("kept", [[1, 2], [0, 2], [1, 0, 2], [0, 1, 1, 2]])
def test_a_line_dropped_moved_or_doubled_is_found_where_it_happened(kept: list[int]) -> None:
    written = lines()
    with pytest.raises(LineBroken, match="不相接"):
        read_all([written[number] for number in kept])


@pytest.mark.parametrize("line", [b"", b"\n", b'{"sequence":1}\n', b'[],"chain":"x"}\n', lines()[0][:-1]])
def test_what_is_no_line_is_refused(line: bytes) -> None:
    with pytest.raises(LineBroken):
        parse_line(line)
