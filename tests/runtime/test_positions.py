"""Reading your writes: positions are announced, waited for, and a wait that runs out is said to the client."""

import asyncio
from typing import TYPE_CHECKING

from services.members.main import SERVICE
from services.members.unit_http import UNIT

if TYPE_CHECKING:
    from tests.conftest import Eventually, Running, Serve
    from tests.runtime.conftest import Establish, Hold


async def test_at_least_waits_until_the_projection_has_passed_the_position(
    members: "Running", establish: "Establish", hold: "Hold"
) -> None:
    person = members.person()
    unit = await establish(person)
    last = await members.process.log.last_sequence()
    async with hold(members):
        rename = {"name": "规划处", "from_on": "2005-09-30"}
        renaming = asyncio.create_task(person.post(f"/v1/units/{unit}/rename", rename))
        reading = asyncio.create_task(person.get(f"/v1/units/{unit}", at_least=f"EVENTS:{last + 1}"))
        before = await person.get(f"/v1/units/{unit}")
        assert before.json()["name"] == "规划办"
        assert not reading.done()
    assert (await reading).json()["name"] == "规划处"
    assert (await renaming).status_code == 200


async def test_a_position_that_does_not_come_in_time_is_answered_503_with_retry_after(serve: "Serve") -> None:
    async with serve(SERVICE, at_least_wait=0.1) as members:
        far = await members.person().get("/v1/units", at_least="EVENTS:999999999999999999")
        assert (far.status_code, far.json()["type"]) == (503, "urn:yishi:problem:not-yet-there")
        assert far.headers["retry-after"] == "1"


async def test_a_standby_learns_the_position_from_the_active_projector_and_takes_over(
    serve: "Serve", establish: "Establish", eventually: "Eventually"
) -> None:
    suffix = "_two"
    async with serve(SERVICE, schema_suffix=suffix) as standby, serve(SERVICE, schema_suffix=suffix) as other:
        active, passive = (other, standby) if other.process.projector.active else (standby, other)
        assert (active.process.projector.active, passive.process.projector.active) == (True, False)
        unit = await establish(passive.person())
        assert passive.process.positions.sequence == await passive.process.log.last_sequence()
        assert (await active.person().get(f"/v1/units/{unit}")).json()["name"] == "规划办"
        await active.process.projector.stop()
        await eventually(lambda: passive.process.projector.active, 3)
        assert await establish(passive.person())
        assert (await active.person().get(f"/v1/units/{await establish(active.person())}")).status_code == 200


async def test_loads_that_arrive_together_cost_one_statement(
    members: "Running", establish: "Establish", hold: "Hold", eventually: "Eventually"
) -> None:
    units = [await establish(members.person(), f"单位{i}") for i in range(20)]
    schema, states = members.process.schema.name, members.process.states
    async with hold(members) as db:
        await db.execute(f"LOCK TABLE {schema}.states IN ACCESS EXCLUSIVE MODE")
        loads = [asyncio.create_task(states.load(UNIT, members.county, unit)) for unit in units * 5]
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM states%'"
        )

        async def statements() -> int:
            async with members.process.database.owner() as other:
                return int(await other.fetchval(waiting))

        await eventually(statements)
        loads += [asyncio.create_task(states.load(UNIT, members.county, unit)) for unit in units]
        await asyncio.sleep(0.1)  # Long enough for another statement to begin, if there were one.
        assert await statements() == 1
        loads[0].cancel()
    held = await asyncio.gather(*loads[1:])
    assert [h.state.names[-1][1] for h in held] == ([f"单位{i}" for i in range(20)] * 6)[1:]
