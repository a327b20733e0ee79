"""What statistics count 统计底数: one row for each case, and one for each unit's share in it.

Whatever may be asked for as of a day is kept with its day: beside the days on which anything changed stands what held
from each of them on (figures.Told), to be read with `width_bucket`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from runtime.tables import Change, Opener, Row, Table
from services.proposals import deadlines
from services.proposals.case.proposal import ClosedClock, Proposal
from services.proposals.case.standing import WHOLE, Standing
from services.proposals.reporting.figures import BIT, Told

_REPLY_CLOCKS = ("unit_reply", "reply", "reply_final")
_CO_CLOCKS = ("co_opinion",)

_COLUMNS = {
    "last_on": "date NOT NULL",
    "submitted_on": "date NOT NULL",
    "told": "text NOT NULL",
    "since": "date[] NOT NULL",
    "tolds": "text[] NOT NULL",
    "recorded_after": "int NOT NULL",
    "pack_digest": "text",
    "kind": "text NOT NULL",
    "body": "text NOT NULL",
    "term": "int NOT NULL",
    "session": "int NOT NULL",
    "nature": "text",
    "submitter": "text",
    "group_name": "text",
    "imported": "boolean NOT NULL",
    "month": "text NOT NULL",
    "hand_over_month": "text",
    "handed_over_on": "date",
    "main": "text",
}
"""First what every question reads: PostgreSQL takes a row apart from its front. `since` and `tolds` go together; the
last entries stand in columns too, as mostly the present is asked for. `recorded_after`: days from the day on which a
reply clock was met until that was entered, the longest. `main`: the case into which this one is merged."""


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
        "handed_over_on": case.handed_over_on,
        "main": case.review.merged and case.review.merged.main,
    }


def _answers(case: Proposal, units: Sequence[UUID]) -> Row:
    """Give how far these answering units have come with the first round's reply, and where they have stood since."""
    everybody = set(case.answer_to)
    first = [reply for unit in units if (reply := case.work_of(unit).replies.get(1))]
    whole = bool(units) and bool(everybody) and len(first) == len(units)
    delivered = whole and all(set(reply.delivered) >= everybody for reply in first)
    own = units if len(case.answering) > 1 else ()
    met = [
        min(
            (m.met_on for m in case.meetings.values() if m.stage == stage and (not own or m.unit in own)),
            default=None,
        )
        for stage in ("before", "during", "after")
    ]
    days = {
        "met": max((day for day in met if day), default=None) if all(met) else None,
        "replied": max(max(reply.delivered.values()) for reply in first) if delivered else None,
    }
    return _told(case, units, _judged(case, _REPLY_CLOCKS, units), days)


def _judged(case: Proposal, kinds: Iterable[str], units: Iterable[UUID]) -> list[ClosedClock]:
    """Give the clocks of the first round that were met; one that fell away, as a relieved unit's, judges nobody."""
    parties = {deadlines.unit(unit) for unit in units}
    return [
        clock
        for clock in case.stopped
        if clock.met and clock.kind in kinds and clock.whom in parties and clock.round == 1
    ]


def _told(
    case: Proposal,
    units: Sequence[UUID],
    judged: Sequence[ClosedClock],
    days: Mapping[str, date | None],
    always: int = 0,
) -> Row:
    """Give what held from which day on: facts reached on their `days`, bits that hold `always`, and the standing."""
    one = str(case.assignment.first_of(units[0])) if len(units) == 1 else WHOLE
    history = case.history.get(one) or case.history[WHOLE]
    reached = [
        (on, BIT[name])
        for name, on in (
            ("registered", case.registered_on),
            ("handed_over", case.handed_over_on),
            ("closed", case.closed_on),
            *days.items(),
        )
        if on is not None
    ]
    if judged and all(clock.on_time for clock in judged):
        always |= BIT["on_time"]
    if case.imported is not None:
        always |= BIT["imported"]
    since = sorted({standing.on for standing in history} | {on for on, _ in reached})
    tolds = list(_tolds(since, history, reached, always))
    entered = [(clock.recorded_on - clock.closed_on).days for clock in judged if clock.recorded_on]
    return {
        "last_on": since[-1],
        "told": tolds[-1],
        "since": since,
        "tolds": tolds,
        "recorded_after": max((0, *entered)),
    }


def _tolds(
    since: Iterable[date], history: Sequence[Standing], reached: Sequence[tuple[date, int]], always: int
) -> Iterator[str]:
    """Give what held from each of the days on: the standing, and the facts whose day had come."""
    place = 0
    for day in since:
        while place + 1 < len(history) and history[place + 1].on <= day:
            place += 1
        stood = history[place]
        bits = always | (BIT["again"] if stood.round > 1 else 0)
        for on, bit in reached:
            if on <= day:
                bits |= bit
        yield Told.text(bits, stood.stage, stood.outcome, stood.category)


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
    """Give how far a co unit has come: its answer is its opinion to the lead, if that was not waived."""
    opinion = case.opinions.get(unit)
    given = opinion.on if opinion and opinion.text else None
    return _told(case, (), _judged(case, _CO_CLOCKS, (unit,)), {"replied": given}, BIT["co"])


STATISTICS: Table[Proposal] = Table(
    name="statistics",
    columns=_COLUMNS,
    rows=_case_rows,
    indexes=("(county, main) WHERE main IS NOT NULL",),
)
UNIT_STATISTICS: Table[Proposal] = Table(
    name="unit_statistics",
    columns={"unit": "text NOT NULL", "part": "text NOT NULL", **_COLUMNS},
    rows=_unit_rows,
    key=("unit", "part"),
    indexes=("(county, unit)",),
)
