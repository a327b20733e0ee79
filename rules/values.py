"""Values of a rule: a number, a fixed day (4月30日以前), or the blank left where a value should stand.

A placeholder ("x", "x个工作日", "x月xx日") is kept word for word as undefined and never becomes a number; a
day that no calendar has (9月31日) is refused. Whatever is neither is refused too, with its path and its
value.
"""

import re
from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

LONGEST: Final = 1000
"""The longest period that a rule may state, in its own unit; beyond it a slip is likelier than a rule."""

_PLACEHOLDER = re.compile(r"(?=.*[xXｘＸ×＿_□])[0-9xXｘＸ×＿_□年月日号个工作天周前以之内底%\-\s]+")
_DAY = re.compile(r"(?:(?P<year>[0-9]{4})[-年])?(?P<month>[0-9]{1,2})[-月](?P<day>[0-9]{1,2})(?P<end>日?)")
_LEAP_YEAR: Final = 2024


class Undefined(BaseModel):
    """A blank in the source: its text, word for word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str


class FixedDay(BaseModel):
    """A fixed last day (固定日期): inclusive, never moved; of every year, or of one when `year` is given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    month: int
    day: int
    year: int | None = Field(default=None, description="Absent: every year")

    def on_or_in(self, year: int) -> date:
        """Give the day itself, or the day in `year` when the rule names none."""
        return date(self.year or year, self.month, self.day)


def read_amount(value: object) -> int | Undefined | None:
    """Read the length of a period; a placeholder stays text.

    Raises: `not_a_value` for anything but a whole number from 1 to 1000 or a placeholder.
    """
    return _read_number(value, 1, LONGEST)


def read_percent(value: object) -> int | Undefined | None:
    """Read a target in percent (0 to 100); a placeholder stays text. Raises: `not_a_value`."""
    return _read_number(value, 0, 100)


def read_fixed_day(value: object) -> FixedDay | Undefined | None:
    """Read "4-30", "4月30日", "2005-04-30" or a placeholder.

    Raises: `impossible_date` for 9-31, and for 2-29 without a year, which three years out of four do not
    have; `not_a_value` for what is no day at all.
    """
    if value is None or isinstance(value, FixedDay | Undefined):
        return value
    text = str(value)
    if _PLACEHOLDER.fullmatch(text):
        return Undefined(text=text)
    found = _DAY.fullmatch(text)
    if found is None or bool(found["end"]) != ("月" in text):
        raise PydanticCustomError("rule.not_a_value", "“{value}”不是日期，也不是留空", {"value": text})
    month, day = int(found["month"]), int(found["day"])
    year = int(found["year"]) if found["year"] else None
    if year is None and (month, day) == (2, 29):
        raise PydanticCustomError("rule.impossible_date", "2月29日不是每年都有，须写明年份", {"value": text})
    _refuse_impossible(text, year if year is not None else _LEAP_YEAR, month, day)
    return FixedDay(month=month, day=day, year=year)


def read_date(value: object) -> date | None:
    """Read an ISO date. Raises: `impossible_date` (2005-09-31), `not_a_value`."""
    if value is None or type(value) is date:
        return value
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", str(value))
    if found is None:
        raise PydanticCustomError("rule.not_a_value", "“{value}”不是 YYYY-MM-DD 日期", {"value": str(value)})
    return _refuse_impossible(str(value), int(found[1]), int(found[2]), int(found[3]))


def _read_number(value: object, least: int, most: int) -> int | Undefined | None:
    if value is None or isinstance(value, Undefined):
        return value
    if isinstance(value, str) and _PLACEHOLDER.fullmatch(value):
        return Undefined(text=value)
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise PydanticCustomError(
        "rule.not_a_value",
        "“{value}”不是 {least} 至 {most} 的整数，也不是留空",
        {"value": str(value), "least": least, "most": most},
    )


def _refuse_impossible(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise PydanticCustomError("rule.impossible_date", "“{value}”：没有这一天", {"value": text}) from None


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


MaybeAmount = Annotated[int | Undefined | None, BeforeValidator(read_amount)]
Percent = Annotated[int | Undefined | None, BeforeValidator(read_percent)]
MaybeFixedDay = Annotated[FixedDay | Undefined | None, BeforeValidator(read_fixed_day)]
IsoDate = Annotated[date, BeforeValidator(read_date)]
MaybeIsoDate = Annotated[date | None, BeforeValidator(read_date)]
ArticleNumber = Annotated[str | None, BeforeValidator(_as_text)]
