"""What a unit, a member and those who oversee see, and what nobody of another county does."""

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from contracts.members import UnitRenamed
from contracts.proposals import ProposalRegistered, ProposalRevised
from contracts.sealed import Sealed
from services.notifications.main import SERVICE

if TYPE_CHECKING:
    from tests.conftest import Person, Serve
    from tests.services.notifications.conftest import OtherServices, Run


async def _items(person: "Person", path: str, **headers: str) -> list[dict[str, Any]]:
    answer = await person.get(path, **headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_units_inbox_shows_its_reminders_and_digests_under_present_names(
    serve: "Serve", other_services: "OtherServices", run: "Run"
) -> None:
    async with serve(SERVICE) as service:
        await other_services.publish_calendar()
        unit = await other_services.establish_unit("规划办")
        case, _ = await other_services.open_one(unit, "2005-04-29")
        sealed = Sealed(case=case, label="body", nonce="n", text="t")
        revised = ProposalRevised(title="关于修路的建议", text=sealed, revised_on=date(2005, 2, 1))
        await other_services.record(case, revised)
        await other_services.record(case, ProposalRegistered(number=12, registered_on=date(2005, 2, 2)))
        await other_services.open_one("unit:other", "2005-04-29")
        operator = service.person(roles=["operator"])
        await run(operator, "2005-04-15", at_least=other_services.at_least)
        await run(operator, "2005-04-20")
        clerk = service.person("person:clerk", roles=["office_clerk"], unit=unit.removeprefix("unit:"))
        newest, oldest = await _items(clerk, "/v1/inbox")
        assert newest["title"] == "规划办：第12号《关于修路的建议》单位答复，最迟2005年4月29日（期限前7个工作日提醒）"
        assert oldest["title"] == "规划办：2005年4月上半月督办通报，未办结1件次，其中逾期0件次"
        assert (newest["notification"], newest["whom"], newest["whom_name"], newest["read"]) == (
            "reminder",
            unit,
            "规划办",
            False,
        )
        assert (newest["rule"], newest["due_on"], newest["for_on"]) == (
            "working_days_before:7",
            "2005-04-29",
            "2005-04-20",
        )
        renamed = UnitRenamed(name="规划处", from_on=date(2005, 5, 1))
        await other_services.record(unit.removeprefix("unit:"), renamed)
        digest = (await clerk.get(f"/v1/digests/{oldest['id']}", at_least=other_services.at_least)).json()
        assert digest["title"].startswith("规划处：")
        assert [(entry["case"], entry["due_on"]) for entry in digest["entries"]] == [
            ("第12号《关于修路的建议》", "2005-04-29")
        ]


async def test_what_has_been_read_is_no_longer_unread_and_only_by_those_it_was_for(
    serve: "Serve", other_services: "OtherServices", run: "Run"
) -> None:
    async with serve(SERVICE) as service:
        await other_services.open_one("unit:u1", "2005-04-29")
        await other_services.open_one("member:m1", "2005-04-29", kind="rating")
        await run(service.person(roles=["operator"]), "2005-04-29", at_least=other_services.at_least)
        clerk = service.person("person:clerk", roles=["office_clerk"], unit="u1")
        member = service.person("member:m1", roles=["member"])
        reminder, digest = sorted(
            await _items(clerk, "/v1/inbox?unread=true"), key=lambda item: item["notification"], reverse=True
        )
        path = f"/v1/reminders/{reminder['id']}/read"
        for stranger in (
            member,
            service.person("person:x", roles=["office_clerk"], unit="u2"),
            service.person(roles=["auditor"]),
        ):
            assert (await stranger.post(path)).status_code == 403
        assert (await clerk.post(path, key="read")).json()["type"] == "yishi.notifications.ReminderRead.v1"
        assert (await clerk.post(path, key="read")).status_code == 200
        again = await clerk.post(path)
        assert (again.status_code, again.json()["type"]) == (409, "urn:yishi:problem:reminder.already_read")
        assert [item["id"] for item in await _items(clerk, "/v1/inbox?unread=true")] == [digest["id"]]
        assert (await clerk.post(f"/v1/digests/{digest['id']}/read")).status_code == 200
        assert await _items(clerk, "/v1/inbox?unread=true") == []
        assert {item["read_by"] for item in await _items(clerk, "/v1/inbox?unread=false")} == {"person:clerk"}
        [own] = await _items(member, "/v1/inbox")
        assert (own["whom"], own["clock_kind"]) == ("member:m1", "rating")
        assert (await member.post(f"/v1/reminders/{own['id']}/read")).status_code == 200
        assert (await clerk.post(f"/v1/reminders/{uuid4()}/read")).status_code == 404


async def test_pages_of_the_inbox_and_of_the_clocks_follow_each_other_without_gap_or_repeat(
    serve: "Serve", other_services: "OtherServices", run: "Run"
) -> None:
    async with serve(SERVICE) as service:
        days = ["2005-04-26", "2005-04-27", "2005-04-27", "2005-04-28", "2005-04-29", None, None]
        clocks = [await other_services.open_one("unit:u1", day) for day in days]
        operator = service.person(roles=["operator"])
        await run(operator, "2005-04-27", at_least=other_services.at_least)
        for path, count in (("/v1/inbox?limit=2", 5 + 1), ("/v1/clocks?as_of=2005-04-27&limit=2", 7)):
            found, after = [], ""
            while True:
                page = (await operator.get(path + after)).json()
                assert len(page["items"]) <= 2
                found += page["items"]
                if "next" not in page:
                    break
                after = f"&after={page['next']}"
            assert len(found) == len({item.get("id") or item["clock"] for item in found}) == count
        assert [item["due_on"] for item in found] == days
        assert {item["clock"] for item in found} == {str(clock.id) for _, clock in clocks}
        for bad in ("inbox?after=x", "clocks?after=WyJ4IiwieSJd", "clocks?limit=0", "clocks?as_of=2005-02-30"):
            assert (await operator.get(f"/v1/{bad}")).status_code in (400, 422)


async def test_clocks_are_asked_for_as_of_a_date_by_party_kind_and_whether_they_are_overdue(
    serve: "Serve", other_services: "OtherServices"
) -> None:
    async with serve(SERVICE) as service:
        case, reply = await other_services.open_one("unit:u1", "2005-04-29")
        _, rating = await other_services.open_one("member:m1", "2005-05-20", kind="rating", opened_on="2005-05-01")
        await other_services.close(case, reply, "2005-05-10")
        office = service.person(roles=["office"])

        async def asked(query: str) -> list[str]:
            return [item["clock"] for item in await _items(office, f"/v1/clocks?{query}", at_least=position)]

        position = other_services.at_least
        assert await asked("as_of=2005-04-29") == [str(reply.id)]
        assert await asked("as_of=2005-05-09") == [str(reply.id), str(rating.id)]
        assert await asked("as_of=2005-05-09&overdue=true") == [str(reply.id)]
        assert await asked("as_of=2005-05-09&overdue=false") == [str(rating.id)]
        assert await asked("as_of=2005-05-09&kind=rating") == [str(rating.id)]
        assert await asked("as_of=2005-05-09&whom=unit:u1") == [str(reply.id)]
        assert await asked("as_of=2005-05-10") == [str(rating.id)]
        assert await asked("as_of=2005-02-28") == []
        member = service.person("member:m1", roles=["member"])
        assert [item["kind"] for item in await _items(member, "/v1/clocks?as_of=2005-05-09")] == ["rating"]
        assert (await member.get("/v1/clocks?whom=unit:u1")).status_code == 403


async def test_a_clock_says_why_it_is_due_on_its_day_and_how_often_it_was_moved(
    serve: "Serve", other_services: "OtherServices"
) -> None:
    async with serve(SERVICE) as service:
        case, clock = await other_services.open_one("unit:u1", "2005-04-29")
        await other_services.move(case, clock, "2005-05-20")
        office = service.person(roles=["office"])
        found = (await office.get(f"/v1/clocks/{clock.id}", at_least=other_services.at_least)).json()
        assert (found["due_on"], found["closed_on"], found["whom"]) == ("2005-05-20", None, "unit:u1")
        assert found["moves"] == [{"due_from": "2005-04-29", "due_on": "2005-05-20", "reason": "延期获准"}]
        assert found["proof"]["pack"] == "hunan-transport-2005"
        assert found["why"] == "依据《办理工作方案》，2005年4月29日以前，含当日，不顺延。"
        stranger = service.person(roles=["handler"], unit="u2")
        assert (await stranger.get(f"/v1/clocks/{clock.id}")).status_code == 403
        assert (await office.get(f"/v1/clocks/{uuid4()}")).status_code == 404


async def test_the_summary_counts_what_was_sent(serve: "Serve", other_services: "OtherServices", run: "Run") -> None:
    async with serve(SERVICE) as service:
        await other_services.publish_calendar()
        unit = await other_services.establish_unit("规划办")
        await other_services.open_one(unit, "2005-04-29")
        await other_services.open_one("member:m1", "2005-04-29", kind="rating")
        operator = service.person(roles=["operator"])
        for day in ("2005-04-20", "2005-04-29", "2005-04-30"):
            await run(operator, day, at_least=other_services.at_least)
        assert (await operator.get("/v1/summary")).json() == {
            "reminders": 6,
            "digests": 2,
            "by_kind": {"rating": 3, "unit_reply": 3},
            "by_rule": {"due_today": 2, "overdue": 2, "working_days_before": 2},
            "by_whom": {
                "member:m1": {"name": None, "reminders": 3, "digests": 0},
                unit: {"name": "规划办", "reminders": 3, "digests": 2},
            },
        }
        assert (await service.person(roles=["handler"], unit="u").get("/v1/summary")).status_code == 403


async def test_another_county_sees_and_sends_nothing(
    serve: "Serve", other_services: "OtherServices", run: "Run"
) -> None:
    async with serve(SERVICE) as service:
        _, clock = await other_services.open_one("unit:u1", "2005-04-29")
        operator = service.person(roles=["operator"])
        elsewhere = service.person(roles=["operator", "office"], unit="u1", county="990000")
        assert await run(elsewhere, "2005-04-29", at_least=other_services.at_least) == (0, 0)
        assert await run(operator, "2005-04-29") == (1, 1)
        [reminder, _] = sorted(
            await _items(operator, "/v1/inbox"), key=lambda item: item["notification"], reverse=True
        )
        assert await _items(elsewhere, "/v1/inbox") == []
        assert await _items(elsewhere, "/v1/clocks?as_of=2005-04-29") == []
        assert (await elsewhere.get(f"/v1/clocks/{clock.id}")).status_code == 404
        assert (await elsewhere.post(f"/v1/reminders/{reminder['id']}/read")).status_code == 404
        assert (await elsewhere.get("/v1/summary")).json()["reminders"] == 0
        async with service.process.database.county("990000") as db:
            for table in ("clocks", "reminders", "digests"):
                assert await db.fetchval(f"SELECT count(*) FROM {table}") == 0, "even without a WHERE"
