"""Commands under contention and repetition: every acknowledged one is in the log once, the others change nothing."""

import asyncio
from datetime import date
from typing import TYPE_CHECKING

import pytest

from contracts.envelope import command_id, digest_of
from contracts.members import UnitRenamed
from runtime.execute import Act
from runtime.refusals import MalformedRequest, NotFound
from runtime.settings import utc_now
from services.members.main import SERVICE
from services.members.unit_http import UNIT as UNIT_FOLD

if TYPE_CHECKING:
    from tests.conftest import EqualsRebuild, Running, Serve
    from tests.runtime.conftest import Establish, History, Hold

UNIT = {"name": "规划办", "from_on": "2005-01-01"}


def _name(text: str) -> dict[str, str]:
    return {"name": text, "from_on": "2005-09-30"}


async def test_of_fifty_concurrent_commands_each_acknowledged_one_is_in_the_log_once(
    members: "Running", establish: "Establish", history: "History", equals_rebuild: "EqualsRebuild"
) -> None:
    person = members.person()
    unit = await establish(person)
    bodies = [_name(f"规划办{i}") for i in range(50)]
    answers = await asyncio.gather(*(person.post(f"/v1/units/{unit}/rename", body) for body in bodies))
    won = {a.json()["version"]: b["name"] for a, b in zip(answers, bodies, strict=True) if a.status_code == 200}
    lost = [answer for answer in answers if answer.status_code != 200]
    assert {(a.status_code, a.json()["type"]) for a in lost} <= {(409, "urn:yishi:problem:conflict")}
    events = await history(members, unit)
    assert won == {envelope.version: envelope.data.name for envelope in events[1:]}
    assert [envelope.version for envelope in events] == list(range(1, len(won) + 2))
    stored = await members.process.log.after(f"evt.{members.county}.members.unit.{unit}", 0)
    assert [e.prevhash for e in events] == [None, *(digest_of(message.raw) for message in stored[:-1])]
    assert (await person.get(f"/v1/units/{unit}")).json()["version"] == len(won) + 1
    await equals_rebuild(members)


async def test_the_same_key_sent_many_times_at_once_has_one_effect_and_one_answer(
    members: "Running", history: "History"
) -> None:
    person = members.person()
    created = await asyncio.gather(*(person.post("/v1/units", UNIT, "once") for _ in range(10)))
    assert {(a.status_code, a.text, a.headers["etag"], a.headers["event-position"]) for a in created} == {
        (201, created[0].text, '"1"', created[0].headers["event-position"])
    }
    unit = created[0].json()["id"]
    answers = await asyncio.gather(
        *(person.post(f"/v1/units/{unit}/rename", _name("规划处"), "rename") for _ in range(10))
    )
    assert {(a.status_code, a.text) for a in answers} == {(200, answers[0].text)}
    again = await person.post(f"/v1/units/{unit}/rename", _name("规划处"), "rename", if_match='"1"')
    assert (again.status_code, again.text) == (200, answers[0].text)
    assert [e.data.name for e in await history(members, unit)] == ["规划办", "规划处"]


async def test_the_same_key_with_another_body_is_refused(
    members: "Running", establish: "Establish", history: "History"
) -> None:
    person = members.person()
    unit = await establish(person)
    assert (await person.post(f"/v1/units/{unit}/rename", _name("规划处"), "key")).status_code == 200
    for path in ("rename", "aliases"):
        body = {"alias": "规划"} if path == "aliases" else _name("计划处")
        other = await person.post(f"/v1/units/{unit}/{path}", body, "key")
        assert (other.status_code, other.json()["type"]) == (422, "urn:yishi:problem:idempotency-key-reused")
    assert (await person.post("/v1/units", UNIT, "key-2")).status_code == 201
    other = await person.post("/v1/units", {**UNIT, "name": "计划处"}, "key-2")
    assert (other.status_code, other.json()["type"]) == (422, "urn:yishi:problem:idempotency-key-reused")
    assert len(await history(members, unit)) == 2


async def test_a_key_is_scoped_by_the_actor_and_by_what_it_is_sent_to(
    members: "Running", establish: "Establish", history: "History"
) -> None:
    one, two = members.person("person:one"), members.person("person:two")
    answers = [await one.post("/v1/units", UNIT, "key"), await two.post("/v1/units", UNIT, "key")]
    units = [answer.json()["id"] for answer in answers]
    assert len({*units}) == 2
    for unit in units:
        assert (await one.post(f"/v1/units/{unit}/rename", _name("规划处"), "other")).status_code == 200
    events = [envelope for unit in units for envelope in await history(members, unit)]
    assert len({envelope.id for envelope in events}) == len(events) == 4


async def test_a_refusal_is_made_on_the_newest_state_although_the_projection_stands_still(
    serve: "Serve", establish: "Establish", history: "History", hold: "Hold"
) -> None:
    async with serve(SERVICE, own_projection_wait=0.1) as members:
        await _decide_while_held(members, await establish(members.person()), hold, history)


async def _decide_while_held(members: "Running", unit: str, hold: "Hold", history: "History") -> None:
    person = members.person()
    async with hold(members):
        renamed = await person.post(f"/v1/units/{unit}/rename", _name("规划处"))
        assert (renamed.status_code, renamed.json()["version"]) == (202, 2)
        same = await person.post(f"/v1/units/{unit}/rename", _name("规划处"))
        assert (same.status_code, same.json()["type"]) == (409, "urn:yishi:problem:unit.nothing_changes")
        back = await person.post(f"/v1/units/{unit}/rename", _name("规划办"), if_match='"2"')
        assert (back.status_code, back.json()["version"]) == (202, 3)
        stale = await person.post(f"/v1/units/{unit}/rename", _name("计划处"), if_match='"2"')
        assert (stale.status_code, stale.json()["version"]) == (412, 3)
        created = await person.post("/v1/units", UNIT, "new")
        assert created.status_code == 202
        unseen = await person.post(f"/v1/units/{created.json()['id']}/rename", _name("计划处"))
        assert (unseen.status_code, unseen.json()["version"]) == (202, 2)
        repeated = await person.post("/v1/units", UNIT, "new")
        assert (repeated.status_code, repeated.text) == (202, created.text)
    shown = await person.get(f"/v1/units/{unit}", at_least=unseen.headers["event-position"])
    assert (shown.json()["version"], shown.json()["name"]) == (3, "规划办")
    assert [e.data.name for e in await history(members, unit)] == ["规划办", "规划处", "规划办"]


IMPOSSIBLE_IDS = ("*", ">", "a.b", "x y", "x\r\nPUB evt.430000.members.unit.x 1", "规划办", "x" * 129, "")


async def test_an_id_that_no_subject_can_carry_names_nothing_and_reaches_no_other_aggregate(
    members: "Running", establish: "Establish"
) -> None:
    await establish(members.person())
    last = await members.process.log.last_sequence()
    renamed = UnitRenamed(name="规划处", from_on=date(2005, 9, 30))
    for id in IMPOSSIBLE_IDS:
        command = command_id(members.county, "person:registrar", id)
        act = Act(members.county, "person:registrar", "registrar", command, "sha256:00", "test", utc_now())
        with pytest.raises(NotFound):
            await members.process.executor.execute(UNIT_FOLD, id, act, lambda _: renamed)
        with pytest.raises(MalformedRequest):
            await members.process.executor.execute(UNIT_FOLD, id, act, lambda _: renamed, new=True)
    assert await members.process.log.last_sequence() == last
