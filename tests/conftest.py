"""What all tests share: real servers, services on them, people with tokens, and a bounded wait.

One pair of servers and one log serve the whole session, so every test has a county of its own. A test that damages
the log or stops a server takes `own_stack`. Types for annotations: `from tests.conftest import Running, Person`
under `TYPE_CHECKING`.
"""

import asyncio
import importlib
import inspect
import itertools
import json
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import httpx2
import pytest
import uvicorn

from runtime.app import KEEP_ALIVE, create_app
from runtime.database import Database
from runtime.position import Position
from runtime.process import Process, Service
from runtime.projector import Projector
from runtime.schema import Schema, http_role
from runtime.settings import Settings, utc_now
from yishi import CHECKOUT
from yishi.child import Child
from yishi.comparison import compare
from yishi.ports import LOOPBACK, free_port
from yishi.probe import http_status
from yishi.stack import Stack, service_command

STAFF = ("registrar", "committee", "office", "handler", "reviewer", "signer", "auditor", "operator")
"""The roles that a token of the tests carries when it says nothing else."""

_counties = itertools.count(110_000)
_rebuilds = itertools.count(1)


@dataclass
class Person:
    """Somebody who calls a service; each command gets a fresh Idempotency-Key unless one is given."""

    http: httpx2.AsyncClient
    bearer: str

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        """Ask; `at_least=…` and other headers are written with underscores."""
        return await self.http.get(path, headers=self._headers(headers))

    async def post(self, path: str, body: object = None, key: str | None = None, **headers: str) -> httpx2.Response:
        """Command."""
        named = {"idempotency_key": key or str(uuid4()), **headers}
        return await self.http.post(path, json={} if body is None else body, headers=self._headers(named))

    def _headers(self, named: dict[str, str]) -> dict[str, str]:
        return {"authorization": f"Bearer {self.bearer}"} | {k.replace("_", "-"): v for k, v in named.items()}


@dataclass
class Running:
    """A service that runs: in this process (then `process` is there) or as a child (then `child` is)."""

    name: str
    url: str
    http: httpx2.AsyncClient
    stack: Stack
    county: str
    process: Process = None  # type: ignore[assignment]
    child: Child = None  # type: ignore[assignment]

    def person(self, subject: str = "person:registrar", *, county: str | None = None, **claims: Any) -> Person:
        """Give somebody with a token of the test's county (or another) who calls this service."""
        return Person(self.http, issue(self.stack, subject, county or self.county, **claims))

    async def ready(self) -> dict[str, Any]:
        """Give the answer of /readyz."""
        report: dict[str, Any] = (await self.http.get("/readyz")).json()
        return report


def issue(
    stack: Stack,
    subject: str,
    county: str,
    *,
    roles: Sequence[str] = STAFF,
    unit: str = "",
    now: datetime | None = None,
    lifetime: timedelta = timedelta(hours=8),
) -> str:
    """Give a token signed with the stack's development key."""
    return stack.keys.issue_token(subject, county, roles, unit, now=now or utc_now(), lifetime=lifetime)


class Eventually(Protocol):
    """Wait until a condition (plain or async) gives something true, and give that; fail after `seconds`."""

    async def __call__(self, condition: Callable[[], Any], seconds: float = 10.0) -> Any: ...


class Serve(Protocol):
    """Run a service in this process, on its own port; `settings` are fields of runtime.settings.Settings."""

    def __call__(
        self, service: Service, *, stack: Stack | None = None, **settings: Any
    ) -> AbstractAsyncContextManager[Running]: ...


class Spawn(Protocol):
    """Run `python -m services.<name>` (or another command) as a child, on its own port."""

    def __call__(
        self,
        name: str,
        *,
        stack: Stack | None = None,
        command: Sequence[str] | None = None,
        directory: Path = CHECKOUT,
        wait_ready: bool = True,
        **settings: Any,
    ) -> AbstractAsyncContextManager[Running]: ...


class Forge(Protocol):
    """Publish a message to the log as the operator, past `EventLog.append`, and give its stream sequence."""

    async def __call__(self, subject: str, raw: bytes, headers: Mapping[str, str]) -> int: ...


class EqualsRebuild(Protocol):
    """Build a service's projection again in an empty schema and compare every row of every table."""

    async def __call__(self, running: Running) -> None: ...


class IssueToken(Protocol):
    """Give a token: `token("member:…", roles=("member",))`; the county is the test's unless given."""

    def __call__(self, subject: str = "person:registrar", county: str | None = None, **claims: Any) -> str: ...


