"""Clocks from rules (开启时限): which clocks an event starts, for whom, due on which day, and why.

What the pack is silent about opens no clock; a blank opens one without a day; a cap opens none and only
limits. A clock computed without a published calendar is provisional; `move_when_published` gives its move, and that
of a clock whose calendar has been corrected.
The days themselves are computed in `period` and `working_days`, whose functions can be had from here too.
"""

from datetime import date
from uuid import UUID

from contracts.clocks import Clock, ClockMoved, Proof, clock_id
from rules.calendar import Calendars
from rules.pack import Owes, Pack
from rules.period import Due, due_date, period_end
from rules.working_days import add_working_days, working_days_before, working_days_between

__all__ = [
    "Due",
    "add_working_days",
    "due_date",
    "latest_day",
    "move_when_published",
    "open_clock",
    "open_clocks",
    "period_end",
    "working_days_before",
    "working_days_between",
]


def latest_day(pack: Pack, kind: str, started_on: date, calendars: Calendars) -> Due | None:
    """Give the day beyond which an extension of `kind` may not go; None when the pack states no cap.

    `started_on` is the business date of the cap rule's own `from`.
    """
    rule = pack.cap_of(kind)
    return None if rule is None else due_date(rule, started_on, calendars)


def open_clock(
    pack: Pack,
    rule_key: str,
    *,
    aggregate: UUID,
    whom: str,
    round: int = 1,
    started_by: str,
    started_on: date,
    calendars: Calendars,
) -> Clock | None:
    """Open the clock of one rule, with its proof.

    None when the pack has no such rule, when the rule is a cap, or when something else than `started_by`
    starts it: what the pack is silent about opens no clock. A blank opens a clock without a day, and the
    proof names the blank.
    """
    rule = pack.clocks.get(rule_key)
    if rule is None or rule.cap or rule.from_ != started_by:
        return None
    due = due_date(rule, started_on, calendars)
    kind = pack.kind_of(rule_key)
    proof = Proof(
        pack=pack.name,
        pack_digest=pack.digest,
        rule=rule_key,
        source=pack.source,
        article=rule.article,
        chosen=pack.chose_day_of(rule_key),
        started_by=started_by,
        started_on=started_on,
        amount=rule.amount if isinstance(rule.amount, int) else None,
        unit=rule.unit,
        fixed_on=due.fixed_on,
        nominal_on=due.nominal_on,
        excluded=due.excluded,
        calendars=due.calendars,
        undefined=due.undefined,
    )
    return Clock(
        id=clock_id(aggregate, kind, whom, round),
        kind=kind,
        whom=whom,
        round=round,
        due_on=due.on,
        strength=rule.strength,
        provisional=due.provisional,
        proof=proof,
    )


def open_clocks(
    pack: Pack,
    started_by: str,
    *,
    owes: Owes,
    aggregate: UUID,
    whom: str,
    round: int = 1,
    started_on: date,
    calendars: Calendars,
) -> tuple[Clock, ...]:
    """Open every clock that `started_by` starts for whoever owes it as `owes`, in the pack's order."""
    opened = (
        open_clock(
            pack,
            key,
            aggregate=aggregate,
            whom=whom,
            round=round,
            started_by=started_by,
            started_on=started_on,
            calendars=calendars,
        )
        for key, rule in pack.clocks.items()
        if owes in rule.owed_by
    )
    return tuple(clock for clock in opened if clock is not None)


def move_when_published(clock: Clock, calendars: Calendars) -> ClockMoved | None:
    """Compute a clock again, from its own proof, now that a calendar it lacked is published or one it used corrected.

    None while it uses what is in force, and for every clock that counts no period. A clock whose day stays the same
    is moved too, onto the same day: its proof names the calendars in force, and it may stop being provisional. A day
    that was not provisional is never brought forward by a correction: who relied on it keeps it.
    """
    proof = clock.proof
    lacked = [use.year for use in proof.calendars if use.digest is None and use.year in calendars]
    used = (use for use in proof.calendars if use.digest is not None and use.year in calendars)
    corrected = [use.year for use in used if use.digest != calendars[use.year].digest]
    if not (lacked or corrected) or proof.amount is None or proof.unit is None or clock.due_on is None:
        return None
    due = period_end(proof.amount, proof.unit, proof.started_on, calendars)
    assert due.on is not None
    kept = not clock.provisional and due.on < clock.due_on
    acts = (("公布", lacked), ("更正", corrected))
    why = "，".join(f"{'、'.join(map(str, years))}年放假安排{act}" for act, years in acts if years)
    return ClockMoved(
        id=clock.id,
        due_from=clock.due_on,
        due_on=clock.due_on if kept else due.on,
        reason=why + _told(clock, due, kept=kept),
        provisional=due.provisional,
        proof=proof.model_copy(
            update={
                "nominal_on": due.nominal_on,
                "excluded": due.excluded,
                "calendars": due.calendars,
                "extended_from": due.on if kept else None,
                "fixed_on": clock.due_on if kept else None,
            }
        ),
    )


def _told(clock: Clock, due: Due, *, kept: bool) -> str:
    """Say what became of the day, where it stayed."""
    if kept:
        return f"，依此应为 {due.on}，已告知的到期日不提前"
    if due.on != clock.due_on:
        return ""
    return "，到期日不变，不再是暂定" if clock.provisional and not due.provisional else "，到期日不变"
