"""The file sink 文件出口: every reminder and digest as one JSON line in a file of its day, for whoever sends it on.

A reaction on our own events writes `<state folder>/outbox/<YYYY-MM-DD>.jsonl` (the day on which it was sent,
Asia/Shanghai), UTF-8, on disk before the event is acknowledged. An event that is delivered again after a crash
finds its id in the file and is not written twice; half a line, left by a crash in the middle of a write, is cut off
first. The lines hold ids and dates, no names and no texts. Each process has its own state folder.
"""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from contracts.envelope import Envelope
from contracts.notifications import DigestSent, ReminderSent
from runtime.execute import Act
from runtime.http import CHINA
from runtime.process import Process
from runtime.reactions import Reaction


class Outbox:
    """A folder of day files, each line written once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path: Path | None = None
        self._size = 0
        self._ids: set[str] = set()

    def write(self, day: str, line: dict[str, Any]) -> bool:
        """Append a line to the day's file unless one with its `id` is there; True when it was written.

        The line is on disk when this returns. Raises: OSError.
        """
        path = self._folder / f"{day}.jsonl"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("a+b") as file:
            if path != self._path or self._size != file.tell():
                self._learn(path, file.fileno())
            if line["id"] in self._ids:
                return False
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
            self._size = file.tell()
        self._ids.add(line["id"])
        return True

    def _learn(self, path: Path, descriptor: int) -> None:
        """Read which lines a file holds, and cut off half a line at its end."""
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(descriptor, whole)
        self._ids = {json.loads(line)["id"] for line in content[:whole].splitlines()}
        self._path, self._size = path, whole


async def write_line(process: Process, envelope: Envelope[Any], act: Act) -> None:
    """Write one event to the outbox of its day."""
    folder = process.settings.state_dir / "outbox"
    outbox = process.service.state.setdefault(str(folder), Outbox(folder))
    line = {
        "id": str(envelope.id),
        "type": envelope.type,
        "time": envelope.time.isoformat(),
        "county": envelope.county,
        "subject_id": envelope.address.id,
        **envelope.data.model_dump(mode="json", exclude_none=True),
    }
    day = envelope.time.astimezone(CHINA).date().isoformat()
    await asyncio.to_thread(outbox.write, day, line)


REACTIONS = (
    Reaction("write_reminder_line", ReminderSent, write_line),
    Reaction("write_digest_line", DigestSent, write_line),
)
