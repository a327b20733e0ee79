"""The meetings service on real servers, and a county whose case was handed over, as other services recorded it."""

import itertools
import os
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from contracts.envelope import Address, Envelope, command_id, digest_of, event_id
from contracts.event import Event
from contracts.members import MemberEnrolled, RulePackAdopted, UnitEstablished
from contracts.proposals import (
    CosignerConfirmed,
    ProposalHandedOver,
    ProposalRegistered,
    ProposalSubmitted,
)
from contracts.sealed import Sealed
from rules.shelf import published_packs
from runtime.log import EventLog
from runtime.settings import Settings
from yishi.stack import Stack

Append = Callable[..., Awaitable[int]]
PACK = published_packs()["hunan-transport-2005"]
HANDED_OVER = date(2005, 3, 1)
TODAY = "2005-03-10T10:00:00+08:00"
_counties = itertools.count(430101)


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("meetings"), services=["meetings"])
    await stack.start()
    yield stack
    await stack.remove()


@pytest.fixture(scope="session")
async def logs(stack: Stack) -> AsyncIterator[dict[str, EventLog]]:
    """The log as each service sees it; proposals and members do not run here."""
    async with AsyncExitStack() as closing:
        logs = {}
        for service in ("proposals", "members", "meetings"):
            values = {
                name.removeprefix("YISHI_").lower(): value for name, value in stack.environment(service).items()
            }
            logs[service] = EventLog(Settings.model_validate(values), f"test-{service}")
            await logs[service].connect()
            closing.push_async_callback(logs[service].close)
        yield logs


@pytest.fixture(scope="session")
def append(logs: dict[str, EventLog]) -> Append:
    """Append events as their services would, unless another version is given, and give the last one's sequence."""

    async def append(county: str, id: UUID | str, *events: Event, version: int | None = None) -> int:
        sequence = 0
        for event in events:
            address = Address(county, event.service, event.aggregate, str(id))
            log = logs[event.service]
            tail = await log.tail(address.subject)
            before = Envelope[Any].model_validate_json(tail.raw) if tail else None
            command = command_id(county, "person:test", str(uuid4()))
            envelope = Envelope[Any](
                id=event_id(command),
                source=f"urn:yishi:{event.service}",
                type=event.type_name(),
                subject=f"{event.aggregate}/{id}",
                time=datetime(2005, 3, 1, 1, tzinfo=UTC),
                county=county,
                actor="person:test",
                actorrole="committee",
                commandid=command,
                commanddigest="hmac-sha256:00",
                correlationid="test",
                version=version or (before.version + 1 if before else 1),
                prevhash=tail.hash if tail else None,
                data=event,
            )
            sequence = await log.append(
                address, envelope.type, envelope.encode(), expected=tail.sequence if tail else 0
            )
        return sequence

    return append


@pytest.fixture
def county() -> str:
    """A county of the test's own."""
    return str(next(_counties))


@dataclass
class Case:
    """A case that was handed over, with everybody who has to do with it."""

    county: str
    position: str = ""
    id: UUID = field(default_factory=uuid4)
    body: UUID = field(default_factory=uuid4)
    lead: UUID = field(default_factory=uuid4)
    co: UUID = field(default_factory=uuid4)
    member: UUID = field(default_factory=uuid4)
    cosigner: UUID = field(default_factory=uuid4)


HandOver = Callable[[str], Awaitable[Case]]


@pytest.fixture(scope="session")
def hand_over(append: Append) -> HandOver:
    """Hand a case over in a county, with its units and members, under the pack of 2005."""

    async def hand_over(county: str) -> Case:
        case = Case(county)
        text = Sealed(case=case.id, label="body", nonce="AAAAAAAAAAAAAAAA", text="AAAA")
        pack = RulePackAdopted(
            name="hunan-transport-2005",
            digest=digest_of(PACK),
            content=PACK.decode(),
            kinds=("npc_suggestion", "cppcc_proposal"),
            from_on=date(2005, 1, 1),
        )
        await append(county, pack.name, pack)
        for unit, name in ((case.lead, "规划办"), (case.co, "公路局")):
            await append(county, unit, UnitEstablished(name=name, from_on=date(2005, 1, 1)))
        for member, name in ((case.member, "张委员"), (case.cosigner, "李委员")):
            await append(county, member, MemberEnrolled(name=name, body=case.body, term=9, from_on=date(2003, 1, 1)))
        sequence = await append(
            county,
            case.id,
            ProposalSubmitted(
                kind="cppcc_proposal",
                body=case.body,
                term=9,
                session=3,
                form="joint",
                title="关于改善县乡公路的提案",
                text=text,
                submitter=case.member,
                cosigners=(case.cosigner,),
                submitted_on=date(2005, 1, 20),
            ),
            CosignerConfirmed(member=case.cosigner, confirmed_on=date(2005, 1, 21)),
            ProposalRegistered(number=67, registered_on=date(2005, 1, 25)),
            ProposalHandedOver(
                lead=case.lead,
                co=(case.co,),
                pack=pack.name,
                pack_digest=pack.digest,
                answer_to=(case.member, case.cosigner),
                handed_over_on=HANDED_OVER,
            ),
        )
        case.position = f"EVENTS:{sequence}"
        return case

    return hand_over


