"""Reading an import file row by row: the same rows whatever the format, and one sentence about what is no file."""

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from yishi.child import StackError
from yishi.importing.files import SURPLUS, open_source, read_rows
from yishi.importing.pieces import ROWS, pieces, survey
from yishi.importing.yaml_items import items

ROW = {"编号": "0307", "案由": "关于公路的提案", "正文": "第一行\n第二行，“引号”", "交办日期": "2005-03-01"}


def write(file: Path, rows: list[dict[str, str]], encoding: str = "utf-8") -> Path:
    if file.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for cells in (list(rows[0]), *(list(row.values()) for row in rows)):
            book.worksheets[0].append(cells)
        book.save(file)
    elif file.suffix == ".csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        file.write_bytes(text.getvalue().encode(encoding))
    else:
        file.write_bytes(yaml.safe_dump(rows, allow_unicode=True).encode(encoding))
    return file


def refused(file: Path) -> str:
    with pytest.raises(StackError) as error:
        read_rows(file)
    return str(error.value)


@pytest.mark.parametrize("ending", [".csv", ".yaml", ".xlsx"])
def test_rows_are_read_alike_and_as_often_as_asked(tmp_path: Path, ending: str) -> None:
    source = open_source(write(tmp_path / f"a{ending}", [ROW, ROW | {"编号": "308", "正文": ""}]))
    first, second = list(source.rows()), list(source.rows())
    assert first == second
    assert [raw.values for raw in first] == [ROW, {k: v for k, v in ROW.items() if k != "正文"} | {"编号": "308"}]
    assert [raw.number for raw in first] == ([1, 2] if ending == ".yaml" else [2, 3])
    assert source.notice is None


@pytest.mark.parametrize("ending", [".csv", ".yaml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_text_is_read_in_any_usual_encoding(tmp_path: Path, ending: str, encoding: str) -> None:
    read = read_rows(write(tmp_path / f"a{ending}", [ROW], encoding))
    assert [raw.values for raw in read.rows] == [ROW]
    assert (read.notice is not None) == (encoding == "gb18030")


@pytest.mark.parametrize("ending", [".csv", ".yaml"])
def test_what_is_no_text_far_into_the_file_is_told_before_anything_is_read(tmp_path: Path, ending: str) -> None:
    file = write(tmp_path / f"a{ending}", [ROW] * 2_000)
    file.write_bytes(file.read_bytes() + b"\xff\xff")
    with pytest.raises(StackError, match="既不是 UTF-8 编码，也不是 GB18030 编码"):
        open_source(file)


def test_a_file_that_ends_in_the_middle_is_no_file(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", [ROW, ROW])
    file.write_text(file.read_text("utf-8")[:-18], "utf-8")
    assert "不是有效的 CSV" in refused(file)
    file = tmp_path / "a.yaml"
    file.write_text('- {编号: "307"}\n- {编号: "308', "utf-8")
    assert "不是有效的 YAML" in refused(file)
    file = write(tmp_path / "a.xlsx", [ROW] * 500)
    file.write_bytes(file.read_bytes()[:4_000])
    assert "不是有效的 Excel 文件" in refused(file)
    (tmp_path / "empty.csv").write_bytes(b"")
    assert refused(tmp_path / "empty.csv").endswith("是空文件。")
    assert "无法读取" in refused(tmp_path / "none.csv")
    assert "应为 .xlsx、.csv、.yaml 或 .yml 文件" in refused(tmp_path / "a.txt")


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "- a\n- {b: 012, c: [yes, ~, 2005-03-01], d: {e: 1.0}}\n- -\n",
        "---\n- &x {a: '1'}\n- *x\n- {b: *x, <<: *x}\n- |\n  text\n...\n",
        '[{"a": null, "b": "汉字"}]',
        "# nothing but\n- a # one\n",
    ],
)
def test_items_of_a_list_are_those_that_the_library_gives(content: str) -> None:
    assert list(items(io.StringIO(content))) == yaml.load(content, yaml.BaseLoader)


@pytest.mark.parametrize("content", ["", "a: 1\n", "text\n", "# nothing\n"])
def test_yaml_that_is_no_list_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.yaml").write_text(content, "utf-8")
    assert refused(tmp_path / "a.yaml").endswith("应为列表，每项为一组字段。")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("- a\n---\n- b\n", "expected a single document"),
        ("- *x\n", "found undefined alias 'x'"),
        ("- &x [*x]\n", "found undefined alias 'x'"),
        ("- {[a]: 1}\n", "found unhashable key"),
        ("- a\nb: 1\n", "did not find expected '-' indicator"),
        ("- " + "[" * 5_000, "不是有效的 YAML"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_place(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "a.yaml").write_text(content, "utf-8")
    told = refused(tmp_path / "a.yaml")
    assert "不是有效的 YAML" in told
    assert reason in told


def test_a_header_twice_and_cells_beyond_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2,3\n", "utf-8")
    assert [raw.values for raw in read_rows(tmp_path / "a.csv").rows] == [{"a": "1", "b": "2", SURPLUS: "3"}]
    (tmp_path / "a.csv").write_text("a,a\n1,2\n", "utf-8")
    assert refused(tmp_path / "a.csv").endswith("的表头有重复的列名。")


def test_a_file_that_is_changed_while_it_is_read_is_refused(tmp_path: Path) -> None:
    source = open_source(write(tmp_path / "a.csv", [ROW, ROW]))
    assert len(list(source.rows())) == 2
    source.path.write_bytes(source.path.read_bytes() + b"309,x,y,z\n")
    with pytest.raises(StackError, match="在读取期间被改动"):
        list(source.rows())


@pytest.mark.parametrize("ending", [".csv", ".yaml", ".xlsx"])
def test_pieces_leave_out_what_is_bad_and_merged_cases_come_last(tmp_path: Path, ending: str) -> None:
    rows: list[dict[str, Any]] = [
        {"件类": "提案", "编号": str(number), "并入": "1" if number % 50 == 0 else ""} for number in range(1, 251)
    ]
    rows[9] = rows[4]
    source = open_source(write(tmp_path / f"a{ending}", rows))
    known = survey(source)
    first = 1 if ending == ".yaml" else 2
    place = "第 5 项" if ending == ".yaml" else "第 6 行"
    assert (known.rows, known.merged, known.bad) == (250, 5, {first + 9: f"与{place}重复"})
    sent = {merged: list(pieces(source, known, merged=merged)) for merged in (False, True)}
    assert [len(piece) for piece in sent[False]] == [ROWS, ROWS, 44]
    assert [[row["row"] - first + 1 for row in piece] for piece in sent[True]] == [[50, 100, 150, 200, 250]]
    assert {row["values"]["number"] for piece in sent[False] for row in piece} == {
        str(number) for number in range(1, 251) if number % 50 and number != 10
    }
