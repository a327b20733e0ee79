"""What one stored message must look like before anybody believes it.

The server stamps headers that an honest append never carries, and an honest append always names the sequence
it expects. A message that fails here was not written by `EventLog.append` and is never applied.
Source: ADR 0001, "append is the only door".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.envelope import TYPE_HEADER, Address, Envelope, digest_of
from contracts.event import Event
from contracts.registry import EVENTS, UPCASTS
from contracts.upcast import upcast
from runtime.reasons import what_is_wrong

EXPECTED_SEQUENCE_HEADER = "Nats-Expected-Last-Subject-Sequence"
BATCH_ID_HEADER = "Nats-Batch-Id"
BATCH_SEQUENCE_HEADER = "Nats-Batch-Sequence"
BATCH_COMMIT_HEADER = "Nats-Batch-Commit"
FORBIDDEN_HEADERS = ("Nats-Stream", "Nats-Subject")


class MessageRejected(Exception):
    """A stored message that no honest append wrote."""


class UnknownEventType(Exception):
    """A well-formed event whose type this program does not know."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One message of the log with its place: stream sequence and the server's time."""

    sequence: int
    subject: str
    raw: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    stored_at: datetime | None = None

    @property
    def hash(self) -> str:
        """Give `sha256:…` of the exact stored bytes."""
        return digest_of(self.raw)


def batch_place(headers: Mapping[str, str]) -> tuple[str, int] | None:
    """Give the atomic batch that a message was stored with, and its place in it, 1 = first; None for a plain one.

    Source: ADR 0009. Only the server stores these headers, and a batch as a whole or not at all.
    """
    batch, place = headers.get(BATCH_ID_HEADER), headers.get(BATCH_SEQUENCE_HEADER, "")
    return (batch, int(place)) if batch and place.isascii() and place.isdecimal() else None


def follows_in_batch(headers: Mapping[str, str]) -> bool:
    """Say whether a message names no sequence because it follows its aggregate's last event in the same batch."""
    place = batch_place(headers)
    return EXPECTED_SEQUENCE_HEADER not in headers and place is not None and place[1] > 1


class _Anything(Event):
    """Stands for the data of an event type that this program does not know."""

    service = "unknown"
    aggregate = "unknown"


_ENVELOPES: dict[str, type[Envelope[Any]]] = {name: Envelope[cls] for name, cls in EVENTS.items()}  # type: ignore[valid-type]


def read(message: Recorded, *, strict: bool = True) -> Envelope[Any]:
    """Give the event that a stored message holds, brought to its newest version.

    With `strict=False` an unknown type gives an envelope with empty data instead of an error.

    Raises: MessageRejected when the message was not honestly appended or is not one of our events;
    UnknownEventType.
    """
    if EXPECTED_SEQUENCE_HEADER not in message.headers and not follows_in_batch(message.headers):
        raise MessageRejected(f"no {EXPECTED_SEQUENCE_HEADER} header")
    for header in FORBIDDEN_HEADERS:
        if header in message.headers:
            raise MessageRejected(f"carries a {header} header")
    try:
        address = Address.parse(message.subject)
    except ValueError as wrong:
        raise MessageRejected(str(wrong)) from wrong
    envelope = _decode(message, strict=strict)
    if envelope.address != address:
        raise MessageRejected(f"the body says {envelope.address.subject}, the subject {message.subject}")
    return envelope


def _decode(message: Recorded, *, strict: bool) -> Envelope[Any]:
    try:
        model = _ENVELOPES.get(message.headers.get(TYPE_HEADER, ""))
        if model is not None:
            envelope = model.model_validate_json(message.raw)
            if envelope.type != message.headers[TYPE_HEADER]:
                raise MessageRejected("type header and body differ")
            return envelope
        body = json.loads(message.raw)
        if body["type"] != message.headers.get(TYPE_HEADER):
            raise MessageRejected("type header and body differ")
        name, data = upcast(body["type"], body["data"], UPCASTS)
        model = _ENVELOPES.get(name)
        if model is None and not strict:
            return Envelope[_Anything].model_validate(body)
        if model is None:
            raise UnknownEventType(name)
        return model.model_validate(body | {"data": data})
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise MessageRejected(f"not an event: {what_is_wrong(wrong)}") from wrong
