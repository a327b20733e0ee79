"""Questions that many requests ask at once: one answer for all of them, never one from before they asked."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Shared(Generic[K, V]):
    """Asks a question once for whoever waits; who comes while it is being asked waits for the next asking."""

    def __init__(self, ask: Callable[[K], Awaitable[V]]) -> None:
        self._ask = ask
        self._running: dict[K, asyncio.Task[V]] = {}
        self._next: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K) -> V:
        """Give an answer that was asked for after this call.

        Raises: what asking raises.
        """
        if key not in self._next:
            self._next[key] = asyncio.create_task(self._run(key, self._running.get(key)))
        return await asyncio.shield(self._next[key])

    async def _run(self, key: K, before: asyncio.Task[V] | None) -> V:
        if before is not None:
            await asyncio.wait((before,))
        mine = self._running[key] = self._next.pop(key)
        try:
            return await self._ask(key)
        finally:
            if self._running.get(key) is mine:
                del self._running[key]
