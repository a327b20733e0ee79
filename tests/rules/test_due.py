"""Worked dates: each computed by hand from the rule's wording and the year's holiday notice."""

from datetime import date
from uuid import UUID

import pytest

from contracts.clocks import Clock, ClockMoved, Unit, clock_id
from rules.argument import argue
from rules.calendar import Calendars, load_calendar
from rules.due import (
    add_working_days,
    due_date,
    latest_day,
    move_when_published,
    open_clock,
    open_clocks,
    period_end,
    working_days_before,
    working_days_between,
)
from rules.pack import load_pack
from rules.shelf import published_calendars, published_packs

PACKS = {name: load_pack(raw) for name, raw in published_packs().items()}
CASE = UUID(int=7)
D = date.fromisoformat

WORKED: list[tuple[str, int, Unit, str]] = [
    # 工作日: the make-up days count, the holidays do not.
    ("2025-01-20", 5, "working_day", "2025-01-26"),  # Sunday, worked.
    ("2025-01-20", 10, "working_day", "2025-02-08"),  # Saturday, worked, after eight days of holiday.
    ("2025-04-25", 1, "working_day", "2025-04-27"),
    ("2025-04-28", 10, "working_day", "2025-05-15"),
    ("2025-09-26", 2, "working_day", "2025-09-29"),
    ("2025-09-30", 5, "working_day", "2025-10-14"),
    ("2025-12-31", 1, "working_day", "2026-01-04"),
    ("2026-02-13", 1, "working_day", "2026-02-14"),
    ("2026-02-13", 5, "working_day", "2026-02-27"),
    ("2026-02-13", 6, "working_day", "2026-02-28"),
    ("2026-05-05", 4, "working_day", "2026-05-09"),
    ("2026-09-18", 1, "working_day", "2026-09-20"),
    ("2026-10-07", 3, "working_day", "2026-10-10"),
    ("2005-03-01", 15, "working_day", "2005-03-22"),
    ("2005-12-30", 1, "working_day", "2005-12-31"),
    ("2018-12-28", 2, "working_day", "2019-01-02"),
    # 日: counted through, only the last day rolls.
    ("2025-01-24", 5, "day", "2025-02-05"),
    ("2025-01-21", 5, "day", "2025-01-26"),
    ("2026-02-08", 10, "day", "2026-02-24"),
    ("2026-03-02", 5, "day", "2026-03-09"),
    # 月: the corresponding day or the last of the month, then rolled.
    ("2024-11-30", 3, "month", "2025-02-28"),
    ("2023-11-30", 3, "month", "2024-02-29"),
    ("2025-01-31", 1, "month", "2025-02-28"),
    ("2024-02-29", 12, "month", "2025-02-28"),
    ("2025-03-31", 6, "month", "2025-09-30"),
    ("2025-08-31", 6, "month", "2026-02-28"),  # Saturday, worked.
    ("2025-11-28", 3, "month", "2026-02-28"),
    ("2025-11-14", 3, "month", "2026-02-14"),
    ("2025-11-16", 3, "month", "2026-02-24"),
    ("2025-07-01", 3, "month", "2025-10-09"),
    ("2025-05-08", 3, "month", "2025-08-08"),
    ("2005-03-01", 1, "month", "2005-04-01"),
]


def opened(pack: str, key: str, started_by: str, started_on: str, calendars: Calendars) -> Clock:
    clock = open_clock(
        PACKS[pack],
        key,
        aggregate=CASE,
        whom="unit:a",
        started_by=started_by,
        started_on=D(started_on),
        calendars=calendars,
    )
    assert clock is not None
    return clock


@pytest.mark.parametrize(("started", "amount", "unit", "due"), WORKED)
def test_a_period_ends_where_the_law_ends_it(
    started: str, amount: int, unit: Unit, due: str, calendars: Calendars
) -> None:
    found = period_end(amount, unit, D(started), calendars)
    assert found.on == D(due)
    assert not found.provisional


def test_the_proof_of_a_rolled_day_names_what_was_skipped_and_by_which_calendar(calendars: Calendars) -> None:
    clock = opened("shandong-2017", "return", "received", "2025-01-24", calendars)
    proof = clock.proof
    assert clock.due_on == D("2025-02-05")
    assert proof.nominal_on == D("2025-01-29")
    assert proof.excluded == tuple(date.fromordinal(D("2025-01-29").toordinal() + n) for n in range(7))
    assert [(use.year, use.digest) for use in proof.calendars] == [(2025, calendars[2025].digest)]
    assert (proof.pack, proof.pack_digest) == ("shandong-2017", PACKS["shandong-2017"].digest)
    assert (proof.rule, proof.article, proof.source) == ("return", "12", PACKS["shandong-2017"].source)
    assert (proof.started_by, proof.started_on) == ("received", D("2025-01-24"))
    assert (proof.amount, proof.unit, proof.fixed_on, proof.undefined) == (5, "day", None, None)
    assert proof.chosen is False
    assert clock.id == clock_id(CASE, "return", "unit:a", 1)
    assert (clock.kind, clock.whom, clock.round, clock.strength) == ("return", "unit:a", 1, "hard")


