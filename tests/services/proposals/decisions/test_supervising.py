"""Key cases, urgings, commendations and disclosure: what may be laid over a case, and what its clocks do."""

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from contracts.event import Event
from contracts.sealed import Sealed
from rules.clock_rule import ClockRule
from runtime.refusals import Refusal
from services.proposals.reporting.worklist import owed
from services.proposals.supervision import overlay_commands as commands
from services.proposals.supervision import supervising

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story

LEADER = {"leader": "县政协主席", "designated_by": "主席会议", "designated_on": "2005-03-10"}
URGING = {
    "pressing": "urging",
    "urged_by": "县政府督查室",
    "demand": "请报告进展",
    "urged_on": "2005-04-11",
    "due_on": "2005-04-15",
}
AWARD = {"award": "优秀提案", "awarded_by": "县政协常委会", "awarded_on": "2005-06-01"}


def designate(story: "Story", **said: Any) -> Event:
    command = commands.DesignateKeyCase.model_validate(LEADER | said)
    return supervising.designate(story.case, command, units={story.OFFICE}, today=story.day)


def end_key_case(story: "Story", on: str = "2005-04-01") -> Event:
    command = commands.EndKeyCase(reason="已调整", ended_on=date.fromisoformat(on))
    return supervising.end_key_case(story.case, command, story.day)


def urge(story: "Story", **said: Any) -> Event:
    command = commands.UrgeUnit.model_validate(URGING | {"unit": story.LEAD} | said)
    return supervising.urge(story.case, command, story.rules, story.day)


def answer(story: "Story", number: int = 1, *, unit: Any = None, on: str = "2005-04-14") -> Event:
    command = commands.AnswerUrging(number=number, answer="已开工", answered_on=date.fromisoformat(on))
    return supervising.answer_urging(story.case, unit or story.LEAD, command, story.sealed("已开工"), story.day)


def commend(story: "Story", **said: Any) -> Event:
    return supervising.commend(story.case, commands.CommendProposal.model_validate(AWARD | said), story.day)


def disclose(story: "Story", how: str, *, text: str | None = None, on: str = "2005-06-01", **said: Any) -> Event:
    body = {"disclosure": how, "text": text, "decided_by": "县政协提案委", "decided_on": on} | said
    command = commands.DecideDisclosure.model_validate(body)
    sealed: Sealed | None = story.sealed(text) if text else None
    return supervising.disclose(story.case, command, sealed, story.day)


def code_of(no: pytest.ExceptionInfo[Refusal]) -> str:
    return no.value.code


def test_a_key_case_has_its_leader_until_it_is_one_no_longer(story: "Story") -> None:
    story.up_to("hand_over")
    story.fold(designate(story, unit=story.OFFICE))
    key = story.case.overlays.key_case
    assert key is not None
    assert (key.leader, key.unit, str(key.designated_on)) == ("县政协主席", story.OFFICE, "2005-03-10")
    story.fold(end_key_case(story))
    assert story.case.overlays.key_case is None
    assert [str(key.ended_on) for key in story.case.overlays.key_cases] == ["2005-04-01"]
    story.fold(designate(story, designated_on="2005-05-01"))
    assert len(story.case.overlays.key_cases) == 2


@pytest.mark.parametrize(
    ("until", "said", "code"),
    [
        ("submit", {}, "proposal.wrong_stage"),
        ("close", {"designated_on": "2005-06-01"}, "proposal.wrong_stage"),
        ("hand_over", {"designated_on": "2005-01-31"}, "proposal.date_out_of_order"),
        ("hand_over", {"designated_on": "2005-07-01"}, "proposal.date_in_future"),
        ("hand_over", {"unit": "00000000-0000-0000-0000-0000000000ff"}, "proposal.unit_unknown"),
    ],
)
def test_a_key_case_is_registered_and_alive(story: "Story", until: str, said: dict[str, Any], code: str) -> None:
    story.up_to(until)
    with pytest.raises(Refusal) as no:
        designate(story, **said)
    assert code_of(no) == code


def test_a_case_is_made_a_key_case_once_and_ended_only_while_it_is_one(story: "Story") -> None:
    story.up_to("hand_over")
    with pytest.raises(Refusal) as no:
        end_key_case(story)
    assert code_of(no) == "proposal.not_a_key_case"
    story.fold(designate(story))
    with pytest.raises(Refusal) as no:
        designate(story)
    assert code_of(no) == "proposal.already_a_key_case"
    with pytest.raises(Refusal) as no:
        end_key_case(story, on="2005-03-09")
    assert code_of(no) == "proposal.date_out_of_order"


