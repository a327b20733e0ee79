"""The real PostgreSQL of the embedded stack: one server on the loopback interface, with passwords, fsync on.

It holds projections only, but tests kill it, and a projection must survive that. The databases and roles of
the services come from `deploy/postgres.sql`, the same file as in production.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import asyncpg

from yishi import DEPLOY
from yishi.child import Child, StackError, launch_command
from yishi.passwords import Passwords, write_private
from yishi.ports import LOOPBACK, free_port
from yishi.postgres_place import Place, postmaster, remove, settle, wheel_install

COMMAND_SECONDS = 120
LEFTOVER_SECONDS = 15.0

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}

_ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


class PostgresServer:
    """The projections' server. A restart, also after `kill`, keeps its port and its data."""

    def __init__(
        self,
        home: Path,
        *,
        port: int | None = None,
        passwords: Passwords | None = None,
        install: Path | None = None,
    ) -> None:
        """Prepare a server; the port is a free one and the programs are the wheel's unless given."""
        self.home = home.resolve()
        self.port = port or free_port()
        self.passwords = passwords or Passwords.load(self.home)
        self.process: Child | None = None
        self._install = install
        self._place: Place | None = None
        self._bootstrapped = False

    @property
    def admin_url(self) -> str:
        """Where the superuser connects."""
        return self._url("postgres", "postgres")

    def url(self, service: str, kind: str = "projector") -> str:
        """Return where a service connects, as its `projector` or its `http` role."""
        return self._url(f"{service}_{kind}", f"yishi_{service}")

    def _url(self, role: str, database: str) -> str:
        return f"postgresql://{role}:{self.passwords.postgres[role]}@{LOOPBACK}:{self.port}/{database}"

    async def start(self) -> None:
        """Start the server, made first if there are no data yet, and wait until all roles are there.

        *Raises* `StackError` if it cannot be made, started, or if another server has the data open.
        """
        if self.process and self.process.running:
            return
        place = self._place = self._place or settle(self.home, self._install or wheel_install())
        if not (place.data / "PG_VERSION").exists():
            _initialise(place, self.passwords.postgres["postgres"])
        await _clear_leftover(place.data)
        self.process = Child(
            name="postgres",
            command=[place.program("postgres"), "-D", str(place.data), *self._options()],
            log=self.home / "logs" / "postgres.log",
            directory=place.data,
            environment=_ENVIRONMENT,
            ready=self._ready,
            user=place.user,
            stop_signal=signal.SIGINT,
            # Immediate shutdown: the backends go too, and the next start recovers from the log.
            death_signal=signal.SIGQUIT,
            start_seconds=60.0,
        )
        await self.process.start()
        if not self._bootstrapped:
            await asyncio.to_thread(self._bootstrap, place)
            self._bootstrapped = True

    async def stop(self) -> None:
        """End the server in order (fast shutdown)."""
        if self.process:
            await self.process.stop()

    async def kill(self) -> None:
        """Kill the server and all of its backends (`SIGKILL`)."""
        if self.process:
            await self.process.kill()

    async def restart(self) -> None:
        """Stop the server in order and start it again."""
        await self.stop()
        await self.start()

    async def remove(self) -> None:
        """Stop the server and delete its data."""
        await self.stop()
        remove(self.home)
        self._place, self._bootstrapped = None, False

    def _options(self) -> list[str]:
        settings = {**SETTINGS, "port": str(self.port)}
        return [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]

    async def _ready(self) -> bool:
        try:
            connection = await asyncpg.connect(self.admin_url, timeout=5, ssl=False)
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError):
            return False
        await connection.close()
        return True

    def _bootstrap(self, place: Place) -> None:
        # Passwords go by the environment, because arguments can be read by everybody on the machine.
        environment = {
            **_ENVIRONMENT,
            "PGHOST": LOOPBACK,
            "PGPORT": str(self.port),
            "PGUSER": "postgres",
            "PGDATABASE": "postgres",
            "PGPASSWORD": self.passwords.postgres["postgres"],
            "PGCONNECT_TIMEOUT": "10",
        }
        for role, password in self.passwords.postgres.items():
            environment[f"YISHI_POSTGRES_{role.upper()}_PASSWORD"] = password
        command = [place.program("psql"), "--no-psqlrc", "--quiet", "--file", str(DEPLOY / "postgres.sql")]
        _run(command, environment, "PostgreSQL 的角色和数据库无法建立")


def _initialise(place: Place, password: str) -> None:
    """Make the data folder, whole or not at all: an interrupted attempt is made again."""
    partial, secret = place.root / "postgres-partial", place.root / "postgres-secret"
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(mode=0o700)
    write_private(secret, password)
    if place.user:
        os.chown(partial, place.user.uid, place.user.gid)
        os.chown(secret, place.user.uid, place.user.gid)
    try:
        command = [
            *(place.program("initdb"), "--pgdata", str(partial), "--username=postgres", f"--pwfile={secret}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
            "--builtin-locale=C.UTF-8",
        ]
        _run(launch_command(command, place.root, place.user), _ENVIRONMENT, "PostgreSQL 的数据目录无法建立")
    finally:
        secret.unlink(missing_ok=True)
    partial.rename(place.data)


async def _clear_leftover(data: Path) -> None:
    """Wait for a server that is still ending in this folder, and delete the note of one that was killed."""
    note = data / "postmaster.pid"
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while note.exists():
        pid = postmaster(data)
        if pid is None:
            # The number in the note may belong to another process by now, and PostgreSQL would not start.
            note.unlink(missing_ok=True)
        elif time.monotonic() > deadline:
            raise StackError(f"{data} 正被另一个 PostgreSQL（进程 {pid}）使用，请先停止它。")
        else:
            await asyncio.sleep(0.05)


def _run(command: list[str], environment: dict[str, str], failure: str) -> None:
    result = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=COMMAND_SECONDS,
        check=False,
    )
    if result.returncode != 0:
        raise StackError(f"{failure}：{(result.stderr or result.stdout).strip()}")
