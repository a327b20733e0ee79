"""Which clocks each act opens and closes under the rules of five places; the days were counted by hand.

2005: 1 to 7 May are holidays, 30 April and 8 May are worked. 2013: 4 to 6 April and 10 to 12 June are holidays, 7
April, 8 and 9 June are worked. 2017/18: 30 September is worked, 1 January is a holiday. 2018: 15 to 21 February and
18 June are holidays, 11 February is worked.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


@pytest.fixture
def hunan(stories: "type[Story]") -> "Story":
    """A joint case with a co unit under the plan of 2005."""
    return stories(co=(stories.CO,), cosigners=(stories.COSIGNER,))


@pytest.fixture
def henan(stories: "type[Story]") -> "Story":
    """A suggestion with a co unit, handed over on 18 September 2017 and signed for on the 20th."""
    story = stories(rulebook="henan-2017", today="2018-06-30", co=(stories.CO,), two_axes=False)
    story.take("submit", kind="npc_suggestion", submitted_on="2017-08-15")
    story.take("register", on="2017-08-20")
    return story


def replied(story: "Story", *days: str) -> None:
    """Draft, review, sign, where the pack says so seal, deliver and give the receipt, each on its day."""
    for act, on in zip(("draft", "review", "sign", "deliver", "receive"), days, strict=True):
        story.take(act, on=on)
        if act == "sign" and story.rules.pack.seal:
            story.take("stamp", on=on)


def test_nothing_is_due_before_the_hand_over(hunan: "Story") -> None:
    hunan.up_to("register")
    assert hunan.running() == {}
    assert all(event.clocks is None for event in hunan.events)


def test_the_hand_over_of_2005_starts_the_clocks_of_lead_co_and_office(hunan: "Story") -> None:
    event = hunan.up_to("register").take("hand_over", on="2005-03-01")
    assert (
        hunan.running()
        == hunan.opened(event)
        == {
            ("return", "lead", 1): "2005-03-08",
            ("return", "co", 1): "2005-03-08",
            ("contact", "lead", 1): "2005-03-22",
            ("co_opinion", "co", 1): "2005-04-01",
            ("unit_reply", "lead", 1): "2005-04-30",
            ("closing", "office", 1): "2005-05-30",
        }
    )


def test_without_an_office_the_body_owes_the_closing(stories: "type[Story]") -> None:
    story = stories(office=None).up_to("hand_over")
    assert story.running()["closing", "body", 1] == "2005-05-30"


def test_a_fixed_day_stays_where_it_is_even_when_the_case_comes_late(stories: "type[Story]") -> None:
    story = stories().up_to("register")
    story.take("hand_over", on="2005-05-12")
    assert story.running()["unit_reply", "lead", 1] == "2005-04-30"


def test_signing_for_starts_nothing_where_clocks_run_from_the_hand_over(hunan: "Story") -> None:
    assert hunan.up_to("hand_over").take("sign_for").clocks is None


def test_the_first_contact_meets_its_clock_and_ends_the_time_to_return_the_case(hunan: "Story") -> None:
    event = hunan.up_to("sign_for").take("contact")
    assert hunan.closed(event) == {("contact", "lead", 1, "met"), ("return", "lead", 1, "void")}


def test_an_opinion_meets_its_clock_and_a_waiver_lets_it_fall_away(hunan: "Story") -> None:
    event = hunan.up_to("sign_for").take("opinion")
    assert hunan.closed(event) == {("co_opinion", "co", 1, "met"), ("return", "co", 1, "void")}


def test_a_waived_opinion_lets_its_clocks_fall_away(hunan: "Story") -> None:
    event = hunan.up_to("sign_for").take("waive")
    assert hunan.closed(event) == {("co_opinion", "co", 1, "void"), ("return", "co", 1, "void")}


def test_who_drafts_has_taken_the_case(hunan: "Story") -> None:
    event = hunan.up_to("opinion", without=("contact",)).take("draft")
    assert hunan.closed(event) == {("return", "lead", 1, "void")}


def test_the_signature_meets_the_units_own_day_and_the_whole_year_can_be_followed(hunan: "Story") -> None:
    assert hunan.closed(hunan.up_to("review").take("sign")) == {("unit_reply", "lead", 1, "met")}
    hunan.take("stamp")
    assert hunan.running() == {("closing", "office", 1): "2005-05-30"}
    for member in (hunan.MEMBER, hunan.COSIGNER):
        assert hunan.take("deliver", member=member).clocks is None


def test_the_time_to_rate_runs_for_each_member_from_his_own_receipt(hunan: "Story") -> None:
    hunan.up_to("deliver")
    assert hunan.opened(hunan.take("receive", on="2005-04-15")) == {("rating", "member", 1): "2005-05-11"}
    event = hunan.take("receive", member=hunan.COSIGNER, on="2005-04-10")
    assert hunan.opened(event) == {("rating", "cosigner", 1): "2005-04-29"}
    assert hunan.closed(hunan.take("rate")) == {("rating", "member", 1, "met")}
    assert ("rating", "cosigner", 1) in hunan.running()


def test_dissatisfaction_starts_the_second_round_once_and_ratings_still_out_fall_away(hunan: "Story") -> None:
    hunan.up_to("receive")
    event = hunan.take("rate", result="不满意", on="2005-04-12")
    assert hunan.opened(event) == {("rehandle", "lead", 2): "2005-05-12"}
    assert hunan.closed(event) == {("rating", "member", 1, "met")}
    event = hunan.take("rehandle")
    assert hunan.closed(event) == {("rating", "cosigner", 1, "void")}
    assert hunan.running() == {("rehandle", "lead", 2): "2005-05-12", ("closing", "office", 1): "2005-05-30"}


def test_a_second_dissatisfied_member_starts_no_second_clock(hunan: "Story") -> None:
    hunan.up_to("receive").take("rate", result="不满意", on="2005-04-12")
    event = hunan.take("rate", member=hunan.COSIGNER, result="不满意", on="2005-04-19")
    assert hunan.opened(event) == {}
    assert hunan.running()["rehandle", "lead", 2] == "2005-05-12"


def test_a_month_that_ends_on_a_holiday_ends_on_the_next_working_day(hunan: "Story") -> None:
    hunan.up_to("deliver").take("receive", on="2005-04-08")
    hunan.take("rate", result="不满意", on="2005-04-08")
    assert hunan.running()["rehandle", "lead", 2] == "2005-05-08"


def test_a_first_answer_still_going_out_does_not_meet_the_clock_of_the_second_round(hunan: "Story") -> None:
    hunan.up_to("stamp")
    for act in ("deliver", "receive"):
        hunan.take(act)
    hunan.take("rate", result="不满意", on="2005-04-20")
    late = hunan.take("deliver", member=hunan.COSIGNER, on="2005-04-21")
    assert late.clocks is None
    assert hunan.running()["rehandle", "lead", 2] == "2005-05-20"


def test_the_second_round_is_met_when_everybody_was_answered_again(hunan: "Story") -> None:
    hunan.up_to("receive").take("rate", result="不满意")
    hunan.take("rate", member=hunan.COSIGNER)
    hunan.given("rehandle")
    for act, on in (
        ("draft", "05-08"),
        ("review", "05-09"),
        ("sign", "05-10"),
        ("stamp", "05-10"),
        ("deliver", "05-11"),
    ):
        event = hunan.take(act, on=f"2005-{on}")
        assert event.clocks is None
    event = hunan.take("deliver", member=hunan.COSIGNER, on="2005-05-12")
    assert hunan.closed(event) == {("rehandle", "lead", 2, "met")}
    event = hunan.take("receive", on="2005-05-12")
    assert hunan.opened(event) == {("rating", "member", 2): "2005-06-02"}
    hunan.take("rate", result="不满意", on="2005-05-13")
    assert hunan.running()["rehandle", "lead", 3] == "2005-06-13"


def test_closing_meets_the_last_day_of_the_year_and_no_clock_runs_on(hunan: "Story") -> None:
    hunan.up_to("meet_after", without=("contact",))
    assert hunan.running() == {("contact", "lead", 1): "2005-03-22", ("closing", "office", 1): "2005-05-30"}
    event = hunan.take("close", on="2005-05-20")
    assert hunan.closed(event) == {("closing", "office", 1, "met"), ("contact", "lead", 1, "void")}
    assert hunan.running() == {}


def test_erasure_lets_every_clock_fall_away(hunan: "Story") -> None:
    event = hunan.up_to("sign").take("erase")
    assert hunan.closed(event) == {("closing", "office", 1, "void")}


def test_a_stopped_clock_remembers_whether_it_was_on_time(hunan: "Story") -> None:
    hunan.up_to("sign_for").take("contact", on="2005-03-23")
    late, void = hunan.case.stopped
    assert (late.kind, str(late.due_on), str(late.closed_on), late.on_time) == (
        "contact",
        "2005-03-22",
        "2005-03-23",
        False,
    )
    assert (void.kind, void.met, void.on_time) == ("return", False, False)
    hunan.take("opinion", on="2005-04-01")
    assert {clock.kind: clock.on_time for clock in hunan.case.stopped}["co_opinion"] is True


def test_in_henan_the_case_may_be_returned_from_the_hand_over_on_and_the_reply_is_due_from_receipt(
    henan: "Story",
) -> None:
    event = henan.take("hand_over", on="2017-09-18")
    assert henan.opened(event) == {("return", "lead", 1): "2017-09-30", ("return", "co", 1): "2017-09-30"}
    event = henan.take("sign_for", on="2017-09-20")
    assert henan.opened(event) == {("reply", "lead", 1): "2017-12-20"}
    event = henan.take("sign_for", unit=henan.CO, on="2017-09-20")
    assert henan.opened(event) == {("co_opinion", "co", 1): "2017-11-20"}


def test_a_co_unit_that_signs_for_the_case_after_its_opinion_owes_none(henan: "Story") -> None:
    for act in ("hand_over", "sign_for", "opinion"):
        henan.take(act, on="2017-09-20")
    assert henan.take("sign_for", unit=henan.CO, on="2017-09-21").clocks is None


def test_in_henan_the_delivery_meets_the_reply_and_the_ratings_time_goes_into_the_next_year(henan: "Story") -> None:
    henan.take("hand_over", on="2017-09-18")
    for act, on in (("sign_for", "2017-09-20"), ("contact", "2017-09-21"), ("opinion", "2017-10-20")):
        event = henan.take(act, on=on)
    assert henan.closed(event) == {("return", "co", 1, "void")}
    for act in ("draft", "review", "sign"):
        assert henan.take(act, on="2017-12-15").clocks is None
    assert henan.closed(henan.take("deliver", on="2017-12-18")) == {("reply", "lead", 1, "met")}
    assert henan.opened(henan.take("receive", on="2017-12-18")) == {("rating", "member", 1): "2018-01-02"}
    event = henan.take("rate", result="不满意", on="2017-12-28")
    assert henan.opened(event) == {("rehandle", "lead", 2): "2018-01-29"}
    assert henan.take("rehandle", on="2017-12-29").clocks is None


def test_in_henan_nobody_owes_a_contact_or_a_closing(henan: "Story") -> None:
    for act in ("hand_over", "sign_for", "opinion"):
        henan.take(act, on="2017-09-20")
    replied(henan, *["2017-12-18"] * 5)
    henan.take("rate", on="2017-12-19")
    assert henan.running() == {}
    assert henan.take("close", on="2017-12-20").clocks is None


def test_in_chongyi_contact_and_reply_run_from_the_hand_over(stories: "type[Story]") -> None:
    story = stories(rulebook="chongyi-cppcc-2013", today="2013-12-31", co=(stories.CO,), two_axes=False)
    story.up_to("register")
    event = story.take("hand_over", on="2013-04-01")
    assert story.opened(event) == {("contact", "lead", 1): "2013-04-23", ("reply", "lead", 1): "2013-07-01"}
    for act in ("sign_for", "contact", "meet_before", "meet_during", "opinion"):
        story.take(act, on="2013-05-01")
    replied(story, *["2013-06-05"] * 5)
    assert story.running() == {("rating", "member", 1): "2013-06-27"}
    event = story.take("rate", result="不满意", on="2013-06-20")
    assert (story.opened(event), story.running()) == ({}, {})


def test_in_shanghai_units_return_and_co_operate_from_receipt_and_rehandling_runs_from_the_decision(
    stories: "type[Story]",
) -> None:
    story = stories(rulebook="shanghai-npc", today="2018-12-31", co=(stories.CO,))
    story.take("submit", kind="npc_suggestion")
    story.take("register")
    event = story.take("hand_over", on="2018-02-05")
    assert story.opened(event) == {("reply", "lead", 1): "2018-05-07"}
    event = story.take("sign_for", on="2018-02-07")
    assert story.opened(event) == {("return", "lead", 1): "2018-02-22"}
    event = story.take("sign_for", unit=story.CO, on="2018-02-07")
    assert story.opened(event) == {("return", "co", 1): "2018-02-22", ("co_opinion", "co", 1): "2018-03-07"}
    story.take("opinion", on="2018-03-01")
    replied(story, *["2018-05-08"] * 5)
    assert story.running() == {}
    (reply,) = [clock for clock in story.case.stopped if clock.kind == "reply"]
    assert (str(reply.due_on), str(reply.closed_on), reply.on_time) == ("2018-05-07", "2018-05-08", False)
    event = story.take("rate", result="不满意", on="2018-05-10")
    assert event.clocks is None
    event = story.take("rehandle", on="2018-05-18")
    assert story.opened(event) == {("rehandle", "lead", 2): "2018-06-19"}


def test_blanks_in_the_rules_give_clocks_without_a_day_that_are_met_all_the_same(stories: "type[Story]") -> None:
    story = stories(rulebook="city-medical-insurance-bureau", two_axes=False).up_to("hand_over")
    assert story.running() == {}
    event = story.take("sign_for")
    kinds = ("contact", "unit_reply", "reply", "reply_final")
    assert story.opened(event) == {(kind, "lead", 1): None for kind in kinds}
    assert event.clocks is not None
    assert {clock.proof.undefined for clock in event.clocks.opened} == {"x", "x月xx日"}
    assert {clock.kind: clock.strength for clock in event.clocks.opened}["reply"] == "soft"
    assert story.closed(story.take("contact")) == {("contact", "lead", 1, "met")}
    story.given("meet_before", "meet_during", "draft", "show_draft", "comment", "review")
    assert story.closed(story.take("sign")) == {("unit_reply", "lead", 1, "met")}
    event = story.take("deliver")
    assert story.closed(event) == {("reply", "lead", 1, "met"), ("reply_final", "lead", 1, "met")}
    assert all(clock.on_time for clock in story.case.stopped if clock.met)
    assert story.opened(story.take("receive")) == {}


def test_every_clock_says_why_it_is_due_on_its_day(hunan: "Story") -> None:
    event = hunan.up_to("register").take("hand_over")
    assert event.clocks is not None
    proofs = {(clock.kind, clock.whom): clock.proof for clock in event.clocks.opened}
    opinion = proofs["co_opinion", f"unit:{hunan.CO}"]
    assert (opinion.pack_digest, opinion.started_by, str(opinion.started_on)) == (
        hunan.case.pack_digest,
        "handed_over",
        "2005-03-01",
    )
    assert (opinion.amount, opinion.unit, opinion.chosen) == (1, "month", True)
    reply = proofs["unit_reply", f"unit:{hunan.LEAD}"]
    assert (str(reply.fixed_on), reply.amount) == ("2005-04-30", None)


def test_a_third_round_takes_the_place_of_a_second_that_was_not_yet_answered_to_everybody(hunan: "Story") -> None:
    hunan.up_to("receive").take("rate", result="不满意")
    hunan.given("rehandle")
    for act, on in (("draft", "08"), ("review", "09"), ("sign", "10"), ("stamp", "10"), ("deliver", "11")):
        hunan.take(act, on=f"2005-05-{on}")
    hunan.take("receive", on="2005-05-12")
    assert hunan.running()["rehandle", "lead", 2] == "2005-05-20"
    event = hunan.take("rate", result="不满意", on="2005-05-13")
    assert hunan.closed(event) == {("rating", "member", 2, "met"), ("rehandle", "lead", 2, "void")}
    assert {key: due for key, due in hunan.running().items() if key[0] == "rehandle"} == {
        ("rehandle", "lead", 3): "2005-06-13"
    }
