"""The register 立案登记簿: which numbers of a body, term and session are claimed, and how the next one is claimed.

Whoever registers a case walks upward from the highest number the projection knows, and takes the first that is free
or already its own. Every number above the projection is visited, so a case never claims two, and none is left out.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from contracts.envelope import reaction_id
from runtime.execute import Act, Executor
from runtime.folds import Fold
from runtime.process import Process
from runtime.refusals import Conflict
from runtime.tables import Change, Opener, Row, Table
from services.proposals.review.number import Number, NumberHeld, NumberTaken, claim, number_id

TRIES = 10_000
"""Numbers visited at most; more means that the projection is hopelessly behind."""


def _rows(change: Change[Number], opener: Opener) -> Iterable[Row]:
    number = change.held.state
    yield {
        "body": number.body,
        "term": number.term,
        "session": number.session,
        "number": number.number,
        "case_id": number.case,
    }


NUMBERS: Table[Number] = Table(
    name="numbers",
    columns={
        "body": "text NOT NULL",
        "term": "int NOT NULL",
        "session": "int NOT NULL",
        "number": "int NOT NULL",
        "case_id": "text NOT NULL",
    },
    rows=_rows,
    indexes=("(county, body, term, session, number)", "(county, case_id)"),
)


class Register:
    """Claims numbers; registrations of one body and session within this process wait for each other."""

    def __init__(self, fold: Fold[Number]) -> None:
        self._fold = fold
        self._turn: dict[Series, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._claimed: dict[Series, dict[int, UUID]] = defaultdict(dict)
        """Claims of this process which the projection may not show yet."""

    async def number_for(self, process: Process, act: Act, series: "Series", case: UUID, wanted: int | None) -> int:
        """Give the number that the case bears, claiming the wanted one or the next.

        Raises: NumberTaken when the wanted number belongs to another case; NumberHeld when the case has claimed
        another one before; Conflict when none could be had.
        """
        async with self._turn[series]:
            mine, highest = await _known(process, series, case)
            recent = self._claimed[series]
            if mine is None:
                mine = next((number for number, bearer in recent.items() if bearer == case), None)
            if mine is not None:
                if wanted not in (None, mine):
                    raise NumberHeld(number=mine)
                return mine
            for number in [number for number in recent if number <= highest]:
                del recent[number]
            if wanted is not None:
                await self._claim(process.executor, act, series, wanted, case)
                recent[wanted] = case
                return wanted
            for number in range(highest + 1, highest + 1 + TRIES):
                if recent.get(number, case) != case:
                    continue
                with suppress(NumberTaken):
                    await self._claim(process.executor, act, series, number, case)
                    recent[number] = case
                    return number
        raise Conflict

    async def _claim(self, executor: Executor, act: Act, series: "Series", number: int, case: UUID) -> None:
        """Claim one number; nothing happens when the case has it already.

        Raises: NumberTaken.
        """
        id = number_id(series.body, series.term, series.session, number)
        own = replace(act, commandid=reaction_id(act.commandid, id), if_match=None, action="number.claim")
        try:
            await executor.execute(
                self._fold,
                id,
                own,
                lambda state: claim(state, series.body, series.term, series.session, number, case),
                new=True,
            )
        except NumberTaken as taken:
            if taken.facts["case"] != str(case):
                raise


class Series(NamedTuple):
    """Within which numbers are unique."""

    county: str
    body: UUID
    term: int
    session: int


async def _known(process: Process, series: Series, case: UUID) -> tuple[int | None, int]:
    """Give the case's own number, and the highest number, that the projection shows."""
    async with process.database.county(series.county) as db:
        row = await db.fetchrow(
            "SELECT min(number) FILTER (WHERE case_id = $4) AS mine, coalesce(max(number), 0) AS highest"
            " FROM numbers WHERE body = $1 AND term = $2 AND session = $3",
            str(series.body),
            series.term,
            series.session,
            str(case),
        )
    assert row is not None
    return row["mine"], row["highest"]
