"""Statistics 统计: counts and rates as of a day, each with numerator, denominator and unit of count.

Counts are of cases 件; by unit, of the shares that units answer for 件次. A case is met 见面 when a meeting of each
stage is on record, replied 答复 when everybody who must be answered has been sent the reply, on time 按期 when the
reply clocks of the first round were met by their last day (by the business date), satisfied 满意 by the worst rating
of the last round. Merged, withdrawn and declined cases are counted apart and in no rate; imported ones are marked.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from contracts.copies import adopted
from contracts.copies.names import names_of
from rules.pack import Pack
from runtime.refusals import MalformedRequest
from runtime.tables import Db
from services.proposals.figures import APART, BY, FACTS, FIGURES, FIRST_FILTERS, Policy, Question
from services.proposals.satisfaction import Satisfaction, satisfaction
from services.proposals.shares import percent, points, ranks, shares


async def count(
    db: Db, asked: Question, *, by: str | None = None, rank_by: str | None = None, least: int = 1
) -> dict[str, Any]:
    """Give counts and rates of the transaction's county, in all and by one property, ranked by a rate when asked.

    Raises: MalformedRequest for a property or a rate that there is not.
    """
    if by is not None and by not in BY:
        raise MalformedRequest(f"by 应为 {', '.join(BY)} 之一")
    if rank_by is not None and (by is None or rank_by not in asked.policy.rates()):
        raise MalformedRequest(f"rank_by 应为 {', '.join(asked.policy.rates())} 之一，并与 by 同用")
    packs = await _packs(db)
    counted = satisfaction(asked.policy.denominator, asked.policy.basic, packs)
    total, groups = await _counted(db, asked, by, packs, counted)
    answer: dict[str, Any] = {
        "as_of": asked.as_of,
        "policy": counted.policy,
        "definitions": asked.policy.definitions(by, counted),
        "total": total,
    }
    if by is not None:
        _share(groups)
        answer |= {"by": by, "groups": _ranked(groups, rank_by, least) if rank_by else groups}
    return answer


async def cases_behind(db: Db, figure: str, asked: Question) -> list[str]:
    """Give the ids of the cases that a figure counts, in all or of one group: every figure opens to its cases.

    Raises: MalformedRequest for a figure that there is not.
    """
    if figure not in FIGURES:
        raise MalformedRequest(f"figure 应为 {', '.join(FIGURES)} 之一")
    packs = await _packs(db)
    counted = satisfaction(asked.policy.denominator, asked.policy.basic, packs)
    source, arguments = await _source(db, asked, None, packs, counted, one_by_one=True)
    rows = await db.fetch(
        f"SELECT DISTINCT key AS id FROM ({source}) c WHERE {FIGURES[figure]} ORDER BY 1", *arguments
    )
    return [row["id"] for row in rows]


async def compare(db: Db, asked: Question, against: Question, *, by: str | None = None) -> dict[str, Any]:
    """Give two counts side by side, with what changed from `against` to `asked`: in cases, and in percentage points.

    Raises: MalformedRequest as `count`.
    """
    now, then = await count(db, asked, by=by), await count(db, against, by=by)
    answer: dict[str, Any] = {"now": now, "then": then, "change": _change(now["total"], then["total"])}
    if by is not None:
        first = {group["key"]: group for group in then["groups"]}
        last = {group["key"]: group for group in now["groups"]}
        nothing: dict[str, Any] = {**dict.fromkeys(FIGURES, 0), "rates": {}}
        answer["groups"] = [
            {"key": key, "name": (last.get(key) or first[key])["name"]}
            | _change(last.get(key, nothing), first.get(key, nothing))
            for key in dict.fromkeys((*last, *first))
        ]
    return answer


def _change(now: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
    """Give differences of counts, and of rates that both periods have, exactly and only then rounded."""
    rates = {}
    for name, rate in now["rates"].items():
        before = then["rates"].get(name)
        if before and rate["denominator"] and before["denominator"]:
            rates[name] = points(_fraction(rate) - _fraction(before))
    return {"counts": {name: now[name] - then[name] for name in FIGURES}, "points": rates}


def _fraction(rate: dict[str, Any]) -> Fraction:
    return Fraction(rate["numerator"], rate["denominator"])


async def _counted(
    db: Db, asked: Question, by: str | None, packs: Sequence[Pack], counted: Satisfaction
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    source, arguments = await _source(db, asked, by, packs, counted)
    counts = ", ".join(
        f"coalesce(sum(n) FILTER (WHERE {condition}), 0)::int AS {name}" for name, condition in FIGURES.items()
    )
    statement = f"SELECT key, grouping(key) AS whole, {counts} FROM ({source}) c GROUP BY GROUPING SETS ((), (key))"
    await db.execute(_MEMORY)
    rows = [dict(row) for row in await db.fetch(statement, *arguments)]
    total = next(_with_rates(row, asked.policy) for row in rows if row["whole"])
    found = sorted((row for row in rows if not row["whole"]), key=lambda row: (-row["cases"], str(row["key"])))
    names = await names_of(db, {row["key"] for row in found if row["key"]}) if by in ("unit", "body") else {}
    groups = []
    for row in found:
        key = _told(row["key"])
        groups.append({"key": key, "name": names.get(key, key) if key else None} | _with_rates(row, asked.policy))
    return total, groups


def _told(key: object) -> str | None:
    """Give a group's key as it is asked for again: nothing said is nothing, whatever its type."""
    return None if key in (None, "") else str(key).lower() if isinstance(key, bool) else str(key)


