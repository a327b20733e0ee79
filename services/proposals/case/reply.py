"""One round's reply 答复 of one unit: its drafts, signature, seal, delivery and ratings, and what undid them."""

from datetime import date
from typing import Any, Literal, assert_never
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.answering import (
    DissatisfactionAssessed,
    DraftCommented,
    DraftShown,
    Elsewhere,
    RatingImpossible,
    RatingLapsed,
    RatingReminded,
    ReplyChecked,
    ReplyRecalled,
    ReplyRelayed,
    ReplyStamped,
)
from contracts.envelope import Envelope
from contracts.proposals import (
    ReplyCorrected,
    ReplyDelivered,
    ReplyDrafted,
    ReplyRated,
    ReplyReceived,
    ReplyReviewed,
    ReplySigned,
)
from contracts.sealed import Sealed


class Part(BaseModel):
    """A part of the state."""

    model_config = ConfigDict(frozen=True)


class Draft(Part):
    """An earlier version of the draft 稿."""

    version: int
    drafter: str
    category: str
    scheme: str
    text: Sealed
    drafted_on: date
    passed: bool | None


class Comment(Part):
    """What a member said of a version of the draft 反馈意见; no rating."""

    draft: int
    word: str
    on: date
    remark: Sealed | None


class Rating(Part):
    """A member's rating 测评, or what stands in its place."""

    result: str
    attitude: str | None
    on: date
    place: int | None = None
    """Of the result among the pack's words, 1 = the best; None for a word that rates nothing."""
    rehandle: bool = False
    given: Literal["member", "paper", "lapsed", "impossible"] = "member"
    """By the member, on a witnessed form, by silence 逾期未评, or not at all 无法测评."""
    by: UUID | None = None
    """Who rated instead of a member whose seat has ended."""


class Correction(Part):
    """A correction of a signed reply 更正."""

    on: date
    reason: str
    approved_by: str


class Recall(Part):
    """A signed reply that was taken back 撤回, or that the unit's office sent back."""

    on: date
    document: str
    signed_on: date
    signed_event: UUID
    reason: str | None


class Verdict(Part):
    """What the evaluation after a second 不满意 came to 专项评估、协商."""

    form: str
    handle_again: bool
    on: date
    result: Sealed


class Reply(Part):
    """One round's reply 答复 of one unit, from draft to rating."""

    round: int
    unit: UUID
    version: int = 0
    """Of the draft, 1 = first."""
    drafter: str = ""
    category: str = ""
    scheme: str = ""
    text: Sealed | None = None
    drafted_on: date | None = None
    earlier: tuple[Draft, ...] = ()
    shown: dict[UUID, int] = {}
    """Who was asked about which version of the draft last 征求意见."""
    comments: dict[UUID, Comment] = {}
    passed: bool | None = None
    """What the reviewer said of the present draft; None before."""
    reviewer: str | None = None
    signer: str | None = None
    document: str | None = None
    signed_on: date | None = None
    signed_event: UUID | None = None
    elsewhere: Elsewhere | None = None
    awaits: tuple[Literal["check", "stamp"], ...] = ()
    """What the pack has done before it goes out."""
    stamped_on: date | None = None
    checked_on: date | None = None
    recalls: tuple[Recall, ...] = ()
    corrections: tuple[Correction, ...] = ()
    """Of the signed reply; the text is the newest, the earlier ones stay in the log."""
    delivered: dict[UUID, date] = {}
    received: dict[UUID, date] = {}
    relayed: dict[UUID, date] = {}
    """Co-signers who were told by the member who was answered."""
    reminded: dict[UUID, tuple[date, ...]] = {}
    rated: dict[UUID, Rating] = {}
    verdict: Verdict | None = None

    @property
    def held_up_by(self) -> tuple[str, ...]:
        """Name what is still to be done before the signed reply goes out: check 核查, stamp 用印."""
        done = {"check": self.checked_on, "stamp": self.stamped_on}
        return tuple(act for act in self.awaits if done[act] is None)

    @property
    def dissatisfied(self) -> bool:
        """Say whether a rating calls for another round."""
        return any(rating.rehandle for rating in self.rated.values())

    @property
    def settled(self) -> bool:
        """Say whether the evaluation of a second 不满意 has ended the matter."""
        return self.verdict is not None and not self.verdict.handle_again


_UNSIGNED: dict[str, Any] = {
    "passed": None,
    "reviewer": None,
    "signer": None,
    "document": None,
    "signed_on": None,
    "signed_event": None,
    "elsewhere": None,
    "awaits": (),
    "stamped_on": None,
    "checked_on": None,
    "corrections": (),
    "delivered": {},
    "received": {},
    "relayed": {},
    "reminded": {},
}

