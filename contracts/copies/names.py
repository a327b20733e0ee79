"""Names of units, members and bodies as a service keeps them for itself: to show them, to search by them, to know
that somebody exists. A closed unit and an ended seat keep their names; old cases still show them.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.members import (
    BodyEstablished,
    MemberEnrolled,
    MemberSeatEnded,
    UnitAliasAdded,
    UnitClosed,
    UnitEstablished,
    UnitMoved,
    UnitRenamed,
)
from runtime.folds import Fold, State
from runtime.tables import Change, Db, Opener, Row, Table

FOUND = 1000
"""Units and members that one word finds at most."""


class UnitNames(State):
    """What others know of a unit."""

    names: tuple[tuple[date, str], ...] = ()
    aliases: tuple[str, ...] = ()
    parent: str | None = None
    closed_on: date | None = None
    successor: str | None = None
    code: str | None = None


class MemberName(State):
    """What others know of a member: the name and the seat."""

    name: str = ""
    body: str = ""
    term: int = 0
    sector: str | None = None
    from_on: date | None = None
    ended_on: date | None = None


class BodyName(State):
    """What others know of a body."""

    name: str = ""
    kind: str = ""


def _unit(unit: UnitNames, event: Event, envelope: Envelope[Any]) -> UnitNames:
    match event:
        case UnitEstablished():
            return UnitNames(names=((event.from_on, event.name),), parent=_text(event.parent), code=event.code)
        case UnitRenamed():
            return unit.model_copy(update={"names": (*unit.names, (event.from_on, event.name))})
        case UnitMoved():
            return unit.model_copy(update={"parent": _text(event.parent)})
        case UnitAliasAdded():
            return unit.model_copy(update={"aliases": (*unit.aliases, event.alias)})
        case UnitClosed():
            return unit.model_copy(update={"closed_on": event.on, "successor": _text(event.successor)})
        case _:
            return unit


def _member(member: MemberName, event: Event, envelope: Envelope[Any]) -> MemberName:
    match event:
        case MemberEnrolled():
            return MemberName(
                name=event.name, body=str(event.body), term=event.term, sector=event.sector, from_on=event.from_on
            )
        case MemberSeatEnded():
            return member.model_copy(update={"ended_on": event.on})
        case _:
            return member


def _body(body: BodyName, event: Event, envelope: Envelope[Any]) -> BodyName:
    return BodyName(name=event.name, kind=event.kind) if isinstance(event, BodyEstablished) else body


def _text(id: object | None) -> str | None:
    return None if id is None else str(id)


def _unit_rows(change: Change[UnitNames], opener: Opener) -> Iterable[Row]:
    unit = change.held.state
    if unit.names:
        yield {
            "name": unit.names[-1][1],
            "names": [{"name": name, "from_on": day} for day, name in unit.names],
            "aliases": unit.aliases,
            "known_as": "\n".join([*(name for _, name in unit.names), *unit.aliases]).lower(),
            "parent": unit.parent,
            "closed_on": unit.closed_on,
            "successor": unit.successor,
            "code": unit.code,
        }


def _member_rows(change: Change[MemberName], opener: Opener) -> Iterable[Row]:
    if change.held.state.name:
        yield change.held.state.model_dump()


def _body_rows(change: Change[BodyName], opener: Opener) -> Iterable[Row]:
    if change.held.state.name:
        yield change.held.state.model_dump()


_UNIT_TABLE: Table[UnitNames] = Table(
    name="unit_names",
    columns={
        "name": "text NOT NULL",
        "names": "jsonb NOT NULL",
        "aliases": "text[] NOT NULL",
        "known_as": "text NOT NULL",
        "parent": "text",
        "closed_on": "date",
        "successor": "text",
        "code": "text",
    },
    rows=_unit_rows,
)
_MEMBER_TABLE: Table[MemberName] = Table(
    name="member_names",
    columns={
        "name": "text NOT NULL",
        "body": "text NOT NULL",
        "term": "int NOT NULL",
        "sector": "text",
        "from_on": "date NOT NULL",
        "ended_on": "date",
    },
    rows=_member_rows,
)
_BODY_TABLE: Table[BodyName] = Table(
    name="body_names", columns={"name": "text NOT NULL", "kind": "text NOT NULL"}, rows=_body_rows
)

UNIT_NAMES: Fold[UnitNames] = Fold("members", "unit", UnitNames, _unit, (_UNIT_TABLE,))
MEMBER_NAMES: Fold[MemberName] = Fold("members", "member", MemberName, _member, (_MEMBER_TABLE,))
BODY_NAMES: Fold[BodyName] = Fold("members", "body", BodyName, _body, (_BODY_TABLE,))

NAME_FOLDS: tuple[Fold[Any], ...] = (UNIT_NAMES, MEMBER_NAMES, BODY_NAMES)


class Seat(NamedTuple):
    """A member's seat 席位."""

    name: str
    body: str
    term: int
    sector: str | None
    from_on: date
    ended_on: date | None
    """The last day on which the seat is held."""


async def names_of(db: Db, ids: Iterable[object]) -> dict[str, str]:
    """Give the present names of units, members and bodies, under the ids as they were asked for.

    An id may be bare or a party ("unit:<id>"); what is unknown in the transaction's county is left out.
    """
    asked = {str(id): str(id).rpartition(":")[2] for id in ids}
    if not asked:
        return {}
    rows = await db.fetch(
        "SELECT id, name FROM unit_names WHERE id = ANY($1::text[]) UNION ALL "
        "SELECT id, name FROM member_names WHERE id = ANY($1::text[]) UNION ALL "
        "SELECT id, name FROM body_names WHERE id = ANY($1::text[])",
        list(set(asked.values())),
    )
    found = {row["id"]: row["name"] for row in rows}
    return {id: found[bare] for id, bare in asked.items() if bare in found}


async def unit_exists(db: Db, id: object) -> bool:
    """Say whether the county has, or had, this unit."""
    return await db.fetchval("SELECT 1 FROM unit_names WHERE id = $1", str(id)) is not None


async def open_unit_exists(db: Db, id: object, on: date | None = None) -> bool:
    """Say whether the unit exists and is not closed; given a business date, not closed before it."""
    row = await db.fetchrow("SELECT closed_on FROM unit_names WHERE id = $1", str(id))
    if row is None:
        return False
    return row["closed_on"] is None or (on is not None and on <= row["closed_on"])


async def member_seat(db: Db, id: object) -> Seat | None:
    """Give a member's seat; None for somebody unknown."""
    columns = ", ".join(Seat._fields)
    row = await db.fetchrow(f"SELECT {columns} FROM member_names WHERE id = $1", str(id))
    return Seat(*row) if row else None


async def body_exists(db: Db, id: object) -> bool:
    """Say whether the county has this body."""
    return await db.fetchval("SELECT 1 FROM body_names WHERE id = $1", str(id)) is not None


async def ids_matching(db: Db, word: str) -> list[str]:
    """Give the ids of units (by present name, past name or alias) and members whose name contains a word."""
    rows = await db.fetch(
        "SELECT id FROM unit_names WHERE strpos(known_as, $1) > 0 UNION ALL "
        "SELECT id FROM member_names WHERE strpos(lower(name), $1) > 0 ORDER BY id LIMIT $2",
        word.strip().lower(),
        FOUND,
    )
    return [row["id"] for row in rows]
