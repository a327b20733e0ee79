"""The processes that descend from a process.

PostgreSQL gives each backend a session of its own, so a process group is not enough to find them all.
"""

import os
from collections import defaultdict
from pathlib import Path


def alive(pid: int) -> bool:
    """Say whether a process still runs; one that has ended and waits for its parent (a zombie) does not."""
    try:
        os.kill(pid, 0)
        status = Path("/proc", str(pid), "stat").read_text("utf-8", "replace")
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    except FileNotFoundError:
        # Either the process ended between the two questions, or this system has no /proc.
        return not Path("/proc/self").exists()
    return status.rpartition(")")[2].split()[0] not in ("Z", "X")


def descendants(ancestor: int) -> set[int]:
    """Return the ids of all living descendants; empty where there is no /proc."""
    children: dict[int, list[int]] = defaultdict(list)
    try:
        entries = [entry for entry in os.listdir("/proc") if entry.isdigit()]
    except FileNotFoundError:
        return set()
    for entry in entries:
        try:
            status = Path("/proc", entry, "stat").read_text("utf-8", "replace")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        # The command name is in parentheses and may hold any character, so split after the last one.
        children[int(status.rpartition(")")[2].split()[1])].append(int(entry))
    found: set[int] = set()
    waiting = [ancestor]
    while waiting:
        for child in children[waiting.pop()]:
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found
