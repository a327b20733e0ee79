"""What other services' events cause here: a case notes its handler meetings, and moves its clocks with a calendar."""

from typing import Any
from uuid import UUID

from contracts.envelope import Envelope
from contracts.meetings import HandlerMeetingWithdrawn, HandlerMet
from contracts.members import CalendarPublished
from runtime.execute import Act
from runtime.process import Process
from runtime.reactions import Reaction
from services.proposals.folds import PROPOSAL
from services.proposals.handling import handling
from services.proposals.publication import move_clocks


async def note_meeting(process: Process, envelope: Envelope[Any], act: Act) -> None:
    """A handler met the member: the case takes note, and may now be signed or closed."""
    met = envelope.data
    assert isinstance(met, HandlerMet)
    meeting = UUID(envelope.address.id)
    await process.executor.execute(
        PROPOSAL, str(met.case), act, lambda case: handling.note_meeting(case, meeting, met)
    )


async def strike_meeting(process: Process, envelope: Envelope[Any], act: Act) -> None:
    """A meeting record was withdrawn: the case counts it no longer."""
    withdrawn = envelope.data
    assert isinstance(withdrawn, HandlerMeetingWithdrawn)
    meeting = UUID(envelope.address.id)
    await process.executor.execute(
        PROPOSAL,
        str(withdrawn.case),
        act,
        lambda case: handling.strike_meeting(case, meeting, withdrawn.withdrawn_on),
    )


REACTIONS = (
    Reaction("note-meeting", HandlerMet, note_meeting),
    Reaction("strike-meeting", HandlerMeetingWithdrawn, strike_meeting),
    Reaction("move-clocks", CalendarPublished, move_clocks),
)
