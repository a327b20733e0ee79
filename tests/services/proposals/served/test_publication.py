"""A calendar is published: every open case that waited for it moves its clocks, once, whatever dies in between.

Fifteen working days from Tuesday, 20 December 2005: by weekends alone the 15th is Tuesday, 10 January 2006; with the
notice of 2006 (31 December worked, 1 to 3 January off) it is Wednesday the 11th. Five working days end on 27 December
either way, but the notice of 2006 may have rearranged that week.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nats.aio.msg import Msg

from rules.exact import digest_of
from rules.shelf import published_calendars
from runtime.process import Process
from runtime.settings import Settings
from services.proposals.main import SERVICE
from services.proposals.provisional import counties_waiting
from services.proposals.publication import look
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


async def test_a_corrected_notice_moves_clocks_that_were_settled_and_says_why(town: "Town") -> None:
    case = await handed_over(town, "2005-03-01")
    before = {"return": ("2005-03-08", False), "contact": ("2005-03-22", False)}
    assert await clocks(town, case) == before | FIXED
    shipped = published_calendars()[2005].decode()
    body = {
        "content": shipped.replace("holidays:", "holidays:\n  - {name: 特别假, from: 2005-03-04, to: 2005-03-04}"),
        "replaces": digest_of(shipped.encode()),
    }
    answer = await town.post(REGISTRAR, "/calendars", body, on=LATE, service="members")
    assert answer.status_code == 201, answer.text
    assert await clocks(town, case) == {"return": ("2005-03-09", False), "contact": ("2005-03-23", False)} | FIXED
    shown = await town.show(case)
    assert shown["version"] == 4
    (used,) = next(clock for clock in shown["clocks"] if clock["kind"] == "return")["proof"]["calendars"]
    assert used["digest"] == digest_of(body["content"].encode())


async def test_the_hourly_look_moves_what_was_missed_and_one_countys_parked_case_holds_up_no_other(
    town: "Town", stack: "Stack", towns: "Callable[[str], Town]"
) -> None:
    other = towns(f"9{town.county[1:]}")
    await other.found()
    parked, missed = await handed_over(town), await handed_over(other)
    assert town.county < other.county  # The county of the parked case is looked at first.
    proposals = stack.services["proposals"]
    await proposals.stop()
    try:
        for one in (town, other):
            await publish(one, 2006)
        # A replica that projects and does not react, as after a crash between the two.
        known = {key.removeprefix("YISHI_").lower(): value for key, value in stack.environment("proposals").items()}
        process = Process(replace(SERVICE, reactions=()), Settings.model_validate(known))
        await process.open()
        try:
            assert await process.positions.wait(await process.log.last_sequence(), 20)
            async with process.database.owner() as db:
                await db.execute(
                    "INSERT INTO parked (county, service, aggregate, id, sequence, error)"
                    " VALUES ($1, 'proposals', 'proposal', $2, 1, 'a test')",
                    *(town.county, parked.id),
                )
            await look(process)
            assert await process.positions.wait(await process.log.last_sequence(), 20)
            async with process.database.owner() as db:
                assert town.county in await counties_waiting(db)
                assert other.county not in await counties_waiting(db)
                await db.execute("DELETE FROM parked WHERE id = $1", parked.id)
        finally:
            await process.close()
    finally:
        await proposals.start()
    assert await clocks(other, missed) == AFTER | FIXED


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
