"""What the log must still hold, byte for byte, before anything more is applied to a projection."""

from collections.abc import Sequence

from runtime.feed import FeedLost
from runtime.log import EventLog, LogWentBack
from runtime.messages import Recorded
from runtime.position import Position


class LogGap(Exception):
    """The log skipped a sequence."""


async def check_contiguous(log: EventLog, after: int, messages: Sequence[Recorded]) -> None:
    """Check that nothing is missing before or within a run of events; a skip of the feed alone is no gap.

    Raises: LogGap; FeedLost when the log does hold what the feed skipped.
    """
    for wanted, message in enumerate(messages, after + 1):
        if message.sequence == wanted:
            continue
        if message.sequence > wanted and await log.at(wanted) is None:
            raise LogGap(f"after {wanted - 1} came {message.sequence}: the log has a gap from {wanted} on")
        raise FeedLost(f"after {wanted - 1} came {message.sequence}, which the log does not say")


async def check_log_holds(log: EventLog, position: Position) -> None:
    """Check that the log still holds the last event that was applied, byte for byte.

    Raises: LogWentBack.
    """
    if position.sequence == 0:
        return
    message = await log.at(position.sequence)
    if message is None:
        last = await log.last_sequence()
        raise LogWentBack(
            f"the log went back: this projection has applied sequence {position.sequence}, the log ends at {last}"
        )
    if message.hash != position.hash:
        raise LogWentBack(
            f"the log went back: sequence {position.sequence} is not the event that was applied "
            f"({message.hash}, applied {position.hash})"
        )
