"""A case 件: what it is after its events. Which acts are allowed is decided in intake, handling and answers.

Source: docs/architecture.md, "A case"; the stages follow 立案, 交办, 签发, 测评, 办结.
"""

from datetime import date
from typing import Any, Literal, assert_never
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.clocks import Clock, running_after
from contracts.envelope import Envelope
from contracts.event import Event
from contracts.meetings import Stage
from contracts.proposals import (
    CoOpinionGiven,
    CoOpinionWaived,
    CosignerConfirmed,
    CosignerDeclined,
    Form,
    MeetingNoted,
    MeetingStruck,
    MemberContacted,
    ProposalClosed,
    ProposalDeclined,
    ProposalErased,
    ProposalHandedOver,
    ProposalRegistered,
    ProposalReturned,
    ProposalRevised,
    ProposalSignedFor,
    ProposalSubmitted,
    RehandlingOrdered,
    ReplyCorrected,
    ReplyDelivered,
    ReplyDrafted,
    ReplyRated,
    ReplyReceived,
    ReplyReviewed,
    ReplySigned,
)
from contracts.sealed import Sealed
from runtime.folds import State

CaseStage = Literal[
    "new", "submitted", "returned", "declined", "registered", "handed_over", "replied", "dissatisfied", "closed"
]
"""未提交, 已提交, 退回修改, 不予立案, 已立案, 已交办, 已签发, 不满意, 已办结."""


class Part(BaseModel):
    """A part of the state."""

    model_config = ConfigDict(frozen=True)


class Meeting(Part):
    """A handler meeting that the case has taken note of 见面."""

    stage: Stage
    unit: UUID
    round: int
    met_on: date


class Opinion(Part):
    """What became of a co unit's opinion 会办意见: given, or waived when there is no text."""

    on: date
    text: Sealed | None = None


class Rating(Part):
    """A member's rating 测评."""

    result: str
    attitude: str | None
    on: date
    rehandle: bool = False


class Correction(Part):
    """A correction of a signed reply 更正."""

    on: date
    reason: str
    approved_by: str


class Reply(Part):
    """One round's reply 答复, from draft to rating."""

    round: int
    unit: UUID
    drafter: str
    category: str
    scheme: str
    text: Sealed
    drafted_on: date
    passed: bool | None = None
    """What the reviewer said of the present draft; None before."""
    reviewer: str | None = None
    signer: str | None = None
    document: str | None = None
    signed_on: date | None = None
    signed_event: UUID | None = None
    corrections: tuple[Correction, ...] = ()
    """Of the signed reply; the text is the newest, the earlier ones stay in the log."""
    delivered: dict[UUID, date] = {}
    received: dict[UUID, date] = {}
    rated: dict[UUID, Rating] = {}


class ClosedClock(Part):
    """A clock that has stopped, for the on-time rate 按期率."""

    kind: str
    whom: str
    round: int
    due_on: date | None
    closed_on: date
    met: bool

    @property
    def on_time(self) -> bool:
        """Say whether it was met by its last day; one without a day is never late."""
        return self.met and (self.due_on is None or self.closed_on <= self.due_on)


