"""Who is meant 名录: the county's bodies, units and members, as the names in an import file stand for them.

A name stands for something only if it is its whole name on that day, a past name or an alias of exactly one; a unit's
code and any id stand for it too. Anything else is a problem with what may have been meant, and never guessed.
"""

import difflib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from runtime.tables import Db

SUGGESTIONS = 3
NEAR = 0.5
"""How much alike a name must be to be suggested, 1 = the same."""


class Unknown(Exception):
    """A name stands for nothing, or for several; `suggestions` are what may have been meant."""

    def __init__(self, reason: str, suggestions: Iterable[str] = ()) -> None:
        super().__init__(reason)
        self.suggestions = tuple(suggestions)


@dataclass
class Names:
    """Things of one kind, by every name that they have or had."""

    what: str
    by_name: dict[str, dict[UUID, tuple[date, date]]] = field(default_factory=lambda: defaultdict(dict))
    """Whom a name stands for, from which day until before which."""
    ids: set[UUID] = field(default_factory=set)

    def add(self, name: str, id: UUID, from_on: date = date.min, before: date = date.max) -> None:
        """Note that a name stands for something, from a day until before another."""
        self.by_name[name.strip()].setdefault(id, (from_on, before))
        self.ids.add(id)

    def find(self, name: str, on: date | None = None) -> UUID:
        """Give what a name, code or id stands for, on a day where several have borne it.

        Raises: Unknown.
        """
        if (id := _as_id(name)) in self.ids:
            assert id is not None
            return id
        found = self.by_name.get(name.strip(), {})
        if len(found) > 1 and on is not None:
            then = {id: known for id, known in found.items() if known[0] <= on < known[1]}
            found = then if len(then) == 1 else found
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise Unknown(f"有 {len(found)} 个{self.what}叫“{name}”，请改写 id", sorted(map(str, found)))
        near = difflib.get_close_matches(name, self.by_name, SUGGESTIONS, cutoff=NEAR)
        meant = f"，是否为：{'、'.join(near)}" if near else ""
        raise Unknown(f"没有{self.what}“{name}”{meant}", near)


def _as_id(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


@dataclass
class Directory:
    """The county's bodies, units, and members by body and term."""

    bodies: Names = field(default_factory=lambda: Names("机构"))
    units: Names = field(default_factory=lambda: Names("单位"))
    members: dict[tuple[UUID, int], Names] = field(default_factory=dict)

    def members_of(self, body: UUID, term: int) -> Names:
        """Give those who sit, or sat, in a body in a term."""
        return self.members.setdefault((body, term), Names("委员或代表"))


async def read_directory(db: Db) -> Directory:
    """Read the directory of the transaction's county from this service's own copy."""
    directory = Directory()
    for row in await db.fetch("SELECT id, name FROM body_names"):
        directory.bodies.add(row["name"], UUID(row["id"]))
    for row in await db.fetch("SELECT id, names, aliases, code FROM unit_names"):
        id = UUID(row["id"])
        days = [date.fromisoformat(known["from_on"]) for known in row["names"]]
        for known, from_on, before in zip(row["names"], days, [*days[1:], date.max], strict=True):
            directory.units.add(known["name"], id, from_on, before)
        for alias in (*row["aliases"], *filter(None, (row["code"],))):
            directory.units.add(alias, id)
    for row in await db.fetch("SELECT id, name, body, term, sector FROM member_names"):
        seats = directory.members_of(UUID(row["body"]), row["term"])
        seats.add(row["name"], UUID(row["id"]))
        if row["sector"]:
            seats.add(f"{row['name']}（{row['sector']}）", UUID(row["id"]))
    return directory
