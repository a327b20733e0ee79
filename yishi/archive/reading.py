"""Reads what the log really holds, also where it is damaged: messages in order, with every gap made sure of."""

import asyncio
from collections.abc import AsyncIterator

from runtime.feed import Feed, FeedLost
from runtime.log import STREAM, EventLog
from runtime.messages import Recorded
from runtime.refusals import LogUnavailable

BATCH = 1000
SILENCE = 2.0
"""Seconds without messages before the log is asked what it holds next."""
PAUSE = 0.2


async def messages_of(log: EventLog, start: int, last: int) -> AsyncIterator[Recorded]:
    """Give the messages that the log holds from one stream sequence to another; where it has gaps, go on behind them.

    A server that is away is waited for.
    """
    place = start
    while place <= last:
        try:
            held = await next_held(log, place)
            if held is None or held > last:
                return
            place = held
            async with Feed(log, place) as feed:
                while place <= last:
                    batch = await feed.batch(BATCH, SILENCE)
                    if not batch and await next_held(log, place) != place:
                        break
                    for message in batch:
                        if message.sequence > last:
                            return
                        if message.sequence != place and await next_held(log, place) != message.sequence:
                            raise FeedLost("it skipped what the log does hold")
                        place = message.sequence + 1
                        yield message
        except (FeedLost, LogUnavailable):
            await asyncio.sleep(PAUSE)


async def next_held(log: EventLog, sequence: int) -> int | None:
    """Give the first sequence at or after one that the log still holds, from the leader; None for none.

    Raises: LogUnavailable.
    """
    question = {"seq": sequence, "next_by_subj": ">"}
    answer = await log.request(f"$JS.API.STREAM.MSG.GET.{STREAM}", question, missing_ok=True)
    return None if answer is None else int(answer["message"]["seq"])
