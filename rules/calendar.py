"""The State Council's holiday calendar (国务院办公厅放假安排): which days are worked, year by year.

One file holds one yearly notice with its amendments, including the days of late December before that it
rearranged for New Year's Day; so the last week of December belongs to two notices, and a file need not be
rewritten when the next notice appears. Of a year without a notice only the weekends are known: what is
computed from them is provisional.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cached_property
from typing import Final

from pydantic import ConfigDict, Field

from contracts.clocks import CalendarUse
from rules.exact import Exact, PackError, read_exact
from rules.handling import Strict
from rules.values import IsoDate

__all__ = ["Calendar", "Calendars", "HolidaySpan", "PackError", "load_calendar"]

_SATURDAY: Final = 5
_NEXT_NOTICE_FROM: Final = (12, 25)
"""From this day on the next year's notice may rearrange days; since 2004 none reached before 29 December."""


class HolidaySpan(Strict):
    """A holiday 节日: days that are not worked, both ends included."""

    name: str
    from_: IsoDate = Field(alias="from")
    to: IsoDate

    def days(self) -> Iterator[date]:
        """Give the days of the span in order."""
        for offset in range((self.to - self.from_).days + 1):
            yield self.from_ + timedelta(days=offset)


class Calendar(Strict):
    """One year's notice."""

    model_config = ConfigDict(ignored_types=(cached_property,))

    digest: str = Field(description="sha256:… of the exact bytes; computed")
    year: int = Field(ge=1950, le=2999)
    source: str
    holidays: tuple[HolidaySpan, ...] = Field(min_length=1)
    workdays: tuple[IsoDate, ...] = Field(default=(), description="Weekend days that are worked 调休上班")

    @cached_property
    def _named(self) -> dict[date, bool]:
        named = {day: False for span in self.holidays for day in span.days()}
        return named | dict.fromkeys(self.workdays, True)

    def says(self, day: date) -> bool | None:
        """Say whether the notice makes `day` a working day; None when it does not name the day."""
        return self._named.get(day)

    def is_working(self, day: date) -> bool:
        """Say whether `day` is worked: as the notice names it, else Monday to Friday."""
        named = self.says(day)
        return day.weekday() < _SATURDAY if named is None else named


class Calendars(Mapping[int, Calendar]):
    """The calendars known at one time, by year; immutable."""

    def __init__(self, calendars: Iterable[Calendar] = ()) -> None:
        self._by_year = {calendar.year: calendar for calendar in calendars}

    def __getitem__(self, year: int) -> Calendar:
        return self._by_year[year]

    def __iter__(self) -> Iterator[int]:
        return iter(self._by_year)

    def __len__(self) -> int:
        return len(self._by_year)

    def is_working(self, day: date) -> bool:
        """Say whether `day` is worked; of a year without a notice only the weekends are known."""
        for year in reversed(_years_deciding(day)):
            named = self._by_year[year].says(day) if year in self._by_year else None
            if named is not None:
                return named
        return day.weekday() < _SATURDAY

    def consulted_for(self, days: Iterable[date]) -> tuple[CalendarUse, ...]:
        """Give the calendars that decide these days by year; one without a digest is not published yet."""
        years = sorted({year for day in days for year in _years_deciding(day)})
        return tuple(CalendarUse(year=year, digest=self[year].digest if year in self else None) for year in years)


def load_calendar(raw: bytes) -> Calendar:
    """Read a year's calendar from its exact bytes.

    Raises: PackError with path, reason, line and code (calendar.span_disordered, calendar.span_outside_year,
    calendar.spans_overlap, calendar.workday_no_weekend, calendar.impossible_date …).
    """
    file = read_exact(raw, "calendar")
    calendar = file.as_model(Calendar, digest=file.digest)
    _refuse_bad_spans(calendar, file)
    _refuse_bad_workdays(calendar, file)
    return calendar


def _years_deciding(day: date) -> tuple[int, ...]:
    if (day.month, day.day) >= _NEXT_NOTICE_FROM:
        return (day.year, day.year + 1)
    return (day.year,)


def _refuse_bad_spans(calendar: Calendar, file: Exact) -> None:
    taken: set[date] = set()
    for index, span in enumerate(calendar.holidays):
        path = f"holidays.{index}"
        if span.to < span.from_:
            raise file.refusal(f"{path}.to", f"“{span.name}”的止日早于起日", "span_disordered")
        if any(calendar.year not in _years_deciding(day) for day in (span.from_, span.to)):
            raise file.refusal(path, f"“{span.name}”不在{calendar.year}年", "span_outside_year")
        if not taken.isdisjoint(span.days()):
            raise file.refusal(path, f"“{span.name}”与另一假期重叠", "spans_overlap")
        taken.update(span.days())


def _refuse_bad_workdays(calendar: Calendar, file: Exact) -> None:
    holidays = {day for span in calendar.holidays for day in span.days()}
    for index, day in enumerate(calendar.workdays):
        path = f"workdays.{index}"
        if day.weekday() < _SATURDAY:
            raise file.refusal(path, f"{day} 不是周末，无须调休上班", "workday_no_weekend")
        if day in holidays or calendar.workdays.count(day) > 1:
            raise file.refusal(path, f"{day} 重复或同时列为假期", "spans_overlap")
        if calendar.year not in _years_deciding(day):
            raise file.refusal(path, f"{day} 不在{calendar.year}年", "span_outside_year")
