"""A case 件: what it is after its events. Which acts are allowed, `review`, `handling`, `answering` and others say.

Source: docs/architecture.md, "A case"; the stages follow 立案, 交办, 签发, 测评, 办结.
"""

from datetime import date
from functools import reduce
from typing import Any, Literal, assert_never
from uuid import UUID

from contracts.answering import RelayConsented
from contracts.clocks import Clock, running_after
from contracts.envelope import Envelope
from contracts.event import Event
from contracts.meetings import Stage
from contracts.paper import PaperOriginalChecked
from contracts.proposals import (
    ClocksMoved,
    CoOpinionGiven,
    CoOpinionWaived,
    CosignerConfirmed,
    CosignerDeclined,
    Form,
    HistoryCorrected,
    MeetingNoted,
    MeetingStruck,
    ProposalClosed,
    ProposalDeclined,
    ProposalErased,
    ProposalHandedOver,
    ProposalRegistered,
    ProposalReturned,
    ProposalRevised,
    ProposalSignedFor,
    ProposalSubmitted,
)
from contracts.retelling import retold
from contracts.sealed import Sealed
from runtime.folds import State
from runtime.http import CHINA
from services.proposals.case import assignment_state, overlay_state, paper_state, provenance, review_state, standing
from services.proposals.case.assignment_state import Assignment, AssignmentEvent
from services.proposals.case.overlay_state import OverlayEvent, Overlays
from services.proposals.case.review_state import Review, ReviewEvent
from services.proposals.case.work import Part, Reply, Work, WorkEvent, work_after

CaseStage = Literal[
    "new",
    "submitted",
    "returned",
    "declined",
    "withdrawn",
    "merged",
    "registered",
    "handed_over",
    "replied",
    "dissatisfied",
    "closed",
]
"""未提交, 已提交, 退回修改, 不予立案, 已撤回, 已并案, 已立案, 已交办, 已签发, 不满意, 已办结."""


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