def test_the_proof_of_working_days_names_the_days_left_out(calendars: Calendars) -> None:
    proof = opened("henan-2017", "return", "handed_over", "2025-12-22", calendars).proof
    left_out = ["2025-12-27", "2025-12-28", "2026-01-01", "2026-01-02", "2026-01-03"]
    assert proof.nominal_on == D("2026-01-06")
    assert [str(day) for day in proof.excluded] == left_out
    assert [use.year for use in proof.calendars] == [2025, 2026]


def test_what_was_read_into_the_source_is_shown_as_chosen(calendars: Calendars) -> None:
    assert opened("shandong-2017", "reply", "handed_over", "2025-03-03", calendars).proof.chosen
    assert not opened("henan-2017", "reply", "received", "2025-03-03", calendars).proof.chosen
    assert opened("hunan-transport-2005", "contact", "handed_over", "2005-03-01", calendars).proof.chosen
    assert not opened("hunan-transport-2005", "unit_reply", "handed_over", "2005-03-01", calendars).proof.chosen


def test_a_fixed_day_is_inclusive_and_stands_even_on_a_saturday(calendars: Calendars) -> None:
    clock = opened("hunan-transport-2005", "unit_reply", "handed_over", "2005-03-01", calendars)
    assert clock.due_on == clock.proof.fixed_on == clock.proof.nominal_on == D("2005-04-30")
    assert (clock.proof.calendars, clock.proof.excluded, clock.provisional) == ((), (), False)
    late = opened("hunan-transport-2005", "unit_reply", "handed_over", "2022-05-02", calendars)
    assert late.due_on == D("2022-04-30")


def test_hand_over_in_the_demonstration_opens_the_clocks_of_each_who_owes(calendars: Calendars) -> None:
    def due(owes: str) -> list[tuple[str, str]]:
        assert owes in ("lead", "co", "office", "member")
        clocks = open_clocks(
            PACKS["hunan-transport-2005"],
            "handed_over",
            owes=owes,  # type: ignore[arg-type]
            aggregate=CASE,
            whom=f"unit:{owes}",
            started_on=D("2005-03-01"),
            calendars=calendars,
        )
        return [(clock.kind, str(clock.due_on)) for clock in clocks]

    assert due("lead") == [("return", "2005-03-08"), ("contact", "2005-03-22"), ("unit_reply", "2005-04-30")]
    assert due("co") == [("return", "2005-03-08"), ("co_opinion", "2005-04-01")]
    assert due("office") == [("closing", "2005-05-30")]
    assert due("member") == []


def test_what_the_pack_is_silent_about_opens_no_clock(calendars: Calendars) -> None:
    def attempt(pack: str, key: str, started_by: str) -> Clock | None:
        return open_clock(
            PACKS[pack],
            key,
            aggregate=CASE,
            whom="unit:a",
            started_by=started_by,
            started_on=D("2025-03-03"),
            calendars=calendars,
        )

    assert attempt("beijing-2014", "co_opinion", "received") is None  # Silent.
    assert attempt("henan-2017", "reply_cap", "received") is None  # A cap only limits.
    assert attempt("henan-2017", "reply", "handed_over") is None  # Henan counts from receipt.
    assert attempt("henan-2017", "reply", "received") is not None


def test_a_cap_limits_the_extension_it_belongs_to(calendars: Calendars) -> None:
    cap = latest_day(PACKS["henan-2017"], "reply", D("2025-08-31"), calendars)
    assert cap is not None
    assert cap.on == D("2026-02-28")
    assert latest_day(PACKS["chongyi-cppcc-2013"], "reply", D("2025-08-31"), calendars) is None


def test_a_rule_that_left_a_blank_has_no_day(calendars: Calendars) -> None:
    found = due_date(PACKS["city-medical-insurance-bureau"].clocks["contact"], D("2026-03-02"), calendars)
    assert (found.on, found.undefined, found.provisional) == (None, "x", False)


def test_a_day_beyond_the_last_notice_is_provisional_until_the_next_one_appears(calendars: Calendars) -> None:
    clock = opened("qingdao-2021", "reply", "handed_over", "2026-10-01", calendars)
    assert (clock.due_on, clock.provisional) == (D("2027-01-01"), True)
    assert [(use.year, use.digest) for use in clock.proof.calendars] == [(2027, None)]
    assert move_when_published(clock, calendars) is None

    notice = load_calendar(
        "year: 2027\nsource: 样例\nholidays: [{name: 元旦, from: 2027-01-01, to: 2027-01-03}]\n".encode()
    )
    moved = move_when_published(clock, Calendars([*calendars.values(), notice]))
    assert moved is not None
    assert (moved.id, moved.due_from, moved.due_on) == (clock.id, D("2027-01-01"), D("2027-01-04"))
    assert (moved.reason, moved.provisional) == ("2027年放假安排公布", False)
    assert moved.proof.calendars[0].digest == notice.digest
    assert [str(day) for day in moved.proof.excluded] == ["2027-01-01", "2027-01-02", "2027-01-03"]
    assert moved.proof.nominal_on == D("2027-01-01")


