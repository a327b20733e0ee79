"""Decisions about a meeting, each one rule: given what is known, when somebody acts, then an event or a refusal."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.envelope import Envelope, digest_of
from contracts.event import Event
from contracts.meetings import (
    HandlerMeetingConfirmed,
    HandlerMeetingDisputed,
    HandlerMeetingWithdrawn,
    HandlerMet,
)
from contracts.sealed import Sealed, SealedFile
from rules.pack import load_pack
from rules.shelf import published_packs
from runtime.refusals import Refusal
from services.meetings import meeting
from services.meetings.cases import CaseFacts
from services.meetings.commands import RecordMeeting

CASE, LEAD, CO, MEMBER, COSIGNER = (uuid4() for _ in range(5))
PACKS = published_packs()
PACK = load_pack(PACKS["hunan-transport-2005"])
HANDED_OVER, MET, TODAY = date(2005, 3, 1), date(2005, 3, 9), date(2005, 3, 10)
FACTS = CaseFacts(
    title="关于改善县乡公路的提案",
    kind="cppcc_proposal",
    submitter=MEMBER,
    cosigners=(COSIGNER,),
    lead=LEAD,
    co=(CO,),
    handed_over_on=HANDED_OVER,
    pack_digest=PACK.digest,
)
PHOTO = SealedFile(case=CASE, digest=digest_of(b"photo"), media_type="image/png", size=5)


def sealed(label: str) -> Sealed:
    return Sealed(case=CASE, label=f"meeting.{label}", nonce="n", text=label)


TEXTS = meeting.Texts(sealed("summary"))


def record(facts: dict[str, Any] | None = None, **changes: Any) -> HandlerMet:
    """Record a telephone call for the lead unit on the next day, but for the changes."""
    given: dict[str, Any] = {
        "handler": "person:wang",
        "case": FACTS.model_copy(update=facts or {}),
        "pack": PACK,
        "uploaded": {PHOTO.digest: PHOTO},
        "texts": TEXTS,
        "today": TODAY,
    }
    given |= {name: changes.pop(name) for name in list(changes) if name in given}
    said: dict[str, Any] = {
        "case": CASE,
        "unit": LEAD,
        "member": MEMBER,
        "stage": "before",
        "mode": "telephone",
        "met_on": MET,
        "summary": "委员希望先修通村公路。",
    }
    return meeting.record(RecordMeeting(**said | changes), **given)


def given(*events: Event) -> meeting.Meeting:
    state = meeting.Meeting()
    for version, event in enumerate(events, 1):
        envelope = Envelope[Any](
            id=UUID(int=version),
            source="urn:yishi:meetings",
            type=event.type_name(),
            subject="meeting/1",
            time=datetime(2005, 3, 10, tzinfo=UTC),
            county="430000",
            actor="person:wang",
            actorrole="handler",
            commandid=uuid4(),
            commanddigest="",
            correlationid="1",
            version=version,
            data=event,
        )
        state = meeting.evolve(state, event, envelope)
    return state


def refused(call: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refusal) as refusal:
        call(*args, **kwargs)
    return refusal.value.code


CONFIRMED = HandlerMeetingConfirmed(member=MEMBER, confirmed_on=TODAY)
DISPUTED = HandlerMeetingDisputed(member=MEMBER, disputed_on=TODAY, reason=sealed("dispute"))
WITHDRAWN = HandlerMeetingWithdrawn(
    case=CASE, corrects=UUID(int=1), reason="重复", approved_by="厅办公室", withdrawn_on=TODAY
)
SUBJECT = f"member:{MEMBER}"


def test_a_telephone_call_needs_no_photo() -> None:
    assert record() == HandlerMet(
        case=CASE,
        unit=LEAD,
        handler="person:wang",
        member=MEMBER,
        stage="before",
        mode="telephone",
        met_on=MET,
        summary=TEXTS.summary,
        pack_digest=PACK.digest,
    )


def test_a_meeting_in_person_keeps_its_photo_once_even_if_it_is_named_twice() -> None:
    assert record(mode="in_person", evidence=(PHOTO.digest, PHOTO.digest)).evidence == (PHOTO,)


@pytest.mark.parametrize("mode", ["in_person", "on_site", "symposium", "local_office"])
def test_a_meeting_face_to_face_needs_a_photo_where_the_pack_demands_one(mode: str) -> None:
    assert refused(record, mode=mode) == "meeting.evidence_missing"


def test_a_meeting_in_person_needs_no_photo_where_the_pack_is_silent() -> None:
    henan = load_pack(PACKS["henan-2017"])
    assert record(mode="in_person", pack=henan).pack_digest == henan.digest


def test_a_photo_that_was_not_uploaded_for_the_case_proves_nothing() -> None:
    assert refused(record, mode="in_person", evidence=(PHOTO.digest,), uploaded={}) == "meeting.evidence_unknown"


def test_a_co_unit_may_meet_a_cosigner() -> None:
    event = record(unit=CO, member=COSIGNER)
    assert (event.unit, event.member) == (CO, COSIGNER)


@pytest.mark.parametrize(
    ("facts", "changes", "code"),
    [
        ({"submitter": None}, {}, "meeting.case_unknown"),
        ({"handed_over_on": None}, {}, "meeting.case_not_handed_over"),
        ({"closed": True}, {}, "meeting.case_closed"),
        ({"erased": True}, {}, "case.erased"),
        ({}, {"texts": None}, "case.erased"),
        ({}, {"pack": None}, "meeting.pack_unknown"),
        ({}, {"unit": uuid4()}, "meeting.unit_not_handling"),
        ({}, {"member": uuid4()}, "meeting.member_not_of_case"),
        ({"cosigners": ()}, {"member": COSIGNER}, "meeting.member_not_of_case"),
        ({}, {"met_on": date(2005, 3, 11)}, "meeting.date_in_future"),
        ({}, {"met_on": date(2005, 2, 28)}, "meeting.date_before_hand_over"),
    ],
)
def test_a_meeting_is_recorded_of_an_open_case_by_those_who_handle_it_with_those_who_brought_it(
    facts: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    assert refused(record, facts, **changes) == code


def test_a_meeting_on_the_day_of_the_hand_over_and_of_the_record_is_recorded() -> None:
    assert record(met_on=HANDED_OVER, today=HANDED_OVER).met_on == HANDED_OVER


def test_seven_days_after_the_meeting_is_not_late_and_eight_are() -> None:
    assert record(today=date(2005, 3, 16)).late is False
    assert refused(record, today=date(2005, 3, 17)) == "meeting.late_without_reason"
    late = record(today=date(2005, 3, 17), late_reason="委员外出")
    assert (late.late, late.late_reason) == (True, "委员外出")


def test_no_record_is_late_where_the_pack_names_no_term_for_recording() -> None:
    assert record(pack=load_pack(PACKS["henan-2017"]), today=date(2005, 12, 31)).late is False


def test_a_meeting_has_happened_until_somebody_says_otherwise() -> None:
    assert given(record()).standing == "recorded"


def test_the_member_confirms_the_meeting() -> None:
    assert meeting.confirm(given(record()), member=SUBJECT, on=TODAY, today=TODAY) == CONFIRMED
    assert given(record(), CONFIRMED).standing == "confirmed"


def test_nobody_but_the_member_who_was_met_confirms_or_disputes() -> None:
    state = given(record())
    for somebody in (f"member:{COSIGNER}", "person:wang", str(MEMBER)):
        assert refused(meeting.confirm, state, member=somebody, on=TODAY, today=TODAY) == "meeting.not_the_member"
        assert (
            refused(meeting.dispute, state, member=somebody, reason=sealed("dispute"), on=TODAY, today=TODAY)
            == "meeting.not_the_member"
        )


def test_a_meeting_is_confirmed_once_and_not_disputed_afterwards() -> None:
    state = given(record(), CONFIRMED)
    assert refused(meeting.confirm, state, member=SUBJECT, on=TODAY, today=TODAY) == "meeting.already_confirmed"
    assert (
        refused(meeting.dispute, state, member=SUBJECT, reason=sealed("dispute"), on=TODAY, today=TODAY)
        == "meeting.already_confirmed"
    )


def test_the_member_disputes_the_meeting_once_and_may_still_confirm_it() -> None:
    reason = sealed("dispute")
    assert meeting.dispute(given(record()), member=SUBJECT, reason=reason, on=TODAY, today=TODAY) == DISPUTED
    state = given(record(), DISPUTED)
    assert state.standing == "disputed"
    assert (
        refused(meeting.dispute, state, member=SUBJECT, reason=reason, on=TODAY, today=TODAY)
        == "meeting.already_disputed"
    )
    assert meeting.confirm(state, member=SUBJECT, on=TODAY, today=TODAY) == CONFIRMED


def test_a_dispute_about_an_erased_case_has_nothing_to_be_sealed_with() -> None:
    assert (
        refused(meeting.dispute, given(record()), member=SUBJECT, reason=None, on=TODAY, today=TODAY) == "case.erased"
    )


def test_a_confirmation_is_dated_between_the_meeting_and_today() -> None:
    state = given(record())
    for day, code in (
        (date(2005, 3, 8), "meeting.date_before_meeting"),
        (date(2005, 3, 11), "meeting.date_in_future"),
    ):
        assert refused(meeting.confirm, state, member=SUBJECT, on=day, today=TODAY) == code


def test_a_record_made_in_error_is_withdrawn_even_after_it_was_confirmed() -> None:
    withdrawal: dict[str, Any] = {"reason": "重复", "approved_by": "厅办公室", "on": TODAY, "today": TODAY}
    assert meeting.withdraw(given(record(), CONFIRMED), **withdrawal) == WITHDRAWN
    state = given(record(), WITHDRAWN)
    assert (state.standing, state.withdrawn_reason) == ("withdrawn", "重复")
    assert refused(meeting.withdraw, state, **withdrawal) == "meeting.withdrawn"


def test_a_withdrawn_record_is_neither_confirmed_nor_disputed() -> None:
    state = given(record(), WITHDRAWN)
    assert refused(meeting.confirm, state, member=SUBJECT, on=TODAY, today=TODAY) == "meeting.withdrawn"
    assert (
        refused(meeting.dispute, state, member=SUBJECT, reason=sealed("dispute"), on=TODAY, today=TODAY)
        == "meeting.withdrawn"
    )
