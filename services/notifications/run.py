"""A run 提醒批次: everything that fell due up to a date and has not been sent, sent once.

What to send follows from the clocks as they stand; that it is sent once follows from the ids, each reminder and
digest being an aggregate that only its first event can open. So a run may be repeated, interrupted, or made by two
processes at once. Nothing older than what a clock or a unit has already got is sent any more.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import structlog

from contracts.copies.adopted import calendars_of
from contracts.envelope import command_id, digest_of
from contracts.event import Event
from contracts.notifications import ReminderSent, digest_id, reminder_id
from rules.calendar import Calendars
from runtime.execute import Act
from runtime.folds import Fold
from runtime.process import Process
from runtime.refusals import AggregateParked
from services.notifications import clocks, digest, measures, reminder
from services.notifications.digest import DIGEST
from services.notifications.refusals import DigestAlreadySent, ReminderAlreadySent
from services.notifications.reminder import REMINDER
from services.notifications.schedule import due_reminders, horizon, newest_half_month

logger = structlog.get_logger()

AT_ONCE = 16
"""Appends under way at the same time."""


@dataclass(frozen=True)
class Sending:
    """One reminder or digest to send: the fold that decides, the aggregate's id, the decision."""

    fold: Fold[Any]
    id: str
    decide: Callable[[Any], Event]


@dataclass
class Ran:
    """What one run sent, without what had been sent before."""

    reminders: int = 0
    digests: int = 0
    sequence: int = 0
    """Stream sequence of the newest event sent, 0 when none was."""


async def run(process: Process, county: str, as_of: date, by: Act) -> Ran:
    """Send what is due in a county on a date; `by` says who runs, its command id is replaced for each append.

    Raises: Refusal of status 503; what was sent until then stays sent, and another run goes on.
    """
    try:
        ran = await _run(process, county, as_of, by)
    except Exception:
        measures.ran(process.metrics, "failed")
        raise
    measures.ran(process.metrics, "finished")
    logger.info("run.finished", as_of=as_of.isoformat(), reminders=ran.reminders, digests=ran.digests)
    return ran


async def _run(process: Process, county: str, as_of: date, by: Act) -> Ran:
    await process.log.require_proven()  # "Nothing is due" is not said from what a damaged log has left.
    async with process.database.county(county) as db:
        calendars = await calendars_of(db)
        period = newest_half_month(as_of)
        running = await clocks.followed_until(db, horizon(as_of, calendars))
        unfinished = await clocks.open_at_end_of(db, period.first, period.last)
    sendings = [
        Sending(REMINDER, str(reminder_id(due.clock, due.rule, due.due_on)), partial(reminder.send, reminded=due))
        for due in newest_reminders(running, as_of, calendars)
    ]
    sendings += [
        Sending(DIGEST, str(digest_id(county, due.whom, due.period_from)), partial(digest.send, reported=due))
        for due in digest.compose(period, unfinished)
    ]
    return await _send_all(process, sendings, by)


def newest_reminders(running: Sequence[dict[str, Any]], as_of: date, calendars: Calendars) -> Iterator[ReminderSent]:
    """Give the newest reminder of each clock that is newer than the last one sent for its present last day."""
    known: dict[date, Sequence[Any]] = {}
    for clock in running:
        due_on = clock["due_on"]
        if due_on not in known:
            known[due_on] = due_reminders(due_on, as_of, date.min, calendars)
        if not known[due_on]:
            continue
        newest = known[due_on][-1]
        if newest.for_on <= clock["opened_on"] or (clock["newest"] and newest.for_on <= clock["newest"]):
            continue
        yield ReminderSent(
            clock=clock["clock"],
            clock_kind=clock["kind"],
            subject=clock["subject"],
            whom=clock["whom"],
            due_on=due_on,
            rule=newest.rule,
            for_on=newest.for_on,
            provisional=clock["provisional"],
        )


async def _send_all(process: Process, sendings: Sequence[Sending], by: Act) -> Ran:
    ran = Ran()
    waiting = iter(sendings)

    async def work() -> None:
        for sending in waiting:
            sequence = await _send(process, sending, by)
            if sequence:
                ran.reminders += sending.fold is REMINDER
                ran.digests += sending.fold is DIGEST
                ran.sequence = max(ran.sequence, sequence)

    workers = [asyncio.create_task(work()) for _ in range(min(AT_ONCE, len(sendings)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return ran


async def _send(process: Process, sending: Sending, by: Act) -> int:
    """Append one event and give its sequence; 0 when it had been sent before, or is parked and waits for a person."""
    command = command_id(by.county, by.actor, f"{sending.fold.key}/{sending.id}")
    what = sending.fold.aggregate
    act = replace(by, commandid=command, commanddigest=digest_of(sending.id.encode()), action=f"{what}.send")
    try:
        outcome = await process.executor.execute(sending.fold, sending.id, act, sending.decide, new=True)
    except (ReminderAlreadySent, DigestAlreadySent):
        measures.notified(process.metrics, what, "sent_before")
        return 0
    except AggregateParked:  # One that waits holds up no other, nor the counties whose turn comes later (ADR 0005).
        logger.error("notification.parked", what=what, id=sending.id)
        measures.notified(process.metrics, what, "failed")
        return 0
    except Exception:
        measures.notified(process.metrics, what, "failed")
        raise
    measures.notified(process.metrics, what, "sent_before" if outcome.repeated else "sent")
    return 0 if outcome.repeated else outcome.sequence
