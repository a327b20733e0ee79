"""A process that starts beside another becomes ready although the log grows all the time."""

from typing import TYPE_CHECKING

import asyncpg

from runtime.database import Database
from runtime.process import Process
from runtime.schema import Schema, http_role
from services.members.main import SERVICE

if TYPE_CHECKING:
    from tests.conftest import Running

UNIT = {"name": "第一股", "from_on": "2005-01-01"}
CATCHING_UP = ["the projection is catching up"]


async def test_a_process_is_ready_once_it_has_passed_what_was_the_logs_end_a_moment_ago(
    running_members: "Running", county: str
) -> None:
    """The log's present end is always a little ahead of a projection under load: nobody ever gets there."""
    person = running_members.person(county=county)
    await person.post("/v1/units", UNIT)
    settings = running_members.process.settings.model_copy(update={"schema_suffix": "_beside"})
    beside = Process(SERVICE, settings)
    db = await Database(settings, beside.schema.name).dedicated()
    schema = Schema(SERVICE.name, SERVICE.schema_version, SERVICE.folds, "_beside")
    await schema.ensure(db, http_role(settings))
    await db.close()
    hold = await asyncpg.connect(settings.database_url.get_secret_value())
    lock = f"LOCK TABLE {schema.name}.position IN EXCLUSIVE MODE"
    try:
        async with hold.transaction():
            await hold.execute(lock)
            await beside.open()
            first = await beside.readiness()
        assert first["problems"] == CATCHING_UP
        assert await beside.positions.wait(first["log"], 20)
        async with hold.transaction():
            await hold.execute(lock)  # From here on the projection is behind, as it is at any moment under load.
            assert (await person.post("/v1/units", UNIT)).status_code == 201
            second = await beside.readiness()
        assert first["log"] <= second["position"] < second["log"]
        assert (second["ready"], second["problems"]) == (True, [])
    finally:
        await hold.close()
        await beside.close()
        async with running_members.process.database.owner() as owner:
            await owner.execute(f"DROP SCHEMA {schema.name} CASCADE")
