"""What a row of an import file says: the same in every file, and every wrong cell named with its reason."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pytest
import yaml

from services.proposals.importing import cells
from services.proposals.importing.columns import COLUMNS, column_of
from services.proposals.importing.directory import Directory, Names, Unknown
from services.proposals.importing.rows import external_case_id, parse, raw_key
from yishi.importing.files import read_rows

TODAY = date(2006, 1, 1)
GOOD: dict[str, Any] = {
    "件类": "提案",
    "机构": "县政协",
    "届": "9",
    "次": "3",
    "编号": "307",
    "案由": "关于公路的提案",
    "提案人": "张明、李华",
    "lead unit": "规划办",
    "交办日期": "2005-03-01",
    "signed_on": "2005-04-05",
    "reply_category": "A",
    "scheme": "bureau-abc",
    "rating_result": "",
}


def told(**changes: Any) -> dict[str, tuple[str, str]]:
    """Give what is wrong with a row, by column: reason and value."""
    _, problems = parse(2, GOOD | changes, TODAY)
    return {problem.column: (problem.reason, problem.value) for problem in problems}


def test_a_good_row_says_what_its_cells_say() -> None:
    row, problems = parse(2, GOOD, TODAY)
    assert problems == []
    assert dict(row.values) == {
        "kind": "cppcc_proposal",
        "body": "县政协",
        "term": 9,
        "session": 3,
        "number": 307,
        "title": "关于公路的提案",
        "submitters": ("张明", "李华"),
        "lead_unit": "规划办",
        "handed_over_on": date(2005, 3, 1),
        "signed_on": date(2005, 4, 5),
        "reply_category": "A",
        "scheme": "bureau-abc",
    }


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"交办日期": "2008年9月31日"}, "handed_over_on", "不存在的日期"),
        ({"交办日期": "三月一日"}, "handed_over_on", "应为日期，写作 YYYY-MM-DD"),
        ({"交办日期": "2006-01-02"}, "handed_over_on", "日期晚于今天"),
        ({"交办日期": ""}, "handed_over_on", "有主办单位而没有交办日期"),
        ({"lead unit": ""}, "lead_unit", "有交办日期而没有主办单位或分办单位"),
        ({"separate_units": "公路局、计划处"}, "separate_units", "主办单位与分办单位只能有其一"),
        ({"signed_on": "2005-02-28"}, "signed_on", "早于交办日期（2005-03-01）"),
        ({"scheme": ""}, "scheme", "有签发日期而没有此项"),
        ({"rated_on": "2005-05-01"}, "rating_result", "有测评日期而没有此项"),
        ({"届": "第x届"}, "term", "应为整数"),
        ({"编号": "0"}, "number", "数值超出允许的范围"),
        ({"编号": "", "外部编号": ""}, "number", "缺少编号、外部编号与提交日期，无从识别这一件"),
        ({"外部编号": "A-1"}, "system", "有外部编号而没有来源系统"),
        ({"案由": None}, "title", "缺少必填值"),
        ({"案由": "请拨打13800000000"}, "title", "明文字段不得含电话号码"),
        ({"案由": "公路\x00"}, "title", "文字不得含控制字符"),
        ({"件类": "来信"}, "kind", "件类应为提案或建议"),
        ({"批示": "同意"}, "批示", "未知的列"),
        ({"送达方式": "口头"}, "delivery", "送达方式应为纸质或电子"),
        ({"declined_on": "2005-02-01"}, "declined_on", "不予立案的件没有交办"),
        ({"第二轮签发日期": "2005-06-01"}, "reply_category_2", "有第二轮签发日期而没有此项"),
        ({"正文": True}, "text", "应为文字"),
        ({"正文": "公路\ud800"}, "text", "文字编码无效"),
        ({"批\ud800": "同意"}, "批?", "未知的列"),
        ({"交办日期": ["2005-03-01"]}, "handed_over_on", "应为文字"),
        ({"提案人": {"张明": ["李华"]}}, "submitters", "应为文字"),
    ],
)
def test_a_wrong_cell_is_named_with_its_column_and_reason(changes: dict[str, Any], column: str, reason: str) -> None:
    assert told(**changes)[column][0] == reason


@pytest.mark.parametrize(
    "written", ["2005-03-01", "2005/3/1", "2005.3.1", "2005年3月1日", "20050301", "2005-03-01 00:00:00"]
)
def test_a_date_is_read_as_people_write_it(written: str) -> None:
    assert cells.day(written) == date(2005, 3, 1)


@pytest.mark.parametrize("written", ["2005-02-29", "2005-13-01", "2005-03", "1-3-2005", "2005-03-01 09:30:00", "=A1"])
def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        cells.day(written)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("9", 9),
        ("第9届", 9),
        ("九", 9),
        ("第九届", 9),
        ("第十次", 10),
        ("第十二届", 12),
        ("二十", 20),
        ("第二十三次", 23),
        ("9.0", 9),
        ("307号", 307),
    ],
)
def test_terms_and_sessions_are_read_as_they_are_counted(written: str, number: int) -> None:
    assert cells.number(written) == number


def test_headings_are_known_in_both_languages_and_spellings() -> None:
    for written in ("lead unit", "lead_unit", "Lead-Unit", "主办单位", "主办单位（必填）", " 主办单位* "):
        assert column_of(written) == "lead_unit"
    for written in ("signed_on_2", "round2_signed_on", "第二轮签发日期", "signed on 2"):
        assert column_of(written) == "signed_on_2"
    assert (column_of("co-signers"), column_of("submitter"), column_of("心得")) == ("cosigners", "submitters", None)
    assert len({column.heading for column in COLUMNS}) == len({column.name for column in COLUMNS}) == len(COLUMNS)


def test_the_same_rows_are_read_from_every_kind_of_file(tmp_path: Path) -> None:
    rows = [GOOD, GOOD | {"编号": "0308", "案由": "=1+1", "signed_on": "2008年9月31日"}]
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for cells_ in (GOOD, *(row.values() for row in rows)):
        sheet.append(list(cells_))
    sheet["I2"].value = date(2005, 3, 1)
    sheet["D3"].value = 3
    book.save(tmp_path / "cases.xlsx")
    (tmp_path / "cases.yaml").write_text(yaml.safe_dump(rows, allow_unicode=True), "utf-8")
    lines = [",".join(GOOD), *(",".join(row.values()) for row in rows)]
    (tmp_path / "cases.csv").write_text("\n".join(lines) + "\n", "utf-8")
    read = {
        kind: [(raw.number, parse(2, raw.values or {}, TODAY)) for raw in read_rows(tmp_path / f"cases.{kind}").rows]
        for kind in ("xlsx", "csv", "yaml")
    }
    assert [number for number, _ in read["csv"]] == [2, 3]
    assert [number for number, _ in read["yaml"]] == [1, 2]
    parsed = {kind: [told for _, told in found] for kind, found in read.items()}
    assert parsed["xlsx"] == parsed["csv"] == parsed["yaml"]
    (first, none), (second, [bad]) = parsed["csv"]
    assert (first.get("handed_over_on"), none) == (date(2005, 3, 1), [])
    assert (second.get("title"), second.get("number")) == ("=1+1", 308)
    assert (bad.column, bad.value) == ("signed_on", "2008年9月31日")


def test_rows_are_told_apart_by_external_id_or_number() -> None:
    assert raw_key({"external_id": "A", "system": "s", "number": "1"}) == ("external", "s", "A")
    assert raw_key({"kind": "提案", "body": "县政协", "term": 9, "session": 3, "number": 1}) == (
        *("number", "提案", "县政协", "9", "3", "1"),
    )
    assert raw_key({"title": "x"}) is None


def test_a_name_stands_for_one_thing_on_its_day_and_a_near_one_is_suggested() -> None:
    old, new = UUID(int=1), UUID(int=2)
    units = Names("单位")
    units.add("规划办", old, date(2001, 1, 1), date(2004, 1, 1))
    units.add("规划办", new, date(2004, 1, 1))
    units.add("430001", new)
    assert units.find("规划办", date(2003, 5, 1)) == old
    assert units.find("规划办", date(2004, 5, 1)) == new
    assert units.find("430001") == units.find(str(new)) == new
    with pytest.raises(Unknown, match="有 2 个单位叫“规划办”"):
        units.find("规划办")
    with pytest.raises(Unknown) as unknown:
        units.find("规划科")
    assert unknown.value.suggestions == ("规划办",)
    assert Directory().members_of(old, 9).by_name == {}


def test_the_case_of_an_external_id_is_that_of_no_other_system_and_id() -> None:
    told = [("a", "b/c"), ("a/b", "c"), ("a%2Fb", "c"), ("a", "/b/c"), ("b", "c")]
    assert len({external_case_id("430000", *one) for one in told}) == len(told)
