"""What the members service's queries answer: rows of its read models, and what is joined to them."""

from contracts.copies.adopted import CALENDAR_TABLE, PACK_TABLE
from contracts.copies.mandates import MANDATE_TABLE
from runtime.shapes import listed, row, shape
from services.members.appointments import APPOINTMENTS
from services.members.roster import BODIES, ROSTER
from services.members.units import UNITS

_NAME = shape(name="text NOT NULL", from_on="date NOT NULL")
_ALIAS = shape(alias="text NOT NULL", from_on="date", until_on="date")

BODY_ROW = row(BODIES)
SEAT = row(ROSTER, body_name="text")
OFFICE = row(APPOINTMENTS, unit_name="text")
LENT = row(MANDATE_TABLE)
UNIT_ROW = row(UNITS, "known_as", "parents", names=listed(_NAME), aliases=listed(_ALIAS))
UNIT_SHOWN = row(
    UNITS,
    "known_as",
    "parents",
    names=listed(_NAME),
    aliases=listed(_ALIAS),
    below=listed(shape(id="text NOT NULL", name="text NOT NULL")),
)

_VERSION = {name: kind for name, kind in PACK_TABLE.columns.items() if name not in ("pack", "content")}
ADOPTION = shape(pack="text NOT NULL", **_VERSION)
PACK_SHOWN = shape(
    pack="text NOT NULL", versions=listed(shape(**_VERSION, content="text NOT NULL")), version="int NOT NULL"
)
_YEAR = {name: kind for name, kind in CALENDAR_TABLE.columns.items() if name != "content"}
PUBLISHED = shape(**_YEAR)
PUBLISHED_SHOWN = shape(**CALENDAR_TABLE.columns)
