"""What Prometheus is told of clocks, reminders and digests: totals over all counties, by the kind of clock.

Not by county: a scrape carries no token, and how far behind one county is, is for that county and its supervisors
(`GET /v1/clocks?overdue=true`). "Due soon" is a week ahead; days are Asia/Shanghai dates of the machine's clock, so
that simulated years of a development stack mostly look overdue.
"""

from datetime import timedelta

from runtime.http import CHINA
from runtime.metrics import Metrics
from runtime.process import Process
from runtime.settings import utc_now

EVERY = 30.0
"""Seconds between two counts."""
SOON = timedelta(days=7)
_GAUGES = {
    "open": "Clocks that run",
    "overdue": "Running clocks whose last day has passed",
    "due_soon": "Running clocks whose last day comes within a week",
    "provisional": "Running clocks whose last day waits for a year's calendar",
}


async def start_measures(process: Process) -> None:
    """Make the service's metrics, and count the clocks again and again until the process ends."""
    for what in ("reminder", "digest"):
        for outcome in ("sent", "sent_before", "failed"):
            notified(process.metrics, what, outcome, 0)
    for outcome in ("finished", "failed"):
        ran(process.metrics, outcome, 0)
    for name, meaning in _GAUGES.items():
        process.metrics.gauge(f"yishi_clocks_{name}", meaning, "kind")
    last_daily_run(process.metrics, utc_now().timestamp())

    async def count() -> None:
        await count_clocks(process)

    process.every(EVERY, "clocks.count", count)


async def count_clocks(process: Process) -> None:
    """Count the running clocks of all counties by kind.

    Raises: DatabaseUnavailable.
    """
    today = utc_now().astimezone(CHINA).date()
    async with process.database.owner() as db:
        rows = await db.fetch(
            "SELECT kind, count(*) AS open, count(*) FILTER (WHERE due_order < $1) AS overdue,"
            " count(*) FILTER (WHERE due_order BETWEEN $1 AND $2) AS due_soon,"
            " count(*) FILTER (WHERE provisional) AS provisional FROM clocks WHERE closed_on IS NULL GROUP BY kind",
            today,
            today + SOON,
        )
    for name, meaning in _GAUGES.items():
        gauge = process.metrics.gauge(f"yishi_clocks_{name}", meaning, "kind")
        gauge.clear()  # A kind of which no clock runs any more has no number.
        for row in rows:
            gauge.labels(row["kind"]).set(row[name])


def notified(metrics: Metrics, what: str, outcome: str, number: int = 1) -> None:
    """Count reminders or digests by what became of them."""
    meaning = "Reminders and digests that were due, by what became of them"
    metrics.counter("yishi_notifications", meaning, "what", "outcome").labels(what, outcome).inc(number)


def ran(metrics: Metrics, outcome: str, number: int = 1) -> None:
    """Count runs of one county's reminders."""
    meaning = "Runs of one county's reminders, by how they ended"
    metrics.counter("yishi_reminder_runs", meaning, "outcome").labels(outcome).inc(number)


def last_daily_run(metrics: Metrics, seconds: float) -> None:
    """Note when the daily run of all counties last finished (Unix time)."""
    meaning = "Unix time at which the daily run of all counties last finished in this process, at first its start"
    metrics.gauge("yishi_reminder_last_daily_run_timestamp_seconds", meaning).set(seconds)
