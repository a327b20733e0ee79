"""The roster 名册: bodies, and who sits in them by term and sector."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from runtime.paging import page, parse_cursor
from runtime.tables import Change, Db, Opener, Row, Table
from services.members.body import Body
from services.members.member import Member


def _body_rows(change: Change[Body], opener: Opener) -> Iterable[Row]:
    yield {**change.held.state.model_dump(), "version": change.held.version}


def _member_rows(change: Change[Member], opener: Opener) -> Iterable[Row]:
    yield {**change.held.state.model_dump(), "version": change.held.version}


BODIES: Table[Body] = Table(
    name="bodies",
    columns={
        "name": "text NOT NULL",
        "kind": "text NOT NULL",
        "established_on": "date",
        "version": "int NOT NULL",
    },
    rows=_body_rows,
)
ROSTER: Table[Member] = Table(
    name="roster",
    columns={
        "name": "text NOT NULL",
        "body": "text NOT NULL",
        "term": "int NOT NULL",
        "sector": "text",
        "from_on": "date NOT NULL",
        "ended_on": "date",
        "version": "int NOT NULL",
    },
    rows=_member_rows,
    indexes=("(county, name, id)", "(county, body, term)"),
)

_BODY = "id, name, kind, established_on, version"
_SEAT = "m.id, m.name, m.body, b.name AS body_name, m.term, m.sector, m.from_on, m.ended_on, m.version"


async def get_body(db: Db, id: str) -> dict[str, Any] | None:
    """Give one body."""
    row = await db.fetchrow(f"SELECT {_BODY} FROM bodies WHERE id = $1", id)
    return dict(row) if row else None


async def list_bodies(db: Db, *, kind: str | None, after: str | None, limit: int) -> dict[str, Any]:
    """Give a page of bodies by name.

    Raises: MalformedRequest for a cursor that is none.
    """
    last_name, last_id = parse_cursor(after, (str, str)) if after else (None, None)
    rows = await db.fetch(
        f"""SELECT {_BODY} FROM bodies
            WHERE ($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR (name, id) > ($2, $3))
            ORDER BY name, id LIMIT $4""",
        kind,
        last_name,
        last_id,
        limit + 1,
    )
    return page([dict(row) for row in rows], limit, ("name", "id"))


async def get_member(db: Db, id: str) -> dict[str, Any] | None:
    """Give one member."""
    row = await db.fetchrow(f"SELECT {_SEAT} FROM roster m LEFT JOIN bodies b ON b.id = m.body WHERE m.id = $1", id)
    return dict(row) if row else None


async def list_members(
    db: Db,
    *,
    word: str | None,
    body: str | None,
    term: int | None,
    sector: str | None,
    day: date | None,
    after: str | None,
    limit: int,
) -> dict[str, Any]:
    """Give a page of members by name: of a body, a term, a sector, called so, or sitting on a business date.

    Raises: MalformedRequest for a cursor that is none.
    """
    last_name, last_id = parse_cursor(after, (str, str)) if after else (None, None)
    rows = await db.fetch(
        f"""SELECT {_SEAT} FROM roster m LEFT JOIN bodies b ON b.id = m.body
            WHERE ($1::text IS NULL OR strpos(lower(m.name), $1) > 0)
              AND ($2::text IS NULL OR m.body = $2)
              AND ($3::int IS NULL OR m.term = $3)
              AND ($4::text IS NULL OR m.sector = $4)
              AND ($5::date IS NULL OR (m.from_on <= $5 AND (m.ended_on IS NULL OR m.ended_on >= $5)))
              AND ($6::text IS NULL OR (m.name, m.id) > ($6, $7))
            ORDER BY m.name, m.id LIMIT $8""",
        word.strip().lower() if word else None,
        body,
        term,
        sector,
        day,
        last_name,
        last_id,
        limit + 1,
    )
    return page([dict(row) for row in rows], limit, ("name", "id"))


async def body_exists(db: Db, id: UUID) -> bool:
    """Say whether the county has this body."""
    return await db.fetchval("SELECT 1 FROM bodies WHERE id = $1", str(id)) is not None


async def unknown_members(db: Db, parties: Iterable[str]) -> tuple[str, ...]:
    """Give those parties ("member:<id>") that the roster does not know; people of the staff are not on it."""
    named = {party: party.removeprefix("member:") for party in parties if party.startswith("member:")}
    rows = await db.fetch("SELECT id FROM roster WHERE id = ANY($1::text[])", list(named.values()))
    known = {row["id"] for row in rows}
    return tuple(party for party, id in named.items() if id not in known)
