"""Compares the log with its archive, message by message, and both with where the services' projections stand.

Sequence, subject, headers and exact bytes must be the same. The server's time is not: a log that was restored was
stored at another time than its archive says, so that is counted and no difference.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runtime.log import EventLog
from runtime.messages import Recorded
from runtime.position import Position
from yishi.archive.files import Head, read_archive
from yishi.archive.reading import messages_of
from yishi.archive.sealed_files import FileCopies, files_of
from yishi.verification import Break, Walk

SHOWN = 1000
"""Differences that are kept one by one; beyond that they are only counted."""


NOWHERE = Position(0, None)


class Ranges:
    """Sequences in ascending order, kept as ranges."""

    def __init__(self) -> None:
        self.pairs: list[list[int]] = []

    def add(self, sequence: int) -> None:
        """Add the next sequence."""
        if self.pairs and self.pairs[-1][1] == sequence - 1:
            self.pairs[-1][1] = sequence
        else:
            self.pairs.append([sequence, sequence])

    @property
    def count(self) -> int:
        """Give how many sequences there are."""
        return sum(last - first + 1 for first, last in self.pairs)

    def __str__(self) -> str:
        return "、".join(str(first) if first == last else f"{first}–{last}" for first, last in self.pairs)


@dataclass(frozen=True)
class Difference:
    """One sequence under which log and archive hold different messages: what differs, and both hashes."""

    sequence: int
    subject: str
    what: tuple[str, ...]
    archived: str
    logged: str


@dataclass
class Comparison:
    """What walking log and archive side by side found."""

    walk: Walk = field(default_factory=Walk)
    broken: Break | None = None
    """The first message of the log that does not follow from those before it."""
    archive: Position = NOWHERE
    log: Position = NOWHERE
    lost: Ranges = field(default_factory=Ranges)
    """Sequences that only the archive holds."""
    ahead: Ranges = field(default_factory=Ranges)
    """Sequences that only the log holds: not archived yet."""
    different: list[Difference] = field(default_factory=list)
    differing: int = 0
    stored_at_differs: int = 0
    files: int = 0
    files_gone: int = 0
    files_damaged: list[str] = field(default_factory=list)
    """Digests of files that events name and the archive neither holds nor records as gone."""
    archived_at: dict[int, str] = field(default_factory=dict)
    logged_at: dict[int, str] = field(default_factory=dict)
    """By sequence: the hashes where projections stand."""

    @property
    def same(self) -> bool:
        """Whether the log holds all that the archive holds, and as the archive holds it."""
        return not (self.lost.pairs or self.differing or self.files_damaged)

    def first_difference(self) -> int | None:
        """Give the first sequence that is not the same in both."""
        lost = [first for first, _ in self.lost.pairs[:1]]
        return min(lost + [difference.sequence for difference in self.different[:1]], default=None)


async def compare(
    log: EventLog, folder: Path, last: int, positions: Mapping[str, Position], *, walk: bool = True
) -> Comparison:
    """Walk log, up to `last`, and archive side by side; both may grow meanwhile.

    *Raises* `ArchiveBroken`.
    """
    found = Comparison()
    wanted = {position.sequence for position in positions.values()}
    archived = _archived(found, folder, wanted)
    other = next(archived, None)
    async for message in _messages(log, last, found):
        found.log = Position(message.sequence, message.hash)
        if message.sequence in wanted:
            found.logged_at[message.sequence] = message.hash
        if walk:
            _step(found, message)
        while other is not None and other.sequence < message.sequence:
            found.lost.add(other.sequence)
            other = next(archived, None)
        if other is not None and other.sequence == message.sequence:
            _compare(found, other, message)
            other = next(archived, None)
        else:
            found.ahead.add(message.sequence)
    while other is not None:
        found.lost.add(other.sequence)
        other = next(archived, None)
    return found


async def _messages(log: EventLog, last: int, found: Comparison) -> AsyncIterator[Recorded]:
    """Give the log's messages up to `last`; if the archive goes beyond it, up to the log's end as it is then."""
    start = 1
    while start <= last:
        async for message in messages_of(log, start, last):
            yield message
        # What the archive holds was in the log before: a sound log's end, asked for now, is not before it.
        start, last = last + 1, await log.last_sequence() if found.archive.sequence > last else 0


def _archived(found: Comparison, folder: Path, wanted: set[int]) -> Iterator[Recorded]:
    copies, seen = FileCopies(folder), set[str]()
    head = Head()
    for head in read_archive(folder):
        message = head.message
        assert message is not None
        found.archive = Position(message.sequence, message.hash)
        if message.sequence in wanted:
            found.archived_at[message.sequence] = message.hash
        for digest in files_of(message):
            if digest not in seen:
                seen.add(digest)
                _check_file(found, copies, digest)
        yield message


def _check_file(found: Comparison, copies: FileCopies, digest: str) -> None:
    found.files += 1
    if digest in copies.lost:
        found.files_gone += 1
    elif copies.read(digest) is None:
        found.files_damaged.append(digest)


def _step(found: Comparison, message: Recorded) -> None:
    if found.broken is None:
        try:
            found.walk.step(message)
        except Break as broken:
            found.broken = broken


def _compare(found: Comparison, archived: Recorded, logged: Recorded) -> None:
    pairs: dict[str, tuple[Any, Any]] = {
        "subject": (archived.subject, logged.subject),
        "headers": (dict(archived.headers), dict(logged.headers)),
        "bytes": (archived.raw, logged.raw),
    }
    what = tuple(name for name, (one, other) in pairs.items() if one != other)
    if what:
        found.differing += 1
        if len(found.different) < SHOWN:
            difference = Difference(archived.sequence, archived.subject, what, archived.hash, logged.hash)
            found.different.append(difference)
    elif archived.stored_at != logged.stored_at:
        found.stored_at_differs += 1