def _with_rates(row: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    counts = {name: row[name] for name in FIGURES}
    numbers = counts | {"on_time_recorded": counts["on_time"] - counts["recorded_late"]}
    rates = {
        name: {
            "numerator": numbers[over],
            "denominator": numbers[under],
            "percent": percent(numbers[over], numbers[under]),
            "imported": numbers["imported"],
        }
        for name, (over, under) in policy.rates().items()
    }
    return counts | {"rates": rates}


def _share(groups: Sequence[dict[str, Any]]) -> None:
    for group, share in zip(groups, shares([group["cases"] for group in groups]), strict=True):
        group["share_percent"] = share


def _ranked(groups: Sequence[dict[str, Any]], rate: str, least: int) -> list[dict[str, Any]]:
    """Sort groups by a rate, highest first; one with fewer cases below the line than `least` gets no place."""
    judged = {
        group["key"]: _fraction(group["rates"][rate])
        for group in groups
        if group["key"] is not None and group["rates"][rate]["denominator"] >= max(least, 1)
    }
    places = ranks(judged)
    ranked = [group | {"rank": places.get(group["key"])} for group in groups]
    return sorted(ranked, key=lambda group: (group["rank"] is None, group["rank"] or 0, -group["cases"]))


async def _source(
    db: Db, asked: Question, by: str | None, packs: Sequence[Pack], counted: Satisfaction, *, one_by_one: bool = False
) -> tuple[str, list[Any]]:
    """Give a statement that says how many cases stood alike on the day, by group or `one_by_one`, and its arguments.

    Cases that are alike in every fact are counted together, so that the figures are worked out for a few hundred
    rows instead of for every case.
    """
    arguments: list[Any] = [asked.as_of]

    def bind(value: Any) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    given = {name: value for name, value in asked.filters.items() if value is not None}
    table = "unit_statistics" if by == "unit" or "unit" in given else "statistics"
    columns = await _columns(db, asked, bind) if table == "unit_statistics" else _COLUMNS
    where = ["t.submitted_on <= $1", *(["t.part <> 'co'"] if table == "unit_statistics" else [])]
    for name, value in given.items():
        named, operator = FIRST_FILTERS.get(name, (name, "="))
        column = columns.get(named, f"t.{named}")
        where.append(f"{column} IS NULL" if value == "" else f"{column} {operator} {bind(value)}")
    join = ""
    if by == "sector" or "sector" in given:
        join = "LEFT JOIN member_names m ON m.county = t.county AND m.id = t.submitter"
    key = "t.id" if one_by_one else "NULL::text" if by is None else columns.get(BY[by], f"t.{BY[by]}")
    conditions = FACTS | {"again": f"{columns['round']} > 1", "recorded_late": _late(packs, bind)}
    bits = " + ".join(f"CASE WHEN {said} THEN {1 << n} ELSE 0 END" for n, said in enumerate(conditions.values()))
    alike = f"""SELECT {key} AS key, {columns["stage"]} AS stage, {columns["outcome"]} AS outcome, {bits} AS facts,
        {"t.pack_digest" if counted.packs else "NULL::text"} AS pack_digest, count(*) AS n
        FROM {table} t {join} WHERE {" AND ".join(where)} GROUP BY 1, 2, 3, 4, 5"""
    named_facts = ", ".join(f"facts & {1 << n} > 0 AS {name}" for n, name in enumerate(conditions))
    apart = f"stage = ANY('{{{','.join(APART)}}}') AS apart"
    return (
        f"SELECT key, stage, outcome, {named_facts}, {apart}, {counted.columns(bind)}, n FROM ({alike}) a",
        arguments,
    )


_MEMORY = "SET LOCAL work_mem = '64MB'"
"""Enough to count in memory by hashes; PostgreSQL expects far more different rows than there are, and would sort."""


async def _columns(db: Db, asked: Question, bind: Callable[[Any], str]) -> dict[str, str]:
    """Give the columns of the units' table, where a unit may stand for those that it succeeds."""
    unit = "nullif(t.unit, '')"
    if asked.successors:
        old, new = await _successors(db)
        unit = f"coalesce(({bind(new)}::text[])[array_position({bind(old)}::text[], t.unit)], {unit})"
    return {**_COLUMNS, "unit": unit}


def _then(last: str, entries: str) -> str:
    """Give what held on the day: mostly the last entry."""
    return f"CASE WHEN t.last_on <= $1 THEN t.{last} ELSE t.{entries}[width_bucket($1::date, t.since)] END"


_COLUMNS = {
    "stage": _then("stage", "stages"),
    "category": _then("category", "categories"),
    "outcome": _then("outcome", "outcomes"),
    "round": _then("round", "rounds"),
    "sector": "coalesce(m.sector, t.group_name)",
    "meeting": "t.term || '-' || t.session",
}
"""What is no plain column of the table: what depends on the day, and what is looked up."""


def _late(packs: Sequence[Pack], bind: Callable[[Any], str]) -> str:
    """Give the condition that what was in time had been entered later than the case's pack wants it."""
    told = {
        pack.digest: pack.recording.within_days
        for pack in packs
        if pack.recording is not None and isinstance(pack.recording.within_days, int)
    }
    if not told:
        return "false"
    allowed = f"({bind(list(told.values()))}::int[])[array_position({bind(list(told))}::text[], t.pack_digest)]"
    return f"CASE WHEN t.recorded_after > {min(told.values())} THEN t.recorded_after > {allowed} ELSE false END"


async def _packs(db: Db) -> list[Pack]:
    """Give every version of a pack that the county has adopted."""
    rows = await db.fetch("SELECT DISTINCT digest FROM packs ORDER BY digest")
    found = [await adopted.pack_by_digest(db, row["digest"]) for row in rows]
    return [pack for pack in found if pack is not None]


async def _successors(db: Db) -> tuple[list[str], list[str]]:
    """Give the units that have a successor, and beside each the last of the chain."""
    rows = await db.fetch("SELECT id, successor FROM unit_names WHERE successor IS NOT NULL")
    follows = {row["id"]: row["successor"] for row in rows}
    last = {}
    for unit in follows:
        seen = {unit}
        at = unit
        while (following := follows.get(at)) is not None and following not in seen:
            seen.add(following)
            at = following
        last[unit] = at
    return list(last), list(last.values())
