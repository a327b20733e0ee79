"""What a row of each kind must hold, and how a wrong value is reported.

Names stand for bodies, units and members; they are looked up in the directory, which see.
"""

from typing import Annotated, Any, Literal
from uuid import UUID, uuid5

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from contracts.envelope import COMMAND_NAMESPACE
from contracts.event import ClearText
from runtime.http import BusinessDate
from runtime.problems import field_message
from yishi.importing.files import SURPLUS, RawRow

BodyKind = Literal["cppcc", "npc", "township_npc", "union", "village_council"]
Form = Literal["single", "joint", "group"]


def _parts(value: object) -> object:
    """Read several names: a YAML list, or text with semicolons between them."""
    if isinstance(value, str):
        return [part.strip() for part in value.replace("；", ";").split(";") if part.strip()]
    return value


Names = Annotated[tuple[ClearText, ...], BeforeValidator(_parts)]


class Row(BaseModel):
    """A row whose fields are known; what else it holds is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def natural_key(self) -> tuple[str, ...]:
        """Give what tells the row from all others of its kind in the county."""
        raise NotImplementedError

    def key(self, *more: str) -> str:
        """Give the Idempotency-Key of the row's command, or of a further one: the same row always the same key."""
        parts = "\x1f".join((type(self).__name__, *self.natural_key(), *more))
        return str(uuid5(COMMAND_NAMESPACE, f"import/{parts}"))


class BodyRow(Row):
    """A deliberative body 机构."""

    name: ClearText
    kind: BodyKind
    established_on: BusinessDate | None = None

    def natural_key(self) -> tuple[str, ...]:
        """Give the name."""
        return (self.name,)


class UnitRow(Row):
    """A unit 单位 of the county's tree."""

    name: ClearText
    parent: ClearText | None = None
    from_on: BusinessDate
    code: str | None = Field(default=None, min_length=1, max_length=64)
    aliases: Names = ()

    def natural_key(self) -> tuple[str, ...]:
        """Give the name and that of the unit above."""
        return (self.name, self.parent or "")


class MemberRow(Row):
    """A member 委员/代表 of a body for a term."""

    name: ClearText
    body: ClearText
    term: int = Field(ge=1, le=99)
    sector: ClearText | None = None
    from_on: BusinessDate

    def natural_key(self) -> tuple[str, ...]:
        """Give body, term, name and sector: two members of one name are told apart by sector."""
        return (self.body, str(self.term), self.name, self.sector or "")


KINDS: dict[str, type[Row]] = {"bodies": BodyRow, "units": UnitRow, "members": MemberRow}


class Problem(BaseModel):
    """What is wrong with one row."""

    place: str
    field: str
    reason: str


_REASONS = {
    "missing": "缺少必填值",
    "extra_forbidden": "未知字段",
    "date_from_datetime_parsing": "不存在的日期",
    "date_parsing": "不存在的日期",
    "int_parsing": "应为整数",
    "literal_error": "不在可选值之内",
    "string_pattern_mismatch": "写法不对",
    "string_too_long": "文字过长",
    "string_type": "应为文字",
    "greater_than_equal": "数值过小",
    "less_than_equal": "数值过大",
}


def parse(kind: str, raw: RawRow) -> tuple[Row | None, list[Problem]]:
    """Read one row of a kind; every field that is wrong is a problem of its own."""
    if raw.values is None:
        return None, [Problem(place=raw.place, field="", reason="应为一组字段（字段: 值）")]
    try:
        return KINDS[kind].model_validate(raw.values), []
    except ValidationError as invalid:
        return None, [_problem(raw.place, raw.values, error) for error in invalid.errors()]


def _problem(place: str, values: dict[str, Any], error: Any) -> Problem:
    field = str(error["loc"][0]) if error["loc"] else ""
    reason = _REASONS.get(error["type"]) or field_message(error)
    if field == SURPLUS:
        reason = "列数多于表头"
    value = values.get(field)
    shown = f"：{value}" if isinstance(value, str) and len(value) <= 40 else ""
    return Problem(place=place, field=field, reason=f"{reason}{shown}")


def as_uuid(text: str) -> UUID | None:
    """Read an id that stands where a name is expected, None when it is a name."""
    try:
        return UUID(text)
    except ValueError:
        return None
