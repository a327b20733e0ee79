"""What operators must not lose and no log rebuilds: reactions that were refused, or wait for a parked aggregate."""

from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from contracts.envelope import Address
from runtime.tables import Db

_DDL = """
CREATE SCHEMA IF NOT EXISTS operations;
CREATE TABLE IF NOT EXISTS operations.refused_reactions (
    event_id uuid NOT NULL, reaction text NOT NULL, sequence bigint NOT NULL, subject text NOT NULL,
    code text NOT NULL, detail text NOT NULL, refused_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_id, reaction));
CREATE TABLE IF NOT EXISTS operations.deferred_reactions (
    sequence bigint PRIMARY KEY, subject text NOT NULL, deferred_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS operations.reacted (up_to bigint PRIMARY KEY, log bigint NOT NULL);
"""


async def ensure_operations(db: asyncpg.Connection) -> None:
    """Make the tables when they do not exist."""
    async with db.transaction():
        await db.execute("SELECT pg_advisory_xact_lock(hashtextextended('operations', 1))")
        await db.execute(_DDL)


async def note_refusal(db: Db, event: UUID, reaction: str, sequence: int, subject: str, code: str, why: str) -> None:
    """Keep that a reaction was refused; the same refusal twice is one row."""
    await db.execute(
        "INSERT INTO operations.refused_reactions (event_id, reaction, sequence, subject, code, detail)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        event,
        reaction,
        sequence,
        subject,
        code,
        why,
    )


async def defer(db: Db, sequence: int, subject: str) -> None:
    """Keep an event whose reaction has to wait, and with it whatever its aggregate brings after it."""
    await db.execute(
        "INSERT INTO operations.deferred_reactions (sequence, subject) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        sequence,
        subject,
    )


async def is_deferred(db: Db, subject: str) -> bool:
    """Say whether an earlier event of the same aggregate still waits."""
    return bool(
        await db.fetchval("SELECT EXISTS (SELECT FROM operations.deferred_reactions WHERE subject = $1)", subject)
    )


async def deferred(db: Db) -> list[tuple[int, str]]:
    """Give the sequences that wait with their subjects, oldest first."""
    rows = await db.fetch("SELECT sequence, subject FROM operations.deferred_reactions ORDER BY sequence")
    return [(row["sequence"], row["subject"]) for row in rows]


async def undefer(db: Db, sequence: int) -> None:
    """Forget an event whose reaction is done."""
    await db.execute("DELETE FROM operations.deferred_reactions WHERE sequence = $1", sequence)


async def forget_after(db: Db, sequence: int) -> None:
    """Forget deferred events that the log no longer has: their sequences will be other events'."""
    await db.execute("DELETE FROM operations.deferred_reactions WHERE sequence > $1", sequence)


class Waiting(NamedTuple):
    """How much waits for a person to look at it."""

    parked: int
    deferred: int
    refused: int


async def waiting(db: Db) -> Waiting:
    """Count parked aggregates of this schema, deferred events, and reactions refused for good."""
    row = await db.fetchrow(
        "SELECT (SELECT count(*) FROM parked), (SELECT count(*) FROM operations.deferred_reactions),"
        " (SELECT count(*) FROM operations.refused_reactions)"
    )
    assert row is not None
    return Waiting(*row)


async def parked(db: Db, county: str | None) -> list[dict[str, Any]]:
    """List the parked aggregates of a county, or of all, with their reason and the number of waiting events."""
    rows = await db.fetch(
        "SELECT p.*, (SELECT count(*) FROM parked_events e WHERE (e.county, e.service, e.aggregate, e.id)"
        " = (p.county, p.service, p.aggregate, p.id)) AS waiting FROM parked p"
        " WHERE p.county = coalesce($1, p.county) ORDER BY p.sequence",
        county,
    )
    return [
        {
            "subject": Address(row["county"], row["service"], row["aggregate"], row["id"]).subject,
            "sequence": row["sequence"],
            "error": row["error"],
            "tries": row["tries"],
            "waiting": row["waiting"],
            "parked_at": row["parked_at"],
        }
        for row in rows
    ]
