"""When somebody is reminded of a clock 提醒/催办, and when units are reported on 督办通报.

Of a clock with a last day: 7, 3 and 1 working days before it, on the day itself, and on every working day after it
for as long as the clock runs. The last day is taken as it stands, also when it is no working day. A run for a date
sends the newest reminder that has fallen due by then and none that it supersedes: after days without a run nobody
gets a burst of old ones. Digests close the calendar's half months, 1st to 15th and 16th to the end, because units
have many hand-over days and one period for all makes figures comparable; a half month that passed without a run is
made good once, the newest only. Pure: dates and calendars come in as arguments.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from rules.calendar import Calendars
from rules.due import add_working_days, working_days_before

BEFORE = (7, 3, 1)
"""Working days before the last day on which somebody is reminded."""
DUE_TODAY = "due_today"


class DueReminder(NamedTuple):
    """A reminder that has fallen due."""

    rule: str
    """working_days_before:7, due_today, overdue:1 …; with clock and last day it names the reminder for ever."""
    for_on: date


class HalfMonth(NamedTuple):
    """A period of the digest, both ends included."""

    first: date
    last: date


def due_reminders(due_on: date, as_of: date, since: date, calendars: Calendars) -> Sequence[DueReminder]:
    """Give the reminders of a last day that fell due after `since` and up to `as_of`, oldest first.

    `since` is the day on which the clock started: what fell due before somebody owed anything is never sent.
    Units: `for_on` in Asia/Shanghai dates; before and after are counted in working days.
    """
    due = [
        DueReminder(f"working_days_before:{count}", working_days_before(due_on, count, calendars)) for count in BEFORE
    ]
    due.append(DueReminder(DUE_TODAY, due_on))
    day = add_working_days(due_on, 1, calendars)
    while day <= as_of:
        due.append(DueReminder(f"overdue:{len(due) - len(BEFORE)}", day))
        day = add_working_days(day, 1, calendars)
    return [reminder for reminder in due if since < reminder.for_on <= as_of]


def horizon(as_of: date, calendars: Calendars) -> date:
    """Give the latest last day of which anybody is reminded on `as_of` or before."""
    return add_working_days(as_of, max(BEFORE), calendars)


def newest_half_month(as_of: date) -> HalfMonth:
    """Give the newest half month that is over at the end of `as_of`."""
    last_of_month = as_of.replace(day=monthrange(as_of.year, as_of.month)[1])
    if as_of == last_of_month:
        return HalfMonth(as_of.replace(day=16), as_of)
    if as_of.day >= 15:
        return HalfMonth(as_of.replace(day=1), as_of.replace(day=15))
    last = as_of.replace(day=1) - timedelta(days=1)
    return HalfMonth(last.replace(day=16), last)
