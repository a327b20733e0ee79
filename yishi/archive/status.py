"""How far an archive is, for people and monitors: `status.json` in its folder, and Prometheus metrics on a port.

`sequence` is a promise: the archive held every message up to it, on disk, when this was written.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, start_http_server

from yishi.archive.files import STATUS, Head
from yishi.passwords import write_private


class Status:
    """What the archive says of itself."""

    def __init__(self, folder: Path, port: int | None = None, host: str = "127.0.0.1") -> None:
        """Prepare; with a port the metrics are served there. *Raises* `OSError` when the port is taken."""
        self._file = folder / STATUS
        registry = CollectorRegistry()
        self._sequence = Gauge("yishi_archive_sequence", "Last archived stream sequence", registry=registry)
        self._lag = Gauge("yishi_archive_lag_events", "Events of the log not yet archived", registry=registry)
        self._checked = Gauge(
            "yishi_archive_last_check_timestamp_seconds", "When log and archive were last compared", registry=registry
        )
        self._files = Gauge(
            "yishi_archive_files_missing", "Sealed files that could not be archived", registry=registry
        )
        if port is not None:
            start_http_server(port, addr=host, registry=registry)

    def write(self, head: Head, log: int | None, missing: int, problem: str | None = None) -> None:
        """Write how far the archive is; `log` is the log's last sequence, None while the log is away."""
        now = datetime.now(UTC)
        self._sequence.set(head.sequence)
        self._files.set(missing)
        if log is not None:
            self._lag.set(max(log - head.sequence, 0))
            self._checked.set(now.timestamp())
        stored = head.message.stored_at if head.message else None
        said = {
            "sequence": head.sequence,
            "hash": head.hash,
            "chain": head.chain,
            "stored_at": stored and stored.isoformat(),
            "log": log,
            "lag": None if log is None else max(log - head.sequence, 0),
            "files_missing": missing,
            "problem": problem,
            "written_at": now.isoformat(timespec="seconds"),
        }
        write_private(self._file, json.dumps(said, indent=2, ensure_ascii=False))
