"""Statistics 统计: counts and rates, each with numerator, denominator and unit of count, derived from the cases.

Rates count cases 件; the denominator is the cases handed over. A case is met 见面 when a meeting of each stage is on
record, replied 答复 when everybody who must be answered has been sent the reply, on time 按期 when the lead's reply
clocks of the first round were met by their last day, satisfied 满意 when every last rating is 满意 or 基本满意.
Unrated cases count as not satisfied and are listed apart.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from contracts.copies.names import names_of
from runtime.refusals import MalformedRequest
from runtime.tables import Change, Db, Opener, Row, Table
from services.proposals import deadlines
from services.proposals.proposal import Proposal

SATISFIED = ("满意", "基本满意")
_REPLY_CLOCKS = ("unit_reply", "reply", "reply_final")


def _rows(change: Change[Proposal], opener: Opener) -> Iterable[Row]:
    case = change.held.state
    last = case.replies.get(case.round)
    ratings = [rating for rating in last.rated.values()] if last else []
    rated = bool(case.answer_to) and last is not None and set(last.rated) >= set(case.answer_to)
    first = case.replies.get(1)
    delivered = first is not None and bool(case.answer_to) and set(first.delivered) >= set(case.answer_to)
    lead = deadlines.unit(case.lead) if case.lead else None
    judged = [
        clock for clock in case.stopped if clock.kind in _REPLY_CLOCKS and clock.whom == lead and clock.round == 1
    ]
    yield {
        "kind": case.kind,
        "body": case.body,
        "term": case.term,
        "session": case.session,
        "nature": case.nature,
        "lead": case.lead,
        "category": f"{last.scheme}/{last.category}" if last and last.signed_on else None,
        "stage": case.stage,
        "submitted_on": case.submitted_on,
        "handed_over_on": case.handed_over_on,
        "met_before": min((m.met_on for m in case.meetings.values() if m.stage == "before"), default=None),
        "met_during": min((m.met_on for m in case.meetings.values() if m.stage == "during"), default=None),
        "met_after": min((m.met_on for m in case.meetings.values() if m.stage == "after"), default=None),
        "signed_on": first.signed_on if first else None,
        "replied_on": max(first.delivered.values()) if delivered and first else None,
        "on_time": bool(judged) and all(clock.on_time for clock in judged),
        "rated_on": max(rating.on for rating in ratings) if rated else None,
        "satisfied": rated and all(rating.result in SATISFIED for rating in ratings),
        "rounds": case.round,
        "closed_on": case.closed_on,
    }


STATISTICS: Table[Proposal] = Table(
    name="statistics",
    columns={
        "kind": "text NOT NULL",
        "body": "text NOT NULL",
        "term": "int NOT NULL",
        "session": "int NOT NULL",
        "nature": "text",
        "lead": "text",
        "category": "text",
        "stage": "text NOT NULL",
        "submitted_on": "date NOT NULL",
        "handed_over_on": "date",
        "met_before": "date",
        "met_during": "date",
        "met_after": "date",
        "signed_on": "date",
        "replied_on": "date",
        "on_time": "boolean NOT NULL",
        "rated_on": "date",
        "satisfied": "boolean NOT NULL",
        "rounds": "int NOT NULL",
        "closed_on": "date",
    },
    rows=_rows,
    indexes=("(county, lead)", "(county, kind, session)"),
)

BY = {"unit": "lead", "kind": "kind", "nature": "nature", "category": "category", "body": "body", "stage": "stage"}

DEFINITIONS = {
    "unit_of_count": "件",
    "denominator": "已交办件数",
    "met": "办前、办中、办后见面均有记录的件数 ÷ 已交办件数",
    "replied": "全部答复对象均已送达首轮答复的件数 ÷ 已交办件数",
    "on_time": "主办单位首轮答复类时限均按期完成的件数 ÷ 已交办件数 (以业务日期为准)",
    "satisfied": "全部答复对象末轮测评为满意或基本满意的件数 ÷ 已交办件数 (未测评计为未满意, 另列)",
}

FIGURES = {
    "cases": "true",
    "assigned": "handed_over_on IS NOT NULL",
    "met": "handed_over_on IS NOT NULL"
    " AND met_before IS NOT NULL AND met_during IS NOT NULL AND met_after IS NOT NULL",
    "replied": "replied_on IS NOT NULL",
    "on_time": "replied_on IS NOT NULL AND on_time",
    "rated": "rated_on IS NOT NULL",
    "unrated": "replied_on IS NOT NULL AND rated_on IS NULL",
    "satisfied": "satisfied",
    "rehandled": "rounds > 1",
    "closed": "closed_on IS NOT NULL",
}
"""What each figure counts; the same words count the cases and name them."""

_COUNTS = ", ".join(f"count(*) FILTER (WHERE {condition}) AS {name}" for name, condition in FIGURES.items())

_FILTERS = ("kind", "body", "term", "session", "nature", "lead", "category", "stage")


def _condition(filters: dict[str, Any]) -> tuple[str, list[Any]]:
    given = [(name, filters[name]) for name in _FILTERS if filters.get(name) is not None]
    where = ["true", *(f"{name} = ${n}" for n, (name, _) in enumerate(given, 1))]
    return " AND ".join(where), [value for _, value in given]


async def count(db: Db, *, by: str | None, filters: dict[str, Any]) -> dict[str, Any]:
    """Give counts and rates of the transaction's county, in all and by one property.

    Raises: MalformedRequest for a property that cases do not have.
    """
    if by is not None and by not in BY:
        raise MalformedRequest(f"by 应为 {', '.join(BY)} 之一")
    condition, arguments = _condition(filters)
    total = await db.fetchrow(f"SELECT {_COUNTS} FROM statistics WHERE {condition}", *arguments)
    assert total is not None
    answer: dict[str, Any] = {"definitions": DEFINITIONS, "total": _with_rates(dict(total))}
    if by is not None:
        column = BY[by]
        rows = await db.fetch(
            f"SELECT {column} AS key, {_COUNTS} FROM statistics WHERE {condition}"
            f" GROUP BY {column} ORDER BY count(*) DESC, {column}",
            *arguments,
        )
        names = await names_of(db, {row["key"] for row in rows if row["key"]}) if by in ("unit", "body") else {}
        groups = [_with_rates(dict(row)) | {"name": names.get(row["key"], row["key"])} for row in rows]
        for group in groups:
            group["share_percent"] = percent(group["cases"], total["cases"])
        answer["by"] = by
        answer["groups"] = groups
    return answer


def _with_rates(row: dict[str, Any]) -> dict[str, Any]:
    rates = {
        name: {"numerator": row[name], "denominator": row["assigned"], "percent": percent(row[name], row["assigned"])}
        for name in ("met", "replied", "on_time", "satisfied")
    }
    return row | {"rates": rates}


def percent(part: int, whole: int) -> str | None:
    """Give a share in percent with two places, half up; None of nothing."""
    if whole == 0:
        return None
    return str((Decimal(100 * part) / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP))


async def cases_behind(db: Db, figure: str, filters: dict[str, Any]) -> list[str]:
    """Give the ids of the cases that a figure counts, in all or of one group: every figure opens to its cases.

    Raises: MalformedRequest for a figure that there is not.
    """
    if figure not in FIGURES:
        raise MalformedRequest(f"figure 应为 {', '.join(FIGURES)} 之一")
    condition, arguments = _condition(filters)
    rows = await db.fetch(
        f"SELECT id FROM statistics WHERE {FIGURES[figure]} AND {condition} ORDER BY id", *arguments
    )
    return [row["id"] for row in rows]
