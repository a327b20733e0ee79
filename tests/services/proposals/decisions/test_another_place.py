"""A place that does everything differently is a file and no code: an invented county's rules, and a case under them.

In 2005, 1 to 7 May are holidays, 30 April and 8 May are worked.
"""

from datetime import date
from typing import TYPE_CHECKING

import pytest

from rules.pack import Pack, check_pack, load_new_pack

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story

YUNZE = """\
name: yunze-2005
title: 云泽县政协提案办理办法（样例）
kinds: [cppcc_proposal]
source: 云泽县政协提案办理办法
effective_from: 2005-01-01
clocks:
  return: {amount: 3, unit: day, from: received, for: [lead, co], article: 6}
  contact: {amount: 4, unit: working_day, from: received, for: lead, article: 7}
  co_opinion: {by: 3-31, from: received, for: co, strength: soft, article: 8}
  reply: {amount: 45, unit: day, from: received, for: lead, article: 9}
  reply_cap: {amount: 60, unit: day, from: received, for: lead, article: 9, cap: true, clock: reply}
  rating: {amount: 7, unit: day, from: reply_received, for: member, article: 11}
  rehandle: {amount: 10, unit: working_day, from: decided, for: lead, article: 12}
  consultation: {amount: 5, unit: working_day, from: second_dissatisfied, for: office, article: 13}
  telling: {amount: 1, unit: month, from: kept, for: lead, article: 14}
meetings: {during: 2}
answer: {cosigners: lead_relays}
schemes:
  yunze: {甲: 已经办成, 乙: 正在办理, 丙: 不能办理}
ratings:
  words: [很满意, 满意, 一般, 不满意]
  words_elsewhere: [未回复, 无法测评]
  rehandle_on: [一般, 不满意]
  silence: {counts_as: 满意, reminders: 2}
  seat_ended: next_cosigner
  after_second_dissatisfaction: consultation
rates: {satisfied: [很满意, 满意, 一般], denominator: rated}
drafter_may_sign: true
office_check: required
draft_consultation: {formal_reply_after: [很满意, 满意, 一般]}
waivers: {meeting: [committee]}
extension: {approved_by: nobody, explained_to_member: true, cap: reply_cap}
withdraw: {until: handed_over, in_writing: true}
"""


@pytest.fixture
def pack() -> Pack:
    return load_new_pack(YUNZE.encode())


@pytest.fixture
def yunze(stories: "type[Story]", pack: Pack) -> "Story":
    """A joint proposal with a co unit, registered."""
    story = stories(pack=pack, cosigners=(stories.COSIGNER,), co=(stories.CO,), two_axes=False, today="2005-12-31")
    return story.up_to("register")


def checked(story: "Story", *, on: str = "2005-04") -> None:
    """Take the reply from the draft to the receipt; the drafter signs himself."""
    story.take("draft", category="乙", on=f"{on}-01")
    story.take("show_draft", on=f"{on}-01")
    story.take("comment", word="一般", on=f"{on}-02")
    story.take("review", on=f"{on}-03")
    story.take("sign", signer="person:drafter", on=f"{on}-04")
    story.take("check", on=f"{on}-05")
    story.take("deliver", on=f"{on}-06")
    story.take("receive", on=f"{on}-07")


def handled(story: "Story") -> None:
    """Take the case to the point where the reply may be drafted."""
    for act in ("hand_over", "sign_for"):
        story.take(act)
    story.take("sign_for", unit=story.CO)
    story.given("contact", "opinion", "meet_during")
    story.take("meet_during", meeting=9, on="2005-03-22")


def test_the_file_passes_the_check() -> None:
    assert check_pack(YUNZE.encode()) == []


def test_its_clocks_run_from_its_events_in_its_units(yunze: "Story") -> None:
    assert yunze.take("hand_over").clocks is None
    assert yunze.opened(yunze.take("sign_for", on="2005-03-02")) == {
        ("return", "lead", 1): "2005-03-07",  # Three days end on Saturday the 5th.
        ("contact", "lead", 1): "2005-03-08",
        ("reply", "lead", 1): "2005-04-18",  # 45 days end on Saturday the 16th.
    }
    event = yunze.take("sign_for", unit=yunze.CO, on="2005-03-02")
    assert yunze.opened(event) == {("return", "co", 1): "2005-03-07", ("co_opinion", "co", 1): "2005-03-31"}
    assert {clock.strength for clock in event.clocks.opened if clock.kind == "co_opinion"} == {"soft"}  # type: ignore[union-attr]


def test_only_the_first_signer_is_answered_and_two_meetings_come_before_the_signature(yunze: "Story") -> None:
    handled(yunze)
    assert yunze.case.answer_to == (yunze.MEMBER,)
    yunze.take("strike", meeting=9)
    yunze.take("draft", category="甲")
    yunze.take("show_draft")
    yunze.take("comment", word="满意")
    yunze.take("review")
    assert yunze.refusal("sign") == "reply.before_meeting"
    assert yunze.refusal("waive_step", roles=("office",)) == "forbidden"
    yunze.take("waive_step", roles=("committee",))
    yunze.take("sign")


