"""What holds for every period: no day off at its end, no later start with an earlier end."""

from calendar import monthrange
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.clocks import Unit
from rules.due import add_working_days, due_date, period_end, working_days_before, working_days_between
from rules.pack import load_pack
from rules.shelf import published_packs, shipped_calendars
from rules.values import FixedDay

CALENDARS = shipped_calendars()
PERIODS = sorted(
    {
        (rule.amount, rule.unit)
        for raw in published_packs().values()
        for rule in load_pack(raw).clocks.values()
        if isinstance(rule.amount, int) and rule.unit is not None
    }
)
DEMO = load_pack(published_packs()["hunan-transport-2005"]).clocks["unit_reply"]
BRIEFLY = settings(max_examples=120, deadline=None)

starts = st.dates(date(2004, 1, 1), date(2026, 12, 31))
units = st.sampled_from(("day", "working_day", "month"))
periods = st.sampled_from(PERIODS) | st.tuples(st.integers(1, 30), units)


def end(period: tuple[int, Unit], started_on: date) -> date:
    found = period_end(*period, started_on, CALENDARS).on
    assert found is not None
    return found


def test_the_packs_use_every_unit() -> None:
    assert {unit for _, unit in PERIODS} == {"day", "working_day", "month"}


@BRIEFLY
@given(periods, starts)
def test_no_period_ends_on_a_day_off(period: tuple[int, Unit], started_on: date) -> None:
    due = period_end(*period, started_on, CALENDARS)
    assert due.on is not None
    assert due.nominal_on is not None
    assert CALENDARS.is_working(due.on)
    assert started_on < due.nominal_on <= due.on
    assert not any(CALENDARS.is_working(day) for day in due.excluded)


@BRIEFLY
@given(periods, starts, st.integers(0, 40))
def test_a_later_start_never_ends_earlier(period: tuple[int, Unit], started_on: date, later: int) -> None:
    assert end(period, started_on) <= end(period, started_on + timedelta(days=later))


@BRIEFLY
@given(st.integers(1, 30), units, starts)
def test_a_longer_period_never_ends_earlier(amount: int, unit: Unit, started_on: date) -> None:
    assert end((amount, unit), started_on) <= end((amount + 1, unit), started_on)


@BRIEFLY
@given(st.integers(1, 30), starts)
def test_working_days_are_counted_exactly(amount: int, started_on: date) -> None:
    due = end((amount, "working_day"), started_on)
    counted = [
        day
        for n in range(1, (due - started_on).days + 1)
        if CALENDARS.is_working(day := started_on + timedelta(days=n))
    ]
    assert len(counted) == amount
    assert counted[-1] == due
    assert working_days_between(started_on, due, CALENDARS) == amount


@BRIEFLY
@given(st.integers(1, 24), starts)
def test_months_end_on_the_corresponding_day_or_the_last_of_the_month(amount: int, started_on: date) -> None:
    nominal = period_end(amount, "month", started_on, CALENDARS).nominal_on
    assert nominal is not None
    assert (nominal.year - started_on.year) * 12 + nominal.month - started_on.month == amount
    assert nominal.day == min(started_on.day, monthrange(nominal.year, nominal.month)[1])


@BRIEFLY
@given(st.sampled_from([2004, 2008, 2012, 2016, 2020, 2024]), st.integers(1, 30))
def test_a_leap_day_starts_and_ends_periods_like_any_other(year: int, months: int) -> None:
    leap_day = date(year, 2, 29)
    nominal = period_end(months, "month", leap_day, CALENDARS).nominal_on
    assert nominal is not None
    assert nominal.day == (28 if nominal.month == 2 and nominal.year % 4 else 29)
    assert period_end(1, "day", date(year, 2, 28), CALENDARS).nominal_on == leap_day
    assert period_end(1, "month", date(year, 1, 31), CALENDARS).nominal_on == leap_day


@BRIEFLY
@given(starts)
def test_a_fixed_day_never_moves(started_on: date) -> None:
    due = due_date(DEMO, started_on, CALENDARS)
    assert isinstance(DEMO.by, FixedDay)
    assert due.on == due.fixed_on == date(started_on.year, 4, 30)
    assert (due.excluded, due.calendars) == ((), ())


@BRIEFLY
@given(periods, starts)
def test_a_day_is_provisional_exactly_when_a_deciding_notice_is_missing(
    period: tuple[int, Unit], started_on: date
) -> None:
    due = period_end(*period, started_on, CALENDARS)
    assert due.on is not None
    assert due.provisional == (due.on >= date(2026, 12, 25))


@BRIEFLY
@given(starts.filter(CALENDARS.is_working), st.integers(0, 30))
def test_counting_back_undoes_counting_forward(day: date, count: int) -> None:
    assert working_days_before(add_working_days(day, count, CALENDARS), count, CALENDARS) == day
