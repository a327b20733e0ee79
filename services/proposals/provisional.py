"""Provisional last days 暂定期限: which clocks of a case still lack a holiday calendar, and how it moves them.

A clock that runs into a year whose calendar is not published yet is due on a day that counts only weekends. Once it
is published, the day is computed again from the clock's own proof; the event says from when to when and why, also
when the day stays and only ceases to be provisional.
"""

from collections.abc import Iterable
from datetime import date

from contracts.clocks import Clock, ClockChanges
from contracts.proposals import ClocksMoved
from rules.calendar import Calendars
from rules.due import move_when_published
from runtime.refusals import Refusal
from runtime.tables import Change, Db, Opener, Row, Table
from services.proposals.proposal import Proposal


class NothingToMove(Refusal):
    """No clock of the case lacked a calendar that is published now."""

    code, status, title = "proposal.nothing_to_move", 409, "没有因放假安排公布而须重算的时限"


def lacked_years(clock: Clock) -> frozenset[int]:
    """Give the years whose calendars a clock was computed without."""
    return frozenset(use.year for use in clock.proof.calendars if use.digest is None)


def move_clocks(case: Proposal, calendars: Calendars, today: date) -> ClocksMoved:
    """Decide to compute a case's provisional last days again, as far as the calendars they lacked are published.

    Raises: NothingToMove.
    """
    found = [(clock, move_when_published(clock, calendars)) for clock in case.clocks.values()]
    moved = [(clock, move) for clock, move in found if move is not None]
    if not moved:
        raise NothingToMove
    years = {year for clock, _ in moved for year in lacked_years(clock) & set(calendars)}
    return ClocksMoved(
        years=tuple(sorted(years)), moved_on=today, clocks=ClockChanges(moved=tuple(move for _, move in moved))
    )


def _rows(change: Change[Proposal], opener: Opener) -> Iterable[Row]:
    clocks = change.held.state.clocks.values()
    years = {year for clock in clocks if clock.provisional for year in lacked_years(clock)}
    return ({"year": year} for year in sorted(years))


PROVISIONAL: Table[Proposal] = Table(
    name="provisional",
    columns={"year": "int NOT NULL"},
    rows=_rows,
    key=("year",),
    indexes=("(county, year)",),
)


async def waiting(db: Db) -> list[str]:
    """Name the transaction's county's cases that wait for a calendar which is published now."""
    rows = await db.fetch(
        "SELECT DISTINCT p.id FROM provisional p JOIN calendars c ON c.county = p.county AND c.year = p.year"
        " ORDER BY p.id"
    )
    return [row["id"] for row in rows]


async def counties_waiting(db: Db) -> list[str]:
    """Name the counties that have such cases; for a connection that sees every county."""
    rows = await db.fetch(
        "SELECT DISTINCT p.county FROM provisional p JOIN calendars c ON c.county = p.county AND c.year = p.year"
        " ORDER BY p.county"
    )
    return [row["county"] for row in rows]
