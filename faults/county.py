"""The county in which the load works: who acts there, how it is set up, and how a case is brought in."""

from collections import deque
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from faults.clients import Clients, Person

REGISTRAR = Person("person:registrar", ("registrar",))
COMMITTEE = Person("person:committee", ("committee",))
OFFICE = Person("person:office", ("office",))
OPERATOR = Person("person:operator", ("operator",))

PACK = "hunan-transport-2005"
SUBMITTED, HANDED_OVER, MET = date(2005, 2, 18), date(2005, 3, 1), date(2005, 3, 14)
TODAY = date(2005, 3, 18)
"""The simulated day of all commands but runs."""
RUNS_FROM = date(2005, 4, 22)
"""From here on each run of reminders is one for the next day; every clock opened on 1 March reminds almost daily."""
HAND_OVERS = 150
"""Cases handed over in one drill: each adds clocks to every later run of reminders."""


@dataclass
class Case:
    """A case that is with its unit."""

    id: str
    member: str
    position: int
    meetings: int = 0


@dataclass
class County:
    """What the load knows of its county."""

    body: str = ""
    unit: str = ""
    members: list[str] = field(default_factory=list)
    cases: deque[Case] = field(default_factory=lambda: deque(maxlen=HAND_OVERS))
    handed_over: int = 0
    shared: tuple[str, int] = ("", 0)
    unread: deque[tuple[str, str]] = field(default_factory=deque)
    """Reminders to read: id and whom."""
    seen: set[str] = field(default_factory=set)
    """Reminders that were put there once: a read whose outcome is unknown is not tried under another key."""
    run_on: date = RUNS_FROM
    runs: int = 0

    def handler(self) -> Person:
        """Give the unit's handler."""
        return Person("person:handler", ("handler",), self.unit)


async def set_up(clients: Clients) -> County:
    """Establish body, unit, members, rules and calendars, and hand over the first cases."""
    clients.today, send, county = TODAY, clients.command, County()
    gives_up, clients.give_up = clients.give_up, False
    body = {"kind": "cppcc", "established_on": "2003-01-20"}
    made = await send(
        "members", "/v1/bodies", REGISTRAR, "BodyEstablished", lambda value: body | {"name": value}, holds="name"
    )
    county.body, county.unit = made["id"], (await establish_unit(clients))["id"]
    seat = {"body": county.body, "term": 10, "from_on": "2003-01-20"}
    for _ in range(4):
        enrolled = await send(
            "members", "/v1/members", REGISTRAR, "MemberEnrolled", lambda value: seat | {"name": value}, holds="name"
        )
        county.members.append(enrolled["id"])
    adoption = {"name": PACK, "from_on": "2005-01-01"}
    await send("members", "/v1/packs/adopt", REGISTRAR, "RulePackAdopted", lambda _: adoption)
    for notice in ({"year": 2005}, {"year": 2006}):
        path = "/v1/calendars/publish-shipped"
        await send("members", path, REGISTRAR, "CalendarPublished", lambda _: notice)  # noqa: B023 - called at once
    position = max(said.position for said in clients.ledger.acknowledged.values())
    for _ in range(3):
        await submit_case(clients, county, hand_over=True, at_least=position)
    clients.give_up = gives_up
    return county


async def establish_unit(clients: Clients) -> dict[str, Any]:
    """Establish a unit at the root. *Raises* as `command`."""
    return await clients.command(
        "members",
        "/v1/units",
        REGISTRAR,
        "UnitEstablished",
        lambda value: {"name": value, "from_on": "2005-01-01"},
        holds="name",
    )


async def submit_case(
    clients: Clients, county: County, *, hand_over: bool, register: bool = True, at_least: int = 0
) -> None:
    """Submit a case under its member's name; register it, and hand it over to its unit. *Raises* as `command`."""
    send = clients.command
    member = clients.chance.choice(county.members)
    who = Person(f"member:{member}", ("member",))
    submission = {
        **{"kind": "cppcc_proposal", "body": county.body, "term": 10, "session": 3, "form": "single"},
        **{"submitter": member, "submitted_on": str(SUBMITTED), "text": "案由与建议。"},
    }
    submitted = await send(
        "proposals",
        "/v1/proposals",
        who,
        "ProposalSubmitted",
        lambda value: submission | {"title": value},
        holds="title",
        at_least=at_least,
    )
    path = f"/v1/proposals/{submitted['id']}"
    if not register:
        return
    registration = {"registered_on": str(SUBMITTED)}
    registered = await send(
        "proposals",
        f"{path}/register",
        COMMITTEE,
        "ProposalRegistered",
        lambda value: registration | {"nature": value},
        holds="nature",
        at_least=submitted["sequence"],
    )
    if not hand_over:
        return
    order = {"lead": county.unit, "pack": PACK, "handed_over_on": str(HANDED_OVER)}
    handed = await send(
        "proposals",
        f"{path}/hand-over",
        OFFICE,
        "ProposalHandedOver",
        lambda value: order | {"leader": value},
        holds="leader",
        at_least=registered["sequence"],
    )
    county.handed_over += 1
    county.cases.append(Case(submitted["id"], member, handed["sequence"]))
