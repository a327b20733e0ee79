"""Reactions: each event causes its command once, whatever dies between the append and the acknowledgement."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from contracts.envelope import Envelope, reaction_id
from contracts.members import BodyEstablished, UnitAliasAdded, UnitEstablished, UnitRenamed
from runtime import operations, reacted
from runtime import reactions as runtime_reactions
from runtime.execute import Act
from runtime.process import Process, Service
from runtime.reactions import Reaction
from runtime.refusals import AggregateParked, Conflict, NotFound
from services.members import unit
from services.members.commands import AddUnitAlias
from services.members.main import SERVICE
from services.members.unit_http import UNIT
from yishi.stack import Stack

if TYPE_CHECKING:
    from tests.conftest import Eventually, Running, Serve
    from tests.runtime.conftest import Establish, History

React = Callable[[Process, Envelope[Any], Act], Awaitable[None]]
CONSUMER = "EVENTS.members-reactions"


async def _alias(process: Process, envelope: Envelope[Any], act: Act) -> None:
    """A unit that is established gets an alias, by its id: once."""
    alias = AddUnitAlias(alias="别名")
    await process.executor.execute(UNIT, envelope.address.id, act, lambda state: unit.add_alias(state, alias))


def _reacting(react: React = _alias, *more: Reaction) -> Service:
    return replace(SERVICE, reactions=(Reaction("alias", UnitEstablished, react), *more))


@pytest.fixture
def serve(serve: "Serve", stack: Stack) -> "Serve":
    """The starter of services, with rights to a consumer: members has no reactions of its own, hence none."""
    return partial(serve, nats_user="operator", nats_password=stack.nats.passwords.nats["operator"])


@pytest.fixture(autouse=True)
async def ask(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[[str], Awaitable[Any]]]:
    """Ask the log's server about the consumer; each test begins as if the service had never been deployed."""
    monkeypatch.setattr(runtime_reactions, "ACK_WAIT", 1.0)
    monkeypatch.setattr(runtime_reactions, "DEFERRED_LOOK", 0.2)
    monkeypatch.setattr(runtime_reactions, "RETRY", 0.05)
    client = await stack.nats.connect("operator")

    async def question(verb: str) -> Any:
        return json.loads((await client.request(f"$JS.API.CONSUMER.{verb}.{CONSUMER}", b"", timeout=5)).data)

    await question("DELETE")
    db = await asyncpg.connect(stack.postgres.url("members"))
    await operations.ensure_operations(db)
    await db.execute("DELETE FROM operations.reacted")
    await db.close()
    yield question
    await question("DELETE")
    await client.close()


async def _done(running: "Running", position: str) -> None:
    assert (await running.person().get("/v1/units", at_least=position)).status_code == 200


async def test_a_request_with_at_least_sees_the_reaction_every_time(
    serve: "Serve", establish: "Establish", history: "History"
) -> None:
    async with serve(_reacting(), schema_suffix="_reacting") as members:
        person = members.person()
        for i in range(60):
            created = await person.post("/v1/units", {"name": f"单位{i}", "from_on": "2005-01-01"})
            unit_id, position = created.json()["id"], created.headers["event-position"]
            shown = await person.get(f"/v1/units/{unit_id}", at_least=position)
            assert (shown.json()["version"], len(shown.json()["aliases"])) == (2, 1)
        first, second = await history(members, unit_id)
        assert (second.actor, second.causationid) == ("service:members", str(first.id))
        assert (second.commandid, second.correlationid) == (reaction_id(first.id, "alias"), first.correlationid)


async def test_a_handler_that_fails_after_the_append_causes_nothing_twice(
    serve: "Serve", establish: "Establish", history: "History", eventually: "Eventually"
) -> None:
    runs: list[str] = []

    async def dies_twice(process: Process, envelope: Envelope[Any], act: Act) -> None:
        await _alias(process, envelope, act)
        runs.append(envelope.address.id)
        if runs.count(envelope.address.id) < 3:
            raise ConnectionResetError("died before the acknowledgement")

    async with serve(_reacting(dies_twice), schema_suffix="_reacting") as members:
        units = [await establish(members.person()) for _ in range(3)]
        await eventually(lambda: len(runs) == 9)
        assert runs == [unit_id for unit_id in units for _ in range(3)]
        await _done(members, f"EVENTS:{await members.process.log.last_sequence()}")
        for unit_id in units:
            assert [type(e.data) for e in await history(members, unit_id)] == [UnitEstablished, UnitAliasAdded]


