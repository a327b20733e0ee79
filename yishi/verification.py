"""Verification 验证: walks the log in order and stops at the first message that does not follow from those before it.

Pure: messages come in as they were recorded, and a `Break` comes out, with a stable code and the reason. What is kept
for each aggregate is small: the place, hash, version and time of its last event, and the commands it has carried out.
An export is walked the same way: it may leave out whole aggregates, never an event of one that it holds.
Source: ADR 0001 (the hash chain, the headers of an honest append).
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from contracts.envelope import TYPE_HEADER, Address, Envelope, event_id
from contracts.registry import EVENTS, UPCASTS
from runtime.messages import (
    EXPECTED_SEQUENCE_HEADER,
    FORBIDDEN_HEADERS,
    MessageRejected,
    Recorded,
    batch_place,
    follows_in_batch,
    read,
)


class Break(Exception):
    """The log is broken at one message: where, which stable code, and the reason in Chinese."""

    def __init__(self, message: Recorded, code: str, reason: str) -> None:
        super().__init__(reason)
        self.sequence = message.sequence
        self.subject = message.subject
        self.code = code
        self.reason = reason
        self.event, self.type, _ = _claims(message)
        self.line: int | None = None
        """The line of the file in which it was found, when it was found in one."""

    def report(self) -> dict[str, Any]:
        """Give the break as plain values."""
        named = ("sequence", "subject", "event", "type", "code", "reason")
        return {name: getattr(self, name) for name in named} | ({"line": self.line} if self.line else {})


@dataclass(slots=True)
class _Last:
    """The newest event of an aggregate."""

    sequence: int
    hash: str
    version: int
    time: datetime
    simulated: bool
    commands: set[bytes]
    batch: tuple[str, int] | None = None
    """The atomic batch it was stored with, and its place in it."""


@dataclass
class Walk:
    """A walk along the log. `sequence` and `hash` are those of the last message that was found right."""

    sequence: int = 0
    hash: str | None = None
    contiguous: bool = True
    """No sequence is left out; otherwise they only rise."""
    midway: bool = False
    """Aggregates may have begun before the walk: the first event seen of each is taken as it is."""
    tolerance: timedelta | None = None
    """How far the recorded time may be from the server's; None does not compare them."""
    simulated: int = 0
    """Events that say that their time is a simulated clock's."""
    by_type: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    """Events of types that this program does not know: counted, and no break."""
    _last: dict[str, _Last] = field(default_factory=dict, repr=False)

    @property
    def aggregates(self) -> int:
        """Give the number of aggregates seen."""
        return len(self._last)

    def step(self, message: Recorded) -> Envelope[Any]:
        """Take the next message of the log and give its event.

        Raises: Break, after which the walk is over.
        """
        self._check_sequence(message)
        last = self._last.get(message.subject)
        known = last is not None or not self.midway
        _check_headers(message, last, known=known)
        envelope = _read(message)
        if known:
            _check_place(message, envelope, last)
        _check_itself(message, envelope)
        if self.tolerance is not None:
            _check_time(message, envelope, last, self.tolerance)
        _check_authority(message, envelope)
        self._keep(message, envelope, last)
        return envelope

    def _check_sequence(self, message: Recorded) -> None:
        if self.contiguous and message.sequence != self.sequence + 1:
            raise Break(message, "sequence_gap", f"序号应为 {self.sequence + 1}，实为 {message.sequence}")
        if message.sequence <= self.sequence:
            raise Break(message, "sequence_not_rising", f"序号 {message.sequence} 不在前一序号 {self.sequence} 之后")

    def _keep(self, message: Recorded, envelope: Envelope[Any], last: _Last | None) -> None:
        commands = last.commands if last else set()
        commands.add(envelope.commandid.bytes)
        digest = message.hash
        simulated = _is_simulated(envelope, last)
        batch = batch_place(message.headers)
        last = _Last(message.sequence, digest, envelope.version, envelope.time, simulated, commands, batch)
        self._last[message.subject] = last
        self.sequence, self.hash = message.sequence, digest
        self.simulated += simulated
        self.by_type[envelope.type] += 1
        if envelope.type not in EVENTS and envelope.type not in UPCASTS:
            self.unknown[envelope.type] += 1


def _check_headers(message: Recorded, last: _Last | None, *, known: bool) -> None:
    """Check that the message came in by the only door, behind the aggregate's last event if that is known."""
    for header in FORBIDDEN_HEADERS:
        if header in message.headers:
            raise Break(message, "foreign_header", f"消息带有 {header} 头，不是由追加写入的")
    expected = message.headers.get(EXPECTED_SEQUENCE_HEADER)
    if follows_in_batch(message.headers) and (not known or _is_next_in_batch(message, last)):
        return
    if expected is None:
        raise Break(message, "expected_sequence_missing", f"消息缺少 {EXPECTED_SEQUENCE_HEADER} 头，不是由追加写入的")
    before = last.sequence if last else 0
    if known and expected != str(before):
        raise Break(message, "expected_sequence_wrong", f"追加时预期的上一序号为 {expected}，实为 {before}")