class ClosedClock(Part):
    """A clock that has stopped, for the on-time rate 按期率."""

    kind: str
    whom: str
    round: int
    due_on: date | None
    closed_on: date
    met: bool
    recorded_on: date | None = None
    """When that was entered, Asia/Shanghai; nothing of imported history, of which nobody knows."""

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
    call: UUID | None = None
    topic: int | None = None
    submitted_on: date | None = None
    number: int | None = None
    registered_on: date | None = None
    lead: UUID | None = None
    separate: tuple[UUID, ...] = ()
    """Units that each answer for themselves 分办; then there is no lead."""
    co: tuple[UUID, ...] = ()
    office: UUID | None = None
    leader: str | None = None
    pack: str | None = None
    pack_digest: str | None = None
    answer_to: tuple[UUID, ...] = ()
    lead_rates: bool = False
    """The first signer alone rates, after asking the others."""
    handed_over_on: date | None = None
    signed_for: dict[UUID, date] = {}
    meetings: dict[UUID, Meeting] = {}
    opinions: dict[UUID, Opinion] = {}
    work: dict[UUID, Work] = {}
    """By answering unit: its contact, and its replies by round."""
    clocks: dict[UUID, Clock] = {}
    """Running clocks."""
    stopped: tuple[ClosedClock, ...] = ()
    closed_on: date | None = None
    review: Review = Review()
    assignment: Assignment = Assignment()
    overlays: Overlays = Overlays()
    history: standing.History = {}
    """For the statistics, by part of the case."""
    erased: bool = False
    paper: paper_state.Paper | None = None
    """The paper original, when a clerk has entered the case from one."""
    category: str | None = None
    external_id: str | None = None
    system: str | None = None
    imported: provenance.Imported | None = None
    """Whence its history comes, when it was not lived here."""

    @property
    def replies(self) -> dict[tuple[UUID, int], Reply]:
        """Give every reply, by unit and round."""
        return {
            (unit, round): reply for unit, work in self.work.items() for round, reply in sorted(work.replies.items())
        }

    @property
    def reply(self) -> Reply | None:
        """Give the present reply of the lead, or of the first of the separate units, once there is a draft."""
        return self.work_of(self.answering[0]).reply if self.answering else None

    @property
    def round(self) -> int:
        """Give the round of handling; of separate units, the highest."""
        return max((work.round for work in self.work.values()), default=1)

    @property
    def contacted_on(self) -> date | None:
        """Give the day of the first contact, of the lead or the earliest of the separate units."""
        return min((work.contact.on for work in self.work.values() if work.contact), default=None)

    def work_of(self, unit: UUID) -> Work:
        """Give an answering unit's share of the case."""
        return self.work.get(unit) or _NOTHING_DONE

    @property
    def answering(self) -> tuple[UUID, ...]:
        """Name the units that each owe a reply: the lead 主办, or the separate units 分办; none before hand-over."""
        return (*(() if self.lead is None else (self.lead,)), *self.separate)

    @property
    def units(self) -> tuple[UUID, ...]:
        """Name every unit that handles the case: those that answer and those that give the lead their opinion."""
        return (*self.answering, *self.co)

    @property
    def signers(self) -> tuple[UUID, ...]:
        """Name the submitter and every co-signer who confirmed."""
        confirmed = (member for member, answer in self.cosigners.items() if answer == "confirmed")
        return (() if self.submitter is None else (self.submitter,)) + tuple(confirmed)

    @property
    def raters(self) -> tuple[UUID, ...]:
        """Name those of the answered members who rate: each, or of each original the first signer alone."""
        if not self.lead_rates:
            return self.answer_to
        first = {self.submitter, *(original.signers[0] for original in self.review.originals.values())}
        return tuple(member for member in self.answer_to if member in first)

    def met(self, stage: Stage, by: date, unit: UUID | None = None) -> int:
        """Count the meetings of a stage that had taken place by the end of a business date.

        Where several units answer, each has to meet the member itself: with `unit` only its own count then. What a
        unit did that has been relieved since counts no longer.
        """
        own = {unit} if unit and len(self.answering) > 1 else None
        gone = self.assignment.relieved - set(self.units)
        counted = (m for m in self.meetings.values() if m.unit not in gone and (own is None or m.unit in own))
        return sum(1 for meeting in counted if meeting.stage == stage and meeting.met_on <= by)


_NOTHING_DONE = Work()
_Intake = (
    ProposalSubmitted
    | CosignerConfirmed
    | CosignerDeclined
    | ProposalReturned
    | ProposalRevised
    | ProposalDeclined
    | ProposalRegistered
    | ProposalHandedOver
    | PaperOriginalChecked
)
_Handling = (
    ProposalSignedFor
    | MeetingNoted
    | MeetingStruck
    | CoOpinionGiven
    | CoOpinionWaived
    | RelayConsented
    | ProposalClosed
    | ProposalErased
    | ClocksMoved
)


def evolve(case: Proposal, event: Event, envelope: Envelope[Any]) -> Proposal:
    """Give the case after an event."""
    if isinstance(event, HistoryCorrected):
        told = reduce(lambda case, act: evolve(case, act, envelope), retold(event), Proposal())
        return told.model_copy(update={"overlays": case.overlays})
    changed = acted(case, event, envelope)
    return changed.model_copy(
        update={
            "history": standing.after(changed, event, envelope),
            "imported": provenance.after(case.imported, event, envelope),
        }
    )


def acted(case: Proposal, event: Event, envelope: Envelope[Any]) -> Proposal:
    """Give the case after an act, as far as further acts look at it: without what figures are made of."""
    if isinstance(event, _Intake):
        changed = _after_intake(case, event, envelope)
    elif isinstance(event, _Handling):
        changed = _after_handling(case, event)
    elif isinstance(event, ReviewEvent):
        changed = case.model_copy(update=review_state.changes(case, event))
    elif isinstance(event, AssignmentEvent):
        changed = case.model_copy(update=assignment_state.changes(case, event))
        changed = changed.model_copy(update={"overlays": overlay_state.followed(changed)})
    elif isinstance(event, OverlayEvent):
        changed = case.model_copy(update={"overlays": overlay_state.evolve(case.overlays, event)})
    else:
        assert isinstance(event, WorkEvent), f"no fold for {type(event).__name__}"
        changed = _after_work(case, event, envelope)
    return _with_clocks(case, changed, event, envelope)