class Proposal(State):
    """A case 件."""

    stage: CaseStage = "new"
    kind: str = ""
    body: UUID | None = None
    term: int = 0
    session: int = 0
    form: Form = "single"
    title: str = ""
    text: Sealed | None = None
    submitter: UUID | None = None
    cosigners: dict[UUID, Literal["asked", "confirmed", "declined"]] = {}
    group: str | None = None
    nature: str | None = None
    submitted_on: date | None = None
    number: int | None = None
    registered_on: date | None = None
    lead: UUID | None = None
    co: tuple[UUID, ...] = ()
    office: UUID | None = None
    leader: str | None = None
    pack: str | None = None
    pack_digest: str | None = None
    answer_to: tuple[UUID, ...] = ()
    handed_over_on: date | None = None
    signed_for: dict[UUID, date] = {}
    contacted_on: date | None = None
    section: str | None = None
    meetings: dict[UUID, Meeting] = {}
    opinions: dict[UUID, Opinion] = {}
    round: int = 1
    replies: dict[int, Reply] = {}
    """By round."""
    clocks: dict[UUID, Clock] = {}
    """Running clocks."""
    stopped: tuple[ClosedClock, ...] = ()
    closed_on: date | None = None
    erased: bool = False

    @property
    def reply(self) -> Reply | None:
        """Give this round's reply, once there is a draft."""
        return self.replies.get(self.round)

    @property
    def signers(self) -> tuple[UUID, ...]:
        """Name the submitter and every co-signer who confirmed."""
        confirmed = (member for member, answer in self.cosigners.items() if answer == "confirmed")
        return (() if self.submitter is None else (self.submitter,)) + tuple(confirmed)

    def met(self, stage: Stage, by: date) -> int:
        """Count the meetings of a stage that had taken place by the end of a business date."""
        return sum(1 for meeting in self.meetings.values() if meeting.stage == stage and meeting.met_on <= by)


_Intake = (
    ProposalSubmitted
    | CosignerConfirmed
    | CosignerDeclined
    | ProposalReturned
    | ProposalRevised
    | ProposalDeclined
    | ProposalRegistered
    | ProposalHandedOver
)
_Handling = (
    ProposalSignedFor
    | MemberContacted
    | MeetingNoted
    | MeetingStruck
    | CoOpinionGiven
    | CoOpinionWaived
    | ReplyDrafted
    | ReplyReviewed
    | ReplySigned
    | ReplyCorrected
)
_Answering = ReplyDelivered | ReplyReceived | ReplyRated | RehandlingOrdered | ProposalClosed | ProposalErased


def evolve(case: Proposal, event: Event, envelope: Envelope[Any]) -> Proposal:
    """Give the case after an event."""
    if isinstance(event, _Intake):
        changed = _after_intake(case, event)
    elif isinstance(event, _Handling):
        changed = _after_handling(case, event, envelope)
    else:
        assert isinstance(event, _Answering), f"no fold for {type(event).__name__}"
        changed = _after_answering(case, event)
    return _with_clocks(case, changed, event)


def _with_clocks(before: Proposal, case: Proposal, event: Event) -> Proposal:
    """Keep the running clocks, and for each that stopped when it was due and when it stopped."""
    if event.clocks is None:
        return case
    stopped = [
        ClosedClock(
            kind=clock.kind,
            whom=clock.whom,
            round=clock.round,
            due_on=clock.due_on,
            closed_on=closing.on,
            met=closing.outcome == "met",
        )
        for closing in event.clocks.closed
        if (clock := before.clocks.get(closing.id))
    ]
    return case.model_copy(
        update={"clocks": running_after(before.clocks, event.clocks), "stopped": (*before.stopped, *stopped)}
    )


def _after_intake(case: Proposal, event: _Intake) -> Proposal:
    match event:
        case ProposalSubmitted():
            return Proposal(
                stage="submitted",
                kind=event.kind,
                body=event.body,
                term=event.term,
                session=event.session,
                form=event.form,
                title=event.title,
                text=event.text,
                submitter=event.submitter,
                cosigners=dict.fromkeys(event.cosigners, "asked"),
                group=event.group,
                nature=event.nature,
                submitted_on=event.submitted_on,
            )
        case CosignerConfirmed():
            return case.model_copy(update={"cosigners": {**case.cosigners, event.member: "confirmed"}})
        case CosignerDeclined():
            return case.model_copy(update={"cosigners": {**case.cosigners, event.member: "declined"}})
        case ProposalReturned():
            return case.model_copy(update={"stage": "returned"})
        case ProposalRevised():
            return case.model_copy(update={"stage": "submitted", "title": event.title, "text": event.text})
        case ProposalDeclined():
            return case.model_copy(update={"stage": "declined"})
        case ProposalRegistered():
            return case.model_copy(
                update={
                    "stage": "registered",
                    "number": event.number,
                    "nature": event.nature or case.nature,
                    "registered_on": event.registered_on,
                }
            )
        case ProposalHandedOver():
            return case.model_copy(
                update={
                    "stage": "handed_over",
                    "lead": event.lead,
                    "co": event.co,
                    "office": event.office,
                    "leader": event.leader,
                    "pack": event.pack,
                    "pack_digest": event.pack_digest,
                    "answer_to": event.answer_to,
                    "handed_over_on": event.handed_over_on,
                }
            )
        case _:
            assert_never(event)


