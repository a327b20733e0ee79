"""A county on real servers: members, proposals and meetings as processes, and people who drive cases over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.services.proposals.path import PATH
from yishi.stack import Stack

PACK = "hunan-transport-2005"
SERVICES = ("members", "proposals", "meetings")


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of edited templates; a county's own stand in a folder of its code."""
    return tmp_path_factory.mktemp("templates")


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory, templates: Path) -> AsyncIterator[Stack]:
    settings = {"YISHI_TEMPLATES_DIR": str(templates)}
    stack = Stack(tmp_path_factory.mktemp("proposals"), services=SERVICES, settings=settings)
    await stack.start()
    yield stack
    await stack.remove()


@dataclass(frozen=True)
class Who:
    """Somebody with a token."""

    subject: str
    roles: tuple[str, ...]
    unit: str = ""


REGISTRAR = Who("person:registrar", ("registrar",))


@dataclass
class Case:
    """A case under way."""

    id: str
    members: list[str]
    """The submitter, then those who confirmed."""
    lead: str
    co: list[str]
    position: int = 0
    answers: dict[str, httpx2.Response] = field(default_factory=dict)


class Town:
    """One county: its people, its bodies and units, and every service; what it reads is as of its last command."""

    committee = Who("person:tian", ("committee",))
    office = Who("person:zhou", ("office",))
    auditor = Who("person:shen", ("auditor",))

    def __init__(self, stack: Stack, county: str, clients: dict[str, httpx2.AsyncClient]) -> None:
        self.stack, self.county, self._clients = stack, county, clients
        self.head = 0
        self.units: dict[str, str] = {}
        self.members: dict[str, str] = {}
        self.bodies: dict[str, str] = {}
        self._tokens: dict[tuple[Who, str], str] = {}

    async def found(self, *, pack: str = PACK, year: int = 2005) -> None:
        """Set the county up: two bodies, four members, four units, a pack and a calendar."""
        for name, kind in (("县政协", "cppcc"), ("县人大常委会", "npc")):
            self.bodies[kind] = await self._made("/bodies", {"name": name, "kind": kind})
        members = [
            self._made("/members", {"name": name, "body": self.bodies["cppcc"], "term": 9, "from_on": "2003-01-01"})
            for name in ("张明", "李华", "王芳", "赵强")
        ]
        units = [
            self._made("/units", {"name": name, "from_on": "2003-01-01"})
            for name in ("规划办", "公路局", "计划处", "办公室")
        ]
        rules = [
            self._made("/packs/adopt", {"name": pack, "from_on": f"{year}-01-01"}),
            self._made("/calendars/publish-shipped", {"year": year}),
        ]
        made = await asyncio.gather(*members, *units, *rules)
        self.members = dict(zip(("zhang", "li", "wang", "zhao"), made, strict=False))
        self.units = dict(zip(("plan", "road", "budget", "office"), made[4:], strict=False))

    async def _made(self, path: str, body: dict[str, Any]) -> str:
        answer = await self.post(REGISTRAR, path, body, service="members")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def member(self, name: str) -> Who:
        """Give a member by the short name, or by id."""
        return Who(f"member:{self.members.get(name, name)}", ("member",))

    def of(self, unit: str, *roles: str, name: str = "") -> Who:
        """Give somebody of a unit."""
        id = self.units.get(unit, unit)
        return Who(f"person:{name or '-'.join(roles)}-{id[:8]}", roles, id)

    def headers(self, who: Who, *, county: str = "") -> dict[str, str]:
        """Give who calls, and that he wants to see everything that happened so far."""
        key = (who, county or self.county)
        if key not in self._tokens:
            self._tokens[key] = self.stack.keys.issue_token(
                who.subject, key[1], list(who.roles), who.unit, now=datetime.now(UTC)
            )
        seen = {"at-least": f"EVENTS:{self.head}"} if self.head else {}
        return {"authorization": f"Bearer {self._tokens[key]}"} | seen

    async def post(
        self,
        who: Who,
        path: str,
        body: Any = None,
        *,
        key: str = "",
        on: str = "2005-06-30",
        service: str = "proposals",
        headers: dict[str, str] | None = None,
        client: httpx2.AsyncClient | None = None,
        **more: Any,
    ) -> httpx2.Response:
        """Send a command on a day, with a key of its own unless given."""
        named = {"idempotency-key": key or str(uuid4()), "simulated-now": f"{on}T10:00:00+08:00"}
        answer = await (client or self._clients[service]).post(
            f"/v1{path}", json=body, headers=self.headers(who) | named | (headers or {}), **more
        )
        position = answer.headers.get("event-position", "EVENTS:0").removeprefix("EVENTS:")
        self.head = max(self.head, int(position))
        return answer

    async def get(
        self, who: Who, path: str, *, on: str = "2005-06-30", county: str = "", headers: Any = None, **params: Any
    ) -> httpx2.Response:
        """Read from the proposals service."""
        sent = self.headers(who, county=county) | {"simulated-now": f"{on}T10:00:00+08:00"} | (headers or {})
        return await self._clients["proposals"].get(f"/v1{path}", headers=sent, params=params or None)

    async def show(self, case: Case, who: Who | None = None) -> dict[str, Any]:
        """Give a case as somebody (the committee) sees it."""
        answer = await self.get(who or self.committee, f"/proposals/{case.id}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def proposal(self, submitter: str = "zhang", **changes: Any) -> dict[str, Any]:
        """Give the body of a submission."""
        return {
            "kind": "cppcc_proposal",
            "body": self.bodies["cppcc"],
            "term": 9,
            "session": 3,
            "title": "关于改善县乡公路的提案",
            "text": "建议优先修通山区断头路。",
            "submitter": self.members.get(submitter, submitter),
            "nature": "思路类",
            "submitted_on": "2005-01-20",
        } | changes

    async def submit(
        self, submitter: str = "zhang", *, lead: str = "plan", co: Sequence[str] = (), **changes: Any
    ) -> Case:
        """Submit a case."""
        body = self.proposal(submitter, **changes)
        answer = await self.post(self.member(submitter), "/proposals", body)
        assert answer.status_code == 201, answer.text
        signers = [str(body["submitter"]), *body.get("cosigners", ())]
        case = Case(answer.json()["id"], signers, self.units[lead], [self.units[name] for name in co])
        case.answers["submit"] = answer
        return case

    async def case(self, until: str, *, without: Sequence[str] = (), **submission: Any) -> Case:
        """Submit a case and take it along the plain path up to and including a step."""
        case = await self.submit(**submission)
        for step in PATH[1 : PATH.index(until) + 1]:  # One that the case has no use for does nothing.
            if step not in without:
                await self.step(case, step)
        return case

    async def step(self, case: Case, step: str, **changes: Any) -> httpx2.Response | None:
        """Take one step of a case; each request of it must succeed."""
        answer: httpx2.Response | None = None
        for act in self.acts(case, step):
            answer = await act(changes)
            assert answer.status_code in (200, 201), (step, answer.text)
            case.answers[step] = answer
        return answer

    def acts(self, case: Case, step: str) -> list[Callable[[dict[str, Any]], Awaitable[httpx2.Response]]]:
        """Give the requests that a step consists of."""
        first, lead = case.members[0], case.lead
        handler = self.of(lead, "handler")
        match step:
            case "confirm":
                says = [(self.member(m), {"confirmed_on": "2005-01-21"}) for m in case.members[1:]]
                return [self._act(case, who, "confirm-cosigning", body) for who, body in says]
            case "register":
                return [self._act(case, self.committee, "register", {"registered_on": "2005-02-01"})]
            case "hand_over":
                body = {"lead": lead, "co": case.co, "office": self.units["office"], "handed_over_on": "2005-03-01"}
                return [self._act(case, self.office, "hand-over", body)]
            case "sign_for":
                clerks = [self.of(unit, "office_clerk") for unit in (lead, *case.co)]
                return [self._act(case, who, "sign-for", {"signed_for_on": "2005-03-02"}) for who in clerks]
            case "contact":
                return [self._act(case, handler, "contact", {"section": "综合科", "contacted_on": "2005-03-04"})]
            case "opinion":
                body = {"opinion": "同意主办单位意见。", "given_on": "2005-03-15"}
                return [self._act(case, self.of(unit, "handler"), "opinion", body) for unit in case.co]
            case "draft":
                reply = {
                    "category": "A",
                    "scheme": "bureau-abc",
                    "text": "已列入今年计划。",
                    "drafted_on": "2005-04-01",
                }
                return [self._act(case, handler, "reply/draft", reply)]
            case "review":
                passed = {"passed": True, "reviewed_on": "2005-04-02"}
                return [self._act(case, self.of(lead, "reviewer"), "reply/review", passed)]
            case "sign":
                body = {"document": "湘交提字〔2005〕1号", "signed_on": "2005-04-05"}
                return [self._act(case, self.of(lead, "signer"), "reply/sign", body)]
            case "stamp":
                body = {"stamp": "县交通局印章", "stamped_on": "2005-04-06"}
                return [self._act(case, self.of(lead, "office_clerk"), "reply/stamp", body)]
            case "deliver":
                to = [{"member": m, "mode": "paper", "delivered_on": "2005-04-08"} for m in case.members]
                return [self._act(case, self.of(lead, "office_clerk"), "reply/deliver", body) for body in to]
            case "receive":
                return [
                    self._act(case, self.member(m), "reply/receive", {"member": m, "received_on": "2005-04-10"})
                    for m in case.members
                ]
            case "rate":
                word = {"result": "满意", "attitude": "满意", "rated_on": "2005-04-20"}
                return [self._act(case, self.member(m), "reply/rate", {"member": m} | word) for m in case.members]
            case "close":
                return [self._act(case, self.committee, "close", {"closed_on": "2005-05-20"})]
            case _:
                days = {"before": "2005-03-08", "during": "2005-03-20", "after": "2005-04-25"}
                stage = step.removeprefix("meet_")
                return [self._meeting(case, handler, first, stage, days[stage])]

    def _act(
        self, case: Case, who: Who, act: str, body: dict[str, Any]
    ) -> Callable[[dict[str, Any]], Awaitable[httpx2.Response]]:
        return lambda changes: self.post(who, f"/proposals/{case.id}/{act}", body | changes)

    def _meeting(
        self, case: Case, handler: Who, member: str, stage: str, day: str
    ) -> Callable[[dict[str, Any]], Awaitable[httpx2.Response]]:
        body = {
            "case": case.id,
            "unit": handler.unit,
            "member": member,
            "stage": stage,
            "mode": "telephone",
            "met_on": day,
            "summary": "听取意见。",
        }
        return lambda changes: self.post(handler, "/handler-meetings", body | changes, on=day, service="meetings")


@pytest.fixture
async def town(stack: Stack, county: str, clients: dict[str, httpx2.AsyncClient]) -> Town:
    """A county of the test's own, set up."""
    town = Town(stack, county, clients)
    await town.found()
    return town


@pytest.fixture
def towns(stack: Stack, clients: dict[str, httpx2.AsyncClient]) -> Callable[[str], Town]:
    """The maker of further counties, not set up."""
    return lambda county: Town(stack, county, clients)


@pytest.fixture(scope="session")
async def clients(stack: Stack) -> AsyncIterator[dict[str, httpx2.AsyncClient]]:
    """A client of each service."""
    clients = {
        name: httpx2.AsyncClient(base_url=stack.service_url(name), timeout=30, trust_env=False) for name in SERVICES
    }
    yield clients
    await asyncio.gather(*(client.aclose() for client in clients.values()))


@pytest.fixture(scope="session")
def code() -> Callable[[httpx2.Response], str]:
    """The stable code of a refusal, out of its problem document."""

    def code(answer: httpx2.Response) -> str:
        assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
        problem = answer.json()
        assert problem["status"] == answer.status_code
        assert problem["title"]
        return str(problem["type"]).removeprefix("urn:yishi:problem:")

    return code
