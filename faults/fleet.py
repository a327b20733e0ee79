"""The fleet: the real servers and every service as a process of its own, each with its own links to the servers.

One service runs twice, so that its active projector can die while another stands by.
"""

import asyncio
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from faults.link import Link
from yishi import CHECKOUT, SERVICES
from yishi.child import Child
from yishi.ports import LOOPBACK, free_port
from yishi.probe import http_status
from yishi.stack import Stack, service_command
from yishi.target import Target, find_target

TWICE = "proposals"
"""The service that runs twice."""
START_SECONDS = 90.0
"""A busy machine starts slowly; how long it took is in the report."""
NEXT_VERSION = """
import sys
from dataclasses import replace
from importlib import import_module
from runtime.app import run
service = import_module(f"services.{sys.argv[1]}.main").SERVICE
run(replace(service, schema_version=service.schema_version + 1))
"""
"""A service as its next release would be: the same code with a new projection version."""


@dataclass(eq=False)
class Replica:
    """One process of a service with its links to the log (and its monitoring port) and to the database."""

    name: str
    service: str
    port: int
    child: Child
    log: Link
    monitor: Link
    database: Link

    @property
    def url(self) -> str:
        """Give where the process listens."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def links(self) -> tuple[Link, Link, Link]:
        """Give all links."""
        return (self.log, self.monitor, self.database)

    async def readiness(self) -> dict[str, Any]:
        """Give the answer of /readyz; empty when there is none."""
        try:
            async with httpx2.AsyncClient(timeout=2, trust_env=False) as http:
                found: dict[str, Any] = (await http.get(f"{self.url}/readyz")).json()
                return found
        except (httpx2.HTTPError, ValueError):
            return {}

    async def stop(self) -> None:
        """End the process in order, and its links."""
        await self.child.stop()
        for link in self.links:
            await link.stop()


class Fleet:
    """Everything that runs in one state folder."""

    def __init__(
        self,
        home: Path,
        *,
        twice: Iterable[str] = (TWICE,),
        settings: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Prepare; `settings` are further environment settings by service."""
        self.stack = Stack(home, services=[])
        self.replicas: list[Replica] = []
        self._twice = frozenset(twice)
        self._settings = dict(settings or {})
        self._number = 0

    async def start(self) -> None:
        """Start the servers, then every service. *Raises* `StackError`."""
        await self.stack.start()
        for service in SERVICES:
            for _ in range(2 if service in self._twice else 1):
                await self.add(service)
        await asyncio.gather(*(replica.child.start() for replica in self.replicas))

    async def add(self, service: str, *, command: Sequence[str] | None = None) -> Replica:
        """Make one more process of a service with links of its own; it is not started yet."""
        stack = self.stack
        self._number += 1
        name, port = f"{service}-{self._number}", free_port()
        links = {"log": Link(stack.nats.port), "monitor": Link(stack.nats.monitor_port)}
        links["database"] = Link(stack.postgres.port)
        for link in links.values():
            await link.start()
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("YISHI_")},
            "PYTHONUNBUFFERED": "1",
            **stack.environment(service),
            "YISHI_PORT": str(port),
            "YISHI_NATS_URL": f"nats://{LOOPBACK}:{links['log'].port}",
            "YISHI_NATS_MONITOR_URL": f"http://{LOOPBACK}:{links['monitor'].port}",
            "YISHI_DATABASE_URL": _moved(stack.postgres.url(service, "projector"), links["database"].port),
            "YISHI_DATABASE_HTTP_URL": _moved(stack.postgres.url(service, "http"), links["database"].port),
            **self._settings.get(service, {}),
        }

        async def ready() -> bool:
            return await http_status(f"http://{LOOPBACK}:{port}/readyz") == 200

        child = Child(
            name=name,
            command=list(command or service_command(service)),
            log=stack.home / "logs" / f"{name}.log",
            directory=CHECKOUT,
            environment=environment,
            ready=ready,
            start_seconds=START_SECONDS,
        )
        replica = Replica(name, service, port, child, **links)
        self.replicas.append(replica)
        return replica

    async def add_next_version(self, service: str) -> Replica:
        """Make a process of the service's next release: a projection version higher by one."""
        return await self.add(service, command=[sys.executable, "-c", NEXT_VERSION, service])

    def of(self, service: str) -> list[Replica]:
        """Give the processes of a service."""
        return [replica for replica in self.replicas if replica.service == service]

    async def active(self, service: str) -> Replica | None:
        """Give the process that projects for a service now, None when none says so."""
        for replica in self.of(service):
            if (await replica.readiness()).get("projector") == "active":
                return replica
        return None

    async def remove(self, replica: Replica) -> None:
        """Stop a process in order and forget it."""
        self.replicas.remove(replica)
        await replica.stop()

    def target(self) -> Target:
        """Give the system as the command line's tools see it: past all links."""
        return find_target(self.stack.home)

    async def stop(self) -> None:
        """Stop every process; the data stay."""
        await asyncio.gather(*(replica.stop() for replica in self.replicas))
        self.replicas.clear()
        await self.stack.stop()


def _moved(url: str, port: int) -> str:
    """Give a database address with another port."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.username}:{parts.password}@{LOOPBACK}:{port}").geturl()
