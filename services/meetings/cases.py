"""The cases 件 as far as meetings depend on them: our own copy of what the proposals service has recorded."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.proposals import (
    CosignerConfirmed,
    ProposalClosed,
    ProposalDeclined,
    ProposalErased,
    ProposalHandedOver,
    ProposalRegistered,
    ProposalRevised,
    ProposalSubmitted,
    RehandlingOrdered,
)
from runtime.erasing import Eraser
from runtime.folds import Fold, State
from runtime.tables import Change, Opener, Row, Table


class CaseFacts(State):
    """What a meeting needs to know of its case."""

    title: str = ""
    kind: str = ""
    body: UUID | None = None
    number: int | None = None
    submitter: UUID | None = None
    cosigners: tuple[UUID, ...] = ()
    """Those who confirmed."""
    lead: UUID | None = None
    co: tuple[UUID, ...] = ()
    handed_over_on: date | None = None
    pack_digest: str | None = None
    closed: bool = False
    erased: bool = False

    @property
    def known(self) -> bool:
        """Say whether there is such a case at all."""
        return self.submitter is not None

    @property
    def units(self) -> frozenset[str]:
        """Give the units that handle the case, lead and co, as tokens name them."""
        return frozenset(str(unit) for unit in (self.lead, *self.co) if unit is not None)

    @property
    def members(self) -> frozenset[str]:
        """Give the members whose case it is, as the ids in their tokens' subjects."""
        return frozenset(str(member) for member in (self.submitter, *self.cosigners) if member is not None)


def evolve(case: CaseFacts, event: Event, envelope: Envelope[Any]) -> CaseFacts:
    """Give what is known of the case after an event; most events change nothing that meetings depend on."""
    match event:
        case ProposalSubmitted():
            return CaseFacts(title=event.title, kind=event.kind, body=event.body, submitter=event.submitter)
        case ProposalRevised():
            return case.model_copy(update={"title": event.title})
        case ProposalRegistered():
            return case.model_copy(update={"number": event.number})
        case CosignerConfirmed():
            return case.model_copy(update={"cosigners": (*case.cosigners, event.member)})
        case ProposalHandedOver():
            return case.model_copy(
                update={
                    "lead": event.lead,
                    "co": event.co,
                    "handed_over_on": event.handed_over_on,
                    "pack_digest": event.pack_digest,
                }
            )
        case ProposalClosed() | ProposalDeclined():
            return case.model_copy(update={"closed": True})
        case RehandlingOrdered():
            return case.model_copy(update={"closed": False})
        case ProposalErased():
            return case.model_copy(update={"erased": True})
        case _:
            return case


def _rows(change: Change[CaseFacts], opener: Opener) -> Iterable[Row]:
    case = change.held.state
    if not case.known:
        return
    yield {
        "title": case.title,
        "kind": case.kind,
        "body": case.body,
        "number": case.number,
        "units": sorted(case.units),
        "members": sorted(case.members),
        "closed": case.closed,
        "erased": case.erased,
    }


CASES: Table[CaseFacts] = Table(
    name="cases",
    columns={
        "title": "text NOT NULL",
        "kind": "text NOT NULL",
        "body": "uuid NOT NULL",
        "number": "int",
        "units": "text[] NOT NULL",
        "members": "text[] NOT NULL",
        "closed": "boolean NOT NULL",
        "erased": "boolean NOT NULL",
    },
    rows=_rows,
    indexes=("USING gin (units)", "USING gin (members)"),
)

CASE: Fold[CaseFacts] = Fold("proposals", "proposal", CaseFacts, evolve, (CASES, Eraser(ProposalErased)))
