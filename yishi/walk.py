"""Walking a live log from its first event to its end, for `verify` and the demo."""

from pathlib import Path

from pydantic import SecretStr

from runtime.feed import Feed
from runtime.log import EventLog
from runtime.settings import Settings
from yishi.verification import Walk


async def walk_log(url: str, password: str, monitor_url: str) -> Walk:
    """Verify every event up to the log's present end, as the operator.

    Raises: Break on the first that does not hold; UnsafeLog.
    """
    settings = Settings(
        nats_url=url,
        nats_user="operator",
        nats_password=SecretStr(password),
        nats_monitor_url=monitor_url,
        database_url=SecretStr(""),
        database_http_url=SecretStr(""),
        issuer="",
        jwks_file=Path(),
    )
    log = EventLog(settings, "yishi-verify")
    await log.connect()
    try:
        walk, last = Walk(), await log.last_sequence()
        async with Feed(log, 1) as feed:
            while walk.sequence < last:
                for message in await feed.batch(500, 1.0):
                    walk.step(message)
        return walk
    finally:
        await log.close()
