"""A log of the test's own, the archiver as a process, and an archive of five messages."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from runtime.messages import Recorded
from tests.yishi.archive.logged import RECORDED, Honest, Logged, write
from yishi.child import Child
from yishi.nats import NatsServer


@pytest.fixture
async def logged(tmp_path: Path) -> AsyncIterator[Logged]:
    """An empty log for one test alone."""
    server = NatsServer(tmp_path / "server")
    await server.start()
    yield Logged(server)
    await server.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the archive goes; it does not exist yet."""
    return tmp_path / "archive"


Archiver = Callable[..., Any]


@pytest.fixture
async def archiver(logged: Logged, folder: Path, tmp_path: Path) -> AsyncIterator[Archiver]:
    """The starter of `yishi archive` as a process of its own; what still runs after the test is killed."""
    async with AsyncExitStack() as cleanup:

        @asynccontextmanager
        async def run(*arguments: str, user: str = "operator") -> AsyncIterator[Child]:
            async def begun() -> bool:
                return (folder / "status.json").exists()

            child = Child(
                name="archiver",
                command=[sys.executable, "-m", "yishi", "archive", str(folder), *arguments],
                log=tmp_path / "archiver.log",
                directory=tmp_path,
                environment=logged.environment(user),
                ready=begun,
            )
            cleanup.push_async_callback(child.kill)
            await child.start()
            yield child
            await child.stop()

        yield run


@pytest.fixture
def messages() -> list[Recorded]:
    """Five messages: two on one day, two on the next, one two days later."""
    honest = Honest()
    days = (0.0, 0.2, 1.0, 1.1, 3.0)
    made = [honest.unit(f"u{number % 2}") for number in range(len(days))]
    return [
        Recorded(number, subject, raw, headers, RECORDED + timedelta(days=day))
        for number, ((subject, raw, headers), day) in enumerate(zip(made, days, strict=True), 1)
    ]


@pytest.fixture
def written(folder: Path, messages: list[Recorded]) -> Path:
    """An archive of the five messages, in three files."""
    write(folder, messages)
    return folder
