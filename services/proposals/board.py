"""The board 台账: every case with number, title, who submitted it, who handles it, its state and what is overdue.

Searched by words in any order in number, title, text, submitter and unit (present and past names, aliases).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from contracts.copies.names import names_of
from runtime import paging
from runtime.tables import Change, Db, Opener, Row, Table
from services.proposals.proposal import Proposal
from services.proposals.search import Sought, sought


def _rows(change: Change[Proposal], opener: Opener) -> Iterable[Row]:
    case = change.held.state
    due = sorted(clock.due_on for clock in case.clocks.values() if clock.due_on)
    yield {
        "kind": case.kind,
        "body": case.body,
        "term": case.term,
        "session": case.session,
        "number": case.number,
        "title": case.title,
        "stage": case.stage,
        "round": case.round,
        "nature": case.nature,
        "submitted_on": case.submitted_on,
        "submitters": case.signers,
        "lead": case.lead,
        "separate": case.separate,
        "co": case.co,
        "leader": case.leader,
        "next_due": due[0] if due else None,
        "undefined_clocks": sum(clock.due_on is None for clock in case.clocks.values()),
        "closed_on": case.closed_on,
        "erased": case.erased,
        "version": change.held.version,
        "external_id": case.external_id,
        "system": case.system,
        "imported": case.imported is not None,
    }


BOARD: Table[Proposal] = Table(
    name="board",
    columns={
        "kind": "text NOT NULL",
        "body": "text NOT NULL",
        "term": "int NOT NULL",
        "session": "int NOT NULL",
        "number": "int",
        "title": "text NOT NULL",
        "stage": "text NOT NULL",
        "round": "int NOT NULL",
        "nature": "text",
        "submitted_on": "date NOT NULL",
        "submitters": "text[] NOT NULL",
        "lead": "text",
        "separate": "text[] NOT NULL",
        "co": "text[] NOT NULL",
        "leader": "text",
        "next_due": "date",
        "undefined_clocks": "int NOT NULL",
        "closed_on": "date",
        "erased": "boolean NOT NULL",
        "version": "int NOT NULL",
        "external_id": "text",
        "system": "text",
        "imported": "boolean NOT NULL",
    },
    rows=_rows,
    indexes=(
        "(county, lead, stage)",
        "(county, body, term, session, number)",
        "(county, next_due)",
        "(county, external_id, system) WHERE external_id IS NOT NULL",
        "(county, submitted_on, id)",
    ),
)

_FILTERS = {
    "kind": "b.kind = ${}",
    "stage": "b.stage = ${}",
    "body": "b.body = ${}",
    "unit": "(b.lead = ${0} OR ${0} = ANY(b.co) OR ${0} = ANY(b.separate))",
    "lead": "b.lead = ${}",
    "member": "${} = ANY(b.submitters)",
    "nature": "b.nature = ${}",
    "number": "b.number = ${}",
    "external_id": "b.external_id = ${}",
    "system": "b.system = ${}",
    "session": "b.session = ${}",
    "term": "b.term = ${}",
}

_SELECT = """
SELECT b.*, b.next_due < $1 AS overdue,
       EXISTS (SELECT FROM parked p WHERE p.service = 'proposals' AND p.aggregate = 'proposal' AND p.id = b.id)
       AS parked
FROM board b WHERE {where}
ORDER BY b.submitted_on, b.id LIMIT {limit}"""


@dataclass(frozen=True)
class View:
    """Which cases of the board are looked at, and as of which day they are overdue."""

    as_of: date
    words: Sequence[str] = ()
    """In any order; each must be found."""
    filters: Mapping[str, Any] = field(default_factory=dict)
    overdue: bool | None = None


_TAKEN = (500, 10_000, 1_000_000)
"""Cases taken from the search at a time, until a page is full: other filters may leave few of them."""


async def page(
    db: Db, secret: bytes, view: View, *, after: str | None = None, limit: int = paging.LIMIT
) -> dict[str, Any]:
    """Give a page of the board of the transaction's county, oldest submission first, names as they are today.

    Raises: MalformedRequest for a cursor that is none.
    """
    arguments: list[Any] = [view.as_of]
    where = ["true"]

    def bind(value: Any) -> str:
        arguments.append(value)
        return str(len(arguments))

    where += [_FILTERS[name].format(bind(value)) for name, value in view.filters.items() if value is not None]
    if view.overdue is not None:
        where.append(f"coalesce(b.next_due < $1, false) = ${bind(view.overdue)}")
    start: tuple[date, str] | None = None
    if after is not None:
        day, id = paging.parse_cursor(after, (str, str))
        start = (paging.parse_date(day), id)
        where.append(f"(b.submitted_on, b.id) > (${bind(start[0])}, ${bind(start[1])})")
    if view.words:
        where.append(f"b.id = ANY(${len(arguments) + 1}::text[])")
    statement = _SELECT.format(where=" AND ".join(where), limit=limit + 1)
    if view.words:
        search = await sought(db, secret, view.words)
        rows = await _among_found(db, search, statement, arguments, start, limit + 1)
    else:
        rows = await db.fetch(statement, *arguments)
    result = paging.page([dict(row) for row in rows], limit, ("submitted_on", "id"))
    await _name(db, result["items"])
    return result


async def _among_found(
    db: Db,
    search: Sought | None,
    statement: str,
    arguments: Sequence[Any],
    after: tuple[date, str] | None,
    wanted: int,
) -> list[Any]:
    """Give the first rows of a statement, whose last argument are cases: those the search finds first, then more."""
    rows: list[Any] = []
    for taken in _TAKEN:
        if search is None or len(rows) >= wanted:
            break
        found = await search.page(db, taken, after)
        rows += await db.fetch(statement, *arguments, [id for id, _ in found])
        if len(found) < taken:
            break
        after = (found[-1][1], found[-1][0])
    return rows[:wanted]


async def _name(db: Db, items: list[dict[str, Any]]) -> None:
    lists = ("separate", "co", "submitters")
    ids = {id for item in items for id in (item["body"], item["lead"], *(id for name in lists for id in item[name]))}
    names = await names_of(db, ids - {None})
    for item in items:
        item["body_name"] = names.get(item["body"])
        item["lead_name"] = names.get(item["lead"]) if item["lead"] else None
        item["separate_names"] = [names.get(id) for id in item["separate"]]
        item["co_names"] = [names.get(id) for id in item["co"]]
        item["submitter_names"] = [names.get(id) for id in item["submitters"]]
