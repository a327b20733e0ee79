"""Folds: how the events of one kind of aggregate become a state, and what is kept of it.

A service folds its own aggregates to decide on them, and others' to know the names and facts it shows. Both go
through the same mechanism, so every row of a projection derives from exactly one aggregate.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, TypeAdapter

from contracts.envelope import Address, Envelope
from contracts.event import Event

if TYPE_CHECKING:
    from runtime.tables import ReadModel

S = TypeVar("S", bound="State")


class State(BaseModel):
    """What an aggregate is after its events; every field has a default, so that `State()` is the beginning."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Handled(NamedTuple):
    """What a command that was carried out did."""

    digest: str
    version: int
    sequence: int
    type: str


HANDLED: TypeAdapter[dict[UUID, Handled]] = TypeAdapter(dict[UUID, Handled])


@dataclass(frozen=True)
class Held(Generic[S]):
    """A state with its place in the log: what `execute` needs to append the next event."""

    state: S
    version: int = 0
    sequence: int = 0
    hash: str | None = None
    time: datetime | None = None
    handled: dict[UUID, Handled] = field(default_factory=dict)


@dataclass(frozen=True)
class Fold(Generic[S]):
    """How one kind of aggregate is folded; `service` and `aggregate` may be "*" to follow all of them."""

    service: str
    aggregate: str
    state: type[S]
    evolve: Callable[[S, Event, Envelope[Any]], S]
    read_models: "tuple[ReadModel, ...]" = ()
    name: str = ""
    but: tuple[str, ...] = ()
    """Services whose events a fold that follows all leaves aside."""
    own: bool = False
    """Our own aggregate: an unknown event type parks it, and handled commands are remembered."""

    @cached_property
    def beginning(self) -> Held[S]:
        """Give what is held of an aggregate before its first event."""
        return Held(self.state())

    @cached_property
    def key(self) -> str:
        """Give the name under which the states are kept."""
        return self.name or f"{self.service}.{self.aggregate}"

    def follows(self, address: Address) -> bool:
        """Say whether the fold takes this aggregate's events."""
        return (
            address.service not in self.but
            and self.service in ("*", address.service)
            and self.aggregate in ("*", address.aggregate)
        )

    def id_of(self, address: Address) -> str:
        """Give the id under which the state is kept within its county."""
        return f"{address.service}.{address.aggregate}.{address.id}" if self.service == "*" else address.id

    def step(self, held: Held[S], envelope: Envelope[Any], sequence: int, digest: str) -> Held[S]:
        """Give what is held after one more event.

        Raises: BrokenChain when the event does not follow the last one.
        """
        if envelope.version != held.version + 1 or envelope.prevhash != held.hash:
            raise BrokenChain(
                f"version {envelope.version} after {envelope.prevhash} does not follow "
                f"version {held.version} with {held.hash}"
            )
        handled = held.handled
        if self.own:
            entry = Handled(envelope.commanddigest, envelope.version, sequence, envelope.type)
            handled = {**handled, envelope.commandid: entry}
        return Held(
            state=self.evolve(held.state, envelope.data, envelope),
            version=envelope.version,
            sequence=sequence,
            hash=digest,
            time=envelope.time,
            handled=handled,
        )


class BrokenChain(Exception):
    """An event that does not follow its aggregate's previous one."""
