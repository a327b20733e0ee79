"""A row of an import file: one case with its whole history; an empty cell did not happen.

What a row says is checked here as far as it can be without knowing the county: every wrong cell is a problem of its
own, with row, column and reason. No gate is passed: a history may lack what would be demanded of a case lived here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from pydantic import TypeAdapter, ValidationError

from contracts.envelope import AGGREGATE_NAMESPACE
from contracts.event import ClearText
from services.proposals.importing import cells
from services.proposals.importing.columns import BY_NAME, DELIVERIES, KINDS, REQUIRED, column_of, heading_of

_CLEAR: TypeAdapter[str] = TypeAdapter(ClearText)
_FREE_TEXT = 200_000
_LENGTHS = {"reply_category": 8, "scheme": 64, "rating_attitude": 16, "rating_result": 16}
_ABSENT = ("", "~", "null")
SURPLUS = "（多出的列）"


@dataclass(frozen=True)
class Problem:
    """What is wrong with one row, and what may have been meant."""

    row: int
    column: str
    reason: str
    value: str = ""
    suggestions: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """Give the problem for programs."""
        return {
            "row": self.row,
            "column": self.column,
            "heading": heading_of(self.column),
            "reason": self.reason,
            "value": self.value,
            "suggestions": list(self.suggestions),
        }


@dataclass(frozen=True)
class CaseRow:
    """A row whose cells are right; `values` holds text, number, date, dates or names by column, where any."""

    row: int
    values: Mapping[str, Any] = field(default_factory=dict)

    def get(self, column: str) -> Any:
        """Give what a column holds, None when it is empty."""
        return self.values.get(column)

    def day(self, column: str) -> date | None:
        """Give the date in a column."""
        found: date | None = self.values.get(column)
        return found

    def days(self, column: str) -> tuple[date, ...]:
        """Give the dates in a column."""
        return tuple(self.values.get(column, ()))

    def names(self, column: str) -> tuple[str, ...]:
        """Give the names in a column."""
        return tuple(self.values.get(column, ()))

    def canonical(self) -> dict[str, Any]:
        """Give the row's content in one form only, however its cells were written."""
        return {
            name: [str(part) for part in value] if isinstance(value, tuple) else str(value)
            for name, value in self.values.items()
        }


def case_id(county: str, row: CaseRow, body: UUID, submitter: UUID) -> UUID:
    """Give the id of the case that a row tells of: by its external id, else by kind, body, term, session, number.

    One that never had a number (不予立案, 撤回) is known by who submitted what and when.
    """
    series = f"{row.get('kind')}/{body}/{row.get('term')}/{row.get('session')}"
    if (external := row.get("external_id")) is not None:
        return external_case_id(county, row.get("system"), external)
    if (number := row.get("number")) is not None:
        key = f"number/{series}/{number}"
    else:
        key = f"submitted/{series}/{submitter}/{row.get('submitted_on')}/{row.get('title')}"
    return uuid5(AGGREGATE_NAMESPACE, f"{county}/import/{key}")


def external_case_id(county: str, system: str, external: str) -> UUID:
    """Give the id of the case that a system calls so; a stroke in the system's name is none between the two."""
    told = system.replace("%", "%25").replace("/", "%2F")
    return uuid5(AGGREGATE_NAMESPACE, f"{county}/import/external/{told}/{external}")


