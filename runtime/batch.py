"""One batch of events on its way into the projection: folded in memory, then written in one transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from contracts.envelope import Address
from contracts.event import Event
from contracts.sealed import Sealed
from runtime import vault
from runtime.database import AWAY_OR_GOING
from runtime.folds import HANDLED, Fold, Held
from runtime.held import HeldCache, Key
from runtime.messages import Recorded, read
from runtime.parking import Parking, subject_of
from runtime.reasons import reason_of
from runtime.sealing import SealBroken, unseal
from runtime.tables import TOGETHER, Change, Db

_UPSERT = """
INSERT INTO states (fold, county, id, version, sequence, hash, time, state, handled)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::text[],
                     $7::timestamptz[], $8::text[], $9::text[])
ON CONFLICT (county, fold, id) DO UPDATE SET version = excluded.version, sequence = excluded.sequence,
    hash = excluded.hash, time = excluded.time, state = excluded.state, handled = excluded.handled"""


class RowsFailed(Exception):
    """The code of a read model cannot turn a state into rows: a matter of that state, not of the database."""


@dataclass
class Batch:
    """What a run of events changes."""

    held: dict[Key, Held[Any]] = field(default_factory=dict)
    changed: dict[Key, tuple[Fold[Any], Address, set[type[Event]]]] = field(default_factory=dict)
    newly_parked: list[tuple[Address, int, str]] = field(default_factory=list)
    waiting: list[tuple[Address, int]] = field(default_factory=list)

    def park(self, message: Recorded, error: Exception) -> None:
        """Put an event aside, and with it whatever its aggregate brings after it."""
        address = subject_of(message.subject)
        self.newly_parked.append((address, message.sequence, reason_of(error)))
        self.waiting.append((address, message.sequence))

    def is_parked(self, parking: Parking, address: Address) -> bool:
        """Say whether events of this aggregate have to wait."""
        return address.subject in parking.subjects or any(parked == address for parked, _, _ in self.newly_parked)

    async def write(self, db: Db) -> None:
        """Write states, read models and parked events; the caller holds the transaction.

        Raises: RowsFailed; what asyncpg raises.
        """
        rows = list(self.held.items())
        for start in range(0, len(rows), TOGETHER):
            await self._write_states(db, rows[start : start + TOGETHER])
        if rows:
            await self._write_read_models(db)
        await Parking.write(db, self.newly_parked, self.waiting)

    async def _write_states(self, db: Db, rows: Sequence[tuple[Key, Held[Any]]]) -> None:
        await db.execute(
            _UPSERT,
            [key.fold for key, _ in rows],
            [key.county for key, _ in rows],
            [key.id for key, _ in rows],
            [held.version for _, held in rows],
            [held.sequence for _, held in rows],
            [held.hash for _, held in rows],
            [held.time for _, held in rows],
            [held.state.model_dump_json() for _, held in rows],
            [HANDLED.dump_json(held.handled).decode() for _, held in rows],
        )

    async def _write_read_models(self, db: Db) -> None:
        by_fold: dict[str, tuple[Fold[Any], list[Change[Any]]]] = {}
        for key, (fold, address, types) in self.changed.items():
            _, changes = by_fold.setdefault(fold.key, (fold, []))
            changes.append(Change(address, key.id, self.held[key], types))
        wanted: set[tuple[str, UUID]] = set()
        for fold, changes in by_fold.values():
            for model in fold.read_models:
                for change in changes:
                    with _blaming_rows(model.name):
                        wanted.update((change.address.county, case) for case in model.keys(change))
        opener = _VaultOpener(
            keys=await vault.keys_of(db, wanted),
            secrets={county: await vault.secret_for(db, county, "search") for county in {c for c, _ in wanted}},
        )
        for fold, changes in by_fold.values():
            for model in fold.read_models:
                with _blaming_rows(model.name):
                    await model.apply(db, changes, opener)


@contextmanager
def _blaming_rows(name: str) -> Iterator[None]:
    try:
        yield
    except (asyncpg.PostgresError, *AWAY_OR_GOING):
        raise
    except Exception as error:
        raise RowsFailed(f"{name}: {reason_of(error)}") from error


@dataclass(frozen=True)
class _VaultOpener:
    """What the vault gave for one batch."""

    keys: dict[tuple[str, UUID], bytes]
    secrets: dict[str, bytes]

    def __call__(self, county: str, sealed: Sealed) -> str | None:
        key = self.keys.get((county, sealed.case))
        try:
            return unseal(key, county, sealed) if key else None
        except SealBroken:
            return None

    def search_secret(self, county: str) -> bytes:
        return self.secrets[county]


def fold_batch(cache: HeldCache, parking: Parking, messages: Sequence[Recorded], onto: Batch | None = None) -> Batch:
    """Fold a run of events over what is held; an event that cannot be applied parks its aggregate.

    With `onto` the run continues a batch.
    """
    batch = Batch() if onto is None else onto
    for message in messages:
        try:
            address = Address.parse(message.subject)
        except ValueError:
            address = None
        folds = cache.folds_for(address) if address else ()
        if address is not None and not folds:
            continue
        if (parking.subjects or batch.newly_parked) and batch.is_parked(parking, subject_of(message.subject)):
            batch.waiting.append((subject_of(message.subject), message.sequence))
            continue
        try:
            envelope = read(message, strict=any(fold.own for fold in folds))
            assert address is not None
            digest = message.hash
            after = {}
            for fold in folds:
                key = Key(fold.key, address.county, fold.id_of(address))
                held = batch.held.get(key) or cache.get(key, fold)
                after[key] = (fold, fold.step(held, envelope, message.sequence, digest))
        except Exception as error:
            batch.park(message, error)
            continue
        for key, (fold, held) in after.items():
            batch.held[key] = held
            batch.changed.setdefault(key, (fold, address, set()))[2].add(type(envelope.data))
    return batch
