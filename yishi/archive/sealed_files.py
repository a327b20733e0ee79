"""The sealed files that events name, kept beside the archive under the SHA-256 of their ciphertext.

`objects/<hex>` is the file as the object store has it; `objects/<hex>.gone` says when and why it could not be had:
somebody removed it, as after an erasure, or the store is damaged. Each start tries those again.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from runtime.log import EventLog
from runtime.messages import Recorded
from runtime.objects import FileMissing, SealedFiles
from runtime.refusals import LogUnavailable
from yishi.archive.writer import sync_folder
from yishi.child import StackError
from yishi.passwords import write_private

FOLDER = "objects"
logger = structlog.get_logger()


def files_of(message: Recorded) -> list[str]:
    """Give the digests, `sha256:…`, of the sealed files that an event names; none for what is no event."""
    if b'"media_type"' not in message.raw:
        return []
    try:
        return sorted(set(_digests(json.loads(message.raw))))
    except (ValueError, RecursionError):
        return []


def _digests(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        digest = value.get("digest")
        if value.get("alg") == "A256GCM" and isinstance(digest, str) and digest.startswith("sha256:"):
            yield digest
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _digests(part)


def owner_of(message: Recorded) -> str:
    """Give the service in whose bucket the files of an event lie."""
    return message.subject.split(".")[2]


class FileCopies:
    """The folder of copies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self.lost = {lost["digest"]: lost for lost in self._markers()}
        """What is known of the files that could not be had, by digest."""

    def path(self, digest: str) -> Path:
        """Give where the copy of a file lies."""
        return self._folder / digest.removeprefix("sha256:")

    def read(self, digest: str) -> bytes | None:
        """Give a file's bytes, None when there is no right copy of it."""
        try:
            content = self.path(digest).read_bytes()
        except OSError:
            return None
        return content if is_of(digest, content) else None

    def _markers(self) -> list[dict[str, Any]]:
        return [_marker_of(path) for path in sorted(self._folder.glob("*.gone"))]

    async def copy(self, log: EventLog, message: Recorded) -> None:
        """Copy what an event names; what cannot be had is recorded as gone.

        Raises: LogUnavailable; OSError.
        """
        for digest in files_of(message):
            if digest not in self.lost and not self.path(digest).exists():
                await self._copy(log, owner_of(message), digest, message.sequence)

    async def try_again(self, log: EventLog) -> None:
        """Try again to copy what could not be had. *Raises* as `copy`."""
        for lost in list(self.lost.values()):
            await self._copy(log, lost["service"], lost["digest"], lost["sequence"])

    async def _copy(self, log: EventLog, service: str, digest: str, sequence: int) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        try:
            content = await SealedFiles(log, service).get(digest)
            reason = None if is_of(digest, content) else "differs"
        except FileMissing:
            reason = "missing"
        except LogUnavailable:
            # Either the server is away, which is waited for, or it answers, but not with this file.
            await log.last_sequence()
            reason = "unreadable"
        if reason is not None:
            logger.error("archive.file_gone", digest=digest, position=sequence, reason=reason)
            noticed = datetime.now(UTC).isoformat(timespec="seconds")
            about = {"digest": digest, "service": service, "sequence": sequence}
            self.lost[digest] = about | {"reason": reason, "noticed_at": noticed}
            write_private(self._marker(digest), json.dumps(self.lost[digest]))
            return
        self._keep(digest, content)

    def _keep(self, digest: str, content: bytes) -> None:
        """Write a file whole or not at all, and forget that it was gone."""
        partial = self.path(digest).with_suffix(".partial")
        with open(partial, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(self.path(digest))
        self._marker(digest).unlink(missing_ok=True)
        self.lost.pop(digest, None)
        sync_folder(self._folder)

    def _marker(self, digest: str) -> Path:
        return self.path(digest).with_suffix(".gone")


def _marker_of(path: Path) -> dict[str, Any]:
    try:
        match json.loads(path.read_text("utf-8")):
            case {"digest": str(), "service": str(), "sequence": int()} as marker:
                return dict(marker)
    except (OSError, ValueError, RecursionError):
        pass
    raise StackError(f"{path} 已损坏，读不出是哪一份密封文件取不到：移走它再运行，归档会重新查明。")


def is_of(digest: str, content: bytes) -> bool:
    """Say whether bytes have a digest."""
    return digest == "sha256:" + hashlib.sha256(content).hexdigest()
