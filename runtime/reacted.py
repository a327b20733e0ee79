"""How far a service has reacted, kept in its database: the log's server forgets it when its disk is lost.

A row says that every reaction to events up to `up_to` had been carried out when the log ended at `log` (both stream
sequences). A log that was restored up to some sequence holds cause and effect of the newest row that ends no later;
the events after that are reacted to again. Those whose effect the log does hold find it by their command id, those
that were refused are listed, so nothing is decided twice and nothing is missed.
Source: ADR 0007.
"""

from typing import Any
from uuid import UUID

from runtime.log import STREAM, EventLog
from runtime.tables import Db


async def go_on_after(db: Db, log: EventLog) -> int:
    """Give the stream sequence after which a consumer that does not exist yet begins.

    That is the log's end where the service is deployed for the first time. Rows about events that the log no longer
    has are forgotten. *Raises* LogUnavailable.
    """
    async with db.transaction():
        await db.execute("SELECT pg_advisory_xact_lock(hashtextextended('operations', 1))")
        last = await log.last_sequence()
        await db.execute("DELETE FROM operations.reacted WHERE log > $1", last)
        found = await db.fetchval("SELECT max(up_to) FROM operations.reacted")
        if found is None:
            await db.execute("INSERT INTO operations.reacted (up_to, log) VALUES ($1, $1)", last)
            return last
        return int(found)


async def note(db: Db, log: EventLog, durable: str) -> None:
    """Note how far the consumer has come. The order of the questions matters: what is noted is never too much.

    *Raises* LogUnavailable.
    """
    info: Any = await log.request(f"$JS.API.CONSUMER.INFO.{STREAM}.{durable}", {}, missing_ok=True)
    if info is None or log.broken is not None:
        return
    waiting = await db.fetchval("SELECT min(sequence) FROM operations.deferred_reactions")
    last = await log.last_sequence()
    done = info["ack_floor"]["stream_seq"]
    await db.execute(
        "INSERT INTO operations.reacted (up_to, log) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        done if waiting is None else min(done, waiting - 1),
        last,
    )


async def was_refused(db: Db, event: UUID, reaction: str) -> bool:
    """Say whether a reaction has been refused for good: it is not decided again."""
    return bool(
        await db.fetchval(
            "SELECT EXISTS (SELECT FROM operations.refused_reactions WHERE event_id = $1 AND reaction = $2)",
            event,
            reaction,
        )
    )