def _is_next_in_batch(message: Recorded, last: _Last | None) -> bool:
    """Say whether a message stands right behind its aggregate's last event, in the log and in one atomic batch."""
    place = batch_place(message.headers)
    return (
        place is not None
        and last is not None
        and last.sequence == message.sequence - 1
        and last.batch == (place[0], place[1] - 1)
    )


def _read(message: Recorded) -> Envelope[Any]:
    try:
        Address.parse(message.subject)
    except ValueError as error:
        raise Break(message, "subject_invalid", "主题不是本系统的事件主题") from error
    try:
        envelope = read(message, strict=False)
    except MessageRejected as rejected:
        _, name, subject = _claims(message)
        if name not in (None, message.headers.get(TYPE_HEADER)):
            raise Break(message, "type_differs", f"类型头与事件内容中的类型 {name} 不符") from rejected
        if subject not in (None, message.subject):
            raise Break(message, "subject_differs", f"事件内容属于 {subject}，与主题不符") from rejected
        raise Break(message, "not_an_event", f"内容不是有效的事件：{rejected}") from rejected
    if message.headers.get(TYPE_HEADER) != envelope.type:
        raise Break(message, "type_differs", f"类型头与事件内容中的类型 {envelope.type} 不符")
    return envelope


def _check_place(message: Recorded, envelope: Envelope[Any], last: _Last | None) -> None:
    """Check the aggregate's own chain: version, hash, command; time never goes back."""
    version = last.version + 1 if last else 1
    if envelope.version != version:
        raise Break(message, "version_wrong", f"版本应为 {version}，实为 {envelope.version}")
    before = last.hash if last else None
    if envelope.prevhash != before:
        raise Break(message, "chain_broken", f"上一事件的散列应为 {before}，记为 {envelope.prevhash}")
    if last and envelope.time.utcoffset() is not None and envelope.time < last.time:
        raise Break(message, "time_went_back", f"记录时间 {envelope.time} 早于上一事件的 {last.time}")
    if last and envelope.commandid.bytes in last.commands:
        raise Break(message, "command_repeated", f"命令 {envelope.commandid} 已在本聚合中办理过一次")


def _check_itself(message: Recorded, envelope: Envelope[Any]) -> None:
    """Check what an event alone must be."""
    if envelope.time.utcoffset() is None:
        raise Break(message, "time_without_zone", "记录时间没有时区")
    if envelope.id != event_id(envelope.commandid):
        raise Break(message, "event_id_wrong", f"事件标识不是由命令 {envelope.commandid} 得出的")


def _check_time(message: Recorded, envelope: Envelope[Any], last: _Last | None, tolerance: timedelta) -> None:
    """Check that the event was recorded when the server stored it, unless it says that its time is simulated."""
    stored = message.stored_at
    if stored is not None and stored.utcoffset() is not None and abs(stored - envelope.time) <= tolerance:
        return
    if not _is_simulated(envelope, last):
        reason = f"记录时间 {envelope.time} 与服务器时间 {stored} 相差超过 {tolerance.total_seconds():.0f} 秒"
        raise Break(message, "time_differs", reason)


def _is_simulated(envelope: Envelope[Any], last: _Last | None) -> bool:
    """Say whether the time is a simulated one, its own or, as time never goes back, that of the event before it."""
    return bool(envelope.simulated) or (last is not None and last.simulated and envelope.time == last.time)


def _check_authority(message: Recorded, envelope: Envelope[Any]) -> None:
    """Check that the event says who acted and by which right."""
    if not envelope.actor.strip() or not envelope.actorrole.strip():
        raise Break(message, "actor_missing", "事件没有写明由谁、以何角色办理")
    if envelope.onbehalfof is not None and not (envelope.authority or "").strip():
        raise Break(message, "authority_missing", f"代 {envelope.onbehalfof} 办理，却没有写明委托")


def _claims(message: Recorded) -> tuple[str | None, str | None, str | None]:
    """Give the event's id, type and subject in the log, as far as the bytes still tell them."""
    try:
        body = json.loads(message.raw)
        aggregate, _, identity = body["subject"].partition("/")
        address = Address(body["county"], body["source"].removeprefix("urn:yishi:"), aggregate, identity)
        return str(body["id"]), str(body["type"]), address.subject
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None, message.headers.get(TYPE_HEADER), None
