"""The projection's schema: versioned by the read models' code, made beside the old one, never altered.

A schema holds the states, the read models, the parked aggregates and one position. It can be dropped and built
again from the log at any time. Only the vault (runtime/vault.py) is not derived from the log.
Source: ADR 0001, ADR 0004 (row-level security).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from contracts.envelope import digest_of
from runtime.folds import Fold
from runtime.settings import Settings
from runtime.tables import ReadModel

_FIXED = (
    """CREATE TABLE position (
        one boolean PRIMARY KEY DEFAULT true CHECK (one), sequence bigint NOT NULL, hash text,
        to_react bigint NOT NULL DEFAULT 0)""",
    "INSERT INTO position (sequence, hash) VALUES (0, NULL)",
    "CREATE TABLE meta (one boolean PRIMARY KEY DEFAULT true CHECK (one), ddl_digest text NOT NULL)",
    """CREATE TABLE states (
        fold text NOT NULL, county text NOT NULL, id text NOT NULL, version int NOT NULL, sequence bigint NOT NULL,
        hash text NOT NULL, time timestamptz NOT NULL, state text NOT NULL, handled text NOT NULL,
        PRIMARY KEY (county, fold, id))""",
    """CREATE TABLE parked (
        county text NOT NULL, service text NOT NULL, aggregate text NOT NULL, id text NOT NULL,
        sequence bigint NOT NULL, error text NOT NULL, tries int NOT NULL DEFAULT 1,
        parked_at timestamptz NOT NULL DEFAULT now(), retry boolean NOT NULL DEFAULT false,
        PRIMARY KEY (county, service, aggregate, id))""",
    """CREATE TABLE parked_events (
        county text NOT NULL, service text NOT NULL, aggregate text NOT NULL, id text NOT NULL,
        sequence bigint PRIMARY KEY)""",
)

ASKED_FOR = "(SELECT current_setting('app.county', true))"
"""The transaction's county; as a query of its own it is asked for once, and not for each of 100,000 rows."""


class SchemaDiffers(Exception):
    """The read models changed without a new schema version."""


@dataclass(frozen=True)
class Schema:
    """One version of one service's projection."""

    service: str
    version: int
    folds: Sequence[Fold[Any]]
    suffix: str = ""

    @property
    def name(self) -> str:
        """Give the PostgreSQL schema's name, e.g. proposals_v3."""
        return f"{self.service}_v{self.version}{self.suffix}"

    def _read_model_ddl(self) -> list[str]:
        models: dict[str, ReadModel] = {}
        for model in (model for fold in self.folds for model in fold.read_models):
            assert models.setdefault(model.name, model) is model, f"two read models are called {model.name}"
        return [line for model in models.values() for line in model.ddl()]

    @property
    def tables(self) -> list[str]:
        """Name the read models' tables, in a fixed order; one that several folds share is there once."""
        return sorted({model.name for fold in self.folds for model in fold.read_models})

    @property
    def digest(self) -> str:
        """Give `sha256:…` of all that makes the schema's tables."""
        return digest_of("\n".join([*_FIXED, *self._read_model_ddl()]).encode())

    async def ensure(self, db: asyncpg.Connection, http_role: str) -> None:
        """Make the schema when it does not exist; a second caller waits for the first.

        Raises: SchemaDiffers when it exists with other tables than this code's.
        """
        ddl = [*_FIXED, *self._read_model_ddl()]
        digest = self.digest
        async with db.transaction():
            await db.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", self.name)
            if await db.fetchval("SELECT to_regclass($1)", f"{self.name}.meta"):
                found = await db.fetchval(f"SELECT ddl_digest FROM {self.name}.meta")
                if found != digest:
                    raise SchemaDiffers(f"{self.name} was made by other code; raise the schema's version")
                return
            await db.execute(f"CREATE SCHEMA {self.name}")
            await db.execute(f"SET LOCAL search_path TO {self.name}")
            for statement in ddl:
                await db.execute(statement)
            await db.execute("INSERT INTO meta (ddl_digest) VALUES ($1)", digest)
            await db.execute(f"GRANT USAGE ON SCHEMA {self.name} TO {http_role}")
            for table in [*self.tables, "states", "parked"]:
                await db.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
                await db.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
                await db.execute(f"CREATE POLICY county ON {table} USING (county = {ASKED_FOR})")
                await db.execute(f"GRANT SELECT ON {table} TO {http_role}")
            await db.execute(f"GRANT SELECT ON position TO {http_role}")


def http_role(settings: Settings) -> str:
    """Give the role that answers HTTP queries, from its connection string."""
    role = urlsplit(settings.database_http_url.get_secret_value()).username
    assert role is not None, "YISHI_DATABASE_HTTP_URL names no user"
    return role
