"""A deliberative body 机构: 政协委员会, 人大常委会, 乡镇人大主席团, 工会, 村(社区)协商委员会."""

from datetime import date
from typing import Any

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.members import BodyEstablished
from runtime.folds import State
from services.members.commands import EstablishBody


class Body(State):
    """What a body is."""

    name: str = ""
    kind: str = ""
    established_on: date | None = None


def evolve(body: Body, event: Event, envelope: Envelope[Any]) -> Body:
    """Give the body after an event."""
    assert isinstance(event, BodyEstablished)
    return Body(name=event.name, kind=event.kind, established_on=event.established_on)


def establish(command: EstablishBody) -> BodyEstablished:
    """Decide that a body exists."""
    return BodyEstablished(name=command.name, kind=command.kind, established_on=command.established_on)
