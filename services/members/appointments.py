"""Who holds which office in which unit, and on which day: appointments 任职 as people look at them."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from runtime.paging import page, parse_cursor
from runtime.tables import Change, Db, Opener, Row, Table
from services.members.appointment import Appointment


def _rows(change: Change[Appointment], opener: Opener) -> Iterable[Row]:
    yield {**change.held.state.model_dump(), "version": change.held.version}


APPOINTMENTS: Table[Appointment] = Table(
    name="appointments",
    columns={
        "person": "text NOT NULL",
        "name": "text NOT NULL",
        "unit": "text NOT NULL",
        "office": "text NOT NULL",
        "from_on": "date NOT NULL",
        "ended_on": "date",
        "version": "int NOT NULL",
    },
    rows=_rows,
    indexes=("(county, name, id)", "(county, unit, office)", "(county, person)"),
)

_SHOWN = "a.id, a.person, a.name, a.unit, u.name AS unit_name, a.office, a.from_on, a.ended_on, a.version"


async def get_appointment(db: Db, id: str) -> dict[str, Any] | None:
    """Give one appointment."""
    row = await db.fetchrow(
        f"SELECT {_SHOWN} FROM appointments a LEFT JOIN units u ON u.id = a.unit WHERE a.id = $1", id
    )
    return dict(row) if row else None


async def list_appointments(
    db: Db,
    *,
    unit: str | None,
    office: str | None,
    person: str | None,
    day: date | None,
    after: str | None,
    limit: int,
) -> dict[str, Any]:
    """Give a page of appointments by the person's name: of a unit, an office, a person, or in office on a day.

    Raises: MalformedRequest for a cursor that is none.
    """
    last_name, last_id = parse_cursor(after, (str, str)) if after else (None, None)
    rows = await db.fetch(
        f"""SELECT {_SHOWN} FROM appointments a LEFT JOIN units u ON u.id = a.unit
            WHERE ($1::text IS NULL OR a.unit = $1)
              AND ($2::text IS NULL OR a.office = $2)
              AND ($3::text IS NULL OR a.person = $3)
              AND ($4::date IS NULL OR (a.from_on <= $4 AND (a.ended_on IS NULL OR a.ended_on >= $4)))
              AND ($5::text IS NULL OR (a.name, a.id) > ($5, $6))
            ORDER BY a.name, a.id LIMIT $7""",
        unit,
        office,
        person,
        day,
        last_name,
        last_id,
        limit + 1,
    )
    return page([dict(row) for row in rows], limit, ("name", "id"))
