"""The statement behind the statistics: how many cases, or shares of units, stood alike on a day.

Cases that are alike in every fact are counted together, so that the figures are worked out for a few hundred rows
instead of for each of 100,000 cases: what is done for every case is one scan, one choice and one comparison of texts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rules.pack import Pack
from runtime.tables import Db
from services.proposals.reporting.figures import APART, BY, FACTS, FIRST_FILTERS, Question, told_apart
from services.proposals.reporting.satisfaction import Satisfaction

SETTINGS = (
    "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL work_mem = '64MB'; SET LOCAL parallel_tuple_cost = 0.01"
)
"""A plan for what is asked for, and not for anything. It counts in memory, by hashes, and on several cores, where
PostgreSQL would not: it expects far more different rows than there are."""

_SESSIONS = 10_000
"""More than a term has; a number is sooner compared than a text."""
_OF_TOLD = ("stage", "category", "outcome")
"""What cases are grouped and filtered by only when they have been counted together: it depends on the day."""

Bind = Callable[[Any], str]


@dataclass(frozen=True)
class Counting:
    """What is counted: cases, or shares of units when it is asked by unit, of one unit, or of `shares`."""

    asked: Question
    days: Sequence[date]
    """As of which it is counted, in one scan."""
    by: str | None
    packs: Sequence[Pack]
    satisfaction: Satisfaction
    shares: bool = False
    ids: bool = False
    """Whether it is said which cases they are."""
    successors: tuple[Sequence[str], Sequence[str]] = ((), ())
    """Units that are no more, and beside each the last that has come in its place."""

    @property
    def _given(self) -> Mapping[str, Any]:
        return {name: value for name, value in self.asked.filters.items() if value is not None}

    @property
    def of_shares(self) -> bool:
        """Whether shares of units are counted."""
        return self.shares or self.by == "unit" or "unit" in self._given

    @property
    def _table(self) -> str:
        return "unit_statistics" if self.of_shares else "statistics"

    def statement(self) -> tuple[str, list[Any]]:
        """Give the statement and its arguments: of those alike the group's `key`, what figures read, and how many.

        `day` says as of which of the days, by its place.
        """
        arguments: list[Any] = list(self.days)

        def bind(value: Any) -> str:
            arguments.append(value)
            return f"${len(arguments)}"

        alike = self._alike("t", bind)
        own = "NOT co AND NOT original"
        if self.asked.policy.originals:
            alike += f" UNION ALL {self._alike('h', bind)}"
            own = "NOT co"
        of_told = {name: value for name, value in self._given.items() if name in _OF_TOLD}
        where = " AND ".join(("true", *(_compared(name, "=", value, bind) for name, value in of_told.items())))
        days = ", ".join(f"({place}, told_{place})" for place in range(len(self.days)))
        told = told_apart(
            "key, day, late, original, pack_digest, n, ids",
            f"({alike}) a CROSS JOIN LATERAL (VALUES {days}) AS d (day, told)",
        )
        shown = {"session": f"(key / {_SESSIONS}) || '-' || (key % {_SESSIONS})"} | {name: name for name in _OF_TOLD}
        statement = f"""SELECT {shown.get(self.by or "", "key")} AS key, {", ".join(FACTS)}, stage, outcome,
            day, original, late AS recorded_late, {own} AS counted, stage = ANY('{{{",".join(APART)}}}') AS apart,
            {self.satisfaction.columns(bind)}, n, ids FROM ({told}) b WHERE {where}"""
        return statement, arguments

    def _alike(self, handled: str, bind: Bind) -> str:
        """Count rows `t` alike by how they are handled: alone, or with the case `h` into which they are merged."""
        columns = {
            "sector": "coalesce(s.sector, t.group_name)",
            "meeting": f"t.term * {_SESSIONS} + t.session",
            "unit": self._unit(handled, bind),
            "hand_over_month": f"{handled}.hand_over_month",
        }
        key = None if self.by is None or self.by in _OF_TOLD else columns.get(BY[self.by], f"t.{BY[self.by]}")
        where = [f"t.submitted_on <= {bind(max(self.days))}", *self._filters(columns, bind)]
        tolds = [_then(handled, place) for place in range(len(self.days))]
        source = f"{self._table} t"
        if handled != "t":
            source += f" JOIN {self._table} h ON h.county = t.county AND h.id = t.main"
            where.append("t.main IS NOT NULL")
            merged = (f"split_part({_then('t', place)}, E'\\t', 2) = 'merged'" for place in range(len(tolds)))
            tolds = [f"CASE WHEN {when} THEN {told} END" for when, told in zip(merged, tolds, strict=True)]
        if "sector" in (self.by, *self._given):
            source += " LEFT JOIN member_names s ON s.county = t.county AND s.id = t.submitter"
        told = ", ".join(f"{told} AS told_{place}" for place, told in enumerate(tolds))
        alike = ", ".join(str(column) for column in range(1, 4 + len(tolds)))
        return f"""SELECT {key or "NULL::text"} AS key, {self._late(handled, bind)} AS late,
            {f"{handled}.pack_digest" if self.satisfaction.packs else "NULL::text"} AS pack_digest,
            {told}, {str(handled != "t").lower()} AS original, count(*)::int AS n,
            {"array_agg(t.id)" if self.ids else "NULL::text[]"} AS ids
            FROM {source} WHERE {" AND ".join(where)} GROUP BY {alike}"""

    def _filters(self, columns: Mapping[str, str], bind: Bind) -> Iterator[str]:
        for name, value in self._given.items():
            if name not in _OF_TOLD:
                named, operator = FIRST_FILTERS.get(name, (name, "="))
                yield _compared(columns.get(named, f"t.{named}"), operator, value, bind)

    def _unit(self, handled: str, bind: Bind) -> str:
        """Give the unit that a share is counted for, where one may stand for those that it succeeds."""
        unit = f"nullif({handled}.unit, '')"
        old, new = self.successors
        if not old or self._table == "statistics":
            return unit
        return f"coalesce(({bind(new)}::text[])[array_position({bind(old)}::text[], {handled}.unit)], {unit})"

    def _late(self, handled: str, bind: Bind) -> str:
        """Give the condition that what was in time had been entered later than the case's pack wants it."""
        told = {
            pack.digest: pack.recording.within_days
            for pack in self.packs
            if pack.recording is not None and isinstance(pack.recording.within_days, int)
        }
        if not told:
            return "false"
        within, digests = bind(list(told.values())), bind(list(told))
        allowed = f"({within}::int[])[array_position({digests}::text[], {handled}.pack_digest)]"
        after = f"{handled}.recorded_after"
        return f"CASE WHEN {after} > {min(told.values())} THEN {after} > {allowed} ELSE false END"


def _then(row: str, place: int) -> str:
    """Give what was told of a row on a day: mostly the last entry; nothing before the first."""
    day = f"${place + 1}::date"
    return f"CASE WHEN {row}.last_on <= {day} THEN {row}.told ELSE {row}.tolds[width_bucket({day}, {row}.since)] END"


def _compared(column: str, operator: str, value: Any, bind: Bind) -> str:
    return f"{column} IS NULL" if value == "" else f"{column} {operator} {bind(value)}"


async def successors(db: Db) -> tuple[list[str], list[str]]:
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
