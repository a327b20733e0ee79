"""An import dies in the middle: what is in the log are whole cases, and running it again brings the others."""

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from runtime.feed import Feed
from runtime.messages import read
from yishi.stack import Stack
from yishi.target import find_target, open_log
from yishi.verify import walk_log

if TYPE_CHECKING:
    from tests.conftest import Eventually, Person, Running, Spawn

CASES = 240
LIFE = {
    "kind": "提案",
    "body": "县政协",
    "term": "9",
    "session": "3",
    "submitters": "张三",
    "lead_unit": "规划办",
    "submitted_on": "2005-01-20",
    "handed_over_on": "2005-03-01",
    "met_before_on": "2005-03-08",
    "signed_on": "2005-04-05",
    "reply_category": "A",
    "scheme": "bureau-abc",
    "delivered_on": "2005-04-08",
    "rating_result": "满意",
    "rated_on": "2005-04-20",
}
EVENTS = 9
"""Of one case; its number is another."""


async def settle(members: "Running") -> int:
    """Give the county a body, a member and a unit; the sequence where they are."""
    person = members.person()
    body = (await person.post("/v1/bodies", {"name": "县政协", "kind": "cppcc"})).json()["id"]
    await person.post("/v1/members", {"name": "张三", "body": body, "term": 9, "from_on": "2003-01-01"})
    unit = await person.post("/v1/units", {"name": "规划办", "from_on": "2003-01-01"})
    return int(unit.headers["event-position"].removeprefix("EVENTS:"))


async def send(person: "Person", at_least: int) -> dict[str, Any]:
    """Send every row, and give what became of them; nothing when the service or the log died meanwhile."""
    rows = [
        {"row": number + 1, "values": LIFE | {"number": str(number), "title": f"第{number}件"}}
        for number in range(1, CASES + 1)
    ]
    try:
        answer = await person.post("/v1/imports/cases", {"rows": rows, "apply": True}, at_least=f"EVENTS:{at_least}")
    except httpx2.HTTPError:
        return {}
    return dict(answer.json()) if answer.status_code < 300 else {}


async def cases(stack: Stack) -> tuple[dict[str, list[str]], int]:
    """Give the events of every case in the log, and how many numbers are claimed."""
    found, numbers = defaultdict(list), 0
    async with open_log(find_target(stack.home)) as (log, _):
        last, seen = await log.last_sequence(), 0
        async with Feed(log, 1) as feed:
            while seen < last:
                for message in await feed.batch(1000, 1.0):
                    envelope, seen = read(message), message.sequence
                    if envelope.address.aggregate == "proposal":
                        found[envelope.address.id].append(envelope.type)
                    numbers += envelope.address.aggregate == "number"
    return found, numbers


@pytest.mark.parametrize("victim", ["service", "log"])
async def test_a_killed_import_leaves_whole_cases_and_is_run_again(
    own_stack: Stack, spawn: "Spawn", eventually: "Eventually", victim: str
) -> None:
    async with spawn("members") as members:
        head = await settle(members)
    operator = await own_stack.nats.connect("operator")

    async def some_are_written() -> bool:
        return bool((await operator.jetstream().stream_info("EVENTS")).state.last_seq > head + 5 * EVENTS)

    async with spawn("proposals") as proposals:
        importing = asyncio.create_task(send(proposals.person(), head))
        await eventually(some_are_written, 30)
        await (proposals.child.kill() if victim == "service" else own_stack.nats.kill())
        assert await importing == {}
        if victim == "log":
            await own_stack.nats.start()
            await eventually(lambda: _ready(proposals), 30)
    await operator.close()
    found, numbers = await cases(own_stack)
    assert 5 <= len(found) < CASES
    assert {(len(types), types[-1]) for types in found.values()} == {(EVENTS, "yishi.proposals.ProposalClosed.v1")}
    assert numbers == len(found)

    async with spawn("proposals") as proposals:
        again = await send(proposals.person(), head)
        assert (len(again["new"]), len(again["unchanged"])) == (CASES - len(found), len(found))
        once_more = await send(proposals.person(), head)
        assert (once_more["new"], once_more["events"]) == ([], 0)
    found, numbers = await cases(own_stack)
    assert ({len(types) for types in found.values()}, len(found), numbers) == ({EVENTS}, CASES, CASES)
    async with open_log(find_target(own_stack.home)) as (log, _):
        assert (await walk_log(log)).aggregates > 2 * CASES


async def _ready(running: "Running") -> bool:
    return bool((await running.ready())["ready"])
