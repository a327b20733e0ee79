"""The diary of meetings 见面记录: what was recorded of whom, when and how, and where each record stands.

Only structured facts stand in the clear; the texts stay sealed here and are opened for a reader who may see them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from asyncpg.pool import PoolConnectionProxy

from contracts.copies.names import names_of
from contracts.meetings import Stage
from contracts.sealed import SealedFile
from runtime.paging import page, parse_cursor
from runtime.refusals import MalformedRequest
from runtime.tables import Change, Opener, Row, Table
from services.meetings.meeting import Meeting

TEXTS = ("summary", "wishes", "measures", "dispute")


def _rows(change: Change[Meeting], opener: Opener) -> Iterable[Row]:
    meeting = change.held.state
    columns = MEETINGS.columns.keys() - {"case_id", "standing", "photos", "version"}
    yield {
        **{name: getattr(meeting, name) for name in columns},
        "case_id": meeting.case,
        "standing": meeting.standing,
        "photos": len(meeting.evidence),
        "version": change.held.version,
    }


def _photo_rows(change: Change[Meeting], opener: Opener) -> Iterable[Row]:
    for photo in change.held.state.evidence:
        yield {"case_id": photo.case, "digest": photo.digest, "media_type": photo.media_type, "size": photo.size}


MEETINGS: Table[Meeting] = Table(
    name="meetings",
    columns={
        "case_id": "uuid NOT NULL",
        "unit": "uuid NOT NULL",
        "handler": "text NOT NULL",
        "member": "uuid NOT NULL",
        "stage": "text NOT NULL",
        "mode": "text NOT NULL",
        "met_on": "date NOT NULL",
        "place": "text",
        "standing": "text NOT NULL",
        "confirmed_on": "date",
        "disputed_on": "date",
        "withdrawn_on": "date",
        "withdrawn_reason": "text",
        "withdrawn_approved_by": "text",
        "late": "boolean NOT NULL",
        "late_reason": "text",
        "photos": "int NOT NULL",
        "pack_digest": "text NOT NULL",
        "recorded_at": "timestamptz NOT NULL",
        "summary": "jsonb",
        "wishes": "jsonb",
        "measures": "jsonb",
        "dispute": "jsonb",
        "version": "int NOT NULL",
    },
    rows=_rows,
    indexes=("(county, met_on, id)", "(county, case_id)", "(county, unit)", "(county, member)"),
)

PHOTOS: Table[Meeting] = Table(
    name="photos",
    columns={
        "case_id": "uuid NOT NULL",
        "digest": "text NOT NULL",
        "media_type": "text NOT NULL",
        "size": "int NOT NULL",
    },
    rows=_photo_rows,
    key=("digest",),
    indexes=("(county, digest)",),
)

_SELECT = (
    "SELECT m.*, c.title, c.number, coalesce(c.erased, false) AS erased, p.id IS NOT NULL AS parked FROM meetings m "
    "LEFT JOIN cases c ON c.county = m.county AND c.id = m.case_id::text "
    "LEFT JOIN parked p ON (p.county, p.service, p.aggregate, p.id) = (m.county, 'meetings', 'meeting', m.id) "
)


@dataclass(frozen=True)
class Search:
    """Which meetings are asked for; absent = any."""

    case: UUID | None = None
    unit: UUID | None = None
    member: UUID | None = None
    stage: Stage | None = None
    standing: str | None = None
    from_on: date | None = None
    until_on: date | None = None
    of_unit: str | None = None
    """Meetings about cases which this unit handles …"""
    of_member: str | None = None
    """… or which this member submitted or co-signed …"""
    everything: bool = False
    """… or about any case of the county."""


async def list_meetings(db: PoolConnectionProxy, search: Search, *, after: str | None, limit: int) -> dict[str, Any]:
    """Give a page of meetings of the transaction's county, the latest first, with the names joined.

    Raises: MalformedRequest for a cursor that is none.
    """
    met_on, id = _place(after) if after else (None, None)
    rows = await db.fetch(
        f"{_SELECT} WHERE ($1::uuid IS NULL OR m.case_id = $1) AND ($2::uuid IS NULL OR m.unit = $2) "
        "AND ($3::uuid IS NULL OR m.member = $3) AND ($4::text IS NULL OR m.stage = $4) "
        "AND ($5::text IS NULL OR m.standing = $5) AND ($6::date IS NULL OR m.met_on >= $6) "
        "AND ($7::date IS NULL OR m.met_on <= $7) "
        "AND ($8::boolean OR $9::text = ANY(c.units) OR $10::text = ANY(c.members)) "
        "AND ($11::date IS NULL OR (m.met_on, m.id) < ($11, $12::text)) "
        "ORDER BY m.met_on DESC, m.id DESC LIMIT $13",
        search.case,
        search.unit,
        search.member,
        search.stage,
        search.standing,
        search.from_on,
        search.until_on,
        search.everything,
        search.of_unit,
        search.of_member,
        met_on,
        id,
        limit + 1,
    )
    items = [_shown(dict(row)) for row in rows]
    await _with_names(db, items)
    return page(items, limit, ("met_on", "id"))


async def get_meeting(db: PoolConnectionProxy, id: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Give one meeting of the transaction's county with its photos, and apart from it its sealed texts."""
    row = await db.fetchrow(f"{_SELECT} WHERE m.id = $1", id)
    if row is None:
        return None
    item = _shown(dict(row))
    await _with_names(db, [item])
    photos = await db.fetch("SELECT digest, media_type, size FROM photos WHERE id = $1 ORDER BY digest", id)
    item["evidence"] = [dict(photo) for photo in photos]
    return item, {name: row[name] for name in TEXTS}


async def get_photo(db: PoolConnectionProxy, id: str, digest: str) -> SealedFile | None:
    """Give what the event says of a photo that a meeting of the transaction's county names."""
    row = await db.fetchrow(
        "SELECT case_id, digest, media_type, size FROM photos WHERE id = $1 AND digest = $2", id, digest
    )
    if row is None:
        return None
    return SealedFile(case=row["case_id"], digest=row["digest"], media_type=row["media_type"], size=row["size"])


def _place(after: str) -> tuple[date, str]:
    met_on, id = parse_cursor(after, (str, str))
    try:
        return date.fromisoformat(met_on), id
    except ValueError as error:
        raise MalformedRequest("after 不是有效的翻页标记") from error


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    for name in (*TEXTS, "county"):
        row.pop(name)
    return {"id": row.pop("id"), "case": str(row.pop("case_id"))} | row | {"met_on": row["met_on"].isoformat()}


async def _with_names(db: PoolConnectionProxy, items: Sequence[dict[str, Any]]) -> None:
    names = await names_of(db, {item[what] for item in items for what in ("unit", "member")})
    for item in items:
        item["unit_name"] = names.get(str(item["unit"]))
        item["member_name"] = names.get(str(item["member"]))
