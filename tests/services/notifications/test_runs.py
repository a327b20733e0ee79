"""A county's spring driven day by day on real servers: who is reminded of what, when, and never twice."""

import asyncio
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

import pytest

from contracts.clocks import ClockChanges
from contracts.envelope import TYPE_HEADER
from contracts.event import Event
from contracts.notifications import digest_id, reminder_id
from rules.calendar import Calendars
from services.notifications.main import SERVICE
from services.notifications.schedule import due_reminders
from yishi.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Eventually, Forge, Serve, Spawn
    from tests.services.notifications.conftest import OtherServices, Run


def _days(first: str, last: str) -> list[str]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(start + timedelta(days=offset)).isoformat() for offset in range((end - start).days + 1)]


async def test_a_spring_run_day_by_day_reminds_7_3_1_days_before_on_the_day_and_every_working_day_after(
    serve: "Serve", other_services: "OtherServices", run: "Run"
) -> None:
    async with serve(SERVICE) as service:
        operator = service.person(roles=["operator"])
        await other_services.publish_calendar()
        case, clock = await other_services.open_one("unit:u1", "2005-05-09")
        got = {}
        for day in _days("2005-04-20", "2005-05-11"):
            reminders, _ = await run(operator, day, at_least=other_services.at_least)
            if reminders:
                got[day] = reminders
        assert got == dict.fromkeys(
            ["2005-04-25", "2005-04-29", "2005-05-08", "2005-05-09", "2005-05-10", "2005-05-11"], 1
        )
        sent = [envelope.data for envelope in await other_services.sent()]
        assert [(event.rule, event.for_on.isoformat()) for event in sent] == [
            ("working_days_before:7", "2005-04-25"),
            ("working_days_before:3", "2005-04-29"),
            ("working_days_before:1", "2005-05-08"),
            ("due_today", "2005-05-09"),
            ("overdue:1", "2005-05-10"),
            ("overdue:2", "2005-05-11"),
        ]
        assert {(event.clock, event.whom, event.clock_kind, event.subject) for event in sent} == {
            (
                clock.id,
                "unit:u1",
                "unit_reply",
                f"evt.{other_services.county}.proposals.proposal.{case}",
            )
        }


async def test_a_closed_clock_reminds_nobody_any_more(
    serve: "Serve", other_services: "OtherServices", run: "Run"
) -> None:
    async with serve(SERVICE) as service:
        operator = service.person(roles=["operator"])
        await other_services.publish_calendar()
        case, clock = await other_services.open_one("unit:u1", "2005-04-29")
        assert await run(operator, "2005-04-20", at_least=other_services.at_least) == (1, 1)
        await other_services.close(case, clock, "2005-04-25")
        for day in _days("2005-04-26", "2005-05-16"):
            assert await run(operator, day, at_least=other_services.at_least) == (0, 0)


async def test_a_moved_clock_is_reminded_of_for_its_new_day(
    serve: "Serve", other_services: "OtherServices", run: "Run"
) -> None:
    async with serve(SERVICE) as service:
        operator = service.person(roles=["operator"])
        await other_services.publish_calendar()
        case, clock = await other_services.open_one("unit:u1", "2005-04-29")
        assert (await run(operator, "2005-04-20", at_least=other_services.at_least))[0] == 1
        await other_services.move(case, clock, "2005-05-31")
        for day in _days("2005-04-21", "2005-05-19"):
            assert (await run(operator, day, at_least=other_services.at_least))[0] == 0
        for day, rule in (
            ("2005-05-20", "working_days_before:7"),
            ("2005-05-26", "working_days_before:3"),
            ("2005-05-30", "working_days_before:1"),
            ("2005-05-31", "due_today"),
        ):
            assert (await run(operator, day))[0] == 1
            event = (await other_services.sent())[-1].data
            assert (event.rule, event.due_on) == (rule, date(2005, 5, 31))


async def test_after_days_without_a_run_everybody_gets_the_newest_reminder_only(
    serve: "Serve", other_services: "OtherServices", run: "Run"
) -> None:
    async with serve(SERVICE) as service:
        operator = service.person(roles=["operator"])
        await other_services.publish_calendar()
        await other_services.open_one("unit:late", "2005-03-10")
        await other_services.open_one("unit:soon", "2005-04-01")
        assert (await run(operator, "2005-03-31", at_least=other_services.at_least))[0] == 2
        found = {envelope.data.whom: envelope.data.rule for envelope in await other_services.sent()}
        assert found == {"unit:late": "overdue:15", "unit:soon": "working_days_before:1"}
        assert (await run(operator, "2005-03-30"))[0] == 0, "nothing older is sent afterwards"


