"""The year as it is driven: the county is set up, then each day's steps of all cases, then that day's reminders."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from yishi.demo.office import COMMITTEE, OPERATOR, REGISTRAR, Office, Person
from yishi.demo.photo import photo
from yishi.demo.plan import HAND_OVER, MEMBERS, SETUP, Case, Step, days, steps

TERM, SESSION = 10, 3
SECTIONS_OFFICE = "办公室"
SCHEME = "bureau-abc"
MODES = {"before": "in_person", "during": "on_site", "after": "symposium"}


@dataclass
class County:
    """Ids that the services gave."""

    bodies: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    members: dict[tuple[str, int], str] = field(default_factory=dict)


@dataclass
class Running:
    """A case under way."""

    case: Case
    steps: list[Step]
    id: str = ""
    position: int = 0
    round: int = 1


class Year:
    """Drives the whole year; `progress` is told each day how many steps were taken."""

    def __init__(self, office: Office, facts: Mapping[str, Any], progress: Callable[[date, int], None]) -> None:
        self._office = office
        self._facts = facts
        self._progress = progress
        self.county = County()
        self.proven: dict[str, Any] = {}
        """One clock with its proof, as the notifications service shows it on the day after the hand-over."""
        self.proven_on = HAND_OVER + timedelta(days=1)

    async def run(self, cases: list[Case]) -> None:
        """Set the county up and take every step of every case, day by day."""
        await self._set_up()
        running = [Running(case, steps(case)) for case in cases]
        for day in days():
            taken = 0
            # Cases with a number of their own are registered first: the others get the numbers after them.
            for led in (True, False):
                due = [r for r in running if (r.case.number is not None) == led and r.steps and r.steps[0].on == day]
                taken += sum(await asyncio.gather(*(self._day(r, day) for r in due)))
            if day >= HAND_OVER:
                await self._office.command(
                    "notifications",
                    "/v1/runs",
                    OPERATOR,
                    day,
                    f"run-{day}",
                    {"as_of": str(day)},
                    at_least=self._office.head,
                )
            if day == self.proven_on:
                self.proven = await self._prove(running[0], day)
            self._progress(day, taken)

    async def _prove(self, r: Running, day: date) -> dict[str, Any]:
        """Ask why the first case's reply is due on its day."""
        whom = f"unit:{self._unit(r.case.unit)}"
        query = {"whom": whom, "kind": "unit_reply", "limit": 1}
        clock = (await self._office.ask("notifications", "/v1/clocks", OPERATOR, day, **query))["items"][0]
        return await self._office.ask("notifications", f"/v1/clocks/{clock['clock']}", OPERATOR, day)

    async def _set_up(self) -> None:
        send, facts = self._office.command, self._facts
        for kind, name in (("npc", "省人大常委会"), ("cppcc", "省政协")):
            body = {"name": name, "kind": kind, "established_on": "2003-01-20"}
            answer = await send("members", "/v1/bodies", REGISTRAR, SETUP, f"body-{kind}", body)
            self.county.bodies[kind] = answer["id"]
        root = await send(
            "members",
            "/v1/units",
            REGISTRAR,
            SETUP,
            "unit-root",
            {"name": facts["department"], "from_on": "2003-01-01"},
        )
        for name in (SECTIONS_OFFICE, *facts["units"]):
            unit = {"name": name, "parent": root["id"], "from_on": "2003-01-01"}
            answer = await send("members", "/v1/units", REGISTRAR, SETUP, f"unit-{name}".encode().hex(), unit)
            self.county.units[name] = answer["id"]
        await asyncio.gather(
            *(self._enrol(kind, n) for kind in ("npc", "cppcc") for n in range(MEMBERS)),
            send(
                "members",
                "/v1/packs/adopt",
                REGISTRAR,
                SETUP,
                "pack",
                {"name": facts["pack"], "from_on": "2005-01-01"},
            ),
            *(
                send("members", "/v1/calendars/publish-shipped", REGISTRAR, SETUP, f"calendar-{year}", {"year": year})
                for year in (2005, 2006)
            ),
        )

    async def _enrol(self, kind: str, n: int) -> None:
        title = "代表" if kind == "npc" else "委员"
        seat = {
            "name": f"{title}{n + 1:03d}",
            "body": self.county.bodies[kind],
            "term": TERM,
            "sector": "演示",
            "from_on": "2003-01-20",
        }
        answer = await self._office.command("members", "/v1/members", REGISTRAR, SETUP, f"member-{kind}-{n}", seat)
        self.county.members[kind, n] = answer["id"]

    async def _day(self, running: Running, day: date) -> int:
        taken = 0
        while running.steps and running.steps[0].on == day:
            await self._take(running, running.steps.pop(0))
            taken += 1
        return taken

    async def _take(self, r: Running, step: Step) -> None:
        name, on = step.name, str(step.on)
        lead, member = self._unit(r.case.unit), self._member(r.case)
        match name:
            case "submit":
                await self._submit(r, step.on)
            case "confirm_cosigning":
                await self._proposal(r, step, self._cosigner(r.case), "confirm-cosigning", {"confirmed_on": on})
            case "register":
                await self._proposal(r, step, COMMITTEE, "register", {"number": r.case.number, "registered_on": on})
            case "hand_over":
                await self._hand_over(r, step)
            case "sign_for":
                units = [r.case.unit, *([r.case.co_unit] if r.case.co_unit else [])]
                for unit in units:
                    await self._proposal(r, step, self._clerk(unit), "sign-for", {"signed_for_on": on}, unit)
            case "contact":
                body = {"section": f"{r.case.unit}综合科", "contacted_on": on}
                await self._proposal(r, step, self._person("handler", r.case.unit), "contact", body)
            case "give_opinion":
                assert r.case.co_unit is not None
                opinion = {"opinion": "同意主办单位意见, 建议一并纳入年度计划。", "given_on": on}
                await self._proposal(r, step, self._person("handler", r.case.co_unit), "opinion", opinion)
            case "meet_before" | "meet_during" | "meet_after":
                await self._meet(r, step, name.removeprefix("meet_"))
            case "draft":
                draft = {"category": r.case.category, "scheme": SCHEME, "text": self._answer(r), "drafted_on": on}
                await self._proposal(r, step, self._person("handler", r.case.unit), "reply/draft", draft)
            case "review":
                passed = {"passed": True, "reviewed_on": on}
                await self._proposal(r, step, self._person("reviewer", r.case.unit), "reply/review", passed)
            case "sign":
                document = f"湘交提字〔2005〕{r.case.index + 1}号" + ("" if r.round == 1 else "之二")
                body = {"document": document, "signed_on": on}
                await self._proposal(r, step, self._person("signer", r.case.unit), "reply/sign", body)
                stamped = {"stamp": "湖南省交通厅印章", "stamped_on": on}
                await self._proposal(r, step, self._clerk(r.case.unit), "reply/stamp", stamped, "stamp")
            case "deliver":
                for n, id in enumerate(self._answered(r.case)):
                    body = {"member": id, "mode": "paper", "delivered_on": on}
                    await self._proposal(r, step, self._clerk(r.case.unit), "reply/deliver", body, str(n))
            case "receive":
                for n, id in enumerate(self._answered(r.case)):
                    who = Person(f"member:{id}", ("member",))
                    await self._proposal(r, step, who, "reply/receive", {"member": id, "received_on": on}, str(n))
            case "rate" | "rate_dissatisfied":
                await self._rate(r, step)
            case "rehandle":
                await self._proposal(r, step, COMMITTEE, "rehandle", {"ordered_on": on})
                r.round += 1
            case "close":
                await self._proposal(r, step, COMMITTEE, "close", {"closed_on": on})
            case _:
                raise AssertionError((name, lead, member))

    async def _submit(self, r: Running, on: date) -> None:
        case = r.case
        cosigner = [] if case.cosigner is None else [self.county.members[_body(case.kind), case.cosigner]]
        body = {
            "kind": case.kind,
            "body": self.county.bodies[_body(case.kind)],
            "term": TERM,
            "session": SESSION,
            "form": "joint" if cosigner else "single",
            "title": case.title,
            "text": case.text(),
            "submitter": self._member(case),
            "cosigners": cosigner,
            "nature": case.nature,
            "submitted_on": str(on),
        }
        who = Person(f"member:{self._member(case)}", ("member",))
        answer = await self._office.command("proposals", "/v1/proposals", who, on, f"case-{case.index}", body)
        r.id, r.position = answer["id"], answer["sequence"]

    async def _hand_over(self, r: Running, step: Step) -> None:
        body = {
            "lead": self._unit(r.case.unit),
            "co": [self._unit(r.case.co_unit)] if r.case.co_unit else [],
            "office": self._unit(SECTIONS_OFFICE),
            "leader": r.case.leader,
            "pack": self._facts["pack"],
            "handed_over_on": str(step.on),
        }
        who = Person("person:office", ("office",), self._unit(SECTIONS_OFFICE))
        await self._proposal(r, step, who, "hand-over", body)

    async def _meet(self, r: Running, step: Step, stage: str) -> None:
        who = self._person("handler", r.case.unit)
        key = f"{r.case.index}-{stage}"
        number = r.case.index * 3 + list(MODES).index(stage)
        upload = await self._office.command(
            "meetings",
            f"/v1/photos?case={r.id}",
            who,
            step.on,
            f"photo-{key}",
            content=photo(number),
            at_least=r.position,
        )
        body = {
            "case": r.id,
            "unit": self._unit(r.case.unit),
            "member": self._member(r.case),
            "stage": stage,
            "mode": MODES[stage],
            "met_on": str(step.on),
            "summary": "向委员代表说明办理情况, 听取意见。",
            "evidence": [upload["digest"]],
        }
        met = await self._office.command(
            "meetings", "/v1/handler-meetings", who, step.on, f"meeting-{key}", body, at_least=r.position
        )
        r.position = met["sequence"]
        if r.case.index % 4 == 0:
            await self._office.command(
                "meetings",
                f"/v1/handler-meetings/{met['id']}/confirm",
                Person(f"member:{self._member(r.case)}", ("member",)),
                step.on,
                f"confirm-{key}",
                {"confirmed_on": str(step.on)},
            )

    async def _rate(self, r: Running, step: Step) -> None:
        word = "不满意" if step.name == "rate_dissatisfied" else "基本满意" if r.case.index % 5 == 0 else "满意"
        for n, id in enumerate(self._answered(r.case)):
            body = {"member": id, "result": word, "attitude": "满意", "rated_on": str(step.on)}
            await self._proposal(r, step, Person(f"member:{id}", ("member",)), "reply/rate", body, str(n))

    async def _proposal(
        self, r: Running, step: Step, who: Person, act: str, body: Mapping[str, Any], part: str = ""
    ) -> None:
        """Send a command on the case, having seen everything that happened to it anywhere."""
        key = f"{r.case.index}-{step.name}-{step.on}-{part.encode().hex()}"
        answer = await self._office.command(
            "proposals", f"/v1/proposals/{r.id}/{act}", who, step.on, key, body, at_least=r.position
        )
        r.position = max(r.position, answer["sequence"])

    def _answered(self, case: Case) -> list[str]:
        body = _body(case.kind)
        signers = [case.submitter, *([] if case.cosigner is None else [case.cosigner])]
        return [self.county.members[body, n] for n in signers]

    def _answer(self, r: Running) -> str:
        return f"您提出的“{r.case.title}”收悉, 现答复如下: 已列入办理, 第{r.round}轮。"

    def _unit(self, name: str) -> str:
        return self.county.units[name]

    def _member(self, case: Case) -> str:
        return self.county.members[_body(case.kind), case.submitter]

    def _cosigner(self, case: Case) -> Person:
        assert case.cosigner is not None
        return Person(f"member:{self.county.members[_body(case.kind), case.cosigner]}", ("member",))

    def _clerk(self, unit: str) -> Person:
        return self._person("office_clerk", unit)

    def _person(self, role: str, unit: str) -> Person:
        return Person(f"person:{role}-{self._unit(unit)[:8]}", (role,), self._unit(unit))


def _body(kind: str) -> str:
    return "npc" if kind == "npc_suggestion" else "cppcc"
