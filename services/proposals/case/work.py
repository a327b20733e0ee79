"""One answering unit's share of a case 承办: its contact with the member, its reply in each round, its commitments.

A case has one share for the lead, or one for each separate unit; each has rounds of its own, so that 不满意 with one
unit's reply has that unit alone handle the case again. Pure: what it is after its events; evolve never refuses.
"""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from contracts.answering import (
    CommitmentAnswered,
    CommitmentKept,
    CommitmentMade,
    CommitmentRestated,
    CommitmentSlipped,
    HandlerChanged,
    NoteAdded,
    Step,
    StepWaived,
)
from contracts.envelope import Envelope
from contracts.proposals import MemberContacted, RehandlingOrdered
from contracts.sealed import Sealed
from services.proposals.case.reply import Part, Rating, Reply, ReplyEvent, reply_after

__all__ = ["Part", "Rating", "Reply", "Work", "WorkEvent", "work_after"]

Standing = Literal["handling", "replied", "dissatisfied"]
"""在办, 已签发, 不满意待再次办理."""


class Contact(Part):
    """The first contact 首次联系, and who handles the case since."""

    on: date
    section: str
    handler: str


class Note(Part):
    """A note for colleagues 内部批注."""

    round: int
    author: str
    text: Sealed
    on: date


class Commitment(Part):
    """What a reply has promised 承诺事项."""

    number: int
    round: int
    what: str
    made_on: date
    due_on: date
    slips: tuple[date, ...] = ()
    """Earlier last days."""
    restated: int = 0
    kept_on: date | None = None
    how: str | None = None
    answered_on: date | None = None
    answer: Sealed | None = None


class Work(Part):
    """One answering unit's share of a case 承办."""

    round: int = 1
    ordered_on: date | None = None
    """When the present round was ordered, after the first."""
    contact: Contact | None = None
    notes: tuple[Note, ...] = ()
    waived: dict[Step, date] = {}
    replies: dict[int, Reply] = {}
    """By round."""
    commitments: dict[int, Commitment] = {}
    """By number; they outlast the case."""

    @property
    def reply(self) -> Reply | None:
        """Give this round's reply, once there is a draft."""
        return self.replies.get(self.round)

    @property
    def standing(self) -> Standing:
        """Say where the unit's handling stands."""
        if self.reply is None or self.reply.signed_on is None:
            return "handling"
        return "dissatisfied" if self.reply.dissatisfied and not self.reply.settled else "replied"


_Promise = CommitmentMade | CommitmentRestated | CommitmentSlipped | CommitmentKept | CommitmentAnswered
_Share = MemberContacted | HandlerChanged | NoteAdded | StepWaived | RehandlingOrdered
WorkEvent = _Share | _Promise | ReplyEvent
"""What changes one unit's share; `unit` is absent in old events, which speak of the lead."""


def work_after(work: Work, unit: UUID, event: WorkEvent, envelope: Envelope[Any]) -> Work:
    """Give a unit's share after an event of its own."""
    if isinstance(event, _Promise):
        commitment = _commitment(work.commitments.get(event.number), event)
        return work.model_copy(update={"commitments": {**work.commitments, event.number: commitment}})
    match event:
        case MemberContacted():
            contact = Contact(on=event.contacted_on, section=event.section, handler=event.handler)
            return work.model_copy(update={"contact": contact})
        case HandlerChanged():
            on = work.contact.on if work.contact else event.changed_on
            contact = Contact(on=on, section=event.section, handler=event.handler)
            return work.model_copy(update={"contact": contact})
        case NoteAdded():
            note = Note(round=event.round, author=event.author, text=event.note, on=event.noted_on)
            return work.model_copy(update={"notes": (*work.notes, note)})
        case StepWaived():
            return work.model_copy(update={"waived": {**work.waived, event.step: event.waived_on}})
        case RehandlingOrdered():
            return work.model_copy(update={"round": event.round, "ordered_on": event.ordered_on})
        case _:
            reply = work.replies.get(event.round) or Reply(round=event.round, unit=unit)
            changed = reply_after(reply, event, envelope)
            return work.model_copy(
                update={"replies": {**work.replies, event.round: changed}, "round": max(work.round, event.round)}
            )


def _commitment(before: Commitment | None, event: _Promise) -> Commitment:
    if isinstance(event, CommitmentMade):
        return Commitment(**event.model_dump(include={"number", "round", "what", "made_on", "due_on"}))
    if before is None:
        raise KeyError(event.number)
    match event:
        case CommitmentRestated():
            changes: dict[str, Any] = {"what": event.what, "restated": before.restated + 1}
        case CommitmentSlipped():
            changes = {"due_on": event.due_on, "slips": (*before.slips, before.due_on)}
        case CommitmentKept():
            changes = {"kept_on": event.kept_on, "how": event.how}
        case CommitmentAnswered():
            changes = {"answered_on": event.answered_on, "answer": event.text}
    return before.model_copy(update=changes)
