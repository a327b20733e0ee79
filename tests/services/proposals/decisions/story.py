"""One case without log or database: every act is decided on the state that the events before it gave, and folded."""

import inspect
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import pytest

from contracts.clocks import Clock
from contracts.envelope import Envelope, digest_of
from contracts.event import Event
from contracts.sealed import Sealed
from rules.calendar import Calendars
from rules.pack import Pack, load_pack
from rules.shelf import published_packs, shipped_calendars
from runtime.folds import Held
from runtime.refusals import Refusal
from services.proposals.case.proposal import Proposal
from services.proposals.deadlines import Rules
from services.proposals.folds import PROPOSAL
from tests.services.proposals.decisions.acts import inside, rated, replying, submission
from tests.services.proposals.decisions.people import (
    CASE,
    CO,
    COSIGNER,
    LEAD,
    MEMBER,
    NAMES,
    OFFICE,
    ORIGINAL,
    OTHER,
    STRANGER,
)
from tests.services.proposals.path import PATH

ACTS: dict[str, Callable[..., Event]] = {
    name: act
    for module in (submission, inside, replying, rated)
    for name, act in vars(module).items()
    if inspect.isfunction(act) and act.__module__ == module.__name__ and name[0] != "_"
}
"""Everything that can be done with a case: each function of these modules is an act of its name."""


def lacked_years(clock: Clock) -> frozenset[int]:
    """Give the years whose calendars a clock was computed without."""
    return frozenset(use.year for use in clock.proof.calendars if use.digest is None)


@cache
def shipped() -> Calendars:
    return shipped_calendars()


@cache
def pack_named(name: str) -> Pack:
    return load_pack(published_packs()[name])


@dataclass
class Story:
    """A case and everybody around it. An act takes its usual day and content unless told otherwise."""

    MEMBER, COSIGNER, STRANGER, LEAD, CO, OFFICE, OTHER = MEMBER, COSIGNER, STRANGER, LEAD, CO, OFFICE, OTHER
    CASE, ORIGINAL = CASE, ORIGINAL

    rulebook: str = "hunan-transport-2005"
    today: str = "2005-06-30"
    cosigners: tuple[UUID, ...] = ()
    co: tuple[UUID, ...] = ()
    office: UUID | None = OFFICE
    two_axes: bool = True
    role: str = "test"
    """In which everybody acts."""
    pack: Pack | None = None
    """Rules of the test's own, instead of the rulebook's."""
    events: list[Event] = field(default_factory=list)
    held: Held[Proposal] = field(default_factory=lambda: Held(Proposal()))

    @property
    def case(self) -> Proposal:
        return self.held.state

    @property
    def rules(self) -> Rules:
        return Rules(CASE, self.pack or pack_named(self.rulebook), shipped())

    def given(self, *acts: str) -> "Story":
        """Take acts with their usual content."""
        for act in acts:
            self.take(act)
        return self

    def up_to(self, last: str, *, without: Iterable[str] = ()) -> "Story":
        """Take the plain path up to and including an act, whoever has to take part."""
        for act in PATH[: PATH.index(last) + 1]:
            for whom in () if act in without else self._takers(act):
                self.take(act, **whom)
        return self

    def _takers(self, act: str) -> list[dict[str, Any]]:
        match act:
            case "confirm":
                return [{"member": member} for member in self.cosigners]
            case "sign_for":
                return [{"unit": unit} for unit in (LEAD, *self.co)]
            case "opinion":
                return [{"unit": unit} for unit in self.co]
            case "deliver" | "receive":
                return [{"member": member} for member in self.case.answer_to]
            case "rate":
                return [{"member": member} for member in self.case.raters]
        return [{}]

    def decide(self, act: str, **said: Any) -> Event:
        """Give the event of an act on the present state, or raise its refusal; nothing is folded."""
        return ACTS[act](self, **said)

    @staticmethod
    def said(act: str) -> Collection[str]:
        """Name what may be said of an act."""
        return inspect.signature(ACTS[act]).parameters.keys()

    def take(self, act: str, **said: Any) -> Event:
        """Decide on an act and fold its event."""
        event = self.decide(act, **said)
        self.fold(event)
        return event

    def fold(self, event: Event) -> None:
        """Let an event have happened."""
        self.events.append(event)
        envelope = Envelope[Any](
            id=UUID(int=1000 + len(self.events)),
            source="urn:yishi:proposals",
            type=event.type_name(),
            subject=f"proposal/{CASE}",
            time=datetime(2005, 1, 1, tzinfo=UTC),
            county="430000",
            actor="person:test",
            actorrole=self.role,
            commandid=UUID(int=2000 + len(self.events)),
            commanddigest="hmac-sha256:00",
            correlationid="test",
            version=self.held.version + 1,
            prevhash=self.held.hash,
            data=event,
        )
        self.held = PROPOSAL.step(self.held, envelope, len(self.events), digest_of(envelope.encode()))

    def refusal(self, act: str, **said: Any) -> str:
        """Give the code with which an act is refused; the case must be as before."""
        before = self.case.model_dump_json()
        with pytest.raises(Refusal) as no:
            self.take(act, **said)
        assert self.case.model_dump_json() == before
        assert no.value.title
        return no.value.code

    def running(self) -> dict[tuple[str, str, int], str | None]:
        """Give the running clocks: kind, who owes it, round; and the last day."""
        clocks = self.case.clocks.values()
        return {(c.kind, NAMES[c.whom], c.round): (c.due_on and str(c.due_on)) or None for c in clocks}

    def opened(self, event: Event) -> dict[tuple[str, str, int], str | None]:
        """Give the clocks that an event opened."""
        clocks = event.clocks.opened if event.clocks else ()
        return {(c.kind, NAMES[c.whom], c.round): (c.due_on and str(c.due_on)) or None for c in clocks}

    def closed(self, event: Event) -> set[tuple[str, str, int, str]]:
        """Give the clocks that an event has just closed, folded, with their outcome."""
        count = len(event.clocks.closed) if event.clocks else 0
        last = self.case.stopped[len(self.case.stopped) - count :]
        return {(c.kind, NAMES[c.whom], c.round, "met" if c.met else "void") for c in last}

    def sealed(self, text: str) -> Sealed:
        return Sealed(case=CASE, label="text", nonce="n", text=text)

    @property
    def day(self) -> date:
        return date.fromisoformat(self.today)
