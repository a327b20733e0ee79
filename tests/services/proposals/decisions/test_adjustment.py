"""Who handles a case after the hand-over: asked, redirected, refused, succeeded; and the clocks of each unit."""

from typing import TYPE_CHECKING

import pytest

from contracts.assignment import AdjustmentAsked, UnitRedirected, UnitSucceeded

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


@pytest.fixture
def henan(stories: "type[Story]") -> "Story":
    """A suggestion handed over on a Friday in Henan, which gives the office ten working days to redirect."""
    story = stories(rulebook="henan-2017", today="2018-12-31", co=(stories.CO,), two_axes=False)
    story.take("submit", kind="npc_suggestion", submitted_on="2017-09-01")
    story.take("register", on="2017-09-10")
    story.take("hand_over", on="2017-09-15")
    return story


def test_a_unit_asks_within_its_clock_which_is_met_while_the_offices_starts(henan: "Story") -> None:
    event = henan.take("ask_adjustment", on="2017-09-20", suggested=henan.OTHER)
    assert isinstance(event, AdjustmentAsked)
    assert event.suggested == henan.OTHER
    assert henan.closed(event) == {("return", "lead", 1, "met")}
    assert henan.opened(event) == {("reassign", "office", 1): "2017-10-10"}
    assert henan.case.lead == henan.LEAD
    assert henan.refusal("ask_adjustment", on="2017-09-20") == "proposal.already_done"


def test_the_last_day_is_in_time_and_the_next_is_not(henan: "Story") -> None:
    due = henan.running()["return", "lead", 1]
    assert due == "2017-09-29"
    assert henan.refusal("ask_adjustment", on="2017-09-30") == "proposal.return_too_late"
    assert henan.take("ask_adjustment", on=due)


def test_a_unit_that_has_begun_keeps_the_case(story: "Story") -> None:
    assert story.up_to("contact").refusal("ask_adjustment", on="2005-03-05") == "proposal.return_over"
    assert type(story)().up_to("hand_over").refusal("ask_adjustment", unit=story.CO) == "proposal.not_a_handling_unit"


def test_a_redirected_part_begins_anew_for_the_other_unit_and_falls_away_for_the_first(story: "Story") -> None:
    story.up_to("sign_for").take("ask_adjustment")
    event = story.take("redirect")
    assert isinstance(event, UnitRedirected)
    assert (story.case.lead, story.case.signed_for) == (story.OTHER, {})
    assert {(kind, outcome) for kind, whom, _, outcome in story.closed(event) if whom == "lead"} == {
        ("contact", "void"),
        ("unit_reply", "void"),
    }
    assert story.opened(event) == {
        ("return", "other", 1): "2005-03-14",
        ("contact", "other", 1): "2005-03-28",
        ("unit_reply", "other", 1): "2005-04-30",
    }
    assert story.running()["closing", "office", 1] == "2005-05-30"
    assert [a.outcome for a in story.case.assignment.adjustments] == ["redirected"]
    assert story.refusal("contact") == "proposal.not_a_handling_unit"
    story.take("sign_for", unit=story.OTHER, on="2005-03-08")
    story.take("contact", unit=story.OTHER, on="2005-03-09")
    assert story.case.work_of(story.OTHER).contact is not None


def test_the_offices_clock_is_met_by_its_decision_once_no_other_request_waits(henan: "Story") -> None:
    henan.take("ask_adjustment", on="2017-09-20")
    second = henan.take("ask_adjustment", unit=henan.CO, on="2017-09-21")
    assert henan.opened(second) == {}
    first = henan.take("refuse_adjustment", on="2017-09-25")
    assert henan.closed(first) == set()
    event = henan.take("redirect", unit=henan.CO, to=henan.OTHER, on="2017-09-26")
    assert ("reassign", "office", 1, "met") in henan.closed(event)
    assert (henan.case.lead, henan.case.co) == (henan.LEAD, (henan.OTHER,))
    assert henan.opened(event) == {("return", "other", 1): "2017-10-16"}


def test_a_refused_unit_keeps_the_case_and_its_clocks_and_asks_no_more(story: "Story") -> None:
    story.up_to("hand_over").take("ask_adjustment")
    running = story.running()
    story.take("refuse_adjustment")
    assert (story.running(), story.case.lead) == (running, story.LEAD)
    assert story.refusal("ask_adjustment") == "proposal.return_over"
    assert story.refusal("refuse_adjustment") == "proposal.adjustment_not_asked"


def test_the_office_redirects_unasked_only_with_a_reason(story: "Story") -> None:
    story.up_to("hand_over")
    assert story.refusal("redirect") == "proposal.adjustment_not_asked"
    assert story.refusal("redirect", reason="职责调整", units=()) == "proposal.unit_unknown"
    assert story.refusal("redirect", reason="职责调整", to=story.LEAD) == "proposal.lead_among_co"
    assert story.refusal("redirect", reason="职责调整", to=None) == "proposal.unit_needed"
    assert story.take("redirect", reason="职责调整")


def test_a_co_unit_may_be_relieved_without_another_and_is_waited_for_no_longer(stories: "type[Story]") -> None:
    story = stories(co=(stories.CO,)).up_to("hand_over")
    event = story.take("redirect", unit=story.CO, to=None, reason="无须会办")
    assert (story.case.co, story.opened(event)) == ((), {})
    assert {whom for _, whom, _ in story.running()} == {"lead", "office"}
    for act in ("sign_for", "contact", "meet_before", "meet_during", "draft", "review", "sign"):
        story.take(act)
    assert story.case.stage == "replied"


