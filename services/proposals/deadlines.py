"""Which clocks 时限 an act of a case starts and stops. The days themselves come from the pack (rules/due.py)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.clocks import Clock, ClockChanges, ClockClosed, ClockMoved, clock_id
from rules.calendar import Calendars
from rules.due import open_clocks
from rules.pack import Owes, Pack
from services.proposals.case.proposal import Proposal

REPLY_KINDS = ("reply", "reply_final", "rehandle")
"""Met when everybody who must be answered has been sent the signed reply."""

COMMITMENT = "commitment"
"""The kind of clock that runs until a promise is kept."""


@dataclass(frozen=True)
class Rules:
    """What a decision needs of the rules: the case's id, its pack, and the county's calendars."""

    case: UUID
    pack: Pack
    calendars: Calendars


def started(
    rules: Rules,
    by: str,
    on: date,
    owed: Iterable[tuple[Owes, str]],
    *,
    round: int = 1,
    about: str | None = None,
) -> tuple[Clock, ...]:
    """Give the clocks that the pack starts by an event, for each (role in the case, party) that may owe one.

    `about` names the unit whose reply they are about, where several answer: one party may owe one for each.
    """
    return tuple(
        clock if about in (None, clock.whom) else _told_apart(rules, clock, str(about))
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


def _told_apart(rules: Rules, clock: Clock, about: str) -> Clock:
    id = clock_id(rules.case, clock.kind, f"{clock.whom}/{about}", clock.round)
    return clock.model_copy(update={"id": id, "about": about})


def about(case: Proposal, id: UUID) -> str | None:
    """Name the unit whose reply a clock is about, where several units answer; nothing where one does."""
    return unit(id) if len(case.answering) > 1 else None


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
    case: Proposal,
    on: date,
    kinds: Iterable[str],
    *,
    whom: str | None = None,
    answer: UUID | None = None,
    met: bool = True,
) -> tuple[ClockClosed, ...]:
    """Give the closings of the running clocks of some kinds, of one party or all, about one `answer` or all.

    A clock of the next round, which dissatisfaction has started, is not met by an act of this one.
    """
    wanted = tuple(kinds)
    round = case.round if answer is None else case.work_of(answer).round
    one = None if answer is None else about(case, answer)
    return tuple(
        ClockClosed(id=clock.id, on=on, outcome="met" if met else "void")
        for clock in case.clocks.values()
        if clock.kind in wanted
        and whom in (None, clock.whom)
        and one in (None, clock.whom, clock.about)
        and (clock.round <= round or not met)
    )


def superseded(case: Proposal, opened: Iterable[Clock], on: date) -> tuple[ClockClosed, ...]:
    """Give the closings, void, of running clocks in whose place one of a later round starts: nobody owes both."""
    later = {(clock.kind, clock.whom, clock.about): clock.round for clock in opened}
    return tuple(
        ClockClosed(id=clock.id, on=on, outcome="void")
        for clock in case.clocks.values()
        if clock.round < later.get((clock.kind, clock.whom, clock.about), 0)
    )


def reopened(case: Proposal, answer: UUID, rules: Rules) -> tuple[tuple[Clock, ...], tuple[ClockMoved, ...]]:
    """Give the clocks that the delivery of a unit's reply had met, to run again with the last day that they had."""
    work, party = case.work_of(answer), unit(answer)
    before = work.replies.get(work.round - 1)
    starts: dict[str, date | None]
    if before is None:
        since = case.assignment.since.get(answer, case.handed_over_on)
        starts = {"handed_over": since, "received": case.signed_for.get(answer)}
    else:
        since = min((rating.on for rating in before.rated.values() if rating.rehandle), default=None)
        starts = {"decided": work.ordered_on, "dissatisfied": since}
    had = {
        clock.kind: clock.due_on
        for clock in case.stopped
        if clock.kind in REPLY_KINDS and (clock.whom, clock.round) == (party, work.round) and clock.met
    }
    opened = {
        clock.kind: clock
        for by, on in starts.items()
        if on is not None
        for clock in started(rules, by, on, [("lead", party)], round=work.round)
        if clock.kind in had and clock.id not in case.clocks
    }
    moved = tuple(
        ClockMoved(id=clock.id, due_from=clock.due_on, due_on=had[kind], reason="撤回前的最后期限", proof=clock.proof)
        for kind, clock in opened.items()
        if clock.due_on != had[kind]
    )
    return tuple(opened.values()), moved


def outlasts(clock: Clock) -> bool:
    """Say whether a clock runs on when the case is closed: those of its commitments do."""
    return clock.proof.started_by in ("promised", "kept")


def of_commitment(case: Proposal, id: UUID, number: int, by: str, on: date) -> tuple[ClockClosed, ...]:
    """Give the closings, met, of the clocks of a unit's commitment that its promise or its keeping has started."""
    return tuple(
        ClockClosed(id=clock.id, on=on)
        for clock in case.clocks.values()
        if (clock.whom, clock.round, clock.proof.started_by) == (unit(id), number, by)
    )


def changes(
    opened: tuple[Clock, ...] = (), closed: tuple[ClockClosed, ...] = (), moved: tuple[ClockMoved, ...] = ()
) -> ClockChanges | None:
    """Give what an event says of clocks; nothing when there is nothing to say."""
    return ClockChanges(opened=opened, closed=closed, moved=moved) or None
