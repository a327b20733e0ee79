"""What statistics count 统计底数: one row for each case, and one for each unit's share in it.

Whatever may be asked for as of a day is kept with its day: milestones as dates, and what changes to and fro (stage,
category, outcome, round) as arrays beside the days from which they hold, to be read with `width_bucket`.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from runtime.tables import Change, Opener, Row, Table
from services.proposals import deadlines
from services.proposals.proposal import ClosedClock, Proposal
from services.proposals.standing import WHOLE

_REPLY_CLOCKS = ("unit_reply", "reply", "reply_final")
_CO_CLOCKS = ("co_opinion",)

_COLUMNS = {
    "kind": "text NOT NULL",
    "body": "text NOT NULL",
    "term": "int NOT NULL",
    "session": "int NOT NULL",
    "nature": "text",
    "submitter": "text",
    "group_name": "text",
    "pack_digest": "text",
    "imported": "boolean NOT NULL",
    "month": "text NOT NULL",
    "hand_over_month": "text",
    "submitted_on": "date NOT NULL",
    "registered_on": "date",
    "handed_over_on": "date",
    "met_before": "date",
    "met_during": "date",
    "met_after": "date",
    "signed_on": "date",
    "replied_on": "date",
    "on_time": "boolean NOT NULL",
    "recorded_after": "int NOT NULL",
    "closed_on": "date",
    "last_on": "date NOT NULL",
    "stage": "text NOT NULL",
    "category": "text",
    "outcome": "text",
    "round": "int NOT NULL",
    "since": "date[] NOT NULL",
    "stages": "text[] NOT NULL",
    "categories": "text[] NOT NULL",
    "outcomes": "text[] NOT NULL",
    "rounds": "int[] NOT NULL",
}
"""The arrays say from which days on (`since`) the case had which stage, category, outcome and round; their last
entries stand in columns too, as mostly the present is asked for. `recorded_after`: days from the day on which a reply
clock was met until that was entered, the longest."""


def _facts(case: Proposal) -> Row:
    """Give what a row says of the case, whichever units it is about."""
    return {
        "kind": case.kind,
        "body": case.body,
        "term": case.term,
        "session": case.session,
        "nature": case.nature,
        "submitter": case.submitter,
        "group_name": case.group,
        "pack_digest": case.pack_digest,
        "imported": case.imported is not None,
        "month": f"{case.submitted_on:%Y-%m}",
        "hand_over_month": f"{case.handed_over_on:%Y-%m}" if case.handed_over_on else None,
        "submitted_on": case.submitted_on,
        "registered_on": case.registered_on,
        "handed_over_on": case.handed_over_on,
        "closed_on": case.closed_on,
    }


def _answers(case: Proposal, units: Sequence[UUID]) -> Row:
    """Give how far these answering units have come with the first round's reply, and where they have stood since."""
    everybody = set(case.answer_to)
    first = [reply for unit in units if (reply := case.work_of(unit).replies.get(1))]
    whole = bool(units) and bool(everybody) and len(first) == len(units)
    signed = [reply.signed_on for reply in first if reply.signed_on]
    delivered = whole and all(set(reply.delivered) >= everybody for reply in first)
    judged = _judged(case, _REPLY_CLOCKS, units)
    own = units if len(case.answering) > 1 else ()
    met = {
        stage: [m.met_on for m in case.meetings.values() if m.stage == stage and (not own or m.unit in own)]
        for stage in ("before", "during", "after")
    }
    return {
        **{f"met_{stage}": min(days, default=None) for stage, days in met.items()},
        "signed_on": max(signed) if whole and len(signed) == len(units) else None,
        "replied_on": max(max(reply.delivered.values()) for reply in first) if delivered else None,
        **_punctual(judged),
        **_standings(case, units),
    }


def _judged(case: Proposal, kinds: Iterable[str], units: Iterable[UUID]) -> list[ClosedClock]:
    parties = {deadlines.unit(unit) for unit in units}
    return [clock for clock in case.stopped if clock.kind in kinds and clock.whom in parties and clock.round == 1]


def _punctual(judged: Sequence[ClosedClock]) -> Row:
    """Say whether clocks were met by their last day, and how long after it happened that was entered."""
    late = [(clock.recorded_on - clock.closed_on).days for clock in judged if clock.recorded_on]
    return {"on_time": bool(judged) and all(clock.on_time for clock in judged), "recorded_after": max((0, *late))}


def _standings(case: Proposal, units: Sequence[UUID]) -> Row:
    one = str(case.assignment.first_of(units[0])) if len(units) == 1 else WHOLE
    history = case.history.get(one) or case.history[WHOLE]
    last = history[-1]
    return {
        "last_on": last.on,
        "stage": last.stage,
        "category": last.category,
        "outcome": last.outcome,
        "round": last.round,
        "since": [standing.on for standing in history],
        "stages": [standing.stage for standing in history],
        "categories": [standing.category for standing in history],
        "outcomes": [standing.outcome for standing in history],
        "rounds": [standing.round for standing in history],
    }


def _case_rows(change: Change[Proposal], opener: Opener) -> Iterable[Row]:
    case = change.held.state
    yield {**_facts(case), **_answers(case, case.answering)}


def _unit_rows(change: Change[Proposal], opener: Opener) -> Iterable[Row]:
    """Give a row for each answering unit, one without a unit before there is any, and one for each co unit.

    A successor's row stands under the unit that had its part at first: who is asked for by successor is joined later.
    """
    case = change.held.state
    facts = _facts(case)
    part = "separate" if case.lead is None else "lead"
    for unit in case.answering:
        yield {"unit": case.assignment.first_of(unit), "part": part, **facts, **_answers(case, (unit,))}
    if not case.answering:
        yield {"unit": "", "part": "none", **facts, **_answers(case, ())}
    for unit in case.co:
        yield {"unit": case.assignment.first_of(unit), "part": "co", **facts, **_opinion(case, unit)}


def _opinion(case: Proposal, unit: UUID) -> Row:
    """Give how far a co unit has come: its answer is its opinion to the lead."""
    given: date | None = case.opinions[unit].on if unit in case.opinions else None
    return {
        "replied_on": given,
        **_punctual(_judged(case, _CO_CLOCKS, (unit,))),
        **_standings(case, ()),
    }


STATISTICS: Table[Proposal] = Table(
    name="statistics", columns=_COLUMNS, rows=_case_rows, indexes=("(county, kind, session)",)
)
UNIT_STATISTICS: Table[Proposal] = Table(
    name="unit_statistics",
    columns={"unit": "text NOT NULL", "part": "text NOT NULL", **_COLUMNS},
    rows=_unit_rows,
    key=("unit", "part"),
    indexes=("(county, unit)",),
)
