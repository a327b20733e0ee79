"""The worklist: which act a case waits for next, from whom, and until when."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Town, Who


async def owed(town: "Town", who: "Who", **query: Any) -> list[tuple[str, str | None, str | None]]:
    """Give act, who owes it and the last day, as the worklist shows them."""
    answer = await town.get(who, "/worklist", **query)
    assert answer.status_code == 200, answer.text
    return [(item["act"], item["whom_name"] or item["whom"], item["due_on"]) for item in answer.json()["items"]]


async def everything(town: "Town") -> list[tuple[str, str | None, str | None]]:
    return sorted(await owed(town, town.committee, mine="false"))


async def test_each_stage_waits_for_the_next_act_of_the_right_party(town: "Town") -> None:
    case = await town.submit(form="joint", cosigners=[town.members["li"]], co=["road"])
    steps: list[tuple[str, list[tuple[str, str, str | None]]]] = [
        ("confirm", [("register", "committee", None)]),
        ("register", [("hand_over", "office", None)]),
        (
            "hand_over",
            [
                ("give_opinion", "公路局", "2005-04-01"),
                ("sign_for", "公路局", "2005-03-08"),
                ("sign_for", "规划办", "2005-03-08"),
            ],
        ),
        (
            "sign_for",
            [
                ("contact", "规划办", "2005-03-22"),
                ("draft", "规划办", "2005-04-30"),
                ("give_opinion", "公路局", "2005-04-01"),
            ],
        ),
        ("contact", [("draft", "规划办", "2005-04-30"), ("give_opinion", "公路局", "2005-04-01")]),
        ("opinion", [("draft", "规划办", "2005-04-30")]),
        ("draft", [("review", "规划办", "2005-04-30")]),
        ("review", [("sign", "规划办", "2005-04-30")]),
        ("sign", [("stamp", "规划办", None)]),
        ("stamp", [("deliver", "规划办", None)]),
        ("deliver", [("receive", "张明", None), ("receive", "李华", None)]),
        ("receive", [("rate", "张明", "2005-04-29"), ("rate", "李华", "2005-04-29")]),
        ("rate", [("close", "办公室", "2005-05-30")]),
        ("close", []),
    ]
    assert await everything(town) == [("confirm", "李华", None)]
    for step, waiting in steps:
        if step in ("sign", "close"):
            for meeting in ("meet_before", "meet_during") if step == "sign" else ("meet_after",):
                await town.step(case, meeting)
        await town.step(case, step)
        assert await everything(town) == waiting, step


async def test_each_party_sees_what_is_his_own(town: "Town") -> None:
    case = await town.submit(form="joint", cosigners=[town.members["li"]], co=["road"])
    assert await owed(town, town.member("li")) == [("confirm", "李华", None)]
    assert await owed(town, town.member("zhang")) == await owed(town, town.committee) == []
    await town.step(case, "confirm")
    assert await owed(town, town.committee) == [("register", "committee", None)]
    for step in ("register", "hand_over"):
        await town.step(case, step)
    assert await owed(town, town.of("plan", "handler")) == [("sign_for", "规划办", "2005-03-08")]
    assert await owed(town, town.of("road", "office_clerk")) == [
        ("sign_for", "公路局", "2005-03-08"),
        ("give_opinion", "公路局", "2005-04-01"),
    ]
    assert await owed(town, town.of("budget", "handler")) == []


async def test_a_lead_sees_whom_its_cases_wait_for(town: "Town") -> None:
    await town.case("sign_for", co=["road"])
    await town.case("deliver", title="另一件")
    handler = town.of("plan", "handler")
    assert await owed(town, handler, mine="false", lead=town.units["plan"]) == [
        ("contact", "规划办", "2005-03-22"),
        ("give_opinion", "公路局", "2005-04-01"),
        ("draft", "规划办", "2005-04-30"),
        ("receive", "张明", None),
    ]
    assert await owed(town, handler, mine="false", lead=town.units["road"]) == []


@pytest.mark.parametrize(("days", "acts"), [(0, []), (5, []), (6, ["sign_for"]), (30, ["sign_for", "give_opinion"])])
async def test_due_within_counts_calendar_days_from_today(town: "Town", days: int, acts: list[str]) -> None:
    await town.case("hand_over", co=["road"])
    mine = await owed(town, town.of("road", "handler"), on="2005-03-02", due_within=days)
    assert [act for act, _, _ in mine] == acts


async def test_what_is_overdue_is_due_too_and_says_so(town: "Town") -> None:
    await town.case("hand_over", co=["road"])
    answer = await town.get(town.of("road", "handler"), "/worklist", on="2005-03-09", due_within=0)
    (item,) = answer.json()["items"]
    names = ("act", "act_name", "overdue", "lead_name", "title", "number")
    assert [item[name] for name in names] == ["sign_for", "签收", True, "规划办", "关于改善县乡公路的提案", 1]


async def test_each_member_has_his_own_last_day(town: "Town") -> None:
    case = await town.case("deliver", form="joint", cosigners=[town.members["li"]])
    for name, on in (("zhang", "2005-04-15"), ("li", "2005-04-10")):
        body = {"member": town.members[name], "received_on": on}
        await town.post(town.member(name), f"/proposals/{case.id}/reply/receive", body)
    assert await owed(town, town.member("zhang")) == [("rate", "张明", "2005-05-11")]
    assert await owed(town, town.member("li")) == [("rate", "李华", "2005-04-29")]


async def test_a_returned_case_waits_for_its_submitter_and_a_dissatisfied_one_for_the_office(town: "Town") -> None:
    returned = await town.submit()
    back = {"reason": "一事一案。", "returned_on": "2005-01-22"}
    await town.post(town.committee, f"/proposals/{returned.id}/return", back)
    assert await owed(town, town.member("zhang")) == [("revise", "张明", None)]
    case = await town.case("receive", submitter="wang", lead="road")
    await town.step(case, "rate", result="不满意")
    assert await owed(town, town.office) == [("rehandle", "office", None)]
    await town.post(town.office, f"/proposals/{case.id}/rehandle", {"ordered_on": "2005-04-22"})
    assert await owed(town, town.of("road", "handler")) == [("draft", "公路局", "2005-05-20")]


async def test_an_erased_case_waits_for_nobody(town: "Town") -> None:
    case = await town.case("sign_for")
    order = {"reason": "依申请", "ordered_by": "县法院裁定", "erased_on": "2005-05-01"}
    await town.post(town.committee, f"/proposals/{case.id}/erase", order)
    assert await everything(town) == []


async def test_pages_of_the_worklist_go_on_where_the_last_ended(town: "Town") -> None:
    for n in range(3):
        await town.case("sign_for", title=f"第{n}件")
    seen: list[tuple[str, str]] = []
    query: dict[str, Any] = {"limit": 2}
    handler = town.of("plan", "handler")
    while True:
        answer = (await town.get(handler, "/worklist", **query)).json()
        seen += [(item["title"], item["act"]) for item in answer["items"]]
        if "next" not in answer:
            break
        query["after"] = answer["next"]
    assert sorted(seen) == sorted((f"第{n}件", act) for n in range(3) for act in ("contact", "draft"))
    assert [act for _, act in seen] == ["contact"] * 3 + ["draft"] * 3


async def test_without_an_office_unit_decisions_wait_for_everybody_of_the_office_that_handed_over(
    town: "Town",
) -> None:
    case = await town.case("register")
    body = {"lead": case.lead, "handed_over_on": "2005-03-01"}
    assert (await town.post(town.office, f"/proposals/{case.id}/hand-over", body)).status_code == 200
    asked = {"reason": "不属职责范围", "asked_on": "2005-03-03"}
    clerk = town.of("plan", "office_clerk")
    assert (await town.post(clerk, f"/proposals/{case.id}/ask-adjustment", asked)).status_code == 200
    assert await owed(town, town.office) == [("decide_adjustment", "office", None)]
    assert await owed(town, town.committee) == []
