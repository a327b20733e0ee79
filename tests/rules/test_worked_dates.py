"""Worked dates of every rule of every pack, computed by hand from the regulation's wording (民法典 201-203).

The starting day is not counted. 工作日 are counted one by one under the year's notice. A period in 日 or 月 is
counted through; a month ends on the corresponding day or, where there is none, on its last; a last day that is not
worked moves to the next that is. A fixed day is inclusive and never moves.

2025: off 28 January to 4 February, 4 to 6 April, 1 to 5 May, 31 May to 2 June, 1 to 8 October; worked (调休) Sunday
26 January, Saturday 8 February, Sunday 27 April, Sunday 28 September, Saturday 11 October.
2026: off 1 to 3 January, 15 to 23 February, 4 to 6 April, 1 to 5 May, 19 to 21 June, 25 to 27 September, 1 to 7
October; worked Sunday 4 January, Saturday 14 and Saturday 28 February, Saturday 9 May, Sunday 20 September, Saturday
10 October.
Of 2027 nothing is published: only weekends are known, and from 25 December 2026 on every day is provisional.
"""

from datetime import date
from uuid import UUID

import pytest

from contracts.clocks import Clock
from rules.calendar import Calendars, load_calendar
from rules.due import latest_day, move_when_published, open_clock
from rules.pack import load_pack
from rules.shelf import example_pack, published_packs

PACKS = {name: load_pack(raw) for name, raw in (published_packs() | {"example-county": example_pack()}).items()}
D = date.fromisoformat

