"""Reads an import file into rows of plain text: a YAML list of mappings, or CSV with a header line.

Every value stays the text that the file holds, so that a code keeps its zeros and a date that does not exist is
reported instead of ending the reading. An empty value is a missing value.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from yishi.child import StackError

_ABSENT = ("", "~", "null")
SURPLUS = "（多出的列）"


@dataclass(frozen=True)
class RawRow:
    """One row: where it stands in the file, as people count, and its values by field; none when it has no fields."""

    place: str
    values: dict[str, Any] | None


@dataclass(frozen=True)
class Rows:
    """What a file holds, and the encoding it was read in if that is not UTF-8."""

    rows: list[RawRow]
    notice: str | None = None


def read_rows(path: Path) -> Rows:
    """Read a file. *Raises* `StackError` in one sentence when it cannot be read as a list of rows."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StackError(f"无法读取 {path}：{error.strerror}。") from error
    text, notice = _decode(path, raw)
    if path.suffix.lower() == ".csv":
        return Rows(_from_csv(path, text), notice)
    if path.suffix.lower() in (".yaml", ".yml"):
        return Rows(_from_yaml(path, text), notice)
    raise StackError(f"{path} 应为 .yaml、.yml 或 .csv 文件。")


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
    if not lines:
        raise StackError(f"{path} 是空文件。")
    header = [name.strip() for name in lines[0]]
    if len(set(header)) != len(header):
        raise StackError(f"{path} 的表头有重复的列名。")
    found = []
    for number, line in enumerate(lines[1:], 2):
        if any(cell.strip() for cell in line):
            values: dict[str, Any] = dict(zip(header, line, strict=False))
            if any(cell.strip() for cell in line[len(header) :]):
                values[SURPLUS] = "、".join(line[len(header) :])
            found.append(RawRow(f"第 {number} 行", _present(values)))
    return found


def _from_yaml(path: Path, text: str) -> list[RawRow]:
    try:
        # The base loader leaves every scalar as it is written: no octal codes, no dates.
        document = yaml.load(text, yaml.BaseLoader)  # noqa: S506 -- it makes text, lists and mappings only.
    except yaml.YAMLError as error:
        raise StackError(f"{path} 不是有效的 YAML：{' '.join(str(error).split())}") from error
    if not isinstance(document, list):
        raise StackError(f"{path} 应为列表，每项为一组字段。")
    return [
        RawRow(f"第 {number} 项", _present(row) if isinstance(row, dict) else None)
        for number, row in enumerate(document, 1)
    ]


def _present(values: dict[str, Any]) -> dict[str, Any]:
    stripped = {str(name): value.strip() if isinstance(value, str) else value for name, value in values.items()}
    return {name: value for name, value in stripped.items() if not (isinstance(value, str) and value in _ABSENT)}
