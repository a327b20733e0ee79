"""Uploaded photos 上传的照片: which sealed files wait in the object store for a meeting to name them.

An upload is no event, so this list is not derived from the log and stays when a projection is rebuilt. A photo that
no meeting names is an orphan: a day after its upload it is condemned, and removed at the next round but one.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from contracts.sealed import SealedFile
from runtime.process import Process
from runtime.refusals import IdempotencyKeyReused
from runtime.tables import Db

_DDL = """
CREATE TABLE IF NOT EXISTS operations.uploads (
    county text NOT NULL, command_id uuid NOT NULL, case_id uuid NOT NULL, digest text NOT NULL,
    media_type text NOT NULL, size int NOT NULL, uploaded_at timestamptz NOT NULL,
    stored boolean NOT NULL DEFAULT false, condemned_at timestamptz,
    PRIMARY KEY (county, command_id), UNIQUE (county, digest));
"""

ORPHAN_AFTER = timedelta(hours=24)
"""How long an uploaded photo waits for its meeting."""
GRACE = timedelta(minutes=30)
"""Between condemning and removing: whoever named the photo a moment before has been recorded by then."""


class Orphan(NamedTuple):
    """An uploaded photo that nobody named."""

    county: str
    digest: str


async def ensure_uploads(process: Process) -> None:
    """Make the table when it does not exist."""
    async with process.database.owner() as db, db.transaction():
        await db.execute("SELECT pg_advisory_xact_lock(hashtextextended('operations', 1))")
        await db.execute(_DDL)


async def claim(db: Db, county: str, command: UUID, photo: SealedFile, now: datetime) -> bool:
    """Note an upload before its file is stored; True when the same upload has been stored before.

    Raises: IdempotencyKeyReused when the key came before with another photo or for another case.
    """
    row = await db.fetchrow(
        "INSERT INTO operations.uploads AS u (county, command_id, case_id, digest, media_type, size, uploaded_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (county, command_id) DO UPDATE SET uploaded_at = excluded.uploaded_at, condemned_at = NULL"
        " RETURNING digest, stored",
        county,
        command,
        photo.case,
        photo.digest,
        photo.media_type,
        photo.size,
        now,
    )
    assert row is not None
    if row["digest"] != photo.digest:
        raise IdempotencyKeyReused
    return bool(row["stored"])


async def note_stored(db: Db, county: str, command: UUID) -> None:
    """Note that the file of an upload is in the object store; from now on meetings may name it."""
    await db.execute(
        "UPDATE operations.uploads SET stored = true WHERE county = $1 AND command_id = $2", county, command
    )


async def uploaded(db: Db, county: str, case: UUID, digests: Iterable[str]) -> dict[str, SealedFile]:
    """Give those of the photos that were uploaded for the case and are there to be named."""
    wanted = list(digests)
    if not wanted:
        return {}
    rows = await db.fetch(
        "SELECT digest, media_type, size FROM operations.uploads WHERE county = $1 AND case_id = $2"
        " AND digest = ANY($3::text[]) AND stored AND condemned_at IS NULL",
        county,
        case,
        wanted,
    )
    return {
        row["digest"]: SealedFile(case=case, digest=row["digest"], media_type=row["media_type"], size=row["size"])
        for row in rows
    }


async def sweep(process: Process, now: datetime, county: str | None = None) -> list[Orphan]:
    """Condemn the photos that waited too long, and remove those condemned before, in one county or in all.

    Gives the removed ones.

    Nothing is touched while the projection is behind the log, because an event may name the photo, nor in a county
    with a parked meeting.
    """
    last = await process.log.last_sequence()
    if not await process.positions.wait(last, process.settings.own_projection_wait):
        return []
    async with process.database.owner() as db:
        await db.execute(
            f"UPDATE operations.uploads u SET condemned_at = NULL WHERE condemned_at IS NOT NULL AND {_NAMED}"
        )
        rows = await db.fetch(
            f"UPDATE operations.uploads u SET stored = false WHERE condemned_at <= $1"
            f" AND NOT {_NAMED} AND NOT {_PARKED} AND u.county = coalesce($2, u.county) RETURNING county, digest",
            now - GRACE,
            county,
        )
        await db.execute(
            f"UPDATE operations.uploads u SET condemned_at = $2 WHERE uploaded_at < $1 AND condemned_at IS NULL"
            f" AND NOT {_NAMED} AND NOT {_PARKED} AND u.county = coalesce($3, u.county)",
            now - ORPHAN_AFTER,
            now,
            county,
        )
    doomed = [Orphan(*row) for row in rows]
    for orphan in doomed:
        await process.files.remove(orphan.digest)
    async with process.database.owner() as db:
        await db.execute(
            "DELETE FROM operations.uploads u USING unnest($1::text[], $2::text[]) AS gone(county, digest)"
            " WHERE u.county = gone.county AND u.digest = gone.digest AND NOT stored AND condemned_at IS NOT NULL",
            [orphan.county for orphan in doomed],
            [orphan.digest for orphan in doomed],
        )
    return doomed


_NAMED = "EXISTS (SELECT 1 FROM photos p WHERE p.county = u.county AND p.digest = u.digest)"
_PARKED = "EXISTS (SELECT 1 FROM parked k WHERE k.county = u.county AND k.service = 'meetings')"
