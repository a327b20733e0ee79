"""Standings 状况: what statistics say of a case, or of one answering unit in it, from a business day on.

A standing is added whenever stage, category or outcome changes, so that figures can be asked for as of any day
without folding the events again. Days never go back: an act that was entered with an earlier day than the one
before it counts from that one on.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.days import business_date
from contracts.envelope import Envelope
from contracts.event import Event
from runtime.http import CHINA

if TYPE_CHECKING:
    from services.proposals.proposal import Proposal

WHOLE = ""
"""The key of the case as a whole; an answering unit's is its id."""
_PLACES = {"满意": 1, "基本满意": 2, "不满意": 3}
"""The places of ratings whose event names none: old ones, and imported ones that no pack ruled."""


class Standing(BaseModel):
    """Where a case, or a unit's part of it, stands from a day on."""

    model_config = ConfigDict(frozen=True)

    on: date
    stage: str
    round: int = 1
    category: str | None = None
    """`scheme/letter` of the last round's signed reply; several units' are joined."""
    outcome: str | None = None
    """The worst of the last round's ratings, once everybody who must be answered has rated."""


History = dict[str, tuple[Standing, ...]]


def after(case: "Proposal", event: Event, envelope: Envelope[Event]) -> History:
    """Give the history of a case after an event that has made it what it is now."""
    day = business_date(event)[0] or envelope.time.astimezone(CHINA).date()
    history = dict(case.history)
    for key, units in _parts(case).items():
        before = history.get(key, ())
        now = Standing(
            on=max(day, before[-1].on) if before else day,
            stage=case.stage,
            round=max((case.work_of(unit).round for unit in units), default=1),
            category=category_of(case, units),
            outcome=outcome_of(case, units),
        )
        if not before or before[-1].model_copy(update={"on": now.on}) != now:
            kept = before[:-1] if before and before[-1].on == now.on else before
            history[key] = (*kept, now)
    return history


def _parts(case: "Proposal") -> Mapping[str, tuple[UUID, ...]]:
    """Give the case as a whole, and each unit that answers for itself when there are several."""
    answering = case.answering
    first_of = case.assignment.first_of
    return {WHOLE: answering} | ({str(first_of(unit)): (unit,) for unit in answering} if len(answering) > 1 else {})


def category_of(case: "Proposal", units: Sequence[UUID]) -> str | None:
    """Give under which categories the units have answered, none before every reply of this round is signed."""
    signed = [reply for unit in units if (reply := case.work_of(unit).reply) and reply.signed_on]
    if not signed or len(signed) < len(units):
        return None
    return "、".join(sorted({f"{reply.scheme}/{reply.category}" for reply in signed}))


def outcome_of(case: "Proposal", units: Sequence[UUID]) -> str | None:
    """Give the worst rating of this round, none before everybody who must be answered has rated every reply."""
    replies = [reply for unit in units if (reply := case.work_of(unit).reply)]
    if not replies or len(replies) < len(units) or not case.raters:
        return None
    if not all(set(reply.rated) >= set(case.raters) for reply in replies):
        return None
    return worst((rating.result, rating.place) for reply in replies for rating in reply.rated.values())


def worst(results: Iterable[tuple[str, int | None]]) -> str:
    """Give the worst of some ratings, each with its place among its pack's words where the event names it.

    A word that rates nothing (未表态, 无法测评) counts only where all do so.
    """
    found = dict(results)
    placed = {word: place or _PLACES.get(word) for word, place in found.items()}
    rating = [word for word, place in placed.items() if place is not None]
    return max(rating, key=lambda word: placed[word] or 0) if rating else min(found)
