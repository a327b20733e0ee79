"""A handler meeting 见面: recorded for a handling unit, confirmed or disputed by the member, withdrawn when wrong.

What proves a meeting, and how soon it must be recorded, is said by the rule pack that the case has pinned. The
member's silence blocks nothing.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, assert_never
from uuid import UUID

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.meetings import (
    HandlerMeetingConfirmed,
    HandlerMeetingDisputed,
    HandlerMeetingWithdrawn,
    HandlerMet,
    Mode,
    Stage,
)
from contracts.sealed import Sealed, SealedFile
from rules.pack import Pack
from runtime.folds import State
from runtime.refusals import CaseErased
from services.meetings import refusals as no
from services.meetings.cases import CaseFacts
from services.meetings.commands import RecordMeeting


class Meeting(State):
    """What a recorded meeting is."""

    event: UUID | None = None
    """The HandlerMet event."""
    case: UUID | None = None
    unit: UUID | None = None
    handler: str = ""
    member: UUID | None = None
    stage: Stage = "before"
    mode: Mode = "in_person"
    met_on: date = date.min
    place: str | None = None
    summary: Sealed | None = None
    wishes: Sealed | None = None
    measures: Sealed | None = None
    evidence: tuple[SealedFile, ...] = ()
    pack_digest: str = ""
    late: bool = False
    late_reason: str | None = None
    recorded_at: datetime | None = None
    confirmed_on: date | None = None
    disputed_on: date | None = None
    dispute: Sealed | None = None
    withdrawn_on: date | None = None
    withdrawn_reason: str | None = None
    withdrawn_approved_by: str | None = None

    @property
    def standing(self) -> str:
        """Say where the record stands: recorded, confirmed, disputed or withdrawn."""
        if self.withdrawn_on:
            return "withdrawn"
        if self.confirmed_on:
            return "confirmed"
        return "disputed" if self.disputed_on else "recorded"


class Texts(NamedTuple):
    """The free texts of a record, sealed."""

    summary: Sealed
    wishes: Sealed | None = None
    measures: Sealed | None = None


MeetingEvents = HandlerMet | HandlerMeetingConfirmed | HandlerMeetingDisputed | HandlerMeetingWithdrawn


def evolve(meeting: Meeting, event: Event, envelope: Envelope[Any]) -> Meeting:
    """Give the meeting after an event."""
    assert isinstance(event, MeetingEvents)
    match event:
        case HandlerMet():
            facts = {name: getattr(event, name) for name in HandlerMet.model_fields if name != "clocks"}
            return Meeting(event=envelope.id, recorded_at=envelope.time, **facts)
        case HandlerMeetingConfirmed():
            return meeting.model_copy(update={"confirmed_on": event.confirmed_on})
        case HandlerMeetingDisputed():
            return meeting.model_copy(update={"disputed_on": event.disputed_on, "dispute": event.reason})
        case HandlerMeetingWithdrawn():
            return meeting.model_copy(
                update={
                    "withdrawn_on": event.withdrawn_on,
                    "withdrawn_reason": event.reason,
                    "withdrawn_approved_by": event.approved_by,
                }
            )
        case _:
            assert_never(event)


def record(
    command: RecordMeeting,
    *,
    handler: str,
    case: CaseFacts,
    pack: Pack | None,
    uploaded: Mapping[str, SealedFile],
    texts: Texts | None,
    today: date,
) -> HandlerMet:
    """Decide to record a meeting; `uploaded` are the photos of the case by digest, `texts` absent without a key.

    Raises: the refusals of services/meetings/refusals.py that concern records; CaseErased.
    """
    _check_case(command, case)
    _check_date(command.met_on, case, today)
    if pack is None:
        raise no.PackUnknown(pack=case.pack_digest)
    late = _is_late(command.met_on, pack, today)
    if late and command.late_reason is None:
        raise no.LateWithoutReason
    evidence = _evidence(command, pack, uploaded)
    if texts is None:
        raise CaseErased
    return HandlerMet(
        case=command.case,
        unit=command.unit,
        handler=handler,
        member=command.member,
        stage=command.stage,
        mode=command.mode,
        met_on=command.met_on,
        place=command.place,
        summary=texts.summary,
        wishes=texts.wishes,
        measures=texts.measures,
        evidence=evidence,
        pack_digest=pack.digest,
        late=late,
        late_reason=command.late_reason,
    )


def confirm(meeting: Meeting, *, member: str, on: date, today: date) -> HandlerMeetingConfirmed:
    """Decide that the member, a token subject, confirms the meeting; a dispute is settled by it.

    Raises: NotTheMember, MeetingWithdrawn, AlreadyConfirmed, DateInFuture, DateBeforeMeeting.
    """
    met = _the_member(meeting, member)
    _check_open(meeting, on, today)
    return HandlerMeetingConfirmed(member=met, confirmed_on=on)


def dispute(meeting: Meeting, *, member: str, reason: Sealed | None, on: date, today: date) -> HandlerMeetingDisputed:
    """Decide that the member, a token subject, disputes the meeting; without a key there is no sealed reason.

    Raises: NotTheMember, MeetingWithdrawn, AlreadyConfirmed, AlreadyDisputed, DateInFuture, DateBeforeMeeting;
    CaseErased.
    """
    met = _the_member(meeting, member)
    _check_open(meeting, on, today)
    if meeting.disputed_on is not None:
        raise no.AlreadyDisputed
    if reason is None:
        raise CaseErased
    return HandlerMeetingDisputed(member=met, disputed_on=on, reason=reason)


def withdraw(meeting: Meeting, *, reason: str, approved_by: str, on: date, today: date) -> HandlerMeetingWithdrawn:
    """Decide to withdraw a record made in error, confirmed or not.

    Raises: MeetingWithdrawn, DateInFuture, DateBeforeMeeting.
    """
    if meeting.withdrawn_on is not None:
        raise no.MeetingWithdrawn
    _check_day(meeting, on, today)
    assert meeting.event is not None
    assert meeting.case is not None
    return HandlerMeetingWithdrawn(
        case=meeting.case, corrects=meeting.event, reason=reason, approved_by=approved_by, withdrawn_on=on
    )


def _check_case(command: RecordMeeting, case: CaseFacts) -> None:
    if not case.known:
        raise no.CaseUnknown
    if case.erased:
        raise CaseErased
    if case.handed_over_on is None:
        raise no.CaseNotHandedOver
    if case.closed:
        raise no.CaseClosed
    if str(command.unit) not in case.units:
        raise no.UnitNotHandling
    if str(command.member) not in case.members:
        raise no.MemberNotOfCase


def _check_date(met_on: date, case: CaseFacts, today: date) -> None:
    assert case.handed_over_on is not None
    if met_on > today:
        raise no.DateInFuture(today=today.isoformat())
    if met_on < case.handed_over_on:
        raise no.DateBeforeHandOver(handed_over_on=case.handed_over_on.isoformat())


def _is_late(met_on: date, pack: Pack, today: date) -> bool:
    """Say whether the record comes more than the pack's calendar days after the meeting; a blank allows any time."""
    allowed = pack.recording.within_days if pack.recording else None
    return isinstance(allowed, int) and (today - met_on).days > allowed


def _evidence(command: RecordMeeting, pack: Pack, uploaded: Mapping[str, SealedFile]) -> tuple[SealedFile, ...]:
    digests = tuple(dict.fromkeys(command.evidence))
    if unknown := [digest for digest in digests if digest not in uploaded]:
        raise no.EvidenceUnknown(evidence=unknown)
    if pack.meetings.evidence_for(command.mode) == "photo" and not digests:
        raise no.EvidenceMissing(mode=command.mode)
    return tuple(uploaded[digest] for digest in digests)


def _the_member(meeting: Meeting, subject: str) -> UUID:
    if meeting.member is None or subject != f"member:{meeting.member}":
        raise no.NotTheMember
    return meeting.member


def _check_open(meeting: Meeting, on: date, today: date) -> None:
    if meeting.withdrawn_on is not None:
        raise no.MeetingWithdrawn
    if meeting.confirmed_on is not None:
        raise no.AlreadyConfirmed
    _check_day(meeting, on, today)


def _check_day(meeting: Meeting, on: date, today: date) -> None:
    if on > today:
        raise no.DateInFuture(today=today.isoformat())
    if on < meeting.met_on:
        raise no.DateBeforeMeeting(met_on=meeting.met_on.isoformat())