# pack, rule, start, last day; "?" marks a provisional one, "-" a blank that has none.
WORKED = [
    # Three months, "交办之日起三个月内": there is no 30 February; the 28th is a Saturday, but a worked one.
    ("npc-deputies-law-2025", "reply", "2025-11-30", "2026-02-28"),
    # From the last day of February to the 28th of May, a Thursday: the corresponding day, not the end of the month.
    ("npc-deputies-law-2025", "reply", "2026-02-28", "2026-05-28"),
    # 30 June to 30 September 2025, a Tuesday.
    ("npc-deputies-law-2025", "reply", "2025-06-30", "2025-09-30"),
    # Over the turn of the year: Friday, 8 January 2027, whose notice is not out.
    ("npc-deputies-law-2025", "reply", "2026-10-08", "2027-01-08?"),
    # 2 January 2027 is a Saturday: by weekends alone Monday the 4th.
    ("npc-deputies-law-2025", "reply", "2026-10-02", "2027-01-04?"),
    # Six months from 31 March: September has no 31st.
    ("npc-deputies-law-2025", "reply_cap", "2025-03-31", "2025-09-30"),
    # 23, 24, 25, 26 (4), Sunday 28 (5), 29, 30 (7), then 9, 10 (9) and Saturday 11 October (10).
    ("henan-2017", "return", "2025-09-22", "2025-10-11"),
    # 9 to 13 (5), Saturday 14 (6), nine days off, 24, 25, 26, 27 (10).
    ("henan-2017", "return", "2026-02-06", "2026-02-27"),
    # 21 to 24 (4), Sunday 26 (5), 27 (6), eight days off, 5, 6, 7 (9), Saturday 8 February (10).
    ("henan-2017", "reassign", "2025-01-20", "2025-02-08"),
    # Two months from 31 December: 28 February 2026, the worked Saturday.
    ("henan-2017", "co_opinion", "2025-12-31", "2026-02-28"),
    # 1 October is off until the 8th: Thursday the 9th.
    ("henan-2017", "co_opinion", "2025-08-01", "2025-10-09"),
    # 1 May 2026 is off until the 5th: Wednesday the 6th.
    ("henan-2017", "reply", "2026-02-01", "2026-05-06"),
    # 31 January 2026 is a plain Saturday: Monday, 2 February.
    ("henan-2017", "reply", "2025-10-31", "2026-02-02"),
    # Six months end on 15 February 2026, the first of nine days off: Tuesday the 24th.
    ("henan-2017", "reply_cap", "2025-08-15", "2026-02-24"),
    # 28, 29, 30 (3), five days off, 6, 7, 8 (6), Saturday 9 (7), 11, 12, 13 May (10).
    ("henan-2017", "rating", "2026-04-27", "2026-05-13"),
    # 22 to 25 (4), 28 to 31 December (8), and by weekends alone 1 January (9) and Monday the 4th (10).
    ("henan-2017", "rating", "2026-12-21", "2027-01-04?"),
    # One month from 31 January: 28 February 2026, the worked Saturday.
    ("henan-2017", "rehandle", "2026-01-31", "2026-02-28"),
    # 4 April 2025 is Qingming, off until Sunday the 6th: Monday the 7th.
    ("henan-2017", "rehandle", "2025-03-04", "2025-04-07"),
    # 25 (1), Sunday 27 (2), 28, 29, 30 April (5).
    ("qingdao-2021", "hand_over", "2025-04-24", "2025-04-30"),
    # 18 (1), Sunday 20 (2), 21, 22, 23 September (5).
    ("qingdao-2021", "return", "2026-09-17", "2026-09-23"),
    # 30, 31 December (2), three days off, Sunday 4 January (3), 5, 6 (5).
    ("qingdao-2021", "return", "2025-12-29", "2026-01-06"),
    # June has no 31st: Monday the 30th.
    ("qingdao-2021", "co_opinion", "2025-05-31", "2025-06-30"),
    # 11 October 2025 is a Saturday, but worked: it does not move.
    ("qingdao-2021", "reply", "2025-07-11", "2025-10-11"),
    # 10 October 2026 likewise.
    ("qingdao-2021", "reply", "2026-07-10", "2026-10-10"),
    # Monday, 28 December 2026: the next notice may still rearrange that week.
    ("qingdao-2021", "reply", "2026-09-28", "2026-12-28?"),
    # 28 February 2027 is a Sunday: by weekends alone Monday, 1 March.
    ("qingdao-2021", "reply_cap", "2026-08-30", "2027-03-01?"),
    # Five days counted through end on 28 January, the first of eight days off: Wednesday, 5 February.
    ("shandong-2017", "hand_over", "2025-01-23", "2025-02-05"),
    # 14 February 2026 is a Saturday, but worked.
    ("shandong-2017", "return", "2026-02-09", "2026-02-14"),
    # Monday, 6 April 2026, is the last of three days off: Tuesday the 7th.
    ("shandong-2017", "return", "2026-04-01", "2026-04-07"),
    # There is no 30 February: the 28th, the worked Saturday.
    ("shandong-2017", "co_opinion", "2026-01-30", "2026-02-28"),
    # 31 August 2025 is a Sunday: Monday, 1 September.
    ("shandong-2017", "reply", "2025-05-31", "2025-09-01"),
    # 1 October 2026 is off until the 7th: Thursday the 8th.
    ("shandong-2017", "reply_cap", "2026-04-01", "2026-10-08"),
    # 4 October 2025 lies in eight days off: Thursday the 9th.
    ("shandong-2017", "rehandle", "2025-09-04", "2025-10-09"),
    # Ten days counted through end on Sunday, 28 September 2025, which is worked.
    ("zhejiang-2016", "return", "2025-09-18", "2025-09-28"),
    # 25 September 2026 is the Mid-Autumn festival, off until Sunday: Monday the 28th.
    ("zhejiang-2016", "return", "2026-09-15", "2026-09-28"),
    # Two months end on Saturday, 11 October 2025, which is worked.
    ("zhejiang-2016", "co_opinion", "2025-08-11", "2025-10-11"),
    # 2025 is no leap year: Friday, 28 February.
    ("zhejiang-2016", "reply", "2024-11-30", "2025-02-28"),
    # 31 January 2027 is a Sunday: Monday, 1 February.
    ("zhejiang-2016", "reply", "2026-10-31", "2027-02-01?"),
    # April has no 31st: Thursday, 30 April 2026.
    ("zhejiang-2016", "reply_cap", "2025-10-31", "2026-04-30"),
    # 1 January 2027 is a Friday; while nobody has said so it is no day off.
    ("zhejiang-2016", "rehandle", "2026-12-01", "2027-01-01?"),
    # 19 June 2026 is the Dragon Boat festival, off until Sunday: Monday the 22nd.
    ("beijing-2014", "reply", "2026-03-19", "2026-06-22"),
    ("beijing-2014", "reply_cap", "2025-12-20", "2026-06-22"),
    # 22 to 26 (5), Sunday 28 (6), 29, 30 (8), 9, 10 (10), Saturday 11 (11), 13, 14, 15, 16 October (15).
    ("beijing-2014", "rating", "2025-09-19", "2025-10-16"),
    # Two months from 30 December: 28 February 2026, the worked Saturday.
    ("beijing-2014", "rehandle", "2025-12-30", "2026-02-28"),
    # 11, 12, 13 (3), Saturday 14 (4), nine days off, 24, 25, 26 February (7).
    ("shanghai-npc", "hand_over", "2026-02-10", "2026-02-26"),
    # 20 to 24 (5), Sunday 26 (6), Monday 27 January (7): the day before the festival.
    ("shanghai-npc", "return", "2025-01-17", "2025-01-27"),
    # 28 February 2025 is a Friday.
    ("shanghai-npc", "co_opinion", "2025-01-31", "2025-02-28"),
    ("shanghai-npc", "reply", "2025-07-04", "2025-10-09"),
    # 28 February 2026, the worked Saturday.
    ("shanghai-npc", "reply_cap", "2025-08-28", "2026-02-28"),
    # 31 January 2025 lies in the Spring Festival: Wednesday, 5 February.
    ("shanghai-npc", "rehandle", "2024-12-31", "2025-02-05"),
    # 24 (1), 27 to 30 (5), five days off, 6, 7, 8 (8), Saturday 9 (9), 11 to 15 (14), Monday 18 May (15).
    ("chongyi-cppcc-2013", "contact", "2026-04-23", "2026-05-18"),
    # April has no 31st: Wednesday, 30 April 2025.
    ("chongyi-cppcc-2013", "reply", "2025-01-31", "2025-04-30"),
    # 14 to 17 (4), 20 to 24 (9), Sunday 26 (10), 27 (11), eight days off, 5, 6, 7 (14), Saturday 8 February (15).
    ("chongyi-cppcc-2013", "rating", "2025-01-13", "2025-02-08"),
    # Two months from 31 December: the end of February, a Wednesday in 2007, the worked Saturday in 2026.
    ("shanghai-cppcc-2007", "reply", "2006-12-31", "2007-02-28"),
    ("shanghai-cppcc-2007", "reply", "2025-12-31", "2026-02-28"),
    # 28 February 2027 is a Sunday: by weekends alone Monday, 1 March.
    ("shanghai-cppcc-2007", "reply_cap", "2026-11-30", "2027-03-01?"),
    # 2005: 1 to 7 May off, Saturday 30 April and Sunday 8 May worked. 29 (1), 30 (2), 8 (3), 9, 10 May (5).
    ("hunan-transport-2005", "return", "2005-04-28", "2005-05-10"),
    # 2 to 4 (3), 7 to 11 (8), 14 to 18 (13), 21, 22 March (15).
    ("hunan-transport-2005", "contact", "2005-03-01", "2005-03-22"),
    # 1 May is off until the 7th; Sunday the 8th is worked.
    ("hunan-transport-2005", "co_opinion", "2005-04-01", "2005-05-08"),
    # Fixed days of the year of the start, a Saturday and a Monday; they would not move.
    ("hunan-transport-2005", "unit_reply", "2005-03-01", "2005-04-30"),
    ("hunan-transport-2005", "closing", "2005-03-01", "2005-05-30"),
    # 18 to 22 (5), 25 to 29 (10), Saturday 30 (11), seven days off, Sunday 8 (12), 9, 10, 11 May (15).
    ("hunan-transport-2005", "rating", "2005-04-15", "2005-05-11"),
    # There is no 31 February: Monday the 28th.
    ("hunan-transport-2005", "rehandle", "2005-01-31", "2005-02-28"),
    # Blanks stay blanks.
    ("city-medical-insurance-bureau", "contact", "2026-03-02", "-"),
    ("city-medical-insurance-bureau", "unit_reply", "2026-03-02", "-"),
    ("city-medical-insurance-bureau", "reply", "2026-03-02", "-"),
    ("city-medical-insurance-bureau", "reply_final", "2026-03-02", "-"),
    # 7, 8 (2), and Saturday 9 May, which is worked (3).
    ("example-county", "return", "2026-05-06", "2026-05-09"),
    # 3 April (1), three days off, 7, 8 (3).
    ("example-county", "reassign", "2026-04-02", "2026-04-08"),
    # 3 to 6 (4), 9 to 13 (9), 16 March (10).
    ("example-county", "contact", "2026-03-02", "2026-03-16"),
    # 5 April is off until the 6th: Tuesday the 7th.
    ("example-county", "co_opinion", "2026-03-05", "2026-04-07"),
    ("example-county", "unit_reply", "2026-03-02", "2026-04-30"),
    ("example-county", "reply", "2026-03-02", "2026-06-02"),
    ("example-county", "reply_cap", "2026-03-02", "2026-09-02"),
    ("example-county", "closing", "2026-03-02", "2026-09-30"),
    # 15 days end on Saturday, 20 June, within three days off: Monday the 22nd.
    ("example-county", "rating", "2026-06-05", "2026-06-22"),
    ("example-county", "rehandle", "2026-06-30", "2026-07-30"),
    # 1 to 4 (4), 7 to 11 (9), 14 to 18 (14), Sunday 20 (15), 21 to 24 (19), three days off, 28 September (20).
    ("example-county", "assessment", "2026-08-31", "2026-09-28"),
    # 22 to 25 (4), 28 to 31 December (8), and by weekends alone 1 January (9) and Monday the 4th (10).
    ("example-county", "telling", "2026-12-21", "2027-01-04?"),
    # Seven days off, 8, 9 (2), Saturday 10 (3), 12, 13 October (5).
    ("example-county", "urging", "2026-09-30", "2026-10-13"),
    # Ten days end on 4 May, off until the 5th: Wednesday the 6th.
    ("example-county", "supervision", "2026-04-24", "2026-05-06"),
]

