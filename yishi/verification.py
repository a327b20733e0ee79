"""Verification 验证: walks the log in order and stops at the first message that does not follow from those before it.

Pure: messages come in as they were recorded, and a `Break` comes out, with a stable code and the reason. What is kept
for each aggregate is small: the place, hash, version and time of its last event, and the commands it has carried out.
Source: ADR 0001 (the hash chain, the headers of an honest append).
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.envelope import TYPE_HEADER, Address, Envelope, event_id
from contracts.registry import EVENTS, UPCASTS
from runtime.messages import EXPECTED_SEQUENCE_HEADER, FORBIDDEN_HEADERS, MessageRejected, Recorded, read


class Break(Exception):
    """The log is broken at one message: where, which stable code, and the reason in Chinese."""

    def __init__(self, message: Recorded, code: str, reason: str) -> None:
        super().__init__(reason)
        self.sequence = message.sequence
        self.subject = message.subject
        self.code = code
        self.reason = reason
        self.event, self.type, _ = _claims(message)

    def report(self) -> dict[str, Any]:
        """Give the break as plain values."""
        named = ("sequence", "subject", "event", "type", "code", "reason")
        return {name: getattr(self, name) for name in named}


@dataclass(slots=True)
class _Last:
    """The newest event of an aggregate."""

    sequence: int
    hash: str
    version: int
    time: datetime
    commands: set[bytes]


@dataclass
class Walk:
    """A walk along the log. `sequence` and `hash` are those of the last message that was found right."""

    sequence: int = 0
    hash: str | None = None
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
        if message.sequence != self.sequence + 1:
            raise Break(message, "sequence_gap", f"序号应为 {self.sequence + 1}，实为 {message.sequence}")
        last = self._last.get(message.subject)
        _check_headers(message, last)
        envelope = _read(message)
        _check_place(message, envelope, last)
        _check_authority(message, envelope)
        self._keep(message, envelope, last)
        return envelope

    def _keep(self, message: Recorded, envelope: Envelope[Any], last: _Last | None) -> None:
        commands = last.commands if last else set()
        commands.add(envelope.commandid.bytes)
        digest = message.hash
        self._last[message.subject] = _Last(message.sequence, digest, envelope.version, envelope.time, commands)
        self.sequence, self.hash = message.sequence, digest
        self.by_type[envelope.type] += 1
        if envelope.type not in EVENTS and envelope.type not in UPCASTS:
            self.unknown[envelope.type] += 1


def _check_headers(message: Recorded, last: _Last | None) -> None:
    """Check that the message came in by the only door, behind the aggregate's last event."""
    for header in FORBIDDEN_HEADERS:
        if header in message.headers:
            raise Break(message, "foreign_header", f"消息带有 {header} 头，不是由追加写入的")
    expected = message.headers.get(EXPECTED_SEQUENCE_HEADER)
    if expected is None:
        raise Break(message, "expected_sequence_missing", f"消息缺少 {EXPECTED_SEQUENCE_HEADER} 头，不是由追加写入的")
    before = last.sequence if last else 0
    if expected != str(before):
        raise Break(message, "expected_sequence_wrong", f"追加时预期的上一序号为 {expected}，实为 {before}")


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
    """Check the aggregate's own chain: version, hash, time, command."""
    version = last.version + 1 if last else 1
    if envelope.version != version:
        raise Break(message, "version_wrong", f"版本应为 {version}，实为 {envelope.version}")
    before = last.hash if last else None
    if envelope.prevhash != before:
        raise Break(message, "chain_broken", f"上一事件的散列应为 {before}，记为 {envelope.prevhash}")
    if envelope.time.utcoffset() is None:
        raise Break(message, "time_without_zone", "记录时间没有时区")
    if last and envelope.time < last.time:
        raise Break(message, "time_went_back", f"记录时间 {envelope.time} 早于上一事件的 {last.time}")
    if last and envelope.commandid.bytes in last.commands:
        raise Break(message, "command_repeated", f"命令 {envelope.commandid} 已在本聚合中办理过一次")
    if envelope.id != event_id(envelope.commandid):
        raise Break(message, "event_id_wrong", f"事件标识不是由命令 {envelope.commandid} 得出的")


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
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, message.headers.get(TYPE_HEADER), None
