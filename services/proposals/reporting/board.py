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
from services.proposals.case.proposal import Proposal
from services.proposals.reporting.search import sought


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
        "(county, stage, lead)",
        "(county, body, term, session, number)",
        "(county, next_due)",
        "(county, external_id, system) WHERE external_id IS NOT NULL",
        "(county, submitted_on, id)",
    ),
)

_NAMED = "b.id IN (SELECT id FROM cases_naming(NULL, ARRAY[${}]::text[]))"
"""The search knows which cases name a unit that handles them, or a member who signed them."""
_OVERDUE, _NOT_OVERDUE = "b.next_due < $1", "(b.next_due >= $1 OR b.next_due IS NULL)"
_FILTERS = {
    "kind": "b.kind = ${}",
    "stage": "b.stage = ${}",
    "body": "b.body = ${}",
    "unit": _NAMED,
    "lead": "b.lead = ${}",
    "member": _NAMED,
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
FROM {source} WHERE {where}
ORDER BY b.submitted_on, b.id LIMIT {limit}"""


@dataclass(frozen=True)
class View:
    """Which cases of the board are looked at, and as of which day they are overdue."""

    as_of: date
    words: Sequence[str] = ()
    """In any order; each must be found."""
    filters: Mapping[str, Any] = field(default_factory=dict)
    overdue: bool | None = None


_SETTINGS = "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL work_mem = '64MB'"
"""A plan for what is asked for, and not for anything; and room for the ids of all cases that a word stands in."""


async def page(
    db: Db, secret: bytes, view: View, *, after: str | None = None, limit: int = paging.LIMIT
) -> dict[str, Any]:
    """Give a page of the board of the transaction's county, oldest submission first, names as they are today.

    Raises: MalformedRequest for a cursor that is none.
    """
    arguments: list[Any] = [view.as_of]

    def bind(value: Any) -> str:
        arguments.append(value)
        return str(len(arguments))

    where = [_FILTERS[name].format(bind(value)) for name, value in view.filters.items() if value is not None]
    if view.overdue is not None:
        where.append(_OVERDUE if view.overdue else _NOT_OVERDUE)
    filtered = bool(where)
    if after is not None:
        day, id = paging.parse_cursor(after, (str, str))
        where.append(f"(submitted_on, id) > (${bind(paging.parse_date(day))}, ${bind(id)})")
    source = "board b"
    if view.words:
        search = await sought(db, secret, view.words)
        if search is None:
            return paging.page([], limit, ())
        found = search.statement(bind)
        if not filtered:
            found = f"SELECT * FROM ({found}) f WHERE {_all(where)} ORDER BY submitted_on, id LIMIT {limit + 1}"
        source = f"({found}) f JOIN board b USING (id, submitted_on)"
    await db.execute(_SETTINGS)
    rows = await db.fetch(_SELECT.format(source=source, where=_all(where), limit=limit + 1), *arguments)
    result = paging.page([dict(row) for row in rows], limit, ("submitted_on", "id"))
    await _name(db, result["items"])
    return result


def _all(conditions: Sequence[str]) -> str:
    return " AND ".join(conditions) or "true"


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
