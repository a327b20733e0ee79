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
from services.proposals.case.reply import Reply

if TYPE_CHECKING:
    from services.proposals.case.proposal import Proposal

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

    @property
    def says(self) -> tuple[str, int, str | None, str | None]:
        """Give what is said, without the day from which it holds."""
        return self.stage, self.round, self.category, self.outcome


History = dict[str, tuple[Standing, ...]]


def after(case: "Proposal", event: Event, envelope: Envelope[Event]) -> History:
    """Give the history of a case after an event that has made it what it is now."""
    changed: History = {}
    for key, units in _parts(case).items():
        before = case.history.get(key, ())
        shares = [case.work_of(unit) for unit in units]
        replies = [share.reply for share in shares]
        round = max((share.round for share in shares), default=1)
        now = (case.stage, round, _category(replies), _outcome(replies, case))
        if before and before[-1].says == now:
            continue
        day = business_date(event)[0] or envelope.time.astimezone(CHINA).date()
        on = max(day, before[-1].on) if before else day
        stage, round, category, outcome = now
        kept = before[:-1] if before and before[-1].on == on else before
        changed[key] = (*kept, Standing(on=on, stage=stage, round=round, category=category, outcome=outcome))
    return {**case.history, **changed} if changed else case.history


def _parts(case: "Proposal") -> Mapping[str, tuple[UUID, ...]]:
    """Give the case as a whole, and each unit that answers for itself when there are several."""
    answering = case.answering
    first_of = case.assignment.first_of
    return {WHOLE: answering} | ({str(first_of(unit)): (unit,) for unit in answering} if len(answering) > 1 else {})


def _category(replies: Sequence[Reply | None]) -> str | None:
    """Give under which categories the units have answered, none before every reply of this round is signed."""
    named = {f"{reply.scheme}/{reply.category}" if reply and reply.signed_on else None for reply in replies}
    return None if None in named else "、".join(sorted(filter(None, named))) or None


def _outcome(replies: Sequence[Reply | None], case: "Proposal") -> str | None:
    """Give the worst rating of this round, none before everybody who must be answered has rated every reply."""
    rated = [reply.rated for reply in replies if reply and reply.rated]
    if not rated or len(rated) < len(replies) or not (raters := set(case.raters)):
        return None
    if not all(raters <= ratings.keys() for ratings in rated):
        return None
    return worst((rating.result, rating.place) for ratings in rated for rating in ratings.values())


def worst(results: Iterable[tuple[str, int | None]]) -> str:
    """Give the worst of some ratings, each with its place among its pack's words where the event names it.

    A word that rates nothing (未表态, 无法测评) counts only where all do so.
    """
    found = dict(results)
    placed = {word: place or _PLACES.get(word) for word, place in found.items()}
    rating = [word for word, place in placed.items() if place is not None]
    return max(rating, key=lambda word: placed[word] or 0) if rating else min(found)
