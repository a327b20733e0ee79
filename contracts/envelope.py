"""The envelope: one CloudEvents 1.0 event in structured JSON, linked into its aggregate's hash chain.

Source: CloudEvents 1.0.2 and its JSON format 1.0.2; ADR 0001 (the log), ADR 0002 (what the log must not be told).
"""

import hashlib
import re
from datetime import datetime
from typing import Annotated, Generic, Literal, NamedTuple, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contracts.event import Event

E = TypeVar("E", bound=Event)

EVENT_NAMESPACE = uuid5(NAMESPACE_URL, "urn:yishi:event")
COMMAND_NAMESPACE = uuid5(NAMESPACE_URL, "urn:yishi:command")
AGGREGATE_NAMESPACE = uuid5(NAMESPACE_URL, "urn:yishi:aggregate")

CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"
TYPE_HEADER = "Yishi-Type"

_SUBJECT = re.compile(r"evt\.([0-9]{6})\.([a-z]+)\.([a-z]+)\.([0-9A-Za-z_-]{1,128})")


class Address(NamedTuple):
    """Where an aggregate lives: its subject in the log is its name."""

    county: str
    service: str
    aggregate: str
    id: str

    @property
    def subject(self) -> str:
        """Give `evt.<county>.<service>.<aggregate>.<id>`."""
        return f"evt.{self.county}.{self.service}.{self.aggregate}.{self.id}"

    @classmethod
    def parse(cls, subject: str) -> "Address":
        """Read a log subject.

        Raises: ValueError when it is not one of ours.
        """
        match = _SUBJECT.fullmatch(subject)
        if match is None:
            raise ValueError(f"not an event subject: {subject}")
        return cls(*match.groups())


def _written_time(value: object) -> object:
    """Read a time in the one way in which it is written: an auditor's program must read the same."""
    if not isinstance(value, str):
        if isinstance(value, datetime):
            return value
        raise ValueError("a time is a text")
    read = datetime.fromisoformat(value)
    if read.isoformat() != value.replace("Z", "+00:00"):
        raise ValueError("not the way in which a time is written")
    return read


class Envelope(BaseModel, Generic[E]):
    """One event as the log keeps it. Extension attributes are lower-case letters and digits only."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID = Field(description="uuid5 of the command id: one command, one event")
    source: str = Field(description="urn:yishi:<service>")
    type: str = Field(description="yishi.<service>.<Name>.v<version>")
    subject: str = Field(description="<aggregate>/<id>")
    time: Annotated[datetime, BeforeValidator(_written_time)] = Field(
        description="When it was recorded, UTC; never goes back within an aggregate"
    )
    simulated: bool | None = Field(
        default=None,
        strict=True,
        description="True when `time` is that of a simulated clock, which only development has",
    )
    provenance: str | None = Field(
        default=None,
        description="Where an imported event comes from, sha256:<digest of the file>#<row>: it passed no gates",
    )
    datacontenttype: Literal["application/json"] = "application/json"
    county: str = Field(description="Six-digit GB/T 2260 code")
    actor: str = Field(description="Who acted: the token's subject, or service:<name> for a reaction")
    actorrole: str = Field(description="The role that allowed the act")
    actorunit: str | None = Field(default=None, description="The unit the actor acted in")
    onbehalfof: str | None = Field(default=None, description="For whom, when acting under a mandate 委托")
    authority: str | None = Field(default=None, description="The mandate that allows it")
    tokenid: str | None = Field(default=None, description="jti of the access token")
    commandid: UUID = Field(description="uuid5 of county, actor, target and key; for a reaction of the event")
    commanddigest: str = Field(
        description="hmac-sha256:… of the command with a secret of the vault; for a reaction the event's sha256:…"
    )
    correlationid: str = Field(description="The request from which everything in this chain followed")
    causationid: str | None = Field(default=None, description="The event to which a reaction answers")
    version: int = Field(ge=1, strict=True, description="1, 2, 3 … within the aggregate")
    prevhash: str | None = Field(default=None, description="sha256:… of the aggregate's previous event's exact bytes")
    data: E

    @property
    def address(self) -> Address:
        """Give the address that the body claims; it must equal the subject it was stored under."""
        aggregate, _, identity = self.subject.partition("/")
        return Address(self.county, self.source.removeprefix("urn:yishi:"), aggregate, identity)

    def encode(self) -> bytes:
        """Give the exact bytes to store; absent attributes are left out, as CloudEvents demands."""
        return self.model_dump_json(exclude_none=True).encode()


def digest_of(raw: bytes) -> str:
    """Give the digest of exact bytes with its algorithm's name, `sha256:<hex>`."""
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def command_id(county: str, actor: str, key: str) -> UUID:
    """Give the id of a command: the same actor's same Idempotency-Key is the same command."""
    return uuid5(COMMAND_NAMESPACE, f"{county}/{actor}/{key}")


def new_aggregate_id(county: str, actor: str, key: str) -> UUID:
    """Give the id of the aggregate that a command creates, so that a repeated create finds its first self."""
    return uuid5(AGGREGATE_NAMESPACE, f"{county}/{actor}/{key}")


def event_id(command: UUID) -> UUID:
    """Give the id of the one event that a command causes."""
    return uuid5(EVENT_NAMESPACE, str(command))


def reaction_id(event: UUID, reaction: str) -> UUID:
    """Give the command id of a reaction: redelivery finds the first answer."""
    return uuid5(COMMAND_NAMESPACE, f"{event}/{reaction}")