def raw_key(values: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Give what tells a row of a file from the others, None when it does not say; headings are columns already."""
    told = {name: str(values.get(name) or "").strip() for name in ("external_id", "system", "number")}
    if told["external_id"]:
        return ("external", told["system"], told["external_id"])
    if not told["number"]:
        return None
    return (
        "number",
        *(str(values.get(name) or "").strip() for name in ("kind", "body", "term", "session", "number")),
    )


def by_column(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the values of a row by column; what no column is named keeps the heading that it has."""
    return {column_of(heading) or cells.shown(heading): value for heading, value in values.items()}


def parse(row: int, told: Mapping[str, Any], today: date) -> tuple[CaseRow, list[Problem]]:
    """Read one row; every cell that is wrong is a problem of its own."""
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for column, cell in by_column(told).items():
        if cell is None or (isinstance(cell, str) and cell.strip() in _ABSENT):
            continue
        try:
            value = _read(column, cell)
        except ValueError as error:
            problems.append(Problem(row, column, _reason(error), _shown(cell)))
            continue
        if value not in ((), ""):
            values[column] = value
    found = CaseRow(row, values)
    wrong = {problem.column for problem in problems}
    problems += [problem for problem in _incomplete(found, today) if problem.column not in wrong]
    return found, problems


def _reason(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        return {"string_too_long": "文字过长", "string_too_short": "缺少必填值"}.get(
            error.errors()[0]["type"], error.errors()[0]["msg"].removeprefix("Value error, ")
        )
    return str(error)


def _shown(cell: Any) -> str:
    told = cells.shown(str(cell))
    return told if len(told) <= 40 else told[:40] + "…"


def _read(column: str, cell: Any) -> Any:
    """Read a cell of a column. *Raises* ValueError."""
    if column not in BY_NAME:
        raise ValueError("列数多于表头" if column == SURPLUS else "未知的列")
    match BY_NAME[column].kind:
        case "names":
            return tuple(_CLEAR.validate_python(part) for part in cells.names(cell))
        case "dates" if isinstance(cell, list):
            return tuple(cells.day(cells.text(part)) for part in cell)
        case "dates":
            return cells.days(cells.text(cell))
        case "date":
            return cells.day(cells.text(cell))
        case "number":
            return _within(column, cells.number(cells.text(cell)))
        case "text":
            told = cells.text(cell)
            if len(told) > _FREE_TEXT:
                raise ValueError("文字过长")
            return told
        case _:
            return _word(column, _CLEAR.validate_python(cells.text(cell)))


def _within(column: str, value: int) -> int:
    if not 1 <= value <= (9_999_999 if column == "number" else 999):
        raise ValueError("数值超出允许的范围")
    return value


def _word(column: str, told: str) -> str:
    name = column.removesuffix("_2")
    if len(told) > _LENGTHS.get(name, 300):
        raise ValueError("文字过长")
    if name == "kind":
        kind = KINDS.get(told, told)
        if not (kind.isascii() and kind.replace("_", "").isalpha() and kind.islower() and len(kind) <= 32):
            raise ValueError("件类应为提案或建议")
        return kind
    if name == "delivery":
        mode = DELIVERIES.get(told, told)
        if mode not in ("paper", "electronic"):
            raise ValueError("送达方式应为纸质或电子")
        return mode
    return told


_NEEDS = {
    "signed_on": ("reply_category", "scheme"),
    "rated_on": ("rating_result", "signed_on"),
    "rating_result": ("rated_on",),
    "rating_attitude": ("rating_result",),
    "reply_category": ("signed_on",),
    "delivered_on": ("signed_on",),
}
"""What a cell of a round cannot stand without, in the same round."""

_ORDER = ("submitted_on", "registered_on", "handed_over_on", "signed_on", "delivered_on", "rated_on")
_ORDER_2 = ("signed_on", "rehandled_on", "signed_on_2", "delivered_on_2", "rated_on_2", "closed_on")
_HANDLED = ("lead_unit", "co_units", "separate_units", "received_on", "signed_on", "extension_until", "signed_on_2")
_AHEAD = ("extension_until",)


def _incomplete(row: CaseRow, today: date) -> Iterator[Problem]:
    """Tell what a row lacks, or says of days that cannot be."""
    for column in REQUIRED:
        if row.get(column) is None:
            yield Problem(row.row, column, "缺少必填值")
    if row.get("external_id") is not None and row.get("system") is None:
        yield Problem(row.row, "system", "有外部编号而没有来源系统")
    known = any(row.get(column) is not None for column in ("external_id", "number", "submitted_on"))
    if not known:
        yield Problem(row.row, "number", "缺少编号、外部编号与提交日期，无从识别这一件")
    for suffix in ("", "_2"):
        for column, needed in _NEEDS.items():
            if row.get(column + suffix) is None:
                continue
            for other in needed:
                if row.get(other + suffix) is None:
                    yield Problem(row.row, other + suffix, f"有{heading_of(column + suffix)}而没有此项")
    if row.get("signed_on_2") is not None and row.get("signed_on") is None:
        yield Problem(row.row, "signed_on", "有第二轮签发而没有第一轮签发")
    yield from _handling(row)
    yield from _days(row, today)


def _handling(row: CaseRow) -> Iterator[Problem]:
    """Tell what is missing where units have handled the case."""
    units = row.get("lead_unit") is not None, bool(row.names("separate_units"))
    if row.day("handed_over_on") is None:
        if stated := next((column for column in _HANDLED if row.get(column) is not None), None):
            yield Problem(row.row, "handed_over_on", f"有{heading_of(stated)}而没有交办日期")
    elif not any(units):
        yield Problem(row.row, "lead_unit", "有交办日期而没有主办单位或分办单位")
    if all(units):
        yield Problem(row.row, "separate_units", "主办单位与分办单位只能有其一")
    if row.get("group") and row.names("cosigners"):
        yield Problem(row.row, "group", "集体提交的件不能另有联名人")
    if row.get("declined_on") and row.get("handed_over_on"):
        yield Problem(row.row, "declined_on", "不予立案的件没有交办")
    if row.get("declined_reason") and not row.get("declined_on"):
        yield Problem(row.row, "declined_on", "有不予立案理由而没有此项")


def _days(row: CaseRow, today: date) -> Iterator[Problem]:
    """Tell which days lie ahead, or before the act that they follow."""
    for column, value in row.values.items():
        last = max(value, default=None) if BY_NAME[column].kind == "dates" else value
        if isinstance(last, date) and last > today and column not in _AHEAD:
            yield Problem(row.row, column, "日期晚于今天", str(last))
    for chain in (_ORDER, _ORDER_2):
        before: tuple[str, date] | None = None
        for column in chain:
            on = row.day(column)
            if on is None:
                continue
            if before is not None and on < before[1]:
                yield Problem(row.row, column, f"早于{heading_of(before[0])}（{before[1]}）", str(on))
            before = (column, on)
