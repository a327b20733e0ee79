"""The vital signs of a process: how far behind it is, whether it still moves, whether its loop and tasks are alive.

A task looks once a second, so that neither a scrape nor a probe ever waits for a server. Two questions are answered
from it. Ready: can requests be served now? Alive: would a restart help? A server that is away makes a process not
ready, and is no reason to restart it; neither is a damaged log.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from runtime import operations
from runtime.refusals import DatabaseUnavailable, LogUnavailable, ProjectionStopped

if TYPE_CHECKING:
    from runtime.process import Process

LOOK = 1.0
"""Seconds between two looks at log, projection and reactions."""
COUNT = 10.0
"""Seconds between two counts of what waits in the operations' tables."""
TICK = 0.25
"""Seconds that the event loop is asked to sleep; what it takes longer is its lag."""
_STATES = ("active", "standby", "stopped")


class Standstill:
    """For how long a mark has not moved although there was work for it."""

    def __init__(self) -> None:
        self._mark: int | None = None
        self._behind = False
        self._since = monotonic()

    def note(self, mark: int, *, behind: bool) -> None:
        """Note where the mark is, and whether something lies ahead of it."""
        if mark != self._mark or not (behind and self._behind):
            self._mark, self._since = mark, monotonic()
        self._behind = behind

    def unknown(self) -> None:
        """Note that nobody can tell: a server is away, and the time does not count."""
        self._behind = False

    @property
    def seconds(self) -> float:
        """Give the seconds of standstill, 0 while it moves or has nothing to do."""
        return monotonic() - self._since if self._behind else 0.0


class Vitals:
    """What is known of the process, and its metrics."""

    def __init__(self, process: "Process") -> None:
        """Register the metrics; nothing is looked at before `start`."""
        self._process = process
        self._projection = Standstill()
        self._reactions = Standstill()
        self.lag = 0
        """Events between the end of the log and the projection at the last look."""
        metrics, projector = process.metrics, process.projector
        self._head = metrics.gauge("yishi_log_head", "Stream sequence of the newest event of the log")
        self._lag = metrics.gauge("yishi_projection_lag_events", "Events of the log that the projection lacks")
        self._loop_lag = metrics.histogram(
            "yishi_event_loop_lag_seconds", "Seconds by which a sleep of the event loop took too long"
        )
        self._behind = metrics.gauge("yishi_reaction_lag_events", "Events that wait for the service's reactions")
        self._parked = metrics.gauge("yishi_parked_aggregates", "Aggregates whose event could not be applied")
        self._deferred = metrics.gauge(
            "yishi_reactions_deferred", "Events whose reaction waits for a parked aggregate"
        )
        self._refused = metrics.gauge("yishi_reactions_refused", "Reactions that were refused for good")
        metrics.watch(
            "yishi_projection_position",
            "Stream sequence of the last event that the projection is known to have applied",
            lambda: process.positions.sequence,
        )
        metrics.watch(
            "yishi_projector_heartbeat_age_seconds",
            "Seconds since the projector committed a batch, read on in vain, or asked for the lock",
            lambda: monotonic() - projector.heartbeat,
        )
        for state in _STATES:
            metrics.watch("yishi_projector_state", "1 for the state it is in", self._is_in(state), state=state)
        metrics.watch("yishi_nats_connected", "1 while connected to NATS", self._connected)
        metrics.watch(
            "yishi_log_sound", "0 once the log was found unsafe or damaged", lambda: float(process.log.broken is None)
        )
        for pool in ("owner", "http"):
            used, most = (lambda pool=pool, at=at: process.database.use(pool)[at] for at in (0, 1))
            metrics.watch("yishi_database_connections_in_use", "Connections of the pool in use", used, pool=pool)
            metrics.watch("yishi_database_connections_max", "Connections that the pool may have", most, pool=pool)

    def start(self) -> None:
        """Begin to look, until the process closes."""
        self._process.every(LOOK, "vitals.look", self._look)
        self._process.every(COUNT, "vitals.count", self.count)
        self._process.every(0, "vitals.tick", self._tick)

    def projector_state(self) -> str:
        """Name what the projector of this process does."""
        projector = self._process.projector
        return "stopped" if projector.stopped or projector.ended else "active" if projector.active else "standby"

    def stall(self) -> str | None:
        """Say that the projection lags too far or stands still, whichever replica's turn it is; None when neither."""
        settings = self._process.settings
        if self.lag > settings.ready_lag:
            return f"the projection is {self.lag} events behind the log, more than {settings.ready_lag}"
        if self._projection.seconds > settings.ready_stall:
            return (
                f"the projection has stood still at {self._process.positions.sequence} for"
                f" {self._projection.seconds:.0f} seconds, {self.lag} events behind the log"
            )
        return None

    def fatal(self) -> list[str]:
        """Say what only a restart of the process can mend; nothing that a server's absence explains."""
        process, limit = self._process, self._process.settings.liveness_limit
        projector, found = process.projector, []
        if projector.ended:
            found.append("the projector task has ended")
        elif projector.stopped is None and (seconds := monotonic() - projector.stepped) > limit:
            found.append(f"the projector has hung for {seconds:.0f} seconds")
        if process.reactions is not None:
            if trouble := process.reactions.trouble(limit):
                found.append(trouble)
            elif self._reactions.seconds > limit:
                found.append(
                    f"no reaction has been begun for {self._reactions.seconds:.0f} seconds though events wait"
                )
        return found

    def observe(self, head: int) -> None:
        """Note where the log ends (stream sequence), and how far the projection has come by then."""
        position = self._process.positions.sequence
        self.lag = max(head - position, 0)
        self._head.set(head)
        self._lag.set(self.lag)
        self._projection.note(position, behind=self.lag > 0)

    async def _look(self) -> None:
        try:
            head = await self._process.log.last_sequence()
            if self._process.positions.sequence < head:
                await self._process.look()
            self.observe(head)
        except (LogUnavailable, DatabaseUnavailable):
            self._projection.unknown()
        if self._process.reactions is not None:
            try:
                waiting, given = await self._process.reactions.backlog()
                self._behind.set(waiting)
                # Nothing is reacted to on a damaged log, and a restart mends none.
                self._reactions.note(given, behind=waiting > 0 and self._process.log.broken is None)
            except (LogUnavailable, DatabaseUnavailable, ProjectionStopped):
                self._reactions.unknown()

    async def count(self) -> None:
        """Count what waits for a person."""
        with suppress(DatabaseUnavailable):
            async with self._process.database.owner() as db:
                found = await operations.waiting(db)
            self._parked.set(found.parked)
            self._deferred.set(found.deferred)
            self._refused.set(found.refused)

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time()
        await asyncio.sleep(TICK)
        self._loop_lag.observe(max(loop.time() - before - TICK, 0.0))

    def _is_in(self, state: str) -> Callable[[], float]:
        return lambda: float(self.projector_state() == state)

    def _connected(self) -> float:
        return float(self._process.log.connected)
