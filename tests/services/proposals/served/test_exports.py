"""The board and the statistics as files: the cases that are shown, Chinese headings, and no formula."""

import csv
import io
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from openpyxl import load_workbook

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Town


def lines(answer: httpx2.Response) -> list[list[Any]]:
    """Read a file back, whichever format it has."""
    assert answer.status_code == 200, answer.text
    if "csv" in answer.headers["content-type"]:
        return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    return [list(line) for line in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
async def test_the_board_is_exported_with_its_filters_and_no_title_becomes_a_formula(town: "Town", kind: str) -> None:
    await town.case("hand_over", title="=cmd|' /C calc'!A0", co=("road",))
    await town.submit(title="另一件", kind="npc_suggestion", body=town.bodies["npc"])
    answer = await town.get(town.committee, f"/proposals/export.{kind}")
    assert "attachment" in answer.headers["content-disposition"]
    heading, *rows = lines(answer)
    assert heading[:6] == ["类别", "机构", "届", "次", "编号", "案由"]
    cases = [dict(zip(heading, row, strict=True)) for row in rows]
    assert {case["案由"] for case in cases} == {"'=cmd|' /C calc'!A0", "另一件"}
    first = next(case for case in cases if case["案由"] != "另一件")
    assert (first["类别"], first["阶段"], first["主办单位"], first["会办单位"], first["提出人"]) == (
        "提案",
        "已交办",
        "规划办",
        "公路局",
        "张明",
    )
    assert str(first["编号"]) == "1"
    only = lines(await town.get(town.committee, f"/proposals/export.{kind}", kind="npc_suggestion"))
    assert [row[5] for row in only[1:]] == ["另一件"]
    words = lines(await town.get(town.committee, f"/proposals/export.{kind}", q="另一件"))
    assert len(words) == 2


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
async def test_the_statistics_are_exported_with_their_definitions(town: "Town", kind: str) -> None:
    await town.case("hand_over")
    await town.submit()
    query = {"by": "unit", "as_of": "2005-06-30"}
    heading, *rows = lines(await town.get(town.auditor, f"/statistics/export.{kind}", **query))
    assert heading[:3] == ["承办单位", "占比 %", "件数"]
    assert heading[-1] == "满意率 %"
    by_name = {row[0]: row for row in rows if row}
    assert [str(by_name[name][2]) for name in ("规划办", "未定", "合计")] == ["1", "1", "2"]
    assert by_name["截至"][1] == "2005-06-30"
    assert "已交办" in by_name["分母"][1]


async def test_many_pages_are_one_file_and_another_format_is_refused(town: "Town") -> None:
    for n in range(3):
        await town.submit(title=f"第{n}件")
    assert len(lines(await town.get(town.committee, "/proposals/export.csv"))) == 4
    assert (await town.get(town.committee, "/proposals/export.pdf")).status_code == 422
    assert (await town.get(town.member("zhang"), "/statistics/export.csv", by="colour")).status_code == 400
