"""Writes an archive: only ever at its end, on disk before anybody is told, by one process at a time.

What a crash tore is cut back when the archive is opened again: the last line, and with it whatever follows the last
right line beyond what was ever reported. Everything else stays as it is for ever.
"""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

from runtime.messages import Recorded
from yishi.archive.files import (
    ArchiveBroken,
    Head,
    day_files,
    day_of,
    file_name,
    header_line,
    read_day,
    reported_sequence,
    require_reported,
    stated_head,
)
from yishi.child import StackError
from yishi.lines import write_line


class ArchiveInUse(StackError):
    """Another process has the archive."""


class Folder:
    """An archive's folder, held by this process alone while the block lasts; it must exist."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Path:
        """Take the folder. *Raises* `ArchiveInUse`; `StackError` when there is no such folder."""
        try:
            self._held = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise StackError(f"{self.path} 不是可用的归档目录：{error.strerror}。") from error
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._held)
            raise ArchiveInUse(f"{self.path} 正由另一个程序归档或恢复。") from error
        return self.path

    def __exit__(self, *_: object) -> None:
        """Let others take the folder."""
        os.close(self._held)


class Writer:
    """The end of an archive. `head` is the last message on disk; `cut` says what was cut back on opening."""

    def __init__(self, folder: Path) -> None:
        """Find the end of an archive whose folder is held, and cut back what a crash tore.

        *Raises* `ArchiveBroken` when the last file is damaged, or the archive ends before what it has reported.
        """
        self._folder = folder
        self._day = ""
        self.head = Head()
        self.cut: str | None = None
        self._reported = reported_sequence(folder)
        self._resume()

    def append(self, messages: Sequence[Recorded]) -> None:
        """Write the next messages; they are on disk when this returns. *Raises* `OSError`: then open a new writer."""
        head, lines = self.head, list[bytes]()
        for message in messages:
            assert message.sequence == head.sequence + 1, "the archive has no gaps"
            day = day_of(message)
            if day > self._day:
                self._write(lines)
                self._day, lines = day, [header_line(day, head)]
            line, chain = write_line(message, head.chain)
            lines.append(line)
            head = Head(message, chain)
        self._write(lines)
        self.head = head

    def _write(self, lines: Sequence[bytes]) -> None:
        if not lines:
            return
        path = self._folder / file_name(self._day)
        new = not path.exists()
        with open(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        if new:
            sync_folder(self._folder)

    def _resume(self) -> None:
        """Go back over the files to the last right line; a file that holds no message yet is none."""
        paths = day_files(self._folder)
        torn = list[tuple[Path, int]]()
        while paths and self.head.message is None:
            path = paths.pop()
            place = self._end_of(path, first=not paths)
            if place < path.stat().st_size:
                torn.append((path, place))
        require_reported(self._folder, self.head, self._reported)
        for path, place in torn:
            self._cut_back(path, place)

    def _end_of(self, path: Path, *, first: bool) -> int:
        """Find the last right line of a file and give the place where it ends, 0 when there is none."""
        before = Head() if first else stated_head(path)
        if before is None:
            return 0
        end = 0
        try:
            for head, place in read_day(path, before, last=True):
                if head.sequence > before.sequence:
                    self.head, end = head, place
        except ArchiveBroken:
            # Beyond what was reported, lines may have reached the disk in any order before a crash; not below it.
            if not self._reported or max(self.head.sequence, before.sequence) < self._reported:
                raise
        if end:
            self._day = path.stem.removeprefix("events-")
        return end

    def _cut_back(self, path: Path, place: int) -> None:
        size = path.stat().st_size
        if place:
            with path.open("r+b") as file:
                file.truncate(place)
                os.fsync(file.fileno())
        else:
            path.unlink()
            sync_folder(self._folder)
        self.cut = f"{path.name} 末尾有 {size - place} 字节未写完，已截去；归档止于序号 {self.head.sequence}"


def sync_folder(folder: Path) -> None:
    """Bring a folder's own entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
