"""The notifications service's routes."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from contracts.clocks import Proof
from contracts.copies.names import names_of
from contracts.envelope import command_id
from runtime.execute import Act
from runtime.http import BusinessDate, Calling, carry_out
from runtime.openapi import refuses, shows
from runtime.paging import LIMIT, LIMIT_MAX
from runtime.policy import permitting_role
from runtime.positions import token
from runtime.refusals import NotFound
from runtime.shapes import page_of
from services.notifications import clocks, digest, inbox, reminder, run
from services.notifications.commands import MarkRead, Run
from services.notifications.digest import DIGEST
from services.notifications.policy import POLICY, relations, seen_party
from services.notifications.refusals import RunInTheFuture
from services.notifications.reminder import REMINDER
from services.notifications.shapes import CLOCK, CLOCK_SHOWN, DIGEST_SHOWN, NOTICE, RUN, SUMMARY
from services.notifications.wording import why

router = APIRouter(prefix="/v1", tags=["notifications"])

Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]
_RAN = shows(RUN, "Event-Position") | shows(RUN, "Event-Position", status=202)


@router.post("/runs", responses=_RAN | refuses(409, 413))
async def start_run(command: Run, who: Calling) -> JSONResponse:
    """Send what fell due up to a date 发送提醒与通报 and has not been sent; harmless to repeat, key or no key.

    Answers what this run sent. Raises: RunInTheFuture for a day that has not come, as nothing sent can be taken back.
    """
    role = permitting_role(POLICY, "notifications.run", who.principal.roles, ())
    if command.as_of > who.today:
        raise RunInTheFuture
    by = Act(
        county=who.county,
        actor=who.principal.subject,
        actorrole=role,
        actorunit=who.principal.unit,
        tokenid=who.principal.token_id,
        commandid=command_id(who.county, who.principal.subject, f"run/{command.as_of}"),
        commanddigest="",
        correlationid=who.correlation,
        now=who.now,
        simulated=who.simulated,
    )
    ran = await run.run(who.process, who.county, command.as_of, by)
    seen = await who.process.positions.wait(ran.sequence, who.process.settings.own_projection_wait)
    position = token(ran.sequence or who.process.positions.sequence)
    content = {
        "as_of": command.as_of.isoformat(),
        "reminders": ran.reminders,
        "digests": ran.digests,
        "position": position,
    }
    return JSONResponse(content, 200 if seen else 202, headers={"Event-Position": position})


@router.get("/inbox", responses=shows(page_of(NOTICE)))
async def show_inbox(
    who: Calling,
    whom: str | None = None,
    unread: bool | None = None,
    after: str | None = None,
    limit: Limit = LIMIT,
) -> dict[str, Any]:
    """Show the reminders and digests of a unit, member or body 收件箱, the newest first."""
    party = seen_party(who.principal, "inbox.see", whom)
    async with who.process.database.county(who.county) as db:
        return await inbox.list_inbox(db, whom=party, unread=unread, after=after, limit=limit)


@router.post("/reminders/{id}/read")
async def read_reminder(id: UUID, who: Calling, command: MarkRead | None = None) -> JSONResponse:
    """Say that a reminder has been read 提醒已阅."""
    return await carry_out(
        who,
        REMINDER,
        str(id),
        "reminder.read",
        command or MarkRead(),
        lambda state: reminder.read(state, who.principal.subject, who.today),
        policy=POLICY,
        relations=lambda state: relations(who.principal, who.party, state.sent.whom if state.sent else None),
    )


@router.post("/digests/{id}/read")
async def read_digest(id: UUID, who: Calling, command: MarkRead | None = None) -> JSONResponse:
    """Say that a digest has been read 通报已阅."""
    return await carry_out(
        who,
        DIGEST,
        str(id),
        "digest.read",
        command or MarkRead(),
        lambda state: digest.read(state, who.principal.subject, who.today),
        policy=POLICY,
        relations=lambda state: relations(who.principal, who.party, state.sent.whom if state.sent else None),
    )


@router.get("/digests/{id}", responses=shows(DIGEST_SHOWN))
async def show_digest(id: UUID, who: Calling) -> dict[str, Any]:
    """Show a digest with the cases it names 督办通报."""
    async with who.process.database.county(who.county) as db:
        found = await inbox.get_digest(db, str(id))
    if found is None:
        raise NotFound
    seen_party(who.principal, "inbox.see", found["whom"])
    return found


@router.get("/clocks", responses=shows(page_of(CLOCK)))
async def show_clocks(
    who: Calling,
    overdue: bool | None = None,
    whom: str | None = None,
    kind: str | None = None,
    as_of: BusinessDate | None = None,
    after: str | None = None,
    limit: Limit = LIMIT,
) -> dict[str, Any]:
    """Show the clocks that are open on a business date 时限台账 (today unless given), the earliest last day first."""
    party = seen_party(who.principal, "clocks.see", whom)
    async with who.process.database.county(who.county) as db:
        answer = await clocks.list_clocks(
            db, as_of=as_of or who.today, overdue=overdue, whom=party, kind=kind, after=after, limit=limit
        )
        names = await names_of(db, {item["whom"] for item in answer["items"]})
    for item in answer["items"]:
        item["whom_name"] = names.get(item["whom"])
    return answer


@router.get("/clocks/{id}", responses=shows(CLOCK_SHOWN))
async def show_clock(id: UUID, who: Calling) -> dict[str, Any]:
    """Show one clock with its proof 时限依据: why is it due on that day?"""
    async with who.process.database.county(who.county) as db:
        found = await clocks.get_clock(db, id)
        names = await names_of(db, [found["whom"]]) if found else {}
    if found is None:
        raise NotFound
    seen_party(who.principal, "clocks.see", found["whom"])
    sentence = why(Proof.model_validate(found["proof"]), found["due_on"])
    return found | {"whom_name": names.get(found["whom"]), "why": sentence}


@router.get("/summary", responses=shows(SUMMARY))
async def show_summary(who: Calling) -> dict[str, Any]:
    """Count what was sent 发送统计, by kind of clock, rule and party."""
    permitting_role(POLICY, "summary.see", who.principal.roles, ())
    async with who.process.database.county(who.county) as db:
        return await inbox.summary(db)
