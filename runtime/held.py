"""States held in memory by the projector, so that an event of a busy aggregate costs no read."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from asyncpg import Record

from contracts.envelope import Address
from runtime.folds import HANDLED, Fold, Held
from runtime.messages import Recorded
from runtime.tables import Db

BOUND = 500
"""States held at most, some 50 KB each."""

SELECT = """SELECT s.* FROM states s JOIN unnest($1::text[], $2::text[], $3::text[]) AS w(fold, county, id)
            ON s.fold = w.fold AND s.county = w.county AND s.id = w.id"""


class Key(NamedTuple):
    """Where a state is kept."""

    fold: str
    county: str
    id: str


def held_from(row: Record, fold: Fold[Any]) -> Held[Any]:
    """Read a state with its place from its row."""
    return Held(
        state=fold.state.model_validate_json(row["state"]),
        version=row["version"],
        sequence=row["sequence"],
        hash=row["hash"],
        time=row["time"],
        handled=HANDLED.validate_json(row["handled"]),
    )


class HeldCache:
    """The projector's states: bounded, least recently used go first."""

    def __init__(self, folds: Sequence[Fold[Any]]) -> None:
        self._folds = folds
        self._by_kind: dict[tuple[str, str], tuple[Fold[Any], ...]] = {}
        self._held: OrderedDict[Key, Held[Any]] = OrderedDict()

    def folds_for(self, address: Address) -> tuple[Fold[Any], ...]:
        """Give the folds that take this aggregate's events."""
        kind = (address.service, address.aggregate)
        if kind not in self._by_kind:
            self._by_kind[kind] = tuple(fold for fold in self._folds if fold.follows(address))
        return self._by_kind[kind]

    def get(self, key: Key, fold: Fold[Any]) -> Held[Any]:
        """Give what is held, or the beginning."""
        return self._held.get(key) or fold.beginning

    def clear(self) -> None:
        """Forget everything: somebody else may have written."""
        self._held.clear()

    def keep(self, held: Mapping[Key, Held[Any]]) -> None:
        """Take over the states of a batch. None of them goes before the next batch is taken over: by then it is
        committed, and what has gone is read from its row."""
        for key, value in held.items():
            self._held[key] = value
            self._held.move_to_end(key)
        while len(self._held) > max(BOUND, len(held)):
            self._held.popitem(last=False)

    async def load(self, db: Db, messages: Sequence[Recorded]) -> None:
        """Read the states that a run of events needs and that are not held, in one statement."""
        missing: dict[Key, Fold[Any]] = {}
        for message in messages:
            try:
                address = Address.parse(message.subject)
            except ValueError:
                continue
            for fold in self.folds_for(address):
                key = Key(fold.key, address.county, fold.id_of(address))
                if key not in self._held:
                    missing[key] = fold
        if missing:
            keys = list(missing)
            rows = await db.fetch(
                SELECT, [key.fold for key in keys], [key.county for key in keys], [key.id for key in keys]
            )
            for row in rows:
                key = Key(row["fold"], row["county"], row["id"])
                self._held[key] = held_from(row, missing[key])
