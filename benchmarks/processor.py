"""Processor time and memory of processes, read from /proc: where the time goes when the wall clock is noisy."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from yishi.descendants import descendants

_TICK = os.sysconf("SC_CLK_TCK")


class Meter:
    """Adds up the processor seconds of this process and of others, each with its descendants."""

    def __init__(self, others: Mapping[str, int | None]) -> None:
        self._others = {name: pid for name, pid in others.items() if pid is not None}
        self._before: dict[str, float] = {}
        self.spent: dict[str, float] = {}
        self.wall = 0.0

    def __enter__(self) -> "Meter":
        self._begun = time.perf_counter()
        self._before = self._read()
        return self

    def __exit__(self, *raised: object) -> None:
        self.wall += time.perf_counter() - self._begun
        for name, after in self._read().items():
            self.spent[name] = self.spent.get(name, 0.0) + after - self._before[name]

    def _read(self) -> dict[str, float]:
        return {"benchmark": time.process_time()} | {name: _family(pid) for name, pid in self._others.items()}

    def per(self, count: int) -> dict[str, float]:
        """Give microseconds of processor time for each of `count` pieces of work, by process."""
        return {name: round(seconds / count * 1e6, 1) for name, seconds in self.spent.items()}


def _family(pid: int) -> float:
    return sum(_seconds(one) for one in (pid, *descendants(pid)))


def _seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICK  # user, system, and both of children that have ended


def resident(pid: int) -> float:
    """Give the resident memory of a process, MiB."""
    return _memory(pid, "VmRSS")


def peak(pid: int) -> float:
    """Give the largest resident memory that a process has had, MiB."""
    return _memory(pid, "VmHWM")


def _memory(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"no {field} for {pid}")