@pytest.fixture(scope="session")
def eventually() -> Eventually:
    """The bounded wait."""

    async def wait(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while True:
            found = condition()
            if inspect.isawaitable(found):
                found = await found
            if found:
                return found
            assert loop.time() < deadline, f"not within {seconds} s: {inspect.getsource(condition).strip()}"
            await asyncio.sleep(0.02)

    return wait


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The servers of the session, and no service."""
    shared = Stack(tmp_path_factory.mktemp("stack"), services=[])
    await shared.start()
    yield shared
    await shared.remove()


@pytest.fixture
async def own_stack(tmp_path: Path) -> AsyncIterator[Stack]:
    """Servers for one test alone, started: it may damage them."""
    alone = Stack(tmp_path / "own", services=[])
    await alone.start()
    yield alone
    await alone.remove()


@pytest.fixture
def servers(request: pytest.FixtureRequest) -> Stack:
    """The servers of this test: its own when it asks for them, else those of the session."""
    found = request.getfixturevalue("own_stack" if "own_stack" in request.fixturenames else "stack")
    assert isinstance(found, Stack)
    return found


@pytest.fixture
def county() -> str:
    """A county that no other test uses."""
    return f"{next(_counties):06d}"


@pytest.fixture
def token(servers: Stack, county: str) -> IssueToken:
    """The maker of tokens for the test's servers."""

    own = county

    def make(subject: str = "person:registrar", county: str | None = None, **claims: Any) -> str:
        return issue(servers, subject, county or own, **claims)

    return make


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    """An HTTP client without a base address."""
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
async def running_members(stack: Stack) -> AsyncIterator[Running]:
    """The members service in this process, started once for all tests that do not stop it."""
    async with serving(stack, importlib.import_module("services.members.main").SERVICE, "100000") as running:
        yield running


@pytest.fixture
def serve(servers: Stack, county: str) -> Serve:
    """The starter of services in this process."""

    @asynccontextmanager
    async def run(service: Service, *, stack: Stack | None = None, **settings: Any) -> AsyncIterator[Running]:
        async with serving(stack or servers, service, county, **settings) as running:
            yield running

    return run


@asynccontextmanager
async def serving(stack: Stack, service: Service, county: str, **settings: Any) -> AsyncIterator[Running]:
    """Run a service in this process until the block ends; ready when the block begins."""
    port = free_port()
    environment = stack.environment(service.name)
    known = {key.removeprefix("YISHI_").lower(): value for key, value in environment.items()}
    app = create_app(service, Settings(**{**known, "port": port, **settings}))
    server = _Server(
        uvicorn.Config(
            app,
            host=LOOPBACK,
            port=port,
            log_config=None,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=2,
        )
    )
    task = asyncio.create_task(server.serve())
    url = f"http://{LOOPBACK}:{port}"
    try:
        async with httpx2.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
            running = Running(service.name, url, client, stack, county)
            async with asyncio.timeout(30):
                while not server.started:
                    if task.done():
                        await task
                        raise AssertionError(f"{service.name} did not start")
                    await asyncio.sleep(0.005)
                running.process = app.state.process
                while not (await running.ready())["ready"]:
                    await asyncio.sleep(0.02)
            yield running
    finally:
        server.should_exit = True
        await task


class _Server(uvicorn.Server):
    """A server that leaves the signals, and the end of the process, to pytest."""

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().serve(sockets)
        except SystemExit as left:
            raise AssertionError(f"the service ended with exit code {left.code}") from left

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@pytest.fixture
async def forge(servers: Stack) -> AsyncIterator[Forge]:
    """The operator's own hand in the log."""
    client = await servers.nats.connect("operator")

    async def publish(subject: str, raw: bytes, headers: Mapping[str, str]) -> int:
        answer = json.loads((await client.request(subject, raw, headers=dict(headers), timeout=5)).data)
        assert "error" not in answer, answer
        return int(answer["seq"])

    yield publish
    await client.close()


@pytest.fixture
def equals_rebuild() -> EqualsRebuild:
    """The comparison of a projection with one rebuilt from the log."""

    async def check(running: Running) -> None:
        process = running.process
        service, serving = process.service, process.schema.name
        fresh = Schema(service.name, service.schema_version, service.folds, f"_again{next(_rebuilds)}")
        last = await process.log.last_sequence()
        assert await process.positions.wait(last, 20), f"{serving} is not up with the log"
        database = Database(process.settings, fresh.name)
        db = await database.dedicated()
        await fresh.ensure(db, http_role(process.settings))
        await db.close()

        async def silent(position: Position) -> None: ...

        await Projector(process.log, database, fresh, silent, service.reacts_to).catch_up(last)
        async with process.database.owner() as pooled:
            compared = await compare(pooled, serving, fresh.name)
            await pooled.execute(f"DROP SCHEMA {fresh.name} CASCADE")
        assert {table.table for table in compared} >= {"states", "parked", "parked_events", "position"}
        assert all(table.identical for table in compared), compared

    return check


@pytest.fixture
async def spawn(servers: Stack, county: str) -> AsyncIterator[Spawn]:
    """The starter of services as children; whatever still runs after the test is stopped."""
    async with AsyncExitStack() as cleanup:

        @asynccontextmanager
        async def run(
            name: str,
            *,
            stack: Stack | None = None,
            command: Sequence[str] | None = None,
            directory: Path = CHECKOUT,
            wait_ready: bool = True,
            **settings: Any,
        ) -> AsyncIterator[Running]:
            at = stack or servers
            port = free_port()
            url = f"http://{LOOPBACK}:{port}"

            async def answers() -> bool:
                status = await http_status(f"{url}/readyz")
                return status == 200 if wait_ready else status is not None

            inherited = {key: value for key, value in os.environ.items() if not key.startswith("YISHI_")}
            own = {f"YISHI_{key.upper()}": str(value) for key, value in settings.items()}
            child = Child(
                name=name,
                command=list(command or service_command(name)),
                log=at.home / "logs" / f"{name}-{port}.log",
                directory=directory,
                environment={**inherited, **at.environment(name), "YISHI_PORT": str(port), **own},
                ready=answers,
            )
            cleanup.push_async_callback(child.kill)
            async with httpx2.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
                await child.start()
                yield Running(name, url, client, at, county, child=child)
                await child.stop()

        yield run
