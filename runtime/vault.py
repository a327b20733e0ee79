"""The vault: the keys of the cases and the county's secrets, the one thing in the database that no log can rebuild.

The vault row is written first, the event second. Erasing is an event first, and its handler destroys the key; the
destruction is repeated at every start (runtime/erasing.py), so that a restored vault does not bring back what was
erased. A destroyed key leaves its row without the key: such a case never gets another one.
Source: ADR 0002. It must be backed up together with the log.
"""

import os
from collections.abc import Iterable, Sequence
from uuid import UUID

import asyncpg

from runtime.refusals import CaseErased
from runtime.tables import Db

_DDL = """
CREATE SCHEMA IF NOT EXISTS vault;
CREATE TABLE IF NOT EXISTS vault.keys (
    county text NOT NULL, case_id uuid NOT NULL, key bytea CHECK (length(key) = 32),
    created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (county, case_id));
CREATE TABLE IF NOT EXISTS vault.secrets (
    county text NOT NULL, purpose text NOT NULL, secret bytea NOT NULL CHECK (length(secret) = 32),
    PRIMARY KEY (county, purpose));
"""


async def ensure_vault(db: asyncpg.Connection) -> None:
    """Make the vault's tables when they do not exist; nobody but the projector role may see them."""
    async with db.transaction():
        await db.execute("SELECT pg_advisory_xact_lock(hashtextextended('vault', 1))")
        await db.execute(_DDL)


async def key_for(db: Db, county: str, case: UUID) -> bytes:
    """Give the key of a case, making it when the case is new: 256 random bits, on disk before this returns.

    Raises: CaseErased.
    """
    await db.execute(
        "INSERT INTO vault.keys (county, case_id, key) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        county,
        case,
        os.urandom(32),
    )
    key = await db.fetchval("SELECT key FROM vault.keys WHERE county = $1 AND case_id = $2", county, case)
    if key is None:
        raise CaseErased
    assert isinstance(key, bytes)
    return key


async def keys_for(db: Db, county: str, cases: Sequence[UUID]) -> dict[UUID, bytes]:
    """Give the keys of many cases of a county, making those of new cases; one that was erased is left out."""
    await db.execute(
        "INSERT INTO vault.keys (county, case_id, key) SELECT $1, * FROM unnest($2::uuid[], $3::bytea[]) "
        "ON CONFLICT DO NOTHING",
        county,
        sorted(cases),
        [os.urandom(32) for _ in cases],
    )
    return {case: key for (_, case), key in (await keys_of(db, [(county, case) for case in cases])).items()}


async def keys_of(db: Db, wanted: Iterable[tuple[str, UUID]]) -> dict[tuple[str, UUID], bytes]:
    """Give those of the wanted keys that still exist, in one statement."""
    pairs = sorted(set(wanted))
    if not pairs:
        return {}
    rows = await db.fetch(
        "SELECT k.county, k.case_id, k.key FROM vault.keys k "
        "JOIN unnest($1::text[], $2::uuid[]) AS w(county, case_id) USING (county, case_id) "
        "WHERE k.key IS NOT NULL",
        [county for county, _ in pairs],
        [case for _, case in pairs],
    )
    return {(row["county"], row["case_id"]): row["key"] for row in rows}


async def destroy(db: Db, cases: Iterable[tuple[str, UUID]]) -> None:
    """Destroy the keys of cases: nothing sealed with them can be read again, and they never get other keys."""
    pairs = sorted(set(cases))
    await db.execute(
        "INSERT INTO vault.keys (county, case_id, key) "
        "SELECT county, case_id, NULL FROM unnest($1::text[], $2::uuid[]) AS gone(county, case_id) "
        "ON CONFLICT (county, case_id) DO UPDATE SET key = NULL WHERE keys.key IS NOT NULL",
        [county for county, _ in pairs],
        [case for _, case in pairs],
    )


async def secret_for(db: Db, county: str, purpose: str) -> bytes:
    """Give a county's secret for a purpose (command digests, search terms), making it when there is none."""
    await db.execute(
        "INSERT INTO vault.secrets (county, purpose, secret) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        county,
        purpose,
        os.urandom(32),
    )
    secret = await db.fetchval("SELECT secret FROM vault.secrets WHERE county = $1 AND purpose = $2", county, purpose)
    assert isinstance(secret, bytes)
    return secret