SAMPLE_2027 = """
year: 2027
source: 样例，并非通知
holidays: [{name: 元旦, from: 2027-01-01, to: 2027-01-03}, {name: 春节, from: 2027-02-05, to: 2027-02-11}]
workdays: [2027-02-20, 2027-02-28]
"""
# pack, rule, start, provisional last day, last day under the sample notice of 2027.
PUBLISHED = [
    # 1 January becomes a day off: 8 by 31 December, 4 (9) and 5 January (10).
    ("henan-2017", "rating", "2026-12-21", "2027-01-04", "2027-01-05"),
    # Fifteen: 21 to 25 (5), 28 to 31 (9), 1 January (10), 4 to 8 (15); without the 1st Monday the 11th.
    ("chongyi-cppcc-2013", "contact", "2026-12-18", "2027-01-08", "2027-01-11"),
    # Friday the 1st becomes a day off, and with it the weekend: Monday the 4th.
    ("zhejiang-2016", "rehandle", "2026-12-01", "2027-01-01", "2027-01-04"),
    # Saturday the 2nd moved to Monday the 4th already: nothing moves, it is only certain now.
    ("npc-deputies-law-2025", "reply", "2026-10-02", "2027-01-04", "2027-01-04"),
    ("qingdao-2021", "reply", "2026-09-28", "2026-12-28", "2026-12-28"),
    # 5 February begins the festival: Friday the 12th.
    ("beijing-2014", "reply", "2026-11-05", "2027-02-05", "2027-02-12"),
    # Sunday, 28 February, becomes a worked day: one day earlier than it was.
    ("shandong-2017", "reply", "2026-11-30", "2027-03-01", "2027-02-28"),
]


