"""Writing a history into the log: the case's events behind each other in an atomic batch, its number with them.

A process that dies in the middle leaves whole cases; whoever runs the import again goes on. Source: ADR 0009.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from contracts.envelope import COMMAND_NAMESPACE, Address, digest_of
from contracts.event import Event
from contracts.proposals import HistoryCorrected, NumberClaimed
from contracts.retelling import told
from contracts.review import OriginalJoined
from runtime.execute import Act as Acting
from runtime.execute import enveloped
from runtime.folds import Fold, Held
from runtime.log import Appending
from services.proposals.case.proposal import Proposal, acted
from services.proposals.importing.history import Act
from services.proposals.importing.rows import CaseRow
from services.proposals.review.number import Number, number_id


@dataclass
class Written:
    """A history on its way: its events, and the case as they leave it."""

    case: Held[Proposal]
    events: list[Appending]


def command_of(case: UUID, step: str) -> UUID:
    """Give the id of the command that an act of a row stands for: the same row's same act, the same command."""
    return uuid5(COMMAND_NAMESPACE, f"import/{case}/{step}")


def write(fold: Fold[Proposal], case: UUID, acts: Iterable[tuple[str, Act]], by: Acting) -> Written:
    """Make the events of a new case; each is folded, as far as acts look at it, before the next one is made."""
    address = Address(by.county, fold.service, fold.aggregate, str(case))
    written = Written(Held(fold.state()), [])
    for step, act in acts:
        held = written.case
        envelope = enveloped(held, address, replace(by, commandid=command_of(case, step)), act(held.state))
        raw = envelope.encode()
        written.events.append(Appending(address, envelope.type, raw, None if written.events else 0))
        state = acted(held.state, envelope.data, envelope)
        written.case = Held(state, envelope.version, hash=digest_of(raw), time=envelope.time)
    return written


def _append(written: Written, fold: Fold[Proposal], address: Address, by: Acting, event: Event) -> None:
    """Put the next event of the case behind the others; only the first says which sequence it expects."""
    envelope = enveloped(written.case, address, by, event)
    raw = envelope.encode()
    expected = None if written.events else written.case.sequence
    written.events.append(Appending(address, envelope.type, raw, expected))
    written.case = fold.step(written.case, envelope, written.case.sequence, digest_of(raw))


def correct(
    fold: Fold[Proposal], case: UUID, held: Held[Proposal], acts: Iterable[tuple[str, Act]], by: Acting, on: date
) -> Written:
    """Make the event that tells an imported history again, as the corrected row has it."""
    events: list[Event] = []
    state = Proposal()
    for _, act in acts:
        events.append(act(state))
        state = fold.evolve(state, events[-1], enveloped(Held(state), _address(fold, case, by), by, events[-1]))
    corrected = HistoryCorrected(acts=tuple(told(event) for event in events), corrected_on=on)
    written = Written(held, [])
    own = replace(by, commandid=command_of(case, f"correct/{held.version + 1}"))
    _append(written, fold, _address(fold, case, by), own, corrected)
    return written


def join(fold: Fold[Proposal], main: UUID, held: Held[Proposal], joined: OriginalJoined, by: Acting) -> Appending:
    """Make the event by which the main case of a merge takes the imported one up."""
    address = _address(fold, main, by)
    own = replace(by, commandid=command_of(main, f"join/{joined.original}"))
    envelope = enveloped(held, address, own, joined)
    return Appending(address, envelope.type, envelope.encode(), held.sequence)


def rejoined(case: Proposal) -> Iterable[tuple[str, Act]]:
    """Give again, for a history that is told again, which cases were merged into the case meanwhile."""
    for id, original in case.review.originals.items():
        joined = OriginalJoined(
            original=id, number=original.number, signers=original.signers, joined_on=original.joined_on
        )
        yield f"join/{id}", lambda _, joined=joined: joined  # type: ignore[misc]


def _address(fold: Fold[Any], case: UUID, by: Acting) -> Address:
    return Address(by.county, fold.service, fold.aggregate, str(case))


def claim_number(fold: Fold[Number], row: CaseRow, body: UUID, case: UUID, by: Acting) -> Appending:
    """Make the event that claims the row's number for the case; nobody may have claimed it before."""
    claimed = NumberClaimed(
        body=body, term=row.get("term"), session=row.get("session"), number=row.get("number"), case=case
    )
    id = number_id(body, claimed.term, claimed.session, claimed.number)
    address = Address(by.county, fold.service, fold.aggregate, id)
    own = replace(by, commandid=command_of(case, f"claim/{id}"))
    envelope = enveloped(Held(fold.state()), address, own, claimed)
    return Appending(address, envelope.type, envelope.encode(), 0)
