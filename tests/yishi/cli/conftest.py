"""A running system, and the command line as its users call it: each command is a process of its own."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from runtime.feed import Feed
from runtime.messages import Recorded
from yishi import CHECKOUT
from yishi.calls import Client
from yishi.stack import Stack
from yishi.target import Target, find_target, open_log

RUNNER = """
import json, os, sys
import yishi.__main__, yishi.events, yishi.importing.run, yishi.parked, yishi.rebuild, yishi.stats, yishi.status
import yishi.similar, yishi.verify

def run(job):
    os.environ["YISHI_HOME"] = job["home"]
    sys.argv = ["yishi", *job["arguments"]]
    for number, file in ((1, job["out"]), (2, job["err"])):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    try:
        yishi.__main__.main()
    except SystemExit as end:
        return end.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        os._exit(run(json.loads(line)))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Forks a process for each command, so that the imports are done once for all tests."""


@dataclass
class Finished:
    """What a command left: its exit code and its output."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The output as JSON."""
        return json.loads(self.out)


class Yishi(Protocol):
    """Run `yishi …` against the shared system, or the one in another state folder."""

    async def __call__(self, *arguments: str, home: Path | None = None) -> Finished: ...


@pytest.fixture(scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The servers with two services, for all tests that leave the log whole."""
    stack = Stack(tmp_path_factory.mktemp("system"), services=["members", "proposals"])
    await stack.start()
    yield stack
    await stack.remove()


@pytest.fixture(scope="session")
async def yishi(system: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Yishi]:
    """The runner of commands."""
    folder = tmp_path_factory.mktemp("commands")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("YISHI_")}
    runner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RUNNER),
        cwd=folder,
        env={**inherited, "PYTHONPATH": str(CHECKOUT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    turn = asyncio.Lock()

    async def run(*arguments: str, home: Path | None = None) -> Finished:
        assert runner.stdin is not None
        assert runner.stdout is not None
        out, err = folder / "out", folder / "err"
        job = {"arguments": arguments, "home": str(home or system.home), "out": str(out), "err": str(err)}
        async with turn, asyncio.timeout(60):
            runner.stdin.write(json.dumps(job).encode() + b"\n")
            code = int(await runner.stdout.readline())
            return Finished(code, out.read_text("utf-8"), err.read_text("utf-8"))

    yield run
    runner.kill()
    await runner.wait()


@pytest.fixture
def target(system: Stack) -> Target:
    """The shared system, as the commands see it."""
    return find_target(system.home)


class Establish(Protocol):
    """Add a unit to the test's county and give its id."""

    async def __call__(self, name: str, *, later: str | None = None) -> str: ...


@pytest.fixture
def establish(target: Target, county: str) -> Establish:
    async def send(name: str, *, later: str | None = None) -> str:
        async with Client(target, "members", "person:registrar", county, "registrar") as client:
            body = {"name": name, "from_on": "2005-01-01"}
            id: str = (await client.post("/v1/units", body, name.encode().hex()))["id"]
            if later:
                renamed = {"name": later, "from_on": "2006-01-01"}
                await client.post(f"/v1/units/{id}/rename", renamed, later.encode().hex())
            return id

    return send


class ReadLog(Protocol):
    """Give every message of the shared log."""

    async def __call__(self) -> list[Recorded]: ...


@pytest.fixture
def read_log(target: Target) -> ReadLog:
    async def read() -> list[Recorded]:
        messages: list[Recorded] = []
        async with open_log(target) as (log, _):
            last = await log.last_sequence()
            async with Feed(log, 1) as feed:
                while len(messages) < last:
                    messages += await feed.batch(1000, 1.0)
        return messages

    return read
