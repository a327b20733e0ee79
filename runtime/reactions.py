"""Reactions: what another service's event causes here, as a command on an aggregate of ours.

One durable pull consumer per service, made by this module with its own settings, read by a FastStream subscriber one
event at a time; acknowledged only after the append or the recorded refusal. The command id derives from the event, so
a redelivery finds its first answer.
Source: ADR 0001; docs/architecture.md, "The exchange".
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any

import structlog
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.annotations import NatsMessage
from faststream.security import SASLPlaintext
from nats.js.api import ConsumerConfig

from contracts.envelope import TYPE_HEADER, Envelope, reaction_id
from contracts.event import Event
from runtime import operations, reacted
from runtime.execute import Act
from runtime.log import STREAM
from runtime.messages import MessageRejected, Recorded, read
from runtime.process import Process
from runtime.reaction_traffic import reaction_traffic
from runtime.refusals import AggregateParked, Conflict, DatabaseUnavailable, Refusal
from runtime.settings import utc_now
from runtime.tasks import end

logger = structlog.get_logger()

RETRY = 0.5
"""Seconds before an event whose reaction could not be carried out now is delivered again."""
ACK_WAIT = 5.0
"""Seconds after which the event at hand of a process that died is delivered again: shorter than anybody's at-least
wait, so that a crash costs a delay and no refusal. A reaction that takes longer comes twice, to no effect."""
PULL = 1.0
"""Seconds after which the consumer is asked again: a question that a killed server took with it costs no more."""
GRACE = 3.0
"""Seconds that the event at hand gets when the service stops; what is not done by then is delivered again."""
TRIES = 5
"""Deliveries after which an event whose reaction fails by a mistake in the program no longer holds up the others."""
LOOK = 0.005
"""Seconds between two looks at the consumer while somebody waits for it."""
DEFERRED_LOOK = 1.0
"""Seconds between two looks at the reactions that wait for parked aggregates."""
NOTE_EVERY = 60.0
"""Seconds between two notes of how far the reactions have come: as much is reacted to again after a restore."""


@dataclass(frozen=True)
class Reaction:
    """What one kind of foreign event causes; `react` executes one command with the given act."""

    name: str
    event: type[Event]
    react: Callable[[Process, Envelope[Any], Act], Awaitable[None]]


async def _as_it_is(message: NatsMessage) -> NatsMessage:
    """Leave a message undecoded: its exact bytes are what the hash chain is over."""
    return message


class Reactions:
    """The reactions of one service process."""

    def __init__(self, process: Process, reactions: Sequence[Reaction]) -> None:
        self._process = process
        self._reactions = {reaction.event.type_name(): reaction for reaction in reactions}
        assert len(self._reactions) == len(reactions), "one reaction for each kind of event"
        self._durable = f"{process.service.name}-reactions"
        self._subjects = sorted({f"evt.*.{r.event.service}.{r.event.aggregate}.>" for r in reactions})
        self._broker: NatsBroker | None = None
        self._deferring: asyncio.Task[None] | None = None
        self._tasks: Sequence[asyncio.Task[Any]] = ()
        self._since: float | None = None
        self._counts = process.metrics.counter(
            "yishi_reactions", "Events of other services reacted to, by reaction and outcome", "reaction", "outcome"
        )

    async def start(self) -> None:
        """Make the durable consumer when it does not exist, and begin to react; never on a damaged log."""
        if self._process.log.broken is not None:
            return  # The consumer's place would be taken from what the log has lost; a restart is due anyway.
        await self._ensure_consumer()
        await self._note_how_far()
        self._process.every(NOTE_EVERY, "reactions.noted", self._note_how_far)
        settings = self._process.settings
        self._broker = NatsBroker(
            settings.nats_url,
            security=SASLPlaintext(settings.nats_user, settings.nats_password.get_secret_value()),
            name=f"yishi-{self._process.service.name}-reactions",
            inbox_prefix=f"_INBOX_{settings.nats_user}".encode(),
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.1,  # type: ignore[arg-type]  # The client sleeps any number of seconds.
            graceful_timeout=GRACE,
            logger=None,
            apply_types=False,  # The raw message is all that a reaction needs: no decoding, no injection.
            middlewares=(reaction_traffic(self._process.metrics, self._process.service.name),),
        )
        subscriber = self._broker.subscriber(
            stream=JStream(STREAM, declare=False),
            durable=self._durable,
            config=ConsumerConfig(filter_subjects=self._subjects),
            pull_sub=PullSub(batch_size=1, timeout=PULL),
            inbox_prefix=f"_INBOX_{settings.nats_user}.".encode(),
            ack_policy=AckPolicy.MANUAL,
            decoder=_as_it_is,
            no_reply=True,
        )
        subscriber(self._receive)
        await self._broker.start()
        self._tasks = subscriber.tasks
        self._deferring = asyncio.create_task(self._watch_deferred())

    async def stop(self) -> None:
        """Stop after the event at hand."""
        if self._deferring:
            await end(self._deferring)
        if self._broker:
            await self._broker.stop()

    async def _ensure_consumer(self) -> None:
        """Make the consumer: it starts where the service was first deployed, so a rebuild decides nothing again.

        One that was lost with the log's disk goes on where cause and effect are known to be in the log (ADR 0007).
        """
        log = self._process.log
        found = await self._info()
        config = found["config"] if found else await self._new_consumer()
        # A replica of an older version must not narrow what a newer one asks for: more does no harm.
        wanted = sorted({*config.get("filter_subjects", []), *self._subjects})
        if found and sorted(config.get("filter_subjects", [])) == wanted:
            return
        await log.request(
            f"$JS.API.CONSUMER.CREATE.{STREAM}.{self._durable}",
            {"stream_name": STREAM, "config": {**config, "filter_subjects": wanted}},
        )

    async def _new_consumer(self) -> dict[str, Any]:
        async with self._process.database.owner() as db:
            after = await reacted.go_on_after(db, self._process.log)
        return {
            "durable_name": self._durable,
            "name": self._durable,
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": after + 1,
            "ack_policy": "explicit",
            "ack_wait": int(ACK_WAIT * 1e9),
            "max_ack_pending": 1,
            "max_deliver": -1,
            "replay_policy": "instant",
        }

    async def _info(self) -> Any:
        """Give what the server says of the consumer, None when there is none."""
        log = self._process.log
        return await log.request(f"$JS.API.CONSUMER.INFO.{STREAM}.{self._durable}", {}, missing_ok=True)

    async def _note_how_far(self) -> None:
        async with self._process.database.owner() as db:
            await reacted.note(db, self._process.log, self._durable)

    async def _receive(self, message: NatsMessage) -> None:
        self._since = monotonic()
        try:
            await self._react_to(message)
        finally:
            self._since = None

    async def _react_to(self, message: NatsMessage) -> None:
        raw = message.raw_message
        sequence = raw.metadata.sequence.stream
        recorded = Recorded(sequence, raw.subject, raw.data, dict(raw.headers or {}))
        try:
            if recorded.headers.get(TYPE_HEADER) in self._reactions and await self._is_behind(recorded):
                await message.ack()
                return
            await self._react(recorded, defer=True)
        except Exception as error:
            logger.warning("reaction.delayed", position=sequence, error=repr(error))
            self._count(recorded, "delayed")
            if isinstance(error, Refusal) or raw.metadata.num_delivered < TRIES or not await self._defer(recorded):
                await message.nack(delay=RETRY)
                return
        await message.ack()

    async def _is_behind(self, recorded: Recorded) -> bool:
        """Defer an event whose aggregate has an earlier one deferred, so that they are reacted to in order."""
        async with self._process.database.owner() as db:
            behind = await operations.is_deferred(db, recorded.subject)
            if behind:
                await operations.defer(db, recorded.sequence, recorded.subject)
                self._count(recorded, "deferred")
        return behind

    def _count(self, recorded: Recorded, outcome: str) -> None:
        if reaction := self._reactions.get(recorded.headers.get(TYPE_HEADER, "")):
            self._counts.labels(reaction.name, outcome).inc()

    async def _defer(self, recorded: Recorded) -> bool:
        """Keep an event for later, so that those behind it go on; False when the database is away."""
        with suppress(DatabaseUnavailable):
            async with self._process.database.owner() as db:
                await operations.defer(db, recorded.sequence, recorded.subject)
            logger.error("reaction.deferred", position=recorded.sequence)
            self._count(recorded, "deferred")
            return True
        return False

    async def _react(self, recorded: Recorded, *, defer: bool) -> None:
        """Carry out what an event causes; raise only when it is worth trying the same again later."""
        reaction = self._reactions.get(recorded.headers.get(TYPE_HEADER, ""))
        if reaction is None:
            return
        try:
            envelope = read(recorded)
        except MessageRejected as error:
            logger.error("reaction.message_rejected", position=recorded.sequence, error=str(error))
            return
        act = Act(
            county=envelope.county,
            actor=f"service:{self._process.service.name}",
            actorrole="service",
            commandid=reaction_id(envelope.id, reaction.name),
            commanddigest=recorded.hash,
            correlationid=envelope.correlationid,
            causationid=str(envelope.id),
            now=max(utc_now(), envelope.time) if not self._process.settings.development else envelope.time,
            simulated=bool(envelope.simulated) and self._process.settings.development,
            action=reaction.name,
        )
        structlog.contextvars.bind_contextvars(correlation=envelope.correlationid)
        async with self._process.database.owner() as db:
            if await reacted.was_refused(db, envelope.id, reaction.name):
                return
        try:
            await reaction.react(self._process, envelope, act)
            self._count(recorded, "done")
        except AggregateParked:
            if not defer:
                raise
            self._count(recorded, "deferred")
            async with self._process.database.owner() as db:
                await operations.defer(db, recorded.sequence, recorded.subject)
        except Refusal as refusal:
            if refusal.status == 503 or isinstance(refusal, Conflict):
                raise
            logger.warning("reaction.refused", reaction=reaction.name, position=recorded.sequence, code=refusal.code)
            self._count(recorded, "refused")
            async with self._process.database.owner() as db:
                await operations.note_refusal(
                    db,
                    envelope.id,
                    reaction.name,
                    recorded.sequence,
                    recorded.subject,
                    refusal.code,
                    refusal.detail,
                )

    async def _watch_deferred(self) -> None:
        """Carry out the reactions that waited once they can be, those to one aggregate's events in order."""
        while True:
            await asyncio.sleep(DEFERRED_LOOK)
            try:
                async with self._process.database.owner() as db:
                    waiting = await operations.deferred(db)
                stuck: set[str] = set()
                for sequence, subject in waiting:
                    if subject not in stuck and not await self._react_at_last(sequence):
                        stuck.add(subject)
            except Exception as error:  # Whatever it is, the next look may find it mended.
                logger.warning("reaction.deferred_not_looked_at", error=repr(error))

    async def _react_at_last(self, sequence: int) -> bool:
        """Say whether a deferred event has been reacted to."""
        message = await self._process.log.at(sequence)
        if message is None:
            return False
        try:
            await self._react(message, defer=False)
        except Exception as error:
            logger.info("reaction.still_deferred", position=sequence, error=repr(error))
            return False
        async with self._process.database.owner() as db:
            await operations.undefer(db, sequence)
        return True

    def trouble(self, limit: float) -> str | None:
        """Say what is dead here, or has had one event at hand for longer than `limit` seconds; None for nothing."""
        if self._deferring is not None and self._deferring.done():
            return "the task of the deferred reactions has ended"
        if self._broker is not None and all(task.done() for task in self._tasks):
            return "the broker task has ended: no event is taken from the reactions' consumer any more"
        if self._since is not None and (seconds := monotonic() - self._since) > limit:
            return f"the reactions have hung on one event for {seconds:.0f} seconds"
        return None

    async def backlog(self) -> tuple[int, int]:
        """Give how many events wait to be reacted to, and how often any replica has been given one.

        A consumer that is gone is made anew. Raises: LogUnavailable; DatabaseUnavailable; ProjectionStopped.
        """
        info = await self._info()
        if info is None:
            await self._process.log.require_proven()
            logger.error("reactions.consumer_lost", durable=self._durable)
            await self._ensure_consumer()
            return 0, 0
        return info["num_pending"] + info["num_ack_pending"], info["delivered"]["consumer_seq"]

    async def wait_done(self, sequence: int, deadline: float) -> int | None:
        """Wait until an event that reaches the reactions, and every one before it, has been reacted to.

        Gives the log's end then, None when it is too late. The consumer's count of what is pending is no answer: the
        server raises it a moment after the event was acknowledged.
        """
        while asyncio.get_running_loop().time() < deadline:
            info = await self._info()
            if info is not None and info["ack_floor"]["stream_seq"] >= sequence:
                return await self._process.log.last_sequence()
            await asyncio.sleep(LOOK)
        return None
