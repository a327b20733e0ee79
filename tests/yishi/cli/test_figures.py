"""What offices script with: the statistics as of a day and under a policy, and the likes of a text or a case."""

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from yishi.calls import Client
from yishi.target import Target

if TYPE_CHECKING:
    from tests.yishi.cli.conftest import Yishi

ROAD = "建议对县道沿线的老旧桥梁逐座排查，设置限载标志，并把危桥改造列入明年的交通建设计划，确保出行安全。"
LONGER = ROAD + "同时请公路部门在桥头增设照明，并向沿线群众公布举报电话。"


@pytest.fixture
async def cases(target: Target, county: str) -> list[str]:
    """Two cases of which one holds the other's text; the first is registered."""
    async with Client(target, "members", "person:registrar", county, "registrar") as members:
        body = await members.post("/v1/bodies", {"name": "县政协", "kind": "cppcc"}, str(uuid4()))
        seat = {"name": "张明", "body": body["id"], "term": 9, "from_on": "2003-01-01"}
        member = await members.post("/v1/members", seat, str(uuid4()))
    made = []
    async with Client(target, "proposals", f"member:{member['id']}", county, "member", "committee") as proposals:
        for title, text in (("修桥", ROAD), ("修桥与照明", LONGER)):
            case = {
                "kind": "cppcc_proposal",
                "body": body["id"],
                "term": 9,
                "session": 3,
                "title": title,
                "text": text,
                "submitter": member["id"],
                "submitted_on": "2005-01-20",
            }
            sent = await proposals.post("/v1/proposals", case, str(uuid4()), at_least=member["position"])
            made.append(str(sent["id"]))
        await proposals.post(f"/v1/proposals/{made[0]}/register", {"registered_on": "2005-02-01"}, str(uuid4()))
    return made


async def test_statistics_are_as_of_a_day_by_what_is_asked_and_state_their_denominator(
    yishi: "Yishi", county: str, cases: list[str]
) -> None:
    asked = ("stats", "--county", county, "--by", "stage", "--json")
    now = (await yishi(*asked)).document
    assert {group["key"]: group["cases"] for group in now["groups"]} == {"registered": 1, "submitted": 1}
    before = (await yishi(*asked, "--as-of", "2005-01-31")).document
    assert (before["as_of"], before["total"]["pending"], before["total"]["registered"]) == ("2005-01-31", 2, 0)
    told = (await yishi(*asked, "--rated-only", "--strict")).document
    assert told["policy"].items() >= {"denominator": "rated", "basic_counts": False}.items()

    table = await yishi("stats", "--county", county, "--by", "stage", "--rank-by", "replied")
    assert table.code == 0
    assert all(words in table.out for words in ("已立案", "已提交", "名次", "分母：", "满意："))
    wrong = await yishi("stats", "--county", county, "--by", "colour")
    assert wrong.code == 1
    assert "by 应为" in wrong.err


async def test_two_periods_are_compared_by_day_by_session_and_by_days_of_submission(
    yishi: "Yishi", county: str, cases: list[str]
) -> None:
    asked = ("stats", "--county", county, "--as-of", "2005-02-01", "--compare")
    told = (await yishi(*asked, "2005-01-31", "--by", "stage", "--json")).document
    assert (told["now"]["as_of"], told["then"]["as_of"]) == ("2005-02-01", "2005-01-31")
    assert (told["change"]["counts"]["registered"], told["change"]["counts"]["pending"]) == (1, -1)
    assert {group["key"]: group["counts"]["cases"] for group in told["groups"]} == {"registered": 1, "submitted": -1}

    last_year = (await yishi(*asked, "last-year", "--json")).document
    assert (last_year["then"]["as_of"], last_year["change"]["counts"]["cases"]) == ("2004-02-01", 2)
    for now, then in (("9-3", "9-2"), ("2005-01-01..2005-01-31", "2004-01-01..2004-01-31")):
        told = (await yishi(*asked, then, "--period", now, "--json")).document
        assert (told["now"]["total"]["cases"], told["then"]["total"]["cases"]) == (2, 0), now
    alone = (await yishi("stats", "--county", county, "--period", "9-2", "--json")).document
    assert alone["total"]["cases"] == 0

    shown = await yishi(*asked, "9-2", "--period", "9-3", "--by", "stage")
    assert shown.code == 0
    assert all(
        words in shown.out for words in ("9届3次（截至 2005-02-01）", "9届2次", "已立案", "+1", "合计", "分母：")
    )
    day = await yishi(*asked, "2005-01-31")
    assert "截至 2005-01-31" in day.out
    row = next(line for line in day.out.splitlines() if "件数" in line and "│" in line)
    assert [cell.strip() for cell in row.split("│")[2:6]] == ["件数", "2", "2", "0"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--compare", "9-2"), "两个时期应以同样方式指明"),
        (("--compare", "9-2", "--period", "2005-01-01..2005-02-01"), "两个时期应以同样方式指明"),
        (("--compare", "last-year", "--rank-by", "met", "--by", "unit"), "不与 --compare 同用"),
        (("--period", "去年"), "时期应为届-次"),
        (("--compare", "2005-02-30"), "没有 2005-02-30 这一天"),
    ],
)
async def test_periods_that_do_not_compare_are_refused(yishi: "Yishi", options: tuple[str, ...], reason: str) -> None:
    refused = await yishi("stats", "--county", "430000", *options)
    assert (refused.code, reason in refused.err) == (2, True), refused.err


async def test_the_likes_of_a_file_or_a_case_are_told_with_both_measures(
    yishi: "Yishi", county: str, cases: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "text.txt"
    file.write_text(ROAD, "utf-8")
    first, second = cases
    for what, ids in ((str(file), set(cases)), (first, {second}), ("第1号", {second}), ("1", {second})):
        found = (await yishi("similar", what, "--county", county, "--json")).document["items"]
        assert {item["id"] for item in found} == ids, what
        assert {item["containment"] for item in found} == {1.0}
        assert all(0.5 < item["jaccard"] <= 1 for item in found)
    shown = await yishi("similar", second, "--county", county)
    assert "修桥" in shown.out
    assert "100.00 %" in shown.out

    file.write_text("与此无关的一段文字，谈的是食堂与早餐。", "utf-8")
    assert "没有相似的件" in (await yishi("similar", str(file), "--county", county)).out
    for what, reason in (("第99号", "没有第99号件"), ("没有这个文件", "既不是文件"), (str(tmp_path), "既不是文件")):
        refused = await yishi("similar", what, "--county", county)
        assert refused.code == 1
        assert reason in refused.err
