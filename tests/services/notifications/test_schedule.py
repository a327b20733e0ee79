"""When reminders fall due, against dates counted by hand on the calendar of 2005, and for any date."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.calendar import Calendars
from rules.shelf import shipped_calendars
from services.notifications.run import newest_reminders
from services.notifications.schedule import HalfMonth, due_reminders, horizon, newest_half_month

CALENDARS = shipped_calendars()
LONG_BEFORE = date(2004, 12, 1)


def day(text: str) -> date:
    return date.fromisoformat(f"2005-{text}")


@pytest.mark.parametrize(
    ("due_on", "until", "expected"),
    [
        pytest.param(
            "04-30",
            "05-10",
            "7:04-21 3:04-27 1:04-29 today:04-30 +1:05-08 +2:05-09 +3:05-10",
            id="30 April 2005, a Saturday worked for May Day; overdue days begin after the holiday",
        ),
        pytest.param(
            "05-09",
            "05-11",
            "7:04-25 3:04-29 1:05-08 today:05-09 +1:05-10 +2:05-11",
            id="counted back over May Day: Sunday the 8th and Saturday the 30th are worked",
        ),
        pytest.param(
            "05-01",
            "05-08",
            "7:04-22 3:04-28 1:04-30 today:05-01 +1:05-08",
            id="a fixed day in the holiday is reminded of on that very day",
        ),
        pytest.param(
            "10-10",
            "10-11",
            "7:09-26 3:09-30 1:10-09 today:10-10 +1:10-11",
            id="counted back over National Day: the 8th and 9th of October are worked",
        ),
        pytest.param(
            "09-30",
            "10-10",
            "7:09-21 3:09-27 1:09-29 today:09-30 +1:10-08 +2:10-09 +3:10-10",
            id="overdue from the eve of National Day",
        ),
        pytest.param(
            "02-08",
            "02-17",
            "7:02-01 3:02-05 1:02-07 today:02-08 +1:02-16 +2:02-17",
            id="the weekend before the Spring Festival is worked",
        ),
    ],
)
def test_reminders_fall_on_working_days_before_the_day_itself_and_every_working_day_after(
    due_on: str, until: str, expected: str
) -> None:
    short = {"working_days_before": "", "due_today": "today", "overdue": "+"}
    found = []
    for rule, for_on in due_reminders(day(due_on), day(until), LONG_BEFORE, CALENDARS):
        name, _, count = rule.partition(":")
        found.append(f"{short[name]}{count}:{for_on:%m-%d}")
    assert " ".join(found) == expected


def test_nothing_is_due_before_the_clock_has_started() -> None:
    rules = [rule for rule, _ in due_reminders(day("03-10"), day("03-10"), day("03-04"), CALENDARS)]
    assert rules == ["working_days_before:3", "working_days_before:1", "due_today"]


def test_a_clock_that_starts_late_is_not_reminded_of_what_fell_due_before_it_ran() -> None:
    clock = {
        "clock": uuid4(),
        "kind": "contact",
        "subject": "evt.430000.proposals.proposal.a",
        "whom": "unit:u",
        "due_on": day("04-29"),
        "opened_on": day("04-20"),
        "provisional": False,
        "newest": None,
    }
    for silent in ("04-20", "04-21", "04-25"):
        assert list(newest_reminders([clock], day(silent), CALENDARS)) == []
    [first] = newest_reminders([clock], day("04-26"), CALENDARS)
    assert (first.rule, first.for_on) == ("working_days_before:3", day("04-26"))


def test_without_a_published_calendar_only_weekends_are_free() -> None:
    found = due_reminders(day("05-09"), day("05-09"), LONG_BEFORE, Calendars())
    assert [f"{for_on:%m-%d}" for _, for_on in found] == ["04-28", "05-04", "05-06", "05-09"]


days = st.dates(date(2005, 1, 1), date(2026, 10, 31))
spans = st.integers(0, 60)


@given(due_on=days, running=st.integers(0, 90), late=spans)
def test_each_rule_falls_due_once_in_order_and_between_start_and_today(due_on: date, running: int, late: int) -> None:
    since, as_of = due_on - timedelta(days=running), due_on + timedelta(days=late)
    found = due_reminders(due_on, as_of, since, CALENDARS)
    assert len({rule for rule, _ in found}) == len(found)
    dates = [for_on for _, for_on in found]
    assert dates == sorted(set(dates))
    assert all(since < for_on <= as_of for for_on in dates)
    assert all(CALENDARS.is_working(for_on) for rule, for_on in found if rule != "due_today")
    overdue = [for_on for rule, for_on in found if rule.startswith("overdue")]
    assert overdue == [
        at for offset in range(1, late + 1) if CALENDARS.is_working(at := due_on + timedelta(days=offset))
    ]


@given(due_on=days, runs=st.sets(st.integers(-30, 30), min_size=1))
def test_whatever_days_are_run_each_reminder_is_sent_once_and_at_most_one_a_run(due_on: date, runs: set[int]) -> None:
    clock = {
        "clock": uuid4(),
        "kind": "reply",
        "subject": "evt.430000.proposals.proposal.a",
        "whom": "unit:u",
        "due_on": due_on,
        "opened_on": due_on - timedelta(days=100),
        "provisional": False,
        "newest": None,
    }
    sent = []
    for offset in sorted(runs):
        as_of = due_on + timedelta(days=offset)
        found = list(newest_reminders([clock], as_of, CALENDARS))
        assert len(found) <= 1
        assert not list(newest_reminders([clock | {"newest": as_of}], as_of, CALENDARS))
        for reminder in found:
            sent.append(reminder.rule)
            clock["newest"] = reminder.for_on
    assert len(sent) == len(set(sent))
    if runs == set(range(-30, 31)):
        assert sent == [rule for rule, _ in due_reminders(due_on, due_on + timedelta(days=30), date.min, CALENDARS)]


@given(due_on=days, as_of=days)
def test_no_clock_beyond_the_horizon_has_anything_due(due_on: date, as_of: date) -> None:
    if due_on > horizon(as_of, CALENDARS):
        assert due_reminders(due_on, as_of, date.min, CALENDARS) == []


@pytest.mark.parametrize(
    ("as_of", "first", "last"),
    [
        ("2005-03-14", "2005-02-16", "2005-02-28"),
        ("2005-03-15", "2005-03-01", "2005-03-15"),
        ("2005-03-30", "2005-03-01", "2005-03-15"),
        ("2005-03-31", "2005-03-16", "2005-03-31"),
        ("2005-01-01", "2004-12-16", "2004-12-31"),
        ("2008-02-29", "2008-02-16", "2008-02-29"),
        ("2007-02-28", "2007-02-16", "2007-02-28"),
    ],
)
def test_a_digest_closes_the_newest_half_month_that_is_over(as_of: str, first: str, last: str) -> None:
    expected = HalfMonth(date.fromisoformat(first), date.fromisoformat(last))
    assert newest_half_month(date.fromisoformat(as_of)) == expected
