"""`yishi demo`: starts the stack in a folder of its own, drives the year, checks and prints the result."""

import json
import shutil
import time
from datetime import date
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from yishi.child import StackError
from yishi.demo.office import Office, RequestFailed
from yishi.demo.plan import Case, cases, load_facts, steps
from yishi.demo.report import differences, gather, proof_rows, show
from yishi.demo.year import Year
from yishi.stack import Stack
from yishi.verification import Break
from yishi.walk import verify_log

console = Console()


def main(home: Path) -> int:
    """Run the demo; 0 only if every figure matches."""
    return uvloop.run(_demo(home / "demo"))


async def _demo(folder: Path) -> int:
    began = time.monotonic()
    facts = load_facts()
    plan = cases(facts)
    shutil.rmtree(folder / "stack", ignore_errors=True)
    stack = Stack(folder / "stack")
    console.print("正在启动演示环境: nats-server, PostgreSQL 与四个服务, 各为一个进程……")
    try:
        await stack.start()
        async with Office(stack, facts["county"]) as office:
            year = await _drive(office, facts, plan)
            head = await verify_log(stack.nats.url, stack.nats.passwords.nats["operator"], stack.nats.monitor_url)
            report = await gather(office, stack.services, {"events": head.sequence, "verified": True})
            proof = proof_rows(year.proven, year.proven_on)
        report["seconds"] = round(time.monotonic() - began, 1)
        report["requests"] = office.sent
        report["repeated"] = dict(office.repeated)
    except (StackError, RequestFailed, Break) as failure:
        console.print(f"演示失败: {failure}", style="red", markup=False)
        return 1
    finally:
        await stack.remove()
    return _judge(folder, facts, report, proof)


def _judge(folder: Path, facts: dict[str, Any], report: dict[str, Any], proof: dict[str, str]) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / "report.json"
    written.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    show(console, facts, report, proof)
    console.print(f"用时 {report['seconds']} 秒, 请求 {report['requests']} 次; 报告: {written}", soft_wrap=True)
    if wrong := differences(facts, report):
        console.print("与资料不符:", style="bold red")
        for line in wrong:
            console.print(f"  · {line}", markup=False)
        return 1
    console.print("全部数字与资料相符。", style="bold green")
    return 0


async def _drive(office: Office, facts: dict[str, Any], plan: list[Case]) -> Year:
    total = sum(len(steps(case)) for case in plan)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("步"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("办理", total=total)

        def moved(day: date, taken: int) -> None:
            progress.update(task, advance=taken, description=f"模拟日期 {day}")

        year = Year(office, facts, moved)
        await year.run(plan)
    return year
