"""One piece of an import job 导入: rows in, what became of each row out; a dry run writes nothing.

A row that was imported before and says the same changes nothing. A row that says something else is told with the
columns that differ, and becomes a correction only when that is confirmed; a case on which somebody has acted here
since is never corrected by an import.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from runtime import vault
from runtime.execute import Act as Acting
from runtime.folds import Held
from runtime.log import BATCH_MAX, Appending, WrongExpectation
from runtime.process import Process
from runtime.refusals import AggregateParked, Conflict
from services.proposals.case.proposal import Proposal
from services.proposals.folds import NUMBER, PROPOSAL
from services.proposals.importing.checking import Good, check
from services.proposals.importing.making import Made, Maker
from services.proposals.importing.outcome import Asked, Done
from services.proposals.importing.rows import Problem
from services.proposals.review.number import number_id

TOGETHER = 150
"""Events of one batch, unless one case has more: most of what a batch costs the server it costs but once."""
TRIES = 3
"""Times that a row is tried whose case or number somebody else has just changed."""


class _Case(NamedTuple):
    """A row's case and who bears its number, as far as the projection has come."""

    held: Held[Proposal]
    bearer: UUID | None


class Job:
    """Carries out one piece of an import for one caller."""

    def __init__(self, process: Process, by: Acting, asked: Asked, today: date) -> None:
        self._process = process
        self._by = by
        self._asked = asked
        self._today = today
        self._maker = Maker(by, asked.file, today)
        self._done = Done()

    async def run(self) -> Done:
        """Check every row, and write those that are good when that is asked for.

        Raises: Refusal of status 503, 409; what was written until then stays written, and another run goes on.
        """
        await self._process.log.require_proven()
        good, problems = await check(self._process, self._by.county, self._asked.rows, self._today)
        self._done.problems += problems
        self._done.cases = {row.row.row: row.known.case for row in good}
        keys = await self._keys(good)
        await self._together([row for row in good if row.known.main is None], keys)
        for row in good:  # One by one: originals of one main case would come first before each other.
            if row.known.main is not None:
                await self._one(row, keys.get(row.known.case))
        self._done.problems.sort(key=lambda problem: problem.row)
        return self._done

    async def _together(self, rows: Sequence[Good], keys: Mapping[UUID, bytes]) -> None:
        """Carry out rows: the new cases of several in one batch, the others one by one."""
        batch: list[Made] = []
        for good, known in zip(rows, await asyncio.gather(*map(self._known, rows)), strict=True):
            key = keys.get(good.known.case)
            if known is None or known.held.version:
                await self._one(good, key, known and known.held)
            elif self._is_written(good, key, known.bearer):
                assert key is not None
                new = self._maker.new(good, key, claim=known.bearer is None)
                if sum(len(other.events) for other in batch) + len(new.events) > TOGETHER:
                    await self._write(batch)
                    batch = []
                batch.append(new)
        await self._write(batch)

    async def _known(self, good: Good) -> _Case | None:
        """Give what is known of a row's case, None when it is parked."""
        try:
            return _Case(*await asyncio.gather(self._case(good), self._bearer(good, surely=False)))
        except AggregateParked:
            return None

    async def _write(self, batch: Sequence[Made]) -> None:
        """Write new cases in one batch; one by one when somebody else was first with one of them."""
        if batch and not await self._append(batch, self._done.new):
            for new in batch:
                await self._one(new.good, new.key)

    async def _keys(self, good: Collection[Good]) -> dict[UUID, bytes]:
        """Give the keys of the cases, making none in a dry run."""
        cases = [row.known.case for row in good]
        async with self._process.database.owner() as db:
            if self._asked.apply and cases:
                return await vault.keys_for(db, self._by.county, cases)
            known = await vault.keys_of(db, [(self._by.county, case) for case in cases])
        return {case: key for (_, case), key in known.items()}

    async def _one(self, good: Good, key: bytes | None, held: Held[Proposal] | None = None) -> None:
        """Carry out one row; somebody else may change its case or number meanwhile."""
        try:
            held = held or await self._case(good)
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
        if imported is None:
            self._problem(good, "external_id", f"该外部编号已属另一件（{good.known.case}）")
            return True
        if held.version > imported.version:
            self._problem(good, "", "该件导入后已在本系统中办理，不能再以导入更正")
            return True
        return await self._tell_again(good, held, key)

    async def _tell_new(self, good: Good, key: bytes | None, *, again: bool) -> bool:
        """Write a case that is not there yet."""
        bearer = await self._bearer(good, surely=again)
        if not self._is_written(good, key, bearer):
            return True
        assert key is not None
        made = self._maker.new(good, key, claim=bearer is None)
        if good.known.main is not None:
            if (joining := await self._joining(good, good.known.main)) is None:
                self._problem(good, "merged_into", "没有这一主件：先导入主件，或改写其编号")
                return True
            made = made._replace(events=[*joining, *made.events])
        return await self._append([made], self._done.new)

    def _is_written(self, good: Good, key: bytes | None, bearer: UUID | None) -> bool:
        """Say whether a case that is not there yet is to be written; what else becomes of its row is noted."""
        if bearer not in (None, good.known.case):
            self._problem(good, "number", f"该编号已属另一件（{bearer}）")
        elif not self._asked.apply:
            self._done.new.append(good.row.row)
        elif key is None:
            self._problem(good, "", "该件已依令销毁，不能再导入")
        else:
            return True
        return False

    async def _joining(self, good: Good, main: UUID) -> list[Appending] | None:
        """Give the event by which the main case takes the row's case up; none where it has, None without a main."""
        held = await self._process.states.load(PROPOSAL, self._by.county, str(main))
        held = await self._process.executor.catch_up(PROPOSAL, self._by.county, str(main), held)
        return None if held.version == 0 else self._maker.joining(good, main, held)

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
        made, columns = self._maker.again(good, key, held, claim=bearer is None)
        self._done.changed[good.row.row] = columns
        if not (self._asked.apply and self._asked.confirm):
            return True
        stored = await self._append([made], self._done.corrected)
        if stored:
            del self._done.changed[good.row.row]
        return stored

    async def _append(self, batch: Sequence[Made], done: list[int]) -> bool:
        """Write whole cases in one batch; False when somebody else was first with one of them, and none is there."""
        events = [event for new in batch for event in new.events]
        if len(events) > BATCH_MAX:  # Then it is one case.
            self._problem(batch[0].good, "", "这一行的经过太长")
            return True
        try:
            sequence = await self._process.log.append_batch(events)
        except WrongExpectation:
            return False
        done += [new.good.row.row for new in batch]
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

    def _problem(self, good: Good, column: str, reason: str) -> None:
        self._done.problems.append(Problem(good.row.row, column, reason))
