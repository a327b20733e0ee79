"""The ledger: what was sent and what was acknowledged, written down outside the system before anything is believed.

Two append-only files of JSON lines, flushed line by line: `sent.jsonl` before the first attempt of a command and
`acknowledged.jsonl` when its answer has come. Each command has a value of its own, which is its correlation id and,
where its event holds a text, that text too.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO


@dataclass(frozen=True)
class Sent:
    """A command that left the load."""

    value: str
    service: str
    type: str
    """The type of the event that it causes."""
    key: str
    field: str | None
    """The field of that event that holds the value; None where it holds no text."""


@dataclass(frozen=True)
class Acknowledged:
    """What a service said it has recorded."""

    value: str
    id: str
    type: str
    version: int
    position: int


@dataclass
class Ledger(AbstractContextManager["Ledger"]):
    """Both files, and in memory what the reckoning needs of them."""

    folder: Path
    sent: dict[str, Sent] = field(default_factory=dict)
    acknowledged: dict[str, Acknowledged] = field(default_factory=dict)
    abandoned: set[str] = field(default_factory=set)
    """Values of commands whose outcome the load never learned."""
    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """By service: when commands were acknowledged, in seconds of the monotonic clock, in order."""
    _files: dict[str, TextIO] = field(default_factory=dict)

    def __enter__(self) -> "Ledger":
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("sent", "acknowledged"):
            self._files[name] = (self.folder / f"{name}.jsonl").open("w", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()

    def note_sent(self, sent: Sent) -> None:
        """Write down a command before it is sent."""
        self.sent[sent.value] = sent
        self._write("sent", asdict(sent))

    def note_acknowledged(self, service: str, said: Acknowledged) -> None:
        """Write down an acknowledgement."""
        self.acknowledged[said.value] = said
        self._write("acknowledged", {"at": time.time(), "service": service, **asdict(said)})
        self.note_time(service)

    def note_time(self, service: str) -> None:
        """Note that a service has just recorded something."""
        self.times[service].append(time.monotonic())

    def count(self) -> dict[str, int]:
        """Count the acknowledged commands by service."""
        return dict(Counter(self.sent[value].service for value in self.acknowledged))

    def unknown(self) -> Iterator[str]:
        """Give the values of which nobody knows whether they were recorded."""
        yield from (value for value in self.sent if value not in self.acknowledged)

    def _write(self, name: str, line: dict[str, Any]) -> None:
        file = self._files[name]
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()
