"""All four services on one stack, and a county of each test's own, settled over HTTP as a registrar would.

The stack is shared by the journeys: nothing here stops or damages it. A case is handled with `Handling`, whose
people send real requests on simulated days.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from contracts.envelope import Envelope
from runtime.messages import read
from yishi import SERVICES
from yishi.demo.office import COMMITTEE, OPERATOR, REGISTRAR, Office, Person
from yishi.demo.photo import photo
from yishi.events import Wanted, read_events
from yishi.stack import Stack
from yishi.target import find_target, open_log

PACK = "hunan-transport-2005"
SETTLED_ON = date(2005, 1, 10)


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The servers with all four services, for every journey."""
    shared = Stack(tmp_path_factory.mktemp("journeys"))
    await shared.start()
    yield shared
    await shared.remove()


@dataclass
class Town:
    """A county with a body, three units, two members, a rule pack and its calendars."""

    code: str
    office: Office
    body: str = ""
    lead: str = ""
    co: str = ""
    supervisor: str = ""
    member: str = ""
    cosigner: str = ""

    async def settle(self) -> None:
        """Record all of it, as the registrar."""
        send = self._registered
        self.body = await send("bodies", {"name": "县政协", "kind": "cppcc", "established_on": "2003-01-20"})
        root = await send("units", {"name": "县交通局", "from_on": "2003-01-01"})
        names = {"supervisor": "办公室", "lead": "规划股", "co": "公路站"}
        for part, name in names.items():
            setattr(self, part, await send("units", {"name": name, "parent": root, "from_on": "2003-01-01"}))
        for part, name in {"member": "张委员", "cosigner": "李委员"}.items():
            seat = {"name": name, "body": self.body, "term": 10, "sector": "经济", "from_on": "2003-01-20"}
            setattr(self, part, await send("members", seat))
        await send("packs/adopt", {"name": PACK, "from_on": "2005-01-01"})
        for year in (2005, 2006):
            await send("calendars/publish-shipped", {"year": year})

    async def _registered(self, path: str, body: dict[str, Any]) -> str:
        answer = await self.office.command("members", f"/v1/{path}", REGISTRAR, SETTLED_ON, str(uuid4()), body)
        return str(answer["id"])

    def worker(self, role: str, unit: str) -> Person:
        """Give somebody of a unit who has one role."""
        return Person(f"person:{role}-{unit[:8]}", (role,), unit)

    def seat(self, member: str) -> Person:
        """Give a member in person."""
        return Person(f"member:{member}", ("member",))

    @property
    def supervising(self) -> Person:
        """Give the office that hands cases over."""
        return Person("person:office", ("office",), self.supervisor)


Settle = Callable[[str], Awaitable[Town]]


@pytest.fixture
async def settle(stack: Stack) -> AsyncIterator[Settle]:
    """Settle a county by its code."""
    async with AsyncExitStack() as closing:

        async def settle(code: str) -> Town:
            town = Town(code, await closing.enter_async_context(Office(stack, code)))
            await town.settle()
            return town

        yield settle


@pytest.fixture
async def town(settle: Settle, county: str) -> Town:
    """The test's own county."""
    return await settle(county)


@dataclass
class Texts:
    """What people write in the course of a case."""

    text: str = "村道年久失修, 请列入今年计划。"
    opinion: str = "同意主办单位意见。"
    summary: str = "向委员说明办理情况。"
    wishes: str = "希望汛期前完工。"
    measures: str = "六月底前完成勘察。"
    reply: str = "所提建议已列入今年计划。"
    review: str = "同意, 送签发。"
    remark: str = "办理认真。"


