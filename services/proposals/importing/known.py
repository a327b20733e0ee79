"""What the names in a row stand for: bodies, members, units, and the main case of a merge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from runtime.tables import Db
from services.proposals.importing import cells
from services.proposals.importing.directory import Directory, Names, Unknown
from services.proposals.importing.rows import CaseRow, Problem, case_id, external_case_id


@dataclass(frozen=True)
class Known:
    """What a row's names stand for."""

    case: UUID
    body: UUID
    signers: tuple[UUID, ...]
    """The submitter, then the co-signers."""
    lead: UUID | None = None
    co: tuple[UUID, ...] = ()
    separate: tuple[UUID, ...] = ()
    office: UUID | None = None
    opinions: tuple[tuple[UUID, date], ...] = ()
    """By co unit, when its opinion came."""
    main: UUID | None = None
    """The case that this one is merged into."""

    @property
    def answering(self) -> tuple[UUID, ...]:
        """Name the units that each answer."""
        return (self.lead,) if self.lead is not None else self.separate


class _Finder:
    """Looks up the names of one row, noting what stands for nothing."""

    def __init__(self, row: CaseRow, directory: Directory) -> None:
        self.row = row
        self.directory = directory
        self.problems: list[Problem] = []

    def found(self, names: Names, column: str, name: str, on: date | None = None) -> UUID | None:
        """Give what a name stands for; nothing, and a problem, when that cannot be said."""
        try:
            return names.find(name, on)
        except Unknown as unknown:
            self.problems.append(Problem(self.row.row, column, str(unknown), name, unknown.suggestions))
            return None

    def units(self, column: str) -> tuple[UUID, ...]:
        """Give the units in a column."""
        on = self.row.day("handed_over_on")
        told = self.row.get(column)
        names = (told,) if isinstance(told, str) else self.row.names(column)
        found = tuple(id for name in names if (id := self.found(self.directory.units, column, name, on)))
        if len(set(found)) != len(found):
            self.problems.append(Problem(self.row.row, column, "单位重复"))
        return found

    def signers(self, body: UUID) -> tuple[UUID, ...]:
        """Give the submitter and the co-signers."""
        seats = self.directory.members_of(body, self.row.get("term"))
        told = [(column, name) for column in ("submitters", "cosigners") for name in self.row.names(column)]
        found = tuple(id for column, name in told if (id := self.found(seats, column, name)))
        if len(set(found)) != len(found):
            self.problems.append(Problem(self.row.row, "cosigners", "联名人重复，或与提案人相同"))
        if self.row.get("group") and len(found) > 1:
            self.problems.append(Problem(self.row.row, "submitters", "集体提交的件只写一位联系人"))
        return found

    def opinions(self, co: tuple[UUID, ...]) -> tuple[tuple[UUID, date], ...]:
        """Give when each co unit's opinion came: named one by one, in their order, or one day for all."""
        try:
            told = tuple(cells.pairs(self.row.names("co_opinion_on")))
        except ValueError as error:
            self.problems.append(Problem(self.row.row, "co_opinion_on", str(error)))
            return ()
        if told and not any(name for name, _ in told):
            days = [on for _, on in told] * (len(co) if len(told) == 1 else 1)
            if len(days) != len(co):
                reason = "会办意见日期与会办单位的个数不符，请写作“单位=日期；单位=日期”"
                self.problems.append(Problem(self.row.row, "co_opinion_on", reason))
                return ()
            return tuple(zip(co, days, strict=True))
        on = self.row.day("handed_over_on")
        found = [(self.found(self.directory.units, "co_opinion_on", name or "", on), day) for name, day in told]
        if strangers := [name for (id, _), (name, _) in zip(found, told, strict=True) if id and id not in co]:
            self.problems.append(Problem(self.row.row, "co_opinion_on", f"不是会办单位：{strangers[0]}"))
        return tuple((id, day) for id, day in found if id in co)


def resolve(
    county: str, row: CaseRow, directory: Directory, mains: "Mains", today: date
) -> tuple[Known | None, list[Problem]]:
    """Give what a row's names stand for, or why that cannot be said."""
    finder = _Finder(row, directory)
    body = finder.found(directory.bodies, "body", row.get("body"))
    if body is None:
        return None, finder.problems
    signers = finder.signers(body)
    lead, co, separate = finder.units("lead_unit"), finder.units("co_units"), finder.units("separate_units")
    if set(lead) & set(co):
        finder.problems.append(Problem(row.row, "co_units", "主办单位不能同时为会办单位"))
    office = finder.units("office")
    opinions = finder.opinions(co)
    if late := [on for _, on in opinions if on > today]:
        finder.problems.append(Problem(row.row, "co_opinion_on", "日期晚于今天", str(late[0])))
    main: UUID | None = None
    if row.get("merged_into") is not None:
        main = mains.find(county, row, body)
        if main is None:
            reason = "没有这一主件：先导入主件，或改写其编号"
            finder.problems.append(Problem(row.row, "merged_into", reason, row.get("merged_into")))
    if finder.problems:
        return None, finder.problems
    known = Known(
        case=case_id(county, row, body, signers[0]),
        body=body,
        signers=signers,
        lead=lead[0] if lead else None,
        co=co,
        separate=separate,
        office=office[0] if office else None,
        opinions=opinions,
        main=main,
    )
    return known, []


Series = tuple[UUID, int, int, int]
"""Body, term, session, number."""


class Mains:
    """The cases that others may be merged into: those that bear numbers, and those of the rows before."""

    def __init__(self, numbers: Mapping[Series, UUID]) -> None:
        self._numbers = dict(numbers)
        self._external: dict[tuple[str, str], UUID] = {}

    def note(self, row: CaseRow, known: Known) -> None:
        """Note the case of a row."""
        if row.get("number") is not None:
            key = (known.body, row.get("term"), row.get("session"), row.get("number"))
            self._numbers.setdefault(key, known.case)
        if row.get("external_id") is not None:
            self._external[row.get("system"), row.get("external_id")] = known.case

    def find(self, county: str, row: CaseRow, body: UUID) -> UUID | None:
        """Give the main case of a row, by id, by external id in the row's system, or by number in its series."""
        told: str = row.get("merged_into")
        try:
            return UUID(told)
        except ValueError:
            pass
        if (system := row.get("system")) is not None and (system, told) in self._external:
            return self._external[system, told]
        try:
            return self._numbers.get((body, row.get("term"), row.get("session"), cells.number(told)))
        except ValueError:
            return None if system is None else external_case_id(county, system, told)


async def bearers(db: Db) -> dict[Series, UUID]:
    """Give the numbers of the transaction's county with the cases that bear them."""
    rows = await db.fetch("SELECT body, term, session, number, case_id FROM numbers")
    return {(UUID(r["body"]), r["term"], r["session"], r["number"]): UUID(r["case_id"]) for r in rows}