def test_what_is_signed_is_redirected_no_more(story: "Story") -> None:
    assert story.up_to("sign").refusal("redirect", reason="职责调整", on="2005-04-06") == "proposal.already_done"


def test_separate_units_are_redirected_one_by_one(story: "Story") -> None:
    story.up_to("register").take("hand_over", lead=None, separate=(story.LEAD, story.CO))
    story.take("redirect", unit=story.CO, reason="职责调整")
    assert (story.case.lead, story.case.separate) == (None, (story.LEAD, story.OTHER))
    assert story.running()["unit_reply", "lead", 1] == story.running()["unit_reply", "other", 1] == "2005-04-30"


def test_a_successor_goes_on_where_its_predecessor_was_to_the_same_days(story: "Story") -> None:
    story.up_to("meet_during")
    due = {kind: day for (kind, whom, _), day in story.running().items() if whom == "lead"}
    event = story.take("succeed")
    assert isinstance(event, UnitSucceeded)
    assert story.case.lead == story.OTHER
    assert {outcome for _, whom, _, outcome in story.closed(event) if whom == "lead"} == {"void"}
    assert {kind: day for (kind, whom, _), day in story.running().items() if whom == "other"} == due
    assert story.case.clocks.keys() == {clock.id for clock in story.case.clocks.values()}
    assert (story.OTHER in story.case.signed_for, story.case.assignment.first_of(story.OTHER)) == (True, story.LEAD)
    for act in ("draft", "review", "sign"):
        story.take(act, unit=story.OTHER)
    assert story.case.stage == "replied"


def test_a_successor_that_was_a_co_unit_has_one_part_afterwards(stories: "type[Story]") -> None:
    story = stories(co=(stories.CO,)).up_to("hand_over")
    story.take("succeed", to=story.CO)
    assert (story.case.lead, story.case.co) == (story.CO, ())
    assert ("unit_reply", "co", 1) in story.running()


def test_a_draft_moves_with_the_unit_and_so_does_the_office_that_oversees(story: "Story") -> None:
    story.up_to("draft").take("succeed", on="2005-04-02")
    reply = story.case.work_of(story.OTHER).reply
    assert reply is not None
    story.take("succeed", unit=story.OFFICE, to=story.CO, on="2005-04-03")
    assert (story.case.office, story.running()["closing", "co", 1]) == (story.CO, "2005-05-30")


def test_a_stranger_is_not_succeeded(story: "Story") -> None:
    story.up_to("sign_for")
    assert story.refusal("succeed", unit=story.CO) == "proposal.not_a_handling_unit"
    assert story.refusal("succeed", units=()) == "proposal.unit_unknown"


def test_what_the_relieved_unit_did_counts_no_longer_and_what_the_predecessor_did_does(story: "Story") -> None:
    story.up_to("meet_before").take("succeed", on="2005-03-10")
    assert story.case.met("before", story.day, story.OTHER) == 1
    story.take("redirect", unit=story.OTHER, to=story.CO, reason="职责调整", on="2005-03-11")
    assert story.case.met("before", story.day, story.CO) == 0
    story.take("redirect", unit=story.CO, to=story.OTHER, reason="职责未调整", on="2005-03-14")
    assert story.case.met("before", story.day, story.OTHER) == 1
    assert story.refusal("contact") == "proposal.not_a_handling_unit"


def test_in_another_round_a_redirected_unit_gets_the_clock_of_rehandling_from_the_decision(story: "Story") -> None:
    story.up_to("receive").take("rate", result="不满意")
    story.take("rehandle", on="2005-04-22")
    event = story.take("redirect", reason="原单位办理不力", on="2005-04-25")
    assert story.opened(event) == {("rehandle", "other", 2): "2005-05-25"}
    assert (story.case.round, story.case.work_of(story.OTHER).round) == (2, 2)
    assert story.case.replies[story.LEAD, 1].signed_on is not None
    assert ("rehandle", "lead", 2) not in story.running()


def test_two_units_of_a_case_that_become_one_leave_the_part_that_came_first(stories: "type[Story]") -> None:
    story = stories(co=(stories.CO,)).up_to("hand_over")
    story.take("succeed", unit=story.LEAD, to=story.OTHER)
    story.take("succeed", unit=story.CO, to=story.OTHER)
    assert (story.case.lead, story.case.co) == (story.OTHER, ())
    assert story.case.assignment.first_of(story.OTHER) == story.LEAD
    assert not [clock for clock in story.case.clocks.values() if clock.kind == "co_opinion"]


def test_an_overseeing_office_that_becomes_part_of_the_lead_still_has_to_close(story: "Story") -> None:
    story.up_to("sign_for").take("succeed", unit=story.OFFICE, to=story.LEAD, units=(story.LEAD,))
    assert (story.case.office, story.running()["closing", "lead", 1]) == (story.LEAD, "2005-05-30")


def test_a_co_unit_that_takes_over_another_still_owes_its_own_opinion(stories: "type[Story]") -> None:
    story = stories(co=(stories.CO, stories.OTHER)).up_to("hand_over")
    story.take("succeed", unit=story.CO, to=story.OTHER)
    assert story.case.co == (story.OTHER,)
    assert ("co_opinion", "other", 1) in story.running()
    assert ("co_opinion", "co", 1) not in story.running()
