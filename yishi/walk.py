"""Verifying a live log by its address alone, for the demo and the tests."""

from runtime.log import UnsafeLog
from yishi.target import Target, open_log
from yishi.verification import Walk
from yishi.verify import walk_log as walk


async def verify_log(url: str, password: str, monitor_url: str) -> Walk:
    """Verify every event up to the log's present end, as the operator.

    Raises: Break on the first that does not hold; UnsafeLog; NoStack when the log cannot be reached.
    """
    async with open_log(Target(url, "operator", password, monitor_url)) as (log, weak):
        if weak is not None:
            raise UnsafeLog(weak)
        return await walk(log)
