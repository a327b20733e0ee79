"""Reads an import file into rows of plain text: a YAML list of mappings, or CSV or a workbook with a header line.

A workbook's first sheet is read like CSV. Every value stays the text that the file holds, so that a code keeps its
zeros and a date that does not exist is reported instead of ending the reading. An empty value is a missing value.
A file is read row by row and as often as it is asked for; none of it is kept.
"""

import codecs
import csv
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

import openpyxl
import yaml
from openpyxl.utils.exceptions import InvalidFileException

from yishi.child import StackError
from yishi.importing.yaml_items import NoList, items

_ABSENT = ("", "~", "null")
SURPLUS = "（多出的列）"
_CHUNK = 1 << 16
"""Bytes."""
_ENCODINGS = ("utf-8-sig", "gb18030")


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


@dataclass(frozen=True)
class Source:
    """A file of rows as it was when it was opened."""

    path: Path
    digest: str
    """sha256:… of its bytes."""
    encoding: str

    @property
    def notice(self) -> str | None:
        """Tell the encoding, if that is not UTF-8."""
        if self.encoding in ("", _ENCODINGS[0]):
            return None
        return f"{self.path.name} 不是 UTF-8 编码，已按 GB18030 读取，请核对文字。"

    def rows(self) -> Iterator[RawRow]:
        """Read the rows, one at a time, from the first on.

        *Raises* `StackError` in one sentence when it comes to what is no row, or the file was changed meanwhile.
        """
        yield from _READERS[self.path.suffix.lower()](self)
        if digest_of(self.path) != self.digest:
            raise StackError(f"{self.path} 在读取期间被改动，请重新导入。")


def open_source(path: Path) -> Source:
    """Look at a file. *Raises* `StackError` in one sentence when it is none of those that can be read."""
    ending = path.suffix.lower()
    if ending not in _READERS:
        raise StackError(f"{path} 应为 .xlsx、.csv、.yaml 或 .yml 文件。")
    return Source(path, digest_of(path), "" if ending == ".xlsx" else _encoding(path))


def read_rows(path: Path) -> Rows:
    """Read a file as a whole. *Raises* `StackError` in one sentence when it cannot be read as a list of rows."""
    source = open_source(path)
    return Rows(list(source.rows()), source.notice)


def digest_of(path: Path) -> str:
    """Give the digest of a file's bytes. *Raises* `StackError` when it cannot be read."""
    try:
        with path.open("rb") as content:
            return "sha256:" + hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise StackError(f"无法读取 {path}：{error.strerror}。") from error


def _encoding(path: Path) -> str:
    """Give the encoding in which all of a file is text."""
    for encoding in _ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        with suppress(UnicodeDecodeError), path.open("rb") as content:
            while chunk := content.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
            return encoding
    raise StackError(f"{path} 既不是 UTF-8 编码，也不是 GB18030 编码。")


def _csv_rows(source: Source) -> Iterator[RawRow]:
    with source.path.open(encoding=source.encoding, newline="") as text:
        reader = csv.reader(text, strict=True)
        try:
            yield from _under_header(source.path, reader)
        except csv.Error as error:
            raise StackError(f"{source.path} 第 {reader.line_num} 行附近不是有效的 CSV：{error}。") from error


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


def _sheet_rows(source: Source) -> Iterator[RawRow]:
    """Read the first sheet of a workbook; what looks like a formula is text."""
    path = source.path
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            lines = ([_cell(value) for value in row] for row in sheet.iter_rows(values_only=True))
            yield from _under_header(path, lines)
        finally:
            book.close()
    except (OSError, ValueError, KeyError, BadZipFile, InvalidFileException, ParseError, zlib.error) as error:
        raise StackError(f"{path} 不是有效的 Excel 文件（.xlsx）：{error}") from error


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


def _yaml_rows(source: Source) -> Iterator[RawRow]:
    with source.path.open(encoding=source.encoding, newline="") as text:
        try:
            for number, row in enumerate(items(text), 1):
                yield RawRow(f"第 {number} 项", _present(row) if isinstance(row, dict) else None, number)
        except NoList as error:
            raise StackError(f"{source.path} 应为列表，每项为一组字段。") from error
        except (yaml.YAMLError, RecursionError) as error:
            raise StackError(f"{source.path} 不是有效的 YAML：{' '.join(str(error).split())}") from error


def _present(values: dict[str, Any]) -> dict[str, Any]:
    stripped = {str(name): value.strip() if isinstance(value, str) else value for name, value in values.items()}
    return {name: value for name, value in stripped.items() if not (isinstance(value, str) and value in _ABSENT)}


_READERS: Mapping[str, Callable[[Source], Iterator[RawRow]]] = {
    ".xlsx": _sheet_rows,
    ".csv": _csv_rows,
    ".yaml": _yaml_rows,
    ".yml": _yaml_rows,
}
