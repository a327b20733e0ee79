"""The daily run 每日提醒: at eight in the morning (Asia/Shanghai), and soon after every start for the last eight.

In development there is none: a year is driven by explicit runs. Several processes of the service may run it at the
same time, each reminder is sent once all the same.
"""

from datetime import date, datetime, time, timedelta
from uuid import uuid4

from contracts.envelope import command_id
from runtime.execute import Act
from runtime.http import CHINA
from runtime.process import Process
from runtime.settings import utc_now
from services.notifications.measures import last_daily_run
from services.notifications.run import run

SEND_AT = time(8, 0)
"""Asia/Shanghai."""
LOOK = 1.0
"""Seconds between two looks at the clock on the wall."""


def reminded_day(now: datetime) -> date:
    """Give the last date whose hour of sending has come; `now` carries a zone."""
    there = now.astimezone(CHINA)
    return there.date() if there.time() >= SEND_AT else there.date() - timedelta(days=1)


async def start_timer(process: Process) -> None:
    """Run once for each day until the process ends, unless dates are simulated."""
    if process.settings.development:
        return
    done: date | None = None

    async def run_when_due() -> None:
        nonlocal done
        now = utc_now()
        day = reminded_day(now)
        if day != done and await process.positions.wait(await process.log.last_sequence(), LOOK):
            await run_everywhere(process, day, now)
            last_daily_run(process.metrics, now.timestamp())
            done = day

    process.every(LOOK, "run.daily", run_when_due)


async def run_everywhere(process: Process, as_of: date, now: datetime) -> None:
    """Run for every county that has clocks, one after the other.

    Raises: Refusal of status 503; the next look goes on.
    """
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
