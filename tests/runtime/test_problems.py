"""What is said of a body that breaks its command's shape: which field, a stable code, and why, in Chinese."""

import re
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from runtime.http import BusinessDate, Command
from runtime.problems import field_message

CHINESE = re.compile(r"[\u3400-\u9fff]")


class Asked(Command):
    """A body with fields of every kind that commands have."""

    on: BusinessDate
    name: Annotated[str, StringConstraints(min_length=1, max_length=3)]
    key: Annotated[str, StringConstraints(pattern="^[a-z]+$")]
    number: int = Field(ge=1, le=9)
    passed: bool
    id: UUID
    kind: Literal["a", "b"]
    ids: tuple[UUID, ...] = Field(min_length=1, max_length=2)


GOOD: dict[str, Any] = {
    "on": "2005-03-01",
    "name": "修路",
    "key": "a",
    "number": 1,
    "passed": True,
    "id": str(UUID(int=1)),
    "kind": "a",
    "ids": [str(UUID(int=1))],
}
WRONG = [
    ("on", "0001-01-01", "不得小于 1900-01-01"),
    ("on", "9999-12-31", "不得大于 2999-12-31"),
    ("on", "2005-02-30", "不是有效日期"),
    ("on", "1.3.2005", "日期应写作 YYYY-MM-DD"),
    ("name", "长长长长", "文字过长, 最多 3 字"),
    ("name", "", "文字不能为空"),
    ("name", 5, "应为文字"),
    ("key", "A", "写法不符合要求: ^[a-z]+$"),
    ("number", "x", "应为整数"),
    ("number", 1.5, "应为整数"),
    ("number", 0, "不得小于 1"),
    ("number", 10, "不得大于 9"),
    ("passed", "maybe", "应为 true 或 false"),
    ("passed", [], "应为 true 或 false"),
    ("id", "x", "应为 UUID"),
    ("id", 5, "应为 UUID"),
    ("kind", "c", "不在可选值之内"),
    ("ids", "x", "应为列表"),
    ("ids", [], "项数过少, 至少 1 项"),
    ("ids", [str(UUID(int=n)) for n in (1, 2, 3)], "项数过多, 最多 2 项"),
    ("more", 1, "未知字段"),
]


@pytest.mark.parametrize(("field", "value", "message"), WRONG)
def test_a_wrong_field_is_told_in_chinese(field: str, value: object, message: str) -> None:
    Asked.model_validate(GOOD)
    with pytest.raises(ValidationError) as wrong:
        Asked.model_validate(GOOD | {field: value})
    assert [field_message(error) for error in wrong.value.errors()] == [message]


@pytest.mark.parametrize("body", ["text", [], 5])
def test_a_body_that_is_no_object_is_told_in_chinese(body: object) -> None:
    with pytest.raises(ValidationError) as wrong:
        Asked.model_validate(body)
    assert all(CHINESE.search(field_message(error)) for error in wrong.value.errors())


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2999, 12, 31)])
def test_dates_of_business_leave_room_to_count_from_them(day: date) -> None:
    assert TypeAdapter(BusinessDate).validate_python(day.isoformat()) == day
