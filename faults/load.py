"""The load: integrators of all four services at work at the same time, in one county.

Units are established, renamed and called otherwise (several writers on one unit); cases are submitted, registered
under numbers of their own and handed over; meetings are recorded about them, which the cases take note of; reminders
are run and read. Every command carries a value of its own.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Self

from faults.clients import Abandoned, Clients, Person, Stopped
from faults.county import HAND_OVERS, MET, OPERATOR, REGISTRAR, County, establish_unit, set_up, submit_case

SHARED = 40
"""Aliases after which the writers turn to another shared unit: a state remembers every command for ever."""
MEETINGS = 6
"""Meetings about one case."""
UNREAD = 12
"""Reminders known to be unread below which another run is made."""


class Load:
    """The writers of all services.

    `pace` is the longest pause in seconds between two commands of one writer. Each run of reminders is one for the
    next simulated day, or always for the same real one: `runs_on`.
    """

    def __init__(self, clients: Clients, *, pace: float = 0.1, runs_on: date | None = None) -> None:
        self.clients = clients
        self.county = County()
        self._pace = pace
        self._runs_on = runs_on
        self._tasks: list[asyncio.Task[None]] = []
        self._enough = False

    def start(self) -> None:
        """Set every writer to work."""
        steps = [self._members] * 2 + [self._submissions] + [self._proposals] * 2
        steps += [self._meetings] * 2 + [self._notifications] * 2
        self._tasks = [asyncio.create_task(self._repeat(step)) for step in steps]

    async def stop(self, seconds: float) -> list[BaseException]:
        """Let every writer finish its command; who has no answer in time leaves the outcome unknown.

        Gives what went wrong in the load itself.
        """
        self._enough = True
        _, waiting = await asyncio.wait(self._tasks, timeout=seconds)
        self.clients.over = True
        if waiting:
            await asyncio.wait(waiting, timeout=10)
        for task in self._tasks:
            task.cancel()
        found = await asyncio.gather(*self._tasks, return_exceptions=True)
        return [error for error in found if isinstance(error, Exception)]

    async def __aenter__(self) -> Self:
        """Establish the county and set every writer to work."""
        self.county = await set_up(self.clients)
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End every writer at once; after `stop` none is left."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def failed(self) -> list[BaseException]:
        """Give what ended a writer before its time."""
        return [error for task in self._tasks if task.done() and not task.cancelled() and (error := task.exception())]

    async def _repeat(self, step: Callable[[], Awaitable[None]]) -> None:
        while not self._enough:
            with suppress(Abandoned, Stopped):
                await step()
            await asyncio.sleep(self.clients.chance.uniform(0, self._pace))

    async def _members(self) -> None:
        """Establish a unit; rename it, or give the shared unit one more alias."""
        send, county = self.clients.command, self.county
        made = await establish_unit(self.clients)
        if self.clients.chance.random() < 0.4:
            path, body = f"/v1/units/{made['id']}/rename", {"from_on": "2005-02-01"}
            await send("members", path, REGISTRAR, "UnitRenamed", lambda value: body | {"name": value}, holds="name")
            return
        unit, aliases = county.shared
        if not unit or aliases >= SHARED:
            unit, aliases = made["id"], 0
        county.shared = (unit, aliases + 1)
        path = f"/v1/units/{unit}/aliases"
        await send("members", path, REGISTRAR, "UnitAliasAdded", lambda value: {"alias": value}, holds="alias")

    async def _submissions(self) -> None:
        """Submit a case and do no more: a command that waits for nobody's reactions, as those with at-least do."""
        await submit_case(self.clients, self.county, hand_over=False, register=False)

    async def _proposals(self) -> None:
        """Submit a case; register it, hand some over."""
        county = self.county
        hand_over = self.clients.chance.random() < 0.4 and county.handed_over < HAND_OVERS
        await submit_case(self.clients, county, hand_over=hand_over)

    async def _meetings(self) -> None:
        """Record a meeting about a case; the member confirms some."""
        send, county = self.clients.command, self.county
        open_cases = [case for case in county.cases if case.meetings < MEETINGS] or list(county.cases)
        case = self.clients.chance.choice(open_cases)
        case.meetings += 1
        body = {
            **{"case": case.id, "unit": county.unit, "member": case.member, "stage": "before", "mode": "telephone"},
            **{"met_on": str(MET), "summary": "电话沟通办理情况。"},
        }
        met = await send(
            "meetings",
            "/v1/handler-meetings",
            county.handler(),
            "HandlerMet",
            lambda value: body | {"place": value},
            holds="place",
            at_least=case.position,
        )
        if self.clients.chance.random() < 0.4:
            path, who = f"/v1/handler-meetings/{met['id']}/confirm", Person(f"member:{case.member}", ("member",))
            await send("meetings", path, who, "HandlerMeetingConfirmed", lambda _: {"confirmed_on": str(MET)})

    async def _notifications(self) -> None:
        """Read one reminder; make a run when few are left."""
        county = self.county
        if len(county.unread) < UNREAD:
            await self._run()
        if not county.unread:
            await asyncio.sleep(0.2)
            return
        id, whom = county.unread.popleft()
        who = Person("person:office", ("office",), whom.removeprefix("unit:"))
        if whom.startswith("member:"):
            who = Person(whom, ("member",))
        path = f"/v1/reminders/{id}/read"
        await self.clients.command("notifications", path, who, "ReminderRead", lambda _: {})

    async def _run(self) -> None:
        """Run the reminders of the day and look at what is unread."""
        clients, county = self.clients, self.county
        county.run_on += timedelta(days=1)
        county.runs += 1
        name, day = f"{clients.name}-run-{county.runs}", self._runs_on or county.run_on
        headers = {"idempotency-key": name, "simulated-now": f"{day}T09:30:00+08:00"}
        position = max(case.position for case in county.cases)
        headers["at-least"] = f"EVENTS:{position}"
        body = {"as_of": str(day)}
        ran = await clients.request("notifications", "POST", "/v1/runs", OPERATOR, name, headers, json=body)
        if ran["reminders"]:
            clients.ledger.note_time("notifications")
        # Without at-least, which would also wait until the file sink has written every reminder of the run.
        page = await clients.request("notifications", "GET", "/v1/inbox?unread=true&limit=200", OPERATOR, name)
        for item in page["items"]:
            if item["notification"] == "reminder" and item["id"] not in county.seen:
                county.seen.add(item["id"])
                county.unread.append((item["id"], item["whom"]))
