"""The feed: every event of the log in order, from a sequence on, over one pull consumer without acknowledgements.

The server forgets the consumer when the client goes; the reader keeps its own place (the projection's position).
"""

import asyncio
import json
from collections import deque
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any
from uuid import uuid4

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import ConnectionClosedError, OutboundBufferLimitError

from runtime.log import STREAM, EventLog
from runtime.messages import Recorded

REQUEST = 2000
"""Events asked for at a time."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HEARTBEAT = 2.0
"""Seconds between the server's signs of life; after three the feed is given up."""


class FeedLost(Exception):
    """The consumer behind the feed is gone; open another one from the same place."""


class Feed:
    """An async context manager that gives batches of events in order."""

    def __init__(self, log: EventLog, start: int, subject: str | None = None, request: int = REQUEST) -> None:
        """Prepare to read from a stream sequence on; `subject` narrows it to some aggregates.

        `request` is how many events are asked for at a time: no more than half as many again are ever held.
        """
        self._log = log
        self._start = start
        self._subject = subject
        self._request = request
        self._name = f"feed-{uuid4().hex}"
        self._arrived: deque[Recorded] = deque()
        self._wake = asyncio.Event()
        self._outstanding = 0
        self._lost: str | None = None
        self._subscription: Subscription | None = None
        self._inbox = ""
        self._last_sign = 0.0

    async def __aenter__(self) -> "Feed":
        client = self._log.client
        config = {
            "name": self._name,
            "ack_policy": "none",
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": self._start,
            "replay_policy": "instant",
            "mem_storage": True,
            "num_replicas": 1,
            "inactive_threshold": 30_000_000_000,
        }
        if self._subject is not None:
            config["filter_subject"] = self._subject
        self._inbox = client.new_inbox()
        self._subscription = await client.subscribe(self._inbox, cb=self._receive)
        self._log.reconnected.append(self._reconnected)
        try:
            await self._log.request(
                f"$JS.API.CONSUMER.CREATE.{STREAM}.{self._name}", {"stream_name": STREAM, "config": config}
            )
            await self._ask()
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._leave()

    async def _leave(self) -> None:
        self._log.reconnected.remove(self._reconnected)
        if self._subscription and not self._log.client.is_closed:
            await self._subscription.unsubscribe()

    def _reconnected(self) -> None:
        self._lost = "reconnected"
        self._wake.set()

    async def _ask(self) -> None:
        self._outstanding += self._request
        request = {"batch": self._request, "expires": 30_000_000_000, "idle_heartbeat": int(HEARTBEAT * 1e9)}
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{self._name}"
        try:
            await self._log.client.publish(subject, json.dumps(request).encode(), reply=self._inbox)
        except (ConnectionClosedError, OutboundBufferLimitError) as error:
            raise FeedLost(repr(error)) from error
        self._last_sign = asyncio.get_running_loop().time()  # Where nothing was asked for, silence meant nothing.

    async def _receive(self, message: Msg) -> None:
        self._last_sign = asyncio.get_running_loop().time()
        headers: dict[str, Any] = message.headers or {}
        status = headers.get("Status")
        if status is None:
            self._arrived.append(_recorded(message, headers))
            self._outstanding -= 1
        elif status in ("404", "408"):
            self._outstanding = 0
        elif status != "100":
            self._lost = f"{status} {headers.get('Description', '')}"
        self._wake.set()

    async def batch(self, limit: int, timeout: float) -> list[Recorded]:
        """Give up to `limit` events as soon as there are any, or none after `timeout` seconds.

        Raises: FeedLost when the server has forgotten the consumer or fell silent.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while not self._arrived:
            if self._lost or loop.time() - self._last_sign > 3 * HEARTBEAT:
                raise FeedLost(self._lost or "silent")
            if self._outstanding <= 0:
                await self._ask()
            remaining = deadline - loop.time()
            if remaining <= 0:
                return []
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), remaining)
            except TimeoutError:
                continue
        batch = [self._arrived.popleft() for _ in range(min(limit, len(self._arrived)))]
        if self._outstanding + len(self._arrived) < self._request // 2 and not self._lost:
            await self._ask()
        return batch


def _recorded(message: Msg, headers: dict[str, Any]) -> Recorded:
    """Read the place and time of a delivered message from its reply subject ($JS.ACK…, with or without a domain)."""
    fields = message.reply.split(".")
    sequence, _, nanoseconds = fields[7:10] if len(fields) >= 11 else fields[5:8]
    stored_at = EPOCH + timedelta(microseconds=int(nanoseconds) // 1000)
    return Recorded(int(sequence), message.subject, message.data, headers, stored_at)
