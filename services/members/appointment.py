"""An appointment 任职: a person holds an office of a unit (经办人, 审核人, 签发人 …) from a first to a last day."""

from datetime import date
from typing import Any, assert_never
from uuid import UUID

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.members import AppointmentEnded, PersonAppointed
from runtime.folds import State
from runtime.refusals import Refusal
from services.members.commands import AppointPerson, EndAppointment
from services.members.unit import Standing


class Appointment(State):
    """Who holds which office where, and since when."""

    person: str = ""
    name: str = ""
    unit: UUID | None = None
    office: str = ""
    from_on: date = date.min
    ended_on: date | None = None


class UnitUnknown(Refusal):
    """The county has no such unit."""

    code, status, title = "appointment.unit_unknown", 404, "没有这个单位"


class UnitClosedThen(Refusal):
    """The unit is closed on the first day in office."""

    code, status, title = "appointment.unit_closed", 409, "单位在任职之日已撤销"


class AppointmentHasEnded(Refusal):
    """The person has left the office already."""

    code, status, title = "appointment.has_ended", 409, "任职已经终止"


class EndsBeforeStart(Refusal):
    """The appointment would end before its first day."""

    code, status, title = "appointment.ends_before_start", 409, "免职日期早于任职日期"


AppointmentEvents = PersonAppointed | AppointmentEnded


def evolve(appointment: Appointment, event: Event, envelope: Envelope[Any]) -> Appointment:
    """Give the appointment after an event."""
    assert isinstance(event, AppointmentEvents)
    match event:
        case PersonAppointed():
            return Appointment(
                person=event.person, name=event.name, unit=event.unit, office=event.office, from_on=event.from_on
            )
        case AppointmentEnded():
            return appointment.model_copy(update={"ended_on": event.on})
        case _:
            assert_never(event)


def appoint(command: AppointPerson, *, unit: Standing) -> PersonAppointed:
    """Decide to put a person into an office; `unit` is how the unit stands on the first day.

    Raises: UnitUnknown, UnitClosedThen.
    """
    if unit == "unknown":
        raise UnitUnknown(unit=str(command.unit))
    if unit == "closed":
        raise UnitClosedThen(unit=str(command.unit))
    return PersonAppointed(
        person=command.person,
        name=command.name,
        unit=command.unit,
        office=command.office,
        from_on=command.from_on,
    )


def end(appointment: Appointment, command: EndAppointment) -> AppointmentEnded:
    """Decide to take the person out of the office.

    Raises: AppointmentHasEnded, EndsBeforeStart.
    """
    if appointment.ended_on is not None:
        raise AppointmentHasEnded(ended_on=appointment.ended_on.isoformat())
    if command.on < appointment.from_on:
        raise EndsBeforeStart(from_on=appointment.from_on.isoformat())
    return AppointmentEnded(on=command.on, reason=command.reason)
