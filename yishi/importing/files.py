"""Reads an import file into rows of plain text: a YAML list of mappings, or CSV or a workbook with a header line.

A workbook's first sheet is read like CSV. Every value stays the text that the file holds, so that a code keeps its
zeros and a date that does not exist is reported instead of ending the reading. An empty value is a missing value.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import openpyxl
import yaml
from openpyxl.utils.exceptions import InvalidFileException

from yishi.child import StackError

_ABSENT = ("", "~", "null")
SURPLUS = "（多出的列）"
LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Of the library in C where there is one: a large file is read many times as fast."""


@dataclass(frozen=True)
class RawRow:
    """One row: where it stands in the file, as people count, and its values by field; none when it has no fields."""

    place: str
    values: dict[str, Any] | None
    number: int = 0
    """The place as a number: the line or row of the file, or the item of the list."""


@dataclass(frozen=True)
class Rows:
    """What a file holds, and the encoding it was read in if that is not UTF-8."""

    rows: list[RawRow]
    notice: str | None = None


def read_rows(path: Path) -> Rows:
    """Read a file. *Raises* `StackError` in one sentence when it cannot be read as a list of rows."""
    if path.suffix.lower() == ".xlsx":
        return Rows(list(sheet_rows(path)))
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StackError(f"无法读取 {path}：{error.strerror}。") from error
    text, notice = _decode(path, raw)
    if path.suffix.lower() == ".csv":
        return Rows(_from_csv(path, text), notice)
    if path.suffix.lower() in (".yaml", ".yml"):
        return Rows(_from_yaml(path, text), notice)
    raise StackError(f"{path} 应为 .xlsx、.csv、.yaml 或 .yml 文件。")


def _decode(path: Path, raw: bytes) -> tuple[str, str | None]:
    try:
        return raw.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("gb18030"), f"{path.name} 不是 UTF-8 编码，已按 GB18030 读取，请核对文字。"
    except UnicodeDecodeError as error:
        raise StackError(f"{path} 既不是 UTF-8 编码，也不是 GB18030 编码。") from error


def _from_csv(path: Path, text: str) -> list[RawRow]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = list(reader)
    except csv.Error as error:
        raise StackError(f"{path} 第 {reader.line_num} 行附近不是有效的 CSV：{error}。") from error
    return list(_under_header(path, lines))


def _under_header(path: Path, lines: Iterable[Sequence[str]]) -> Iterator[RawRow]:
    """Give the lines under the first one by the names in it; lines without any text are left out."""
    header: list[str] | None = None
    for number, line in enumerate(lines, 1):
        if header is None:
            header = [name.strip() for name in line]
            while header and not header[-1]:
                header.pop()
            if len(set(header)) != len(header):
                raise StackError(f"{path} 的表头有重复的列名。")
        elif any(cell.strip() for cell in line):
            values: dict[str, Any] = dict(zip(header, line, strict=False))
            if any(cell.strip() for cell in line[len(header) :]):
                values[SURPLUS] = "、".join(line[len(header) :])
            yield RawRow(f"第 {number} 行", _present(values), number)
    if header is None:
        raise StackError(f"{path} 是空文件。")


def sheet_rows(path: Path) -> Iterator[RawRow]:
    """Read the first sheet of a workbook row by row; what looks like a formula is text.

    *Raises* `StackError` in one sentence when it is no workbook.
    """
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False)
    except (OSError, ValueError, KeyError, BadZipFile, InvalidFileException) as error:
        raise StackError(f"{path} 不是有效的 Excel 文件（.xlsx）：{error}") from error
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        yield from _under_header(path, ([_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)))
    finally:
        book.close()


def _cell(value: Any) -> str:
    """Give a cell as people see it: a date without a time as YYYY-MM-DD, a whole number without a point."""
    match value:
        case None:
            return ""
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(getattr(value, "text", value))


def _from_yaml(path: Path, text: str) -> list[RawRow]:
    try:
        # The base loader leaves every scalar as it is written: no octal codes, no dates.
        document = yaml.load(text, LOADER)  # noqa: S506 -- it makes text, lists and mappings only.
    except yaml.YAMLError as error:
        raise StackError(f"{path} 不是有效的 YAML：{' '.join(str(error).split())}") from error
    if not isinstance(document, list):
        raise StackError(f"{path} 应为列表，每项为一组字段。")
    return [
        RawRow(f"第 {number} 项", _present(row) if isinstance(row, dict) else None, number)
        for number, row in enumerate(document, 1)
    ]


def _present(values: dict[str, Any]) -> dict[str, Any]:
    stripped = {str(name): value.strip() if isinstance(value, str) else value for name, value in values.items()}
    return {name: value for name, value in stripped.items() if not (isinstance(value, str) and value in _ABSENT)}
