"""What a running stack leaves in its state folder so that others find it: a lock, and `stack.json`.

The lock (flock) says whether a stack runs: the kernel frees it however the stack ends, so a `stack.json` left
behind by a killed one is never believed.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yishi.child import StackError
from yishi.passwords import write_private

STATE_FILE = "stack.json"
LOCK_FILE = "lock"


def default_home() -> Path:
    """Return the state folder: `YISHI_HOME`, or `.yishi/stack` in the working folder."""
    return Path(os.environ.get("YISHI_HOME") or Path.cwd() / ".yishi" / "stack").resolve()


def running_stack(home: Path) -> dict[str, Any] | None:
    """Return what the stack that now runs in a state folder wrote to `stack.json`, or None if none runs."""
    if not (home / LOCK_FILE).exists():
        return None
    with (home / LOCK_FILE).open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return read_state(home)
    return None


def read_state(home: Path) -> dict[str, Any] | None:
    """Return `stack.json`, or None while a stack has not finished starting."""
    try:
        state: dict[str, Any] = json.loads((home / STATE_FILE).read_text("utf-8"))
    except FileNotFoundError:
        return None
    return state


class StateFolder:
    """A state folder that this process holds alone."""

    def __init__(self, home: Path) -> None:
        """Name the folder; nothing is touched before `hold`."""
        self.home = home
        self._lock: int | None = None

    def hold(self) -> None:
        """Take the folder. *Raises* `StackError` if another stack runs in it."""
        self.home.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.home / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            state = read_state(self.home)
            process = f"（进程 {state['pid']}）" if state else ""
            raise StackError(
                f"{self.home} 中已有一套系统在运行{process}，请先停止它，或用 YISHI_HOME 指定别的目录。"
            ) from error
        self._lock = lock
        (self.home / STATE_FILE).unlink(missing_ok=True)

    def publish(self, state: Mapping[str, object]) -> None:
        """Write `stack.json` (mode 600: it holds passwords)."""
        write_private(self.home / STATE_FILE, json.dumps(state, indent=2, ensure_ascii=False))

    def release(self) -> None:
        """Delete `stack.json` and let others take the folder."""
        if self._lock is not None:
            (self.home / STATE_FILE).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None
