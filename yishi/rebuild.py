"""`yishi rebuild SERVICE`: builds the projection again from the log, compares it with the serving one, swaps them.

The new schema grows beside the old one while that one serves. When it has caught up, this program takes the serving
schema's projector lock: the service goes on answering, its projection stands still. Both schemas are then brought to
the same position and compared, and one transaction drops the old one and gives its name to the new one. The service's
projector gets its lock back, reads its position afresh and goes on.

A serving schema that stands on events which the log no longer has, as after a restore, is replaced only with
`--swap-anyway`: by what the log's own end gives. Its service has stopped by itself and has to be started again.
"""

import asyncio
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import asyncpg
from rich.progress import Progress

from runtime import operations, vault
from runtime.continuity import LogGap, check_log_holds
from runtime.database import AWAY_OR_GOING, Database
from runtime.feed import FeedLost
from runtime.log import EventLog, LogWentBack, UnsafeLog
from runtime.position import Position, read_position
from runtime.process import Service
from runtime.projector import Projector
from runtime.refusals import LogUnavailable
from runtime.schema import Schema, SchemaDiffers, http_role
from runtime.settings import Settings
from yishi import SERVICES
from yishi.child import StackError
from yishi.comparison import Compared, compare
from yishi.target import NoStack, Target
from yishi.terminal import output, print_json, progress, table

SUFFIX = "_rebuild"
RETRY = 0.5
LOCK_SECONDS = 30.0
ENOUGH = 100
"""Events behind the log at which the new schema has caught up as far as it can while the old one serves."""


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild found: the position at which both schemas were compared, and the tables."""

    schema: str
    position: int
    tables: list[Compared]
    swapped: bool

    @property
    def identical(self) -> bool:
        """Whether every table holds the same rows in both."""
        return all(compared.identical for compared in self.tables)


class Rebuild:
    """One rebuild of one service's projection."""

    def __init__(self, service: Service, settings: Settings, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task(f"重建 {service.name}", total=None)
        self._settings = settings
        self.serving = Schema(service.name, service.schema_version, service.folds)
        self.fresh = Schema(service.name, service.schema_version, service.folds, SUFFIX)
        self._log = EventLog(settings, f"yishi-rebuild-{service.name}")
        self._database = Database(settings, self.fresh.name)
        self._projector = Projector(self._log, self._database, self.fresh, self._moved, service.reacts_to)

    async def run(self, *, keep_going: bool, swap_anyway: bool) -> Rebuilt:
        """Build, compare and swap; without `keep_going` whatever an earlier attempt left is dropped.

        *Raises* `StackError` when the log or the database cannot be used.
        """
        try:
            await self._log.connect()
            async with self._admin() as db:
                await self._prepare(db, keep_going=keep_going)
                end = await self._end_of_a_shorter_log(db, swap_anyway=swap_anyway)
                await (self._build() if end is None else self._catch_up(end))
                async with self._holding(db, self.serving.name):
                    return await self._finish(db, end, swap_anyway=swap_anyway)
        except (UnsafeLog, LogWentBack, LogGap, SchemaDiffers) as damage:
            raise StackError(f"无法重建：{damage}") from damage
        except (*AWAY_OR_GOING, LogUnavailable) as away:
            raise StackError(f"重建中断，可用 --keep-going 继续：{away!r}") from away
        finally:
            await self._log.close()

    async def _prepare(self, db: asyncpg.Connection, *, keep_going: bool) -> None:
        if not await db.fetchval("SELECT to_regclass($1)", f"{self.serving.name}.position"):
            raise StackError(f"数据库中没有 {self.serving.name}：该服务的这一版本还没有运行过，无可比对。")
        if not await db.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 2))", self.fresh.name):
            raise StackError(f"{self.serving.name} 正由另一个程序重建。")
        if not keep_going:
            await db.execute(f"DROP SCHEMA IF EXISTS {self.fresh.name} CASCADE", timeout=None)
        await vault.ensure_vault(db)
        await operations.ensure_operations(db)
        await self.fresh.ensure(db, http_role(self._settings))

    async def _end_of_a_shorter_log(self, db: asyncpg.Connection, *, swap_anyway: bool) -> int | None:
        """Give the log's end where the serving schema stands on what the log has lost, None where it does not.

        *Raises* `StackError` when the serving schema must not be given up.
        """
        await db.execute(f"SET search_path TO {self.serving.name}")
        try:
            await check_log_holds(self._log, await read_position(db))
        except LogWentBack as damage:
            if not swap_anyway:
                told = f"无法重建：{damage}；若日志已照归档恢复，加 --swap-anyway，以日志为准替换。"
                raise StackError(told) from damage
            return await self._log.last_sequence()
        return None

    async def _build(self) -> None:
        """Follow the serving schema until the new one is as good as level with it, and never overtake it."""
        while True:
            last = await self._serving_sequence()
            self._progress.update(self._task, total=last)
            await self._catch_up(last)
            if await self._serving_sequence() - last <= ENOUGH:
                return

    async def _serving_sequence(self) -> int:
        async with self._admin() as db:
            return int(await db.fetchval(f"SELECT sequence FROM {self.serving.name}.position"))

    async def _catch_up(self, last: int) -> None:
        while True:
            try:
                return await self._projector.catch_up(last)
            except FeedLost:
                await asyncio.sleep(RETRY)

    async def _finish(self, db: asyncpg.Connection, end: int | None, *, swap_anyway: bool) -> Rebuilt:
        """Bring both schemas to one position, compare, and swap; the serving schema's projector stands still.

        `end` is given where the serving schema stands beyond the log: then the new one is brought there.
        """
        position = await read_position(db)
        if end is None:
            await check_log_holds(self._log, position)
        else:
            position = Position(end, None)
        await self._catch_up(position.sequence)
        if await db.fetchval(f"SELECT sequence FROM {self.fresh.name}.position") != position.sequence:
            raise StackError(f"{self.fresh.name} 已超过序号 {position.sequence}：请不加 --keep-going 重新重建。")
        self._progress.update(self._task, description=f"比对 {self.serving.name}")
        async with db.transaction(isolation="repeatable_read"):
            tables = await compare(db, self.serving.name, self.fresh.name)
        found = Rebuilt(self.serving.name, position.sequence, tables, swapped=True)
        if not found.identical and not swap_anyway:
            return Rebuilt(self.serving.name, position.sequence, tables, swapped=False)
        async with db.transaction():
            if end is not None:
                await operations.forget_after(db, end)
            await db.execute(f"DROP SCHEMA {self.serving.name} CASCADE", timeout=None)
            await db.execute(f"ALTER SCHEMA {self.fresh.name} RENAME TO {self.serving.name}")
        return found

    @asynccontextmanager
    async def _holding(self, db: asyncpg.Connection, schema: str) -> AsyncIterator[None]:
        """Hold a schema's projector lock: we wait in its queue, then end the connection of whoever has it.

        The service's projector finds its connection gone, as when PostgreSQL restarts, and stands by.
        """
        waiting = asyncio.create_task(
            db.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", schema, timeout=LOCK_SECONDS)
        )
        async with self._admin() as other:
            while not waiting.done():
                await other.execute(_END_HOLDERS, schema)
                await asyncio.wait([waiting], timeout=0.1)
        await waiting
        try:
            yield
        finally:
            with suppress(*AWAY_OR_GOING):
                await db.execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", schema)

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[asyncpg.Connection]:
        url = self._settings.database_url.get_secret_value()
        db = await asyncpg.connect(url, timeout=5, command_timeout=60)
        try:
            yield db
        finally:
            db.terminate()

    async def _moved(self, position: Position) -> None:
        self._progress.update(self._task, completed=position.sequence)


