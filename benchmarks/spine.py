"""The proposals service's spine in this process, on servers of its own: log, projection, states, executor."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from nats.aio.client import Client

from benchmarks.bulk import Bulk, Tail, connect_vault, keep_keys
from benchmarks.life import Case, acts_until
from benchmarks.moulds import Moulds
from runtime import operations, vault
from runtime.database import Database
from runtime.execute import Executor
from runtime.log import EventLog
from runtime.position import Position
from runtime.projector import Projector
from runtime.schema import Schema, http_role
from runtime.settings import Settings
from runtime.states import States
from services.proposals.main import SERVICE
from yishi.child import StackError
from yishi.postgres_place import remove
from yishi.stack import Stack
from yishi.stack_state import running_stack

BEFORE = tuple(act.name for act in acts_until("sign_for"))
"""What has happened to a case on which the measured command, signing for it 签收, is carried out."""
_WRITTEN = 5_000
"""Cases written at a time."""


@asynccontextmanager
async def servers(home: Path, *services: str) -> AsyncIterator[Stack]:
    """Run servers of their own, and the named services as processes; everything is deleted afterwards."""
    if running_stack(home):
        raise StackError(f"{home} 中已有一次性能测量在进行。")
    remove(home)  # What a killed run has left.
    shutil.rmtree(home, ignore_errors=True)
    stack = Stack(home, services=services)
    try:
        await stack.start()
        yield stack
    finally:
        await stack.remove()


def settings_of(stack: Stack, service: str = "proposals") -> Settings:
    """Give the settings of a service on these servers."""
    known = stack.environment(service).items()
    return Settings.model_validate({key.removeprefix("YISHI_").lower(): value for key, value in known})


class Spine:
    """Everything between a decided command and its row, without HTTP."""

    def __init__(self, stack: Stack, operator: Client) -> None:
        self._settings = settings_of(stack)
        self._operator = operator
        self.stack = stack
        self.log = EventLog(self._settings, "benchmark")
        self.schema = Schema(SERVICE.name, SERVICE.schema_version, SERVICE.folds)
        self.database = Database(self._settings, self.schema.name)
        self.executor = Executor(self.log, States(self.database))
        self.moulds = Moulds()
        self.bulk = Bulk(operator, self.moulds)

    async def open(self) -> None:
        """Connect, and make vault and schema."""
        await self.log.connect()
        db = await self.database.dedicated()
        await vault.ensure_vault(db)
        await operations.ensure_operations(db)
        await self.schema.ensure(db, http_role(self._settings))
        await db.close()
        await self.database.open()
        await self.bulk.write_directory()

    async def close(self) -> None:
        """Disconnect."""
        await self.database.close()
        await self.log.close()

    async def write(self, cases: Sequence[Case], acts: Sequence[str]) -> dict[int, Tail]:
        """Write cases, their keys first."""
        return await write(self.bulk, self._settings, cases, acts)

    async def catch_up(self) -> None:
        """Bring the projection to the end of the log."""
        await self.project(self.schema, self.database)

    async def project(self, schema: Schema, database: Database) -> None:
        """Bring a schema of the service to the end of the log."""

        async def silent(position: Position) -> None: ...

        projector = Projector(self.log, database, schema, silent, SERVICE.reacts_to)
        await projector.catch_up(await self.log.last_sequence())

    async def fresh(self) -> tuple[Schema, Database]:
        """Make an empty schema beside the serving one."""
        schema = Schema(SERVICE.name, SERVICE.schema_version, SERVICE.folds, "_again")
        database = Database(self._settings, schema.name)
        db = await database.dedicated()
        await db.execute(f"DROP SCHEMA IF EXISTS {schema.name} CASCADE")
        await schema.ensure(db, http_role(self._settings))
        await db.close()
        return schema, database


async def write(bulk: Bulk, settings: Settings, cases: Sequence[Case], acts: Sequence[str]) -> dict[int, Tail]:
    """Write cases, their keys first, and give where each one's next event goes."""
    db = await connect_vault(settings.database_url.get_secret_value())
    tails: dict[int, Tail] = {}
    for start in range(0, len(cases), _WRITTEN):
        some = cases[start : start + _WRITTEN]
        await keep_keys(db, some)
        tails |= await bulk.write_cases(some, acts)
    await db.close()
    return tails


@asynccontextmanager
async def spine(home: Path) -> AsyncIterator[Spine]:
    """Run the spine on servers of its own."""
    async with servers(home) as stack:
        operator = await stack.nats.connect("operator")
        opened = Spine(stack, operator)
        try:
            await opened.open()
            yield opened
        finally:
            await opened.close()
            await operator.close()
