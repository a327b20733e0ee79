"""What the review made of a case 审查: revision rounds, withdrawal, merges, siblings, items.

A part of the case's state; `changes` gives what an event of the review does to the case as a whole. Which acts are
allowed is decided in intake, withdrawal, merging and items.
"""

from datetime import date
from typing import TYPE_CHECKING, Any, assert_never
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.proposals import ProposalDeclined, ProposalReturned, ProposalRevised, ProposalSubmitted
from contracts.review import (
    Diversion,
    ItemAnswered,
    ItemsListed,
    MergeUndone,
    OriginalJoined,
    OriginalReleased,
    ProposalMerged,
    ProposalSplit,
    ProposalWithdrawn,
    WithdrawalAgreed,
    WithdrawalAsked,
)
from contracts.sealed import Sealed

if TYPE_CHECKING:
    from services.proposals.case.proposal import Proposal


class _Part(BaseModel):
    """A part of the state."""

    model_config = ConfigDict(frozen=True)


class Revision(_Part):
    """A round of revision 退回修改."""

    reason: Sealed
    returned_on: date
    revised_on: date | None = None


class Declined(_Part):
    """That the case was not registered 不予立案, and what it became."""

    reason: Sealed
    declined_on: date
    diverted_to: Diversion | None = None


class Withdrawing(_Part):
    """A withdrawal 撤回: proposed to the co-signers, or done."""

    reason: Sealed
    asked_on: date | None = None
    agreed: dict[UUID, date] = {}
    withdrawn_on: date | None = None


class Original(_Part):
    """Another case that is handled together with this one 原件."""

    number: int | None
    signers: tuple[UUID, ...]
    joined_on: date


class Merged(_Part):
    """Where the case is handled now 并案, and where it stood before."""

    main: UUID
    stood: str
    merged_on: date


class ItemReply(_Part):
    """What a unit answered to an item 答复诉求."""

    unit: UUID
    category: str
    scheme: str
    answer: Sealed
    on: date
    round: int = 1
    """Of the handling 第几次办理."""


class Asked(_Part):
    """One item 诉求."""

    item: int
    title: str
    unit: UUID | None = None
    reply: ItemReply | None = None
    earlier: tuple[ItemReply, ...] = ()
    """The answers of earlier rounds, the first round's first."""


class Review(_Part):
    """All that the review made of one case."""

    revisions: tuple[Revision, ...] = ()
    declined: Declined | None = None
    withdrawal: Withdrawing | None = None
    originals: dict[UUID, Original] = {}
    """The cases merged into this one."""
    merged: Merged | None = None
    split_from: UUID | None = None
    siblings: tuple[UUID, ...] = ()
    """The cases split off from this one."""
    items: tuple[Asked, ...] = ()

    def unanswered(self, unit: UUID) -> tuple[int, ...]:
        """Give the items of a unit that it has not answered."""
        return tuple(asked.item for asked in self.items if asked.unit == unit and asked.reply is None)


ReviewEvent = (
    WithdrawalAsked
    | WithdrawalAgreed
    | ProposalWithdrawn
    | OriginalJoined
    | OriginalReleased
    | ProposalMerged
    | MergeUndone
    | ProposalSplit
    | ItemsListed
    | ItemAnswered
)


_OF_THE_CASE = ("stage", "answer_to")


def submitted(event: ProposalSubmitted) -> Review:
    """Give the review of a new case: a sibling knows what it was split from."""
    return Review(split_from=event.split_from)


def after(review: Review, event: ProposalReturned | ProposalRevised | ProposalDeclined) -> Review:
    """Give the review after the committee's answer to a submission, or the submitter's to that."""
    match event:
        case ProposalReturned():
            revision = Revision(reason=event.reason, returned_on=event.returned_on)
            return review.model_copy(update={"revisions": (*review.revisions, revision)})
        case ProposalRevised():
            last = tuple(r.model_copy(update={"revised_on": event.revised_on}) for r in review.revisions[-1:])
            return review.model_copy(update={"revisions": (*review.revisions[:-1], *last)})
        case ProposalDeclined():
            declined = Declined(reason=event.reason, declined_on=event.declined_on, diverted_to=event.diverted_to)
            return review.model_copy(update={"declined": declined})
        case _:
            assert_never(event)


def changes(case: "Proposal", event: ReviewEvent) -> dict[str, Any]:
    """Give what an event of the review changes in the case."""
    told = _told(case, event)
    of_case: dict[str, Any] = {name: told.pop(name) for name in _OF_THE_CASE if name in told}
    return {**of_case, "review": case.review.model_copy(update=told)}


def _told(case: "Proposal", event: ReviewEvent) -> dict[str, Any]:
    review = case.review
    match event:
        case WithdrawalAsked():
            return {"withdrawal": Withdrawing(reason=event.reason, asked_on=event.asked_on)}
        case WithdrawalAgreed():
            assert review.withdrawal is not None
            agreed = {**review.withdrawal.agreed, event.member: event.agreed_on}
            return {"withdrawal": review.withdrawal.model_copy(update={"agreed": agreed})}
        case ProposalWithdrawn():
            before = review.withdrawal or Withdrawing(reason=event.reason)
            done = before.model_copy(update={"reason": event.reason, "withdrawn_on": event.withdrawn_on})
            return {"stage": "withdrawn", "withdrawal": done}
        case OriginalJoined():
            joined = Original(number=event.number, signers=event.signers, joined_on=event.joined_on)
            return {"originals": {**review.originals, event.original: joined}}
        case OriginalReleased():
            left = {id: original for id, original in review.originals.items() if id != event.original}
            answered = {*case.signers, *(m for original in left.values() for m in original.signers)}
            return {"originals": left, "answer_to": tuple(m for m in case.answer_to if m in answered)}
        case ProposalMerged():
            merged = Merged(main=event.main, stood=case.stage, merged_on=event.merged_on)
            return {"stage": "merged", "merged": merged}
        case MergeUndone():
            return {"stage": review.merged.stood if review.merged else case.stage, "merged": None}
        case ProposalSplit():
            return {"siblings": (*review.siblings, event.sibling)}
        case ItemsListed():
            return {"items": _listed(review, event)}
        case ItemAnswered():
            return {"items": tuple(_answered(asked, event) for asked in review.items)}
        case _:
            assert_never(event)


def _listed(review: Review, event: ItemsListed) -> tuple[Asked, ...]:
    """Take the new list; the answers stand where the same unit had answered the same item."""
    known = {(asked.item, asked.title, asked.unit): asked for asked in review.items}
    return tuple(
        known.get((i.item, i.title, i.unit)) or Asked(item=i.item, title=i.title, unit=i.unit) for i in event.items
    )


def _answered(asked: Asked, event: ItemAnswered) -> Asked:
    if asked.item != event.item:
        return asked
    reply = ItemReply(
        unit=event.unit,
        category=event.category,
        scheme=event.scheme,
        answer=event.answer,
        on=event.answered_on,
        round=event.round or 1,
    )
    before = (asked.reply,) if asked.reply is not None and asked.reply.round < reply.round else ()
    return asked.model_copy(update={"reply": reply, "earlier": (*asked.earlier, *before)})
