"""Parked aggregates: an event that cannot be applied, and everything its aggregate brought after it.

The rest of the log goes on. Once the cause is mended, a retry applies the waiting events in order.
Source: ADR 0005.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from contracts.envelope import Address
from runtime.reasons import reason_of
from runtime.tables import Db

_KEY = "county = $1 AND service = $2 AND aggregate = $3 AND id = $4"


def subject_of(subject: str) -> Address:
    """Give the address of a subject, or a stand-in for a subject which is not ours: however long, it can be kept."""
    try:
        return Address.parse(subject)
    except ValueError:
        return Address("000000", "unknown", "unknown", sha256(subject.encode()).hexdigest())


class Parking:
    """Which aggregates wait, for one schema."""

    def __init__(self, service: str) -> None:
        self._service = service
        self.subjects: set[str] = set()

    async def load(self, db: Db) -> None:
        """Learn from the database which aggregates wait."""
        rows = await db.fetch("SELECT county, service, aggregate, id FROM parked")
        self.subjects = {Address(*row).subject for row in rows}

    def keep(self, parked: Iterable[tuple[Address, int, str]]) -> None:
        """Take over what was committed."""
        self.subjects.update(address.subject for address, _, _ in parked)

    @staticmethod
    async def write(
        db: Db, parked: Sequence[tuple[Address, int, str]], waiting: Sequence[tuple[Address, int]]
    ) -> None:
        """Write newly parked aggregates and the events that wait; the caller holds the transaction."""
        if parked:
            await db.executemany(
                "INSERT INTO parked (county, service, aggregate, id, sequence, error) VALUES ($1, $2, $3, $4, $5, $6)"
                " ON CONFLICT (county, service, aggregate, id) DO UPDATE"
                " SET error = excluded.error, sequence = excluded.sequence, tries = parked.tries + 1, retry = false",
                [(*address, sequence, error) for address, sequence, error in parked],
            )
        if waiting:
            await db.executemany(
                "INSERT INTO parked_events (county, service, aggregate, id, sequence) VALUES ($1, $2, $3, $4, $5)"
                " ON CONFLICT DO NOTHING",
                [(*address, sequence) for address, sequence in waiting],
            )

    async def asked(self, db: Db) -> list[Address]:
        """Name the aggregates whose retry was asked for."""
        if not self.subjects:
            return []
        rows = await db.fetch("SELECT county, service, aggregate, id FROM parked WHERE retry")
        return [Address(*row) for row in rows]

    async def waiting(self, db: Db, address: Address) -> list[int]:
        """Give the sequences of the events that wait, oldest first."""
        rows = await db.fetch(f"SELECT sequence FROM parked_events WHERE {_KEY} ORDER BY sequence", *address)
        return [row["sequence"] for row in rows]

    async def clear_waiting(self, db: Db, address: Address) -> None:
        """Take the aggregate's events out of the queue; the caller holds the transaction and applies them."""
        await db.execute(f"DELETE FROM parked_events WHERE {_KEY}", *address)

    async def set_free(self, db: Db, address: Address) -> None:
        """Say that nothing of the aggregate waits any more; the caller holds the transaction."""
        await db.execute(f"DELETE FROM parked WHERE {_KEY}", *address)

    async def failed_again(self, db: Db, address: Address, error: Exception) -> None:
        """Note that a retry did not help."""
        await db.execute(
            f"UPDATE parked SET tries = tries + 1, retry = false, error = $5 WHERE {_KEY}",
            *address,
            reason_of(error),
        )


async def ask_retry(db: Db, address: Address) -> bool:
    """Ask the active projector to apply a parked aggregate's events again; False when it is not parked."""
    return str(await db.execute(f"UPDATE parked SET retry = true WHERE {_KEY}", *address)) == "UPDATE 1"
