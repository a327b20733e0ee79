"""Mandates 委托 as a service keeps them for itself: who may act for whom, in which acts, from when until when."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.members import MandateGiven, MandateRevoked
from runtime.folds import Fold, State
from runtime.tables import Change, Opener, Row, Table

if TYPE_CHECKING:
    from runtime.process import Process


class Mandate(State):
    """Who may act for whom; a mandate ends on the earlier of its last day and its revocation."""

    giver: str = ""
    holder: str = ""
    acts: tuple[str, ...] = ()
    from_on: date | None = None
    until_on: date | None = None
    revoked_on: date | None = None


def evolve(mandate: Mandate, event: Event, envelope: Envelope[Any]) -> Mandate:
    """Give the mandate after an event; other events leave it as it is."""
    match event:
        case MandateGiven():
            return Mandate(
                giver=event.giver,
                holder=event.holder,
                acts=event.acts,
                from_on=event.from_on,
                until_on=event.until_on,
            )
        case MandateRevoked():
            return mandate.model_copy(update={"revoked_on": event.on})
        case _:
            return mandate


def _rows(change: Change[Mandate], opener: Opener) -> Iterable[Row]:
    mandate = change.held.state
    if mandate.until_on is not None:
        yield {
            "giver": mandate.giver,
            "holder": mandate.holder,
            "acts": mandate.acts,
            "from_on": mandate.from_on,
            "until_on": min(mandate.until_on, mandate.revoked_on or mandate.until_on),
            "revoked_on": mandate.revoked_on,
            "version": change.held.version,
        }


MANDATE_TABLE: Table[Mandate] = Table(
    name="mandates",
    columns={
        "giver": "text NOT NULL",
        "holder": "text NOT NULL",
        "acts": "text[] NOT NULL",
        "from_on": "date NOT NULL",
        "until_on": "date NOT NULL",
        "revoked_on": "date",
        "version": "int NOT NULL",
    },
    rows=_rows,
)

MANDATES: Fold[Mandate] = Fold("members", "mandate", Mandate, evolve, (MANDATE_TABLE,))


async def mandate_holds(
    process: "Process", county: str, actor: str, for_whom: str, authority: str, action: str, day: date
) -> bool:
    """Say whether mandate `authority` lets `actor` do `action` for `for_whom` on a business date, ends included."""
    async with process.database.county(county) as db:
        found = await db.fetchval(
            "SELECT 1 FROM mandates WHERE id = $1 AND giver = $2 AND holder = $3 AND $4 = ANY(acts) "
            "AND $5 BETWEEN from_on AND until_on",
            authority,
            for_whom,
            actor,
            action,
            day,
        )
    return found is not None
