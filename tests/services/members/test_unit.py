"""Decisions on units, one rule each."""

from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest

from contracts.event import Event
from contracts.members import UnitAliasAdded, UnitClosed, UnitEstablished, UnitMoved, UnitRenamed
from runtime.refusals import Refusal
from services.members import unit
from services.members.commands import AddUnitAlias, CloseUnit, EstablishUnit, MoveUnit, RenameUnit
from services.members.unit import Unit
from services.members.unit_http import UNIT

ROOT, ITSELF, CHILD = uuid4(), uuid4(), uuid4()
BELOW = frozenset({ITSELF, CHILD})
START = date(2005, 1, 1)
ESTABLISHED = UnitEstablished(name="规划办", parent=ROOT, from_on=START)
CLOSED = UnitClosed(on=date(2006, 12, 31))
Given = Callable[..., Unit]


def refused(decide: Callable[[], Event]) -> str:
    with pytest.raises(Refusal) as told:
        decide()
    return told.value.code


def test_a_unit_is_established_under_an_open_one() -> None:
    command = EstablishUnit(name="公路局", parent=ROOT, from_on=START, code="A01")
    assert unit.establish(command, parent="open") == UnitEstablished(
        name="公路局", parent=ROOT, from_on=START, code="A01"
    )


def test_a_unit_at_the_root_needs_none_above() -> None:
    assert unit.establish(EstablishUnit(name="交通厅", from_on=START), parent=None).parent is None


def test_a_unit_cannot_be_established_under_one_that_the_county_does_not_have() -> None:
    command = EstablishUnit(name="公路局", parent=ROOT, from_on=START)
    assert refused(lambda: unit.establish(command, parent="unknown")) == "unit.parent_unknown"


def test_a_unit_cannot_be_established_under_a_closed_one() -> None:
    command = EstablishUnit(name="公路局", parent=ROOT, from_on=START)
    assert refused(lambda: unit.establish(command, parent="closed")) == "unit.parent_closed"


def test_a_unit_is_renamed_from_a_day_on_and_keeps_its_past_name(given: Given) -> None:
    state = given(UNIT, ESTABLISHED)
    renamed = unit.rename(state, RenameUnit(name="规划处", from_on=date(2005, 7, 1)))
    assert renamed == UnitRenamed(name="规划处", from_on=date(2005, 7, 1))
    assert given(UNIT, ESTABLISHED, renamed).names == ((START, "规划办"), (date(2005, 7, 1), "规划处"))


def test_a_name_cannot_hold_from_before_the_one_it_replaces(given: Given) -> None:
    command = RenameUnit(name="规划处", from_on=date(2004, 12, 31))
    assert refused(lambda: unit.rename(given(UNIT, ESTABLISHED), command)) == "unit.date_before_last"


def test_the_same_name_again_changes_nothing(given: Given) -> None:
    command = RenameUnit(name="规划办", from_on=date(2005, 7, 1))
    assert refused(lambda: unit.rename(given(UNIT, ESTABLISHED), command)) == "unit.nothing_changes"


def test_a_unit_moves_under_another_and_to_the_root(given: Given) -> None:
    state, day, other = given(UNIT, ESTABLISHED), date(2005, 7, 1), uuid4()
    assert unit.move(state, MoveUnit(parent=other, from_on=day), parent="open", below=BELOW) == UnitMoved(
        parent=other, from_on=day
    )
    assert unit.move(state, MoveUnit(parent=None, from_on=day), parent=None, below=BELOW).parent is None


@pytest.mark.parametrize("above", [ITSELF, CHILD])
def test_a_unit_cannot_stand_under_itself_or_a_unit_below_it(given: Given, above: object) -> None:
    command = MoveUnit(parent=above, from_on=START)
    state = given(UNIT, ESTABLISHED)
    assert refused(lambda: unit.move(state, command, parent="open", below=BELOW)) == "unit.under_itself"


@pytest.mark.parametrize(("standing", "code"), [("unknown", "unit.parent_unknown"), ("closed", "unit.parent_closed")])
def test_a_unit_moves_only_under_one_that_stands(given: Given, standing: unit.Standing, code: str) -> None:
    command = MoveUnit(parent=uuid4(), from_on=START)
    assert refused(lambda: unit.move(given(UNIT, ESTABLISHED), command, parent=standing, below=BELOW)) == code


def test_a_unit_cannot_move_before_its_last_move_nor_to_where_it_stands(given: Given) -> None:
    state = given(UNIT, ESTABLISHED)
    early, same = MoveUnit(parent=None, from_on=date(2004, 1, 1)), MoveUnit(parent=ROOT, from_on=START)
    assert refused(lambda: unit.move(state, early, parent=None, below=BELOW)) == "unit.date_before_last"
    assert refused(lambda: unit.move(state, same, parent="open", below=BELOW)) == "unit.nothing_changes"


def test_an_alias_is_added_once_and_is_never_the_name_itself(given: Given) -> None:
    added = unit.add_alias(given(UNIT, ESTABLISHED), AddUnitAlias(alias="规划"))
    assert added == UnitAliasAdded(alias="规划")
    state = given(UNIT, ESTABLISHED, added)
    assert refused(lambda: unit.add_alias(state, AddUnitAlias(alias="规划"))) == "unit.nothing_changes"
    assert refused(lambda: unit.add_alias(state, AddUnitAlias(alias="规划办"))) == "unit.nothing_changes"


def test_a_unit_closes_with_a_successor(given: Given) -> None:
    command = CloseUnit(on=date(2006, 12, 31), successor=ROOT)
    closed = unit.close(given(UNIT, ESTABLISHED), command, successor="open", below=BELOW, open_below=False)
    assert closed == UnitClosed(on=date(2006, 12, 31), successor=ROOT)


@pytest.mark.parametrize(
    ("standing", "successor", "code"),
    [
        ("unknown", ROOT, "unit.successor_unknown"),
        ("closed", ROOT, "unit.successor_closed"),
        ("open", ITSELF, "unit.successor_closed"),
    ],
)
def test_a_successor_is_another_open_unit(
    given: Given, standing: unit.Standing, successor: object, code: str
) -> None:
    command = CloseUnit(on=date(2006, 12, 31), successor=successor)
    state = given(UNIT, ESTABLISHED)
    assert refused(lambda: unit.close(state, command, successor=standing, below=BELOW, open_below=False)) == code


def test_a_unit_cannot_close_while_units_below_it_are_open(given: Given) -> None:
    command, state = CloseUnit(on=date(2006, 12, 31)), given(UNIT, ESTABLISHED)
    code = refused(lambda: unit.close(state, command, successor=None, below=BELOW, open_below=True))
    assert code == "unit.units_below_open"


def test_a_unit_cannot_close_before_its_last_change(given: Given) -> None:
    command, state = CloseUnit(on=date(2004, 12, 31)), given(UNIT, ESTABLISHED)
    code = refused(lambda: unit.close(state, command, successor=None, below=BELOW, open_below=False))
    assert code == "unit.date_before_last"


def test_a_closed_unit_changes_no_more(given: Given) -> None:
    state, day = given(UNIT, ESTABLISHED, CLOSED), date(2007, 1, 1)
    assert {
        refused(lambda: unit.rename(state, RenameUnit(name="规划处", from_on=day))),
        refused(lambda: unit.move(state, MoveUnit(parent=None, from_on=day), parent=None, below=BELOW)),
        refused(lambda: unit.add_alias(state, AddUnitAlias(alias="规划"))),
        refused(lambda: unit.close(state, CloseUnit(on=day), successor=None, below=BELOW, open_below=False)),
    } == {"unit.closed"}
