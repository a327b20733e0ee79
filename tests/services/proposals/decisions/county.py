"""A county for the stateful test: its cases, each folded as a service does it, and what must hold of a closed one."""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from contracts.event import Event
from rules.calendar import Calendars
from rules.pack import Pack, load_pack
from rules.shelf import published_packs, shipped_calendars
from runtime.folds import Held
from runtime.tables import Change
from services.proposals.answering import matrix
from services.proposals.case.proposal import Proposal
from services.proposals.reporting import tallies

if TYPE_CHECKING:
    from tests.services.proposals.decisions.story import Story

ALL_YEARS = shipped_calendars()
UNTIL_2005 = Calendars(calendar for year, calendar in ALL_YEARS.items() if year <= 2005)
PACKS = {name: load_pack(raw) for name, raw in sorted(published_packs().items())}

OPTIONS: dict[str, tuple[str, ...]] = {
    "confirm": ("confirm", "decline_cosigning"),
    "register": (*["register"] * 8, "give_back", "decline"),
    "give_opinion": ("opinion", "waive"),
    "sign": ("meet_before", "meet_during", "meet_during", "show_draft", "comment", "sign", "sign"),
    "deliver": ("stamp", "check", "deliver", "deliver"),
    "rate": ("rate", "rate", "enter", "remind", "lapse"),
    "rehandle": ("rehandle", "rehandle", "assess"),
    "close": ("meet_after", "close"),
    "decide_adjustment": ("redirect", "refuse_adjustment"),
    "decide_extension": ("grant_extension", "refuse_extension", "relay_extension"),
    "tell_extension": ("explain_extension",),
    "keep_commitment": ("keep", "put_off", "restate"),
    "tell_commitment": ("tell",),
}
"""What may be done about something that is owed; else the act of that name."""
OF_TWO_CASES = ("join", "merge", "release", "undo_merge", "split")
KINDS = ("return", "contact", "co_opinion", "unit_reply", "reply", "rehandle", "rating")


@dataclass
class Case:
    """One case with its events."""

    id: UUID
    story: "Story"
    stored: str = ""
    """The state as it was stored after the last event."""
    numbered: int | None = None

    @property
    def state(self) -> Proposal:
        return self.story.case

    def accept(self, event: Event) -> None:
        """Fold an event twice: into the state, and into the state as a service reads it from its row."""
        before = self.story.held
        stored = Proposal.model_validate_json(self.stored) if self.stored else Proposal()
        self.story.fold(event)
        again = Held(stored, before.version, before.sequence, before.hash, before.time, before.handled)
        folded, self.story.held = self.story.held, again
        self.story.events.pop()
        self.story.fold(event)
        assert self.story.held == folded
        self.stored = folded.state.model_dump_json(exclude_defaults=True)


@dataclass
class County:
    """What all cases share."""

    today: date = date(2005, 8, 22)
    calendars: Calendars = field(default_factory=lambda: UNTIL_2005)
    cases: list[Case] = field(default_factory=list)


def statistics_rows(case: Case) -> list[dict[str, Any]]:
    """Give the row of the statistics that the state derives."""
    change: Change[Proposal] = Change(None, str(case.id), case.story.held, frozenset())  # type: ignore[arg-type]
    return list(tallies.STATISTICS.rows(change, None))  # type: ignore[arg-type]


def answered(case: Proposal, pack: Pack) -> None:
    """Check that everybody who must be answered has been, and has rated, or as the pack has it need not."""
    rows = matrix.owed(case)
    assert {row.unit for row in rows} == set(case.answering)
    assert {row.member for row in rows} >= set(case.signers)
    for row in rows:
        reply = case.work_of(row.unit).reply
        assert reply is not None
        assert reply.signed_on is not None
        if row.how == "relayed":
            assert row.relayed_on is not None
            assert row.by in reply.delivered
            continue
        assert row.delivered_on is not None
        if not row.rates:
            continue
        assert row.rated is not None
        assert row.delivered_on <= row.rated.on
        if row.rated.given == "lapsed":
            assert row.rated.result == pack.ratings.silence.counts_as
            assert len(reply.reminded[row.member]) >= pack.ratings.silence.reminders
        assert not row.rated.rehandle or reply.settled
    for unit in case.answering:
        reply = case.work_of(unit).reply
        assert reply is not None
        if pack.seal == "required":
            assert reply.stamped_on is not None
        if pack.office_check == "required":
            assert reply.checked_on is not None
        for stage in ("before", "during", "after"):
            wanted = getattr(pack.meetings, stage)
            waived = f"meeting_{stage}" in case.work_of(unit).waived
            assert waived or case.met(stage, date.max, unit) >= wanted
    assert set(case.co) <= set(case.opinions)
