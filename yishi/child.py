"""One child process of the embedded stack: started, asked to stop, killed and started again.

A child never outlives the stack: `yishi.launch` ties it to the *thread* that starts it. So start children
from a thread that lives as long as they should; the event loop's thread does. Each child leads its own
session, so that Ctrl-C in a terminal reaches only the stack, which then stops its children in order.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from yishi.descendants import alive, descendants

LAUNCHER = Path(__file__).with_name("launch.py")
POLL_SECONDS = 0.02
LOG_TAIL_LINES = 20


class StackError(Exception):
    """The embedded stack cannot do what it was asked; the message is one sentence in Chinese for the user."""


@dataclass(frozen=True)
class User:
    """An operating system user, by number."""

    uid: int
    gid: int


def launch_command(
    command: Sequence[str], directory: Path, user: User | None = None, death_signal: int = signal.SIGKILL
) -> list[str]:
    """Return the arguments that run a command in a folder, as a user, until this process ends."""
    uid, gid = (user.uid, user.gid) if user else (-1, -1)
    launcher = [sys.executable, "-I", "-S", str(LAUNCHER)]
    return [*launcher, str(os.getpid()), str(int(death_signal)), str(uid), str(gid), str(directory), *command]


@dataclass
class Child:
    """A program, how it is started and stopped, and its process while it runs."""

    name: str
    command: Sequence[str]
    log: Path
    directory: Path
    environment: Mapping[str, str]
    ready: Callable[[], Awaitable[bool]]
    user: User | None = None
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGKILL
    start_seconds: float = 30.0
    stop_seconds: float = 10.0
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def pid(self) -> int | None:
        """The process id while the child runs."""
        return self._process.pid if self.running and self._process else None

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The exit code of the last run, negative for a signal; None while it runs and before."""
        return self._process.poll() if self._process else None

    async def start(self) -> None:
        """Start the program and wait until it is ready.

        *Raises* `StackError` with the last lines of its log if it ends, or is not ready in `start_seconds`.
        """
        if self.running:
            return
        self._spawn()
        try:
            await self._wait_until_ready()
        except BaseException:
            await self.kill()
            raise

    def _spawn(self) -> None:
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        command = launch_command(self.command, self.directory, self.user, self.death_signal)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + self.start_seconds
        while time.monotonic() < deadline:
            if not self.running:
                raise StackError(f"{self.name} 启动失败（退出码 {self.exit_code}）。{self.log_tail()}")
            if await self.ready():
                return
            await asyncio.sleep(POLL_SECONDS)
        raise StackError(f"{self.name} 在 {self.start_seconds:g} 秒内未就绪。{self.log_tail()}")

    async def stop(self) -> None:
        """Ask the program to end, wait `stop_seconds`, then kill what is left."""
        if self._process and self.running:
            self._process.send_signal(self.stop_signal)
            await self._wait_until_gone({self._process.pid}, self.stop_seconds)
        await self.kill()

    async def kill(self) -> None:
        """Kill the program and all of its descendants (`SIGKILL`), and wait until they are gone."""
        if self._process is None or not self.running:
            return
        # A stopped parent cannot fork, so the list of its descendants is complete.
        self._process.send_signal(signal.SIGSTOP)
        family = {self._process.pid, *descendants(self._process.pid)}
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await self._wait_until_gone(family, 10.0)

    async def restart(self) -> None:
        """Stop the program and start it again."""
        await self.stop()
        await self.start()

    async def _wait_until_gone(self, pids: set[int], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.running and not any(alive(pid) for pid in pids):
                return
            await asyncio.sleep(POLL_SECONDS)

    def log_tail(self) -> str:
        """Return the last lines of the log, headed by the path, for an error message."""
        try:
            lines = self.log.read_text("utf-8", "replace").splitlines()[-LOG_TAIL_LINES:]
        except FileNotFoundError:
            return ""
        return "\n".join([f"日志 {self.log} 的最后几行：", *lines])
