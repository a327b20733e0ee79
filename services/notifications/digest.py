"""A half-monthly supervision digest 督办通报: what one unit or body still had open when a half month ended."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, assert_never

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.notifications import DigestEntry, DigestRead, DigestSent
from runtime.folds import Fold, State
from runtime.tables import Change, Opener, Row, Table
from services.notifications.refusals import DigestAlreadyRead, DigestAlreadySent
from services.notifications.schedule import HalfMonth

ENTRIES = 50
"""Clocks that a digest names at most; it counts all of them."""


class Digest(State):
    """What a digest is: nothing until it has been sent."""

    sent: DigestSent | None = None
    sent_at: datetime | None = None
    read_by: str | None = None
    read_on: date | None = None


def evolve(digest: Digest, event: Event, envelope: Envelope[Any]) -> Digest:
    """Give the digest after an event."""
    assert isinstance(event, DigestSent | DigestRead)
    match event:
        case DigestSent():
            return Digest(sent=event, sent_at=envelope.time)
        case DigestRead():
            return digest.model_copy(update={"read_by": event.by, "read_on": event.read_on})
        case _:
            assert_never(event)


def compose(period: HalfMonth, open_clocks: Sequence[dict[str, Any]]) -> Iterator[DigestSent]:
    """Give one digest for each party from the clocks open when the period ended.

    The clocks come sorted by party, then by last day, the undefined ones last.
    """
    for whom, group in groupby(open_clocks, key=lambda clock: str(clock["whom"])):
        entries = [
            DigestEntry(
                clock=clock["clock"],
                clock_kind=clock["kind"],
                subject=clock["subject"],
                due_on=clock["due_on"],
                overdue=clock["due_on"] is not None and clock["due_on"] < period.last,
            )
            for clock in group
        ]
        yield DigestSent(
            whom=whom,
            period_from=period.first,
            period_until=period.last,
            open=len(entries),
            overdue=sum(entry.overdue for entry in entries),
            entries=tuple(entries[:ENTRIES]),
        )


def send(digest: Digest, reported: DigestSent) -> DigestSent:
    """Decide to send a digest.

    Raises: DigestAlreadySent.
    """
    if digest.sent is not None:
        raise DigestAlreadySent
    return reported


def read(digest: Digest, by: str, on: date) -> DigestRead:
    """Decide that it has been read.

    Raises: DigestAlreadyRead.
    """
    if digest.read_on is not None:
        raise DigestAlreadyRead
    return DigestRead(by=by, read_on=on)


def _rows(change: Change[Digest], opener: Opener) -> Iterable[Row]:
    digest = change.held.state
    assert digest.sent is not None
    yield {
        **digest.sent.model_dump(exclude={"clocks"}),
        "sent_at": digest.sent_at,
        "read_by": digest.read_by,
        "read_on": digest.read_on,
        "version": change.held.version,
    }


DIGESTS: Table[Digest] = Table(
    name="digests",
    columns={
        "whom": "text NOT NULL",
        "period_from": "date NOT NULL",
        "period_until": "date NOT NULL",
        "open": "int NOT NULL",
        "overdue": "int NOT NULL",
        "entries": "jsonb NOT NULL",
        "sent_at": "timestamptz NOT NULL",
        "read_by": "text",
        "read_on": "date",
        "version": "int NOT NULL",
    },
    rows=_rows,
    indexes=("(county, whom, period_from)", "(county, sent_at, id)", "(county, whom, sent_at, id)"),
)

DIGEST: Fold[Digest] = Fold("notifications", "digest", Digest, evolve, (DIGESTS,), own=True)