def test_letters_of_another_place_are_no_category_here(yunze: "Story") -> None:
    handled(yunze)
    assert yunze.refusal("draft", category="A") == "reply.unknown_category"
    assert yunze.refusal("draft", category="甲", scheme="npc-abcd") == "reply.unknown_category"
    yunze.take("draft", category="丙")


def test_the_member_is_asked_about_the_draft_and_the_units_office_checks_the_reply(yunze: "Story") -> None:
    handled(yunze)
    yunze.take("draft", category="乙")
    yunze.take("show_draft")
    yunze.take("comment", word="不满意")
    yunze.take("review")
    assert yunze.refusal("sign") == "reply.member_not_consulted"
    yunze.take("comment", word="一般", on="2005-04-02")
    yunze.take("sign", signer="person:drafter")
    assert yunze.refusal("deliver") == "reply.not_checked"
    yunze.given("check", "deliver")


def test_its_own_words_rate_and_two_of_them_lead_to_another_round(yunze: "Story", pack: Pack) -> None:
    handled(yunze)
    checked(yunze)
    assert yunze.running()["rating", "member", 1] == "2005-04-14"
    assert yunze.refusal("rate", result="基本满意") == "reply.unknown_rating"
    assert yunze.refusal("rate", result="满意", attitude="满意") == "reply.unknown_rating"
    event = yunze.take("rate", result="一般", on="2005-04-10")
    assert (getattr(event, "rehandle", None), getattr(event, "place", None)) == (True, 3)
    assert event.clocks is not None
    assert event.clocks.opened == ()
    assert yunze.opened(yunze.take("rehandle", on="2005-04-11")) == {("rehandle", "lead", 2): "2005-04-25"}
    assert pack.satisfied == ("很满意", "满意", "一般")
    assert yunze.case.history[""][-1].outcome is None


def test_after_the_second_time_it_asks_for_a_consultation_in_five_working_days(yunze: "Story") -> None:
    handled(yunze)
    checked(yunze)
    yunze.take("rate", result="不满意", on="2005-04-10")
    yunze.take("rehandle", on="2005-04-11")
    yunze.take("meet_during", meeting=10, on="2005-04-12")
    checked(yunze, on="2005-05")
    # 9 to 13 May are the five working days after Sunday the 8th, which is worked itself.
    event = yunze.take("rate", result="不满意", on="2005-05-08")
    assert yunze.opened(event) == {("consultation", "office", 3): "2005-05-13"}
    assert yunze.refusal("rehandle", on="2005-05-09") == "reply.assessment_missing"
    event = yunze.take("assess", on="2005-05-12")
    assert yunze.closed(event) == {("consultation", "office", 3, "met")}
    assert getattr(event, "form", None) == "consultation"


def test_silence_after_two_reminders_counts_as_satisfied(yunze: "Story") -> None:
    handled(yunze)
    checked(yunze)
    yunze.take("remind", on="2005-04-15")
    assert yunze.refusal("lapse", on="2005-04-30") == "reply.not_reminded"
    yunze.take("remind", on="2005-04-20")
    event = yunze.take("lapse", on="2005-04-30")
    assert (getattr(event, "word", None), getattr(event, "counts", None)) == ("满意", True)
    assert yunze.refusal("close", on="2005-05-10") == "proposal.answers_outstanding"
    yunze.take("relay", on="2005-05-09")
    yunze.take("close", on="2005-05-10")
    assert yunze.case.history[""][-1].outcome == "满意"


def test_a_co_signer_rates_for_a_member_whose_seat_has_ended(yunze: "Story") -> None:
    handled(yunze)
    checked(yunze)
    ended = {yunze.MEMBER: date(2005, 4, 8)}
    assert yunze.refusal("find_impossible", ended=ended) == "reply.not_instead"
    yunze.take("rate", member=yunze.COSIGNER, instead_of=yunze.MEMBER, result="很满意", ended=ended)


def test_nobody_approves_more_time_and_sixty_days_are_the_most(yunze: "Story") -> None:
    handled(yunze)
    assert yunze.refusal("ask_extension", kind="reply", on="2005-04-10") == "extension.explain_instead"
    # 60 days from 2 March end on Sunday, 1 May, a holiday: Sunday the 8th is the next worked day.
    late = yunze.refusal("explain_extension", kind="reply", until="2005-05-09", on="2005-04-10")
    assert late == "extension.beyond_cap"
    yunze.take("explain_extension", kind="reply", until="2005-05-08", on="2005-04-10")
    assert yunze.running()["reply", "lead", 1] == "2005-05-08"


def test_it_is_withdrawn_in_writing_and_only_before_the_hand_over(yunze: "Story") -> None:
    assert yunze.refusal("withdraw", own=False) == "proposal.not_in_writing"
    yunze.take("hand_over")
    assert yunze.refusal("withdraw", written="撤案函") == "proposal.withdrawal_too_late"


def test_who_has_kept_a_promise_tells_within_a_month(yunze: "Story") -> None:
    handled(yunze)
    checked(yunze)
    yunze.take("make", on="2005-04-08")
    assert yunze.opened(yunze.take("keep", on="2005-06-20")) == {("telling", "lead", 1): "2005-07-20"}
