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
from services.proposals.statistics import FIGURES, percent
from yishi.comparison import compare
from yishi.stack import Stack

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Case, Town

Code = Callable[[httpx2.Response], str]


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
        "assigned": ["satisfied", "late", "again", "delivered", "met"],
        "met": ["satisfied", "met"],
        "replied": ["satisfied", "late", "again", "delivered"],
        "on_time": ["satisfied", "again", "delivered"],
        "rated": ["satisfied", "late"],
        "unrated": ["again", "delivered"],
        "satisfied": ["satisfied", "late"],
        "rehandled": ["again"],
        "closed": ["satisfied"],
    }
    answer = (await town.get(town.auditor, "/statistics")).json()
    total = answer["total"]
    assert {name: total[name] for name in behind} == {name: len(names) for name, names in behind.items()}
    assert total["rates"] == {
        "met": {"numerator": 2, "denominator": 5, "percent": "40.00"},
        "replied": {"numerator": 4, "denominator": 5, "percent": "80.00"},
        "on_time": {"numerator": 3, "denominator": 5, "percent": "60.00"},
        "satisfied": {"numerator": 2, "denominator": 5, "percent": "40.00"},
    }
    assert answer["definitions"]["unit_of_count"] == "件"
    assert set(total["rates"]) | {"denominator", "unit_of_count"} == set(answer["definitions"])
    assert set(behind) == set(FIGURES)
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
    assert by_unit["公路局"]["rates"]["on_time"] == {"numerator": 0, "denominator": 1, "percent": "0.00"}
    assert by_unit[None]["rates"]["met"] == {"numerator": 0, "denominator": 0, "percent": None}
    for group in groups:
        for figure in FIGURES:
            if group["key"]:
                query = {"figure": figure, "unit": group["key"]}
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
            "submitted": (1, "14.29"),
        },
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
    assert (total["cases"], total["rates"]["met"]) == (0, {"numerator": 0, "denominator": 0, "percent": None})


def test_percentages_have_two_places_and_round_half_up() -> None:
    assert [percent(1, 3), percent(2, 3), percent(1, 16), percent(1, 1600), percent(0, 5), percent(258, 303)] == [
        "33.33",
        "66.67",
        "6.25",
        "0.06",
        "0.00",
        "85.15",
    ]


async def test_a_rebuild_from_the_log_gives_the_same_rows_of_every_read_model(town: "Town") -> None:
    erased, *_ = (await year(town)).values()
    order = {"reason": "依申请", "ordered_by": "县法院裁定", "erased_on": "2005-06-01"}
    assert (await town.post(town.committee, f"/proposals/{erased.id}/erase", order)).status_code == 200
    await town.get(town.committee, "/proposals")
    async with rebuilt(town.stack, "_again") as process:
        db = await asyncpg.connect(town.stack.environment("proposals")["YISHI_DATABASE_URL"])
        try:
            tables = {found.table: found for found in await compare(db, "proposals_v1", process.schema.name)}
            rows = "SELECT count(*) FROM proposals_v1.board WHERE county = $1"
            assert await db.fetchval(rows, town.county) == 7
        finally:
            await db.close()
    own = ("board", "search_terms", "worklist", "statistics", "numbers", "erasures", "states")
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
