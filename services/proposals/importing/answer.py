"""The acts of a row towards the member 答复: extension, reply, delivery, rating, another round."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from contracts.assignment import ExtensionGranted
from contracts.clocks import ClockChanges, ClockMoved
from contracts.proposals import (
    RehandlingOrdered,
    ReplyDelivered,
    ReplyDrafted,
    ReplyRated,
    ReplySigned,
)
from rules.pack import Owes
from services.proposals import deadlines
from services.proposals.case.proposal import Proposal
from services.proposals.deadlines import REPLY_KINDS

if TYPE_CHECKING:
    from services.proposals.importing.history import Act, Telling

UNSTATED = "未载明"
"""Stands where a row cannot say what an event must have: who drafted a reply, its document number."""


def answered(telling: "Telling", round: int) -> "Iterator[tuple[str, Act]]":
    """Give one round: what led to the reply, the reply itself, delivery and rating, for each unit that answers."""
    from services.proposals.importing.history import meetings

    row, suffix = telling.row, "_2" if round == 2 else ""
    if round == 1 and row.day("extension_until") is not None:
        for unit in telling.known.answering:
            yield f"extend/{unit}", _extended(telling, unit)
    signed_on = row.day(f"signed_on{suffix}")
    if round == 2:
        if row.day("rehandled_on") is None and signed_on is None:
            return
        for unit in telling.known.answering:
            yield f"rehandle/{unit}", _rehandled(telling, unit)
        for stage in ("before", "during"):
            yield from meetings(telling, stage, round)
    if signed_on is not None:
        for unit in telling.known.answering:
            yield from _replied(telling, unit, round, signed_on)
    yield from meetings(telling, "after", round)
    if row.day(f"rated_on{suffix}") is not None:
        for unit in telling.known.answering:
            yield f"rate/{unit}/{round}", _rated(telling, unit, round)


def _extended(telling: "Telling", unit: UUID) -> "Act":
    until, handed_over_on = telling.row.values["extension_until"], telling.row.values["handed_over_on"]

    def grant(case: Proposal) -> ExtensionGranted:
        kinds = {clock.kind: clock for clock in case.clocks.values() if clock.whom == deadlines.unit(unit)}
        moved = tuple(
            ClockMoved(
                id=clock.id,
                due_from=clock.due_on,
                due_on=until,
                reason="延期",
                proof=clock.proof.model_copy(update={"fixed_on": until, "nominal_on": None, "chosen": True}),
            )
            for kind, clock in kinds.items()
            if kind in ("unit_reply", *REPLY_KINDS) and (clock.due_on is None or clock.due_on < until)
        )
        return ExtensionGranted(
            unit=unit,
            kind="reply",
            until_on=until,
            reason=UNSTATED,
            tell=(),
            # It is not told when; asked for before the last day, it was granted by then.
            granted_on=min((clock.due_from for clock in moved if clock.due_from), default=handed_over_on),
            clocks=ClockChanges(moved=moved) or None,
        )

    return grant


def _replied(telling: "Telling", unit: UUID, round: int, on: date) -> "Iterator[tuple[str, Act]]":
    row, suffix = telling.row, "_2" if round == 2 else ""
    category, scheme = row.values[f"reply_category{suffix}"], row.values[f"scheme{suffix}"]
    text = telling.seal("reply.text", row.get(f"reply_text{suffix}") or "")

    def draft(case: Proposal) -> ReplyDrafted:
        closed = deadlines.stopped(case, on, ("return",), whom=deadlines.unit(unit), met=False)
        return ReplyDrafted(
            unit=unit,
            round=round,
            drafter=UNSTATED,
            category=category,
            scheme=scheme,
            text=text,
            drafted_on=on,
            clocks=deadlines.changes(closed=closed),
        )

    def sign(case: Proposal) -> ReplySigned:
        return ReplySigned(
            unit=unit,
            round=round,
            signer=UNSTATED,
            document=row.get(f"document{suffix}") or UNSTATED,
            category=category,
            scheme=scheme,
            signed_on=on,
            clocks=deadlines.changes(
                closed=deadlines.stopped(case, on, ("unit_reply",), whom=deadlines.unit(unit), answer=unit)
            ),
        )

    yield f"draft/{unit}/{round}", draft
    yield f"sign/{unit}/{round}", sign
    if (delivered_on := row.day(f"delivered_on{suffix}")) is not None:
        for member in telling.known.signers[:1]:
            yield f"deliver/{unit}/{round}", _delivered(telling, unit, round, member, delivered_on)


def _delivered(telling: "Telling", unit: UUID, round: int, member: UUID, on: date) -> "Act":
    mode = telling.row.get("delivery_2" if round == 2 else "delivery") or "paper"

    def deliver(case: Proposal) -> ReplyDelivered:
        closed = deadlines.stopped(case, on, REPLY_KINDS, answer=unit)
        return ReplyDelivered(
            member=member,
            unit=unit,
            round=round,
            mode=mode,
            delivered_on=on,
            clocks=deadlines.changes(closed=closed),
        )

    return deliver


def _rated(telling: "Telling", unit: UUID, round: int) -> "Act":
    row, suffix = telling.row, "_2" if round == 2 else ""
    member, on = telling.known.signers[0], row.values[f"rated_on{suffix}"]
    result, attitude = row.values[f"rating_result{suffix}"], row.get(f"rating_attitude{suffix}")
    rehandle_on = telling.rules.pack.ratings.rehandle_on if telling.rules else ("不满意",)
    again = any(word in rehandle_on for word in (result, attitude))

    def rate(case: Proposal) -> ReplyRated:
        owed: list[tuple[Owes, str]] = [("lead", deadlines.unit(unit)), ("office", deadlines.office_of(case))]
        about = deadlines.about(case, unit)
        opened = telling.started("dissatisfied", on, owed, round=round + 1, about=about) if again else ()
        closed = deadlines.stopped(case, on, ("rating",), whom=deadlines.member(member), answer=unit)
        return ReplyRated(
            member=member,
            unit=unit,
            round=round,
            result=result,
            attitude=attitude,
            rehandle=again,
            rated_on=on,
            clocks=deadlines.changes(opened, closed),
        )

    return rate


def _rehandled(telling: "Telling", unit: UUID) -> "Act":
    row = telling.row
    on = row.day("rehandled_on") or row.day("rated_on") or row.values["signed_on_2"]

    def order(case: Proposal) -> RehandlingOrdered:
        owed: list[tuple[Owes, str]] = [("lead", deadlines.unit(unit)), ("office", deadlines.office_of(case))]
        opened = telling.started("decided", on, owed, round=2, about=deadlines.about(case, unit))
        fallen = deadlines.stopped(case, on, ("rating",), answer=unit, met=False)
        return RehandlingOrdered(unit=unit, round=2, ordered_on=on, clocks=deadlines.changes(opened, fallen))

    return order