_END_HOLDERS = """
SELECT pg_terminate_backend(pid) FROM pg_locks, hashtextextended($1, 0) AS key
WHERE locktype = 'advisory' AND granted AND objsubid = 1
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND classid::bigint = (key >> 32) & 4294967295 AND objid::bigint = key & 4294967295
  AND EXISTS (SELECT FROM pg_locks w WHERE NOT w.granted AND (w.locktype, w.database, w.classid, w.objid, w.objsubid)
                                          = ('advisory', pg_locks.database, pg_locks.classid, pg_locks.objid, 1))"""
"""Ends who holds a schema's lock, but only while somebody waits for it: the waiter, once served, is left alone."""


def load_service(name: str) -> Service:
    """Give a service by name. *Raises* `StackError`."""
    if name not in SERVICES:
        raise StackError(f"没有服务 {name}，应为 {'、'.join(SERVICES)} 之一。")
    service = importlib.import_module(f"services.{name}.main").SERVICE
    assert isinstance(service, Service)
    return service


async def rebuild(
    target: Target, name: str, *, keep_going: bool = False, swap_anyway: bool = False, show: bool = False
) -> Rebuilt:
    """Rebuild the projection of a service. *Raises* `NoStack`, `StackError`."""
    service = load_service(name)
    if name not in target.settings:
        raise NoStack(f"不知道服务 {name} 的数据库在哪里：请用该服务自己的设置（YISHI_DATABASE_URL 等）。")
    with progress(show=show) as bar:
        made = Rebuild(service, target.settings[name], bar)
        return await made.run(keep_going=keep_going, swap_anyway=swap_anyway)


async def run(target: Target, name: str, *, keep_going: bool, swap_anyway: bool, as_json: bool) -> int:
    """Rebuild and print; 1 when the rebuilt projection differs from the serving one."""
    found = await rebuild(target, name, keep_going=keep_going, swap_anyway=swap_anyway, show=not as_json)
    if as_json:
        tables = [vars(compared) | {"identical": compared.identical} for compared in found.tables]
        print_json(vars(found) | {"identical": found.identical, "tables": tables})
        return 0 if found.identical else 1
    shown = table(f"{found.schema}，序号 {found.position}", "表", ">原有行数", ">重建行数", ">缺少", ">多出", "结果")
    for compared in found.tables:
        numbers = (compared.serving, compared.rebuilt, compared.missing, compared.surplus)
        shown.add_row(compared.table, *map(str, numbers), "一致" if compared.identical else "不一致")
    output.print(shown)
    if found.identical:
        output.print(f"{found.schema} 重建后与原有投影完全一致，已替换。", style="green", highlight=False)
    elif found.swapped:
        output.print(f"{found.schema} 重建后与原有投影不一致，已按要求替换。", style="yellow", highlight=False)
    else:
        told = f"{found.schema} 重建后与原有投影不一致，未替换；两者均保留，重建的在 {found.schema}{SUFFIX}。"
        output.print(told, style="red", highlight=False)
    return 0 if found.identical else 1
