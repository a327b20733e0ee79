"""The reports of public opinion 社情民意台账: who reported what, where it was adopted, what it earned."""

from collections.abc import Iterable
from typing import Any

from runtime import paging
from runtime.tables import Change, Db, Opener, Row, Table
from services.proposals.public_opinion.opinion_state import Opinion


def _rows(change: Change[Opinion], opener: Opener) -> Iterable[Row]:
    opinion = change.held.state
    yield {
        "body": opinion.body,
        "title": opinion.title,
        "submitter": opinion.submitter,
        "from_case": opinion.case,
        "submitted_on": opinion.submitted_on,
        "edited_on": opinion.edited_on,
        "levels": [adoption.level for adoption in opinion.adoptions],
        "forwarded": len(opinion.forwardings),
        "fed_back": sum(sent.fed_back_on is not None for sent in opinion.forwardings),
        "points": opinion.points,
        "erased": opinion.erased,
        "version": change.held.version,
    }


OPINIONS: Table[Opinion] = Table(
    name="opinions",
    columns={
        "body": "text NOT NULL",
        "title": "text NOT NULL",
        "submitter": "text NOT NULL",
        "from_case": "text",
        "submitted_on": "date NOT NULL",
        "edited_on": "date",
        "levels": "text[] NOT NULL",
        "forwarded": "int NOT NULL",
        "fed_back": "int NOT NULL",
        "points": "int NOT NULL",
        "erased": "boolean NOT NULL",
        "version": "int NOT NULL",
    },
    rows=_rows,
    indexes=("(county, submitted_on, id)", "(county, submitter)"),
)


_SHOWN = ", ".join(f"o.{name}" for name in ("id", *OPINIONS.columns))


async def page(
    db: Db,
    *,
    submitter: str | None,
    level: str | None,
    adopted: bool | None,
    year: int | None,
    after: str | None,
    limit: int,
) -> dict[str, Any]:
    """Give a page of the reports, oldest first: of a member, adopted (at a level) or not, of a year.

    Raises: MalformedRequest for a cursor that is none.
    """
    day, id = paging.parse_cursor(after, (str, str)) if after else (None, None)
    rows = await db.fetch(
        f"""SELECT {_SHOWN}, m.name AS submitter_name
           FROM opinions o LEFT JOIN member_names m ON m.county = o.county AND m.id = o.submitter
           WHERE ($1::text IS NULL OR o.submitter = $1)
             AND ($2::text IS NULL OR $2 = ANY(o.levels))
             AND ($3::boolean IS NULL OR (cardinality(o.levels) > 0) = $3)
             AND ($4::int IS NULL OR extract(year FROM o.submitted_on) = $4)
             AND ($5::date IS NULL OR (o.submitted_on, o.id) > ($5, $6))
           ORDER BY o.submitted_on, o.id LIMIT $7""",
        submitter,
        level,
        adopted,
        year,
        paging.parse_date(day) if day else None,
        id,
        limit + 1,
    )
    return paging.page([dict(row) for row in rows], limit, ("submitted_on", "id"))
