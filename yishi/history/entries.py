"""One entry for each event of a case: when it happened, when it was recorded, who did what, for whom, by which right.

The Chinese terms of events, of their fields and of what the fields may hold come from the contracts.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.clocks import Clock
from contracts.days import business_date
from contracts.envelope import Envelope
from contracts.event import Event
from contracts.proposals import ToldAct
from contracts.registry import EVENTS
from contracts.sealed import Sealed, SealedFile
from contracts.terms import field_term, term_of, value_term
from runtime.messages import Recorded, read
from services.notifications.wording import KINDS, rule_in_words
from yishi.events import CHINA
from yishi.history.clocks import ClockChange, told
from yishi.history.names import ROLES, Names

LEFT_OUT = frozenset({"clocks", "case", "subject", "clock", "meeting", "pack_digest"})
"""Fields that name what the reader has before him, or only a program reads."""


@dataclass(frozen=True)
class Entry:
    """What one event tells."""

    sequence: int
    event: str
    type: str
    term: str
    happened_on: date
    """Business date, Asia/Shanghai; where an event has none, the day on which it was recorded."""
    recorded_at: datetime
    """When the service recorded it, Asia/Shanghai."""
    simulated: bool
    actor: str
    """Who acted: a token's subject."""
    actor_name: str
    role: str
    unit: str | None
    on_behalf_of: str | None
    """For whom: a token's subject."""
    on_behalf_of_name: str | None
    authority: str | None
    facts: dict[str, str]
    sealed: tuple[str, ...]
    """What else it holds, unreadable here."""
    clocks: tuple[ClockChange, ...]


def entries(messages: Sequence[Recorded], names: Names) -> Iterator[Entry]:
    """Tell a case's events in the log's order."""
    read_ones = [(message, read(message, strict=False)) for message in messages]
    known = {
        clock.id: clock for _, envelope in read_ones if envelope.data.clocks for clock in envelope.data.clocks.opened
    }
    places = {envelope.id: message.sequence for message, envelope in read_ones}
    for message, envelope in read_ones:
        yield _entry(message, envelope, names, known, places)


def _entry(
    message: Recorded, envelope: Envelope[Any], names: Names, known: dict[UUID, Clock], places: dict[UUID, int]
) -> Entry:
    recorded = envelope.time.astimezone(CHINA)
    on, day_field = business_date(envelope.data)
    on = on or recorded.date()
    facts, sealed = _facts(envelope.data, names, on, places, {*LEFT_OUT, day_field})
    if envelope.provenance is not None:
        facts["导入自"] = envelope.provenance
    return Entry(
        sequence=message.sequence,
        event=str(envelope.id),
        type=envelope.type,
        term=term_of(EVENTS[envelope.type]) if envelope.type in EVENTS else envelope.type,
        happened_on=on,
        recorded_at=recorded,
        simulated=bool(envelope.simulated),
        actor=envelope.actor,
        actor_name=names.party(envelope.actor, on),
        role=ROLES.get(envelope.actorrole, envelope.actorrole),
        unit=names.of(envelope.actorunit, on) if envelope.actorunit else None,
        on_behalf_of=envelope.onbehalfof,
        on_behalf_of_name=names.party(envelope.onbehalfof, on) if envelope.onbehalfof else None,
        authority=envelope.authority,
        facts=facts,
        sealed=sealed,
        clocks=tuple(told(envelope.data.clocks, known, names, on)),
    )


def _facts(
    event: Event, names: Names, on: date, places: dict[UUID, int], left_out: set[str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    facts: dict[str, str] = {}
    sealed = []
    for name, value in event:
        if name in left_out or (name == "round" and value == 1):
            continue
        label = field_term(type(event), name) or name
        if isinstance(value, Sealed):
            sealed.append(label)
        elif isinstance(value, tuple) and value and isinstance(value[0], SealedFile):
            sealed.append(f"{label} {len(value)} 份")
        elif words := _words(event, name, value, names, on, places):
            facts[label] = words
    return facts, tuple(sealed)


def _words(event: Event, name: str, value: Any, names: Names, on: date, places: dict[UUID, int]) -> str:
    """Say what a field holds; nothing when it holds nothing worth saying."""
    match value:
        case None | ():
            return ""
        case bool():
            return "是" if value else ("否" if type(event).model_fields[name].is_required() else "")
        case UUID():
            return f"序号 {places[value]} 的事件" if value in places else names.of(value, on)
        case ToldAct():
            return term_of(EVENTS[value.type]) if value.type in EVENTS else value.type
        case tuple():
            return "、".join(_words(event, name, part, names, on, places) for part in value)
        case str() if name == "clock_kind":
            return KINDS.get(value, value)
        case str() if name == "rule":
            return rule_in_words(value)
        case str() if re.match(r"(unit|member|body|person|service):", value):
            return names.party(value, on)
        case str():
            return value_term(type(event), name, value)
        case _:
            return str(value)
