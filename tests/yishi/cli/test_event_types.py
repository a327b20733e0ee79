"""A type of event that does not exist is named as such, with those that look like it."""

from typing import TYPE_CHECKING

import pytest

from yishi.child import StackError
from yishi.events import check_type

if TYPE_CHECKING:
    from tests.yishi.cli.conftest import Yishi


@pytest.mark.parametrize("name", ["ReplySigned", "yishi.proposals.ReplySigned.v1"])
def test_a_type_that_exists_is_taken_by_its_short_and_its_whole_name(name: str) -> None:
    check_type(name)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("ReplySignd", "ReplySigned（签发）"),
        ("replysigned", "ReplySigned（签发）"),
        ("yishi.proposals.ReplySigned.v9", "ReplySigned（签发）"),
        ("立案", "ProposalRegistered（立案）"),
    ],
)
def test_a_type_that_does_not_exist_is_told_with_near_names(name: str, near: str) -> None:
    with pytest.raises(StackError) as told:
        check_type(name)
    assert str(told.value).startswith(f"没有 {name} 这一类事件。相近的有：")
    assert near in str(told.value)


async def test_the_command_refuses_instead_of_showing_an_empty_table(yishi: "Yishi") -> None:
    finished = await yishi("events", "--type", "Nonsense")
    assert (finished.code, finished.out) == (1, "")
    assert "没有 Nonsense 这一类事件" in finished.err
