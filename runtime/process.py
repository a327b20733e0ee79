"""One running process of one service: everything it holds, opened and closed in order."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import structlog
from fastapi import APIRouter

from runtime import operations, vault
from runtime.auth import Authenticator
from runtime.continuity import check_log_holds
from runtime.database import AWAY_OR_GOING, Database
from runtime.execute import Executor
from runtime.folds import Fold
from runtime.log import EventLog, LogWentBack
from runtime.metrics import Metrics
from runtime.objects import SealedFiles
from runtime.position import read_position, read_to_react
from runtime.positions import Positions
from runtime.projector import Projector
from runtime.refusals import DatabaseUnavailable, Forbidden, LogUnavailable, NotYetThere, ProjectionStopped
from runtime.schema import Schema, http_role
from runtime.settings import Settings
from runtime.states import States
from runtime.tasks import end
from runtime.vitals import Vitals

if TYPE_CHECKING:
    from runtime.reactions import Reaction, Reactions

logger = structlog.get_logger()

Mandates = Callable[["Process", str, str, str, str, str, date], Awaitable[bool]]
Start = Callable[["Process"], Awaitable[None]]


@dataclass(frozen=True)
class Service:
    """What a service consists of; `main.py` says it and nothing else."""

    name: str
    title: str
    schema_version: int
    folds: Sequence[Fold[Any]]
    routers: Sequence[APIRouter] = ()
    reactions: "Sequence[Reaction]" = ()
    body_limit: int | None = None
    """Bytes of one request body, where the service takes larger ones than the setting allows."""
    mandate_holds: Mandates | None = None
    """Says whether a mandate lets (county, actor) act for another, in an action, on a day."""
    on_start: Sequence[Start] = ()
    """What to do once the projection has caught up, before the first request is served."""
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def schema_name(self) -> str:
        """Give the name of the schema that this version of the service projects into, e.g. proposals_v3."""
        return Schema(self.name, self.schema_version, self.folds).name

    @property
    def reacts_to(self) -> frozenset[tuple[str, str]]:
        """Give the kinds (service, aggregate) whose events reach the reactions."""
        return frozenset((reaction.event.service, reaction.event.aggregate) for reaction in self.reactions)


class Process:
    """A service with its connections."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self.service = service
        self.settings = settings
        self.schema = Schema(service.name, service.schema_version, service.folds, settings.schema_suffix)
        self.metrics = Metrics(service.name, self.schema.name)
        self.database = Database(settings, self.schema.name)
        self.log = EventLog(settings, f"yishi-{service.name}")
        self.positions = Positions(self.log, service.name, self.schema.name, self._look)
        self.projector = Projector(self.log, self.database, self.schema, self.positions.announce, service.reacts_to)
        self.states = States(self.database)
        self.executor = Executor(self.log, self.states, self.metrics.commands)
        self.authenticator = Authenticator(settings.issuer, settings.jwks_file)
        self.files = SealedFiles(self.log, service.name)
        self.reactions: Reactions | None = None
        self.vitals = Vitals(self)
        self.caught_up = False
        self._end = sys.maxsize
        """Where the log ended when readiness was asked the last time. Under a steady load its present end is always
        ahead; whoever has passed the end of a moment ago has caught up."""
        self._reacted = 0
        """Up to here every reaction is known to be done and projected: what was done stays done."""
        self._looking: asyncio.Task[None] | None = None
        """Asks the database for readiness."""
        self._secrets: dict[tuple[str, str], bytes] = {}
        self._open = AsyncExitStack()

    async def open(self) -> None:
        """Connect to log and database, make what is missing, and begin to project and react.

        Raises: UnsafeLog, SchemaDiffers: the process must not run.
        """
        from runtime.reactions import Reactions

        self._open.push_async_callback(self.log.close)
        await self.log.connect()
        await self._make_schema()
        await self.database.open()
        self._open.push_async_callback(self.database.close)
        self.log.guards.append(self._check_position)
        try:
            await self._check_position()
        except LogWentBack as damage:
            self.log.stop(damage)
        await self.positions.listen()
        self.projector.start()
        self._open.push_async_callback(self.projector.stop)
        if self.service.reactions:
            self.reactions = Reactions(self, self.service.reactions)
            await self.reactions.start()
            self._open.push_async_callback(self.reactions.stop)
        self.vitals.start()
        logger.info("service.started", schema=self.schema.name)

    async def close(self) -> None:
        """Close everything in the opposite order."""
        await self._open.aclose()
        if self._looking is not None:
            await end(self._looking)

    def every(self, seconds: float, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do a piece of work every so many seconds until the process closes; a failure is logged and tried again."""

        async def run() -> None:
            while True:
                await asyncio.sleep(seconds)
                try:
                    await work()
                except Exception:
                    logger.exception("work.failed", work=name)

        task = asyncio.create_task(run(), name=name)

        async def stop() -> None:
            await end(task)

        self._open.push_async_callback(stop)

    async def _make_schema(self) -> None:
        while True:
            try:
                db = await self.database.dedicated()
                break
            except AWAY_OR_GOING as error:
                logger.warning("database.awaited", error=repr(error))
                await asyncio.sleep(0.25)
        try:
            await vault.ensure_vault(db)
            await operations.ensure_operations(db)
            await self.schema.ensure(db, http_role(self.settings))
        finally:
            await db.close()

    async def _look(self) -> int:
        async with self.database.owner() as db:
            return (await read_position(db)).sequence

    async def look(self) -> None:
        """Look in the database how far the projection has come, and wake whoever waits for it.

        Raises: DatabaseUnavailable.
        """
        await self.positions.reached(await self._look())

    async def _database_answers(self) -> list[str]:
        """Say whether the database does not answer in time; one that is frozen is asked by one task, not by each."""
        if self._looking is None:
            self._looking = asyncio.create_task(self.look(), name="readiness")
        looking = self._looking
        await asyncio.wait([looking], timeout=self.settings.ready_wait)
        if not looking.done():
            return [f"the database has not answered for {self.settings.ready_wait:g} seconds"]
        if self._looking is looking:
            self._looking = None
        try:
            looking.result()
        except DatabaseUnavailable:
            return ["the database is away"]
        return []

    async def _check_position(self) -> None:
        async with self.database.owner() as db:
            position = await read_position(db)
        await check_log_holds(self.log, position)

    async def secret(self, county: str, purpose: str) -> bytes:
        """Give a county's secret from the vault, remembered for the life of the process."""
        key = (county, purpose)
        if key not in self._secrets:
            async with self.database.owner() as db:
                self._secrets[key] = await vault.secret_for(db, county, purpose)
        return self._secrets[key]

    async def check_mandate(
        self, county: str, actor: str, for_whom: str | None, authority: str | None, action: str, day: date
    ) -> None:
        """Check that the actor may act for somebody else.

        Raises: Forbidden.
        """
        holds = self.service.mandate_holds
        if not (for_whom and authority and holds):
            raise Forbidden("代为办理须同时写明委托人与委托编号")
        if not await holds(self, county, actor, for_whom, authority, action, day):
            raise Forbidden("委托无效, 或不含此事项", authority=authority)

    async def wait_at_least(self, sequence: int) -> None:
        """Wait until the projection has passed a sequence and the reactions up to it are done and projected.

        Raises: NotYetThere; ProjectionStopped.
        """
        timeout = self.settings.at_least_wait
        deadline = asyncio.get_running_loop().time() + timeout
        if self.log.broken:
            raise ProjectionStopped(str(self.log.broken))
        if not await self.positions.wait(sequence, timeout):
            raise NotYetThere
        if self.reactions is None or sequence <= self._reacted:
            return
        async with self.database.owner() as db:
            position, to_react = await read_to_react(db)
        last = await self.reactions.wait_done(min(sequence, to_react), deadline)
        remaining = deadline - asyncio.get_running_loop().time()
        if last is None or not await self.positions.wait(last, max(remaining, 0)):
            raise NotYetThere
        self._reacted = max(self._reacted, position if to_react <= sequence else sequence)

    async def readiness(self) -> dict[str, Any]:
        """Say whether requests can be served now, and why not."""
        problems: list[str] = []
        last = 0
        if self.log.broken:
            problems.append(str(self.log.broken))
        if self.projector.failing:
            problems.append(f"the projector fails: {type(self.projector.failing).__name__}")
        try:
            last = await self.log.last_sequence()
        except LogUnavailable:
            problems.append("the log is away")
        problems += await self._database_answers()
        problems += self.vitals.fatal()
        if not problems:
            self.vitals.observe(last)
            if stall := self.vitals.stall():
                problems.append(stall)
        if not problems and not self.caught_up:
            self.caught_up = self.positions.sequence >= min(last, self._end)
            self._end = last
            if not self.caught_up:
                problems.append("the projection is catching up")
        return {
            "service": self.service.name,
            "ready": not problems,
            "problems": problems,
            "schema": self.schema.name,
            "position": self.positions.sequence,
            "log": last,
            "lag": self.vitals.lag,
            "projector": self.vitals.projector_state(),
        }
