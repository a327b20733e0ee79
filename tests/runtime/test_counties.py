"""Counties: a token of one county reads and writes nothing of another, and a forgotten WHERE shows nothing more."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import pytest

from runtime import vault

if TYPE_CHECKING:
    from tests.conftest import Running
    from tests.runtime.conftest import Establish, History

RENAME = {"name": "规划处", "from_on": "2005-09-30"}


@pytest.fixture
async def http_role(members: "Running") -> AsyncIterator[asyncpg.Connection]:
    """A connection as HTTP queries use it, without a county."""
    settings = members.process.settings
    db = await asyncpg.connect(
        settings.database_http_url.get_secret_value(), server_settings={"search_path": members.process.schema.name}
    )
    yield db
    await db.close()


async def test_over_the_api_another_countys_unit_is_not_there(
    members: "Running", establish: "Establish", history: "History"
) -> None:
    unit = await establish(members.person())
    stranger = members.person(county="999999")
    last = await members.process.log.last_sequence()
    for answer in (await stranger.get(f"/v1/units/{unit}"), await stranger.post(f"/v1/units/{unit}/rename", RENAME)):
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:yishi:problem:not-found")
    assert (await stranger.get("/v1/units")).json()["items"] == []
    assert (await members.process.log.last_sequence(), len(await history(members, unit))) == (last, 1)


async def test_the_same_key_in_two_counties_gives_two_units(members: "Running", history: "History") -> None:
    body = {"name": "规划办", "from_on": "2005-01-01"}
    here = (await members.person().post("/v1/units", body, "key")).json()["id"]
    there = (await members.person(county="999998").post("/v1/units", body, "key")).json()["id"]
    assert here != there
    assert [e.county for e in await history(replace(members, county="999998"), there)] == ["999998"]


async def test_a_query_without_a_where_sees_one_county_and_without_a_county_nothing(
    members: "Running", establish: "Establish", http_role: asyncpg.Connection
) -> None:
    unit = await establish(members.person())
    await establish(members.person(county="999997"))
    tables = [*members.process.schema.tables, "states", "parked"]
    for table in tables:
        assert await http_role.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    async with http_role.transaction():
        await http_role.execute("SELECT set_config('app.county', $1, true)", members.county)
        assert [row["id"] for row in await http_role.fetch("SELECT id FROM units")] == [unit]
        for table in tables:
            counties = {row["county"] for row in await http_role.fetch(f"SELECT county FROM {table}")}
            assert counties <= {members.county}, table
    assert await http_role.fetchval("SELECT count(*) FROM units") == 0


FORBIDDEN = (
    "INSERT INTO units SELECT * FROM units",
    "UPDATE units SET name = 'x'",
    "DELETE FROM units",
    "TRUNCATE units",
    "UPDATE position SET sequence = 0",
    "UPDATE states SET version = 7",
    "DELETE FROM parked",
    "SELECT * FROM parked_events",
    "SELECT * FROM vault.keys",
    "SELECT * FROM vault.secrets",
    "SELECT * FROM operations.refused_reactions",
    "CREATE TABLE own (x int)",
    "CREATE SCHEMA own",
    "ALTER TABLE units DISABLE ROW LEVEL SECURITY",
    "SET SESSION AUTHORIZATION members_projector",
    "SET ROLE members_projector",
    "DROP TABLE units",
)


async def test_the_role_of_http_queries_cannot_write_nor_see_the_vault(
    members: "Running", http_role: asyncpg.Connection
) -> None:
    async with members.process.database.owner() as db:
        assert len(await vault.key_for(db, members.county, uuid4())) == 32
    for statement in FORBIDDEN:
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.InvalidSchemaNameError)):
            await http_role.execute(statement)
    async with members.process.database.county(members.county) as db:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await db.execute("CREATE TEMPORARY TABLE own (x int)")
