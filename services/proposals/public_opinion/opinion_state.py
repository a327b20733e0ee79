"""What a report of public opinion 社情民意 is after its events: wording, adoptions, forwardings, points.

Which acts are allowed is decided in opinion.
"""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.opinions import (
    OpinionAdopted,
    OpinionEdited,
    OpinionErased,
    OpinionFedBack,
    OpinionForwarded,
    OpinionScored,
    OpinionSubmitted,
)
from contracts.sealed import Sealed
from runtime.folds import State


class _Part(BaseModel):
    """A part of the state."""

    model_config = ConfigDict(frozen=True)


class Adoption(_Part):
    """That it was adopted at a level 采用, and what that earned."""

    level: str
    adopted_by: str
    issue: str | None
    adopted_on: date
    points: int | None = None


class Forwarding(_Part):
    """To whom it was forwarded 转送, and what came back."""

    number: int
    to: str
    unit: UUID | None
    forwarded_on: date
    fed_back_on: date | None = None
    feedback: Sealed | None = None


class Opinion(State):
    """A report of public opinion 社情民意."""

    body: UUID | None = None
    title: str = ""
    text: Sealed | None = None
    submitter: UUID | None = None
    case: UUID | None = None
    submitted_on: date | None = None
    edited_on: date | None = None
    adoptions: tuple[Adoption, ...] = ()
    forwardings: tuple[Forwarding, ...] = ()
    erased: bool = False

    @property
    def points(self) -> int:
        """Give all that it has earned."""
        return sum(adoption.points or 0 for adoption in self.adoptions)


def evolve(opinion: Opinion, event: Event, envelope: Envelope[Any]) -> Opinion:
    """Give the report after an event."""
    match event:
        case OpinionSubmitted():
            return Opinion(**{name: value for name, value in event if name != "clocks"})
        case OpinionEdited():
            update: dict[str, Any] = {"title": event.title, "text": event.text, "edited_on": event.edited_on}
        case OpinionAdopted():
            adoption = Adoption(**event.model_dump(exclude={"clocks"}))
            update = {"adoptions": (*opinion.adoptions, adoption)}
        case OpinionScored():
            update = {"adoptions": tuple(_scored(adoption, event) for adoption in opinion.adoptions)}
        case OpinionForwarded():
            forwarding = Forwarding(**event.model_dump(exclude={"clocks"}))
            update = {"forwardings": (*opinion.forwardings, forwarding)}
        case OpinionFedBack():
            update = {"forwardings": tuple(_fed_back(forwarding, event) for forwarding in opinion.forwardings)}
        case OpinionErased():
            update = {"erased": True}
        case _:
            raise AssertionError(f"no fold for {type(event).__name__}")
    return opinion.model_copy(update=update)


def _scored(adoption: Adoption, event: OpinionScored) -> Adoption:
    return adoption.model_copy(update={"points": event.points}) if adoption.level == event.level else adoption


def _fed_back(forwarding: Forwarding, event: OpinionFedBack) -> Forwarding:
    if forwarding.number != event.number:
        return forwarding
    return forwarding.model_copy(update={"fed_back_on": event.fed_back_on, "feedback": event.feedback})