async def test_the_same_run_twice_sends_nothing_new(
    serve: "Serve", other_services: "OtherServices", run: "Run"
) -> None:
    async with serve(SERVICE) as service:
        operator = service.person(roles=["operator"])
        await other_services.publish_calendar()
        for _ in range(5):
            await other_services.open_one("unit:u1", "2005-04-29")
        assert await run(operator, "2005-04-20", at_least=other_services.at_least) == (5, 1)
        assert await run(operator, "2005-04-20") == (0, 0)
        other = service.person("person:other", roles=["operator"])
        assert await run(other, "2005-04-20") == (0, 0)
        assert len(await other_services.sent()) == 5


async def test_runs_at_the_same_time_send_each_reminder_once(
    serve: "Serve", other_services: "OtherServices", run: "Run"
) -> None:
    async with serve(SERVICE) as service:
        await other_services.publish_calendar()
        await other_services.open(
            *(other_services.clock(uuid4(), whom=f"unit:{i % 9}", due_on="2005-04-29") for i in range(200))
        )
        operators = [service.person(f"person:{i % 2}", roles=["operator"]) for i in range(4)]
        done = await asyncio.gather(
            *(run(operator, "2005-04-20", at_least=other_services.at_least) for operator in operators)
        )
        assert (sum(reminders for reminders, _ in done), sum(digests for _, digests in done)) == (200, 9)
        sent = await other_services.sent()
        assert len(sent) == 200
        assert {envelope.version for envelope in sent} == {1}
        assert {envelope.address.id for envelope in sent} == {
            str(reminder_id(envelope.data.clock, "working_days_before:7", date(2005, 4, 29))) for envelope in sent
        }


async def test_a_reminder_that_is_parked_holds_up_no_other(
    serve: "Serve", other_services: "OtherServices", forge: "Forge", run: "Run"
) -> None:
    async with serve(SERVICE) as service:
        _, clock = await other_services.open_one("unit:u1", "2005-05-09")
        _, other = await other_services.open_one("unit:u2", "2005-05-09")
        parked = reminder_id(clock.id, "due_today", clock.due_on or date.min)
        await forge(f"evt.{other_services.county}.notifications.reminder.{parked}", b"{}", {TYPE_HEADER: "x"})
        last = await service.process.log.last_sequence()
        ran = await run(service.person(roles=["operator"]), "2005-05-09", at_least=f"EVENTS:{last}")
        assert ran == (1, 2)
        inbox = (await service.person(roles=["operator"]).get("/v1/inbox", at_least=f"EVENTS:{last}")).json()["items"]
        assert {notice["whom"] for notice in inbox if notice["notification"] == "reminder"} == {other.whom}
        failed = {"what": "reminder", "outcome": "failed"}
        assert service.process.metrics.registry.get_sample_value("yishi_notifications_total", failed) == 1


async def test_a_clock_without_a_day_is_listed_and_reported_but_never_reminded_of(
    serve: "Serve", other_services: "OtherServices", run: "Run"
) -> None:
    async with serve(SERVICE) as service:
        operator = service.person(roles=["operator"])
        _, clock = await other_services.open_one("unit:u1", None)
        for day in _days("2005-03-01", "2005-03-31"):
            assert (await run(operator, day, at_least=other_services.at_least))[0] == 0
        [report] = [envelope.data for envelope in await other_services.sent("digest")][-1:]
        assert (report.open, report.overdue, report.entries[0].due_on) == (1, 0, None)
        [listed] = (await operator.get("/v1/clocks?as_of=2005-03-31")).json()["items"]
        assert (listed["clock"], listed["due_on"], listed["overdue"]) == (str(clock.id), None, False)


async def test_a_provisional_clocks_reminders_say_so(
    serve: "Serve", other_services: "OtherServices", run: "Run"
) -> None:
    async with serve(SERVICE) as service:
        operator = service.person(roles=["operator"])
        await other_services.open_one("unit:u1", "2005-04-29", provisional=True)
        assert (await run(operator, "2005-04-29", at_least=other_services.at_least))[0] == 1
        assert [envelope.data.provisional for envelope in await other_services.sent()] == [True]
        items = (await operator.get("/v1/inbox?unread=true")).json()["items"]
        [title] = [item["title"] for item in items if item["notification"] == "reminder"]
        assert "期限为暂定" in title


class SomethingNew(Event):
    """An event type of a newer program."""

    service: ClassVar[str] = "proposals"
    aggregate: ClassVar[str] = "proposal"


