"""What the rows of the statistics say of a case, and of each unit's share in it, from which day on."""

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from runtime.tables import Change, Row, Table
from services.proposals.reporting.figures import BIT, FACTS, Told
from services.proposals.reporting.tallies import STATISTICS, UNIT_STATISTICS

if TYPE_CHECKING:
    from services.proposals.case.proposal import Proposal
    from tests.services.proposals.decisions.story import Story


def rows(story: "Story", table: "Table[Proposal]") -> list[Row]:
    """Give the rows that the state derives."""
    change: Any = Change(None, str(story.CASE), story.held, ())  # type: ignore[arg-type]
    return list(table.rows(change, None))  # type: ignore[arg-type]


def share(story: "Story", unit: object, part: str) -> Row:
    """Give the row of a unit's share."""
    (one,) = [row for row in rows(story, UNIT_STATISTICS) if (row["unit"], row["part"]) == (unit, part)]
    return one


def on(row: Row, day: str) -> Told:
    """Give what held on a day, as PostgreSQL finds it."""
    held = [told for since, told in zip(row["since"], row["tolds"], strict=True) if since <= date.fromisoformat(day)]
    return Told.read(held[-1])


@pytest.mark.parametrize("outcome", [None, "满意"])
@pytest.mark.parametrize("facts", [(), ("registered",), FACTS])
def test_what_is_told_is_read_as_it_was_written(facts: tuple[str, ...], outcome: str | None) -> None:
    text = Told.text(sum(BIT[name] for name in facts), "closed", outcome, None)
    assert Told.read(text) == Told(frozenset(facts), "closed", outcome, None)


def test_a_closed_case_is_told_day_by_day(story: "Story") -> None:
    (row,) = rows(story.up_to("close"), STATISTICS)
    assert row["since"] == sorted(set(row["since"]))
    assert (row["last_on"], row["told"]) == (row["since"][-1], row["tolds"][-1])
    assert on(row, "2005-01-20") == Told(frozenset({"on_time"}), "submitted", None, None)
    assert on(row, "2005-03-01").facts == {"registered", "handed_over", "on_time"}
    now = Told.read(row["told"])
    assert now.facts == {"registered", "handed_over", "met", "replied", "on_time", "closed"}
    assert (now.stage, now.outcome, now.category) == ("closed", "满意", "bureau-abc/A")
    assert row["main"] is None


def test_a_unit_that_was_relieved_and_got_the_case_back_is_judged_by_the_clock_that_it_met(story: "Story") -> None:
    story.up_to("sign_for").take("ask_adjustment", on="2005-03-04")
    story.take("redirect", on="2005-03-05")
    story.take("sign_for", unit=story.OTHER, on="2005-03-06")
    story.take("ask_adjustment", unit=story.OTHER, on="2005-03-07")
    story.take("redirect", unit=story.OTHER, to=story.LEAD, on="2005-03-08")
    for act in ("sign_for", "contact", "meet_before", "meet_during", "draft", "review", "sign", "stamp", "deliver"):
        story.take(act)
    assert any(not clock.met for clock in story.case.stopped if clock.kind == "unit_reply")
    for row in (*rows(story, STATISTICS), share(story, story.LEAD, "lead")):
        assert {"replied", "on_time"} <= Told.read(row["told"]).facts


def test_an_opinion_that_was_waived_was_not_given(stories: "type[Story]") -> None:
    asked = stories(co=(stories.CO,)).up_to("meet_during")
    assert Told.read(share(asked, stories.CO, "co")["told"]).facts == {"registered", "handed_over", "co"}
    given = stories(co=(stories.CO,)).up_to("opinion")
    assert Told.read(share(given, stories.CO, "co")["told"]).facts >= {"co", "replied", "on_time"}
    asked.take("waive")
    waived = Told.read(share(asked, stories.CO, "co")["told"]).facts
    assert waived == {"registered", "handed_over", "co"}


def test_an_original_names_the_case_it_is_merged_into_as_long_as_it_is(story: "Story") -> None:
    story.up_to("register").take("merge")
    (row,) = rows(story, STATISTICS)
    assert (Told.read(row["told"]).stage, row["main"]) == ("merged", story.ORIGINAL)
    story.take("undo_merge")
    (again,) = rows(story, STATISTICS)
    assert again["main"] is None
