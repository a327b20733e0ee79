"""A holiday calendar is published or corrected 放假安排公布、更正: every open case it concerns gets an event.

Each case's command is named by the case, its version and the calendars, so that whoever is interrupted goes on where
he was, and whoever comes twice changes nothing. A case whose clocks were decided on while the calendar arrived is
found by the hourly look.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

import structlog

from contracts.copies import adopted
from contracts.envelope import command_id, digest_of
from contracts.members import CalendarPublished
from rules.calendar import Calendars
from runtime.execute import Act
from runtime.http import CHINA
from runtime.process import Process
from runtime.refusals import AggregateParked, NotYetThere
from runtime.settings import utc_now
from services.proposals import provisional
from services.proposals.folds import PROPOSAL

logger = structlog.get_logger()

AT_ONCE = 16
"""Cases that are moved at the same time."""
WAIT = 2.0
"""Seconds to wait for our own projection before the calendar's event is delivered again."""
LOOK = 3600.0
"""Seconds between two looks for cases that were missed."""


async def move_clocks(process: Process, envelope: Any, act: Act) -> None:
    """Move the clocks of a county's open cases by a new calendar, once our projection has it and the cases.

    Raises: NotYetThere when it has not; AggregateParked at the end, when a case among them is parked.
    """
    assert isinstance(envelope.data, CalendarPublished)
    if not await process.positions.wait(await process.log.last_sequence(), WAIT):
        raise NotYetThere
    await sweep(process, act)


async def sweep(process: Process, by: Act) -> None:
    """Move the clocks of every case of a county that were not computed with the calendars in force.

    A case that cannot be moved keeps no other one waiting. Raises: what the worst of them raised.
    """
    async with process.database.county(by.county) as db:
        cases = await provisional.waiting(db)
        calendars = await adopted.calendars_of(db)
    failed: list[BaseException] = []
    for start in range(0, len(cases), AT_ONCE):
        moving = (_move(process, case, calendars, by) for case in cases[start : start + AT_ONCE])
        failed += filter(None, await asyncio.gather(*moving, return_exceptions=True))
    if failed:
        raise min(failed, key=lambda failure: isinstance(failure, AggregateParked))


async def _move(process: Process, case: str, calendars: Calendars, by: Act) -> None:
    held = await process.states.load(PROPOSAL, by.county, case)
    digests = ",".join(calendars[year].digest for year in sorted(calendars))
    command = f"move-clocks/{case}/{held.version}/{digest_of(digests.encode())}"
    act = replace(
        by,
        commandid=command_id(by.county, by.actor, command),
        commanddigest=digest_of(command.encode()),
        action="move-clocks",
    )
    today = act.now.astimezone(CHINA).date()
    with suppress(provisional.NothingToMove):
        await process.executor.execute(
            PROPOSAL, case, act, lambda case: provisional.move_clocks(case, calendars, today)
        )


async def look_hourly(process: Process) -> None:
    """Move, every hour, what was decided on while a calendar arrived and was therefore missed."""
    process.every(LOOK, "clocks.looked_after", lambda: look(process))


async def look(process: Process) -> None:
    """Move the missed clocks of every county; a case that is parked holds up no other one."""
    async with process.database.owner() as db:
        counties = await provisional.counties_waiting(db)
    actor = f"service:{process.service.name}"
    for county in counties:
        by = Act(county, actor, "service", uuid4(), "", correlationid=str(uuid4()), now=utc_now())
        try:
            await sweep(process, by)
        except Exception as error:  # The next look tries again.
            logger.warning("clocks.not_all_moved", county=county, error=repr(error))
