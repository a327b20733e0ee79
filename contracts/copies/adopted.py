"""Adopted rule packs 办理规则 and published holiday calendars 放假安排, as a service keeps them for itself.

The bytes come from the log, not from the files that ship with the code, so that every service of the county computes
with exactly what was adopted. Parsed packs and calendars are remembered by digest: the same bytes, the same rules.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime
from typing import Any, Generic, NamedTuple, TypeVar

from contracts.envelope import Envelope
from contracts.event import Event
from contracts.members import CalendarPublished, RulePackAdopted
from rules.calendar import Calendar, Calendars, load_calendar
from rules.pack import Pack, load_pack
from runtime.folds import Fold, State
from runtime.tables import Change, Db, Opener, Row, Table

P = TypeVar("P")

REMEMBERED = 256
"""Parsed packs, and parsed calendars, held at most by one process."""


class Adoption(NamedTuple):
    """One version of a pack, as adopted."""

    digest: str
    kinds: tuple[str, ...]
    from_on: date
    content: str
    adopted_at: datetime


class AdoptedPack(State):
    """A pack with all its adopted versions, oldest first."""

    adoptions: tuple[Adoption, ...] = ()


class PublishedCalendar(State):
    """A year's calendar: the latest published one wins."""

    year: int = 0
    digest: str = ""
    content: str = ""


def evolve_pack(pack: AdoptedPack, event: Event, envelope: Envelope[Any]) -> AdoptedPack:
    """Give the pack after an event; other events leave it as it is."""
    if not isinstance(event, RulePackAdopted):
        return pack
    adoption = Adoption(event.digest, event.kinds, event.from_on, event.content, envelope.time)
    return AdoptedPack(adoptions=(*pack.adoptions, adoption))


def evolve_calendar(calendar: PublishedCalendar, event: Event, envelope: Envelope[Any]) -> PublishedCalendar:
    """Give the calendar after an event; other events leave it as it is."""
    if not isinstance(event, CalendarPublished):
        return calendar
    return PublishedCalendar(year=event.year, digest=event.digest, content=event.content)


def _pack_rows(change: Change[AdoptedPack], opener: Opener) -> Iterable[Row]:
    for adoption in change.held.state.adoptions:
        yield {"pack": change.id, **adoption._asdict()}


def _calendar_rows(change: Change[PublishedCalendar], opener: Opener) -> Iterable[Row]:
    if change.held.state.digest:
        yield {**change.held.state.model_dump(), "version": change.held.version}


PACK_TABLE: Table[AdoptedPack] = Table(
    name="packs",
    columns={
        "pack": "text NOT NULL",
        "digest": "text NOT NULL",
        "kinds": "text[] NOT NULL",
        "from_on": "date NOT NULL",
        "content": "text NOT NULL",
        "adopted_at": "timestamptz NOT NULL",
    },
    rows=_pack_rows,
    key=("digest",),
)
CALENDAR_TABLE: Table[PublishedCalendar] = Table(
    name="calendars",
    columns={
        "year": "int NOT NULL",
        "digest": "text NOT NULL",
        "content": "text NOT NULL",
        "version": "int NOT NULL",
    },
    rows=_calendar_rows,
)

PACKS: Fold[AdoptedPack] = Fold("members", "pack", AdoptedPack, evolve_pack, (PACK_TABLE,))
CALENDARS: Fold[PublishedCalendar] = Fold(
    "members", "calendar", PublishedCalendar, evolve_calendar, (CALENDAR_TABLE,)
)

ADOPTED_FOLDS: tuple[Fold[Any], ...] = (PACKS, CALENDARS)

_LATEST = "ORDER BY from_on DESC, adopted_at DESC, id DESC LIMIT 1"


class _Parsed(Generic[P]):
    """What was parsed before, by digest; the least recently used goes first."""

    def __init__(self, parse: Callable[[bytes], P]) -> None:
        self._parse = parse
        self._known: OrderedDict[str, P] = OrderedDict()

    async def get(self, digest: str, content: Callable[[], Awaitable[str]]) -> P:
        """Give what the bytes of this digest say, fetching them only when they are not known yet."""
        if digest not in self._known:
            self._known[digest] = self._parse((await content()).encode())
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(digest)
        return self._known[digest]


_PACKS: _Parsed[Pack] = _Parsed(load_pack)
_CALENDARS: _Parsed[Calendar] = _Parsed(load_calendar)


async def pack_for(db: Db, kind: str, on: date) -> Pack | None:
    """Give the pack that a case of `kind` follows when it is handed over `on` a business date.

    Of the packs adopted for the kind from a day on, the latest day wins; of two, the one adopted later. A pack whose
    own text is not in force on that day is none.
    """
    sql = f"SELECT digest FROM packs WHERE $1 = ANY(kinds) AND from_on <= $2 {_LATEST}"
    return _in_force(await _pack(db, await db.fetchval(sql, kind, on)), on)


async def pack_by_name(db: Db, name: str, on: date) -> Pack | None:
    """Give the version of a named pack that holds on a business date; None when its text is not in force then."""
    sql = f"SELECT digest FROM packs WHERE id = $1 AND from_on <= $2 {_LATEST}"
    return _in_force(await _pack(db, await db.fetchval(sql, name, on)), on)


def _in_force(pack: Pack | None, on: date) -> Pack | None:
    return pack if pack is not None and pack.in_force(on) else None


async def pack_by_digest(db: Db, digest: str) -> Pack | None:
    """Give the pack that a case has pinned; None when the county never adopted these bytes."""
    return await _pack(db, await db.fetchval("SELECT digest FROM packs WHERE digest = $1 LIMIT 1", digest))


async def schemes_of(db: Db) -> list[str]:
    """Give the names of the reply-category schemes that the county's adopted packs know, in order."""
    rows = await db.fetch("SELECT DISTINCT digest FROM packs")
    packs = [await _pack(db, row["digest"]) for row in rows]
    return sorted({scheme for pack in packs if pack for scheme in pack.schemes})


async def calendars_of(db: Db) -> Calendars:
    """Give the county's published calendars, the latest of each year."""
    rows = await db.fetch("SELECT year, digest FROM calendars ORDER BY year")

    async def read(row: Any) -> Calendar:
        async def content() -> str:
            return str(await db.fetchval("SELECT content FROM calendars WHERE year = $1", row["year"]))

        return await _CALENDARS.get(row["digest"], content)

    return Calendars([await read(row) for row in rows])


async def _pack(db: Db, digest: str | None) -> Pack | None:
    if digest is None:
        return None

    async def content() -> str:
        return str(await db.fetchval("SELECT content FROM packs WHERE digest = $1 LIMIT 1", digest))

    return await _PACKS.get(digest, content)
