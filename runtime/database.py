"""Connections to the service's database: two roles, and one transaction per county for HTTP queries.

The projector role owns the schemas and stands outside row-level security, because a batch spans counties. The HTTP
role is bound by it: a query sees the one county its transaction names, even when it forgets its WHERE (ADR 0004).
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from runtime.refusals import DatabaseUnavailable, MalformedRequest
from runtime.settings import Settings

AWAY = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.CannotConnectNowError)
AWAY_OR_GOING = (
    *AWAY,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,  # What asyncpg says when its connection is ended in the middle of a statement.
    TimeoutError,
)
"""What asyncpg raises when the database is away: wait for it, it is not a poison event."""

_COUNTY = re.compile(r"\d{6}", re.ASCII)
_BY_KEY = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}
"""The projector reads and replaces rows by key, a few at a time. PostgreSQL keeps the plan that it made while the
tables were empty, and would read all of them for each batch until it happens to look at them again."""
_KEEPALIVES = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3"}


class Database:
    """The pools of one service process."""

    def __init__(self, settings: Settings, schema: str) -> None:
        self._settings = settings
        self._schema = schema
        self._owner: asyncpg.Pool | None = None
        self._http: asyncpg.Pool | None = None

    async def open(self) -> None:
        """Open both pools."""
        self._owner = await self._pool(self._settings.database_url.get_secret_value(), 4)
        self._http = await self._pool(self._settings.database_http_url.get_secret_value(), 8)

    async def _pool(self, url: str, size: int) -> asyncpg.Pool:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            timeout=5,
            command_timeout=30,
            init=_speak_json,
            reset=_leave_as_it_is,
            server_settings={"search_path": self._schema, **_KEEPALIVES},
        )

    def use(self, pool: str) -> tuple[int, int]:
        """Give how many connections of a pool (`owner`, `http`) are in use, and how many it may have."""
        found = self._owner if pool == "owner" else self._http
        return (found.get_size() - found.get_idle_size(), found.get_max_size()) if found else (0, 0)

    async def close(self) -> None:
        """Close both pools, not waiting for a database that is away."""
        for pool in (self._owner, self._http):
            if pool is not None:
                pool.terminate()

    @asynccontextmanager
    async def owner(self) -> AsyncIterator[PoolConnectionProxy]:
        """Give a connection of the role that loads states and keeps the vault.

        Raises: DatabaseUnavailable.
        """
        assert self._owner is not None, "open() first"
        async with _away_is_a_refusal(), self._owner.acquire(timeout=5) as db:
            yield db

    @asynccontextmanager
    async def county(self, county: str) -> AsyncIterator[PoolConnectionProxy]:
        """Give a transaction that sees one county only.

        Raises: DatabaseUnavailable; MalformedRequest for a value that no column can hold.
        """
        assert self._http is not None, "open() first"
        if not _COUNTY.fullmatch(county):
            raise MalformedRequest("县级代码无效")
        async with _away_is_a_refusal(), self._http.acquire(timeout=5) as db:
            # One round trip; the county is six digits and nothing else, so it may stand in the text.
            await db.execute(f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL app.county = '{county}'")
            try:
                yield db
            except asyncpg.DataError as error:
                raise MalformedRequest("请求中的值超出允许范围") from error
            finally:
                await db.execute("ROLLBACK")

    async def dedicated(self) -> asyncpg.Connection:
        """Open a connection for the projector: PostgreSQL ends it seconds after its holder falls silent."""
        db = await asyncpg.connect(
            self._settings.database_url.get_secret_value(),
            timeout=5,
            command_timeout=60,
            server_settings={
                "search_path": self._schema,
                "idle_session_timeout": "5s",
                "idle_in_transaction_session_timeout": "5s",
                **_BY_KEY,
                **_KEEPALIVES,
            },
        )
        await _speak_json(db)
        return db


async def _leave_as_it_is(db: asyncpg.Connection) -> None:
    """Spare a round trip: nothing outlives its transaction on these connections, neither settings nor locks."""


async def _speak_json(db: asyncpg.Connection) -> None:
    """Pass jsonb to and from Python values."""
    await db.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: json.dumps(value, ensure_ascii=False),
        decoder=json.loads,
    )


@asynccontextmanager
async def _away_is_a_refusal() -> AsyncIterator[None]:
    try:
        yield
    except AWAY_OR_GOING as error:
        raise DatabaseUnavailable(type(error).__name__) from error
