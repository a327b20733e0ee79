"""Sheets 表格: rows as .xlsx or .csv files that office programs open without running anything in them.

A cell whose text begins like a formula (= + - @, tab, carriage return) is written with an apostrophe before it, as
OWASP advises, in both formats, so that it stays text when it is saved again in the other one. Control characters
that no sheet can hold are left out. Numbers and dates stay numbers and dates.
Source: OWASP, CSV Injection; RFC 4180; UTF-8 with a byte order mark, by which Excel knows the encoding.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from tempfile import SpooledTemporaryFile

from openpyxl import Workbook

Cell = str | int | Decimal | bool | date | None

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
MEDIA = {"xlsx": XLSX, "csv": CSV}
LONGEST = 32_767
"""Characters that a cell of .xlsx can hold."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_IN_MEMORY = 4 << 20


def safe(cell: Cell) -> Cell:
    """Give a cell as it may be written: a text that a program would take for a formula gets an apostrophe."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if not isinstance(cell, str):
        return cell
    text = _UNWRITABLE.sub("", cell)
    return (f"'{text}" if text.startswith(_FORMULA) else text)[:LONGEST]


def write(kind: str, title: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Give a file of one sheet in a format of `MEDIA`: the headings, then the rows."""
    lines = ([safe(cell) for cell in row] for row in (headings, *rows))
    return _xlsx(title, lines) if kind == "xlsx" else _csv(lines)


def _xlsx(title: str, lines: Iterable[Sequence[Cell]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for line in lines:
        sheet.append(list(line))
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        book.save(file)
        file.seek(0)
        return file.read()


def _csv(lines: Iterable[Sequence[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue().encode("utf-8-sig")
