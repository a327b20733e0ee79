"""The board 台账: every case with number, title, who submitted it, who handles it, its state and what is overdue.

Searched by words in any order in number, title, text, submitter and unit (present and past names, aliases).
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from contracts.copies.names import ids_matching, names_of
from runtime import paging
from runtime.tables import Change, Db, Opener, Row, Table
from services.proposals.proposal import Proposal
from services.proposals.search import blind, word_pieces


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
        "co": case.co,
        "leader": case.leader,
        "next_due": due[0] if due else None,
        "undefined_clocks": sum(clock.due_on is None for clock in case.clocks.values()),
        "closed_on": case.closed_on,
        "erased": case.erased,
        "version": change.held.version,
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
        "co": "text[] NOT NULL",
        "leader": "text",
        "next_due": "date",
        "undefined_clocks": "int NOT NULL",
        "closed_on": "date",
        "erased": "boolean NOT NULL",
        "version": "int NOT NULL",
    },
    rows=_rows,
    indexes=("(county, lead, stage)", "(county, body, term, session, number)", "(county, next_due)"),
)

_FILTERS = {
    "kind": "b.kind = ${}",
    "stage": "b.stage = ${}",
    "body": "b.body = ${}",
    "unit": "(b.lead = ${0} OR ${0} = ANY(b.co))",
    "lead": "b.lead = ${}",
    "member": "${} = ANY(b.submitters)",
    "nature": "b.nature = ${}",
    "number": "b.number = ${}",
    "session": "b.session = ${}",
    "term": "b.term = ${}",
}

_SELECT = """
SELECT b.*, b.next_due < $1 AS overdue,
       EXISTS (SELECT FROM parked p WHERE p.service = 'proposals' AND p.aggregate = 'proposal' AND p.id = b.id)
       AS parked
FROM board b LEFT JOIN search_terms t USING (county, id) WHERE {where}
ORDER BY b.submitted_on, b.id LIMIT {limit}"""


async def page(
    db: Db,
    secret: bytes,
    *,
    as_of: date,
    words: Sequence[str] = (),
    filters: dict[str, Any],
    overdue: bool | None = None,
    after: str | None = None,
    limit: int = paging.LIMIT,
) -> dict[str, Any]:
    """Give a page of the board of the transaction's county, oldest submission first, names as they are today.

    Raises: MalformedRequest for a cursor that is none.
    """
    arguments: list[Any] = [as_of]
    where = ["true"]

    def bind(value: Any) -> str:
        arguments.append(value)
        return str(len(arguments))

    where += [_FILTERS[name].format(bind(value)) for name, value in filters.items() if value is not None]
    if overdue is not None:
        where.append(f"coalesce(b.next_due < $1, false) = ${bind(overdue)}")
    for word in words:
        where.append(await _matches(db, secret, word, bind))
    if after is not None:
        day, id = paging.parse_cursor(after, (str, str))
        where.append(f"(b.submitted_on, b.id) > (${bind(paging.parse_date(day))}, ${bind(id)})")
    rows = await db.fetch(_SELECT.format(where=" AND ".join(where), limit=limit + 1), *arguments)
    result = paging.page([dict(row) for row in rows], limit, ("submitted_on", "id"))
    await _name(db, result["items"])
    return result


async def _matches(db: Db, secret: bytes, word: str, bind: Any) -> str:
    """Give the condition that a case contains a word somewhere people would look."""
    found = await ids_matching(db, word)
    pattern = "%" + word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    either = [f"b.title ILIKE ${bind(pattern)}", f"b.leader ILIKE ${bind(pattern)}"]
    if found:
        ids = bind(found)
        either.append(f"b.lead = ANY(${ids}::text[]) OR b.co && ${ids}::text[] OR b.submitters && ${ids}::text[]")
    if word.isdecimal() and len(word) < 10:
        either.append(f"b.number = ${bind(int(word))}")
    if terms := blind(secret, word_pieces(word)):
        either.append(f"t.terms @> ${bind(terms)}::text[]")
    return "(" + " OR ".join(either) + ")"


async def _name(db: Db, items: list[dict[str, Any]]) -> None:
    ids = {id for item in items for id in (item["body"], item["lead"], *item["co"], *item["submitters"]) if id}
    names = await names_of(db, ids)
    for item in items:
        item["body_name"] = names.get(item["body"])
        item["lead_name"] = names.get(item["lead"]) if item["lead"] else None
        item["co_names"] = [names.get(id) for id in item["co"]]
        item["submitter_names"] = [names.get(id) for id in item["submitters"]]
