"""Which clocks 时限 an act of a case starts and stops. The days themselves come from the pack (rules/due.py)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.clocks import Clock, ClockChanges, ClockClosed
from rules.calendar import Calendars
from rules.due import open_clocks
from rules.pack import Owes, Pack
from services.proposals.proposal import Proposal

REPLY_KINDS = ("reply", "reply_final", "rehandle")
"""Met when everybody who must be answered has been sent the signed reply."""


@dataclass(frozen=True)
class Rules:
    """What a decision needs of the rules: the case's id, its pack, and the county's calendars."""

    case: UUID
    pack: Pack
    calendars: Calendars


def started(
    rules: Rules, by: str, on: date, owed: Iterable[tuple[Owes, str]], *, round: int = 1
) -> tuple[Clock, ...]:
    """Give the clocks that the pack starts by an event, for each (role in the case, party) that may owe one."""
    return tuple(
        clock
        for owes, whom in owed
        for clock in open_clocks(
            rules.pack,
            by,
            owes=owes,
            aggregate=rules.case,
            whom=whom,
            round=round,
            started_on=on,
            calendars=rules.calendars,
        )
    )


def unit(id: UUID) -> str:
    """Name a unit as a party."""
    return f"unit:{id}"


def member(id: UUID) -> str:
    """Name a member as a party."""
    return f"member:{id}"


def office_of(case: Proposal) -> str:
    """Name who oversees the case: the office that handed it over, else the body it was submitted to."""
    return unit(case.office) if case.office else f"body:{case.body}"


def stopped(
    case: Proposal, on: date, kinds: Iterable[str], *, whom: str | None = None, met: bool = True
) -> tuple[ClockClosed, ...]:
    """Give the closings of the running clocks of some kinds, of one party or of all.

    A clock of the next round, which dissatisfaction has started, is not met by an act of this one.
    """
    wanted = tuple(kinds)
    return tuple(
        ClockClosed(id=clock.id, on=on, outcome="met" if met else "void")
        for clock in case.clocks.values()
        if clock.kind in wanted and whom in (None, clock.whom) and (clock.round <= case.round or not met)
    )


def changes(opened: tuple[Clock, ...] = (), closed: tuple[ClockClosed, ...] = ()) -> ClockChanges | None:
    """Give what an event says of clocks; nothing when there is nothing to say."""
    return ClockChanges(opened=opened, closed=closed) or None
