"""Routes of the county's rules: packs 办理规则 and calendars 放假安排, given as bytes or taken from the shelf."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse

from contracts.copies.adopted import (
    CALENDAR_TABLE,
    PACK_TABLE,
    AdoptedPack,
    PublishedCalendar,
    evolve_calendar,
    evolve_pack,
)
from rules.shelf import published_calendars, published_packs
from runtime.folds import Fold
from runtime.http import Caller, Calling, Command, carry_out
from runtime.openapi import shows
from runtime.paging import LIMIT
from runtime.shapes import listed, page_of, shape
from services.members import calendar, pack, rulebook
from services.members.asking import After, Limit, shown
from services.members.commands import AdoptPack, AdoptShippedPack, PublishCalendar, PublishShippedCalendar
from services.members.policy import POLICY
from services.members.shapes import ADOPTION, PACK_SHOWN, PUBLISHED, PUBLISHED_SHOWN

router = APIRouter(prefix="/v1", tags=["rules"])

PACK: Fold[AdoptedPack] = Fold("members", "pack", AdoptedPack, evolve_pack, (PACK_TABLE,), own=True)
CALENDAR: Fold[PublishedCalendar] = Fold(
    "members", "calendar", PublishedCalendar, evolve_calendar, (CALENDAR_TABLE,), own=True
)


@router.post("/packs", status_code=201)
async def adopt_pack(command: AdoptPack, who: Calling) -> JSONResponse:
    """Adopt a rule pack 采用办理规则, given as its exact YAML."""
    return await _adopt(who, "pack.adopt", command, command.content.encode(), command.from_on)


@router.post("/packs/adopt", status_code=201)
async def adopt_shipped_pack(command: AdoptShippedPack, who: Calling) -> JSONResponse:
    """Adopt a rule pack that ships with the system 采用随附规则."""
    content = published_packs(who.process.settings.rules_dir).get(command.name)
    if content is None:
        raise pack.PackNotShipped(name=command.name)
    return await _adopt(who, "pack.adopt_shipped", command, content, command.from_on)


async def _adopt(who: Caller, action: str, command: Command, content: bytes, from_on: date) -> JSONResponse:
    read = pack.read(content)
    return await carry_out(
        who,
        PACK,
        read.name,
        action,
        command,
        lambda adopted: pack.adopt(adopted, read, content, from_on),
        policy=POLICY,
        new=True,
    )


@router.get("/packs", responses=shows(page_of(ADOPTION)))
async def list_packs(
    who: Calling, kind: str | None = None, after: After = None, limit: Limit = LIMIT
) -> dict[str, Any]:
    """List the adopted versions of packs 办理规则表: all, or those for a kind of case."""
    async with who.process.database.county(who.county) as db:
        return await rulebook.list_packs(db, kind=kind, after=after, limit=limit)


@router.get("/packs/{name}", responses=shows(PACK_SHOWN, "ETag"))
async def get_pack(name: str, who: Calling, response: Response) -> dict[str, Any]:
    """Show a pack with every adopted version 办理规则详情: digest and exact content."""
    async with who.process.database.county(who.county) as db:
        return shown(await rulebook.get_pack(db, name), response)


@router.post("/calendars", status_code=201)
async def publish_calendar(command: PublishCalendar, who: Calling) -> JSONResponse:
    """Publish a year's holiday calendar 公布放假安排, given as its exact YAML."""
    return await _publish(who, "calendar.publish", command, command.content.encode(), command.replaces)


@router.post("/calendars/publish-shipped", status_code=201)
async def publish_shipped_calendar(command: PublishShippedCalendar, who: Calling) -> JSONResponse:
    """Publish a calendar that ships with the system 公布随附安排."""
    content = published_calendars().get(command.year)
    if content is None:
        raise calendar.CalendarNotShipped(year=command.year)
    return await _publish(who, "calendar.publish_shipped", command, content, command.replaces)


async def _publish(who: Caller, action: str, command: Command, content: bytes, replaces: str | None) -> JSONResponse:
    read = calendar.read(content)
    return await carry_out(
        who,
        CALENDAR,
        str(read.year),
        action,
        command,
        lambda published: calendar.publish(published, read, content, replaces),
        policy=POLICY,
        new=True,
    )


@router.get("/calendars", responses=shows(shape(items=listed(PUBLISHED))))
async def list_calendars(who: Calling) -> dict[str, Any]:
    """List the published calendars 放假安排表."""
    async with who.process.database.county(who.county) as db:
        return await rulebook.list_calendars(db)


@router.get("/calendars/{year}", responses=shows(PUBLISHED_SHOWN, "ETag"))
async def get_calendar(year: Annotated[int, Path(ge=1, le=9999)], who: Calling, response: Response) -> dict[str, Any]:
    """Show a year's calendar 放假安排详情: digest and exact content."""
    async with who.process.database.county(who.county) as db:
        return shown(await rulebook.get_calendar(db, year), response)
