"""The board: found by half-remembered words, filtered, paged, overdue as of a day, and forgotten once erased."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx2
import pytest

from services.proposals.main import SERVICE

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Town, Who

Code = Callable[[httpx2.Response], str]


async def found(town: "Town", who: "Who | None" = None, **query: Any) -> list[str]:
    """Give the titles that the board shows."""
    answer = await town.get(who or town.committee, "/proposals", **query)
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


async def test_words_in_any_order_find_a_case_wherever_people_would_look(town: "Town") -> None:
    road, bus = "关于改善县乡公路的提案", "关于开通夜间公交的建议"
    first = await town.submit(
        "zhang", title=road, text="山区断头路多, 冬季结冰。", form="joint", cosigners=[town.members["li"]]
    )
    second = await town.submit("wang", title=bus, text="末班车过早, 影响 Night-Shift 工人。", lead="budget")
    await town.step(first, "confirm")
    for case, co in ((first, ["road"]), (second, [])):
        case.co = [town.units[name] for name in co]
        await town.step(case, "register")
        await town.step(case, "hand_over")
    registrar = town.of("", "registrar")
    plan = f"/units/{town.units['plan']}"
    for path, body in (
        (f"{plan}/rename", {"name": "发展规划处", "from_on": "2005-03-15"}),
        (f"{plan}/aliases", {"alias": "规建科"}),
    ):
        assert (await town.post(registrar, path, body, service="members")).status_code == 200

    by = {
        "公路": [road],
        "县乡 改善": [road],
        "改善 县乡": [road],
        "断头路": [road],
        "结冰 公路": [road],
        "路": [road],
        "张明": [road],
        "李华": [road],
        "李华 断头路 1": [road],
        "发展规划处": [road],
        "规划办": [road],
        "规建科": [road],
        "公路局": [road],
        "2": [bus],
        "王芳 公交": [bus],
        "night-shift": [bus],
        "ＮＩＧＨＴ": [bus],
        "计划处": [bus],
        "王芳 公路": [],
        "赵强": [],
        "地铁": [],
        "%": [],
        "_": [],
    }
    answers = await asyncio.gather(*(found(town, q=words) for words in by))
    assert dict(zip(by, answers, strict=True)) == by


async def test_a_sealed_word_finds_a_case_for_everybody_who_sees_the_board_and_is_stored_nowhere(
    town: "Town",
) -> None:
    await town.submit(text="断头路旁的老槐树。")
    assert await found(town, town.auditor, q="老槐树") == ["关于改善县乡公路的提案"]
    db = await asyncpg.connect(town.stack.environment("proposals")["YISHI_DATABASE_URL"])
    try:
        rows = await db.fetch(
            f"SELECT terms::text FROM {SERVICE.schema_name}.search_terms WHERE county = $1", town.county
        )
        assert len(rows) == 1
        assert not any(piece in rows[0][0] for piece in ("老", "槐", "树", "断头"))
    finally:
        await db.close()


async def test_a_revised_text_is_found_and_the_old_one_no_longer(town: "Town") -> None:
    case = await town.submit(text="改修水渠。")
    await town.post(town.committee, f"/proposals/{case.id}/return", {"reason": "不清", "returned_on": "2005-01-22"})
    new = {"title": "新案", "text": "改修桥梁。", "revised_on": "2005-01-24"}
    await town.post(town.member("zhang"), f"/proposals/{case.id}/revise", new)
    assert await found(town, q="水渠") == []
    assert await found(town, q="桥梁") == ["新案"]


async def test_once_erased_a_text_finds_nothing_and_the_title_still_does(town: "Town") -> None:
    case = await town.submit(text="断头路旁的老槐树。")
    assert await found(town, q="老槐树") == ["关于改善县乡公路的提案"]
    order = {"reason": "依申请", "ordered_by": "县法院裁定", "erased_on": "2005-05-01"}
    assert (await town.post(town.committee, f"/proposals/{case.id}/erase", order)).status_code == 200
    assert await found(town, q="老槐树") == []
    assert await found(town, q="槐") == []
    (item,) = (await town.get(town.committee, "/proposals", q="公路")).json()["items"]
    assert item["erased"] is True


async def test_a_case_shows_its_names_as_they_are_today(town: "Town") -> None:
    case = await town.case("hand_over", co=["road"])
    (item,) = (await town.get(town.committee, "/proposals")).json()["items"]
    expected = {
        "id": case.id,
        "number": 1,
        "stage": "handed_over",
        "kind": "cppcc_proposal",
        "body_name": "县政协",
        "lead_name": "规划办",
        "co_names": ["公路局"],
        "submitter_names": ["张明"],
        "next_due": "2005-03-08",
        "undefined_clocks": 0,
        "parked": False,
        "erased": False,
        "version": 3,
    }
    assert {name: item[name] for name in expected} == expected


async def test_the_board_is_filtered_by_every_fact_of_a_case(town: "Town") -> None:
    a = await town.case("hand_over", title="甲", co=["road"])
    b = await town.case("register", submitter="wang", title="乙", nature="解释说明类", session=4)
    c = await town.submit("li", title="丙", body=town.bodies["npc"], kind="npc_suggestion", term=10)
    assert {a.id, b.id, c.id} == {
        item["id"] for item in (await town.get(town.committee, "/proposals")).json()["items"]
    }
    by: list[tuple[dict[str, Any], list[str]]] = [
        ({"kind": "npc_suggestion"}, ["丙"]),
        ({"stage": "registered"}, ["乙"]),
        ({"body": town.bodies["cppcc"]}, ["甲", "乙"]),
        ({"term": 10}, ["丙"]),
        ({"session": 4}, ["乙"]),
        ({"unit": town.units["road"]}, ["甲"]),
        ({"unit": town.units["plan"]}, ["甲"]),
        ({"lead": town.units["road"]}, []),
        ({"lead": town.units["plan"]}, ["甲"]),
        ({"member": town.members["wang"]}, ["乙"]),
        ({"nature": "解释说明类"}, ["乙"]),
        ({"number": 1, "session": 3}, ["甲"]),
        ({"stage": "submitted", "kind": "cppcc_proposal"}, []),
        ({"kind": "nonsense"}, []),
    ]
    for query, titles in by:
        assert sorted(await found(town, **query)) == sorted(titles), query


async def test_overdue_compares_the_next_day_due_with_the_day_that_is_asked_for(town: "Town") -> None:
    await town.case("hand_over", title="甲")
    await town.case("contact", title="乙")
    await town.submit(title="丙")
    assert await found(town, overdue=True, as_of="2005-03-08") == []
    assert await found(town, overdue=True, as_of="2005-03-09") == ["甲"]
    assert sorted(await found(town, overdue=False, as_of="2005-03-09")) == ["丙", "乙"]
    assert sorted(await found(town, overdue=True, as_of="2005-05-01")) == ["乙", "甲"]
    assert sorted(await found(town, overdue=True, on="2005-05-01")) == ["乙", "甲"]
    shown = (await town.get(town.committee, "/proposals", as_of="2005-03-09")).json()["items"]
    assert {item["title"]: item["overdue"] for item in shown} == {"甲": True, "乙": False, "丙": None}


async def test_pages_hold_every_case_once_while_others_are_added(town: "Town") -> None:
    first_day = date(2005, 1, 1)
    days = [str(first_day + timedelta(days=n // 2)) for n in range(12)]
    await asyncio.gather(*(town.submit(title=f"第{n}件", submitted_on=day) for n, day in enumerate(days)))
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 5}
    for page in range(3):
        answer = (await town.get(town.committee, "/proposals", **query)).json()
        seen += [item["title"] for item in answer["items"]]
        query["after"] = answer.get("next")
        await town.submit(title=f"早到{page}", submitted_on="2004-12-31")
    assert len(seen) == len(set(seen))
    assert sorted(seen) == sorted(f"第{n}件" for n in range(12))
    assert query["after"] is None


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"after": "nonsense"}, 400),
        ({"after": "WyJ4IiwieSJd"}, 400),
        ({"limit": 0}, 422),
        ({"limit": 501}, 422),
        ({"as_of": "2005-09-31"}, 422),
        ({"number": 99999999999}, 400),
        ({"unit": "规划办"}, 422),
        ({"q": "\x00"}, 400),
        ({"kind": "\x00"}, 400),
    ],
)
async def test_a_question_that_cannot_be_is_answered_with_a_problem(
    town: "Town", code: Code, query: dict[str, Any], status: int
) -> None:
    answer = await town.get(town.committee, "/proposals", **query)
    assert (answer.status_code, code(answer)) == (status, "malformed-request" if status == 400 else "invalid-body")
