"""Positions: how far a projection has come, and how to wait until it has come far enough.

The projector announces each new position on core NATS; whoever waits listens, and also looks for itself, because
an announcement may be lost. A position is handed to clients as an opaque token, `EVENTS:123`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from nats.aio.msg import Msg

from runtime.log import STREAM, EventLog
from runtime.position import Position
from runtime.refusals import MalformedRequest, Refusal

LOOK = 0.1
"""Seconds after which a waiter looks for itself."""


def token(sequence: int) -> str:
    """Give the token for a stream sequence."""
    return f"{STREAM}:{sequence}"


def parse_token(text: str) -> int:
    """Read a token.

    Raises: MalformedRequest.
    """
    stream, _, sequence = text.partition(":")
    if stream != STREAM or not sequence.isdecimal() or len(sequence) > 18:
        raise MalformedRequest("at-least 不是有效的位置标记")
    return int(sequence)


class Positions:
    """What this process knows about its own schema's position."""

    def __init__(self, log: EventLog, service: str, schema: str, look: Callable[[], Awaitable[int]]) -> None:
        self._log = log
        self._look = look
        self._subject = f"position.{service}.{schema}"
        self._waiting: dict[asyncio.Future[None], int] = {}
        """Who waits, and for which sequence."""
        self._looking: asyncio.Task[None] | None = None
        self.sequence = 0

    async def listen(self) -> None:
        """Listen to the active projector, wherever it runs."""
        await self._log.client.subscribe(self._subject, cb=self._heard)

    async def _heard(self, message: Msg) -> None:
        await self.reached(int(message.data))

    async def reached(self, sequence: int) -> None:
        """Note a position and wake whoever waits for it."""
        if sequence > self.sequence:
            self.sequence = sequence
            for waiter, wanted in self._waiting.items():
                if wanted <= sequence and not waiter.done():
                    waiter.set_result(None)

    async def announce(self, position: Position) -> None:
        """Tell this process and every other of this schema."""
        await self.reached(position.sequence)
        if self._log.client.is_connected:
            await self._log.client.publish(self._subject, str(position.sequence).encode())

    async def wait(self, sequence: int, timeout: float) -> bool:
        """Wait until the projection has applied a sequence; False when `timeout` seconds were not enough."""
        if self.sequence >= sequence:
            return True
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiting[waiter] = sequence
        try:
            while not waiter.done():
                remaining = deadline - loop.time()
                if remaining <= 0:
                    return False
                await asyncio.wait((waiter,), timeout=min(LOOK, remaining))
                if not waiter.done():
                    await self._look_together()
        finally:
            del self._waiting[waiter]
        return True

    async def _look_together(self) -> None:
        """Look at the database once for everybody who waits."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_now())
        await asyncio.shield(self._looking)

    async def _look_now(self) -> None:
        with suppress(Refusal):
            await self.reached(await self._look())