def _with_clocks(before: Proposal, case: Proposal, event: Event, envelope: Envelope[Any]) -> Proposal:
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
            recorded_on=None if envelope.provenance else envelope.time.astimezone(CHINA).date(),
        )
        for closing in event.clocks.closed
        if (clock := before.clocks.get(closing.id))
    ]
    return case.model_copy(
        update={"clocks": running_after(before.clocks, event.clocks), "stopped": (*before.stopped, *stopped)}
    )


def _after_intake(case: Proposal, event: _Intake, envelope: Envelope[Any]) -> Proposal:
    match event:
        case ProposalSubmitted():
            submitted = Proposal(
                stage="submitted",
                kind=event.kind,
                body=event.body,
                term=event.term,
                session=event.session,
                form=event.form,
                title=event.title,
                text=event.text,
                submitter=event.submitter,
                cosigners=dict.fromkeys(event.cosigners, "confirmed" if event.split_from else "asked"),
                group=event.group,
                nature=event.nature,
                call=event.call,
                topic=event.topic,
                submitted_on=event.submitted_on,
                category=event.category,
                external_id=event.external_id,
                system=event.system,
                review=review_state.submitted(event),
            )
            return submitted.model_copy(update=paper_state.entered(submitted, event))
        case CosignerConfirmed():
            return case.model_copy(update={"cosigners": {**case.cosigners, event.member: "confirmed"}})
        case CosignerDeclined():
            return case.model_copy(update={"cosigners": {**case.cosigners, event.member: "declined"}})
        case ProposalReturned():
            return case.model_copy(update={"stage": "returned", "review": review_state.after(case.review, event)})
        case ProposalRevised():
            changed = {"stage": "submitted", "title": event.title, "text": event.text}
            review = review_state.after(case.review, event) if case.stage == "returned" else case.review
            return case.model_copy(update={**changed, "review": review, **paper_state.entered(case, event)})
        case PaperOriginalChecked():
            return case.model_copy(update=paper_state.checked(case, event))
        case ProposalDeclined():
            return case.model_copy(update={"stage": "declined", "review": review_state.after(case.review, event)})
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
                    "separate": event.separate or (),
                    "co": event.co,
                    "office": event.office,
                    "leader": event.leader,
                    "pack": event.pack,
                    "pack_digest": event.pack_digest or None,
                    "answer_to": event.answer_to,
                    "lead_rates": event.rated_by == "lead",
                    "handed_over_on": event.handed_over_on,
                    "assignment": Assignment(by=envelope.actorrole),
                }
            )
        case _:
            assert_never(event)


def _after_handling(case: Proposal, event: _Handling) -> Proposal:
    match event:
        case ProposalSignedFor():
            return case.model_copy(update={"signed_for": {**case.signed_for, event.unit: event.signed_for_on}})
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
        case RelayConsented():
            others = tuple(member for member in case.answer_to if member != event.member)
            return case.model_copy(update={"answer_to": others})
        case ProposalClosed():
            return case.model_copy(update={"stage": "closed", "closed_on": event.closed_on})
        case ProposalErased():
            return case.model_copy(update={"erased": True})
        case ClocksMoved():
            return case
        case _:
            assert_never(event)


def _after_work(case: Proposal, event: WorkEvent, envelope: Envelope[Any]) -> Proposal:
    """Change the share of the unit that the event names, else of the lead; the stage follows the shares."""
    unit = event.unit or dict(enumerate(case.answering))[0]
    share = work_after(case.work_of(unit), unit, event, envelope)
    changed = case.model_copy(update={"work": {**case.work, unit: share}})
    if case.stage not in ("handed_over", "replied", "dissatisfied"):
        return changed
    standings = {changed.work_of(unit).standing for unit in case.answering}
    stage = "dissatisfied" if "dissatisfied" in standings else "handed_over" if "handling" in standings else "replied"
    return changed.model_copy(update={"stage": stage})
