"""Similar cases: found by what their texts share, shown as figures to those who review, forgotten once erased."""

from typing import TYPE_CHECKING

import asyncpg

from services.proposals.main import SERVICE

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Town

ROAD = (
    "建议对县道沿线的老旧桥梁逐座排查，设置限载标志，并把危桥改造列入明年的交通建设计划。"
    "沿线三个村庄的学生每天步行过桥上学，汛期河水漫过桥面，安全隐患突出，群众反映强烈。"
)
LONGER = ROAD + "同时请公路部门在桥头增设照明，安排专人在早晚两个时段维持秩序，并向沿线群众公布举报电话。"
OTHER = "建议在县城中小学食堂推行明厨亮灶，定期公布食材来源与检测结果，让家长代表参与监督，保障学生用餐安全。"


async def test_at_review_the_likes_of_a_case_are_shown_most_alike_first_with_the_reply(town: "Town") -> None:
    first = await town.case("sign", text=ROAD, title="甲")
    second = await town.submit(text=LONGER, title="乙")
    third = await town.submit(text=OTHER, title="丙")
    found = (await town.get(town.committee, f"/proposals/{second.id}/similar")).json()["items"]
    assert [(item["id"], item["title"], item["category"]) for item in found] == [(first.id, "甲", "A")]
    assert found[0]["containment"] == 1.0
    assert 0.4 < found[0]["jaccard"] < 0.9
    assert found[0]["number"] == 1
    assert (await town.get(town.committee, f"/proposals/{third.id}/similar")).json()["items"] == []

    asked = {"text": LONGER + OTHER}
    found = (await town.post(town.committee, "/proposals/similar", asked)).json()["items"]
    assert [item["title"] for item in found[:1]] == ["甲"] or found[0]["containment"] == 1.0
    assert {item["title"] for item in found} == {"甲", "乙", "丙"}
    assert {item["containment"] for item in found} == {1.0}
    assert (await town.post(town.committee, "/proposals/similar", {"text": "修路"})).json()["items"] == []


async def test_only_those_who_review_or_handle_may_ask_and_no_text_is_told(town: "Town") -> None:
    case = await town.case("hand_over", text=ROAD)
    await town.submit(text=LONGER)
    path = f"/proposals/{case.id}/similar"
    for who, status in (
        (town.office, 200),
        (town.of("plan", "handler"), 200),
        (town.of("road", "handler"), 403),
        (town.member("zhang"), 403),
        (town.auditor, 403),
    ):
        answer = await town.get(who, path)
        assert answer.status_code == status, who
        assert "危桥" not in answer.text
    asked = await town.post(town.of("plan", "handler"), "/proposals/similar", {"text": ROAD})
    assert asked.status_code == 403
    unknown = await town.get(town.committee, "/proposals/00000000-0000-4000-8000-000000000000/similar")
    assert unknown.status_code == 404


async def test_a_revised_text_is_compared_and_an_erased_one_is_forgotten(town: "Town") -> None:
    case = await town.submit(text=OTHER, title="丁")
    await town.post(town.committee, f"/proposals/{case.id}/return", {"reason": "不清", "returned_on": "2005-01-22"})
    new = {"title": "戊", "text": ROAD, "revised_on": "2005-01-24"}
    await town.post(town.member("zhang"), f"/proposals/{case.id}/revise", new)

    async def found(text: str) -> list[str]:
        answer = await town.post(town.committee, "/proposals/similar", {"text": text})
        return [item["title"] for item in answer.json()["items"]]

    await town.get(town.committee, "/proposals")
    assert (await found(ROAD), await found(OTHER)) == (["戊"], [])
    order = {"reason": "依申请", "ordered_by": "县法院裁定", "erased_on": "2005-06-01"}
    assert (await town.post(town.committee, f"/proposals/{case.id}/erase", order)).status_code == 200
    await town.get(town.committee, "/proposals")
    assert await found(ROAD) == []
    db = await asyncpg.connect(town.stack.environment("proposals")["YISHI_DATABASE_URL"])
    try:
        kept = f"SELECT count(*) FROM {SERVICE.schema_name}.sketches WHERE county = $1"
        assert await db.fetchval(kept, town.county) == 0
    finally:
        await db.close()


async def test_no_county_finds_anothers_texts(town: "Town") -> None:
    await town.submit(text=ROAD)
    asked = {"text": ROAD}
    headers = town.headers(town.committee, county="999999")
    answer = await town.post(town.committee, "/proposals/similar", asked, headers=headers)
    assert answer.json()["items"] == []
