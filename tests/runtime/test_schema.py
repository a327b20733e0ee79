"""The projection's schema: made once, never altered, a new version beside the old one."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runtime.folds import Fold
from runtime.process import Process
from runtime.schema import Schema, SchemaDiffers
from runtime.tables import Table
from services.members import unit
from services.members.main import SERVICE
from services.members.unit_http import UNIT

if TYPE_CHECKING:
    from tests.conftest import Eventually, Running, Serve
    from tests.runtime.conftest import Establish

NAMES: Table[unit.Unit] = Table(
    "unit_names", {"name": "text NOT NULL"}, lambda change, _: [{"name": change.held.state.names[-1][1]}]
)


def _fold(*tables: Table[unit.Unit]) -> Fold[unit.Unit]:
    return replace(UNIT, read_models=(*UNIT.read_models, *tables))


async def test_two_processes_that_start_at_once_on_an_empty_database_share_one_schema(
    running_members: "Running", eventually: "Eventually"
) -> None:
    settings = running_members.process.settings.model_copy(update={"schema_suffix": "_both"})
    both = [Process(SERVICE, settings) for _ in range(2)]
    await asyncio.gather(*(process.open() for process in both))
    try:
        await eventually(lambda: sum(process.projector.active for process in both) == 1)
        last = await both[0].log.last_sequence()
        assert await asyncio.gather(*(process.positions.wait(last, 10) for process in both)) == [True, True]
        assert sum(process.projector.active for process in both) == 1
        async with both[0].database.owner() as db:
            made = await db.fetchval("SELECT count(*) FROM pg_namespace WHERE nspname = 'members_v1_both'")
            assert (made, await db.fetchval("SELECT count(*) FROM members_v1_both.position")) == (1, 1)
    finally:
        for process in both:
            await process.close()


def test_a_read_model_that_two_folds_share_is_one_table_and_another_of_its_name_is_a_mistake() -> None:
    shared = Schema("members", 1, (_fold(NAMES), _fold(NAMES)))
    assert shared.tables.count("unit_names") == 1
    assert shared.digest == Schema("members", 1, (_fold(NAMES),)).digest
    with pytest.raises(AssertionError, match="two read models are called unit_names"):
        _ = Schema("members", 1, (_fold(NAMES), _fold(replace(NAMES)))).digest


async def test_other_tables_under_the_same_version_are_refused(running_members: "Running") -> None:
    changed = replace(SERVICE, folds=tuple(_fold(NAMES) if fold is UNIT else fold for fold in SERVICE.folds))
    process = Process(changed, running_members.process.settings)
    with pytest.raises(SchemaDiffers, match="members_v1 was made by other code; raise the schema's version"):
        await process.open()
    await process.close()


async def test_a_new_version_is_built_beside_the_old_one_which_goes_on(
    members: "Running", serve: "Serve", establish: "Establish"
) -> None:
    unit_id = await establish(members.person(), "旧")
    folds = tuple(_fold(NAMES) if fold is UNIT else fold for fold in SERVICE.folds)
    async with serve(replace(SERVICE, schema_version=2, folds=folds)) as newer:
        assert (newer.process.schema.name, newer.process.projector.active) == ("members_v2", True)
        assert members.process.projector.active
        renamed = await newer.person().post(f"/v1/units/{unit_id}/rename", {"name": "新", "from_on": "2005-02-01"})
        assert renamed.json()["version"] == 2
        position = renamed.headers["event-position"]
        old = await members.person().get(f"/v1/units/{unit_id}", at_least=position)
        assert old.json()["name"] == "新"
        async with newer.process.database.county(members.county) as db:
            assert [tuple(row) for row in await db.fetch("SELECT id, name FROM unit_names")] == [(unit_id, "新")]
    assert await establish(members.person())
