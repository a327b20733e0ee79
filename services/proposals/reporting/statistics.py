"""Statistics 统计: counts and rates as of a day, each with numerator, denominator and unit of count.

Counts are of cases 件; by unit, of the shares that units answer for 件次. A case is met 见面 when a meeting of each
stage is on record, replied 答复 when everybody who must be answered has been sent the reply, on time 按期 when the
reply clocks of the first round were met by their last day (by the business date), satisfied 满意 by the worst rating
of the last round. Declined, withdrawn and merged cases are counted apart and in no rate, unless the originals of
merges are asked for: then each counts as its main case stands. Imported cases are marked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from contracts.copies import adopted
from contracts.copies.names import names_of
from rules.pack import Pack
from runtime.refusals import MalformedRequest
from runtime.tables import Db
from services.proposals.reporting.counting import SETTINGS, Counting, successors
from services.proposals.reporting.figures import BY, CO_FIGURES, FIGURES, Policy, Question
from services.proposals.reporting.satisfaction import satisfaction
from services.proposals.reporting.shares import percent, points, ranks, shares


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
    (answer,) = await _counted(db, asked, (asked.as_of,), by)
    if rank_by is not None:
        answer["groups"] = _ranked(answer["groups"], rank_by, least)
    return answer


async def cases_behind(db: Db, figure: str, asked: Question) -> list[str]:
    """Give the ids of the cases that a figure counts, in all or of one group: every figure opens to its cases.

    Raises: MalformedRequest for a figure that there is not.
    """
    if figure not in FIGURES:
        raise MalformedRequest(f"figure 应为 {', '.join(FIGURES)} 之一")
    packs = await _packs(db)
    counted = satisfaction(asked.policy.denominator, asked.policy.basic, packs)
    shares = figure in CO_FIGURES
    old = await _successors(db, asked)
    counting = Counting(asked, (asked.as_of,), None, packs, counted, shares=shares, ids=True, successors=old)
    source, arguments = counting.statement()
    await db.execute(SETTINGS)
    rows = await db.fetch(f"SELECT ids FROM ({source}) c WHERE {FIGURES[figure]}", *arguments)
    return sorted({id for row in rows for id in row["ids"]})


async def compare(db: Db, asked: Question, against: Question, *, by: str | None = None) -> dict[str, Any]:
    """Give two counts side by side, with what changed from `against` to `asked`: in cases, and in percentage points.

    Raises: MalformedRequest as `count`.
    """
    if by is not None and by not in BY:
        raise MalformedRequest(f"by 应为 {', '.join(BY)} 之一")
    if replace(asked, as_of=against.as_of) == against:
        now, then = await _counted(db, asked, (asked.as_of, against.as_of), by)
    else:
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
    counts = {name: None if now[name] is None else now[name] - (then[name] or 0) for name in FIGURES}
    return {"counts": counts, "points": rates}


def _fraction(rate: dict[str, Any]) -> Fraction:
    return Fraction(rate["numerator"], rate["denominator"])


async def _counted(db: Db, asked: Question, days: Sequence[date], by: str | None) -> list[dict[str, Any]]:
    """Give an answer as of each of the days."""
    packs = await _packs(db)
    satisfied = satisfaction(asked.policy.denominator, asked.policy.basic, packs)
    counting = Counting(asked, days, by, packs, satisfied, successors=await _successors(db, asked))
    rows = await _figures(db, counting)
    names = await names_of(db, {row["key"] for row in rows if row["key"]}) if by in ("unit", "body") else {}
    answers = []
    for place, day in enumerate(days):
        those = [row for row in rows if row["day"] == place]
        total = {name: sum(row[name] for row in those) for name in FIGURES}
        answer: dict[str, Any] = {
            "as_of": day,
            "policy": satisfied.policy | {"originals": asked.policy.originals},
            "definitions": asked.policy.definitions(by, satisfied),
            "total": _with_rates(total, asked.policy, counting),
        }
        if by is not None:
            answer |= {"by": by, "groups": _groups(those, names, asked.policy, counting)}
        answers.append(answer)
    return answers


async def _figures(db: Db, counting: Counting) -> list[dict[str, Any]]:
    """Give a row of figures for each day and group of which there are any."""
    source, arguments = counting.statement()
    counts = ", ".join(f"(sum(n) FILTER (WHERE {condition}))::int AS {name}" for name, condition in FIGURES.items())
    await db.execute(SETTINGS)
    found = await db.fetch(f"SELECT day, key, {counts} FROM ({source}) c GROUP BY day, key", *arguments)
    rows = [{name: value or 0 if name in FIGURES else value for name, value in row.items()} for row in found]
    return [row for row in rows if any(row[name] for name in FIGURES)]


def _groups(
    rows: Sequence[dict[str, Any]], names: Mapping[str, str], policy: Policy, counting: Counting
) -> list[dict[str, Any]]:
    """Give the groups, that of most cases first, with their shares."""
    groups = []
    for row in sorted(rows, key=lambda row: (-row["cases"], str(row["key"]))):
        key = _told(row["key"])
        name = names.get(key, key) if key else None
        groups.append({"key": key, "name": name} | _with_rates(row, policy, counting))
    _share(groups)
    return groups


def _told(key: object) -> str | None:
    """Give a group's key as it is asked for again: nothing said is nothing, whatever its type."""
    return None if key in (None, "") else str(key).lower() if isinstance(key, bool) else str(key)


def _with_rates(row: Mapping[str, Any], policy: Policy, counting: Counting) -> dict[str, Any]:
    """Give counts and rates; what is only told of shares is None where cases are counted."""
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
    untold = {} if counting.of_shares else dict.fromkeys(CO_FIGURES)
    return counts | untold | {"rates": rates}


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


async def _successors(db: Db, asked: Question) -> tuple[list[str], list[str]]:
    return await successors(db) if asked.successors else ([], [])


async def _packs(db: Db) -> list[Pack]:
    """Give every version of a pack that the county has adopted."""
    rows = await db.fetch("SELECT DISTINCT digest FROM packs ORDER BY digest")
    found = [await adopted.pack_by_digest(db, row["digest"]) for row in rows]
    return [pack for pack in found if pack is not None]