def _after_handling(case: Proposal, event: _Handling, envelope: Envelope[Any]) -> Proposal:
    match event:
        case ProposalSignedFor():
            return case.model_copy(update={"signed_for": {**case.signed_for, event.unit: event.signed_for_on}})
        case MemberContacted():
            return case.model_copy(update={"contacted_on": event.contacted_on, "section": event.section})
        case MeetingNoted():
            meeting = Meeting(stage=event.stage, unit=event.unit, round=event.round, met_on=event.met_on)
            return case.model_copy(update={"meetings": {**case.meetings, event.meeting: meeting}})
        case MeetingStruck():
            left = {id: meeting for id, meeting in case.meetings.items() if id != event.meeting}
            return case.model_copy(update={"meetings": left})
        case CoOpinionGiven():
            opinion = Opinion(on=event.given_on, text=event.opinion)
            return case.model_copy(update={"opinions": {**case.opinions, event.unit: opinion}})
        case CoOpinionWaived():
            return case.model_copy(update={"opinions": {**case.opinions, event.unit: Opinion(on=event.waived_on)}})
        case ReplyDrafted():
            return _with_reply(
                case,
                Reply(
                    round=event.round,
                    unit=event.unit,
                    drafter=event.drafter,
                    category=event.category,
                    scheme=event.scheme,
                    text=event.text,
                    drafted_on=event.drafted_on,
                ),
            )
        case ReplyReviewed():
            return _change_reply(case, event.round, passed=event.passed, reviewer=event.reviewer)
        case ReplySigned():
            signed = _change_reply(
                case,
                event.round,
                signer=event.signer,
                document=event.document,
                signed_on=event.signed_on,
                signed_event=envelope.id,
            )
            return signed.model_copy(update={"stage": "replied"})
        case ReplyCorrected():
            reply = case.replies[event.round]
            return _change_reply(
                case,
                event.round,
                text=event.text,
                category=event.category or reply.category,
                scheme=event.scheme or reply.scheme,
                corrections=(
                    *reply.corrections,
                    Correction(on=event.corrected_on, reason=event.reason, approved_by=event.approved_by),
                ),
            )
        case _:
            assert_never(event)


def _after_answering(case: Proposal, event: _Answering) -> Proposal:
    match event:
        case ReplyDelivered():
            delivered = {**case.replies[event.round].delivered, event.member: event.delivered_on}
            return _change_reply(case, event.round, delivered=delivered)
        case ReplyReceived():
            received = {**case.replies[event.round].received, event.member: event.received_on}
            return _change_reply(case, event.round, received=received)
        case ReplyRated():
            rating = Rating(result=event.result, attitude=event.attitude, on=event.rated_on, rehandle=event.rehandle)
            rated = {**case.replies[event.round].rated, event.member: rating}
            changed = _change_reply(case, event.round, rated=rated)
            return changed.model_copy(update={"stage": "dissatisfied"}) if event.rehandle else changed
        case RehandlingOrdered():
            return case.model_copy(update={"stage": "handed_over", "round": event.round})
        case ProposalClosed():
            return case.model_copy(update={"stage": "closed", "closed_on": event.closed_on})
        case ProposalErased():
            return case.model_copy(update={"erased": True})
        case _:
            assert_never(event)


def _with_reply(case: Proposal, reply: Reply) -> Proposal:
    return case.model_copy(update={"replies": {**case.replies, reply.round: reply}})


def _change_reply(case: Proposal, round: int, **changes: object) -> Proposal:
    return _with_reply(case, case.replies[round].model_copy(update=changes))
