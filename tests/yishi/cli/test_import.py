"""Importing a county's lists: every bad row is named with its reason, nothing is guessed, and twice is once."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from yishi.calls import Client
from yishi.importing.files import read_rows
from yishi.importing.rows import parse
from yishi.target import Target, open_log

if TYPE_CHECKING:
    from tests.yishi.cli.conftest import Yishi

BODIES = "- {name: 县政协, kind: cppcc, established_on: 1955-02-01}\n"
UNITS = """
- {name: 公路局, parent: 交通局, from_on: 2003-01-01, aliases: [县公路局, 路局], code: "0123"}
- {name: 交通局, from_on: 2003-01-01}
- {name: 规划办, parent: 交通厅, from_on: 2003-01-01}
- {name: 坏日期, from_on: 2008-09-31, colour: 红}
- {name: 公路局, parent: 交通局, from_on: 2003-01-01}
- {parent: 交通局}
- {name: 甲, parent: 乙, from_on: 2003-01-01}
- {name: 乙, parent: 甲, from_on: 2003-01-01}
- {name: 电话, from_on: 2003-01-01, aliases: [13800000000]}
"""
MEMBERS = "\r\n".join(
    (
        "name,body,term,sector,from_on",
        "张三,县政协,9,经济,2003-01-01",
        "李四,县政协,9,教育,2003-01-01",
        "王五,县正协,9,,2003-01-01",
        "",
    )
)
_CASE = "kind: cppcc_proposal, body: 县政协, term: 9, session: 3, text: 正文。"
CASES = f"""
- {{{_CASE}, number: 307, title: 修路, submitter: 张三, submitted_on: 2005-01-20}}
- {{{_CASE}, title: 修桥, submitter: 李四, cosigners: 张三, submitted_on: 2005-01-20}}
- {{{_CASE}, title: 修塔, submitter: 张二, submitted_on: 2005-01-20}}
- {{{_CASE}, title: 修堤, submitter: 张三, submitted_on: 2999-01-01}}
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "bodies.yaml").write_text(BODIES, "utf-8")
    (tmp_path / "units.yaml").write_text(UNITS, "utf-8")
    (tmp_path / "members.csv").write_bytes(MEMBERS.encode("gb18030"))
    (tmp_path / "cases.yaml").write_text(CASES, "utf-8")
    return tmp_path


async def _head(target: Target) -> int:
    async with open_log(target) as (log, _):
        return await log.last_sequence()


async def test_units_are_checked_first_and_imported_once(
    yishi: "Yishi", files: Path, county: str, target: Target
) -> None:
    arguments = ("import", "units", str(files / "units.yaml"), "--county", county, "--json")
    before = await _head(target)
    tried = await yishi(*arguments)
    assert await _head(target) == before, "A dry run sends nothing."
    assert (tried.code, tried.document["good"], tried.document["bad"]) == (1, 2, 7)
    assert [(p["place"], p["field"], p["reason"]) for p in tried.document["problems"]] == [
        ("第 3 项", "parent", "没有单位“交通厅”，是否为：交通局"),
        ("第 4 项", "from_on", "不存在的日期：2008-09-31"),
        ("第 4 项", "colour", "未知字段：红"),
        ("第 5 项", "", "与第 1 项重复"),
        ("第 6 项", "name", "缺少必填值"),
        ("第 6 项", "from_on", "缺少必填值"),
        ("第 7 项", "parent", "隶属关系成环：甲 → 乙 → 甲"),
        ("第 8 项", "parent", "隶属关系成环：乙 → 甲 → 乙"),
        ("第 9 项", "aliases", "明文字段不得含电话号码"),
    ]
    first = (await yishi(*arguments, "--apply")).document
    assert (first["new"], first["unchanged"], first["refused"]) == (2, 0, [])
    after = await _head(target)
    assert after == before + 4, "Two units and two aliases."
    second = (await yishi(*arguments, "--apply")).document
    assert (second["new"], second["unchanged"], second["refused"]) == (0, 2, [])
    assert await _head(target) == after
    async with Client(target, "members", "person:registrar", county, "registrar") as client:
        units = {unit["name"]: unit for unit in await client.all("/v1/units")}
    assert units["公路局"]["parent"] == units["交通局"]["id"]
    assert units["公路局"]["code"] == "0123"
    assert {alias["alias"] for alias in units["公路局"]["aliases"]} == {"县公路局", "路局"}