def test_an_urging_starts_a_clock_until_the_day_that_was_stated_and_the_answer_meets_it(story: "Story") -> None:
    story.up_to("contact")
    event = urge(story, level="县级")
    assert story.opened(event) == {("urging", "lead", 1): "2005-04-15"}
    story.fold(event)
    assert event.clocks is not None
    proof = event.clocks.opened[0].proof
    assert (proof.source, str(proof.fixed_on), proof.started_by) == ("县政府督查室催办", "2005-04-15", "urged")
    assert proof.pack == "hunan-transport-2005"
    met = answer(story)
    story.fold(met)
    assert story.closed(met) == {("urging", "lead", 1, "met")}
    urging = story.case.overlays.urgings[0]
    assert (urging.number, urging.level, str(urging.answered_on)) == (1, "县级", "2005-04-14")
    assert urging.answer is not None
    assert story.case.stopped[-1].on_time


def test_a_unit_urged_again_owes_one_answer_by_the_new_day_and_it_covers_both_urgings(story: "Story") -> None:
    story.up_to("contact")
    story.fold(urge(story))
    again = urge(story, urged_on="2005-04-18", due_on="2005-04-20")
    assert again.clocks is not None
    assert again.clocks.opened == ()
    move = again.clocks.moved[0]
    assert (str(move.due_from), str(move.due_on), move.reason) == ("2005-04-15", "2005-04-20", "第2次催办")
    story.fold(again)
    assert story.running()["urging", "lead", 1] == "2005-04-20"
    first = answer(story, 1, on="2005-04-18")
    assert first.clocks is None
    story.fold(answer(story, 2, on="2005-04-19"))
    assert [str(u.answered_on) for u in story.case.overlays.urgings] == ["2005-04-19", "2005-04-19"]
    assert [u.answer is None for u in story.case.overlays.urgings] == [True, False]
    assert ("urging", "lead", 1) not in story.running()


def test_urging_and_supervision_run_beside_each_other_and_each_unit_answers_for_itself(
    stories: "type[Story]",
) -> None:
    story = stories(co=(stories.CO,)).up_to("contact")
    story.fold(urge(story))
    story.fold(urge(story, pressing="supervision", due_on="2005-04-22"))
    story.fold(urge(story, unit=story.CO))
    assert {key for key in story.running() if key[0] in ("urging", "supervision")} == {
        ("urging", "lead", 1),
        ("supervision", "lead", 1),
        ("urging", "co", 1),
    }
    with pytest.raises(Refusal) as no:
        answer(story, 3)
    assert code_of(no) == "proposal.not_a_handling_unit"
    story.fold(answer(story, 3, unit=story.CO))
    assert {u.number for u in story.case.overlays.unanswered()} == {1, 2}


def test_without_a_stated_day_the_packs_rule_gives_it_and_a_silent_pack_gives_no_clock(story: "Story") -> None:
    story.up_to("contact")
    assert urge(story, due_on=None).clocks is None
    rule = ClockRule.model_validate({"amount": 3, "unit": "working_day", "from": "urged", "for": "lead"})
    story.pack = story.rules.pack.model_copy(update={"clocks": {**story.rules.pack.clocks, "urging": rule}})
    assert story.opened(urge(story, due_on=None)) == {("urging", "lead", 1): "2005-04-14"}


@pytest.mark.parametrize(
    ("until", "said", "code"),
    [
        ("register", {}, "proposal.wrong_stage"),
        ("close", {"urged_on": "2005-06-01", "due_on": "2005-06-02"}, "proposal.wrong_stage"),
        ("hand_over", {"unit": "00000000-0000-0000-0000-0000000000ff"}, "proposal.not_a_handling_unit"),
        ("hand_over", {"due_on": "2005-04-10"}, "proposal.date_out_of_order"),
        ("hand_over", {"urged_on": "2005-02-28"}, "proposal.date_out_of_order"),
        ("hand_over", {"urged_on": "2005-07-01", "due_on": "2005-07-02"}, "proposal.date_in_future"),
    ],
)
def test_only_units_that_have_the_case_in_hand_are_urged(
    story: "Story", until: str, said: dict[str, Any], code: str
) -> None:
    story.up_to(until)
    with pytest.raises(Refusal) as no:
        urge(story, **said)
    assert code_of(no) == code


def test_an_urging_is_answered_once_and_not_before_it_was_made(story: "Story") -> None:
    story.up_to("contact")
    story.fold(urge(story))
    for number, on, code in (
        (2, "2005-04-14", "proposal.urging_unknown"),
        (1, "2005-04-10", "proposal.date_out_of_order"),
    ):
        with pytest.raises(Refusal) as no:
            answer(story, number, on=on)
        assert code_of(no) == code
    story.fold(answer(story))
    with pytest.raises(Refusal) as no:
        answer(story)
    assert code_of(no) == "proposal.already_done"


def test_when_the_case_is_closed_an_unanswered_urging_falls_away(story: "Story") -> None:
    story.up_to("meet_after")
    story.fold(urge(story, urged_on="2005-05-10", due_on="2005-05-30"))
    closed = story.take("close")
    assert ("urging", "lead", 1, "void") in story.closed(closed)
    assert story.case.clocks == {}


