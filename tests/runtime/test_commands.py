"""Commands under contention and repetition: every acknowledged one is in the log once, the others change nothing."""

import asyncio
from typing import TYPE_CHECKING

from contracts.envelope import Envelope
from runtime.messages import read
from services.members.main import SERVICE

if TYPE_CHECKING:
    from tests.conftest import Person, Running, Serve

UNIT = {"name": "规划办", "from_on": "2005-01-01"}


async def _establish(person: "Person", name: str = "规划办") -> str:
    answer = await person.post("/v1/units", {"name": name, "from_on": "2005-01-01"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def _history(running: "Running", unit: str) -> list[Envelope]:  # type: ignore[type-arg]
    stored = await running.process.log.after(f"evt.{running.county}.members.unit.{unit}", 0)
    return [read(message) for message in stored]


async def test_of_fifty_concurrent_commands_each_acknowledged_one_is_in_the_log_once(serve: "Serve") -> None:
    async with serve(SERVICE) as members:
        person = members.person()
        unit = await _establish(person)
        renames = {f"key-{i}": {"name": f"规划办{i}", "from_on": "2005-01-01"} for i in range(50)}
        answers = await asyncio.gather(
            *(person.post(f"/v1/units/{unit}/rename", body, key) for key, body in renames.items())
        )
        won = [answer for answer in answers if answer.status_code == 200]
        lost = [answer for answer in answers if answer.status_code != 200]
        assert {(a.status_code, a.json()["type"]) for a in lost} <= {(409, "urn:yishi:problem:conflict")}
        history = await _history(members, unit)
        assert [envelope.version for envelope in history] == list(range(1, len(won) + 2))
        said = {
            answer.json()["version"]: body["name"]
            for answer, body in zip(answers, renames.values(), strict=True)
            if answer in won
        }
        assert said == {envelope.version: envelope.data.name for envelope in history[1:]}
        shown = (await person.get(f"/v1/units/{unit}", at_least=won[0].headers["event-position"])).json()
        assert shown["version"] == len(won) + 1


async def test_the_same_key_sent_many_times_at_once_has_one_effect_and_one_answer(serve: "Serve") -> None:
    async with serve(SERVICE) as members:
        person = members.person()
        created = await asyncio.gather(*(person.post("/v1/units", UNIT, "once") for _ in range(10)))
        assert {(a.status_code, a.text, a.headers["etag"], a.headers["event-position"]) for a in created} == {
            (201, created[0].text, '"1"', created[0].headers["event-position"])
        }
        unit = created[0].json()["id"]
        rename = {"name": "规划处", "from_on": "2005-09-30"}
        answers = await asyncio.gather(
            *(person.post(f"/v1/units/{unit}/rename", rename, "rename") for _ in range(10))
        )
        assert {(a.status_code, a.text) for a in answers} == {(200, answers[0].text)}
        other = await person.post(f"/v1/units/{unit}/rename", {**rename, "name": "计划处"}, "rename")
        assert (other.status_code, other.json()["type"]) == (422, "urn:yishi:problem:idempotency-key-reused")
        assert [e.type for e in await _history(members, unit)] == [
            "yishi.members.UnitEstablished.v1",
            "yishi.members.UnitRenamed.v1",
        ]


async def test_somebody_elses_same_key_is_another_command(serve: "Serve") -> None:
    async with serve(SERVICE) as members:
        first = await members.person("person:one").post("/v1/units", UNIT, "key")
        second = await members.person("person:two").post("/v1/units", UNIT, "key")
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json()["id"] != second.json()["id"]
