"""Sheets hold what was put in, and nothing in them is a formula."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from runtime.sheets import safe, write

HEADINGS = ("案由", "件数", "比率", "日期", "逾期")
ROWS: list[list[Any]] = [
    ["关于修路的提案, “甲”\n第二行", 7, Decimal("85.10"), date(2005, 3, 1), True],
    ['=HYPERLINK("http://x","点")', -3, None, None, False],
    ["@SUM(A1)", 0, Decimal("0.00"), None, None],
]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "＝", "＠"])
def test_a_text_that_begins_like_a_formula_is_written_as_text(first: str) -> None:
    assert safe(f"{first}1+1") == f"'{first}1+1"
    assert safe(f"甲{first}1") == f"甲{first}1"


def test_what_no_sheet_can_hold_is_left_out_and_what_is_too_long_is_cut() -> None:
    assert safe("甲\x00乙\x1b丙") == "甲乙丙"
    assert safe("\x00=1") == "'=1"
    assert len(str(safe("字" * 40_000))) == 32_767
    assert (safe(-5), safe(True), safe(None)) == (-5, "是", None)


def test_an_xlsx_file_holds_texts_numbers_and_days_and_no_formula() -> None:
    sheet = load_workbook(io.BytesIO(write("xlsx", "办理总表", HEADINGS, ROWS))).active
    assert sheet is not None
    assert sheet.title == "办理总表"
    found: list[list[Any]] = [list(line) for line in sheet.iter_rows(values_only=True)]
    assert found[0] == list(HEADINGS)
    assert found[1][:3] == ["关于修路的提案, “甲”\n第二行", 7, 85.1]
    assert found[1][3].date() == date(2005, 3, 1)
    assert found[2] == ['\'=HYPERLINK("http://x","点")', -3, None, None, "否"]
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n", "d"}


def test_a_csv_file_says_its_encoding_and_reads_back() -> None:
    raw = write("csv", "办理总表", HEADINGS, ROWS)
    assert raw.startswith("案由".encode("utf-8-sig"))
    found = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert found == [
        list(HEADINGS),
        ["关于修路的提案, “甲”\n第二行", "7", "85.10", "2005-03-01", "是"],
        ['\'=HYPERLINK("http://x","点")', "-3", "", "", "否"],
        ["'@SUM(A1)", "0", "0.00", "", ""],
    ]
