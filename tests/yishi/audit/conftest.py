"""One county's cases lived through four services, and its exports: what auditors get, and what forgers start from."""

import asyncio
import base64
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.journeys.conftest import Handling, Town
from yishi import CHECKOUT
from yishi.demo.office import COMMITTEE, Office
from yishi.export import Asked, Exported, export
from yishi.lines import START, chain_of
from yishi.stack import Stack
from yishi.target import Target, find_target

COUNTY, NEIGHBOUR = "431000", "432000"


@dataclass
class World:
    """What the exports were made of."""

    home: Path
    target: Target
    town: Town
    case: Handling
    other: Handling
    folder: Path
    exports: dict[str, Exported]

    @property
    def files(self) -> dict[str, Path]:
        """The export files by what was asked for: case, county, all."""
        return {name: Path(made.file) for name, made in self.exports.items()}

    @property
    def sealed(self) -> Path:
        """The folder of the sealed files."""
        return self.folder / "sealed"


@pytest.fixture(scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    stack = Stack(tmp_path_factory.mktemp("audit"))
    await stack.start()
    folder = tmp_path_factory.mktemp("exports")
    try:
        async with Office(stack, COUNTY) as office, Office(stack, NEIGHBOUR) as elsewhere:
            town = Town(COUNTY, office)
            await town.settle()
            await Town(NEIGHBOUR, elsewhere).settle()
            case, other = Handling(town), Handling(town)
            await _live(case, town)
            await other.submit("2005-02-17")
        target = find_target(stack.home)
        exports = {
            "case": await export(target, Asked(case=case.id), folder / "case.jsonl", with_files=folder / "sealed"),
            "county": await export(target, Asked(county=COUNTY), folder / "county.jsonl"),
            "all": await export(target, Asked(), folder / "all.jsonl"),
        }
        yield World(stack.home, target, town, case, other, folder, exports)
    finally:
        await stack.remove()


async def _live(case: Handling, town: Town) -> None:
    """Take a case from submission to close, answered late, the first time to the member's dissatisfaction."""
    await case.submit("2005-02-16", joint=True)
    await case.hand_over("2005-02-22", "2005-03-01", co=True)
    clerk, handler = town.worker("office_clerk", town.lead), town.worker("handler", town.lead)
    await case.act(clerk, "sign-for", signed_for_on="2005-03-02")
    await case.act(handler, "contact", section="综合股", contacted_on="2005-03-04")
    await case.act(town.worker("handler", town.co), "opinion", opinion="同意。", given_on="2005-03-05")
    await case.run("2005-03-14")
    await case.meet("before", "2005-03-07", mode="in_person")
    await case.meet("during", "2005-04-01", mode="on_site")
    await case.run("2005-04-29")
    await case.draft("2005-05-09", "2005-05-09")
    await case.sign("2005-05-10")
    await case.answer([town.member, town.cosigner], "2005-05-11", "2005-05-12")
    await case.meet("after", "2005-05-20")
    for member in (town.member, town.cosigner):
        await case.rate(member, "2005-05-25")
    await case.act(COMMITTEE, "close", closed_on="2005-06-01")


class Verify(Protocol):
    """Run the program that stands alone, without anything of ours to import; give its exit code and output."""

    async def __call__(self, *arguments: str | Path) -> tuple[int, str]: ...


PROGRAM = CHECKOUT / "docs" / "audit" / "verify_export.py"


@pytest.fixture(scope="session")
def independent(tmp_path_factory: pytest.TempPathFactory) -> Verify:
    nowhere = tmp_path_factory.mktemp("elsewhere")

    async def run(*arguments: str | Path) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(PROGRAM), *map(str, arguments)),
            cwd=nowhere,
            env={"PYTHONIOENCODING": "utf-8", "PATH": os.environ.get("PATH", "")},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode()

    return run


class Lines:
    """The lines of an export as somebody edits them who knows the format: contents, without their chains."""

    def __init__(self, file: Path) -> None:
        self.contents: list[dict[str, Any]] = [json.loads(line) for line in file.read_bytes().splitlines()]
        for content in self.contents:
            del content["chain"]

    @property
    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = self.contents[-1]["manifest"]
        return manifest

    def line_of(self, wanted: Callable[[dict[str, Any]], bool]) -> int:
        """Give the number of the first event's line that is wanted."""
        return next(n for n, content in enumerate(self.contents, 1) if "body" in content and wanted(content))

    def body(self, line: int) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(base64.b64decode(self.contents[line - 1]["body"]))
        return body

    def edit(self, line: int, **changes: Any) -> None:
        """Change attributes of an event's body; None takes one out."""
        body = {name: value for name, value in (self.body(line) | changes).items() if value is not None}
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        self.contents[line - 1]["body"] = base64.b64encode(raw).decode()

    def write(self, file: Path) -> Path:
        """Write the file with every chain computed anew, so that only what the lines say can betray it."""
        chain, written = START, b""
        for content in self.contents:
            text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()[:-1]
            chain = chain_of(chain, text)
            written += text + b',"chain":"' + chain.encode() + b'"}\n'
        file.write_bytes(written)
        return file


@pytest.fixture
def lines(world: World) -> Callable[[str], Lines]:
    """The editor of an export, by what was asked for."""
    return lambda name: Lines(world.files[name])