async def test_clocks_of_an_event_type_that_is_not_known_yet_are_followed(
    serve: "Serve", other_services: "OtherServices", run: "Run"
) -> None:
    async with serve(SERVICE) as service:
        operator = service.person(roles=["operator"])
        case = uuid4()
        clock = other_services.clock(case, whom="unit:u1", due_on="2005-04-29")
        await other_services.record(case, SomethingNew(clocks=ClockChanges(opened=(clock,))))
        assert (await run(operator, "2005-04-29", at_least=other_services.at_least))[0] == 1
        parked = (await operator.get("/v1/parked")).json()["items"]
        assert [item for item in parked if f".{other_services.county}." in item["subject"]] == []


async def test_units_are_reported_on_every_half_month_until_nothing_of_theirs_is_open(
    serve: "Serve", other_services: "OtherServices", run: "Run"
) -> None:
    async with serve(SERVICE) as service:
        operator = service.person(roles=["operator"])
        await other_services.publish_calendar()
        quick, first = await other_services.open_one("unit:quick", "2005-04-30")
        slow, second = await other_services.open_one("unit:slow", "2005-04-30")
        await other_services.open_one("member:m1", "2005-04-30")
        _, later = await other_services.open_one("body:b1", "2005-05-30", kind="closing", opened_on="2005-04-16")
        got: dict[str, int] = {}
        for day in _days("2005-03-01", "2005-06-01"):
            if day == "2005-04-10":
                await other_services.close(quick, first, day)
            if day == "2005-05-12":
                await other_services.close(slow, second, day)
            _, digests = await run(operator, day, at_least=other_services.at_least)
            if digests:
                got[day] = digests
        assert got == {
            "2005-03-15": 2,
            "2005-03-31": 2,
            "2005-04-15": 1,
            "2005-04-30": 2,
            "2005-05-15": 1,
            "2005-05-31": 1,
        }
        reports = [envelope.data for envelope in await other_services.sent("digest")]
        by_unit = [(r.whom, r.period_until.isoformat(), r.open, r.overdue) for r in reports if r.whom == "unit:slow"]
        assert by_unit == [
            ("unit:slow", "2005-03-15", 1, 0),
            ("unit:slow", "2005-03-31", 1, 0),
            ("unit:slow", "2005-04-15", 1, 0),
            ("unit:slow", "2005-04-30", 1, 0),
        ]
        last = reports[-1]
        assert (last.whom, last.overdue, last.entries[0].clock, last.entries[0].due_on) == (
            "body:b1",
            1,
            later.id,
            date(2005, 5, 30),
        )


async def test_a_half_month_that_passed_without_a_run_is_reported_on_once_as_it_ended(
    serve: "Serve", other_services: "OtherServices", run: "Run"
) -> None:
    async with serve(SERVICE) as service:
        operator = service.person(roles=["operator"])
        case, clock = await other_services.open_one("unit:u1", "2005-04-30")
        await other_services.open_one("unit:u2", "2005-06-30", opened_on="2005-04-01")
        await other_services.close(case, clock, "2005-04-04")
        assert (await run(operator, "2005-04-06", at_least=other_services.at_least))[1] == 1
        assert (await run(operator, "2005-04-07"))[1] == 0
        [envelope] = await other_services.sent("digest")
        assert envelope.address.id == str(digest_id(other_services.county, "unit:u1", date(2005, 3, 16)))
        assert (envelope.data.period_until, envelope.data.open) == (date(2005, 3, 31), 1)


async def test_a_rebuild_from_an_empty_schema_sends_nothing_and_shows_the_same(
    serve: "Serve", other_services: "OtherServices", run: "Run", eventually: "Eventually"
) -> None:
    shown: list[Any] = []
    for suffix in ("", "_rebuilt"):
        async with serve(SERVICE, schema_suffix=suffix) as service:
            operator = service.person(roles=["operator"])
            if not suffix:
                await other_services.publish_calendar()
                case, clock = await other_services.open_one("unit:u1", "2005-04-29")
                await other_services.open_one("unit:u2", "2005-04-29")
                await other_services.move(case, clock, "2005-05-09")
                assert await run(operator, "2005-04-29", at_least=other_services.at_least) == (2, 2)
            assert await run(operator, "2005-04-29") == (0, 0)
            async with service.process.database.county(service.county) as db:
                shown.append(
                    [
                        [dict(row) for row in await db.fetch(f"SELECT * FROM {table} ORDER BY 1, 2, 3")]
                        for table in ("clocks", "reminders", "digests")
                    ]
                )
    assert shown[0] == shown[1]
    assert [len(rows) for rows in shown[0]] == [2, 2, 2]
    assert len(await other_services.sent()) == 2


