"""A year's calendar is published: provisional last days are computed again, each with its reason; the others stay.

The notice of 2027 is the test's own: New Year's Day to 3 January off, Saturday 9 January worked.
"""

from typing import TYPE_CHECKING

import pytest

from contracts.proposals import ClocksMoved
from rules.calendar import Calendar, Calendars, load_calendar
from rules.shelf import shipped_calendars
from runtime.refusals import Refusal
from services.proposals.provisional import move_clocks
from tests.services.proposals.decisions.story import lacked_years

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story

NOTICE = (
    "year: 2027\nsource: 样例\nholidays: [{name: 元旦, from: 2027-01-01, to: 2027-01-03}]\nworkdays: [2027-01-09]\n"
)


@pytest.fixture
def notice() -> Calendar:
    return load_calendar(NOTICE.encode())


@pytest.fixture
def published(notice: Calendar) -> Calendars:
    return Calendars([*shipped_calendars().values(), notice])


@pytest.fixture
def qingdao(stories: "type[Story]") -> "Story":
    """A suggestion in Qingdao, registered in September 2026: three months to reply, one for the co unit."""
    story = stories(rulebook="qingdao-2021", today="2027-06-30", co=(stories.CO,), two_axes=False)
    story.take("submit", kind="npc_suggestion", submitted_on="2026-09-01")
    story.take("register", on="2026-09-02")
    return story


def settle(story: "Story", calendars: Calendars) -> ClocksMoved:
    event = move_clocks(story.case, calendars, story.day)
    story.fold(event)
    return event


def refused(story: "Story", calendars: Calendars) -> str:
    with pytest.raises(Refusal) as no:
        move_clocks(story.case, calendars, story.day)
    return no.value.code


def test_a_last_day_that_turns_out_to_be_a_holiday_moves_and_says_why(
    qingdao: "Story", published: Calendars, notice: Calendar
) -> None:
    qingdao.take("hand_over", on="2026-10-01")
    (clock,) = qingdao.case.clocks.values()
    assert (str(clock.due_on), clock.provisional, lacked_years(clock)) == ("2027-01-01", True, frozenset({2027}))

    event = settle(qingdao, published)
    assert (event.years, event.moved_on) == ((2027,), qingdao.day)
    assert event.clocks is not None
    (move,) = event.clocks.moved
    assert (str(move.due_from), str(move.due_on), move.provisional) == ("2027-01-01", "2027-01-04", False)
    assert move.reason == "2027年放假安排公布"
    assert [(use.year, use.digest) for use in move.proof.calendars] == [(2027, notice.digest)]
    assert [str(day) for day in move.proof.excluded] == ["2027-01-01", "2027-01-02", "2027-01-03"]

    (clock,) = qingdao.case.clocks.values()
    assert (str(clock.due_on), clock.provisional, clock.proof) == ("2027-01-04", False, move.proof)


def test_a_last_day_that_stays_ceases_to_be_provisional_and_the_event_says_so(
    qingdao: "Story", published: Calendars
) -> None:
    qingdao.take("hand_over", on="2026-10-08")
    event = settle(qingdao, published)
    assert event.clocks is not None
    (move,) = event.clocks.moved
    assert (str(move.due_from), str(move.due_on), move.provisional) == ("2027-01-08", "2027-01-08", False)
    assert move.reason == "2027年放假安排公布，到期日不变，不再是暂定"


def test_a_weekend_that_turns_out_to_be_worked_brings_the_day_forward(qingdao: "Story", published: Calendars) -> None:
    qingdao.take("hand_over", on="2026-10-09")  # Three months end on Saturday, 9 January 2027.
    assert qingdao.running()["reply", "lead", 1] == "2027-01-11"
    settle(qingdao, published)
    assert qingdao.running()["reply", "lead", 1] == "2027-01-09"


def test_one_event_moves_every_clock_that_waited_and_no_other(qingdao: "Story", published: Calendars) -> None:
    qingdao.take("hand_over", on="2026-10-01")
    qingdao.take("sign_for", on="2026-12-02")
    qingdao.take("sign_for", unit=qingdao.CO, on="2026-12-02")
    before = {clock.kind: clock for clock in qingdao.case.clocks.values() if clock.whom.endswith(str(qingdao.CO))}
    assert (str(before["return"].due_on), before["return"].provisional) == ("2026-12-09", False)
    assert (str(before["co_opinion"].due_on), before["co_opinion"].provisional) == ("2027-01-04", True)
    event = settle(qingdao, published)
    assert event.clocks is not None
    assert len(event.clocks.moved) == 2
    assert qingdao.running() == {
        ("reply", "lead", 1): "2027-01-04",
        ("co_opinion", "co", 1): "2027-01-04",
        ("return", "lead", 1): "2026-12-09",
        ("return", "co", 1): "2026-12-09",
    }


def test_the_same_calendar_again_moves_nothing(qingdao: "Story", published: Calendars) -> None:
    qingdao.take("hand_over", on="2026-10-01")
    settle(qingdao, published)
    assert refused(qingdao, published) == "proposal.nothing_to_move"


def test_a_corrected_notice_moves_what_still_runs_and_leaves_what_has_stopped(
    qingdao: "Story", published: Calendars
) -> None:
    qingdao.take("hand_over", on="2026-10-01")
    settle(qingdao, published)
    qingdao.take("sign_for", on="2026-12-02")
    qingdao.take("sign_for", unit=qingdao.CO, on="2026-12-02")
    qingdao.take("opinion", on="2026-12-20")
    judged = [(clock.kind, clock.due_on) for clock in qingdao.case.stopped]
    longer = load_calendar(NOTICE.replace("to: 2027-01-03", "to: 2027-01-04").encode())
    event = settle(qingdao, Calendars([*shipped_calendars().values(), longer]))
    assert event.years == (2027,)
    assert event.clocks is not None
    moved = [(str(move.due_from), str(move.due_on), move.reason) for move in event.clocks.moved]
    assert moved == [("2027-01-04", "2027-01-05", "2027年放假安排更正")]
    assert qingdao.running()["reply", "lead", 1] == "2027-01-05"
    assert [(clock.kind, clock.due_on) for clock in qingdao.case.stopped] == judged


def test_another_years_calendar_moves_nothing(qingdao: "Story") -> None:
    qingdao.take("hand_over", on="2026-10-01")
    assert refused(qingdao, shipped_calendars()) == "proposal.nothing_to_move"


def test_a_clock_that_stopped_before_the_calendar_appeared_is_left_alone(
    qingdao: "Story", published: Calendars
) -> None:
    qingdao.take("hand_over", on="2026-10-01")
    for act, on in (("sign_for", "10-09"), ("opinion", "10-20"), ("draft", "11-02"), ("review", "11-03")):
        qingdao.take(act, on=f"2026-{on}")
    qingdao.take("sign", on="2026-11-04")
    qingdao.take("deliver", on="2026-11-05")
    assert qingdao.running() == {}
    assert refused(qingdao, published) == "proposal.nothing_to_move"
