"""A calendar is published: every open case that waited for it moves its clocks, once, whatever dies in between.

Fifteen working days from Tuesday, 20 December 2005: by weekends alone the 15th is Tuesday, 10 January 2006; with the
notice of 2006 (31 December worked, 1 to 3 January off) it is Wednesday the 11th. Five working days end on 27 December
either way, but the notice of 2006 may have rearranged that week.
"""

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

from nats.aio.msg import Msg

from tests.services.proposals.served.conftest import REGISTRAR

if TYPE_CHECKING:
    from tests.services.proposals.served.conftest import Case, Town
    from yishi.stack import Stack

LATE = "2005-12-21"


async def handed_over(town: "Town", on: str = "2005-12-20") -> "Case":
    case = await town.case("register")
    body = {"lead": case.lead, "office": town.units["office"], "handed_over_on": on}
    answer = await town.post(town.office, f"/proposals/{case.id}/hand-over", body, on=LATE)
    assert answer.status_code == 200, answer.text
    return case


async def publish(town: "Town", year: int) -> None:
    answer = await town.post(REGISTRAR, "/calendars/publish-shipped", {"year": year}, on=LATE, service="members")
    assert answer.status_code == 201, answer.text


async def clocks(town: "Town", case: "Case") -> dict[str, tuple[str, bool]]:
    shown: dict[str, Any] = await town.show(case)
    return {clock["kind"]: (clock["due_on"], clock["provisional"]) for clock in shown["clocks"]}


BEFORE = {"return": ("2005-12-27", True), "contact": ("2006-01-10", True)}
AFTER = {"return": ("2005-12-27", False), "contact": ("2006-01-11", False)}
FIXED = {"unit_reply": ("2005-04-30", False), "closing": ("2005-05-30", False)}


async def test_who_has_seen_the_calendar_sees_the_clocks_it_has_moved(town: "Town") -> None:
    waiting, settled = await handed_over(town), await handed_over(town, "2005-03-01")
    assert await clocks(town, waiting) == BEFORE | FIXED
    before = await town.show(settled)

    await publish(town, 2006)
    assert await clocks(town, waiting) == AFTER | FIXED
    shown = await town.show(waiting)
    assert shown["version"] == 4
    proofs = {clock["kind"]: clock["proof"] for clock in shown["clocks"]}
    assert [use["year"] for use in proofs["contact"]["calendars"]] == [2005, 2006]
    assert all(use["digest"] for kind in AFTER for use in proofs[kind]["calendars"])
    assert await town.show(settled) == before


async def test_a_calendar_of_another_year_moves_nothing(town: "Town") -> None:
    case = await handed_over(town)
    await publish(town, 2007)
    assert (await town.show(case))["version"] == 3
    await publish(town, 2006)
    assert (await town.show(case))["version"] == 4


async def test_a_service_killed_in_the_middle_moves_the_rest_and_nothing_twice(town: "Town", stack: "Stack") -> None:
    cases = [await handed_over(town) for _ in range(24)]
    proposals, died = stack.services["proposals"], asyncio.Event()

    async def kill(message: Msg) -> None:
        if "ClocksMoved" in (message.headers or {}).get("Yishi-Type", "") and not died.is_set():
            assert proposals.pid
            os.kill(proposals.pid, signal.SIGKILL)
            died.set()

    operator = await stack.nats.connect("operator")
    try:
        await operator.subscribe(f"evt.{town.county}.proposals.proposal.*", cb=kill)
        await publish(town, 2006)
        await asyncio.wait_for(died.wait(), 20)
        await proposals.kill()
        await proposals.start()
    finally:
        await operator.close()
        await proposals.start()

    shown = [await town.show(case) for case in cases]
    assert [case["version"] for case in shown] == [4] * len(cases)
    assert [await clocks(town, case) for case in cases] == [AFTER | FIXED] * len(cases)
