"""A log with honest events on a server of the test's own, its archive, and bits to flip."""

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from contracts.envelope import TYPE_HEADER, Address, Envelope, command_id, digest_of, event_id
from contracts.event import Event
from contracts.members import UnitEstablished, UnitRenamed
from contracts.sealed import SealedFile
from runtime.messages import EXPECTED_SEQUENCE_HEADER, Recorded
from yishi import CHECKOUT
from yishi.archive.writer import Folder, Writer
from yishi.nats import NatsServer
from yishi.target import Target

COUNTY = "430000"
RECORDED = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
PHOTO_TYPE = "yishi.meetings.Photographed.v1"
"""An event type that this program does not know; its data name sealed files all the same."""


class Honest:
    """Makes the events of a few aggregates as `EventLog.append` would store them."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, int, str]] = {}
        self.sequence = 0

    def unit(self, name: str, padding: int = 0) -> tuple[str, bytes, dict[str, str]]:
        """Give the next event of a unit: its first establishes it, the others rename it."""
        address = Address(COUNTY, "members", "unit", name)
        data: Event = (
            UnitRenamed(name=f"第{self.sequence}名", from_on=RECORDED.date())
            if address.subject in self._last
            else UnitEstablished(name="规划办", from_on=RECORDED.date())
        )
        return self._next(address, data.type_name(), data.model_dump(mode="json"), padding)

    def photographed(self, files: list[SealedFile]) -> tuple[str, bytes, dict[str, str]]:
        """Give an event that names sealed files."""
        address = Address(COUNTY, "meetings", "meeting", str(uuid4()))
        return self._next(address, PHOTO_TYPE, {"evidence": [file.model_dump(mode="json") for file in files]}, 0)

    def _next(
        self, address: Address, name: str, data: dict[str, Any], padding: int
    ) -> tuple[str, bytes, dict[str, str]]:
        sequence, version, digest = self._last.get(address.subject, (0, 0, ""))
        command = command_id(COUNTY, "person:registrar", f"{self.sequence}")
        envelope: Envelope[Any] = Envelope[Event].model_construct(  # type: ignore[call-arg]  # Data follows.
            id=event_id(command),
            source=f"urn:yishi:{address.service}",
            type=name,
            subject=f"{address.aggregate}/{address.id}",
            time=RECORDED + timedelta(seconds=self.sequence),
            county=COUNTY,
            actor="person:registrar",
            actorrole="registrar",
            commandid=command,
            commanddigest="hmac-sha256:00",
            correlationid="test",
            version=version + 1,
            prevhash=digest or None,
        )
        body = json.loads(envelope.model_dump_json(exclude_none=True, exclude={"data"}))
        extra = {"padding": "x" * padding} if padding else {}
        raw = json.dumps({**body, "data": data, **extra}, ensure_ascii=False).encode()
        self.sequence += 1
        self._last[address.subject] = (self.sequence, version + 1, digest_of(raw))
        return address.subject, raw, {EXPECTED_SEQUENCE_HEADER: str(sequence), TYPE_HEADER: name}


@dataclass
class Logged:
    """A nats-server with the log's streams, and nobody else."""

    server: NatsServer
    honest: Honest = field(default_factory=Honest)

    @property
    def target(self) -> Target:
        """The log, as the operator."""
        password = self.server.passwords.nats["operator"]
        return Target(self.server.url, "operator", password, self.server.monitor_url)

    def environment(self, user: str = "operator") -> dict[str, str]:
        """Give the settings with which a command finds the log."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("YISHI_")}
        return inherited | {
            "YISHI_NATS_URL": self.server.url,
            "YISHI_NATS_MONITOR_URL": self.server.monitor_url,
            "YISHI_NATS_USER": user,
            "YISHI_NATS_PASSWORD": self.server.passwords.nats[user],
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONUNBUFFERED": "1",
        }

    async def publish(self, *messages: tuple[str, bytes, dict[str, str]]) -> None:
        """Store messages and check that each got the sequence after the one before."""
        client = await self.server.connect("operator")
        try:
            for subject, raw, headers in messages:
                answer = json.loads((await client.request(subject, raw, headers=headers, timeout=5)).data)
                assert "error" not in answer, answer
        finally:
            await client.close()

    async def grow(self, count: int, *, units: int = 4, padding: int = 0) -> None:
        """Append honest events of some units, one after the other."""
        await self.publish(*(self.honest.unit(f"u{number % units}", padding) for number in range(count)))

    async def photograph(self, *contents: bytes, stored: bool = True) -> list[str]:
        """Put sealed files into the bucket, append an event that names them, and give their digests."""
        files = [
            SealedFile(case=UUID(int=1), digest=digest_of(content), media_type="image/png", size=len(content))
            for content in contents
        ]
        client = await self.server.connect("operator")
        try:
            store = await client.jetstream().object_store("sealed-meetings")
            for file, content in zip(files, contents, strict=True):
                if stored:
                    await store.put(file.digest.removeprefix("sha256:"), content)
        finally:
            await client.close()
        await self.publish(self.honest.photographed(files))
        return [file.digest for file in files]

    async def remove_photo(self, digest: str) -> None:
        """Remove a file from the bucket."""
        client = await self.server.connect("operator")
        try:
            store = await client.jetstream().object_store("sealed-meetings")
            await store.delete(digest.removeprefix("sha256:"))
        finally:
            await client.close()

    async def stored_photo(self, digest: str) -> bytes:
        """Give a file from the bucket."""
        client = await self.server.connect("operator")
        try:
            store = await client.jetstream().object_store("sealed-meetings")
            return (await store.get(digest.removeprefix("sha256:"))).data or b""
        finally:
            await client.close()

    async def move_store_away(self) -> None:
        """The repair's first step: stop the server, put its damaged store aside, start with an empty one."""
        await self.server.stop()
        store = self.server.home / "nats"
        store.rename(self.server.home / f"damaged-{uuid4().hex[:8]}")
        await self.server.start()

    def blocks(self) -> list[Path]:
        """Give the blocks in which the log's messages lie, oldest first."""
        found = (self.server.home / "nats").rglob("EVENTS/msgs/*.blk")
        return sorted(found, key=lambda path: int(path.stem))


def write(folder: Path, messages: list[Recorded]) -> Writer:
    """Append messages to an archive."""
    folder.mkdir(exist_ok=True)
    with Folder(folder) as held:
        writer = Writer(held)
        writer.append(messages)
        return writer


def flip(path: Path, place: float) -> None:
    """Turn one bit of a file, at a place between 0 and 1."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * place)] ^= 1
    path.write_bytes(content)
