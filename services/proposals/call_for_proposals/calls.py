"""The calls for proposals 征集台账: topics, closing date, and how many submissions name each topic."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from contracts.proposals import HistoryCorrected, ProposalSubmitted
from runtime import paging
from runtime.tables import Change, Db, Opener, Row, Table
from services.proposals.call_for_proposals.call import Call
from services.proposals.case.proposal import Proposal


def _rows(change: Change[Call], opener: Opener) -> Iterable[Row]:
    yield {**change.held.state.model_dump(), "version": change.held.version}


def _submission_rows(change: Change[Proposal], opener: Opener) -> Iterable[Row]:
    case = change.held.state
    if case.call is not None:
        yield {"call": case.call, "topic": case.topic}


CALLS: Table[Call] = Table(
    name="calls",
    columns={
        "body": "text NOT NULL",
        "term": "int NOT NULL",
        "session": "int NOT NULL",
        "title": "text NOT NULL",
        "topics": "text[] NOT NULL",
        "until_on": "date NOT NULL",
        "opened_on": "date NOT NULL",
        "closed_on": "date",
        "reason": "text",
        "version": "int NOT NULL",
    },
    rows=_rows,
    indexes=("(county, opened_on, id)",),
)
CALL_SUBMISSIONS: Table[Proposal] = Table(
    name="call_submissions",
    columns={"call": "text NOT NULL", "topic": "int"},
    rows=_submission_rows,
    indexes=("(county, call)",),
    when=(ProposalSubmitted, HistoryCorrected),
)

_SHOWN = ", ".join(f"c.{name}" for name in ("id", *CALLS.columns))
_SELECT = f"""
SELECT {_SHOWN}, b.name AS body_name,
       $1::date BETWEEN c.opened_on AND least(c.until_on, coalesce(c.closed_on, c.until_on)) AS open,
       (SELECT count(*)::int FROM call_submissions s WHERE s.county = c.county AND s.call = c.id) AS submissions
FROM calls c LEFT JOIN body_names b ON b.county = c.county AND b.id = c.body"""


async def get(db: Db, id: str, *, on: date) -> dict[str, Any] | None:
    """Give one call as of a business date, with the submissions of each topic; `topic` is null for those of none."""
    row = await db.fetchrow(f"{_SELECT} WHERE c.id = $2", on, id)
    if row is None:
        return None
    named = await db.fetch("SELECT topic, id FROM call_submissions WHERE call = $1", id)
    counted = Counter(submission["topic"] for submission in named)
    topics = [{"topic": number, "title": title} for number, title in enumerate(row["topics"], 1)]
    by_topic = [*topics, {"topic": None, "title": None}]
    return dict(row) | {"by_topic": [told | {"submissions": counted[told["topic"]]} for told in by_topic]}


async def page(
    db: Db, *, on: date, body: str | None, open: bool | None, after: str | None, limit: int
) -> dict[str, Any]:
    """Give a page of the calls, oldest first: of a body, open on a business date or not.

    Raises: MalformedRequest for a cursor that is none.
    """
    day, id = paging.parse_cursor(after, (str, str)) if after else (None, None)
    rows = await db.fetch(
        f"""SELECT * FROM ({_SELECT}) c
            WHERE ($2::text IS NULL OR c.body = $2) AND ($3::boolean IS NULL OR c.open = $3)
              AND ($4::date IS NULL OR (c.opened_on, c.id) > ($4, $5))
            ORDER BY c.opened_on, c.id LIMIT $6""",
        on,
        body,
        open,
        paging.parse_date(day) if day else None,
        id,
        limit + 1,
    )
    return paging.page([dict(row) for row in rows], limit, ("opened_on", "id"))
