"""Signed replies 已签发答复 by title, so that who signs sees how similar cases were answered."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from contracts.copies.names import names_of
from runtime.shapes import row
from runtime.tables import Change, Db, Opener, Row, Table
from services.proposals.case.proposal import Proposal
from services.proposals.plain import plain

SHOWN = 50
"""How many similar replies are shown at most, the newest first."""

ALIKE = 0.6
"""Containment of one text in the other from which on two cases are taken to ask for much the same."""

_ENDINGS = ("的提案", "的建议", "的议案", "的意见")


def title_key(title: str) -> str:
    """Give a title without spaces, punctuation, 关于 and 的提案: what two cases about one thing share."""
    letters = plain(title).removeprefix("关于")
    for ending in _ENDINGS:
        letters = letters.removesuffix(ending)
    return letters


def _rows(change: Change[Proposal], opener: Opener) -> Iterable[Row]:
    case = change.held.state
    for unit, work in case.work.items():
        signed = [reply for reply in work.replies.values() if reply.signed_on]
        if signed and unit in case.answering:
            last = max(signed, key=lambda reply: reply.round)
            yield {
                "unit": unit,
                "title": case.title,
                "title_key": title_key(case.title),
                "number": case.number,
                "session": case.session,
                "scheme": last.scheme,
                "category": last.category,
                "document": last.document,
                "signed_on": last.signed_on,
            }


REPLIES: Table[Proposal] = Table(
    name="replies",
    columns={
        "unit": "text NOT NULL",
        "title": "text NOT NULL",
        "title_key": "text NOT NULL",
        "number": "int",
        "session": "int NOT NULL",
        "scheme": "text NOT NULL",
        "category": "text NOT NULL",
        "document": "text",
        "signed_on": "date NOT NULL",
    },
    rows=_rows,
    key=("unit",),
    indexes=("(county, title_key)",),
)

SIMILAR = row(REPLIES, "title_key", unit_name="text", conflicting="boolean NOT NULL")


async def beside(db: Db, id: UUID, case: Proposal, unit: UUID, similar: Iterable[UUID] = ()) -> list[dict[str, Any]]:
    """Give the signed replies to other cases of the same title, merged with this one, or found `similar`.

    One that stands under another category of the same scheme as the unit's own reply is marked as conflicting.
    """
    merged = case.review.merged
    related = {*case.review.originals, *case.review.siblings, *similar, *((merged.main,) if merged else ())}
    found = await db.fetch(
        "SELECT id, unit, title, number, session, scheme, category, document, signed_on FROM replies"
        " WHERE (title_key = $1 OR id = ANY($2::text[])) AND id <> $3 ORDER BY signed_on DESC, id, unit LIMIT $4",
        title_key(case.title),
        [str(one) for one in related],
        str(id),
        SHOWN,
    )
    names = await names_of(db, {one["unit"] for one in found})
    own = case.work_of(unit).reply
    return [
        dict(one)
        | {
            "signed_on": str(one["signed_on"]),
            "unit_name": names.get(one["unit"]),
            "conflicting": own is not None and own.scheme == one["scheme"] and own.category != one["category"],
        }
        for one in found
    ]
