"""Cells: how a date, a number, several names are written in an import file, and how a wrong one is told.

Every cell is text: what looks like a formula is that text and nothing else.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

_DATE = re.compile(
    r"(\d{4})\s*(?:-|/|\.|年)\s*(\d{1,2})\s*(?:-|/|\.|月)\s*(\d{1,2})\s*日?(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?"
)
_PLAIN_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NUMBER = re.compile(r"第?\s*(\d{1,9})(?:\.0+)?\s*[届次号]?")
_CHINESE = re.compile(r"第?([一二三四五六七八九十]{1,3})[届次]?")
_PARTS = re.compile(r"[;；、,，\n]+")
_DATES = re.compile(r"[;；、,，\n]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DIGITS = {digit: value for value, digit in enumerate("一二三四五六七八九", 1)}
FIRST, LAST = date(1949, 1, 1), date(2999, 12, 31)


def text(value: Any) -> str:
    """Give a cell's text.

    Raises: ValueError for what no cell holds, and for control characters.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("应为文字")
    told = str(value).strip()
    if _CONTROL.search(told):
        raise ValueError("文字不得含控制字符")
    if told != shown(told):
        raise ValueError("文字编码无效")
    return told


def shown(told: str) -> str:
    """Give a text as it can be shown and stored: what is no character is a question mark."""
    return told.encode(errors="replace").decode()


def day(told: str) -> date:
    """Read a date: 2005-03-01, 2005/3/1, 2005.3.1, 2005年3月1日 or 20050301.

    Raises: ValueError for a day that does not exist, and for what is no date.
    """
    match = _DATE.fullmatch(told) or _PLAIN_DATE.fullmatch(told)
    if match is None:
        raise ValueError("应为日期，写作 YYYY-MM-DD")
    try:
        found = date(*(int(part) for part in match.groups()))
    except ValueError as error:
        raise ValueError("不存在的日期") from error
    if not FIRST <= found <= LAST:
        raise ValueError("日期超出允许的范围")
    return found


def days(told: str) -> tuple[date, ...]:
    """Read several dates with semicolons between them."""
    return tuple(day(part.strip()) for part in _DATES.split(told) if part.strip())


def number(told: str) -> int:
    """Read a number: 9, 第9届, 第九届, 307号.

    Raises: ValueError.
    """
    if match := _NUMBER.fullmatch(told):
        return int(match[1])
    if match := _CHINESE.fullmatch(told):
        return _chinese(match[1])
    raise ValueError("应为整数")


def _chinese(told: str) -> int:
    """Read a numeral up to ninety-nine, as terms and sessions are counted."""
    tens, ten, ones = told.rpartition("十")
    if len(tens) > 1 or len(ones) > 1:
        raise ValueError("应为整数")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)


def names(value: Any) -> tuple[str, ...]:
    """Read several names: a list, or text with 、 or semicolons or commas between them.

    Raises: ValueError.
    """
    if isinstance(value, dict):
        return tuple(f"{text(name)}={text(what)}" for name, what in value.items())
    parts = value if isinstance(value, list | tuple) else _PARTS.split(text(value))
    return tuple(told for part in parts if (told := text(part)))


def pairs(told: tuple[str, ...]) -> Iterator[tuple[str | None, date]]:
    """Read what stands for co-opinions: 单位=日期, or a date alone.

    Raises: ValueError.
    """
    for part in told:
        name, _, when = part.replace("：", "=").replace("＝", "=").replace(":", "=").rpartition("=")
        yield (name.strip() or None), day(when.strip())
