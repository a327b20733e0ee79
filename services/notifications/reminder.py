"""A reminder 提醒/催办: sent once for a clock, a rule and a last day, and read by one of those it was for."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, assert_never

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.notifications import ReminderRead, ReminderSent
from runtime.folds import Fold, State
from runtime.tables import Change, Opener, Row, Table
from services.notifications.refusals import ReminderAlreadyRead, ReminderAlreadySent


class Reminder(State):
    """What a reminder is: nothing until it has been sent."""

    sent: ReminderSent | None = None
    sent_at: datetime | None = None
    read_by: str | None = None
    read_on: date | None = None


def evolve(reminder: Reminder, event: Event, envelope: Envelope[Any]) -> Reminder:
    """Give the reminder after an event."""
    assert isinstance(event, ReminderSent | ReminderRead)
    match event:
        case ReminderSent():
            return Reminder(sent=event, sent_at=envelope.time)
        case ReminderRead():
            return reminder.model_copy(update={"read_by": event.by, "read_on": event.read_on})
        case _:
            assert_never(event)


def send(reminder: Reminder, reminded: ReminderSent) -> ReminderSent:
    """Decide to send a reminder.

    Raises: ReminderAlreadySent.
    """
    if reminder.sent is not None:
        raise ReminderAlreadySent
    return reminded


def read(reminder: Reminder, by: str, on: date) -> ReminderRead:
    """Decide that it has been read.

    Raises: ReminderAlreadyRead.
    """
    if reminder.read_on is not None:
        raise ReminderAlreadyRead
    return ReminderRead(by=by, read_on=on)


def _rows(change: Change[Reminder], opener: Opener) -> Iterable[Row]:
    reminder = change.held.state
    assert reminder.sent is not None
    yield {
        **reminder.sent.model_dump(exclude={"clocks"}),
        "sent_at": reminder.sent_at,
        "read_by": reminder.read_by,
        "read_on": reminder.read_on,
        "version": change.held.version,
    }


REMINDERS: Table[Reminder] = Table(
    name="reminders",
    columns={
        "clock": "uuid NOT NULL",
        "clock_kind": "text NOT NULL",
        "subject": "text NOT NULL",
        "whom": "text NOT NULL",
        "due_on": "date NOT NULL",
        "rule": "text NOT NULL",
        "for_on": "date NOT NULL",
        "provisional": "boolean NOT NULL",
        "sent_at": "timestamptz NOT NULL",
        "read_by": "text",
        "read_on": "date",
        "version": "int NOT NULL",
    },
    rows=_rows,
    indexes=("(county, clock, due_on, for_on)", "(county, sent_at, id)", "(county, whom, sent_at, id)"),
)

REMINDER: Fold[Reminder] = Fold("notifications", "reminder", Reminder, evolve, (REMINDERS,), own=True)
