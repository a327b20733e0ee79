"""Which holiday calendars the clocks of a case were computed with 放假安排依据, and how another one moves them.

A clock that runs into a year whose calendar is not published yet is due on a day 暂定 that counts only weekends. Once
it is published, or one that was used is corrected, the day is computed again from the clock's own proof; the event
says from when to when and why, also when the day stays. What has stopped keeps the day by which it was judged, and
only a provisional day is ever brought forward.
"""

from collections.abc import Iterable
from datetime import date

from contracts.clocks import Clock, ClockChanges
from contracts.proposals import ClocksMoved
from rules.calendar import Calendars
from rules.due import move_when_published
from runtime.refusals import Refusal
from runtime.tables import Change, Db, Opener, Row, Table
from services.proposals.case.proposal import Proposal


class NothingToMove(Refusal):
    """Every clock of the case was computed with the calendars in force."""

    code, status, title = "proposal.nothing_to_move", 409, "没有因放假安排公布或更正而须重算的时限"


def outdated_years(clock: Clock, calendars: Calendars) -> frozenset[int]:
    """Give the years of which a clock was computed without a calendar, or with another one than is in force."""
    uses = (use for use in clock.proof.calendars if use.year in calendars)
    return frozenset(use.year for use in uses if use.digest != calendars[use.year].digest)


def move_clocks(case: Proposal, calendars: Calendars, today: date) -> ClocksMoved:
    """Decide to compute a case's last days again, as far as the calendars that they lacked or used are new.

    Raises: NothingToMove.
    """
    found = [(clock, move_when_published(clock, calendars)) for clock in case.clocks.values()]
    moved = [(clock, move) for clock, move in found if move is not None]
    if not moved:
        raise NothingToMove
    years = {year for clock, _ in moved for year in outdated_years(clock, calendars)}
    return ClocksMoved(
        years=tuple(sorted(years)), moved_on=today, clocks=ClockChanges(moved=tuple(move for _, move in moved))
    )


NONE = ""
"""Stands for the digest of a calendar that is not published."""


def _rows(change: Change[Proposal], opener: Opener) -> Iterable[Row]:
    counted = (clock.proof for clock in change.held.state.clocks.values() if clock.proof.amount is not None)
    uses = {(use.year, use.digest or NONE) for proof in counted for use in proof.calendars}
    return ({"year": year, "digest": digest} for year, digest in sorted(uses))


PROVISIONAL: Table[Proposal] = Table(
    name="provisional",
    columns={"year": "int NOT NULL", "digest": "text NOT NULL"},
    rows=_rows,
    key=("year", "digest"),
    indexes=("(county, year)",),
)


_OUTDATED = "provisional p JOIN calendars c ON c.county = p.county AND c.year = p.year AND c.digest <> p.digest"


async def waiting(db: Db) -> list[str]:
    """Name the transaction's county's cases with a clock that was not computed with the calendars in force."""
    rows = await db.fetch(f"SELECT DISTINCT p.id FROM {_OUTDATED} ORDER BY p.id")
    return [row["id"] for row in rows]


async def counties_waiting(db: Db) -> list[str]:
    """Name the counties that have such cases; for a connection that sees every county."""
    rows = await db.fetch(f"SELECT DISTINCT p.county FROM {_OUTDATED} ORDER BY p.county")
    return [row["county"] for row in rows]
