"""Imported cases 导入件: whence a case's history comes when it was not lived here, and that it passed no gates."""

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.review import OriginalJoined
from services.proposals.case.work import Part


class Imported(Part):
    """The row that a case was imported from."""

    provenance: str
    """sha256:<digest of the file>#<row>, of the last import."""
    row: str
    """Keyed digest of the row: the same row changes nothing."""
    version: int
    """Version of the case after its last imported event; a later one was lived here."""


def after(before: Imported | None, event: Event, envelope: Envelope[Event]) -> Imported | None:
    """Give where a case comes from, after an event; that another row was merged into it says nothing of its own."""
    if envelope.provenance is None:
        return before
    if isinstance(event, OriginalJoined):
        return before and before.model_copy(update={"version": envelope.version})
    return Imported(provenance=envelope.provenance, row=envelope.commanddigest, version=envelope.version)
