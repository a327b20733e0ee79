"""The files of an archive: one a day, each message a chained line, and every file chained to the one before it.

`events-2026-11-21.jsonl` holds the messages that the log's server stored on that day, UTC; a clock that went back
starts no earlier file. The first line is the header: format, stream, day, and the sequence and chain after which the
file goes on. Every other line is one message (yishi/lines.py). Sequences are stream sequences, contiguous from 1.
Source: ADR 0007.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from runtime.log import STREAM
from runtime.messages import Recorded
from yishi.lines import START, LineBroken, read_line

FORMAT = "yishi-archive/1"
STATUS = "status.json"
_NAME = re.compile(r"events-(\d{4}-\d\d-\d\d)\.jsonl", re.ASCII)


class ArchiveBroken(Exception):
    """The archive cannot be believed from one line of one file on."""

    def __init__(self, file: str, line: int, sequence: int, reason: str) -> None:
        where = f"第 {line} 行" if line else "末尾"
        super().__init__(f"归档文件 {file} {where}（应为序号 {sequence}）：{reason}")
        self.file, self.line, self.sequence, self.reason = file, line, sequence, reason


@dataclass(frozen=True)
class Head:
    """How far an archive was found right: the last message and the chain up to it."""

    message: Recorded | None = None
    chain: str = START

    @property
    def sequence(self) -> int:
        """Give the last stream sequence, 0 for none."""
        return self.message.sequence if self.message else 0

    @property
    def hash(self) -> str | None:
        """Give the digest of the last message's bytes."""
        return self.message.hash if self.message else None


def file_name(day: str) -> str:
    """Give the name of a day's file; the day is written 2026-11-21."""
    return f"events-{day}.jsonl"


def day_of(message: Recorded) -> str:
    """Give the day, UTC, on which the server stored a message."""
    assert message.stored_at is not None, "only the log says when it stored a message"
    return message.stored_at.astimezone(UTC).date().isoformat()


def day_files(folder: Path) -> list[Path]:
    """Give the day files of an archive, oldest first."""
    return sorted(path for path in folder.glob("events-*.jsonl") if _NAME.fullmatch(path.name) and path.is_file())


def header_line(day: str, head: Head) -> bytes:
    """Give the first line of a day's file that goes on after `head`."""
    header = {"format": FORMAT, "stream": STREAM, "day": day, "after": head.sequence, "follows": head.chain}
    return json.dumps(header, separators=(",", ":")).encode() + b"\n"


def read_archive(folder: Path) -> Iterator[Head]:
    """Give every message of an archive in order, each as the head of the archive up to it.

    A last line without its end is still being written, or was torn by a crash: the archive ends before it. What
    `status.json` said beforehand to be there must be there.

    Raises: ArchiveBroken.
    """
    head = Head()
    reported = reported_sequence(folder)
    paths = day_files(folder)
    for path in paths:
        before = head.sequence
        for found, _ in read_day(path, head, last=path is paths[-1]):
            head = found
            if head.sequence > before:
                yield head
    require_reported(folder, head, reported)


def is_archive(folder: Path) -> bool:
    """Say whether a folder holds an archive, be it an empty one."""
    return bool(day_files(folder)) or (folder / STATUS).is_file()


def require_reported(folder: Path, head: Head, reported: int) -> None:
    """Require that an archive which ends at `head` holds what it once reported. *Raises* `ArchiveBroken`."""
    if head.sequence < reported:
        paths = day_files(folder)
        wanted = f"归档止于序号 {head.sequence}，而它曾报告已归档至 {reported}：末尾不见了"
        raise ArchiveBroken(paths[-1].name if paths else file_name("*"), 0, head.sequence + 1, wanted)


def read_status(folder: Path) -> dict[str, Any]:
    """Give what an archive last said of itself, nothing when there is nothing readable."""
    try:
        found = json.loads((folder / STATUS).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def reported_sequence(folder: Path) -> int:
    """Give up to where an archive has said that it holds everything, 0 when it has said nothing."""
    found = read_status(folder).get("sequence")
    return found if isinstance(found, int) else 0


def read_day(path: Path, head: Head, *, last: bool) -> Iterator[tuple[Head, int]]:
    """Give the messages of one day's file, which goes on after `head`, each with the place where its line ends.

    The first thing given is `head` itself, with the end of the header line. In the `last` file a last line without
    its end is left out.

    Raises: ArchiveBroken.
    """
    place = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if last and not line.endswith(b"\n"):
                return
            try:
                head = _header(path, line, head) if number == 1 else _next(line, head)
            except LineBroken as error:
                raise ArchiveBroken(path.name, number, head.sequence + 1, str(error)) from error
            place += len(line)
            yield head, place


def _next(line: bytes, head: Head) -> Head:
    message, chain = read_line(line, head.chain)
    if message.sequence != head.sequence + 1:
        raise LineBroken(f"序号应为 {head.sequence + 1}，实为 {message.sequence}")
    return Head(message, chain)


def _header(path: Path, line: bytes, head: Head) -> Head:
    match = _NAME.fullmatch(path.name)
    assert match is not None
    if line == header_line(match[1], head):
        return head
    try:
        after = int(json.loads(line)["after"])
    except (ValueError, KeyError, TypeError) as error:
        raise LineBroken("首行不是归档的文件头") from error
    if after > head.sequence:
        raise LineBroken(f"缺少序号 {head.sequence + 1} 至 {after}：此前的归档文件不见了或不完整")
    raise LineBroken("文件头与前一文件的末尾不相接")


def stated_head(path: Path) -> Head | None:
    """Give what a day's file says it goes on after, unchecked: sequence and chain; None without a whole header.

    Raises: ArchiveBroken.
    """
    with path.open("rb") as file:
        line = file.readline()
    if not line.endswith(b"\n"):
        return None
    try:
        header = json.loads(line)
        message = Recorded(int(header["after"]), "", b"") if header["after"] else None
        return Head(message, str(header["follows"]))
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveBroken(path.name, 1, 1, "首行不是归档的文件头") from error