_Writing = ReplyDrafted | ReplyReviewed | DraftShown | DraftCommented | ReplySigned | ReplyCorrected
_Issuing = ReplyStamped | ReplyChecked | ReplyRecalled | ReplyDelivered | ReplyReceived | ReplyRelayed
_Rating = ReplyRated | RatingReminded | RatingLapsed | RatingImpossible | DissatisfactionAssessed
ReplyEvent = _Writing | _Issuing | _Rating


def reply_after(reply: Reply, event: ReplyEvent, envelope: Envelope[Any]) -> Reply:
    """Give a reply after an event of its own."""
    if isinstance(event, _Writing):
        changes = _written(reply, event, envelope)
    elif isinstance(event, _Issuing):
        changes = _issued(reply, event)
    else:
        changes = _rated(reply, event)
    return reply.model_copy(update=changes)


def _written(reply: Reply, event: _Writing, envelope: Envelope[Any]) -> dict[str, Any]:
    match event:
        case ReplyDrafted():
            new = event.model_dump(include={"drafter", "category", "scheme", "drafted_on"}) | {"text": event.text}
            return new | {
                "version": reply.version + 1,
                "earlier": with_present(reply),
                "passed": None,
                "reviewer": None,
            }
        case ReplyReviewed():
            return {"passed": event.passed, "reviewer": event.reviewer}
        case DraftShown():
            return {"shown": {**reply.shown, **dict.fromkeys(event.members, event.draft)}}
        case DraftCommented():
            comment = Comment(draft=event.draft, word=event.word, on=event.commented_on, remark=event.remark)
            return {"comments": {**reply.comments, event.member: comment}}
        case ReplySigned():
            new = event.model_dump(include={"signer", "document", "category", "scheme", "signed_on"})
            return new | {"signed_event": envelope.id, "elsewhere": event.elsewhere, "awaits": event.awaits or ()}
        case ReplyCorrected():
            correction = Correction(on=event.corrected_on, reason=event.reason, approved_by=event.approved_by)
            return {
                "text": event.text,
                "category": event.category or reply.category,
                "scheme": event.scheme or reply.scheme,
                "corrections": (*reply.corrections, correction),
            }
        case _:
            assert_never(event)


def with_present(reply: Reply) -> tuple[Draft, ...]:
    """Give the earlier versions once the present draft is one of them."""
    if reply.text is None or reply.drafted_on is None:
        return reply.earlier
    fields = reply.model_dump(include={"version", "drafter", "category", "scheme", "drafted_on", "passed"})
    return (*reply.earlier, Draft(**fields, text=reply.text))


def _issued(reply: Reply, event: _Issuing) -> dict[str, Any]:
    match event:
        case ReplyStamped():
            return {"stamped_on": event.stamped_on}
        case ReplyChecked():
            if event.passed:
                return {"checked_on": event.checked_on}
            return _UNSIGNED | {"passed": False, "recalls": _with_recall(reply, event.checked_on, None)}
        case ReplyRecalled():
            return _UNSIGNED | {"recalls": _with_recall(reply, event.recalled_on, event.reason)}
        case ReplyDelivered():
            return {"delivered": {**reply.delivered, event.member: event.delivered_on}}
        case ReplyReceived():
            return {"received": {**reply.received, event.member: event.received_on}}
        case ReplyRelayed():
            return {"relayed": {**reply.relayed, event.member: event.relayed_on}}
        case _:
            assert_never(event)


def _with_recall(reply: Reply, on: date, reason: str | None) -> tuple[Recall, ...]:
    if reply.document is None or reply.signed_on is None or reply.signed_event is None:
        return reply.recalls
    back = Recall(
        on=on, document=reply.document, signed_on=reply.signed_on, signed_event=reply.signed_event, reason=reason
    )
    return (*reply.recalls, back)


def _rated(reply: Reply, event: _Rating) -> dict[str, Any]:
    match event:
        case ReplyRated():
            whose = event.instead_of or event.member
            rating = Rating(
                result=event.result,
                attitude=event.attitude,
                on=event.rated_on,
                place=event.place,
                rehandle=event.rehandle,
                given="paper" if event.paper else "member",
                by=event.member if event.instead_of else None,
            )
            return {"rated": {**reply.rated, whose: rating}}
        case RatingReminded():
            days = (*reply.reminded.get(event.member, ()), event.reminded_on)
            return {"reminded": {**reply.reminded, event.member: days}}
        case RatingLapsed():
            rating = Rating(result=event.word, attitude=None, on=event.lapsed_on, place=event.place, given="lapsed")
            return {"rated": {**reply.rated, event.member: rating}}
        case RatingImpossible():
            rating = Rating(result="无法测评", attitude=None, on=event.found_on, given="impossible")
            return {"rated": {**reply.rated, event.member: rating}}
        case DissatisfactionAssessed():
            verdict = Verdict(
                form=event.form, handle_again=event.handle_again, on=event.assessed_on, result=event.result
            )
            return {"verdict": verdict}
        case _:
            assert_never(event)
