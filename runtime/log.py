"""The event log: one JetStream stream, the only source of truth. To append is to publish.

Source: ADR 0001 "JetStream is the event log". Sequences are stream sequences, contiguous from 1.
"""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from email.parser import BytesParser
from secrets import token_hex
from typing import Any, NamedTuple

import httpx2
import nats
import structlog
from nats.aio.client import Client
from nats.errors import ConnectionClosedError, MaxPayloadError, NoRespondersError, OutboundBufferLimitError
from nats.errors import TimeoutError as NatsTimeout
from nats.js.errors import APIError

from contracts.envelope import CONTENT_TYPE, TYPE_HEADER, Address
from runtime.messages import (
    BATCH_COMMIT_HEADER,
    BATCH_ID_HEADER,
    BATCH_SEQUENCE_HEADER,
    EXPECTED_SEQUENCE_HEADER,
    Recorded,
)
from runtime.refusals import BodyTooLarge, LogUnavailable, OutcomeUnknown, ProjectionStopped
from runtime.settings import Settings

STREAM = "EVENTS"
ANSWER = 5.0
"""Seconds to wait for the server's answer."""
BATCH_MAX = 1000
"""Messages of one atomic batch at most, as the server has it."""
logger = structlog.get_logger()

_SOMEBODY_WAS_FIRST = (10071, 10164)
_NO_STREAM = 10059
_REQUIRED = {
    "subjects": ["evt.>"],
    "storage": "file",
    "retention": "limits",
    "deny_delete": True,
    "deny_purge": True,
    "allow_direct": True,
    "compression": "none",
    "max_age": 0,
    "max_msgs": -1,
    "max_bytes": -1,
    "max_msgs_per_subject": -1,
    "max_msg_size": -1,
    "sealed": False,
    "no_ack": False,
    "allow_rollup_hdrs": False,
    "allow_msg_ttl": False,
    "persist_mode": "default",
    "mirror": None,
    "sources": None,
    "subject_transform": None,
}
"""What the stream's settings must be; a key that the server leaves out is switched off or has its default."""


class Appending(NamedTuple):
    """An event of a batch."""

    address: Address
    type: str
    raw: bytes
    expected: int | None
    """Stream sequence of the aggregate's last event, 0 = none; None = it is the one before in the batch."""


class WrongExpectation(Exception):
    """Somebody else appended to the aggregate first; nothing was stored."""


class UnsafeLog(Exception):
    """The log is weaker than the design's: it may lose or forget what was acknowledged."""


class LogWentBack(Exception):
    """The log no longer holds what was already read from it."""


