"""The clocks 时限 as people look at them: what is due, what is overdue, from whom, and why on that day.

"As of" names business dates: a clock counts as open on a day when it had started by then and had not ended. The last
day shown is the one that holds now; earlier ones stand under `moves`.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from contracts.clocks import Clock
from runtime.folds import Fold
from runtime.paging import page, parse_cursor
from runtime.refusals import MalformedRequest
from runtime.tables import Change, Db, Opener, Row, Table
from services.notifications.followed import Ended, Followed, evolve

NO_DAY = date(9999, 1, 1)
"""Where clocks without a last day stand in the order. Not `date.max`, which the driver takes for infinity."""


def _rows(change: Change[Followed], opener: Opener) -> Iterable[Row]:
    followed = change.held.state
    for clock in followed.running.values():
        yield _row(change, clock, None)
    for end in followed.ended.values():
        yield _row(change, end.clock, end)


def _row(change: Change[Followed], clock: Clock, end: Ended | None) -> Row:
    followed = change.held.state
    return {
        "clock": clock.id,
        "kind": clock.kind,
        "whom": clock.whom,
        "round": clock.round,
        "due_on": clock.due_on,
        "due_order": clock.due_on or NO_DAY,
        "strength": clock.strength,
        "provisional": clock.provisional,
        "opened_on": clock.proof.started_on,
        "closed_on": end.on if end else None,
        "outcome": end.outcome if end else None,
        "proof": clock.proof,
        "moves": followed.moves.get(clock.id, ()),
        "subject": change.address.subject,
        "title": followed.title,
        "number": followed.number,
    }


CLOCKS: Table[Followed] = Table(
    name="clocks",
    columns={
        "clock": "uuid NOT NULL",
        "kind": "text NOT NULL",
        "whom": "text NOT NULL",
        "round": "int NOT NULL",
        "due_on": "date",
        "due_order": "date NOT NULL",
        "strength": "text NOT NULL",
        "provisional": "boolean NOT NULL",
        "opened_on": "date NOT NULL",
        "closed_on": "date",
        "outcome": "text",
        "proof": "jsonb NOT NULL",
        "moves": "jsonb NOT NULL",
        "subject": "text NOT NULL",
        "title": "text",
        "number": "int",
    },
    rows=_rows,
    key=("clock",),
    indexes=(
        "(county, clock)",
        "(county, due_order, clock) WHERE closed_on IS NULL",
        "(county, whom, due_order, clock)",
    ),
)

FOLLOWED: Fold[Followed] = Fold("*", "*", Followed, evolve, (CLOCKS,), name="clocks", but=("notifications",))

_SHOWN = (
    "clock::text AS clock, kind, whom, round, due_on, strength, provisional, opened_on, closed_on, outcome,"
    " subject, title, number"
)


async def list_clocks(
    db: Db,
    *,
    as_of: date,
    overdue: bool | None,
    whom: str | None,
    kind: str | None,
    after: str | None,
    limit: int,
) -> dict[str, Any]:
    """Give a page of the clocks that are open on a business date, the earliest last day first, undefined ones last.

    Raises: MalformedRequest for a cursor that is none.
    """
    conditions = ["opened_on <= $1", "(closed_on IS NULL OR closed_on > $1)"]
    values: list[Any] = [as_of]
    if overdue is not None:
        conditions.append("due_order < $1" if overdue else "due_order >= $1")
    for column, value in (("whom", whom), ("kind", kind)):
        if value is not None:
            values.append(value)
            conditions.append(f"{column} = ${len(values)}")
    if after is not None:
        values += _place(after)
        conditions.append(f"(c.due_order, c.clock) > (${len(values) - 1}, ${len(values)})")
    rows = await db.fetch(
        f"SELECT {_SHOWN}, c.due_order::text AS due_order FROM clocks c WHERE {' AND '.join(conditions)}"
        f" ORDER BY c.due_order, c.clock LIMIT {limit + 1:d}",
        *values,
    )
    found = [dict(row) | {"overdue": row["due_order"] < as_of.isoformat()} for row in rows]
    answer = page(found, limit, ("due_order", "clock"))
    for item in answer["items"]:
        del item["due_order"]
    return answer


def _place(after: str) -> tuple[date, UUID]:
    day, clock = parse_cursor(after, (str, str))
    try:
        return date.fromisoformat(day), UUID(clock)
    except ValueError as error:
        raise MalformedRequest("after 不是有效的翻页标记") from error


async def get_clock(db: Db, clock: UUID) -> dict[str, Any] | None:
    """Give one clock with its proof and its moves."""
    row = await db.fetchrow(f"SELECT {_SHOWN}, proof, moves FROM clocks WHERE clock = $1", clock)
    return dict(row) if row else None


async def followed_until(db: Db, horizon: date) -> list[dict[str, Any]]:
    """Give the running clocks due up to a day, each with the newest reminder sent for its present last day."""
    rows = await db.fetch(
        "SELECT c.clock, c.kind, c.whom, c.subject, c.due_on, c.opened_on, c.provisional, sent.newest FROM clocks c"
        " LEFT JOIN LATERAL (SELECT max(r.for_on) AS newest FROM reminders r"
        "   WHERE r.county = c.county AND r.clock = c.clock AND r.due_on = c.due_on) sent ON true"
        " WHERE c.closed_on IS NULL AND c.due_order <= $1 ORDER BY c.due_order, c.clock",
        horizon,
    )
    return [dict(row) for row in rows]


async def open_at_end_of(db: Db, first: date, last: date) -> list[dict[str, Any]]:
    """Give what units and bodies had open when a half month ended, of those not reported on for it or a later one."""
    rows = await db.fetch(
        "SELECT c.clock, c.kind, c.whom, c.subject, c.due_on FROM clocks c"
        " WHERE c.opened_on <= $2 AND (c.closed_on IS NULL OR c.closed_on > $2) AND c.whom ~ '^(unit|body):'"
        " AND NOT EXISTS (SELECT 1 FROM digests d WHERE d.county = c.county AND d.whom = c.whom"
        "   AND d.period_from >= $1)"
        " ORDER BY c.whom, c.due_order, c.clock",
        first,
        last,
    )
    return [dict(row) for row in rows]
