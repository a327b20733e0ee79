"""The projector: one ordered writer per schema, its position moved in the same transaction as its rows.

Whoever holds the schema's advisory lock reads the log from the position on and applies it; the others stand by. The
position moves by compare-and-set, so even two projectors give every event exactly one effect. The position keeps
the hash of its event: a log that no longer holds that event has gone back, and nothing more is applied.
Source: ADR 0001, ADR 0005 (parking).
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from time import monotonic
from typing import Any

import asyncpg
import structlog

from contracts.envelope import Address
from runtime.batch import Batch, RowsFailed, fold_batch
from runtime.collector import while_building
from runtime.continuity import LogGap, check_contiguous, check_log_holds
from runtime.database import AWAY_OR_GOING, Database
from runtime.feed import Feed, FeedLost
from runtime.held import HeldCache
from runtime.log import EventLog, LogWentBack, UnsafeLog
from runtime.messages import Recorded
from runtime.parking import Parking
from runtime.position import LostPosition, Position, move_position, read_position
from runtime.refusals import LogUnavailable, ProjectionStopped
from runtime.schema import Schema
from runtime.tasks import end

logger = structlog.get_logger()

BATCH = 250
"""Events in one transaction at most: what the process holds in memory grows with it."""
REBUILT = 16_000
"""Events in one transaction at most while a schema is built that nobody reads yet: the more of them belong to the
same aggregate, the fewer rows are written only to be replaced."""
ABREAST = 3_000
"""Aggregates in such a transaction, more or less: their states are what it holds in memory."""
PIECE = 1_000
"""Events taken from the feed at a time while a schema is built."""
SLICE = 25
"""Events folded before whatever else waits, above all the commit of the batch before, may go on."""
IDLE = 1.0
"""Seconds without events after which the lock holder shows PostgreSQL that it lives."""
RETRY = 0.25
"""Seconds before a standby asks for the lock again, and before a lost server is tried again."""

REOPEN = 0.01
"""Seconds before a feed that was lost is opened again."""

_POISON = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
    RowsFailed,
)
"""What says that one of the batch's events cannot be applied, whenever and however often it is tried."""


