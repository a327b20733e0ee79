"""The shipped calendars are those of 2004 to 2026, each plausible in itself, and agree with known days."""

from datetime import date

import pytest

from contracts.clocks import CalendarUse
from rules.calendar import Calendar, Calendars, PackError, load_calendar
from rules.exact import digest_of
from rules.shelf import published_calendars

YEARS = range(2004, 2027)
PUBLISHED = {year: load_calendar(raw) for year, raw in published_calendars().items()}


def test_every_year_from_2004_to_2026_is_on_the_shelf() -> None:
    assert list(PUBLISHED) == list(YEARS)
    assert all(calendar.year == year for year, calendar in PUBLISHED.items())
    assert all(f"{year}年部分节假日安排" in calendar.source for year, calendar in PUBLISHED.items())
    assert {year: calendar.digest for year, calendar in PUBLISHED.items()} == {
        year: digest_of(raw) for year, raw in published_calendars().items()
    }


@pytest.mark.parametrize("calendar", PUBLISHED.values(), ids=map(str, YEARS))
def test_a_notice_is_plausible(calendar: Calendar) -> None:
    year = calendar.year
    spans = calendar.holidays
    assert all(span.from_ <= span.to for span in spans)
    assert [span.from_ for span in spans] == sorted(span.from_ for span in spans)
    assert all(date(year - 1, 12, 29) <= span.from_ <= span.to <= date(year, 10, 8) for span in spans)
    assert all((span.to - span.from_).days < 10 for span in spans)
    assert all(day.weekday() >= 5 for day in calendar.workdays)
    assert calendar.is_working(date(year, 1, 1)) is False
    # A make-up day pays for a weekday off: since 2004 a notice never asks for more of them than it gives.
    weekdays_off = [day for span in spans for day in span.days() if day.weekday() < 5]
    assert len(calendar.workdays) < len(weekdays_off)
    statutory = 10 if year < 2008 else 11 if year < 2025 else 13
    paid = len(weekdays_off) - len(calendar.workdays)
    assert statutory - 5 <= paid <= statutory + 4


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2025-01-26", True),
        ("2025-01-28", False),
        ("2025-02-04", False),
        ("2025-02-08", True),
        ("2025-10-08", False),
        ("2025-10-11", True),
        ("2026-01-02", False),
        ("2026-01-04", True),
        ("2026-02-14", True),
        ("2026-02-23", False),
        ("2026-02-28", True),
        ("2026-05-09", True),
        ("2026-09-20", True),
        ("2026-10-10", True),
        ("2020-01-31", False),  # The Spring Festival of 2020 was prolonged,
        ("2020-02-01", False),  # and its make-up day fell away.
        ("2019-05-03", False),
        ("2015-09-04", False),
        ("2015-09-06", True),
        ("2005-12-31", True),  # Named by the notice for 2006.
        ("2006-12-30", True),
        ("2007-12-31", False),
        ("2018-12-29", True),
        ("2018-12-31", False),
        ("2022-12-31", False),
        ("2023-12-29", True),
        ("2024-06-15", False),
        ("2024-06-17", True),
    ],
)
def test_known_days(day: str, working: bool, calendars: Calendars) -> None:
    assert calendars.is_working(date.fromisoformat(day)) is working


def test_the_working_days_of_a_year_are_as_many_as_were_published(calendars: Calendars) -> None:
    def worked(year: int) -> int:
        first = date(year, 1, 1).toordinal()
        return sum(calendars.is_working(date.fromordinal(first + n)) for n in range(366 if year % 4 == 0 else 365))

    # 2025: 365 days, less 104 weekend days and 13 statutory holidays.
    assert (worked(2024), worked(2025)) == (251, 248)


def test_every_notice_gives_and_takes_as_many_days_as_it_says() -> None:
    """Days of holiday and make-up days by notice."""
    named = {
        year: (sum(len(list(span.days())) for span in calendar.holidays), len(calendar.workdays))
        for year, calendar in PUBLISHED.items()
    }
    # fmt: off
    assert named == {
        2004: (22, 6), 2005: (24, 6), 2006: (24, 7), 2007: (24, 8), 2008: (29, 6), 2009: (27, 6),
        2010: (29, 8), 2011: (29, 5), 2012: (27, 7), 2013: (29, 12), 2014: (23, 5), 2015: (27, 5),
        2016: (24, 6), 2017: (24, 5), 2018: (23, 6), 2019: (30, 7), 2020: (30, 6), 2021: (31, 7),
        2022: (31, 7), 2023: (27, 7), 2024: (30, 8), 2025: (28, 5), 2026: (33, 6),
    }
    # fmt: on


def test_the_calendars_are_those_that_were_checked_day_by_day(calendars: Calendars) -> None:
    """All 8,401 days agreed with `holidays` 0.108, and but for 2005-12-31 with `chinesecalendar` 1.11.0."""
    first, last = date(2004, 1, 1).toordinal(), date(2026, 12, 31).toordinal()
    worked = "".join("01"[calendars.is_working(date.fromordinal(n))] for n in range(first, last + 1))
    assert len(worked) == 8401
    assert digest_of(worked.encode()) == "sha256:5f51cefb0aae45bf062dbfeb22dc47abd85a86799e60221b6abe2cdb77193b97"


def test_a_year_without_a_notice_knows_only_weekends(calendars: Calendars) -> None:
    assert 2027 not in calendars
    assert calendars.is_working(date(2027, 1, 1))
    assert not calendars.is_working(date(2027, 1, 2))
    assert calendars.consulted_for([date(2027, 1, 1)]) == (CalendarUse(year=2027),)


def test_the_last_week_of_december_belongs_to_two_notices(calendars: Calendars) -> None:
    both = calendars.consulted_for([date(2025, 12, 25)])
    assert [(use.year, use.digest) for use in both] == [
        (2025, PUBLISHED[2025].digest),
        (2026, PUBLISHED[2026].digest),
    ]
    assert [use.year for use in calendars.consulted_for([date(2025, 12, 24)])] == [2025]


@pytest.mark.parametrize(
    ("holidays", "workdays", "code", "path"),
    [
        ("{name: 春节, from: 2025-02-04, to: 2025-01-28}", "", "span_disordered", "holidays.0.to"),
        ("{name: 春节, from: 2024-01-28, to: 2024-01-29}", "", "span_outside_year", "holidays.0"),
        (
            "{name: 元旦, from: 2025-01-01, to: 2025-01-02}, {name: 春节, from: 2025-01-02, to: 2025-01-03}",
            "",
            "spans_overlap",
            "holidays.1",
        ),
        ("{name: 元旦, from: 2025-01-01, to: 2025-01-01}", "2025-01-27", "workday_no_weekend", "workdays.0"),
        ("{name: 元旦, from: 2025-01-01, to: 2025-01-05}", "2025-01-04", "spans_overlap", "workdays.0"),
        ("{name: 元旦, from: 2025-01-01, to: 2025-01-01}", "2026-02-14", "span_outside_year", "workdays.0"),
        ("{name: 国庆节, from: 2025-09-31, to: 2025-10-08}", "", "impossible_date", "holidays.0.from"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(holidays: str, workdays: str, code: str, path: str) -> None:
    raw = f"year: 2025\nsource: 样例\nholidays: [{holidays}]\nworkdays: [{workdays}]\n".encode()
    with pytest.raises(PackError) as refused:
        load_calendar(raw)
    assert (refused.value.code, refused.value.path) == (f"calendar.{code}", path)