class EventLog:
    """A connection to the log that refuses to write to a log it has not found safe."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._settings = settings
        self._name = name
        self._client: Client | None = None
        self._proven = asyncio.Event()
        self._proving: asyncio.Task[None] | None = None
        self._connections = 0
        self.broken: Exception | None = None
        self.guards: list[Callable[[], Awaitable[None]]] = []
        """Checks to pass after each reconnect before anything is written; raise LogWentBack to stop."""
        self.reconnected: list[Callable[[], None]] = []

    @property
    def client(self) -> Client:
        """Give the core NATS connection."""
        assert self._client is not None, "connect() first"
        return self._client

    @property
    def connected(self) -> bool:
        """True while the connection to the server stands."""
        return self._client is not None and self._client.is_connected

    async def connect(self) -> None:
        """Connect and prove that the log is safe.

        Raises: UnsafeLog; nats.errors.Error when the server cannot be reached.
        """
        self._client = await nats.connect(
            self._settings.nats_url,
            user=self._settings.nats_user,
            password=self._settings.nats_password.get_secret_value(),
            name=self._name,
            inbox_prefix=f"_INBOX_{self._settings.nats_user}".encode(),
            connect_timeout=2,
            reconnect_time_wait=0.1,
            max_reconnect_attempts=-1,
            ping_interval=5,
            pending_size=0,  # Never keep a publish for later: a command is refused while the log is away.
            disconnected_cb=self._on_disconnect,
            reconnected_cb=self._on_reconnect,
            error_cb=self._on_error,
        )
        connection = self._connections
        await self.check_safety()
        if connection == self._connections:
            self._proven.set()

    async def close(self) -> None:
        """Disconnect."""
        if self._proving:
            self._proving.cancel()
        if self._client:
            with suppress(RuntimeError, OSError):  # The transport may be gone already when the server died.
                await self._client.close()

    async def _on_disconnect(self) -> None:
        self._connections += 1
        self._proven.clear()
        if self._proving:
            self._proving.cancel()  # What it proves, it proves of the connection that was lost.

    async def _on_error(self, error: Exception) -> None:
        logger.warning("log.connection_failed", error=repr(error))

    async def _on_reconnect(self) -> None:
        self._proving = asyncio.create_task(self._prove_again())

    async def _prove_again(self) -> None:
        """After a reconnect: is it still the log that we have read, and still a safe one?"""
        while self.broken is None:
            try:
                await self.check_safety()
                for guard in self.guards:
                    await guard()
                break
            except (UnsafeLog, LogWentBack) as damage:
                self.stop(damage)
                return
            except Exception as error:
                logger.warning("log.not_proven_yet", error=repr(error))
                await asyncio.sleep(0.1)
        self._proven.set()
        for resume in self.reconnected:
            resume()

    def stop(self, damage: Exception) -> None:
        """Refuse to write from now on: the log is damaged, a person has to look."""
        if self.broken is None:
            self.broken = damage
            self._proven.set()  # Whoever waits learns of the damage.
            logger.critical("log.stopped", reason=str(damage))

    async def check_safety(self) -> None:
        """Check that acknowledged events are on disk and can never be removed.

        Raises: UnsafeLog naming every weakness. Source: ADR 0001; sync_always shows only on the monitoring port.
        """
        async with httpx2.AsyncClient(timeout=5) as http:
            answer = await http.get(f"{self._settings.nats_monitor_url}/jsz", params={"config": "true"})
        weak = [] if answer.json().get("config", {}).get("sync_always") else ["sync_interval is not always"]
        info = await self.request(f"$JS.API.STREAM.INFO.{STREAM}", {})
        config = info["config"]
        weak += [
            f"{key} is {config.get(key)!r}, not {wanted!r}"
            for key, wanted in _REQUIRED.items()
            if config.get(key, False if isinstance(wanted, bool) else wanted) != wanted
        ]
        if info["state"]["messages"] and info["state"]["first_seq"] != 1:
            weak.append(f"the log starts at {info['state']['first_seq']}, not at 1")
        if weak:
            raise UnsafeLog("; ".join(weak))

    async def append(self, address: Address, type_name: str, raw: bytes, *, expected: int) -> int:
        """Store one event as the next of its aggregate and give its stream sequence once it is on disk.

        `expected` is the stream sequence of the aggregate's last event, 0 when there is none.

        An acknowledgement that arrives on another connection than the event left by counts only once the log has
        been proven again: the client may have sent what it still held before anybody looked.

        Raises: WrongExpectation; BodyTooLarge; LogUnavailable (nothing stored); OutcomeUnknown (no acknowledgement
        came); ProjectionStopped.
        """
        await self.require_proven()
        connection = self._connections
        headers = {EXPECTED_SEQUENCE_HEADER: str(expected), **_stored_with(type_name)}
        return await self._stored(connection, address, raw, headers)

    async def append_batch(self, events: Sequence[Appending]) -> int:
        """Store several events behind each other, all or none, and give the stream sequence of the last of them.

        At most `BATCH_MAX`. An aggregate's events stand together; the first of them says which sequence it expects,
        each further one only that it follows (the server refuses a second expectation of one subject in a batch).

        Raises: as `append`. Source: ADR 0009.
        """
        await self.require_proven()
        connection = self._connections
        batch = token_hex(16)
        for place, event in enumerate(events, 1):
            headers = _stored_with(event.type) | {BATCH_ID_HEADER: batch, BATCH_SEQUENCE_HEADER: str(place)}
            if event.expected is not None:
                headers = {EXPECTED_SEQUENCE_HEADER: str(event.expected), **headers}
            if place == len(events):
                return await self._stored(connection, event.address, event.raw, headers | {BATCH_COMMIT_HEADER: "1"})
            await self._publish(event, headers)
        raise ValueError("an empty batch")

    async def _publish(self, event: Appending, headers: dict[str, str]) -> None:
        """Send a message of a batch, which the server keeps aside until the last one has come."""
        try:
            await self.client.publish(event.address.subject, event.raw, headers=headers)
        except MaxPayloadError as error:
            raise BodyTooLarge("事件超过日志的单条上限", limit=self.client.max_payload) from error
        except (ConnectionClosedError, OutboundBufferLimitError) as error:
            raise LogUnavailable(repr(error)) from error

    async def _stored(self, connection: int, address: Address, raw: bytes, headers: dict[str, str]) -> int:
        """Send what the server answers once it is on disk, and give the stream sequence that it has got."""
        try:
            answer = await self.client.request(address.subject, raw, timeout=ANSWER, headers=headers)
        except (NoRespondersError, OutboundBufferLimitError) as error:
            raise LogUnavailable(repr(error)) from error
        except MaxPayloadError as error:
            raise BodyTooLarge("事件超过日志的单条上限", limit=self.client.max_payload) from error
        except (NatsTimeout, ConnectionClosedError) as error:
            raise OutcomeUnknown from error
        if connection != self._connections:
            await self._require_proven_again()
        ack = json.loads(answer.data)
        if error_ := ack.get("error"):
            if error_.get("err_code") in _SOMEBODY_WAS_FIRST:
                raise WrongExpectation(error_.get("description"))
            raise LogUnavailable(error_.get("description", ""))
        return int(ack["seq"])

    def require_sound(self) -> None:
        """Go on only while no damage is known.

        Raises: the damage.
        """
        if self.broken is not None:
            raise self.broken

    async def _require_proven_again(self) -> None:
        try:
            await self.require_proven()
        except LogUnavailable as error:
            raise OutcomeUnknown from error

    async def require_proven(self) -> None:
        """Wait a moment for the log to be proven safe.

        Raises: ProjectionStopped when it is damaged; LogUnavailable when it is away.
        """
        if self.broken is None and self._proven.is_set():
            return
        try:
            async with asyncio.timeout(2):
                while self.broken is None and not self._proven.is_set():
                    await self._proven.wait()
        except TimeoutError as error:
            raise LogUnavailable from error
        if self.broken is not None:
            raise ProjectionStopped(str(self.broken))

    async def last_sequence(self) -> int:
        """Give the stream sequence of the newest event, 0 when there is none; asks the leader."""
        info = await self.request(f"$JS.API.STREAM.INFO.{STREAM}", {})
        return int(info["state"]["last_seq"])

    async def tail(self, subject: str) -> Recorded | None:
        """Give an aggregate's newest event from the leader, never from a stale replica."""
        return await self._get({"last_by_subj": subject})

    async def at(self, sequence: int) -> Recorded | None:
        """Give the event at a stream sequence, from the leader."""
        return await self._get({"seq": sequence})

    async def after(self, subject: str, sequence: int) -> list[Recorded]:
        """Give an aggregate's events after a stream sequence, oldest first, from the leader."""
        found: list[Recorded] = []
        while message := await self._get({"seq": sequence + 1, "next_by_subj": subject}):
            found.append(message)
            sequence = message.sequence
        return found

    async def _get(self, question: dict[str, Any]) -> Recorded | None:
        answer = await self.request(f"$JS.API.STREAM.MSG.GET.{STREAM}", question, missing_ok=True)
        if answer is None:
            return None
        stored = answer["message"]
        return Recorded(
            sequence=stored["seq"],
            subject=stored["subject"],
            raw=base64.b64decode(stored.get("data", "")),
            headers=_headers(base64.b64decode(stored.get("hdrs", ""))),
            stored_at=datetime.fromisoformat(stored["time"]),
        )

    async def request(self, subject: str, question: dict[str, Any], *, missing_ok: bool = False) -> Any:
        """Ask the JetStream API; with `missing_ok`, None stands for "not found".

        Raises: LogUnavailable; nats.js.errors.APIError for a question that the server will never answer.
        """
        try:
            answer = await self.client.request(subject, json.dumps(question).encode(), timeout=ANSWER)
        except (NatsTimeout, NoRespondersError, ConnectionClosedError, OutboundBufferLimitError) as error:
            raise LogUnavailable(repr(error)) from error
        content = json.loads(answer.data)
        if problem := content.get("error"):
            if problem.get("code") == 503 or problem.get("err_code") == _NO_STREAM:
                raise LogUnavailable(problem.get("description", ""))
            if missing_ok and problem.get("code") == 404:
                return None
            raise APIError.from_error(problem)
        return content


def _stored_with(type_name: str) -> dict[str, str]:
    return {"Nats-Expected-Stream": STREAM, "Content-Type": CONTENT_TYPE, TYPE_HEADER: type_name}


def _headers(block: bytes) -> dict[str, str]:
    """Read a NATS header block (NATS/1.0 line, then MIME headers)."""
    _, _, fields = block.partition(b"\r\n")
    return dict(BytesParser().parsebytes(fields, headersonly=True).items())