def test_a_day_in_the_last_week_of_december_waits_for_the_next_notice(calendars: Calendars) -> None:
    clock = opened("qingdao-2021", "reply", "handed_over", "2026-09-28", calendars)
    assert (clock.due_on, clock.provisional) == (D("2026-12-28"), True)
    notice = load_calendar(
        "year: 2027\nsource: 样例\nholidays: [{name: 元旦, from: 2027-01-01, to: 2027-01-03}]\n".encode()
    )
    moved = move_when_published(clock, Calendars([*calendars.values(), notice]))
    assert moved is not None
    assert (moved.due_from, moved.due_on, moved.provisional) == (D("2026-12-28"), D("2026-12-28"), False)


def corrected(calendars: Calendars, year: int, off: str, name: str = "特别假") -> Calendars:
    """Give the calendars with one more day off in a year's notice."""
    raw = (
        published_calendars()[year]
        .decode()
        .replace("holidays:", f"holidays:\n  - {{name: {name}, from: {off}, to: {off}}}")
    )
    return Calendars([*(calendars[known] for known in calendars if known != year), load_calendar(raw.encode())])


def moved(clock: Clock, move: ClockMoved) -> Clock:
    """Give a clock as its move leaves it."""
    return clock.model_copy(update={"due_on": move.due_on, "provisional": move.provisional, "proof": move.proof})


def test_a_corrected_notice_puts_a_last_day_off_and_says_why(calendars: Calendars) -> None:
    # Five working days from Monday, 2 March 2026 end on the 9th; with Thursday the 5th off on the 10th.
    clock = opened("qingdao-2021", "return", "received", "2026-03-02", calendars)
    assert clock.due_on == D("2026-03-09")
    now = corrected(calendars, 2026, "2026-03-05")
    move = move_when_published(clock, now)
    assert move is not None
    assert (move.due_from, move.due_on, move.provisional) == (D("2026-03-09"), D("2026-03-10"), False)
    assert move.reason == "2026年放假安排更正"
    assert move.proof.calendars[0].digest == now[2026].digest
    assert D("2026-03-05") in move.proof.excluded
    assert move_when_published(moved(clock, move), now) is None


def test_a_day_that_was_told_is_never_brought_forward_by_a_correction_and_a_later_one_finds_it_again(
    calendars: Calendars,
) -> None:
    wrong = corrected(calendars, 2026, "2026-03-05")
    clock = opened("qingdao-2021", "return", "received", "2026-03-02", wrong)
    assert clock.due_on == D("2026-03-10")
    kept = move_when_published(clock, calendars)
    assert kept is not None
    assert (kept.due_from, kept.due_on) == (D("2026-03-10"), D("2026-03-10"))
    assert kept.reason == "2026年放假安排更正，依此应为 2026-03-09，已告知的到期日不提前"
    clock = moved(clock, kept)
    assert "期限：由 2026-03-09（周一） 延至 2026-03-10（周二），含当日" in argue(clock)
    assert move_when_published(clock, calendars) is None
    again = corrected(calendars, 2026, "2026-03-09", "另一特别假")
    later = move_when_published(clock, again)
    assert later is not None
    assert (later.due_on, later.proof.extended_from, later.proof.fixed_on) == (D("2026-03-10"), None, None)


def test_a_correction_that_changes_no_day_is_told_too(calendars: Calendars) -> None:
    clock = opened("qingdao-2021", "return", "received", "2026-03-02", calendars)
    move = move_when_published(clock, corrected(calendars, 2026, "2026-07-01"))
    assert move is not None
    assert (move.due_on, move.reason) == (clock.due_on, "2026年放假安排更正，到期日不变")


def test_a_settled_clock_is_not_moved_by_another_years_calendar_nor_a_fixed_day_by_any(calendars: Calendars) -> None:
    settled = opened("qingdao-2021", "reply", "handed_over", "2026-03-02", calendars)
    fixed = opened("hunan-transport-2005", "unit_reply", "handed_over", "2027-03-01", calendars)
    assert not settled.provisional
    assert not fixed.provisional
    assert move_when_published(settled, calendars) is None
    assert move_when_published(fixed, calendars) is None


def test_reminders_count_working_days_before_and_after(calendars: Calendars) -> None:
    due = D("2025-02-08")
    before = [working_days_before(due, n, calendars) for n in (0, 1, 3, 5)]
    assert [str(day) for day in before] == ["2025-02-08", "2025-02-07", "2025-02-05", "2025-01-26"]
    assert add_working_days(due, 1, calendars) == D("2025-02-10")
    assert working_days_between(D("2025-01-24"), due, calendars) == 6
    assert working_days_between(due, D("2025-01-24"), calendars) == -6
    assert working_days_between(due, due, calendars) == 0
    with pytest.raises(ValueError, match="never negative"):
        add_working_days(due, -1, calendars)