async def test_a_service_that_dies_between_append_and_acknowledgement_is_succeeded_without_a_second_effect(
    serve: "Serve", establish: "Establish", history: "History", eventually: "Eventually"
) -> None:
    appended, redelivered = asyncio.Event(), asyncio.Event()

    async def hangs(process: Process, envelope: Envelope[Any], act: Act) -> None:
        await _alias(process, envelope, act)
        appended.set()
        await asyncio.Event().wait()

    async def again(process: Process, envelope: Envelope[Any], act: Act) -> None:
        await _alias(process, envelope, act)
        redelivered.set()

    async with serve(_reacting(hangs), schema_suffix="_reacting") as members:
        unit_id = await establish(members.person(), wait=False)
        await asyncio.wait_for(appended.wait(), 5)
    async with serve(_reacting(again), schema_suffix="_reacting") as members:
        await asyncio.wait_for(redelivered.wait(), 5)
        await _done(members, f"EVENTS:{await members.process.log.last_sequence()}")
        assert [type(e.data) for e in await history(members, unit_id)] == [UnitEstablished, UnitAliasAdded]


async def test_a_refused_reaction_is_recorded_and_holds_nothing_up(
    serve: "Serve", establish: "Establish", history: "History"
) -> None:
    async def refuses(process: Process, envelope: Envelope[Any], act: Act) -> None:
        if envelope.data.name == "旧":
            raise unit.UnitIsClosed("已撤销")
        await _alias(process, envelope, act)

    async with serve(_reacting(refuses), schema_suffix="_reacting") as members:
        refused, done = await establish(members.person(), "旧"), await establish(members.person(), "新")
        await _done(members, f"EVENTS:{await members.process.log.last_sequence()}")
        assert [len(await history(members, unit_id)) for unit_id in (refused, done)] == [1, 2]
        event = (await history(members, refused))[0]
        async with members.process.database.owner() as db:
            row = await db.fetchrow("SELECT * FROM operations.refused_reactions WHERE event_id = $1", event.id)
        assert row is not None
        assert (row["reaction"], row["code"], row["detail"]) == ("alias", "unit.closed", "已撤销")


@pytest.mark.parametrize("failure", [AggregateParked(), ZeroDivisionError("a mistake"), Conflict()])
async def test_a_reaction_that_cannot_be_carried_out_yet_is_carried_out_later(
    serve: "Serve", establish: "Establish", history: "History", eventually: "Eventually", failure: Exception
) -> None:
    mended = False

    async def fails(process: Process, envelope: Envelope[Any], act: Act) -> None:
        if envelope.data.name == "旧" and not mended:
            raise failure
        await _alias(process, envelope, act)

    async with serve(_reacting(fails), schema_suffix="_reacting") as members:
        waits, goes_on = [await establish(members.person(), name, wait=False) for name in ("旧", "新")]

        async def has_alias(unit_id: str) -> bool:
            return len(await history(members, unit_id)) == 2

        if not isinstance(failure, Conflict):  # A conflict is tried again at once, before anything else.
            await eventually(lambda: has_alias(goes_on))
        assert not await has_alias(waits)
        mended = True
        await eventually(lambda: has_alias(waits))
        await eventually(lambda: has_alias(goes_on))
        for unit_id in (waits, goes_on):
            assert [type(e.data) for e in await history(members, unit_id)] == [UnitEstablished, UnitAliasAdded]


async def test_while_one_reaction_waits_the_later_events_of_its_aggregate_wait_behind_it(
    serve: "Serve", establish: "Establish", eventually: "Eventually"
) -> None:
    mended = False
    heard: list[tuple[str, str]] = []

    async def hear(process: Process, envelope: Envelope[Any], act: Act) -> None:
        if isinstance(envelope.data, UnitEstablished) and envelope.data.name == "旧" and not mended:
            raise AggregateParked
        heard.append((envelope.address.id, type(envelope.data).__name__))

    renamed = Reaction("renamed", UnitRenamed, hear)
    async with serve(_reacting(hear, renamed), schema_suffix="_reacting") as members:
        person = members.person()
        waits, goes_on = [await establish(person, name, wait=False) for name in ("旧", "新")]
        for unit_id in (waits, goes_on):
            body = {"name": "改名", "from_on": "2006-01-01"}
            assert (await person.post(f"/v1/units/{unit_id}/rename", body)).status_code == 200
        await eventually(lambda: (goes_on, "UnitRenamed") in heard)
        assert [name for unit_id, name in heard if unit_id == waits] == []
        mended = True
        await eventually(lambda: (waits, "UnitRenamed") in heard)
        assert [name for unit_id, name in heard if unit_id == waits] == ["UnitEstablished", "UnitRenamed"]


