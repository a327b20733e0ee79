"""On which day is it due (到期日), and why: pure arithmetic from a rule, a starting day and calendars.

The starting day is not counted. A period in months ends on the corresponding day, or the month's last day
where there is none; a period in 日 or 月 that ends on a day off ends on the next working day; 工作日 count
working days only. A fixed day (4月30日以前) is inclusive and never moves, be it a holiday or long past.
Source: 民法典 201-203.
"""

import calendar as gregorian
from dataclasses import dataclass
from datetime import date, timedelta
from typing import assert_never

from contracts.clocks import CalendarUse, Unit
from rules.calendar import Calendars
from rules.clock_rule import ClockRule
from rules.values import FixedDay, Undefined
from rules.working_days import ONE_DAY, add_working_days


@dataclass(frozen=True, slots=True)
class Due:
    """A computed last day and how it came about; `on` is absent when the rule is a blank."""

    on: date | None
    nominal_on: date | None = None
    fixed_on: date | None = None
    excluded: tuple[date, ...] = ()
    calendars: tuple[CalendarUse, ...] = ()
    undefined: str | None = None

    @property
    def provisional(self) -> bool:
        """True when a calendar that decides the day has not been published yet."""
        return any(use.digest is None for use in self.calendars)


def due_date(rule: ClockRule, started_on: date, calendars: Calendars) -> Due:
    """Give the last day (inclusive) of a rule that started on a business date.

    A fixed day without a year is that of the year of the start, even when it has passed: then it is late at
    once.
    """
    if rule.undefined is not None:
        return Due(on=None, undefined=rule.undefined)
    if isinstance(rule.by, FixedDay):
        fixed_on = rule.by.on_or_in(started_on.year)
        return Due(on=fixed_on, nominal_on=fixed_on, fixed_on=fixed_on)
    if rule.amount is None or isinstance(rule.amount, Undefined) or rule.unit is None:
        raise AssertionError("a loaded rule is a period, a fixed day or a blank")
    return period_end(rule.amount, rule.unit, started_on, calendars)


def period_end(amount: int, unit: Unit, started_on: date, calendars: Calendars) -> Due:
    """Give the last day (inclusive) of a period.

    Units: amount in `unit`: day 日, working_day 工作日, month 月. Source: 民法典 201-203.
    """
    match unit:
        case "working_day":
            on = nominal_on = add_working_days(started_on, amount, calendars)
            looked_at = _days(started_on + ONE_DAY, on)
        case "day" | "month":
            nominal_on = started_on + timedelta(days=amount) if unit == "day" else _add_months(started_on, amount)
            on = nominal_on if calendars.is_working(nominal_on) else add_working_days(nominal_on, 1, calendars)
            looked_at = _days(nominal_on, on)
        case _ as unknown:
            assert_never(unknown)
    excluded = tuple(day for day in looked_at if not calendars.is_working(day))
    return Due(on, nominal_on, excluded=excluded, calendars=calendars.consulted_for(looked_at))


def _add_months(day: date, months: int) -> date:
    """Give the corresponding day `months` later, or the last day of a month that has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = gregorian.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _days(first: date, last: date) -> tuple[date, ...]:
    return tuple(first + timedelta(days=offset) for offset in range((last - first).days + 1))
