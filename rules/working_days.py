"""Counting working days (工作日) under the State Council's calendars, for deadlines and reminders."""

from collections.abc import Callable
from datetime import date, timedelta

from rules.calendar import Calendars

ONE_DAY = timedelta(days=1)


def add_working_days(day: date, count: int, calendars: Calendars) -> date:
    """Give the `count`-th working day after `day`, which is not counted itself; 0 gives `day`.

    Units: count in working days, at least 0. Raises: ValueError for a negative count.
    """
    return _walk(day, count, ONE_DAY, calendars.is_working)


def working_days_before(day: date, count: int, calendars: Calendars) -> date:
    """Give the `count`-th working day before `day`, which is not counted itself; 0 gives `day`.

    Units: count in working days, at least 0. Raises: ValueError for a negative count.
    """
    return _walk(day, count, -ONE_DAY, calendars.is_working)


def working_days_between(start: date, end: date, calendars: Calendars) -> int:
    """Count the working days after `start` up to and including `end`; negative when `end` comes first.

    Units: working days. So the working days left until a due date, or, negative, those since.
    """
    if end < start:
        return -working_days_between(end, start, calendars)
    days = (start + timedelta(days=offset) for offset in range(1, (end - start).days + 1))
    return sum(calendars.is_working(day) for day in days)


def _walk(day: date, count: int, step: timedelta, is_working: Callable[[date], bool]) -> date:
    if count < 0:
        raise ValueError("a count of working days is never negative")
    while count:
        day += step
        count -= is_working(day)
    return day
