"""The plan of an import: which rows are good and what they would send, which are bad and why. Nothing is sent here.

The id of what a command creates follows from county, actor and Idempotency-Key, so a row's id is known beforehand:
rows may refer to each other, and a row that was imported before is recognised.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from contracts.envelope import new_aggregate_id
from yishi.importing.directory import Directory, Names, NotFound
from yishi.importing.files import RawRow
from yishi.importing.rows import BodyRow, MemberRow, Problem, Row, UnitRow, parse

ACTOR = "service:yishi-import"
"""Who imports. It never changes: the ids of everything imported follow from it."""


@dataclass(frozen=True)
class Request:
    """One command to send."""

    service: str
    role: str
    path: str
    body: dict[str, Any]
    key: str


@dataclass(frozen=True)
class Order:
    """A good row: what it sends, in order, and how many rows it waits for."""

    place: str
    label: str
    requests: tuple[Request, ...]
    level: int = 0


@dataclass
class Plan:
    """The rows of a file, sorted out."""

    orders: list[Order] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    existing: list[str] = field(default_factory=list)
    """Rows whose thing the county has already, made in another way: they are left alone."""

    @property
    def bad(self) -> int:
        """Give the number of rows that have problems."""
        return len({problem.place for problem in self.problems})


class _Bad(Exception):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


class _Exists(Exception):
    """The county has this already, and not from this import."""


def make_plan(kind: str, rows: Sequence[RawRow], county: str, directory: Directory) -> Plan:
    """Sort out the rows of a file."""
    plan = Plan()
    good: list[tuple[str, Row]] = []
    seen: dict[tuple[str, ...], str] = {}
    for raw in rows:
        row, problems = parse(kind, raw)
        plan.problems += problems
        if row is None:
            continue
        before = seen.setdefault(row.natural_key(), raw.place)
        if before != raw.place:
            plan.problems.append(Problem(place=raw.place, field="", reason=f"与{before}重复"))
            continue
        good.append((raw.place, row))
    planner = _Planner(county, directory, good)
    for place, row in good:
        try:
            plan.orders.append(planner.order(place, row))
        except _Bad as bad:
            plan.problems.append(Problem(place=place, field=bad.field, reason=bad.reason))
        except _Exists:
            plan.existing.append(place)
    plan.orders.sort(key=lambda order: order.level)
    places = {raw.place: number for number, raw in enumerate(rows)}
    plan.problems.sort(key=lambda problem: places[problem.place])
    return plan


class _Planner:
    """Turns rows into orders."""

    def __init__(self, county: str, directory: Directory, rows: Sequence[tuple[str, Row]]) -> None:
        self._county = county
        self._directory = directory
        self._units: dict[str, list[UnitRow]] = {}
        for _, row in rows:
            if isinstance(row, UnitRow):
                self._units.setdefault(row.name, []).append(row)

    def order(self, place: str, row: Row) -> Order:
        """Give what a row sends. *Raises* `_Bad`, `_Exists`."""
        match row:
            case BodyRow():
                return self._body(place, row)
            case UnitRow():
                return self._unit(place, row)
            case MemberRow():
                return self._member(place, row)
        raise AssertionError(type(row))

    def _id(self, row: Row) -> UUID:
        return new_aggregate_id(self._county, ACTOR, row.key())

    def _body(self, place: str, row: BodyRow) -> Order:
        self._refuse_existing(self._directory.bodies.by_name.get(row.name, set()), row)
        return Order(place, row.name, (Request("members", "registrar", "/v1/bodies", _json(row), row.key()),))

    def _unit(self, place: str, row: UnitRow) -> Order:
        parent, level = self._parent(row)
        named = self._directory.units.by_name.get(row.name, set())
        self._refuse_existing({id for id in named if self._directory.unit_parents[id] == parent}, row)
        body = _json(row, exclude={"aliases", "parent"}) | ({"parent": str(parent)} if parent else {})
        path = f"/v1/units/{self._id(row)}/aliases"
        aliases = [
            Request("members", "registrar", path, {"alias": alias}, row.key("alias", alias)) for alias in row.aliases
        ]
        first = Request("members", "registrar", "/v1/units", body, row.key())
        return Order(place, row.name, (first, *aliases), level)

    def _parent(self, row: UnitRow, below: tuple[str, ...] = ()) -> tuple[UUID | None, int]:
        """Give the unit above, of the county or of this file, and how many rows of the file stand above.

        *Raises* `_Bad` when the name stands for nothing, for several, or for a unit below the row.
        """
        if row.parent is None:
            return None, 0
        chain = (*below, row.name)
        if row.parent in chain:
            raise _Bad("parent", f"隶属关系成环：{' → '.join([*chain, row.parent])}")
        in_file = self._units.get(row.parent, [])
        if not in_file:
            return _find(self._directory.units, "parent", row.parent, self._units), 1
        above, level = self._parent(in_file[0], chain)
        known = self._directory.units.by_name.get(row.parent, set())
        same = {id for id in known if self._directory.unit_parents[id] == above}
        others = known - same
        if len(in_file) > 1 or len(same) > 1 or others:
            raise _Bad("parent", f"叫“{row.parent}”的单位不止一个，请改写 id")
        return (same.pop() if same else self._id(in_file[0])), level + 1

    def _member(self, place: str, row: MemberRow) -> Order:
        body = _find(self._directory.bodies, "body", row.body)
        named = self._directory.members_of(body, row.term).by_name.get(row.name, set())
        self._refuse_existing({id for id in named if self._directory.sectors[id] == row.sector}, row)
        content = _json(row) | {"body": str(body)}
        return Order(place, row.name, (Request("members", "registrar", "/v1/members", content, row.key()),))

    def _refuse_existing(self, ids: set[UUID], row: Row) -> None:
        if ids - {self._id(row)}:
            raise _Exists


def _find(names: Names, field: str, name: str, also: Collection[str] = ()) -> UUID:
    try:
        return names.find(name, also)
    except NotFound as unknown:
        raise _Bad(field, str(unknown)) from unknown


def _json(row: Row, exclude: set[str] | None = None) -> dict[str, Any]:
    return row.model_dump(mode="json", exclude_none=True, exclude=exclude)