async def test_a_reaction_that_a_newer_program_adds_is_delivered_too(
    serve: "Serve", establish: "Establish", ask: Callable[[str], Awaitable[Any]], eventually: "Eventually"
) -> None:
    heard: list[str] = []

    async def hear(process: Process, envelope: Envelope[Any], act: Act) -> None:
        heard.append(envelope.data.name)

    async with serve(_reacting(), schema_suffix="_reacting"):
        assert (await ask("INFO"))["config"]["filter_subjects"] == ["evt.*.members.unit.>"]
    more = Reaction("hear", BodyEstablished, hear)
    async with serve(_reacting(_alias, more), schema_suffix="_reacting") as members:
        found = (await ask("INFO"))["config"]
        assert found["filter_subjects"] == ["evt.*.members.body.>", "evt.*.members.unit.>"]
        assert (found["max_ack_pending"], found.get("max_deliver", -1), found["ack_policy"]) == (1, -1, "explicit")
        body = {"name": "某县政协", "kind": "cppcc", "established_on": "2005-01-01"}
        made = await members.person().post("/v1/bodies", body)
        assert made.status_code == 201, made.text
        await eventually(lambda: heard == ["某县政协"])


async def test_a_rebuilt_or_newly_deployed_service_does_not_decide_history_again(
    serve: "Serve", establish: "Establish", members: "Running", history: "History"
) -> None:
    before = await establish(members.person())
    async with serve(_reacting(), schema_suffix="_reacting") as reacting:
        after = await establish(reacting.person())
        await _done(reacting, f"EVENTS:{await reacting.process.log.last_sequence()}")
        assert [len(await history(members, unit_id)) for unit_id in (before, after)] == [1, 2]


async def test_a_lost_consumer_goes_on_where_cause_and_effect_are_in_the_log_and_decides_nothing_twice(
    serve: "Serve", establish: "Establish", history: "History", ask: Callable[[str], Awaitable[Any]]
) -> None:
    heard: list[str] = []

    async def hear(process: Process, envelope: Envelope[Any], act: Act) -> None:
        heard.append(envelope.address.id)
        if len(heard) == 2:
            raise NotFound
        await _alias(process, envelope, act)

    async with serve(_reacting(hear), schema_suffix="_reacting") as members:
        start = await members.process.log.last_sequence()
        units = [await establish(members.person()) for _ in range(3)]
        await _done(members, f"EVENTS:{await members.process.log.last_sequence()}")
        async with members.process.database.owner() as db:
            assert [tuple(row) for row in await db.fetch("SELECT up_to, log FROM operations.reacted")] == [
                (start, start)
            ]
    assert heard == units
    await ask("DELETE")
    async with serve(_reacting(hear), schema_suffix="_reacting") as members:
        await establish(members.person())
        end = await members.process.log.last_sequence()
        await _done(members, f"EVENTS:{end}")
        # All are delivered again: the refused one is not decided again, the others find their first answer.
        assert [heard[3:].count(unit_id) for unit_id in units] == [1, 0, 1]
        aliases = [[type(e.data) for e in await history(members, unit_id)].count(UnitAliasAdded) for unit_id in units]
        assert aliases == [1, 0, 1]

        async with members.process.database.owner() as db:
            log = members.process.log
            await reacted.note(db, log, "members-reactions")
            done = (await ask("INFO"))["ack_floor"]["stream_seq"]
            assert await db.fetchval("SELECT log FROM operations.reacted WHERE up_to = $1", done) >= end
            await db.execute("INSERT INTO operations.reacted VALUES ($1, $2)", end + 5, end + 1000)
            # What was noted of events that a restored log no longer has counts for nothing.
            assert await reacted.go_on_after(db, log) == done
            assert await db.fetchval("SELECT max(up_to) FROM operations.reacted") == done


async def test_a_consumer_that_is_gone_while_the_service_runs_is_made_anew_and_misses_nothing(
    serve: "Serve", establish: "Establish", ask: Callable[[str], Awaitable[Any]], history: "History"
) -> None:
    async with serve(_reacting(), schema_suffix="_reacting") as members:
        before = await establish(members.person())
        assert (await ask("DELETE"))["success"] is True
        after = await establish(members.person(), wait=False)
        await _done(members, f"EVENTS:{await members.process.log.last_sequence()}")
        for unit_id in (before, after):
            assert [type(e.data) for e in await history(members, unit_id)] == [UnitEstablished, UnitAliasAdded]
        assert members.process.vitals.fatal() == []
