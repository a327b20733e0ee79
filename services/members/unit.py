"""A unit 单位 of the county's tree: a stable id, dated names, aliases, the unit above, a successor when it closes."""

from datetime import date
from typing import Any, Literal, assert_never
from uuid import UUID

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.members import UnitAliasAdded, UnitClosed, UnitEstablished, UnitMoved, UnitRenamed
from runtime.folds import State
from runtime.refusals import Refusal
from services.members.commands import AddUnitAlias, CloseUnit, EstablishUnit, MoveUnit, RenameUnit

Standing = Literal["open", "closed", "unknown"]
"""How another unit that a command names stands on the day of the act."""


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
    """A change is dated before the one that it follows."""

    code, status, title = "unit.date_before_last", 409, "生效日期早于上一次变更"


class UnitUnderItself(Refusal):
    """A unit cannot stand under itself or under a unit below it."""

    code, status, title = "unit.under_itself", 409, "单位不能隶属于自身或其下级"


class ParentUnknown(Refusal):
    """The county has no such unit above."""

    code, status, title = "unit.parent_unknown", 404, "没有这个上级单位"


class ParentClosed(Refusal):
    """The unit above is closed on that day."""

    code, status, title = "unit.parent_closed", 409, "上级单位已撤销"


class SuccessorUnknown(Refusal):
    """The county has no such successor."""

    code, status, title = "unit.successor_unknown", 404, "没有这个承继单位"


class SuccessorClosed(Refusal):
    """The successor is closed itself, or is the unit that closes or one below it."""

    code, status, title = "unit.successor_closed", 409, "承继单位已撤销, 或即本单位及其下级"


class UnitsBelowOpen(Refusal):
    """Units below are still open: they close, or move, first."""

    code, status, title = "unit.units_below_open", 409, "下级单位尚未撤销或划转"


class NothingChanges(Refusal):
    """The act has no effect."""

    code, status, title = "unit.nothing_changes", 409, "内容没有变化"


UnitEvents = UnitEstablished | UnitRenamed | UnitMoved | UnitAliasAdded | UnitClosed


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


def establish(command: EstablishUnit, *, parent: Standing | None) -> UnitEstablished:
    """Decide to add a unit to the tree; `parent` is how the unit above stands, None at the root.

    Raises: ParentUnknown, ParentClosed.
    """
    _refuse_parent(parent, command.parent)
    return UnitEstablished(name=command.name, parent=command.parent, from_on=command.from_on, code=command.code)


def rename(unit: Unit, command: RenameUnit) -> UnitRenamed:
    """Decide on another name.

    Raises: UnitIsClosed, UnitDateBeforeLast, NothingChanges.
    """
    _refuse_closed(unit)
    since, name = unit.names[-1]
    if command.from_on < since:
        raise UnitDateBeforeLast(last=since.isoformat())
    if command.name == name:
        raise NothingChanges
    return UnitRenamed(name=command.name, from_on=command.from_on)


def move(unit: Unit, command: MoveUnit, *, parent: Standing | None, below: frozenset[UUID]) -> UnitMoved:
    """Decide to put the unit under another; `below` are the unit itself and all under it.

    Raises: UnitIsClosed, ParentUnknown, ParentClosed, UnitDateBeforeLast, NothingChanges, UnitUnderItself.
    """
    _refuse_closed(unit)
    _refuse_parent(parent, command.parent)
    since, above = unit.parents[-1]
    if command.from_on < since:
        raise UnitDateBeforeLast(last=since.isoformat())
    if command.parent == above:
        raise NothingChanges
    if command.parent in below:
        raise UnitUnderItself
    return UnitMoved(parent=command.parent, from_on=command.from_on)


def add_alias(unit: Unit, command: AddUnitAlias) -> UnitAliasAdded:
    """Decide on an alias.

    Raises: UnitIsClosed, NothingChanges when the unit is already called so.
    """
    _refuse_closed(unit)
    if command.alias == unit.names[-1][1] or any(command.alias == alias for alias, _, _ in unit.aliases):
        raise NothingChanges
    return UnitAliasAdded(alias=command.alias, from_on=command.from_on, until_on=command.until_on)


def close(
    unit: Unit, command: CloseUnit, *, successor: Standing | None, below: frozenset[UUID], open_below: bool
) -> UnitClosed:
    """Decide to close the unit; `successor` is how the named successor stands, None when none is named.

    Raises: UnitIsClosed, SuccessorUnknown, SuccessorClosed, UnitDateBeforeLast, UnitsBelowOpen.
    """
    _refuse_closed(unit)
    if successor == "unknown":
        raise SuccessorUnknown(successor=str(command.successor))
    if successor == "closed" or command.successor in below:
        raise SuccessorClosed(successor=str(command.successor))
    last = max(unit.names[-1][0], unit.parents[-1][0])
    if command.on < last:
        raise UnitDateBeforeLast(last=last.isoformat())
    if open_below:
        raise UnitsBelowOpen
    return UnitClosed(on=command.on, successor=command.successor)


def _refuse_closed(unit: Unit) -> None:
    if unit.closed_on is not None:
        raise UnitIsClosed(closed_on=unit.closed_on.isoformat())


def _refuse_parent(standing: Standing | None, parent: UUID | None) -> None:
    if standing == "unknown":
        raise ParentUnknown(parent=str(parent))
    if standing == "closed":
        raise ParentClosed(parent=str(parent))
