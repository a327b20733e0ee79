"""The ledger of commitments 承诺事项台账: what replies have promised, by when, and what became of it."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from contracts.copies.names import names_of
from runtime import paging
from runtime.shapes import row
from runtime.tables import Change, Db, Opener, Row, Table
from services.proposals.case.proposal import Proposal


def _rows(change: Change[Proposal], opener: Opener) -> Iterable[Row]:
    case = change.held.state
    for unit, work in case.work.items():
        for promise in work.commitments.values():
            yield {
                "unit": unit,
                "commitment": promise.number,
                "what": promise.what,
                "title": case.title,
                "number": case.number,
                "round": promise.round,
                "made_on": promise.made_on,
                "due_on": promise.due_on,
                "first_due_on": promise.slips[0] if promise.slips else promise.due_on,
                "slips": len(promise.slips),
                "restated": promise.restated,
                "kept_on": promise.kept_on,
                "how": promise.how,
                "answered_on": promise.answered_on,
            }


COMMITMENTS: Table[Proposal] = Table(
    name="commitments",
    columns={
        "unit": "text NOT NULL",
        "commitment": "int NOT NULL",
        "what": "text NOT NULL",
        "title": "text NOT NULL",
        "number": "int",
        "round": "int NOT NULL",
        "made_on": "date NOT NULL",
        "due_on": "date NOT NULL",
        "first_due_on": "date NOT NULL",
        "slips": "int NOT NULL",
        "restated": "int NOT NULL",
        "kept_on": "date",
        "how": "text",
        "answered_on": "date",
    },
    rows=_rows,
    key=("unit", "commitment"),
    indexes=("(county, due_on)", "(county, unit)"),
)

ENTRY = row(COMMITMENTS, county="text NOT NULL", unit_name="text", overdue="boolean NOT NULL")

_MOST = 2**31 - 1
"""The largest number that a column can hold; no unit makes so many."""

_STATES = {
    "open": "kept_on IS NULL",
    "overdue": "kept_on IS NULL AND due_on < $1",
    "slipped": "slips > 0",
    "kept": "kept_on IS NOT NULL",
    "answered": "answered_on IS NOT NULL",
}


async def page(
    db: Db, *, as_of: date, filters: dict[str, str | None], state: str | None, after: str | None, limit: int
) -> dict[str, Any]:
    """Give a page of the county's ledger, the earliest last day first; overdue is as of a business date.

    Raises: MalformedRequest for a cursor that is none.
    """
    arguments: list[Any] = [as_of]
    where = ["$1::date IS NOT NULL", *((_STATES[state],) if state else ())]
    for name, value in filters.items():
        if value is not None:
            arguments.append(value)
            where.append(f"{name} = ${len(arguments)}")
    if after is not None:
        day, id, unit, number = paging.parse_cursor(after, (str, str, str, int))
        arguments += [paging.parse_date(day), id, unit, min(number, _MOST)]
        n = len(arguments)
        where.append(f"(due_on, id, unit, commitment) > (${n - 3}, ${n - 2}, ${n - 1}, ${n})")
    rows = await db.fetch(
        f"SELECT * FROM commitments WHERE {' AND '.join(where)}"
        f" ORDER BY due_on, id, unit, commitment LIMIT {limit + 1:d}",
        *arguments,
    )
    result = paging.page([dict(one) for one in rows], limit, ("due_on", "id", "unit", "commitment"))
    names = await names_of(db, {item["unit"] for item in result["items"]})
    for item in result["items"]:
        item["unit_name"] = names.get(item["unit"])
        item["overdue"] = item["kept_on"] is None and item["due_on"] < as_of
    return result