async def test_what_the_county_has_already_is_left_alone(
    yishi: "Yishi", tmp_path: Path, county: str, target: Target
) -> None:
    async with Client(target, "members", "person:registrar", county, "registrar") as client:
        await client.post("/v1/units", {"name": "交通局", "from_on": "2001-01-01"}, "by-hand")
    file = tmp_path / "units.yaml"
    file.write_text("- {name: 交通局, from_on: 2003-01-01}\n- {name: 公路局, parent: 交通局, from_on: 2003-01-01}\n")
    before = await _head(target)
    report = (await yishi("import", "units", str(file), "--county", county, "--json", "--apply")).document
    assert (report["existing"], report["new"], report["problems"]) == (["第 1 项"], 1, [])
    assert await _head(target) == before + 1


async def test_members_and_cases_are_imported_once_and_registered_under_their_numbers(
    yishi: "Yishi", files: Path, county: str, target: Target
) -> None:
    for_county = ("--county", county, "--apply", "--json")
    assert (await yishi("import", "bodies", str(files / "bodies.yaml"), *for_county)).code == 0
    members = (await yishi("import", "members", str(files / "members.csv"), *for_county)).document
    assert members["notice"] == "members.csv 不是 UTF-8 编码，已按 GB18030 读取，请核对文字。"
    assert members["new"] == 2
    assert members["problems"] == [
        {"place": "第 4 行", "field": "body", "reason": "没有机构“县正协”，是否为：县政协"}
    ]
    cases = await yishi("import", "cases", str(files / "cases.yaml"), *for_county)
    assert cases.code == 1
    assert (cases.document["new"], cases.document["bad"]) == (2, 2)
    unknown, ahead = cases.document["problems"]
    assert unknown["reason"].startswith("没有委员或代表“张二”，是否为：张三")
    assert (ahead["place"], ahead["column"], ahead["reason"]) == ("第 4 项", "submitted_on", "日期晚于今天")
    head = await _head(target)
    again = (await yishi("import", "cases", str(files / "cases.yaml"), *for_county)).document
    assert (again["new"], again["unchanged"]) == (0, 2)
    assert await _head(target) == head
    async with Client(target, "proposals", "person:auditor", county, "auditor") as client:
        board = {case["title"]: case for case in await client.all("/v1/proposals")}
    assert board["修路"]["number"] == 307
    assert board["修桥"]["stage"] == "submitted"
    shown = await yishi("stats", "--county", county, "--by", "kind", "--json")
    assert shown.document["total"]["cases"] == 2
    table = await yishi("stats", "--county", county, "--by", "kind")
    assert "提案" in table.out
    assert "计数单位：件" in table.out


async def test_an_imported_row_cannot_be_changed_by_importing_it_again(
    yishi: "Yishi", tmp_path: Path, county: str
) -> None:
    file = tmp_path / "units.yaml"
    arguments = ("import", "units", str(file), "--county", county, "--json", "--apply")
    file.write_text("- {name: 交通局, from_on: 2003-01-01}\n", "utf-8")
    assert (await yishi(*arguments)).code == 0
    file.write_text("- {name: 交通局, from_on: 2004-01-01}\n", "utf-8")
    changed = await yishi(*arguments)
    assert changed.code == 1
    assert "idempotency-key-reused" in changed.document["refused"][0]["reason"]


def test_an_item_that_is_no_row_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    file = tmp_path / "units.yaml"
    file.write_text(
        "- {name: 交通局, from_on: 2003-01-01}\n- 公路局\n- [规划办]\n-\n- {name: 教育局, code: ''}\n", "utf-8"
    )
    parsed = [parse("units", row) for row in read_rows(file).rows]
    assert [row is not None for row, _ in parsed] == [True, False, False, False, False]
    problems = [(problem.place, problem.field, problem.reason) for _, found in parsed for problem in found]
    assert problems == [
        *((f"第 {n} 项", "", "应为一组字段（字段: 值）") for n in (2, 3, 4)),
        ("第 5 项", "from_on", "缺少必填值"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_file_is_read_in_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "units.csv"
    file.write_bytes("name,from_on,code\n公路局,2003-01-01,0123\n\n规划办,2003-01-01,\n".encode(encoding))
    read = read_rows(file)
    assert [(row.place, row.values) for row in read.rows] == [
        ("第 2 行", {"name": "公路局", "from_on": "2003-01-01", "code": "0123"}),
        ("第 4 行", {"name": "规划办", "from_on": "2003-01-01"}),
    ]
    assert (read.notice is not None) == (encoding == "gb18030")