@pytest.fixture
async def case(county: str, hand_over: HandOver) -> Case:
    return await hand_over(county)


class Desk:
    """Everybody who calls the service, over HTTP, on 10 March 2005."""

    def __init__(self, stack: Stack, case: Case, http: httpx2.AsyncClient) -> None:
        self._stack, self._http = stack, http
        self.case = case
        self.at_least = case.position
        self.handler = self.person("person:wang", "handler", unit=str(case.lead))
        self.co_handler = self.person("person:chen", "handler", unit=str(case.co))
        self.other_handler = self.person("person:zhao", "handler", unit=str(uuid4()))
        self.member = self.person(f"member:{case.member}", "member")
        self.cosigner = self.person(f"member:{case.cosigner}", "member")
        self.other_member = self.person(f"member:{uuid4()}", "member")
        self.committee = self.person("person:tian", "committee")
        self.auditor = self.person("person:shen", "auditor")
        self.operator = self.person("person:yun", "operator")

    def person(self, subject: str, *roles: str, unit: str = "", county: str = "") -> dict[str, str]:
        """Give the headers of a person's requests."""
        token = self._stack.keys.issue_token(
            subject, county or self.case.county, list(roles), unit, now=datetime.now(UTC)
        )
        return {"authorization": f"Bearer {token}"}

    async def post(
        self, who: dict[str, str], path: str, body: Any = None, *, key: str = "", now: str = TODAY, **more: Any
    ) -> httpx2.Response:
        """Send a command, with a key of its own unless given."""
        headers = who | {"idempotency-key": key or str(uuid4()), "simulated-now": now, "at-least": self.at_least}
        headers |= more.pop("headers", {})
        answer = await self._http.post(f"/v1{path}", json=body, headers=headers, **more)
        self.at_least = answer.headers.get("event-position", self.at_least)
        return answer

    async def get(self, who: dict[str, str], path: str, **params: Any) -> httpx2.Response:
        """Read, no earlier than the last command."""
        return await self._http.get(f"/v1{path}", headers=who | {"at-least": self.at_least}, params=params)

    async def upload(
        self, content: bytes, *, who: dict[str, str] | None = None, key: str = "", media_type: str = "image/png"
    ) -> httpx2.Response:
        """Upload a photo for the case."""
        headers = (who or self.handler) | {
            "idempotency-key": key or str(uuid4()),
            "content-type": media_type,
            "at-least": self.at_least,
        }
        return await self._http.post(
            "/v1/photos", params={"case": str(self.case.id)}, content=content, headers=headers
        )

    async def record(
        self,
        *,
        who: dict[str, str] | None = None,
        key: str = "",
        now: str = TODAY,
        headers: dict[str, str] | None = None,
        **changes: Any,
    ) -> httpx2.Response:
        """Record a meeting by telephone, or what the changes say."""
        body = {
            "case": str(self.case.id),
            "unit": str(self.case.lead),
            "member": str(self.case.member),
            "stage": "before",
            "mode": "telephone",
            "met_on": "2005-03-09",
            "summary": "委员希望先修通村公路。",
        }
        return await self.post(
            who or self.handler, "/handler-meetings", body | changes, key=key, now=now, headers=headers or {}
        )


@pytest.fixture
async def desk(stack: Stack, case: Case) -> AsyncIterator[Desk]:
    async with httpx2.AsyncClient(base_url=stack.service_url("meetings"), timeout=20) as http:
        yield Desk(stack, case, http)


@pytest.fixture
def photo() -> bytes:
    """A PNG picture of 8 by 8 grey dots, no two alike."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + os.urandom(8) for _ in range(8))
    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    picture = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + picture
