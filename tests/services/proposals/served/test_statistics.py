"""Statistics against cases counted by hand, each figure with numerator, denominator and the cases behind it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx2

from runtime.process import Process
from runtime.settings import Settings
from services.proposals.main import SERVICE
from services.proposals.reporting.figures import CO_FIGURES, FIGURES, TITLES
from yishi.comparison import compare
from yishi.stack import Stack

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Case, Town

Code = Callable[[httpx2.Response], str]


def rate(numerator: int, denominator: int, percent: str | None) -> dict[str, Any]:
    """Give a rate as it is answered when nothing was imported."""
    return {"numerator": numerator, "denominator": denominator, "percent": percent, "imported": 0}


async def year(town: "Town") -> dict[str, "Case"]:
    """Drive seven cases to where the figures are easy to count by hand.

    satisfied: closed after everything. late: signed on 5 May, after 30 April; rated 基本满意. again: 不满意, second
    round under way. delivered: nobody has rated. met: three meetings and no reply. registered, submitted: not handed
    over. The first four are led by plan, road, plan and budget.
    """
    npc: dict[str, Any] = {"kind": "npc_suggestion", "body": town.bodies["npc"], "nature": "项目资金类"}

    async def late() -> "Case":
        case = await town.case("review", lead="road", title="迟", **npc)
        await town.step(case, "sign", signed_on="2005-05-05")
        await town.step(case, "stamp", stamped_on="2005-05-06")
        await town.step(case, "deliver", delivered_on="2005-05-06")
        await town.step(case, "receive", received_on="2005-05-06")
        await town.step(case, "rate", rated_on="2005-05-09", result="基本满意")
        return case

    async def again() -> "Case":
        case = await town.case("receive", title="再")
        await town.step(case, "rate", result="不满意")
        await town.post(town.office, f"/proposals/{case.id}/rehandle", {"ordered_on": "2005-04-22"})
        return case

    async def met() -> "Case":
        case = await town.case("meet_during", lead="budget", title="见")
        await town.step(case, "meet_after")
        return case

    made = await asyncio.gather(
        town.case("close", title="满"),
        late(),
        again(),
        town.case("deliver", lead="budget", title="达", nature="解释说明类"),
        met(),
        town.case("register", title="立"),
        town.submit(title="提", **npc),
    )
    return dict(zip(("satisfied", "late", "again", "delivered", "met", "registered", "submitted"), made, strict=True))


async def test_every_figure_is_what_was_counted_by_hand_and_opens_to_its_cases(town: "Town", code: Code) -> None:
    cases = await year(town)
    behind = {
        "cases": list(cases),
        "pending": ["submitted"],
        "registered": ["satisfied", "late", "again", "delivered", "met", "registered"],
        "declined": [],
        "merged": [],
        "withdrawn": [],
        "assigned": ["satisfied", "late", "again", "delivered", "met"],
        "met": ["satisfied", "met"],
        "replied": ["satisfied", "late", "again", "delivered"],
        "on_time": ["satisfied", "again", "delivered"],
        "recorded_late": ["satisfied", "again", "delivered"],
        "rated": ["satisfied", "late"],
        "unrated": ["again", "delivered"],
        "fully_satisfied": ["satisfied"],
        "basically_satisfied": ["late"],
        "dissatisfied": [],
        "satisfied": ["satisfied", "late"],
        "countable": ["satisfied", "late", "again", "delivered", "met"],
        "rehandled": ["again"],
        "closed": ["satisfied"],
        "imported": [],
    }
    answer = (await town.get(town.auditor, "/statistics")).json()
    total = answer["total"]
    assert {name: total[name] for name in behind} == {name: len(names) for name, names in behind.items()}
    assert total["rates"] == {
        "met": rate(2, 5, "40.00"),
        "replied": rate(4, 5, "80.00"),
        "on_time": rate(3, 5, "60.00"),
        "on_time_recorded": rate(0, 5, "0.00"),  # Everything was entered on 30 June, weeks after it had happened.
        "satisfied": rate(2, 5, "40.00"),
    }
    assert answer["definitions"]["unit_of_count"] == "件"
    assert set(total["rates"]) | {"denominator", "unit_of_count"} < set(answer["definitions"])
    assert {*behind, *CO_FIGURES} == set(FIGURES) == set(TITLES)
    assert [total[name] for name in CO_FIGURES] == [None] * 3
    for figure, names in behind.items():
        opened = (await town.get(town.auditor, "/statistics/cases", figure=figure)).json()["items"]
        assert sorted(opened) == sorted(cases[name].id for name in names), figure

    groups = (await town.get(town.auditor, "/statistics", by="unit")).json()["groups"]
    by_unit = {group["name"]: group for group in groups}
    assert {
        name: [g[n] for n in ("cases", "assigned", "met", "replied", "on_time", "satisfied")]
        for name, g in by_unit.items()
    } == {
        "规划办": [2, 2, 1, 2, 2, 1],
        "公路局": [1, 1, 0, 1, 0, 1],
        "计划处": [2, 2, 1, 1, 1, 0],
        None: [2, 0, 0, 0, 0, 0],
    }
    assert by_unit["公路局"]["rates"]["on_time"] == rate(0, 1, "0.00")
    assert by_unit[None]["rates"]["met"] == rate(0, 0, None)
    for group in groups:
        for figure in FIGURES:
            query = {"figure": figure, "unit": group["key"] or ""}
            opened = (await town.get(town.auditor, "/statistics/cases", **query)).json()["items"]
            assert len(opened) == group[figure], (group["name"], figure)

    for by, counts in {
        "kind": {"cppcc_proposal": (5, "71.43"), "npc_suggestion": (2, "28.57")},
        "nature": {"思路类": (4, "57.14"), "项目资金类": (2, "28.57"), "解释说明类": (1, "14.29")},
        "body": {"县政协": (5, "71.43"), "县人大常委会": (2, "28.57")},
        "category": {"bureau-abc/A": (3, "42.86"), None: (4, "57.14")},
        "stage": {
            "handed_over": (2, "28.57"),
            "replied": (2, "28.57"),
            "closed": (1, "14.29"),
            "registered": (1, "14.29"),
            "submitted": (1, "14.28"),
        },
        "outcome": {"满意": (1, "14.28"), "基本满意": (1, "14.29"), None: (5, "71.43")},
        "month": {"2005-01": (7, "100.00")},
        "hand_over_month": {"2005-03": (5, "71.43"), None: (2, "28.57")},
        "session": {"9-3": (7, "100.00")},
        "imported": {"false": (7, "100.00")},
    }.items():
        groups = (await town.get(town.auditor, "/statistics", by=by)).json()["groups"]
        assert {group["name"]: (group["cases"], group["share_percent"]) for group in groups} == counts, by

    filters: list[tuple[dict[str, Any], int]] = [
        ({"kind": "npc_suggestion"}, 2),
        ({"unit": town.units["plan"]}, 2),
        ({"nature": "思路类", "kind": "cppcc_proposal"}, 4),
        ({"body": town.bodies["npc"]}, 2),
        ({"term": 9, "session": 3}, 7),
        ({"session": 4}, 0),
        ({"stage": "closed"}, 1),
        ({"category": ""}, 4),
        ({"outcome": "满意"}, 1),
        ({"month": "2005-01", "imported": "false"}, 7),
        ({"from_on": "2005-01-20", "until_on": "2005-01-20"}, 7),
        ({"until_on": "2005-01-19"}, 0),
    ]
    for query, count in filters:
        assert (await town.get(town.auditor, "/statistics", **query)).json()["total"]["cases"] == count, query

    for path, query in (("/statistics", {"by": "colour"}), ("/statistics/cases", {"figure": "colour"})):
        refused = await town.get(town.auditor, path, **query)
        assert (refused.status_code, code(refused)) == (400, "malformed-request")
    unknown = await town.get(town.auditor, "/statistics", colour="red")
    assert (unknown.status_code, code(unknown)) == (422, "invalid-body")


async def test_a_county_without_cases_has_no_rates(town: "Town") -> None:
    total = (await town.get(town.auditor, "/statistics")).json()["total"]
    assert (total["cases"], total["rates"]["met"]) == (0, rate(0, 0, None))


async def test_figures_are_as_of_a_business_day_and_two_days_compare(town: "Town") -> None:
    cases = await year(town)
    told = {
        "2005-01-19": {"cases": 0},
        "2005-01-20": {"cases": 7, "pending": 7, "registered": 0, "assigned": 0},
        "2005-02-01": {"pending": 1, "registered": 6, "assigned": 0},
        "2005-04-08": {"assigned": 5, "replied": 3, "on_time": 3, "rated": 0, "unrated": 3, "met": 0},
        "2005-04-21": {"rated": 2, "satisfied": 1, "dissatisfied": 1, "rehandled": 0, "closed": 0},
        "2005-04-22": {"rated": 1, "satisfied": 1, "dissatisfied": 0, "rehandled": 1},
        "2005-05-20": {"replied": 4, "satisfied": 2, "closed": 1, "met": 2},
    }
    for day, figures in told.items():
        answer = (await town.get(town.auditor, "/statistics", as_of=day)).json()
        assert answer["as_of"] == day
        assert {name: answer["total"][name] for name in figures} == figures, day
    opened = await town.get(town.auditor, "/statistics/cases", figure="dissatisfied", as_of="2005-04-21")
    assert opened.json()["items"] == [cases["again"].id]
    groups = (await town.get(town.auditor, "/statistics", by="stage", as_of="2005-04-21")).json()["groups"]
    assert {group["key"]: group["cases"] for group in groups} == {
        "submitted": 1,
        "registered": 1,
        "handed_over": 2,
        "replied": 2,
        "dissatisfied": 1,
    }

    query = {"as_of": "2005-05-20", "versus_as_of": "2005-04-21", "by": "unit"}
    compared = (await town.get(town.auditor, "/statistics/compare", **query)).json()
    assert (compared["now"]["total"]["replied"], compared["then"]["total"]["replied"]) == (4, 3)
    assert compared["change"]["counts"]["dissatisfied"] == -1
    assert compared["change"]["points"]["replied"] == "20.00"
    road = next(group for group in compared["groups"] if group["name"] == "公路局")
    assert (road["counts"]["satisfied"], road["points"]["satisfied"]) == (1, "100.00")
    alone = (await town.get(town.auditor, "/statistics/compare", as_of="2005-05-20")).json()
    assert (alone["then"]["as_of"], alone["then"]["total"]["cases"]) == ("2004-05-20", 0)
    assert alone["change"]["points"] == {}


async def test_the_denominator_and_what_counts_as_satisfied_are_chosen_and_stated(town: "Town") -> None:
    await year(town)
    for query, expected in (
        ({"denominator": "assigned"}, rate(2, 5, "40.00")),
        ({"denominator": "rated"}, rate(2, 2, "100.00")),
        ({"denominator": "rated", "basic": "false"}, rate(1, 2, "50.00")),
        ({"denominator": "assigned", "basic": "false"}, rate(1, 5, "20.00")),
    ):
        answer = (await town.get(town.auditor, "/statistics", **query)).json()
        assert answer["total"]["rates"]["satisfied"] == expected, query
        assert answer["policy"]["denominator"] == query["denominator"]
        assert ("基本满意" in answer["definitions"]["satisfied"]) == ("basic" not in query)
        assert ("已测评件数" in answer["definitions"]["satisfied"]) == (query["denominator"] == "rated")


async def test_units_are_ranked_by_a_rate_and_equal_rates_share_a_place(town: "Town") -> None:
    await year(town)
    ranked = (await town.get(town.auditor, "/statistics", by="unit", rank_by="replied")).json()["groups"]
    assert [(group["name"], group["rank"]) for group in ranked] == [
        ("规划办", 1),
        ("公路局", 1),
        ("计划处", 3),
        (None, None),
    ]
    few = (await town.get(town.auditor, "/statistics", by="unit", rank_by="replied", least=2)).json()["groups"]
    assert {group["name"]: group["rank"] for group in few} == {"规划办": 1, "计划处": 2, "公路局": None, None: None}
    for query in ({"rank_by": "replied"}, {"by": "unit", "rank_by": "colour"}):
        assert (await town.get(town.auditor, "/statistics", **query)).status_code == 400


async def test_sectors_are_those_of_the_submitters_and_declined_cases_are_in_no_rate(town: "Town") -> None:
    seat = {"name": "钱进", "body": town.bodies["cppcc"], "term": 9, "from_on": "2003-01-01", "sector": "教育界"}
    town.members["qian"] = await town._made("/members", seat)
    await town.case("hand_over", submitter="qian")
    declined = await town.submit(title="拒")
    body = {"reason": "不属于政协提案范围。", "declined_on": "2005-02-01"}
    assert (await town.post(town.committee, f"/proposals/{declined.id}/decline", body)).status_code == 200
    answer = (await town.get(town.auditor, "/statistics", by="sector")).json()
    assert {g["key"]: (g["cases"], g["assigned"], g["declined"]) for g in answer["groups"]} == {
        "教育界": (1, 1, 0),
        None: (1, 0, 1),
    }
    total = answer["total"]
    assert (total["registered"], total["pending"], total["declined"]) == (1, 0, 1)
    before = (await town.get(town.auditor, "/statistics", as_of="2005-01-31")).json()["total"]
    assert (before["declined"], before["pending"]) == (0, 2)
    query = {"figure": "assigned", "sector": "教育界"}
    assert len((await town.get(town.auditor, "/statistics/cases", **query)).json()["items"]) == 1


async def test_each_of_the_separate_units_counts_for_its_own_share(town: "Town") -> None:
    case = await town.case("register")
    units = [town.units["plan"], town.units["road"]]
    body = {"separate": units, "office": town.units["office"], "handed_over_on": "2005-03-01"}
    assert (await town.post(town.office, f"/proposals/{case.id}/hand-over", body)).status_code == 200
    answer = (await town.get(town.auditor, "/statistics", by="unit")).json()
    assert answer["total"]["assigned"] == 2  # 件次
    assert {group["name"]: group["assigned"] for group in answer["groups"]} == {"规划办": 1, "公路局": 1}
    assert (await town.get(town.auditor, "/statistics")).json()["total"]["assigned"] == 1
    opened = await town.get(town.auditor, "/statistics/cases", figure="assigned", unit=units[1])
    assert opened.json()["items"] == [case.id]


async def test_by_unit_cases_as_co_unit_stand_apart_from_those_as_lead(town: "Town") -> None:
    given = await town.case("opinion", co=["road"], title="提")
    await town.case("meet_during", co=["road"], title="未")
    answer = (await town.get(town.auditor, "/statistics", by="unit")).json()
    figures = ("cases", "assigned", "co", "co_replied", "co_on_time")
    assert {group["name"]: [group[name] for name in figures] for group in answer["groups"]} == {
        "规划办": [2, 2, 0, 0, 0],
        "公路局": [0, 0, 2, 1, 1],
    }
    road = next(group for group in answer["groups"] if group["name"] == "公路局")
    assert (road["rates"]["replied"], road["share_percent"]) == (rate(0, 0, None), "0.00")
    assert answer["total"]["cases"] == 2
    for query in ({"figure": "co_replied"}, {"figure": "co_replied", "unit": town.units["road"]}):
        opened = (await town.get(town.auditor, "/statistics/cases", **query)).json()["items"]
        assert opened == [given.id], query
    early = (await town.get(town.auditor, "/statistics", unit=town.units["road"], as_of="2005-03-01")).json()["total"]
    assert (early["co"], early["co_replied"]) == (2, 0)


async def test_originals_of_a_merge_count_as_their_main_case_stands_when_they_are_asked_for(town: "Town") -> None:
    main, original = await town.case("register", title="主"), await town.submit("li", title="并")
    merged = {"main": main.id, "reason": "内容相同", "merged_on": "2005-02-15"}
    assert (await town.post(town.committee, f"/proposals/{original.id}/merge", merged)).status_code == 200
    await town.step(main, "hand_over")
    figures = ("cases", "registered", "merged", "assigned")
    for query, expected in (
        ({}, [2, 1, 1, 1]),
        ({"originals": "true"}, [2, 1, 1, 2]),
        ({"originals": "true", "as_of": "2005-02-10"}, [2, 1, 0, 0]),
        ({"originals": "true", "unit": town.units["plan"]}, [1, 1, 0, 2]),
    ):
        answer = (await town.get(town.auditor, "/statistics", **query)).json()
        assert [answer["total"][name] for name in figures] == expected, query
        assert answer["policy"]["originals"] is ("originals" in query)
        assert ("另计一件" in answer["definitions"]["originals"]) == ("originals" in query)
        assert answer["total"]["rates"]["met"]["denominator"] == expected[-1]
    query = {"figure": "assigned", "originals": "true"}
    opened = (await town.get(town.auditor, "/statistics/cases", **query)).json()["items"]
    assert opened == sorted([main.id, original.id])


async def test_a_rebuild_from_the_log_gives_the_same_rows_of_every_read_model(town: "Town") -> None:
    erased, *_ = (await year(town)).values()
    order = {"reason": "依申请", "ordered_by": "县法院裁定", "erased_on": "2005-06-01"}
    assert (await town.post(town.committee, f"/proposals/{erased.id}/erase", order)).status_code == 200
    await town.get(town.committee, "/proposals")
    async with rebuilt(town.stack, "_again") as process:
        db = await asyncpg.connect(town.stack.environment("proposals")["YISHI_DATABASE_URL"])
        try:
            tables = {found.table: found for found in await compare(db, SERVICE.schema_name, process.schema.name)}
            rows = f"SELECT count(*) FROM {SERVICE.schema_name}.board WHERE county = $1"
            assert await db.fetchval(rows, town.county) == 7
        finally:
            await db.close()
    own = (
        *("board", "search_terms", "search_words", "sketches", "worklist", "statistics", "unit_statistics"),
        *("numbers", "erasures", "states"),
    )
    assert {name: tables[name].identical for name in own} == dict.fromkeys(own, True)
    assert all(tables[name].rebuilt > 0 for name in own)


@asynccontextmanager
async def rebuilt(stack: Stack, suffix: str) -> AsyncIterator[Process]:
    """Give another process of the service beside the running one, on an empty schema of its own, caught up."""
    values = {name.removeprefix("YISHI_").lower(): value for name, value in stack.environment("proposals").items()}
    process = Process(SERVICE, Settings.model_validate(values | {"schema_suffix": suffix}))
    try:
        await process.open()
        for start in SERVICE.on_start:
            await start(process)
        yield process
    finally:
        await process.close()