class Projector:
    """Keeps one schema up with the log until stopped, or until the log is found damaged."""

    def __init__(
        self,
        log: EventLog,
        database: Database,
        schema: Schema,
        announce: Callable[[Position], Any],
        reacts_to: Collection[tuple[str, str]] = (),
    ) -> None:
        """Prepare; `reacts_to` are the kinds (service, aggregate) whose events reach the service's reactions."""
        self._log = log
        self._database = database
        self._schema = schema
        self._announce = announce
        self._reacts_to = frozenset(reacts_to)
        self._position = Position(0, None)
        self._held = HeldCache(schema.folds)
        self._parking = Parking(schema.service)
        self._task: asyncio.Task[None] | None = None
        self.active = False
        """True while this process holds the lock and applies events."""
        self.failing: Exception | None = None
        """What went wrong the last time, until a batch has been committed, or read on in vain, or another replica
        holds the lock; it is tried again for ever."""
        self.stopped: Exception | None = None
        """Why the projector will not go on by itself."""
        self.heartbeat = monotonic()
        """When a batch was last committed, or the position last read with nothing to do (`time.monotonic`)."""
        self.stepped = self.heartbeat
        """When the task last went on with anything, also with waiting for a server or for the lock."""

    def start(self) -> None:
        """Begin in the background."""
        self._task = asyncio.create_task(self.run(), name=f"projector-{self._schema.name}")

    @property
    def ended(self) -> bool:
        """True when the task is over although nothing told it to stop and no damage was found."""
        return self._task is not None and self._task.done() and self.stopped is None

    def _beat(self) -> None:
        self.heartbeat = self.stepped = monotonic()

    async def stop(self) -> None:
        """Stop between two batches."""
        if self._task is not None:
            await end(self._task)

    async def run(self) -> None:
        """Apply the log for ever; a server that is away is waited for, a damaged log is not."""
        while True:
            try:
                await self._serve()
            except (LogWentBack, LogGap, UnsafeLog, ProjectionStopped) as damage:
                self._log.stop(damage)
                self.stopped = self._log.broken
                logger.critical("projector.stopped", schema=self._schema.name, reason=str(self.stopped))
                return
            except LostPosition:
                logger.info("projector.stood_by", schema=self._schema.name)
            except (*AWAY_OR_GOING, LogUnavailable, FeedLost) as away:
                logger.warning("projector.waits", schema=self._schema.name, error=repr(away))
            except Exception as error:
                self.failing = error
                logger.exception("projector.failed", schema=self._schema.name)
            finally:
                self.active = False
            self.stepped = monotonic()
            await asyncio.sleep(RETRY)

    async def catch_up(self, last: int) -> None:
        """Apply the log up to a stream sequence and no further: for a schema that is built beside the serving one.

        Raises: LogWentBack, LogGap; whatever says that a server is away, after which it can be called again.
        """
        db = await self._database.dedicated()
        try:
            for silence in ("idle_session_timeout", "idle_in_transaction_session_timeout"):
                await db.execute(f"SET {silence} = '60s'")  # Nobody stands by to take over; the batches are large.
            await self._take_lock(db)
            await self._begin(db)
            with while_building():
                await self._build(db, last)
        finally:
            db.terminate()

    async def _build(self, db: asyncpg.Connection, last: int) -> None:
        async with Feed(self._log, self._position.sequence + 1, request=4 * PIECE) as feed:
            while self._position.sequence < last:
                if messages := await _gather(feed, self._position.sequence, last):
                    await self._advance(db, feed, messages, last)
                else:
                    await read_position(db)  # Shows PostgreSQL that we live.

    async def _begin(self, db: asyncpg.Connection) -> None:
        """Start from what the schema says, forgetting what was held."""
        self._held.clear()
        self._position = await read_position(db)
        await self._parking.load(db)

    async def _serve(self) -> None:
        db = await self._database.dedicated()
        try:
            await self._take_lock(db)
            await self._begin(db)
            self.active = True
            logger.info("projector.active", schema=self._schema.name, position=self._position.sequence)
            while True:
                try:
                    await self._log.require_proven()
                    await check_log_holds(self._log, self._position)
                    self._beat()
                    await self._announce(self._position)
                    async with Feed(self._log, self._position.sequence + 1) as feed:
                        await self._follow(db, feed)
                except FeedLost as lost:
                    logger.info("projector.feed_reopened", schema=self._schema.name, reason=str(lost))
                    await asyncio.sleep(REOPEN)
        finally:
            self.active = False
            db.terminate()

    async def _take_lock(self, db: asyncpg.Connection) -> None:
        waiting = False
        while not await db.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", self._schema.name):
            self._log.require_sound()
            if waiting:
                self.failing = None  # It is not our own last session, and whoever holds the lock knows what fails.
            else:
                logger.info("projector.standing_by", schema=self._schema.name)
                waiting = True
            self._beat()
            await asyncio.sleep(RETRY)

    async def _follow(self, db: asyncpg.Connection, feed: Feed) -> None:
        while True:
            messages = await feed.batch(BATCH, IDLE)
            self._log.require_sound()
            if messages:
                await self._advance(db, feed, messages)
            elif await read_position(db) != self._position:
                raise LostPosition
            self._beat()
            if not messages or self._parking.subjects:
                await self._retry_parked(db)
            self.failing = None

    async def _advance(
        self, db: asyncpg.Connection, feed: Feed, messages: Sequence[Recorded], last: int | None = None
    ) -> None:
        """Apply what came; while PostgreSQL commits one batch, the next that has come meanwhile is folded.

        What is folded ahead rests on states that are not committed yet: whatever goes wrong, all of it is forgotten.
        Nothing is folded ahead while an aggregate is parked, because its events may be set free in between.
        """
        try:
            await check_contiguous(self._log, self._position.sequence, messages)
            batch = await self._fold(db, messages)
            while messages:
                ahead: list[Recorded] = []
                if not self._parking.subjects and not batch.newly_parked:
                    after = messages[-1].sequence
                    ahead = await (feed.batch(BATCH, 0) if last is None else _gather(feed, after, last))
                    await check_contiguous(self._log, after, ahead)
                    await self._held.load(db, ahead)
                batch = await self._commit_and_fold(db, batch, messages, ahead)
                await self._announce(self._position)
                self._log.require_sound()
                messages = ahead
        except BaseException:
            self._held.clear()
            raise

    async def _commit_and_fold(
        self, db: asyncpg.Connection, batch: Batch, messages: Sequence[Recorded], ahead: Sequence[Recorded]
    ) -> Batch:
        """Commit a batch, and give the next one, folded meanwhile; its states are loaded already."""
        committing = asyncio.create_task(self._commit(db, batch, messages))
        try:
            following = await self._fold_loaded(ahead)
        except BaseException:
            committing.cancel()
            await asyncio.wait([committing])
            raise
        try:
            await committing
        except _POISON as error:
            await self._halve(db, messages, error)
            return await self._fold(db, ahead)
        self._held.keep(following.held)
        return following

    async def _fold(self, db: asyncpg.Connection, messages: Sequence[Recorded]) -> Batch:
        await self._held.load(db, messages)
        batch = await self._fold_loaded(messages)
        self._held.keep(batch.held)
        return batch

    async def _fold_loaded(self, messages: Sequence[Recorded]) -> Batch:
        batch = Batch()
        for start in range(0, len(messages), SLICE):
            if start:
                await asyncio.sleep(0)
            fold_batch(self._held, self._parking, messages[start : start + SLICE], batch)
        return batch

    async def _halve(self, db: asyncpg.Connection, messages: Sequence[Recorded], error: Exception) -> None:
        """Apply in halves, down to the poison event, a batch that PostgreSQL refused."""
        self._held.clear()
        if len(messages) == 1:
            batch = Batch()
            batch.park(messages[0], error)
            await self._commit(db, batch, messages)
            return
        middle = len(messages) // 2
        for half in (messages[:middle], messages[middle:]):
            try:
                await self._commit(db, await self._fold(db, half), half)
            except _POISON as still:
                await self._halve(db, half, still)

    async def _commit(self, db: asyncpg.Connection, batch: Batch, messages: Sequence[Recorded]) -> None:
        after = Position(messages[-1].sequence, messages[-1].hash)
        async with db.transaction():
            await batch.write(db)
            await move_position(db, self._position, after, self._to_react(messages))
        self._parking.keep(batch.newly_parked)
        self._position = after
        self.failing = None
        self._beat()
        for address, sequence, reason in batch.newly_parked:
            logger.error("aggregate.parked", subject=address.subject, position=sequence, reason=reason)

    def _to_react(self, messages: Sequence[Recorded]) -> int:
        """Give the last of the events that reach the service's reactions, 0 when there is none."""
        if not self._reacts_to:
            return 0
        kinds = ((message.sequence, tuple(message.subject.split(".", 4)[2:4])) for message in messages)
        return max((sequence for sequence, kind in kinds if kind in self._reacts_to), default=0)

    async def _waiting(self, db: asyncpg.Connection, address: Address) -> list[Recorded]:
        """Read again what waits for a parked aggregate.

        Raises: LogWentBack.
        """
        found: list[Recorded] = []
        for sequence in await self._parking.waiting(db, address):
            message = await self._log.at(sequence)
            if message is None:
                raise LogWentBack(f"the log went back: it no longer holds the parked event at sequence {sequence}")
            found.append(message)
            if len(found) % BATCH == 0:
                await read_position(db)  # PostgreSQL ends a session that falls silent.
        return found

    async def _retry_parked(self, db: asyncpg.Connection) -> None:
        """Apply again, in order, what waits for the parked aggregates whose retry was asked for."""
        for address in await self._parking.asked(db):
            waiting = await self._waiting(db, address)
            self._parking.subjects.discard(address.subject)
            await self._held.load(db, waiting)
            batch = fold_batch(self._held, self._parking, waiting)
            try:
                async with db.transaction():
                    await self._parking.clear_waiting(db, address)
                    if not batch.newly_parked:
                        await self._parking.set_free(db, address)
                    await batch.write(db)
                    await move_position(db, self._position, self._position)
                self._held.keep(batch.held)
                self._parking.keep(batch.newly_parked)
                logger.info("aggregate.retried", subject=address.subject, still_parked=bool(batch.newly_parked))
            except _POISON as error:
                self._parking.subjects.add(address.subject)
                await self._parking.failed_again(db, address, error)


async def _gather(feed: Feed, after: int, last: int) -> list[Recorded]:
    """Wait for a whole batch of a schema that is built up to `last`; a shorter one when the feed falls silent."""
    messages: list[Recorded] = []
    subjects: set[str] = set()
    while len(subjects) < ABREAST and (room := min(REBUILT, last - after) - len(messages)) > 0:
        some = await feed.batch(min(PIECE, room), IDLE)
        if not some:
            break
        messages += some
        subjects.update(message.subject for message in some)
    return messages
