"""One piece of an import job 导入: rows in, what became of each row out; a dry run writes nothing.

A row that was imported before and says the same changes nothing. A row that says something else is told with the
columns that differ, and becomes a correction only when that is confirmed; a case on which somebody has acted here
since is never corrected by an import.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from contracts.review import OriginalJoined
from contracts.sealed import Sealed
from runtime import vault
from runtime.execute import Act as Acting
from runtime.folds import Held
from runtime.log import BATCH_MAX, Appending, WrongExpectation
from runtime.process import Process
from runtime.refusals import AggregateParked, Conflict
from runtime.sealing import seal, unseal
from services.proposals.folds import NUMBER, PROPOSAL
from services.proposals.importing import writing
from services.proposals.importing.checking import Good, check
from services.proposals.importing.differing import differing
from services.proposals.importing.history import Telling, acts_of
from services.proposals.importing.rows import Problem
from services.proposals.number import number_id
from services.proposals.proposal import Proposal

AT_ONCE = 8
"""Batches under way at the same time; the server takes them one after the other."""
TRIES = 3
"""Times that a row is tried whose case or number somebody else has just changed."""


@dataclass(frozen=True)
class Asked:
    """What is to be done with the rows."""

    rows: Sequence[tuple[int, Mapping[str, Any]]]
    file: str
    """sha256:… of the file that they come from."""
    apply: bool
    confirm: bool
    """Rows that differ from what was imported become corrections."""


@dataclass
class Done:
    """What became of the rows, each by its number in the file."""

    new: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    corrected: list[int] = field(default_factory=list)
    changed: dict[int, list[str]] = field(default_factory=dict)
    """Rows that differ and wait for confirmation: in which columns."""
    problems: list[Problem] = field(default_factory=list)
    cases: dict[int, UUID] = field(default_factory=dict)
    events: int = 0
    sequence: int = 0


class Job:
    """Carries out one piece of an import for one caller."""

    def __init__(self, process: Process, by: Acting, asked: Asked, today: date) -> None:
        self._process = process
        self._by = by
        self._asked = asked
        self._today = today
        self._done = Done()

    async def run(self) -> Done:
        """Check every row, and write those that are good when that is asked for.

        Raises: Refusal of status 503, 409; what was written until then stays written, and another run goes on.
        """
        await self._process.log.require_proven()
        good, problems = await check(self._process, self._by.county, self._asked.rows, self._today)
        self._done.problems += problems
        keys = await self._keys(good)
        await self._each([row for row in good if row.known.main is None], keys, AT_ONCE)
        # One by one: originals of the same main case would come first before each other.
        await self._each([row for row in good if row.known.main is not None], keys, 1)
        self._done.problems.sort(key=lambda problem: problem.row)
        return self._done

    async def _each(self, rows: Sequence[Good], keys: Mapping[UUID, bytes], at_once: int) -> None:
        """Carry out rows, so many at a time."""
        waiting = iter(rows)

        async def work() -> None:
            for row in waiting:
                await self._one(row, keys.get(row.known.case))

        workers = [asyncio.create_task(work()) for _ in range(min(at_once, len(rows)))]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _keys(self, good: Collection[Good]) -> dict[UUID, bytes]:
        """Give the keys of the cases, making none in a dry run."""
        cases = [row.known.case for row in good]
        async with self._process.database.owner() as db:
            if self._asked.apply and cases:
                return await vault.keys_for(db, self._by.county, cases)
            known = await vault.keys_of(db, [(self._by.county, case) for case in cases])
        return {case: key for (_, case), key in known.items()}

    async def _one(self, good: Good, key: bytes | None) -> None:
        """Carry out one row; somebody else may change its case or number meanwhile."""
        self._done.cases[good.row.row] = good.known.case
        try:
            held = await self._case(good)
            for attempt in range(TRIES):
                if await self._try(good, held, key, again=attempt > 0):
                    return
                held = await self._case(good, held)
        except AggregateParked:
            self._problem(good, "", "这一件被搁置，须先由运维处理")
            return
        raise Conflict

    async def _try(self, good: Good, held: Held[Proposal], key: bytes | None, *, again: bool = False) -> bool:
        """Carry out a row on the case as it is known; False when the log has come further."""
        if held.version == 0:
            return await self._tell_new(good, key, again=again)
        imported = held.state.imported
        if imported is not None and imported.row == good.digest:
            self._done.unchanged.append(good.row.row)
            return True
        if (newer := await self._case(good, held)) is not held:
            return await self._try(good, newer, key, again=again)
        if imported is None or held.version > imported.version:
            self._problem(good, "", "该件导入后已在本系统中办理，不能再以导入更正")
            return True
        return await self._tell_again(good, held, key)

    async def _tell_new(self, good: Good, key: bytes | None, *, again: bool) -> bool:
        """Write a case that is not there yet."""
        bearer = await self._bearer(good, surely=again)
        if bearer not in (None, good.known.case):
            self._problem(good, "number", f"该编号已属另一件（{bearer}）")
            return True
        if not self._asked.apply:
            self._done.new.append(good.row.row)
            return True
        if key is None:
            self._problem(good, "", "该件已依令销毁，不能再导入")
            return True
        by = self._acting(good)
        written = writing.write(PROPOSAL, good.known.case, acts_of(self._telling(good, key)), by)
        if good.known.main is not None:
            if (joining := await self._joining(good, good.known.main, by)) is None:
                self._problem(good, "merged_into", "没有这一主件：先导入主件，或改写其编号")
                return True
            written.events = [*joining, *written.events]
        return await self._append(good, written, by, claim=bearer is None, done=self._done.new)

    async def _joining(self, good: Good, main: UUID, by: Acting) -> list[Appending] | None:
        """Give the event by which the main case takes the row's case up; none where it has, None without a main."""
        telling = self._telling(good, b"")
        held = await self._process.states.load(PROPOSAL, self._by.county, str(main))
        held = await self._process.executor.catch_up(PROPOSAL, self._by.county, str(main), held)
        if held.version == 0:
            return None
        if good.known.case in held.state.review.originals:
            return []
        joined = OriginalJoined(
            original=good.known.case,
            number=good.row.get("number"),
            signers=good.known.signers,
            joined_on=telling.merged_on,
        )
        return [writing.join(PROPOSAL, main, held, joined, by)]

    async def _tell_again(self, good: Good, held: Held[Proposal], key: bytes | None) -> bool:
        """Correct an imported case as the row has it now, when that was confirmed."""
        if key is None or held.state.erased:
            self._problem(good, "", "该件已依令销毁，不能再导入")
            return True
        bearer = await self._bearer(good, surely=True)
        if bearer not in (None, good.known.case):
            self._problem(good, "number", f"该编号已属另一件（{bearer}）")
            return True
        merged = held.state.review.merged
        if good.known.main != (merged.main if merged else None):
            self._problem(good, "merged_into", "并案不能以导入更正：请在本系统中并案或撤销并案")
            return True
        by, county = self._acting(good), self._by.county
        acts = (*acts_of(self._telling(good, key)), *writing.rejoined(held.state))
        written = writing.correct(PROPOSAL, good.known.case, held, acts, by, self._today)

        def opened(sealed: Sealed | None) -> str | None:
            return None if sealed is None else unseal(key, county, sealed)

        self._done.changed[good.row.row] = differing(held.state, written.case.state, opened)
        if not (self._asked.apply and self._asked.confirm):
            return True
        stored = await self._append(good, written, by, claim=bearer is None, done=self._done.corrected)
        if stored:
            del self._done.changed[good.row.row]
        return stored

    async def _append(
        self, good: Good, written: writing.Written, by: Acting, *, claim: bool, done: list[int]
    ) -> bool:
        """Write a batch; False when somebody else was first."""
        events = written.events
        if claim and good.row.get("number") is not None:
            events = [writing.claim_number(NUMBER, good.row, good.known.body, good.known.case, by), *events]
        if len(events) > BATCH_MAX:
            self._problem(good, "", "这一行的经过太长")
            return True
        try:
            sequence = await self._process.log.append_batch(events)
        except WrongExpectation:
            return False
        done.append(good.row.row)
        self._done.events += len(events)
        self._done.sequence = max(self._done.sequence, sequence)
        return True

    async def _case(self, good: Good, known: Held[Proposal] | None = None) -> Held[Proposal]:
        """Give the row's case as the projection has it or, when it is `known` so far, as the log has it."""
        id = str(good.known.case)
        if known is None:
            return await self._process.states.load(PROPOSAL, self._by.county, id)
        return await self._process.executor.catch_up(PROPOSAL, self._by.county, id, known)

    async def _bearer(self, good: Good, *, surely: bool) -> UUID | None:
        """Give the case that bears the row's number, None when it is free or the row has none.

        The log is asked only when that is to be known `surely`; a batch that claims a taken number is refused anyway.
        """
        if good.row.get("number") is None:
            return None
        row = good.row
        id = number_id(good.known.body, row.get("term"), row.get("session"), row.get("number"))
        held = await self._process.states.load(NUMBER, self._by.county, id)
        if surely and held.version == 0:
            held = await self._process.executor.catch_up(NUMBER, self._by.county, id, held)
        bearer: UUID | None = held.state.case
        return bearer

    def _acting(self, good: Good) -> Acting:
        return replace(self._by, commanddigest=good.digest, provenance=f"{self._asked.file}#{good.row.row}")

    def _telling(self, good: Good, key: bytes) -> Telling:
        county, case = self._by.county, good.known.case
        return Telling(
            row=good.row,
            known=good.known,
            seal=lambda label, text: seal(key, county, case, label, text),
            rules=good.rules,
            today=self._today,
        )

    def _problem(self, good: Good, column: str, reason: str) -> None:
        self._done.problems.append(Problem(good.row.row, column, reason))
