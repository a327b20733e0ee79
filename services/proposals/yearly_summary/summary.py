"""A yearly summary 年度总结: asked for with a last day, handed in with counted figures, received by all three.

The figures are counted from the projection when the summary is handed in, and kept in the event: what was reported
stays what was reported, whatever is corrected later.
"""

from collections.abc import Collection
from datetime import date
from typing import Any, get_args
from uuid import UUID

from contracts.clocks import Clock, ClockChanges, ClockClosed, running_after
from contracts.envelope import Envelope
from contracts.event import Event
from contracts.sealed import Sealed
from contracts.summaries import (
    Receiver,
    Scope,
    SummaryAsked,
    SummaryErased,
    SummaryReceived,
    SummarySubmitted,
    Tally,
)
from runtime.folds import State
from runtime.refusals import CaseErased, Refusal
from services.proposals import deadlines
from services.proposals.guards import AlreadyDone, DateOutOfOrder, UnitUnknown, dated
from services.proposals.stated import stated_clock
from services.proposals.yearly_summary.summary_commands import AskSummary, EraseSummary, ReceiveSummary, SubmitSummary


class Summary(State):
    """A unit's or the office's summary of a year 年度总结."""

    unit: UUID | None = None
    scope: Scope = "unit"
    year: int = 0
    asked_by: str = ""
    asked_on: date | None = None
    due_on: date | None = None
    submitted_on: date | None = None
    text: Sealed | None = None
    lead: Tally | None = None
    co: Tally | None = None
    receipts: dict[Receiver, date] = {}
    clocks: dict[UUID, Clock] = {}
    """Running clocks."""
    erased: bool = False

    @property
    def lacking(self) -> tuple[Receiver, ...]:
        """Name those whose receipt is missing, of all three."""
        return tuple(receiver for receiver in get_args(Receiver) if receiver not in self.receipts)


class SummaryNotSubmitted(Refusal):
    """The summary has not been handed in."""

    code, status, title = "summary.not_submitted", 409, "总结尚未报送"


class SummaryReceipted(Refusal):
    """Somebody has given a receipt: the summary stays as it is."""

    code, status, title = "summary.receipted", 409, "总结已有回执, 不能再改"


def evolve(summary: Summary, event: Event, envelope: Envelope[Any]) -> Summary:
    """Give the summary after an event."""
    match event:
        case SummaryAsked():
            due = next((clock.due_on for clock in event.clocks.opened), None) if event.clocks else None
            changed = Summary(**event.model_dump(exclude={"clocks"}), due_on=due)
        case SummarySubmitted():
            told = {name: getattr(event, name) for name in ("text", "lead", "co", "submitted_on")}
            changed = summary.model_copy(update=told)
        case SummaryReceived():
            receipts = {**summary.receipts, event.receiver: event.received_on}
            changed = summary.model_copy(update={"receipts": receipts})
        case SummaryErased():
            changed = summary.model_copy(update={"erased": True})
        case _:
            raise AssertionError(f"no fold for {type(event).__name__}")
    if event.clocks is None:
        return changed
    return changed.model_copy(update={"clocks": running_after(summary.clocks, event.clocks)})


def ask(summary: Summary, id: UUID, command: AskSummary, *, units: Collection[UUID], today: date) -> SummaryAsked:
    """Decide to have a year summed up; `units` are those of the named ones that exist.

    Raises: AlreadyDone, UnitUnknown, DateInFuture, DateOutOfOrder when it would be due before it is asked for.
    """
    if summary.unit is not None:
        raise AlreadyDone
    dated(command.asked_on, today)
    if command.unit not in units:
        raise UnitUnknown(units=[str(command.unit)])
    if command.due_on < command.asked_on:
        raise DateOutOfOrder(date=str(command.due_on), after=str(command.asked_on))
    clock = stated_clock(
        id,
        "summary",
        deadlines.unit(command.unit),
        started_by="summary_asked",
        started_on=command.asked_on,
        due_on=command.due_on,
        source=command.asked_by,
    )
    return SummaryAsked(**command.model_dump(exclude={"due_on"}), clocks=ClockChanges(opened=(clock,)))


def submit(
    summary: Summary, command: SubmitSummary, text: Sealed, *, lead: Tally, co: Tally, today: date
) -> SummarySubmitted:
    """Decide on a summary with the figures that were counted; its clock is met.

    Raises: SummaryReceipted, CaseErased, DateInFuture, DateOutOfOrder.
    """
    if summary.erased:
        raise CaseErased
    if summary.receipts:
        raise SummaryReceipted
    dated(command.submitted_on, today, summary.asked_on)
    met = tuple(ClockClosed(id=id, on=command.submitted_on) for id in summary.clocks)
    return SummarySubmitted(
        text=text, lead=lead, co=co, submitted_on=command.submitted_on, clocks=deadlines.changes(closed=met)
    )


def receive(summary: Summary, command: ReceiveSummary, today: date) -> SummaryReceived:
    """Decide on a receipt.

    Raises: SummaryNotSubmitted, AlreadyDone, DateInFuture, DateOutOfOrder.
    """
    if summary.submitted_on is None:
        raise SummaryNotSubmitted
    dated(command.received_on, today, summary.submitted_on)
    if command.receiver in summary.receipts:
        raise AlreadyDone
    return SummaryReceived(**command.model_dump())


def erase(summary: Summary, command: EraseSummary, today: date) -> SummaryErased:
    """Decide to destroy its key by order; nothing is owed in it any longer.

    Raises: AlreadyDone, DateInFuture, DateOutOfOrder.
    """
    if summary.erased:
        raise AlreadyDone
    dated(command.erased_on, today, summary.submitted_on or summary.asked_on)
    fallen = tuple(ClockClosed(id=id, on=command.erased_on, outcome="void") for id in summary.clocks)
    return SummaryErased(**command.model_dump(), clocks=deadlines.changes(closed=fallen))