def clock_of(pack: str, rule: str, start: str, calendars: Calendars) -> Clock:
    clock = open_clock(
        PACKS[pack],
        rule,
        aggregate=UUID(int=7),
        whom="unit:a",
        started_by=PACKS[pack].clocks[rule].from_,
        started_on=D(start),
        calendars=calendars,
    )
    assert clock is not None
    return clock


def found(pack: str, rule: str, start: str, calendars: Calendars) -> tuple[date | None, bool]:
    if PACKS[pack].clocks[rule].cap:
        limit = latest_day(PACKS[pack], PACKS[pack].kind_of(rule), D(start), calendars)
        assert limit is not None
        return limit.on, limit.provisional
    clock = clock_of(pack, rule, start, calendars)
    return clock.due_on, clock.provisional


@pytest.mark.parametrize(("pack", "rule", "start", "last"), WORKED, ids=lambda value: str(value))
def test_a_rule_gives_the_day_that_its_wording_gives(
    pack: str, rule: str, start: str, last: str, calendars: Calendars
) -> None:
    expected = None if last == "-" else D(last.rstrip("?"))
    assert found(pack, rule, start, calendars) == (expected, last.endswith("?"))


def test_no_rule_of_any_pack_is_left_out() -> None:
    worked = {(pack, rule) for pack, rule, _, _ in WORKED}
    assert worked == {(name, rule) for name, pack in PACKS.items() for rule in pack.clocks}


@pytest.mark.parametrize(("pack", "rule", "start", "before", "after"), PUBLISHED)
def test_a_clock_over_the_turn_of_an_unpublished_year_is_settled_by_its_notice(
    pack: str, rule: str, start: str, before: str, after: str, calendars: Calendars
) -> None:
    clock = clock_of(pack, rule, start, calendars)
    assert (clock.due_on, clock.provisional) == (D(before), True)
    notice = load_calendar(SAMPLE_2027.encode())
    move = move_when_published(clock, Calendars([*calendars.values(), notice]))
    assert move is not None
    assert (move.due_from, move.due_on, move.provisional) == (D(before), D(after), False)
    assert move.reason == "2027年放假安排公布" + ("，到期日不变，不再是暂定" if before == after else "")
    assert {use.digest for use in move.proof.calendars} <= {notice.digest, calendars[2026].digest}
    straight = clock_of(pack, rule, start, Calendars([*calendars.values(), notice]))
    assert (move.due_on, move.proof) == (straight.due_on, straight.proof)
