"""The archive: a file holds what the case has, and is archived with a gap only when somebody says why."""

from typing import TYPE_CHECKING, Any

import pytest

from contracts.event import Event
from contracts.overlays import ProposalArchived
from contracts.proposals import HistoryCorrected
from contracts.retelling import told
from runtime.refusals import Refusal
from services.proposals.supervision import overlay_commands as commands
from services.proposals.supervision.archiving import archive, checklist

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story


def take(story: "Story", *gaps: str, on: str = "2005-06-10") -> Event:
    body: dict[str, Any] = {
        "shelf": "2005-067",
        "gaps": [{"item": item, "reason": "原件遗失"} for item in gaps],
        "archived_on": on,
    }
    return archive(story.case, commands.ArchiveProposal.model_validate(body), story.rules, story.day)


def lacking(story: "Story") -> list[str]:
    return [entry.item for entry in checklist(story.case, story.rules) if not entry.held]


def test_the_checklist_names_all_that_the_file_of_a_whole_case_holds(stories: "type[Story]") -> None:
    story = stories(cosigners=(stories.COSIGNER,), co=(stories.CO,)).up_to("close")
    lead, co, member, cosigner = story.LEAD, story.CO, story.MEMBER, story.COSIGNER
    entries = checklist(story.case, story.rules)
    assert all(entry.held for entry in entries)
    assert [entry.item for entry in entries] == [
        "text",
        "registration",
        "hand_over",
        f"signed_for:{lead}",
        f"signed_for:{co}",
        f"meeting:before:{lead}",
        f"meeting:during:{lead}",
        f"meeting:after:{lead}",
        f"co_opinion:{co}",
        f"reply:{lead}",
        f"seal:{lead}:1",
        *(f"{kind}:{lead}:1:{who}" for who in (member, cosigner) for kind in ("delivery", "receipt", "rating")),
        "closing",
    ]


def test_each_round_of_a_case_that_was_handled_again_is_in_the_file(story: "Story") -> None:
    story.up_to("receive")
    story.take("rate", result="不满意")
    story.take("rehandle")
    for act, on in (
        ("draft", "05-04"),
        ("review", "05-05"),
        ("sign", "05-06"),
        ("stamp", "05-06"),
        ("deliver", "05-07"),
    ):
        story.take(act, on=f"2005-{on}")
    held = {entry.item: entry.held for entry in checklist(story.case, story.rules)}
    about = f"{story.LEAD}:2:{story.MEMBER}"
    assert (held[f"delivery:{about}"], held[f"receipt:{about}"]) == (True, False)
    assert held[f"rating:{story.LEAD}:1:{story.MEMBER}"]


def test_a_whole_file_is_archived_after_the_close_and_says_what_it_holds(story: "Story") -> None:
    story.up_to("close")
    event = take(story)
    assert isinstance(event, ProposalArchived)
    assert event.holds == tuple(entry.item for entry in checklist(story.case, story.rules))
    assert event.gaps == ()
    story.fold(event)
    assert story.case.overlays.archived is not None
    assert story.case.overlays.archived.shelf == "2005-067"
    with pytest.raises(Refusal) as no:
        take(story)
    assert no.value.code == "proposal.already_done"


def test_nothing_is_archived_before_the_close(story: "Story") -> None:
    story.up_to("meet_after")
    with pytest.raises(Refusal) as no:
        take(story)
    assert no.value.code == "proposal.wrong_stage"
    story.take("close")
    with pytest.raises(Refusal) as no:
        take(story, on="2005-05-19")
    assert no.value.code == "proposal.date_out_of_order"


def test_a_file_that_lacks_something_is_refused_and_the_refusal_names_it(story: "Story") -> None:
    story.up_to("close")
    story.take("strike", meeting=2)
    gap = f"meeting:during:{story.LEAD}"
    assert lacking(story) == [gap]
    with pytest.raises(Refusal) as no:
        take(story)
    assert (no.value.code, no.value.facts) == ("archive.file_incomplete", {"missing": [gap]})
    event = take(story, gap)
    assert isinstance(event, ProposalArchived)
    assert [(g.item, g.reason) for g in event.gaps] == [(gap, "原件遗失")]
    assert gap not in event.holds


@pytest.mark.parametrize("gaps", [("text",), ("photo",)])
def test_a_gap_that_is_none_is_refused(story: "Story", gaps: tuple[str, ...]) -> None:
    story.up_to("close")
    with pytest.raises(Refusal) as no:
        take(story, *gaps)
    assert (no.value.code, no.value.facts) == ("archive.gap_unfounded", {"items": list(gaps)})


def test_the_file_of_an_erased_case_lacks_its_text(story: "Story") -> None:
    story.up_to("close")
    story.take("erase")
    assert lacking(story) == ["text"]


def test_a_waived_meeting_is_no_gap(story: "Story") -> None:
    story.up_to("contact")
    assert f"meeting:before:{story.LEAD}" in lacking(story)
    story.take("waive_step", step="meeting_before")
    assert f"meeting:before:{story.LEAD}" not in lacking(story)


def test_that_a_cosigner_was_told_by_the_first_signer_is_in_the_file(stories: "type[Story]") -> None:
    story = stories(cosigners=(stories.COSIGNER,))
    answer = story.rules.pack.answer.model_copy(update={"cosigners": "each_or_lead_relays"})
    story.pack = story.rules.pack.model_copy(update={"answer": answer})
    story.up_to("contact")
    story.take("consent")
    story.given("meet_before", "meet_during", "draft", "review", "sign", "stamp", "deliver", "receive", "rate")
    relay = f"relay:{story.LEAD}:1:{story.COSIGNER}"
    assert relay in lacking(story)
    assert f"receipt:{story.LEAD}:1:{story.COSIGNER}" not in lacking(story)
    story.take("relay")
    assert relay not in lacking(story)


def test_a_corrected_history_leaves_the_file_in_the_archive(story: "Story") -> None:
    story.up_to("close")
    story.fold(take(story))
    story.fold(HistoryCorrected(acts=tuple(told(event) for event in story.events[:-1]), corrected_on=story.day))
    assert story.case.stage == "closed"
    assert story.case.overlays.archived is not None