def test_a_case_bears_each_commendation_once_until_it_is_taken_back(story: "Story") -> None:
    story.up_to("close")
    story.fold(commend(story))
    story.fold(commend(story, award="年度十佳"))
    with pytest.raises(Refusal) as no:
        commend(story)
    assert code_of(no) == "proposal.already_done"
    body = {"award": "优秀提案", "reason": "名单更正", "revoked_on": "2005-06-20"}
    command = commands.RevokeProposalCommendation.model_validate(body)
    story.fold(supervising.revoke_commendation(story.case, command, story.day))
    assert [held.award for held in story.case.overlays.commendations] == ["年度十佳"]
    with pytest.raises(Refusal) as no:
        supervising.revoke_commendation(story.case, command, story.day)
    assert code_of(no) == "proposal.not_commended"


def test_the_last_decision_on_disclosure_holds_and_all_stay_on_record(story: "Story") -> None:
    story.up_to("close")
    story.fold(disclose(story, "confidential", reason="涉及商业秘密"))
    story.fold(disclose(story, "redacted", text="略去企业名称的正文", reason="隐去企业名称", on="2005-06-10"))
    holding = story.case.overlays.disclosure
    assert holding is not None
    assert holding.disclosure == "redacted"
    assert [d.disclosure for d in story.case.overlays.decisions] == ["confidential", "redacted"]
    with pytest.raises(Refusal) as no:
        disclose(story, "public", on="2005-06-09")
    assert code_of(no) == "proposal.date_out_of_order"


@pytest.mark.parametrize(
    ("how", "text", "reason"),
    [
        ("redacted", None, "隐去姓名"),
        ("redacted", "略", None),
        ("public", "略", None),
        ("confidential", None, None),
        ("confidential", "略", "涉密"),
    ],
)
def test_a_decision_on_disclosure_is_complete(story: "Story", how: str, text: str | None, reason: str | None) -> None:
    story.up_to("close")
    with pytest.raises(Refusal) as no:
        disclose(story, how, text=text, reason=reason)
    assert code_of(no) == "proposal.disclosure_incomplete"


def test_what_is_not_registered_or_was_erased_is_not_disclosed(story: "Story") -> None:
    story.up_to("submit")
    with pytest.raises(Refusal) as no:
        disclose(story, "public")
    assert code_of(no) == "proposal.wrong_stage"
    story.take("register")
    story.take("erase")
    with pytest.raises(Refusal) as no:
        disclose(story, "public")
    assert code_of(no) == "case.erased"


def test_an_unanswered_urging_is_on_the_units_worklist_until_the_case_is_closed(story: "Story") -> None:
    story.up_to("contact")
    assert "answer_urging" not in {act for act, _ in owed(story.case)}
    story.fold(urge(story))
    assert ("answer_urging", f"unit:{story.LEAD}") in set(owed(story.case))
    story.fold(answer(story))
    assert "answer_urging" not in {act for act, _ in owed(story.case)}


def test_a_successor_answers_what_its_predecessor_was_urged_about(story: "Story") -> None:
    story.up_to("contact")
    story.fold(urge(story, urged_on="2005-03-10", due_on="2005-04-15"))
    story.take("succeed")
    assert ("answer_urging", f"unit:{story.OTHER}") in set(owed(story.case))
    assert [clock.whom for clock in story.case.clocks.values() if clock.kind == "urging"] == [f"unit:{story.OTHER}"]
    met = answer(story, unit=story.OTHER, on="2005-04-10")
    assert met.clocks is not None
    assert [closed.outcome for closed in met.clocks.closed] == ["met"]


def test_a_unit_that_is_relieved_of_the_case_owes_no_answer(story: "Story") -> None:
    story.up_to("hand_over")
    story.fold(urge(story, urged_on="2005-03-04", due_on="2005-03-20"))
    story.take("ask_adjustment")
    story.take("redirect")
    assert story.case.overlays.unanswered() == ()
    assert str(story.case.overlays.urgings[0].lapsed_on) == "2005-03-07"
    assert "urging" not in {clock.kind for clock in story.case.clocks.values()}
    with pytest.raises(Refusal) as no:
        answer(story)
    assert code_of(no) == "proposal.already_done"


def test_an_answer_to_an_earlier_urging_leaves_the_later_one_open(story: "Story") -> None:
    story.up_to("contact")
    story.fold(urge(story))
    story.fold(urge(story, urged_on="2005-04-18", due_on="2005-04-20"))
    story.fold(answer(story, 1, on="2005-04-18"))
    assert [urging.number for urging in story.case.overlays.unanswered()] == [2]
    assert story.running()["urging", "lead", 1] == "2005-04-20"
