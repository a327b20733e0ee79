"""Importing cases with their history by the command line: dry run first, twice is once, changes wait for a word."""

import asyncio
import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from yishi.calls import Client
from yishi.target import Target, open_log

if TYPE_CHECKING:
    from tests.yishi.cli.conftest import Yishi

LIFE = {
    "submitted_on": "2005-01-20",
    "handed_over_on": "2005-03-01",
    "met_before_on": "2005-03-08",
    "co_opinion_on": "2005-03-15",
    "signed_on": "2005-04-05",
    "reply_category": "B",
    "scheme": "bureau-abc",
    "delivered_on": "2005-04-08",
    "rating_result": "满意",
    "rated_on": "2005-04-20",
}
COLUMNS = (
    "kind",
    "body",
    "term",
    "session",
    "number",
    "title",
    "text",
    "submitters",
    "cosigners",
    "nature",
    "lead_unit",
    "co_units",
    *LIFE,
)


def row(number: int, **changes: str) -> dict[str, str]:
    """Give a row with a full history."""
    about = [
        "提案",
        "县政协",
        "9",
        "3",
        str(number),
        f"关于第{number}号公路的提案",
        "正文。",
        "张三",
        "李四",
        "思路类",
    ]
    return dict(zip(COLUMNS, [*about, "规划办", "公路局", *LIFE.values()], strict=True)) | changes


def write(file: Path, *rows: dict[str, str]) -> str:
    with file.open("w", encoding="utf-8-sig", newline="") as content:
        writer = csv.DictWriter(content, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return str(file)


@pytest.fixture
async def office(target: Target, county: str) -> None:
    """A county with a body, two members and two units; it has adopted no rules."""
    async with Client(target, "members", "person:registrar", county, "registrar") as client:
        body = (await client.post("/v1/bodies", {"name": "县政协", "kind": "cppcc"}, "body"))["id"]
        seat = {"body": body, "term": 9, "from_on": "2003-01-01"}
        await asyncio.gather(
            *(client.post("/v1/members", seat | {"name": name}, f"m-{n}") for n, name in enumerate(("张三", "李四"))),
            *(
                client.post("/v1/units", {"name": name, "from_on": "2003-01-01"}, f"u-{n}")
                for n, name in enumerate(("规划办", "公路局"))
            ),
        )


async def _head(target: Target) -> int:
    async with open_log(target) as (log, _):
        return await log.last_sequence()


async def _board(target: Target, county: str) -> dict[int, dict[str, Any]]:
    async with Client(target, "proposals", "person:auditor", county, "auditor") as client:
        return {case["number"]: case for case in await client.all("/v1/proposals")}


@pytest.mark.usefixtures("office")
async def test_a_file_is_checked_written_once_and_corrected_when_confirmed(
    yishi: "Yishi", tmp_path: Path, county: str, target: Target
) -> None:
    arguments = ("--county", county, "--json")
    file = write(tmp_path / "a.csv", row(1), row(2, signed_on="2008年9月31日"), row(3, lead_unit="规划科"), row(1))
    before = await _head(target)
    tried = await yishi("import", "cases", file, *arguments)
    assert (tried.code, await _head(target)) == (1, before), "A dry run writes nothing."
    assert [(p["place"], p["column"], p["reason"]) for p in tried.document["problems"]] == [
        ("第 3 行", "signed_on", "不存在的日期"),
        ("第 4 行", "lead_unit", "没有单位“规划科”，是否为：规划办"),
        ("第 5 行", "", "与第 2 行重复"),
    ]
    applied = await yishi("import", "cases", file, *arguments, "--apply")
    assert (applied.code, applied.document["new"], applied.document["events"]) == (1, 1, 12)
    assert list(await _board(target, county)) == [1]

    good = write(tmp_path / "b.csv", row(1), row(2))
    first = (await yishi("import", "cases", good, *arguments, "--apply")).document
    assert (first["new"], first["unchanged"]) == (1, 1)
    head = await _head(target)
    again = await yishi("import", "cases", good, *arguments, "--apply")
    assert (again.code, again.document["unchanged"], await _head(target)) == (0, 2, head)

    changed = write(tmp_path / "c.csv", row(1), row(2, rated_on="2005-04-21"))
    waits = await yishi("import", "cases", changed, *arguments, "--apply")
    assert (waits.code, await _head(target)) == (1, head)
    assert waits.document["changed"] == [{"row": 3, "columns": ["rated_on", "closed_on"], "place": "第 3 行"}]
    done = await yishi("import", "cases", changed, *arguments, "--apply", "--confirm-corrections")
    assert (done.code, done.document["corrected"], await _head(target)) == (0, 1, head + 1)
    assert (await _board(target, county))[2]["closed_on"] == "2005-04-21"

    shown = (await yishi("stats", "--county", county, "--json")).document
    assert (shown["total"]["cases"], shown["total"]["imported"]) == (2, 2)
    assert (await yishi("verify", "--json")).document["verified"] is True
    assert (await yishi("rebuild", "proposals", "--json")).document["identical"] is True


@pytest.mark.usefixtures("office")
async def test_workbook_and_yaml_say_the_same_as_csv(
    yishi: "Yishi", tmp_path: Path, county: str, target: Target
) -> None:
    arguments = ("--county", county, "--json", "--apply")
    await yishi("import", "cases", write(tmp_path / "a.csv", row(7), row(8)), *arguments)
    head = await _head(target)
    book = openpyxl.Workbook()
    for cells in (COLUMNS, row(7).values(), row(8).values()):
        book.worksheets[0].append(list(cells))
    book.save(tmp_path / "a.xlsx")
    (tmp_path / "a.yaml").write_text(json.dumps([row(7), row(8)], ensure_ascii=False), "utf-8")
    for name in ("a.xlsx", "a.yaml"):
        finished = await yishi("import", "cases", str(tmp_path / name), *arguments)
        assert (finished.code, finished.document["unchanged"], await _head(target)) == (0, 2, head)
    whole = json.dumps([row(number) for number in range(9, 150)], ensure_ascii=False)
    (tmp_path / "b.yaml").write_text(whole[:-9], "utf-8")
    broken = await yishi("import", "cases", str(tmp_path / "b.yaml"), *arguments)
    assert (broken.code, await _head(target)) == (1, head), "Nothing leaves before the file has been read to its end."


@pytest.mark.usefixtures("office")
async def test_the_template_has_the_countys_names_and_comes_back_empty(
    yishi: "Yishi", tmp_path: Path, county: str
) -> None:
    file = tmp_path / "template.xlsx"
    assert (await yishi("import", "template", str(file), "--county", county)).code == 0
    names = {cell.value for column in openpyxl.load_workbook(file)["名录"].columns for cell in column}
    assert names >= {"县政协", "规划办", "公路局"}
    tried = await yishi("import", "cases", str(file), "--county", county, "--json")
    assert (tried.code, tried.document["rows"]) == (0, 0)
    plain = tmp_path / "plain.xlsx"
    assert (await yishi("import", "template", str(plain))).code == 0
    assert openpyxl.load_workbook(plain)["件"]["C1"].value == "件类"


async def test_a_file_that_is_no_workbook_and_a_missing_county_are_told(yishi: "Yishi", tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK no workbook")
    told = await yishi("import", "cases", str(broken), "--county", "430000")
    assert told.code == 1
    assert "不是有效的 Excel 文件" in told.err
    assert "请用 --county 指明县级代码" in (await yishi("import", "cases", str(broken))).err
