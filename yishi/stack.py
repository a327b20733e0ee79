"""The embedded stack: the log's server, the projections' server and one process per service, on one machine.

Everything it needs lies in one state folder, everything listens on the loopback interface only, and when it
has stopped nothing of it runs any more. The services get the same settings as in production.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from yishi import CHECKOUT, SERVICES
from yishi.child import Child, StackError
from yishi.development_keys import ISSUER, DevelopmentKeys
from yishi.nats import NatsServer
from yishi.passwords import Passwords
from yishi.ports import LOOPBACK, free_port, is_free
from yishi.postgres import PostgresServer
from yishi.probe import http_status
from yishi.stack_state import StateFolder, default_home

FIXED_PORTS: Mapping[str, int] = {
    "nats": 14222,
    "nats-monitor": 18222,
    "postgres": 15432,
    "members": 8101,
    "proposals": 8102,
    "meetings": 8103,
    "notifications": 8104,
}


def service_command(service: str) -> list[str]:
    """Return the program of a service."""
    return [sys.executable, "-m", f"services.{service}"]


class Stack:
    """The servers and services of one state folder. Their handles exist once `start` has begun."""

    nats: NatsServer
    postgres: PostgresServer
    keys: DevelopmentKeys

    def __init__(
        self,
        home: Path | None = None,
        *,
        services: Sequence[str] = SERVICES,
        command: Callable[[str], list[str]] = service_command,
        settings: Mapping[str, str] | None = None,
        fixed_ports: bool = False,
        announce: Callable[[str], None] = lambda _: None,
        postgres_install: Path | None = None,
    ) -> None:
        """Prepare a stack.

        `services` may be empty: servers only. `settings` are further environment settings for every service.
        `fixed_ports` asks for the well-known ports and falls back, announced, to free ones.
        """
        self.home = (home or default_home()).resolve()
        self.services: dict[str, Child] = {}
        self._names = tuple(services)
        self._command = command
        self._settings = dict(settings or {})
        self._fixed_ports = fixed_ports
        self._announce = announce
        self._postgres_install = postgres_install
        self._ports: dict[str, int] = {}
        self._prepared = False
        self._folder = StateFolder(self.home)

    @property
    def begun(self) -> bool:
        """Whether the state folder was free and the servers were prepared."""
        return self._prepared

    async def __aenter__(self) -> Self:
        """Start everything."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything."""
        await self.stop()

    async def start(self) -> None:
        """Start the servers, then the services, and write `stack.json` when all are ready.

        *Raises* `StackError` if another stack runs in the folder, or if something does not start; then all of
        it is stopped.
        """
        self._folder.hold()
        try:
            self._prepare()
            await _all(self.nats.start, self.postgres.start)
            await _all(*(child.start for child in self.services.values()))
            self._folder.publish(self._state())
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop the services, then the servers; what does not end in time is killed."""
        await asyncio.gather(*(child.stop() for child in self.services.values()))
        if self._prepared:
            await asyncio.gather(self.nats.stop(), self.postgres.stop())
        self._folder.release()

    async def remove(self) -> None:
        """Stop everything and delete the state folder, the log included."""
        await self.stop()
        if self._prepared:
            await self.postgres.remove()
        shutil.rmtree(self.home, ignore_errors=True)

    def environment(self, service: str) -> dict[str, str]:
        """Return the settings (`YISHI_…`) with which a service is started."""
        state = self.home / "services" / service
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        return {
            "YISHI_NATS_URL": self.nats.url,
            "YISHI_NATS_USER": service,
            "YISHI_NATS_PASSWORD": self.nats.passwords.nats[service],
            "YISHI_NATS_MONITOR_URL": self.nats.monitor_url,
            "YISHI_DATABASE_URL": self.postgres.url(service, "projector"),
            "YISHI_DATABASE_HTTP_URL": self.postgres.url(service, "http"),
            "YISHI_HOST": LOOPBACK,
            "YISHI_PORT": str(self._port(service)),
            "YISHI_ISSUER": ISSUER,
            "YISHI_JWKS_FILE": str(self.keys.jwks_file),
            "YISHI_DEVELOPMENT": "true",
            "YISHI_LOG_LEVEL": os.environ.get("YISHI_LOG_LEVEL", "INFO"),
            "YISHI_STATE_DIR": str(state),
            **self._settings,
        }

    def service_url(self, service: str) -> str:
        """Return where a service listens."""
        return f"http://{LOOPBACK}:{self._port(service)}"

    def processes(self) -> dict[str, Child]:
        """Return every process of the stack by name, servers first."""
        servers = {"nats": self.nats.process}
        if self.postgres.process:
            servers["postgres"] = self.postgres.process
        return {**servers, **self.services}

    def _prepare(self) -> None:
        if self._prepared:
            return
        passwords = Passwords.load(self.home)
        self.keys = DevelopmentKeys.load(self.home)
        self.nats = NatsServer(
            self.home, port=self._port("nats"), monitor_port=self._port("nats-monitor"), passwords=passwords
        )
        self.postgres = PostgresServer(
            self.home, port=self._port("postgres"), passwords=passwords, install=self._postgres_install
        )
        self.services.update({name: self._service(name) for name in self._names})
        self._prepared = True

    def _service(self, name: str) -> Child:
        async def ready() -> bool:
            return await http_status(f"{self.service_url(name)}/readyz") == 200

        inherited = {key: value for key, value in os.environ.items() if not key.startswith("YISHI_")}
        return Child(
            name=name,
            command=self._command(name),
            log=self.home / "logs" / f"{name}.log",
            directory=CHECKOUT,
            environment={**inherited, "PYTHONUNBUFFERED": "1", **self.environment(name)},
            ready=ready,
        )

    def _port(self, name: str) -> int:
        if name not in self._ports:
            wanted = FIXED_PORTS.get(name) if self._fixed_ports else None
            if wanted and is_free(wanted):
                self._ports[name] = wanted
            else:
                self._ports[name] = free_port()
                if wanted:
                    self._announce(f"端口 {wanted}（{name}）已被占用，改用 {self._ports[name]}。")
        return self._ports[name]

    def _state(self) -> dict[str, object]:
        return {
            "pid": os.getpid(),
            "home": str(self.home),
            "nats": {
                "url": self.nats.url,
                "monitor_url": self.nats.monitor_url,
                "pid": self.nats.process.pid,
                "passwords": self.nats.passwords.nats,
            },
            "postgres": {
                "port": self.postgres.port,
                "admin_url": self.postgres.admin_url,
                "pid": self.postgres.process.pid if self.postgres.process else None,
                "passwords": self.postgres.passwords.postgres,
            },
            "issuer": ISSUER,
            "jwks_file": str(self.keys.jwks_file),
            "services": {
                name: {"url": self.service_url(name), "pid": child.pid, "log": str(child.log)}
                for name, child in self.services.items()
            },
        }


async def _all(*starts: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run all starts side by side; when one fails, the others are cancelled and the failure is raised."""
    tasks = [asyncio.create_task(start()) for start in starts]
    if not tasks:
        return
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


__all__ = ["FIXED_PORTS", "Stack", "StackError", "service_command"]
