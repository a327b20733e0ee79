"""The directory 名录: which bodies, units and members the county has, by name.

A name stands for something only if it is the whole name (or alias, of a unit) of exactly one; anything else is
reported with what it may have meant, and never guessed. An id may stand in place of a name.
"""

import difflib
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from yishi.calls import Client
from yishi.importing.rows import as_uuid

SUGGESTIONS = 3


class NotFound(Exception):
    """A name stands for nothing, or for several; the message says what it may have meant."""


@dataclass
class Names:
    """Things of one kind, by name."""

    what: str
    by_name: dict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    ids: set[UUID] = field(default_factory=set)

    def add(self, name: str, id: UUID) -> None:
        """Note that a name stands for something."""
        self.by_name[name].add(id)
        self.ids.add(id)

    def find(self, name: str, also: Collection[str] = ()) -> UUID:
        """Give what a name, or an id, stands for; `also` are names that it may have meant. *Raises* `NotFound`."""
        id = as_uuid(name)
        if id in self.ids:
            assert id is not None
            return id
        found = self.by_name.get(name, set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            ids = "、".join(sorted(map(str, found)))
            raise NotFound(f"有 {len(found)} 个{self.what}叫“{name}”，请改写 id：{ids}")
        near = difflib.get_close_matches(name, {*self.by_name, *also}, SUGGESTIONS, cutoff=0.5)
        meant = f"，是否为：{'、'.join(near)}" if near else ""
        raise NotFound(f"没有{self.what}“{name}”{meant}")


@dataclass
class Directory:
    """The county's bodies, units, and members by body and term; `position` is where it was read."""

    position: str
    head: int
    """Stream sequence of the newest event when the directory was read."""
    bodies: Names = field(default_factory=lambda: Names("机构"))
    units: Names = field(default_factory=lambda: Names("单位"))
    unit_parents: dict[UUID, UUID | None] = field(default_factory=dict)
    members: dict[tuple[UUID, int], Names] = field(default_factory=dict)
    sectors: dict[UUID, str | None] = field(default_factory=dict)

    def members_of(self, body: UUID, term: int) -> Names:
        """Give those who sit, or sat, in a body in a term."""
        return self.members.setdefault((body, term), Names("委员或代表"))


async def read_directory(members: Client) -> Directory:
    """Read the county's directory from the members service. *Raises* `Refused`, `StackError`."""
    ready = await members.get("/readyz")
    directory = Directory(position=f"EVENTS:{ready['log']}", head=int(ready["log"]))
    for body in await members.all("/v1/bodies", at_least=directory.position):
        directory.bodies.add(body["name"], UUID(body["id"]))
    for unit in await members.all("/v1/units"):
        _add_unit(directory, unit)
    for member in await members.all("/v1/members"):
        id = UUID(member["id"])
        directory.members_of(UUID(member["body"]), member["term"]).add(member["name"], id)
        directory.sectors[id] = member["sector"]
    return directory


def _add_unit(directory: Directory, unit: dict[str, Any]) -> None:
    id = UUID(unit["id"])
    directory.unit_parents[id] = UUID(unit["parent"]) if unit["parent"] else None
    directory.units.add(unit["name"], id)
    for alias in unit["aliases"]:
        directory.units.add(alias["alias"], id)
