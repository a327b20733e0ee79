"""The daily run 每日提醒: at eight in the morning (Asia/Shanghai), and at every start for the last eight o'clock.

In development there is none: a year is driven by explicit runs. Several processes of the service may run it at the
same time, each reminder is sent once all the same.
"""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import structlog

from contracts.envelope import command_id
from runtime.execute import Act
from runtime.http import CHINA
from runtime.process import Process
from runtime.settings import utc_now
from services.notifications.run import run

logger = structlog.get_logger()

SEND_AT = time(8, 0)
"""Asia/Shanghai."""
RETRY = 60.0
"""Seconds before a run that was refused (log or database away) is tried again."""
LOOK = 1.0
"""Seconds after which a start that waits for the projection looks again."""


def reminded_day(now: datetime) -> date:
    """Give the last date whose hour of sending has come; `now` carries a zone."""
    there = now.astimezone(CHINA)
    return there.date() if there.time() >= SEND_AT else there.date() - timedelta(days=1)


def seconds_to_next(now: datetime) -> float:
    """Give the seconds until the next hour of sending."""
    next_day = reminded_day(now) + timedelta(days=1)
    return (datetime.combine(next_day, SEND_AT, CHINA).astimezone(UTC) - now).total_seconds()


async def start_timer(process: Process) -> None:
    """Begin the daily runs in the background, unless dates are simulated."""
    if not process.settings.development:
        process.service.state["timer"] = asyncio.create_task(_every_day(process), name="daily-run")


async def _every_day(process: Process) -> None:
    while True:
        now = utc_now()
        try:
            await _caught_up(process)
            await run_everywhere(process, reminded_day(now), now)
            await asyncio.sleep(max(seconds_to_next(utc_now()), 0.0))
        except Exception:
            logger.exception("timer.run_failed")
            await asyncio.sleep(RETRY)


async def _caught_up(process: Process) -> None:
    last = await process.log.last_sequence()
    while not await process.positions.wait(last, LOOK):
        continue


async def run_everywhere(process: Process, as_of: date, now: datetime) -> None:
    """Run for every county that has clocks, one after the other."""
    async with process.database.owner() as db:
        counties = [row["county"] for row in await db.fetch("SELECT DISTINCT county FROM clocks ORDER BY county")]
    actor = f"service:{process.service.name}"
    for county in counties:
        by = Act(
            county=county,
            actor=actor,
            actorrole="service",
            commandid=command_id(county, actor, f"run/{as_of}"),
            commanddigest="",
            correlationid=str(uuid4()),
            now=now,
        )
        await run(process, county, as_of, by)
