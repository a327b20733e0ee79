"""Routes of appointments 任职 and mandates 委托: who acts in which office, and who acts for whom."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from contracts.copies.mandates import MANDATE_TABLE, Mandate
from contracts.copies.mandates import evolve as evolve_mandate
from contracts.members import Office
from runtime.folds import Fold
from runtime.http import Calling, carry_out
from runtime.openapi import shows
from runtime.paging import LIMIT
from runtime.shapes import page_of
from services.members import appointment, appointments, mandate, mandates, roster, units
from services.members.asking import After, AsOf, Limit, shown
from services.members.commands import AppointPerson, EndAppointment, GiveMandate, RevokeMandate
from services.members.policy import POLICY
from services.members.shapes import LENT, OFFICE

router = APIRouter(prefix="/v1", tags=["offices"])

APPOINTMENT: Fold[appointment.Appointment] = Fold(
    "members",
    "appointment",
    appointment.Appointment,
    appointment.evolve,
    (appointments.APPOINTMENTS,),
    own=True,
)
MANDATE: Fold[Mandate] = Fold("members", "mandate", Mandate, evolve_mandate, (MANDATE_TABLE,), own=True)


@router.post("/appointments", status_code=201)
async def appoint_person(command: AppointPerson, who: Calling) -> JSONResponse:
    """Put a person into an office of a unit 任职."""
    async with who.process.database.county(who.county) as db:
        unit = await units.standing(db, command.unit, command.from_on)
    assert unit is not None
    return await carry_out(
        who,
        APPOINTMENT,
        who.new_id(),
        "appointment.make",
        command,
        lambda _: appointment.appoint(command, unit=unit),
        policy=POLICY,
        new=True,
    )


@router.post("/appointments/{id}/end")
async def end_appointment(id: UUID, command: EndAppointment, who: Calling) -> JSONResponse:
    """Take a person out of the office 免职."""
    return await carry_out(
        who,
        APPOINTMENT,
        str(id),
        "appointment.end",
        command,
        lambda state: appointment.end(state, command),
        policy=POLICY,
    )


@router.get("/appointments", responses=shows(page_of(OFFICE)))
async def list_appointments(
    who: Calling,
    unit: UUID | None = None,
    office: Office | None = None,
    person: str | None = None,
    as_of: AsOf = None,
    after: After = None,
    limit: Limit = LIMIT,
) -> dict[str, Any]:
    """List appointments by the person's name 任职表: of a unit, an office, a person, or in office on a day."""
    async with who.process.database.county(who.county) as db:
        return await appointments.list_appointments(
            db,
            unit=str(unit) if unit else None,
            office=office,
            person=person,
            day=as_of,
            after=after,
            limit=limit,
        )


@router.get("/appointments/{id}", responses=shows(OFFICE, "ETag"))
async def get_appointment(id: UUID, who: Calling, response: Response) -> dict[str, Any]:
    """Show one appointment 任职详情."""
    async with who.process.database.county(who.county) as db:
        return shown(await appointments.get_appointment(db, str(id)), response)


@router.post("/mandates", status_code=201)
async def give_mandate(command: GiveMandate, who: Calling) -> JSONResponse:
    """Let somebody act for somebody else 委托; whoever is no registrar gives mandates for himself only."""
    async with who.process.database.county(who.county) as db:
        unknown = await roster.unknown_members(db, (command.giver, command.holder))
    gives = {"giver"} if who.principal.subject == command.giver else set[str]()
    return await carry_out(
        who,
        MANDATE,
        who.new_id(),
        "mandate.give",
        command,
        lambda _: mandate.give(command, unknown_parties=unknown),
        policy=POLICY,
        relations=lambda _: gives,
        new=True,
    )


@router.post("/mandates/{id}/revoke")
async def revoke_mandate(id: UUID, command: RevokeMandate, who: Calling) -> JSONResponse:
    """End a mandate before its time 撤销委托."""
    return await carry_out(
        who,
        MANDATE,
        str(id),
        "mandate.revoke",
        command,
        lambda state: mandate.revoke(state, command),
        policy=POLICY,
        relations=lambda state: {"giver"} if who.principal.subject == state.giver else (),
    )


@router.get("/mandates", responses=shows(page_of(LENT)))
async def list_mandates(
    who: Calling,
    giver: str | None = None,
    holder: str | None = None,
    as_of: AsOf = None,
    after: After = None,
    limit: Limit = LIMIT,
) -> dict[str, Any]:
    """List mandates 委托表: from somebody, to somebody, or valid on a day."""
    async with who.process.database.county(who.county) as db:
        return await mandates.list_mandates(db, giver=giver, holder=holder, day=as_of, after=after, limit=limit)


@router.get("/mandates/{id}", responses=shows(LENT, "ETag"))
async def get_mandate(id: UUID, who: Calling, response: Response) -> dict[str, Any]:
    """Show one mandate 委托详情."""
    async with who.process.database.county(who.county) as db:
        return shown(await mandates.get_mandate(db, str(id)), response)
