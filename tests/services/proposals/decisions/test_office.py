"""Reports of public opinion, calls for proposals, yearly summaries and commended units, each on its own."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import pytest

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.sealed import Sealed
from contracts.summaries import Tally
from runtime.folds import Fold, State
from runtime.refusals import Refusal
from services.proposals.call_for_proposals import call, call_commands
from services.proposals.commands import SubmitProposal
from services.proposals.folds import CALL, COMMENDATION, OPINION, SUMMARY
from services.proposals.public_opinion import opinion, opinion_commands
from services.proposals.public_opinion.opinion_state import Opinion
from services.proposals.supervision import commendation, overlay_commands
from services.proposals.yearly_summary import summary, summary_commands

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story

ID, BODY, MEMBER, UNIT, OTHER = (UUID(int=n) for n in range(21, 26))
TODAY = date(2026, 6, 30)
S = TypeVar("S", bound=State)


def folded(fold: Fold[S], events: Sequence[Event]) -> S:
    """Give the state after events, written and read again, as it is kept."""
    state = fold.state()
    for number, event in enumerate(events, 1):
        envelope = Envelope[Any](
            id=UUID(int=number),
            source="urn:yishi:proposals",
            type=event.type_name(),
            subject=f"{fold.aggregate}/{ID}",
            time=datetime(2026, 1, 1, tzinfo=UTC),
            county="430000",
            actor="person:test",
            actorrole="test",
            commandid=UUID(int=number),
            commanddigest="hmac-sha256:00",
            correlationid="test",
            version=number,
            data=event,
        )
        state = fold.evolve(state, event, envelope)
    assert fold.state.model_validate_json(state.model_dump_json(exclude_defaults=True)) == state
    return state


def sealed(text: str = "正文", *, case: UUID = ID) -> Sealed:
    return Sealed(case=case, label="opinion.text", nonce="n", text=text)


def refused(code: str, act: Any, *told: Any, **said: Any) -> None:
    with pytest.raises(Refusal) as no:
        act(*told, **said)
    assert no.value.code == code


def submitted(**said: Any) -> Event:
    body = {
        "body": BODY,
        "title": "关于班线停运的反映",
        "text": "正文",
        "submitter": MEMBER,
        "submitted_on": "2026-03-02",
    }
    command = opinion_commands.SubmitOpinion.model_validate(body | said)
    return opinion.submit(command, sealed(), members={MEMBER}, body_known=command.body == BODY, today=TODAY)


def adopted(state: Opinion, level: str, on: str = "2026-03-10") -> Event:
    body = {"level": level, "adopted_by": "县政协办公室", "adopted_on": on}
    return opinion.adopt(state, opinion_commands.AdoptOpinion.model_validate(body), TODAY)


def scored(state: Opinion, level: str, points: int, on: str = "2026-04-01") -> Event:
    body = {"level": level, "points": points, "basis": "计分办法", "scored_on": on}
    return opinion.score(state, opinion_commands.ScoreOpinion.model_validate(body), TODAY)


def forwarded(state: Opinion, on: str = "2026-03-12", **said: Any) -> Event:
    command = opinion_commands.ForwardOpinion.model_validate({"to": "交通局", "forwarded_on": on} | said)
    return opinion.forward(state, command, units={UNIT}, today=TODAY)


def fed_back(state: Opinion, number: int, on: str = "2026-03-20", *, text: Sealed | None = None) -> Event:
    command = opinion_commands.FeedBackOpinion(number=number, feedback="已恢复", fed_back_on=date.fromisoformat(on))
    return opinion.feed_back(state, command, text or sealed("已恢复"), TODAY)


def test_a_report_is_edited_adopted_at_levels_and_each_adoption_earns_its_points() -> None:
    events = [submitted()]
    command = opinion_commands.EditOpinion(title="班线停运影响出行", text="新", edited_on=date(2026, 3, 4))
    events.append(opinion.edit(folded(OPINION, events), command, sealed("新"), TODAY))
    events.append(adopted(folded(OPINION, events), "县级"))
    events.append(adopted(folded(OPINION, events), "省级", "2026-03-20"))
    events.append(scored(folded(OPINION, events), "县级", 5))
    events.append(scored(folded(OPINION, events), "省级", 20))
    state = folded(OPINION, events)
    assert (state.title, state.points, str(state.edited_on)) == ("班线停运影响出行", 25, "2026-03-04")
    assert [(a.level, a.points) for a in state.adoptions] == [("县级", 5), ("省级", 20)]
    refused("proposal.already_done", adopted, state, "县级")
    refused("proposal.already_done", scored, state, "县级", 6)
    refused("opinion.not_adopted", scored, state, "全国", 6)
    refused("proposal.date_out_of_order", adopted, state, "市级", "2026-03-01")


def test_whoever_got_a_report_says_what_became_of_it_once() -> None:
    events = [submitted()]
    events.append(forwarded(folded(OPINION, events)))
    events.append(forwarded(folded(OPINION, events), unit=UNIT))
    events.append(fed_back(folded(OPINION, events), 2))
    state = folded(OPINION, events)
    assert [(s.number, s.unit, str(s.fed_back_on)) for s in state.forwardings] == [
        (1, None, "None"),
        (2, UNIT, "2026-03-20"),
    ]
    refused("proposal.already_done", fed_back, state, 2)
    refused("opinion.not_forwarded", fed_back, state, 3)
    refused("proposal.date_out_of_order", fed_back, state, 1, "2026-03-11")
    refused("proposal.unit_unknown", forwarded, state, unit=OTHER)
    refused("conflict", fed_back, state, 1, text=sealed(case=OTHER))


def test_only_a_member_reports_to_a_body_that_there_is() -> None:
    refused("proposal.member_unknown", submitted, submitter=OTHER)
    refused("proposal.body_unknown", submitted, body=OTHER)
    refused("proposal.date_in_future", submitted, submitted_on="2026-07-01")


def test_a_declined_case_lives_on_as_a_report_with_its_own_words_and_key(story: "Story") -> None:
    story.up_to("submit")
    refused("proposal.wrong_stage", opinion.divert, Opinion(), ID, story.case, story.day, story.day)
    story.take("decline")
    event = opinion.divert(Opinion(), ID, story.case, story.day, story.day)
    assert (event.title, event.text, event.submitter) == (story.case.title, story.case.text, story.MEMBER)
    state = folded(OPINION, [event])
    assert state.case == ID
    refused("proposal.already_done", opinion.divert, state, ID, story.case, story.day, story.day)
    erasing = opinion_commands.EraseOpinion(reason="依申请", ordered_by="裁定", erased_on=date(2026, 6, 1))
    refused("opinion.erase_the_case", opinion.erase, state, erasing, TODAY)
    story.take("erase")
    refused("case.erased", opinion.divert, Opinion(), ID, story.case, story.day, story.day)


def test_an_erased_report_is_not_worked_on() -> None:
    erasing = opinion_commands.EraseOpinion(reason="依申请", ordered_by="裁定", erased_on=date(2026, 6, 1))
    events = [submitted()]
    events.append(opinion.erase(folded(OPINION, events), erasing, TODAY))
    state = folded(OPINION, events)
    refused("case.erased", adopted, state, "县级")
    refused("case.erased", forwarded, state)
    refused("proposal.already_done", opinion.erase, state, erasing, TODAY)


def opened(**said: Any) -> Event:
    body = {
        "body": BODY,
        "term": 10,
        "session": 5,
        "title": "征集通知",
        "topics": ["养老", "教育"],
        "until_on": "2026-03-31",
        "opened_on": "2026-03-01",
    }
    command = call_commands.OpenCall.model_validate(body | said)
    return call.open_call(command, body_known=command.body == BODY, today=TODAY)


def topic(state: call.Call, name: str, on: str = "2026-03-05") -> Event:
    return call.add_topic(state, call_commands.AddTopic(topic=name, added_on=date.fromisoformat(on)), TODAY)


def closed(state: call.Call, on: str = "2026-03-20") -> Event:
    return call.close_call(state, call_commands.CloseCall(closed_on=date.fromisoformat(on)), TODAY)


def answers(state: call.Call, **said: Any) -> None:
    body = {
        "kind": "cppcc_proposal",
        "body": BODY,
        "term": 10,
        "session": 5,
        "title": "关于养老的提案",
        "text": "正文",
        "submitter": MEMBER,
        "call": ID,
        "submitted_on": "2026-03-20",
    }
    call.require_open(state, SubmitProposal.model_validate(body | said))


def test_topics_are_numbered_and_added_while_the_call_is_open() -> None:
    events = [opened()]
    events.append(topic(folded(CALL, events), "交通"))
    state = folded(CALL, events)
    assert state.topics == ("养老", "教育", "交通")
    refused("call.topic_repeated", topic, state, "交通")
    refused("call.closed", topic, state, "住房", "2026-04-01")
    refused("proposal.date_out_of_order", topic, state, "住房", "2026-02-28")


def test_a_call_ends_after_it_begins_and_has_each_topic_once() -> None:
    refused("proposal.date_out_of_order", opened, until_on="2026-02-28")
    refused("call.topic_repeated", opened, topics=["养老", "养老"])
    refused("proposal.body_unknown", opened, body=OTHER)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, None),
        ({"topic": 2, "submitted_on": "2026-03-31"}, None),
        ({"submitted_on": "2026-04-01"}, "call.not_open"),
        ({"submitted_on": "2026-02-28"}, "call.not_open"),
        ({"body": OTHER}, "call.not_open"),
        ({"topic": 3}, "call.topic_unknown"),
        ({"call": None, "topic": 1}, "call.topic_unknown"),
        ({"call": None}, None),
    ],
)
def test_a_submission_names_a_topic_of_a_call_that_is_open(said: dict[str, Any], code: str | None) -> None:
    state = folded(CALL, [opened()])
    if code is None:
        answers(state, **said)
    else:
        refused(code, answers, state, **said)


def test_a_call_that_was_ended_takes_nothing_more() -> None:
    events = [opened()]
    events.append(closed(folded(CALL, events)))
    state = folded(CALL, events)
    answers(state, submitted_on="2026-03-20")
    refused("call.not_open", answers, state, submitted_on="2026-03-21")
    refused("call.closed", closed, state)


def asked(state: summary.Summary | None = None, **said: Any) -> Event:
    body = {
        "unit": UNIT,
        "year": 2025,
        "asked_by": "县政府督查室",
        "due_on": "2026-01-20",
        "asked_on": "2026-01-05",
    }
    command = summary_commands.AskSummary.model_validate(body | said)
    return summary.ask(state or summary.Summary(), ID, command, units={UNIT}, today=TODAY)


def handed_in(state: summary.Summary, on: str = "2026-01-18", answered: int = 3) -> Event:
    tally = Tally(assigned=3, answered=answered, on_time=2, categories={"bureau-abc/A": 3})
    command = summary_commands.SubmitSummary(text="总结", submitted_on=date.fromisoformat(on))
    none = Tally(assigned=0, answered=0, on_time=0)
    return summary.submit(state, command, sealed("总结"), lead=tally, co=none, today=TODAY)


def received(state: summary.Summary, receiver: str, on: str = "2026-01-22") -> Event:
    body = {"receiver": receiver, "received_on": on}
    return summary.receive(state, summary_commands.ReceiveSummary.model_validate(body), TODAY)


def test_a_summary_is_due_on_the_stated_day_and_handing_it_in_meets_the_clock() -> None:
    first = asked()
    state = folded(SUMMARY, [first])
    (clock,) = state.clocks.values()
    assert (clock.kind, clock.whom, str(clock.due_on)) == ("summary", f"unit:{UNIT}", "2026-01-20")
    assert (clock.proof.source, str(clock.proof.fixed_on)) == ("县政府督查室", "2026-01-20")
    event = handed_in(state)
    assert event.clocks is not None
    assert [(c.id, str(c.on), c.outcome) for c in event.clocks.closed] == [(clock.id, "2026-01-18", "met")]
    state = folded(SUMMARY, [first, event])
    assert state.clocks == {}
    assert state.lead is not None
    assert state.lead.categories == {"bureau-abc/A": 3}
    refused("proposal.already_done", asked, state)


def test_a_summary_may_be_handed_in_anew_until_the_first_receipt_and_needs_all_three() -> None:
    events = [asked()]
    refused("summary.not_submitted", received, folded(SUMMARY, events), "congress")
    events.append(handed_in(folded(SUMMARY, events), answered=2))
    events.append(handed_in(folded(SUMMARY, events), on="2026-01-19"))
    state = folded(SUMMARY, events)
    assert state.lead is not None
    assert state.lead.answered == 3
    assert state.lacking == ("congress", "government", "consultative")
    refused("proposal.date_out_of_order", received, state, "congress", "2026-01-18")
    events.append(received(state, "congress"))
    state = folded(SUMMARY, events)
    refused("summary.receipted", handed_in, state)
    refused("proposal.already_done", received, state, "congress")
    for receiver in ("government", "consultative"):
        events.append(received(folded(SUMMARY, events), receiver))
    assert folded(SUMMARY, events).lacking == ()


def test_a_summary_is_asked_of_a_unit_that_there_is_and_due_no_earlier_than_asked() -> None:
    refused("proposal.unit_unknown", asked, unit=OTHER)
    refused("proposal.date_out_of_order", asked, due_on="2026-01-04")
    refused("proposal.date_in_future", asked, asked_on="2026-07-01", due_on="2026-07-02")


def test_an_erased_summary_keeps_its_figures_and_owes_nothing() -> None:
    events = [asked()]
    erasing = summary_commands.EraseSummary(reason="依申请", ordered_by="裁定", erased_on=date(2026, 6, 1))
    event = summary.erase(folded(SUMMARY, events), erasing, TODAY)
    assert event.clocks is not None
    assert [c.outcome for c in event.clocks.closed] == ["void"]
    state = folded(SUMMARY, [*events, event])
    assert state.erased
    refused("case.erased", handed_in, state)
    refused("proposal.already_done", summary.erase, state, erasing, TODAY)


def test_a_commended_unit_stays_on_record_when_the_commendation_is_taken_back() -> None:
    body = {
        "unit": UNIT,
        "year": 2025,
        "award": "先进承办单位",
        "awarded_by": "县政府",
        "awarded_on": "2026-02-01",
    }
    command = overlay_commands.CommendUnit.model_validate(body)
    refused("proposal.unit_unknown", commendation.commend, command, units=set(), today=TODAY)
    first = commendation.commend(command, units={UNIT}, today=TODAY)
    revoking = overlay_commands.RevokeUnitCommendation(reason="名单更正", revoked_on=date(2026, 3, 1))
    second = commendation.revoke(folded(COMMENDATION, [first]), revoking, TODAY)
    state = folded(COMMENDATION, [first, second])
    assert (state.award, str(state.revoked_on), state.reason) == ("先进承办单位", "2026-03-01", "名单更正")
    refused("proposal.already_done", commendation.revoke, state, revoking, TODAY)
