"""Ends background tasks for certain."""

import asyncio
from typing import Any

AGAIN = 0.5
"""Seconds after which a task that has not ended is cancelled again."""


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel a task until it has ended, however it ends.

    Once may not be enough: a wait for a connection that succeeds at this very moment takes the cancellation with it
    (asyncio.wait_for before Python 3.12, and asyncpg's own).
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN)
