"""`yishi import cases`: streams a file of cases with their history to the proposals service, piece by piece.

The service checks and writes; here rows are sent in pieces. Every kind of file is read row by row, so that memory
stays bounded however long it is. A dry run writes nothing. What was imported before changes nothing, so an
interrupted import is simply run again.
"""

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.proposals.importing.rows import raw_key
from yishi.calls import Client
from yishi.child import StackError
from yishi.importing.files import Source, open_source
from yishi.importing.pieces import Survey, pieces, survey
from yishi.importing.plan import ACTOR
from yishi.target import Target
from yishi.terminal import output, print_json, progress, table

STANDSTILL = 60.0
"""Seconds that the service's view may stand still before the command gives up waiting for it."""
UNDER_WAY = 2
"""Pieces that the service has at the same time: one is read while the other is written."""


@dataclass(frozen=True)
class Wanted:
    """What is to be done with the file."""

    county: str
    apply: bool
    confirm: bool


@dataclass
class Imported:
    """What became of the rows."""

    rows: int = 0
    new: int = 0
    unchanged: int = 0
    corrected: int = 0
    events: int = 0
    changed: list[dict[str, Any]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    position: str | None = None

    @property
    def bad(self) -> int:
        """Give the number of rows that have problems."""
        return len({problem["row"] for problem in self.problems})

    @property
    def done(self) -> int:
        """Give the number of rows of which it is known what became of them."""
        return self.new + self.unchanged + self.corrected + len(self.changed) + self.bad

    @property
    def good(self) -> int:
        """Give the number of rows that have none."""
        return self.rows - self.bad

    def problem(self, row: int, column: str, reason: str) -> None:
        """Note what is wrong with a row before it is sent."""
        told = {"row": row, "column": column, "heading": column, "reason": reason, "value": "", "suggestions": []}
        self.problems.append(told)

    def take(self, answer: dict[str, Any]) -> None:
        """Add what the service says of a piece."""
        for name in ("new", "unchanged", "corrected"):
            setattr(self, name, getattr(self, name) + len(answer[name]))
        self.events += answer["events"]
        self.changed += answer["changed"]
        self.problems += answer["problems"]
        if answer["position"]:
            last = self.position or "EVENTS:0"
            self.position = max(last, answer["position"], key=lambda told: int(told.partition(":")[2]))


async def run(target: Target, file: Path, wanted: Wanted, *, as_json: bool) -> int:
    """Check a file, write its good rows with `apply`, and print; 1 when any row is bad or waits for confirmation."""
    source = await asyncio.to_thread(open_source, file)
    imported = Imported()
    async with Client(target, "proposals", ACTOR, wanted.county, "registrar") as client:
        with progress(show=not as_json) as bar:
            task = bar.add_task("读取", total=None)
            known = await asyncio.to_thread(survey, source)
            imported.rows = known.rows
            for row, reason in known.bad.items():
                imported.problem(row, "", reason)
            bar.update(task, description="导入" if wanted.apply else "试运行", total=known.rows)

            def advanced() -> None:
                bar.update(task, completed=imported.done)

            await _send_all(client, source, known, wanted, imported, advanced)
        if imported.position:
            await _until_shown(client, int(imported.position.partition(":")[2]))
    imported.problems.sort(key=lambda problem: problem["row"])
    unit = "项" if file.suffix.lower() in (".yaml", ".yml") else "行"
    for told in (*imported.problems, *imported.changed):
        told["place"] = f"第 {told['row']} {unit}"
    if as_json:
        print_json(_report(imported, wanted, source))
    else:
        _print(imported, wanted, source.notice)
    return 1 if imported.problems or imported.changed else 0


class _Mains:
    """The cases of the rows sent so far, for those that are merged into them: a dry run writes none of them."""

    def __init__(self) -> None:
        self._cases: dict[tuple[str, ...], str] = {}

    def note(self, piece: list[dict[str, Any]], cases: dict[str, str]) -> None:
        """Note which cases the rows of a piece are."""
        for row in piece:
            key = raw_key(row["values"])
            if key is not None and str(row["row"]) in cases:
                self._cases[key] = cases[str(row["row"])]

    def point(self, values: dict[str, Any]) -> None:
        """Put the id of the main case in the place of its number or external id, where a row before was that case."""
        if told := values.get("merged_into"):
            keys = (raw_key(values | {"external_id": told}), raw_key(values | {"external_id": "", "number": told}))
            values["merged_into"] = next((self._cases[key] for key in keys if key in self._cases), told)


async def _send_all(
    client: Client, source: Source, known: Survey, wanted: Wanted, imported: Imported, advanced: Callable[[], None]
) -> None:
    """Send the pieces, a few at a time; those of merged cases wait for all before."""
    ready = await client.get("/readyz")
    at_least = f"EVENTS:{ready['log']}"
    body = {"file": source.digest, "apply": wanted.apply, "confirm_corrections": wanted.confirm}
    under_way: set[asyncio.Task[None]] = set()
    mains = _Mains()
    number = itertools.count()

    async def send(piece: list[dict[str, Any]]) -> None:
        for row in piece:
            mains.point(row["values"])
        after, key = imported.position or at_least, f"{source.digest[7:40]}-{next(number)}"
        answer = await client.post("/v1/imports/cases", body | {"rows": piece}, key, at_least=after)
        if known.merged:
            mains.note(piece, answer["cases"])
        imported.take(answer)
        advanced()

    try:
        for merged in (False, True) if known.merged else (False,):
            for piece in pieces(source, known, merged=merged):
                while len(under_way) >= (1 if merged else UNDER_WAY):
                    done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        task.result()
                under_way.add(asyncio.create_task(send(piece)))
        await asyncio.gather(*under_way)
    finally:
        for task in under_way:
            task.cancel()


async def _until_shown(client: Client, sequence: int) -> None:
    """Wait until the service shows what was written. *Raises* `StackError` when it comes no further."""
    seen, since = -1, time.monotonic()
    while True:
        position = int((await client.get("/readyz"))["position"])
        if position >= sequence:
            return
        if position > seen:
            seen, since = position, time.monotonic()
        elif time.monotonic() - since > STANDSTILL:
            raise StackError(f"已写入，但服务的视图停在序号 {position}，未到 {sequence}。")
        await asyncio.sleep(0.05)


def _report(imported: Imported, wanted: Wanted, source: Source) -> dict[str, Any]:
    return {
        "rows": imported.rows,
        "good": imported.good,
        "bad": imported.bad,
        "applied": wanted.apply,
        "new": imported.new,
        "unchanged": imported.unchanged,
        "corrected": imported.corrected,
        "changed": imported.changed,
        "problems": imported.problems,
        "events": imported.events,
        "file": source.digest,
        "notice": source.notice,
    }


def _print(imported: Imported, wanted: Wanted, notice: str | None) -> None:
    if notice:
        output.print(notice, style="yellow", markup=False, soft_wrap=True)
    if imported.problems:
        shown = table("有问题的行，未导入", ">行", "列", "原因", "所填")
        for problem in imported.problems:
            shown.add_row(str(problem["row"]), problem["heading"], problem["reason"], problem["value"])
        output.print(shown)
    if imported.changed:
        shown = table("与先前导入不同的行，确认后（--confirm-corrections）才记为更正", ">行", "不同的列")
        for change in imported.changed:
            shown.add_row(str(change["row"]), "、".join(change["columns"]))
        output.print(shown)
    counts = f"新增 {imported.new}，未变 {imported.unchanged}，更正 {imported.corrected}"
    counts += f"，待确认 {len(imported.changed)}，有问题 {imported.bad}"
    output.print(f"共 {imported.rows} 行：{counts}；事件 {imported.events} 个。", highlight=False)
    if not wanted.apply:
        output.print("这是试运行，什么也没有写入；加 --apply 才导入。")
