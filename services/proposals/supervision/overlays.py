"""The register of what lies over cases 件上事项: key cases, urgings, commendations, disclosure, archive.

A case of which nothing is said here has no row; title, number, stage and units stand on the board.
"""

from collections.abc import Callable, Iterable
from typing import Any, get_args

from contracts.assignment import UnitRedirected, UnitSucceeded
from contracts.copies.names import names_of
from contracts.sealed import Sealed
from runtime import paging
from runtime.tables import Change, Db, Opener, Row, Table
from services.proposals.case.overlay_state import OverlayEvent, Overlays
from services.proposals.case.proposal import Proposal


def _rows(change: Change[Proposal], opener: Opener) -> Iterable[Row]:
    over = change.held.state.overlays
    key, decision, archived = over.key_case, over.disclosure, over.archived
    yield {
        "key_leader": key.leader if key else None,
        "key_unit": key.unit if key else None,
        "key_on": key.designated_on if key else None,
        "urgings": len(over.urgings),
        "unanswered": len(over.unanswered()),
        "unanswered_units": sorted({str(urging.unit) for urging in over.unanswered()}),
        "awards": [held.award for held in over.commendations],
        "disclosure": decision.disclosure if decision else None,
        "disclosed_on": decision.decided_on if decision else None,
        "shelf": archived.shelf if archived else None,
        "archived_on": archived.archived_on if archived else None,
        "gaps": len(archived.gaps) if archived else 0,
    }


OVERLAYS: Table[Proposal] = Table(
    name="overlays",
    columns={
        "key_leader": "text",
        "key_unit": "text",
        "key_on": "date",
        "urgings": "int NOT NULL",
        "unanswered": "int NOT NULL",
        "unanswered_units": "text[] NOT NULL",
        "awards": "text[] NOT NULL",
        "disclosure": "text",
        "disclosed_on": "date",
        "shelf": "text",
        "archived_on": "date",
        "gaps": "int NOT NULL",
    },
    rows=_rows,
    when=(*get_args(OverlayEvent), UnitRedirected, UnitSucceeded),
)

MARKS = {
    "key": "o.key_on IS NOT NULL",
    "urged": "o.urgings > 0",
    "unanswered": "o.unanswered > 0",
    "commended": "cardinality(o.awards) > 0",
    "public": "o.disclosure IN ('public', 'redacted') AND NOT b.erased",
    "confidential": "o.disclosure = 'confidential'",
    "undecided": "b.stage = 'closed' AND o.disclosure IS NULL",
    "archived": "o.archived_on IS NOT NULL",
    "to_archive": "b.stage = 'closed' AND o.archived_on IS NULL",
}
"""What the register can be asked for: 重点, 已催办, 催办未复, 已表彰, 可公开, 不公开, 公开未定, 已归档, 待归档."""

_SELECT = """
SELECT b.id, b.kind, b.number, b.title, b.stage, b.lead, b.co, b.closed_on, b.submitted_on,
       o.key_leader, o.key_unit, o.key_on, coalesce(o.urgings, 0) AS urgings, coalesce(o.unanswered, 0) AS unanswered,
       coalesce(o.unanswered_units, '{}') AS unanswered_units, coalesce(o.awards, '{}') AS awards, o.disclosure,
       o.disclosed_on, o.shelf, o.archived_on, coalesce(o.gaps, 0) AS gaps
FROM board b LEFT JOIN overlays o USING (county, id)
"""


async def page(
    db: Db, *, mark: str, unit: str | None, year: int | None, after: str | None, limit: int
) -> dict[str, Any]:
    """Give a page of the cases that bear a mark, oldest submission first; of one unit, of one year of submission.

    Raises: MalformedRequest for a cursor that is none.
    """
    day, id = paging.parse_cursor(after, (str, str)) if after else (None, None)
    rows = await db.fetch(
        f"""{_SELECT} WHERE {MARKS[mark]}
              AND ($1::text IS NULL OR b.lead = $1 OR $1 = ANY(b.co) OR $1 = ANY(o.unanswered_units))
              AND ($2::int IS NULL OR extract(year FROM b.submitted_on) = $2)
              AND ($3::date IS NULL OR (b.submitted_on, b.id) > ($3, $4))
            ORDER BY b.submitted_on, b.id LIMIT $5""",
        unit,
        year,
        paging.parse_date(day) if day else None,
        id,
        limit + 1,
    )
    answer = paging.page([dict(row) for row in rows], limit, ("submitted_on", "id"))
    named = {
        id for item in answer["items"] for id in (item["lead"], item["key_unit"], *item["unanswered_units"]) if id
    }
    names = await names_of(db, named)
    for item in answer["items"]:
        item["lead_name"] = names.get(item["lead"] or "")
        item["key_unit_name"] = names.get(item["key_unit"] or "")
        item["unanswered_names"] = [names.get(unit) for unit in item["unanswered_units"]]
    return answer


def shown(over: Overlays, opened: Callable[[Sealed | None], str | None]) -> dict[str, Any]:
    """Give what lies over one case as people see it: texts as far as `opened` gives them."""
    content = over.model_dump(mode="json")
    for told, urging in zip(content["urgings"], over.urgings, strict=True):
        told["answer"] = opened(urging.answer)
    for told, decision in zip(content["decisions"], over.decisions, strict=True):
        told["text"] = opened(decision.text)
    return content
