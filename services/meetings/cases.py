"""The cases 件 as far as meetings depend on them: our own copy of what the proposals service has recorded."""

from collections.abc import Iterable
from datetime import date
from functools import reduce
from typing import Any
from uuid import UUID

from contracts.assignment import UnitRedirected, UnitSucceeded
from contracts.envelope import Envelope
from contracts.event import Event
from contracts.proposals import (
    CosignerConfirmed,
    HistoryCorrected,
    ProposalClosed,
    ProposalDeclined,
    ProposalErased,
    ProposalHandedOver,
    ProposalRegistered,
    ProposalRevised,
    ProposalSubmitted,
    RehandlingOrdered,
)
from contracts.retelling import retold
from contracts.review import MergeUndone, OriginalJoined, OriginalReleased, ProposalMerged, ProposalWithdrawn
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
    separate: tuple[UUID, ...] = ()
    originals: dict[UUID, tuple[UUID, ...]] = {}
    """The cases merged into this one, with who signed them."""
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
        """Give the units that handle the case, lead, separate and co, as tokens name them."""
        return frozenset(str(unit) for unit in (self.lead, *self.separate, *self.co) if unit is not None)

    @property
    def members(self) -> frozenset[str]:
        """Give the members whose case it is, as the ids in their tokens' subjects."""
        merged = (member for signers in self.originals.values() for member in signers)
        return frozenset(str(member) for member in (self.submitter, *self.cosigners, *merged) if member is not None)


def evolve(case: CaseFacts, event: Event, envelope: Envelope[Any]) -> CaseFacts:
    """Give what is known of the case after an event; most events change nothing that meetings depend on."""
    match event:
        case HistoryCorrected():
            return reduce(lambda case, act: evolve(case, act, envelope), retold(event), CaseFacts())
        case ProposalSubmitted():
            return CaseFacts(
                title=event.title,
                kind=event.kind,
                body=event.body,
                submitter=event.submitter,
                cosigners=event.cosigners if event.split_from else (),
            )
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
                    "separate": event.separate or (),
                    "co": event.co,
                    "handed_over_on": event.handed_over_on,
                    "pack_digest": event.pack_digest,
                }
            )
        case OriginalJoined():
            return case.model_copy(update={"originals": {**case.originals, event.original: event.signers}})
        case OriginalReleased():
            left = {id: signers for id, signers in case.originals.items() if id != event.original}
            return case.model_copy(update={"originals": left})
        case UnitRedirected() | UnitSucceeded():
            return _replaced(case, event.unit, event.to)
        case ProposalClosed() | ProposalDeclined() | ProposalWithdrawn() | ProposalMerged():
            return case.model_copy(update={"closed": True})
        case RehandlingOrdered() | MergeUndone():
            return case.model_copy(update={"closed": False})
        case ProposalErased():
            return case.model_copy(update={"erased": True})
        case _:
            return case


def _replaced(case: CaseFacts, unit: UUID, to: UUID | None) -> CaseFacts:
    """Give the case with one unit in another's place."""

    def other(units: tuple[UUID, ...]) -> tuple[UUID, ...]:
        return tuple(new for old in units if (new := to if old == unit else old) is not None)

    lead = to if case.lead == unit else case.lead
    return case.model_copy(update={"lead": lead, "separate": other(case.separate), "co": other(case.co)})


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
