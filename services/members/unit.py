"""A unit 单位 of the county's tree: a stable id, dated names, aliases, the unit above, a successor when it closes."""

from datetime import date
from typing import Any, assert_never
from uuid import UUID

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.members import UnitAliasAdded, UnitClosed, UnitEstablished, UnitMoved, UnitRenamed
from runtime.folds import State
from runtime.refusals import Refusal
from services.members.commands import AddUnitAlias, CloseUnit, EstablishUnit, MoveUnit, RenameUnit


class Unit(State):
    """What a unit is; names and parents are kept with the day from which they hold."""

    names: tuple[tuple[date, str], ...] = ()
    parents: tuple[tuple[date, UUID | None], ...] = ()
    aliases: tuple[tuple[str, date | None, date | None], ...] = ()
    code: str | None = None
    closed_on: date | None = None
    successor: UUID | None = None


class UnitIsClosed(Refusal):
    """A closed unit changes no more."""

    code, status, title = "unit.closed", 409, "单位已撤销"


class UnitDateBeforeLast(Refusal):
    """A name or parent is dated before the one it replaces."""

    code, status, title = "unit.date_before_last", 409, "生效日期早于上一次变更"


class UnitUnderItself(Refusal):
    """A unit cannot stand under itself or under a unit below it."""

    code, status, title = "unit.under_itself", 409, "单位不能隶属于自身或其下级"


class NothingChanges(Refusal):
    """The act has no effect."""

    code, status, title = "unit.nothing_changes", 409, "内容没有变化"


UnitEvents = UnitEstablished | UnitRenamed | UnitMoved | UnitAliasAdded | UnitClosed
UnitCommands = RenameUnit | MoveUnit | AddUnitAlias | CloseUnit


def evolve(unit: Unit, event: Event, envelope: Envelope[Any]) -> Unit:
    """Give the unit after an event."""
    assert isinstance(event, UnitEvents)
    match event:
        case UnitEstablished():
            return Unit(
                names=((event.from_on, event.name),), parents=((event.from_on, event.parent),), code=event.code
            )
        case UnitRenamed():
            return unit.model_copy(update={"names": (*unit.names, (event.from_on, event.name))})
        case UnitMoved():
            return unit.model_copy(update={"parents": (*unit.parents, (event.from_on, event.parent))})
        case UnitAliasAdded():
            alias = (event.alias, event.from_on, event.until_on)
            return unit.model_copy(update={"aliases": (*unit.aliases, alias)})
        case UnitClosed():
            return unit.model_copy(update={"closed_on": event.on, "successor": event.successor})
        case _:
            assert_never(event)


def establish(command: EstablishUnit) -> UnitEstablished:
    """Decide to add a unit to the tree."""
    return UnitEstablished(name=command.name, parent=command.parent, from_on=command.from_on, code=command.code)


def decide(unit: Unit, command: UnitCommands, *, descendants: frozenset[UUID] = frozenset()) -> Event:
    """Decide on a change of a unit; `descendants` are the unit itself and all below it.

    Raises: UnitIsClosed, UnitDateBeforeLast, UnitUnderItself, NothingChanges.
    """
    if unit.closed_on is not None:
        raise UnitIsClosed
    match command:
        case RenameUnit():
            if command.from_on < unit.names[-1][0]:
                raise UnitDateBeforeLast
            if command.name == unit.names[-1][1]:
                raise NothingChanges
            return UnitRenamed(name=command.name, from_on=command.from_on)
        case MoveUnit():
            if command.from_on < unit.parents[-1][0]:
                raise UnitDateBeforeLast
            if command.parent == unit.parents[-1][1]:
                raise NothingChanges
            if command.parent in descendants:
                raise UnitUnderItself
            return UnitMoved(parent=command.parent, from_on=command.from_on)
        case AddUnitAlias():
            if any(alias == command.alias for alias, _, _ in unit.aliases):
                raise NothingChanges
            return UnitAliasAdded(alias=command.alias, from_on=command.from_on, until_on=command.until_on)
        case CloseUnit():
            return UnitClosed(on=command.on, successor=command.successor)
        case _:
            assert_never(command)
