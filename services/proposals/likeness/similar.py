"""Similar cases 相似件: likely duplicates at review, and cases whose replies are looked at in signing.

Candidates come from the index of sketches; their texts are then opened and compared in full.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from contracts.sealed import Sealed
from runtime import vault
from runtime.process import Process
from runtime.sealing import unseal
from services.proposals.case.proposal import Proposal
from services.proposals.folds import PROPOSAL
from services.proposals.likeness.similarity import Likeness, likeness, shingles, sketch

COMMON = 200
"""A piece that stands in more cases than this is a phrase of the trade and says nothing."""
CANDIDATES = 40
"""Cases compared in full."""
LEAST = 0.1
"""Containment below which nothing is shown."""


@dataclass(frozen=True)
class Similar:
    """A case that is like a text."""

    id: str
    case: Proposal
    likeness: Likeness

    def told(self) -> dict[str, Any]:
        """Give what is shown of it; nothing of its text."""
        reply = self.case.reply
        return {
            "id": self.id,
            "number": self.case.number,
            "title": self.case.title,
            "kind": self.case.kind,
            "stage": self.case.stage,
            "containment": round(self.likeness.containment, 4),
            "jaccard": round(self.likeness.jaccard, 4),
            "category": reply.category if reply and reply.signed_on else None,
            "scheme": reply.scheme if reply and reply.signed_on else None,
        }


async def similar_cases(
    process: Process, county: str, text: str, *, but: str | None = None, limit: int = 10
) -> list[Similar]:
    """Give the county's cases whose texts are most like this one, by containment, then Jaccard; `but` is left out."""
    wanted = shingles(text)
    grams = sketch(await process.secret(county, "search"), wanted)
    async with process.database.county(county) as db:
        rows = await db.fetch("SELECT id FROM cases_like($1, $2, $3)", grams, COMMON, CANDIDATES)
    ids = [row["id"] for row in rows if row["id"] != but]
    shown = await asyncio.gather(*(process.states.show(PROPOSAL, county, id) for id in ids))
    cases = {id: held.state for id, (held, _) in zip(ids, shown, strict=True)}
    texts = await _opened(process, county, cases)
    found = [Similar(id, cases[id], likeness(wanted, shingles(plain))) for id, plain in texts.items()]
    alike = [one for one in found if one.likeness.containment >= LEAST]
    return sorted(alike, key=lambda one: (-one.likeness.containment, -one.likeness.jaccard, one.id))[:limit]


async def open_text(process: Process, county: str, case: Proposal) -> str | None:
    """Give a case's text; None when it was erased, or there is none."""
    return next(iter((await _opened(process, county, {"": case})).values()), None)


async def _opened(process: Process, county: str, cases: dict[str, Proposal]) -> dict[str, str]:
    """Give the texts of those cases whose keys are still there."""
    sealed: dict[str, Sealed] = {id: case.text for id, case in cases.items() if case.text and not case.erased}
    async with process.database.owner() as db:
        keys = await vault.keys_of(db, [(county, text.case) for text in sealed.values()])
    return {
        id: unseal(keys[county, text.case], county, text)
        for id, text in sealed.items()
        if (county, text.case) in keys
    }
