"""`yishi import`: checks a whole file first and says what is wrong with it; sends the good rows only when told to.

A dry run sends nothing. An applied file can be applied again: each row has its own Idempotency-Key, so what was
imported before is answered as it was the first time and changes nothing.
"""

import asyncio
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from yishi.calls import Client, Refused
from yishi.importing.directory import Directory, read_directory
from yishi.importing.files import read_rows
from yishi.importing.plan import ACTOR, Order, Plan, make_plan
from yishi.importing.rows import Problem
from yishi.target import Target
from yishi.terminal import output, print_json, progress, table

AT_ONCE = 8
"""Rows sent at the same time."""


@dataclass
class Sent:
    """What became of the rows that were sent."""

    new: int = 0
    unchanged: int = 0
    refused: list[Problem] = field(default_factory=list)


async def run(target: Target, kind: str, file: Path, county: str, *, apply: bool, as_json: bool) -> int:
    """Check a file, send its good rows with `apply`, and print; 1 when any row is bad or refused."""
    rows = read_rows(file)
    async with Client(target, "members", ACTOR, county, "registrar") as members:
        directory = await read_directory(members)
    plan = make_plan(kind, rows.rows, county, directory)
    sent = await _send(target, county, plan, directory, show=not as_json) if apply else None
    if as_json:
        print_json(_report(len(rows.rows), plan, sent, rows.notice))
    else:
        _print(len(rows.rows), plan, sent, rows.notice)
    return 1 if plan.problems or (sent and sent.refused) else 0


async def _send(target: Target, county: str, plan: Plan, directory: Directory, *, show: bool) -> Sent:
    """Send the orders: those that stand under others after them, the rest side by side."""
    sent = Sent()
    turn = asyncio.Semaphore(AT_ONCE)
    wanted = {(request.service, request.role) for order in plan.orders for request in order.requests}
    clients = {key: Client(target, key[0], ACTOR, county, key[1]) for key in wanted}
    with progress(show=show) as bar:
        task = bar.add_task("导入", total=len(plan.orders))

        async def one(order: Order) -> None:
            async with turn:
                await _send_order(clients, order, directory, sent)
            bar.advance(task)

        try:
            for _, level in groupby(plan.orders, key=lambda order: order.level):
                await asyncio.gather(*map(one, level))
        finally:
            for client in clients.values():
                await client.aclose()
    return sent


async def _send_order(clients: dict[tuple[str, str], Client], order: Order, directory: Directory, sent: Sent) -> None:
    changed = False
    for request in order.requests:
        client = clients[request.service, request.role]
        try:
            answer = await client.post(request.path, request.body, request.key, at_least=directory.position)
        except Refused as refused:
            sent.refused.append(Problem(place=order.place, field="", reason=str(refused)))
            return
        changed = changed or int(answer["position"].partition(":")[2]) > directory.head
    if changed:
        sent.new += 1
    else:
        sent.unchanged += 1


def _report(rows: int, plan: Plan, sent: Sent | None, notice: str | None) -> dict[str, Any]:
    report: dict[str, Any] = {
        "rows": rows,
        "good": len(plan.orders),
        "bad": plan.bad,
        "existing": plan.existing,
        "problems": [problem.model_dump() for problem in plan.problems],
        "notice": notice,
        "applied": sent is not None,
    }
    if sent is not None:
        refused = [problem.model_dump() for problem in sent.refused]
        report |= {"new": sent.new, "unchanged": sent.unchanged, "refused": refused}
    return report


def _print(rows: int, plan: Plan, sent: Sent | None, notice: str | None) -> None:
    if notice:
        output.print(notice, style="yellow", markup=False, soft_wrap=True)
    if plan.problems:
        output.print(_problems("有问题的行，未导入", plan.problems))
    if plan.existing:
        known = "、".join(plan.existing)
        output.print(f"本县已有、未改动：{known}", markup=False, highlight=False, soft_wrap=True)
    summary = f"共 {rows} 行：可导入 {len(plan.orders)}，已有 {len(plan.existing)}，有问题 {plan.bad}。"
    output.print(summary, highlight=False)
    if sent is None:
        output.print("这是试运行，什么也没有发送；加 --apply 才导入。")
        return
    if sent.refused:
        output.print(_problems("被服务拒绝的行", sent.refused))
    told = f"已导入：新增 {sent.new}，先前已导入、未变 {sent.unchanged}，被拒绝 {len(sent.refused)}。"
    output.print(told, highlight=False)


def _problems(title: str, problems: list[Problem]) -> Any:
    shown = table(title, "位置", "字段", "原因")
    for problem in problems:
        shown.add_row(problem.place, problem.field, problem.reason)
    return shown
