"""Decisions on bodies, members, appointments and mandates, one rule each."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from contracts.event import Event
from contracts.members import (
    AppointmentEnded,
    BodyEstablished,
    MandateGiven,
    MandateRevoked,
    MemberEnrolled,
    MemberSeatEnded,
    PersonAppointed,
)
from runtime.refusals import Refusal
from services.members import appointment, body, mandate, member
from services.members.commands import (
    AppointPerson,
    EndAppointment,
    EndSeat,
    EnrolMember,
    EstablishBody,
    GiveMandate,
    RevokeMandate,
)
from services.members.office_http import APPOINTMENT, MANDATE
from services.members.roster_http import MEMBER

BODY, UNIT = uuid4(), uuid4()
START, END = date(2003, 1, 1), date(2007, 12, 31)
ENROLLED = MemberEnrolled(name="张委员", body=BODY, term=9, sector="经济界", from_on=START)
APPOINTED = PersonAppointed(person="person:wang", name="王科长", unit=UNIT, office="handler", from_on=START)
GIVEN = MandateGiven(
    giver="person:li",
    holder="person:wang",
    acts=("reply.sign",),
    from_on=START,
    until_on=END,
    reason="出差",
)


def refused(decide: Callable[[], Event]) -> str:
    with pytest.raises(Refusal) as told:
        decide()
    return told.value.code


def give(**changes: Any) -> GiveMandate:
    return GiveMandate(**GIVEN.model_dump(exclude={"clocks"}) | changes)


def test_a_body_is_established() -> None:
    command = EstablishBody(name="湖南省政协", kind="cppcc", established_on=START)
    assert body.establish(command) == BodyEstablished(name="湖南省政协", kind="cppcc", established_on=START)


def test_a_member_takes_a_seat_in_a_body_of_the_county() -> None:
    command = EnrolMember(name="张委员", body=BODY, term=9, sector="经济界", from_on=START)
    assert member.enrol(command, body_exists=True) == ENROLLED


def test_nobody_takes_a_seat_in_a_body_that_the_county_does_not_have() -> None:
    command = EnrolMember(name="张委员", body=BODY, term=9, from_on=START)
    assert refused(lambda: member.enrol(command, body_exists=False)) == "member.body_unknown"


def test_a_seat_ends_once(given: Callable[..., Any]) -> None:
    ended = member.end_seat(given(MEMBER, ENROLLED), EndSeat(on=END, reason="届满"))
    assert ended == MemberSeatEnded(on=END, reason="届满")
    state = given(MEMBER, ENROLLED, ended)
    assert refused(lambda: member.end_seat(state, EndSeat(on=END, reason="届满"))) == "member.seat_has_ended"


def test_a_seat_cannot_end_before_it_began(given: Callable[..., Any]) -> None:
    command = EndSeat(on=date(2002, 12, 31), reason="辞职")
    assert refused(lambda: member.end_seat(given(MEMBER, ENROLLED), command)) == "member.ends_before_start"


def test_a_person_is_appointed_to_an_open_unit() -> None:
    command = AppointPerson(person="person:wang", name="王科长", unit=UNIT, office="handler", from_on=START)
    assert appointment.appoint(command, unit="open") == APPOINTED


@pytest.mark.parametrize(
    ("standing", "code"), [("unknown", "appointment.unit_unknown"), ("closed", "appointment.unit_closed")]
)
def test_nobody_is_appointed_to_a_unit_that_does_not_stand(standing: Any, code: str) -> None:
    command = AppointPerson(person="person:wang", name="王科长", unit=UNIT, office="signer", from_on=START)
    assert refused(lambda: appointment.appoint(command, unit=standing)) == code


def test_a_person_leaves_an_office_once(given: Callable[..., Any]) -> None:
    ended = appointment.end(given(APPOINTMENT, APPOINTED), EndAppointment(on=END, reason="调离"))
    assert ended == AppointmentEnded(on=END, reason="调离")
    state = given(APPOINTMENT, APPOINTED, ended)
    command = EndAppointment(on=END, reason="调离")
    assert refused(lambda: appointment.end(state, command)) == "appointment.has_ended"


def test_a_person_cannot_leave_an_office_before_taking_it(given: Callable[..., Any]) -> None:
    command = EndAppointment(on=date(2002, 1, 1), reason="调离")
    code = refused(lambda: appointment.end(given(APPOINTMENT, APPOINTED), command))
    assert code == "appointment.ends_before_start"


def test_a_mandate_names_each_act_once() -> None:
    assert mandate.give(give(acts=("reply.sign", "reply.sign")), unknown_parties=()) == GIVEN


def test_nobody_gives_a_mandate_to_himself() -> None:
    command = give(holder="person:li")
    assert refused(lambda: mandate.give(command, unknown_parties=())) == "mandate.given_to_oneself"


def test_a_member_who_gives_or_holds_a_mandate_is_on_the_roster() -> None:
    party = f"member:{uuid4()}"
    command = give(giver=party)
    assert refused(lambda: mandate.give(command, unknown_parties=(party,))) == "mandate.party_unknown"


def test_a_mandate_is_revoked_once_and_before_it_ends(given: Callable[..., Any]) -> None:
    day = date(2005, 6, 1)
    revoked = mandate.revoke(given(MANDATE, GIVEN), RevokeMandate(on=day, reason="返岗"))
    assert revoked == MandateRevoked(on=day, reason="返岗")
    over = RevokeMandate(on=END, reason="返岗")
    assert refused(lambda: mandate.revoke(given(MANDATE, GIVEN), over)) == "mandate.is_over"
    again = RevokeMandate(on=day, reason="返岗")
    assert refused(lambda: mandate.revoke(given(MANDATE, GIVEN, revoked), again)) == "mandate.is_over"


@pytest.mark.parametrize(
    "changes",
    [
        {"until_on": date(2002, 12, 31)},
        {"acts": ()},
        {"acts": ("Sign everything",)},
        {"giver": "li"},
        {"giver": "member:li"},
        {"holder": "person:13800000000"},
        {"reason": "请致电 13800000000"},
    ],
)
def test_a_mandate_that_makes_no_sense_or_tells_a_number_is_no_command(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        give(**changes)


def test_a_members_subject_may_hold_any_uuid_even_one_that_looks_like_a_number() -> None:
    party = "member:13800000-0000-4000-8000-a13800000000"
    assert give(giver=party).giver == party