async def test_a_service_killed_in_the_middle_of_a_run_sends_the_rest_in_the_next_and_nothing_twice(
    spawn: "Spawn",
    other_services: "OtherServices",
    run: "Run",
    eventually: "Eventually",
    outbox: "Callable[[], list[dict[str, Any]]]",
) -> None:
    count = 600
    await other_services.publish_calendar()
    await other_services.open(
        *(other_services.clock(uuid4(), whom=f"unit:{i % 9}", due_on="2005-04-29") for i in range(count))
    )
    async with spawn("notifications") as service:
        operator = service.person(roles=["operator"])
        running = asyncio.create_task(run(operator, "2005-04-20", at_least=other_services.at_least))
        log = other_services.logs["proposals"]
        start = other_services.position

        async def under_way() -> bool:
            return await log.last_sequence() > start + count // 10

        condition: Any = under_way
        await eventually(condition)
        await service.child.kill()
        with pytest.raises(Exception):  # noqa: B017 - whatever the client makes of a connection that broke
            await running
        before = len(await other_services.sent())
        assert count // 10 <= before < count
        await service.child.start()
        at_least = f"EVENTS:{await log.last_sequence()}"
        assert await run(operator, "2005-04-20", at_least=at_least) == (count - before, 9)
        sent = await other_services.sent()
        assert (len(sent), {envelope.version for envelope in sent}) == (count, {1})
        assert len({envelope.data.clock for envelope in sent}) == count
        await eventually(lambda: len(outbox()) == count + 9, seconds=60)
        assert {line["id"] for line in outbox()} == {
            str(envelope.id) for envelope in [*sent, *await other_services.sent("digest")]
        }


async def test_each_reminder_and_digest_is_one_line_of_the_file_sink_without_names(
    serve: "Serve",
    other_services: "OtherServices",
    run: "Run",
    eventually: "Eventually",
    outbox: "Callable[[], list[dict[str, Any]]]",
) -> None:
    async with serve(SERVICE) as service:
        operator = service.person(roles=["operator"])
        await other_services.publish_calendar()
        unit = await other_services.establish_unit("规划办")
        _, clock = await other_services.open_one(unit, "2005-04-29")
        await run(operator, "2005-04-20", at_least=other_services.at_least)
        await run(operator, "2005-04-20")
        await eventually(lambda: len(outbox()) == 2)
        reminder, digest = sorted(outbox(), key=lambda line: line["type"], reverse=True)
        assert reminder == {
            "id": reminder["id"],
            "type": "yishi.notifications.ReminderSent.v1",
            "time": "2005-04-20T00:00:00+00:00",
            "county": service.county,
            "subject_id": str(reminder_id(clock.id, "working_days_before:7", date(2005, 4, 29))),
            "clock": str(clock.id),
            "clock_kind": "unit_reply",
            "subject": reminder["subject"],
            "whom": unit,
            "due_on": "2005-04-29",
            "rule": "working_days_before:7",
            "for_on": "2005-04-20",
            "provisional": False,
        }
        assert (digest["type"], digest["whom"], digest["open"]) == ("yishi.notifications.DigestSent.v1", unit, 1)
        assert "规划办" not in str(outbox())


async def test_in_production_no_day_is_run_before_it_comes_and_the_timer_runs_by_itself(
    own_stack: Stack, serve: "Serve", other_services: "OtherServices", eventually: "Eventually"
) -> None:
    _, clock = await other_services.open_one("unit:u1", "2005-03-31")
    async with serve(SERVICE, development=False) as service:
        operator = service.person(roles=["operator"])
        answer = await operator.post("/v1/runs", {"as_of": "2999-01-01"})
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:yishi:problem:run.in_the_future")
        condition: Any = other_services.sent
        [envelope] = await eventually(condition, seconds=20)
        assert (envelope.data.clock, envelope.actor) == (clock.id, "service:notifications")
        as_of = envelope.data.for_on
        newest = due_reminders(clock.due_on or date.min, as_of, date.min, Calendars())[-1]
        assert (envelope.data.rule, envelope.data.for_on) == newest


@pytest.mark.parametrize("body", [{}, {"as_of": "2005-09-31"}, {"as_of": "2005-04-20", "whom": "unit:u1"}])
async def test_a_run_without_a_possible_date_or_with_more_is_refused(serve: "Serve", body: dict[str, str]) -> None:
    async with serve(SERVICE) as service:
        answer = await service.person(roles=["operator"]).post("/v1/runs", body)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:yishi:problem:invalid-body")


async def test_only_an_operator_may_run(serve: "Serve") -> None:
    async with serve(SERVICE) as service:
        answer = await service.person(roles=["office", "committee"]).post("/v1/runs", {"as_of": "2005-04-20"})
        assert answer.status_code == 403
