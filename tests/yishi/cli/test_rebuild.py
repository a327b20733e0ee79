"""Rebuilding a projection while its service works: the same rows come out, and nobody is kept waiting for long."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

from runtime.messages import EXPECTED_SEQUENCE_HEADER
from yishi.calls import Client
from yishi.rebuild import rebuild
from yishi.stack import Stack
from yishi.target import Target, find_target

if TYPE_CHECKING:
    from tests.yishi.cli.conftest import Establish, Yishi


@asynccontextmanager
async def registering(target: Target, county: str) -> AsyncIterator[list[str]]:
    """Let several registrars establish units, and look at each, until the block ends; gives the ids."""
    ids: list[str] = []
    done = asyncio.Event()

    async def work(n: int) -> None:
        async with Client(target, "members", "person:registrar", county, "registrar") as client:
            i = 0
            while not done.is_set():
                body = {"name": f"单位{n}-{i}", "from_on": "2005-01-01"}
                answer = await client.post("/v1/units", body, f"load-{n}-{i}")
                unit = await client.get(f"/v1/units/{answer['id']}", at_least=answer["position"])
                assert unit["name"] == body["name"]
                ids.append(answer["id"])
                i += 1

    workers = [asyncio.create_task(work(n)) for n in range(4)]
    try:
        yield ids
    finally:
        done.set()
        await asyncio.gather(*workers)


async def _until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, 30 seconds at most."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_rebuilt_projection_is_identical_and_takes_over_under_load(
    yishi: "Yishi", target: Target, county: str
) -> None:
    async with registering(target, county) as ids:
        await _until(lambda: len(ids) >= 50)
        before = await _schema_id(target)
        finished = await yishi("rebuild", "members", "--json")
        seen = len(ids)
        await _until(lambda: len(ids) >= seen + 50)
    report = finished.document
    assert (finished.code, report["identical"], report["swapped"]) == (0, True, True)
    tables = {compared["table"]: compared for compared in report["tables"]}
    assert tables["units"]["serving"] == tables["units"]["rebuilt"] >= 50
    assert tables["states"]["rebuilt"] >= 50
    assert await _schema_id(target) != before
    verified = await yishi("verify", "--json", "--with-services")
    assert verified.code == 0
    assert "members_v1_rebuild" not in verified.document["positions"]
    async with Client(target, "members", "person:registrar", county, "registrar") as client:
        units = {unit["id"] for unit in await client.all("/v1/units")}
    assert units == set(ids)


async def test_a_projection_that_differs_is_kept_beside_the_rebuilt_one(
    yishi: "Yishi", target: Target, establish: "Establish", county: str
) -> None:
    id = await establish("规划办")
    await _owner(target, "UPDATE members_v1.units SET name = '被改过' WHERE id = $1", id)
    before = await _schema_id(target)
    finished = await yishi("rebuild", "members", "--json")
    report = finished.document
    assert (finished.code, report["identical"], report["swapped"]) == (1, False, False)
    different = [compared for compared in report["tables"] if not compared["identical"]]
    assert [(c["table"], c["missing"], c["surplus"]) for c in different] == [("units", 1, 1)]
    assert await _schema_id(target) == before
    assert await _owner(target, "SELECT name FROM members_v1_rebuild.units WHERE id = $1", id) == "规划办"
    swapped = await yishi("rebuild", "members", "--keep-going", "--swap-anyway")
    assert swapped.code == 1
    assert "已按要求替换" in swapped.out
    async with Client(target, "members", "person:registrar", county, "registrar") as client:
        assert (await client.get(f"/v1/units/{id}"))["name"] == "规划办"
        renamed = await client.post(f"/v1/units/{id}/rename", {"name": "规划处", "from_on": "2006-01-01"}, "later")
        assert (await client.get(f"/v1/units/{id}", at_least=renamed["position"]))["name"] == "规划处"


async def test_only_services_can_be_rebuilt(yishi: "Yishi") -> None:
    finished = await yishi("rebuild", "nobody")
    assert finished.code == 1
    assert "没有服务 nobody" in finished.err


async def _schema_id(target: Target) -> Any:
    return await _owner(target, "SELECT oid FROM pg_namespace WHERE nspname = 'members_v1'")


async def _owner(target: Target, statement: str, *arguments: object) -> Any:
    db = await asyncpg.connect(target.settings["members"].database_url.get_secret_value())
    try:
        return await db.fetchval(statement, *arguments)
    finally:
        await db.close()


async def test_the_projection_of_a_dead_service_is_rebuilt_as_far_as_it_had_come(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "stack", services=["members"])
    try:
        await stack.start()
        target = find_target(stack.home)
        async with Client(target, "members", "person:registrar", "430000", "registrar") as client:
            body = {"name": "规划办", "from_on": "2005-01-01"}
            position = (await client.post("/v1/units", body, "one"))["position"]
        await stack.services["members"].kill()
        operator = await stack.nats.connect("operator")
        await operator.request("evt.430000.proposals.proposal.x", b"{}", headers={EXPECTED_SEQUENCE_HEADER: "0"})
        await operator.close()
        found = await rebuild(target, "members")
        assert (found.identical, found.swapped, f"EVENTS:{found.position}") == (True, True, position)
    finally:
        await stack.remove()