class Handling:
    """One case on its way through the services; each act has seen everything that was done before it."""

    def __init__(self, town: Town, texts: Texts | None = None) -> None:
        self.town, self.texts = town, texts or Texts()
        self.id = ""
        self.position = 0
        self.meetings: dict[str, str] = {}
        """By stage."""
        self.photos: dict[str, str] = {}
        """Digests by stage."""

    async def act(self, who: Person, path: str, **body: Any) -> dict[str, Any]:
        """Do one act on the case on the day that its only date names."""
        return await self._send("proposals", f"/v1/proposals/{self.id}/{path}", who, body)

    async def submit(self, on: str, *, joint: bool = False) -> None:
        """Submit the case, and have the co-signer confirm on the same day."""
        town = self.town
        body = {
            "kind": "cppcc_proposal",
            "body": town.body,
            "term": 10,
            "session": 3,
            "form": "joint" if joint else "single",
            "title": "关于修缮村道的提案",
            "text": self.texts.text,
            "submitter": town.member,
            "cosigners": [town.cosigner] if joint else [],
            "submitted_on": on,
        }
        self.id = (await self._send("proposals", "/v1/proposals", town.seat(town.member), body))["id"]
        if joint:
            await self.act(town.seat(town.cosigner), "confirm-cosigning", confirmed_on=on)

    async def hand_over(self, registered: str, on: str, *, co: bool = False) -> None:
        """Register the case and hand it over."""
        town = self.town
        await self.act(COMMITTEE, "register", registered_on=registered)
        units = {"lead": town.lead, "co": [town.co] if co else [], "office": town.supervisor}
        await self.act(town.supervising, "hand-over", **units, handed_over_on=on)

    async def meet(self, stage: str, on: str, *, mode: str = "telephone", picture: bytes = b"") -> None:
        """Meet the member: with a photo, unless it is by telephone."""
        town = self.town
        handler, day = town.worker("handler", town.lead), date.fromisoformat(on)
        evidence = []
        if mode != "telephone":
            path, content = f"/v1/photos?case={self.id}", picture or photo(len(self.meetings))
            upload = await town.office.command(
                "meetings", path, handler, day, str(uuid4()), content=content, at_least=self.position
            )
            evidence = [upload["digest"]]
            self.photos[stage] = upload["digest"]
        body = {
            "case": self.id,
            "unit": town.lead,
            "member": town.member,
            "stage": stage,
            "mode": mode,
            "met_on": on,
            "summary": self.texts.summary,
            "wishes": self.texts.wishes,
            "measures": self.texts.measures,
            "evidence": evidence,
        }
        self.meetings[stage] = (await self._send("meetings", "/v1/handler-meetings", handler, body))["id"]

    async def draft(self, drafted: str, reviewed: str) -> None:
        """Draft the reply and have it passed."""
        reply = {"category": "B", "scheme": "bureau-abc", "text": self.texts.reply}
        lead = self.town.lead
        await self.act(self.town.worker("handler", lead), "reply/draft", **reply, drafted_on=drafted)
        review = {"passed": True, "remark": self.texts.review}
        await self.act(self.town.worker("reviewer", lead), "reply/review", **review, reviewed_on=reviewed)

    async def sign(self, on: str) -> None:
        """Sign the reply and seal it."""
        signer = self.town.worker("signer", self.town.lead)
        await self.act(signer, "reply/sign", document="县交提字〔2005〕1号", signed_on=on)
        clerk = self.town.worker("office_clerk", self.town.lead)
        await self.act(clerk, "reply/stamp", stamp="县交通局印章", stamped_on=on)

    async def answer(self, members: Sequence[str], delivered: str, received: str) -> None:
        """Deliver the reply to members, who give their receipts."""
        clerk = self.town.worker("office_clerk", self.town.lead)
        for member in members:
            await self.act(clerk, "reply/deliver", member=member, mode="paper", delivered_on=delivered)
            await self.act(self.town.seat(member), "reply/receive", member=member, received_on=received)

    async def rate(self, member: str, on: str, result: str = "满意") -> None:
        """Have a member rate."""
        rating = {"member": member, "result": result, "attitude": "满意", "remark": self.texts.remark}
        await self.act(self.town.seat(member), "reply/rate", **rating, rated_on=on)

    async def run(self, as_of: str) -> dict[str, Any]:
        """Have the reminders and digests of a day sent."""
        return await self._send("notifications", "/v1/runs", OPERATOR, {"as_of": as_of})

    async def show(self, who: Person = COMMITTEE) -> dict[str, Any]:
        """Read the case."""
        return await self.town.office.ask("proposals", f"/v1/proposals/{self.id}", who, date(2005, 12, 1))

    async def _send(self, service: str, path: str, who: Person, body: dict[str, Any]) -> dict[str, Any]:
        (day,) = (value for name, value in body.items() if name.endswith(("_on", "as_of")))
        answer = await self.town.office.command(
            service, path, who, date.fromisoformat(day), str(uuid4()), body, at_least=self.position
        )
        self.position = max(self.position, answer["sequence"])
        return answer


@pytest.fixture
def handle() -> Callable[..., Handling]:
    """The maker of cases."""
    return Handling


@pytest.fixture
def texts() -> type[Texts]:
    """What people write."""
    return Texts


History = Callable[[str], Awaitable[dict[int, Envelope[Any]]]]


@pytest.fixture
def history(stack: Stack) -> History:
    """Every event of a county by its sequence, in the log's order."""

    async def history(county: str) -> dict[int, Envelope[Any]]:
        async with open_log(find_target(stack.home)) as (log, _):
            found = read_events(log, Wanted(county=county), start=1)
            return {message.sequence: read(message) async for message in found}

    return history


@pytest.fixture
async def doors(stack: Stack) -> AsyncIterator[dict[str, httpx2.AsyncClient]]:
    """An HTTP client for each service."""
    async with AsyncExitStack() as closing:
        clients = {
            name: httpx2.AsyncClient(base_url=stack.service_url(name), timeout=30, trust_env=False)
            for name in SERVICES
        }
        for client in clients.values():
            await closing.enter_async_context(client)
        yield clients
