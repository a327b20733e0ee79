"""The year's result: figures from the services' APIs, held against what the source states, printed as tables."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table

from yishi.demo.office import AUDITOR, COMMITTEE, OPERATOR, Office
from yishi.demo.plan import LAST_DAY, nature_counts

PARTS = ("assigned", "met", "replied", "on_time", "satisfied")
OVERSEER = "办公室"
HALF_MONTHS = 5
"""Half months from the hand-over until all is done: their last days are 15 and 31 March, 15 and 30 April, 15 May.

The overseeing office has something open until the end; a unit gets digests as long as it owes something itself.
"""


async def gather(office: Office, services: Iterable[str], log: Mapping[str, Any]) -> dict[str, Any]:
    """Ask the services for the figures of the report."""
    by_kind, by_unit, by_nature, by_stage = [
        await office.ask("proposals", "/v1/statistics", AUDITOR, LAST_DAY, by=by)
        for by in ("kind", "unit", "nature", "stage")
    ]
    total = by_kind["total"]
    summary = await office.ask("notifications", "/v1/summary", OPERATOR, LAST_DAY)
    positions = {}
    for service in services:
        positions[service] = (await office.ask(service, "/readyz", OPERATOR, LAST_DAY))["position"]
    return {
        "cases": total["cases"],
        "by_kind": {group["key"]: group["cases"] for group in by_kind["groups"]},
        "by_unit": {group["name"]: {part: group[part] for part in PARTS} for group in by_unit["groups"]},
        "by_nature": {
            group["key"]: {"count": group["cases"], "percent": round(float(group["share_percent"]))}
            for group in by_nature["groups"]
        },
        "rates": {name: float(total["rates"][name]["percent"]) for name in ("met", "replied", "satisfied")},
        "on_time": total["on_time"],
        "rehandled": total["rehandled"],
        "by_stage": {group["key"]: group["cases"] for group in by_stage["groups"]},
        "led_by_leaders": await _led(office),
        "log": dict(log),
        "positions": positions,
        "reminders": summary["reminders"],
        "digests": summary["digests"],
        "digests_by_whom": {party["name"]: party["digests"] for party in summary["by_whom"].values()},
        "definitions": by_kind["definitions"],
    }


async def _led(office: Office) -> list[dict[str, Any]]:
    """Read the cases that leaders handle from the board."""
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = await office.ask("proposals", "/v1/proposals", COMMITTEE, LAST_DAY, limit=500, **after)
        found += [item for item in page["items"] if item["leader"]]
        if "next" not in page:
            return [{name: item[name] for name in ("kind", "number", "title", "leader")} for item in found]
        after = {"after": page["next"]}


def differences(facts: Mapping[str, Any], report: Mapping[str, Any]) -> list[str]:
    """Say in which figures the report differs from what the source states; nothing when all match."""
    cases, natures = facts["cases"], nature_counts(facts)
    stated = {
        "cases": cases["total"],
        "by_kind": {kind: cases[kind] for kind in ("npc_suggestion", "cppcc_proposal")},
        "by_unit": {name: dict.fromkeys(PARTS, count) for name, count in facts["units"].items()},
        "by_nature": {
            name: {"count": natures[name], "percent": nature["percent"]} for name, nature in facts["natures"].items()
        },
        "rates": {name: float(percent) for name, percent in facts["targets_percent"].items()},
        "on_time": cases["total"],
        "rehandled": 2,
        "by_stage": {"closed": cases["total"]},
    }
    wrong = [f"{name}: 应为 {want}, 实为 {report[name]}" for name, want in stated.items() if report[name] != want]
    led = sorted((c["kind"], c["number"], c["title"], c["leader"]) for c in facts["led_by_leaders"])
    if sorted((c["kind"], c["number"], c["title"], c["leader"]) for c in report["led_by_leaders"]) != led:
        wrong.append("led_by_leaders: 领办件与资料不符")
    if report["log"]["verified"] is not True:
        wrong.append("log: 未通过验证")
    behind = {name: n for name, n in report["positions"].items() if n < report["log"]["events"]}
    if behind:
        wrong.append(f"positions: {behind} 落后于日志 {report['log']['events']}")
    digests = report["digests_by_whom"]
    if digests.get(OVERSEER) != HALF_MONTHS:
        wrong.append(f"digests: {OVERSEER} 的半月通报应为 {HALF_MONTHS} 份, 实为 {digests.get(OVERSEER)}")
    if silent := [name for name in facts["units"] if not digests.get(name)]:
        wrong.append(f"digests: 未收到半月通报: {silent}")
    if not report["reminders"]:
        wrong.append("reminders: 没有发出提醒")
    return wrong


def show(console: Console, facts: Mapping[str, Any], report: Mapping[str, Any], proof: Mapping[str, Any]) -> None:
    """Print the report as an office would read it."""
    console.print(_units(report))
    console.print(_natures(facts, report))
    console.print(_leaders(report))
    console.print(_proof(proof))
    console.print(
        f"提醒 {report['reminders']} 次, 半月通报 {report['digests']} 份, 再次办理 {report['rehandled']} 件; "
        f"事件 {report['log']['events']} 条, 已逐条验证; 各服务位置 {report['positions']}"
    )
    console.print("资料未载明、由演示选定 (chosen):", style="bold")
    for line in facts["chosen"]:
        console.print(f"  · {line}")


def _units(report: Mapping[str, Any]) -> Table:
    table = Table(title="省交通厅 2005 年建议提案办理 (件)")
    table.add_column("承办单位")
    for heading in ("交办", "见面", "答复", "按期", "满意"):
        table.add_column(heading, justify="right")
    for name, unit in report["by_unit"].items():
        table.add_row(name, *(str(unit[part]) for part in PARTS))
    table.add_section()
    sums = [str(sum(unit[part] for unit in report["by_unit"].values())) for part in PARTS]
    table.add_row("合计", *sums)
    rates = report["rates"]
    table.add_row("率 %", "", f"{rates['met']:.2f}", f"{rates['replied']:.2f}", "", f"{rates['satisfied']:.2f}")
    return table


def _natures(facts: Mapping[str, Any], report: Mapping[str, Any]) -> Table:
    table = Table(title="按性质")
    for heading in ("性质", "件数", "占比 %", "资料"):
        table.add_column(heading, justify="left" if heading in ("性质", "资料") else "right")
    for name, nature in facts["natures"].items():
        found = report["by_nature"][name]
        stated = f"{nature['percent']} %, " + (f"{nature['count']} 件" if "count" in nature else "件数未载明, 推算")
        table.add_row(name, str(found["count"]), str(found["percent"]), stated)
    kinds = report["by_kind"]
    table.caption = f"建议 {kinds['npc_suggestion']} 件, 提案 {kinds['cppcc_proposal']} 件"
    return table


def _leaders(report: Mapping[str, Any]) -> Table:
    table = Table(title="领导领办件")
    for heading in ("类别", "案号", "标题", "领办"):
        table.add_column(heading)
    names = {"npc_suggestion": "建议", "cppcc_proposal": "提案"}
    for case in report["led_by_leaders"]:
        table.add_row(names[case["kind"]], str(case["number"]), case["title"], case["leader"])
    return table


def _proof(proof: Mapping[str, Any]) -> Table:
    table = Table(title="为什么是这一天? (一件的时限依据)", show_header=False)
    for heading, value in proof.items():
        table.add_row(heading, str(value))
    return table


def proof_rows(clock: Mapping[str, Any], on: date) -> dict[str, str]:
    """Give the lines that explain a clock's day."""
    proof = clock["proof"]
    rule = f"固定日期 {proof['fixed_on']}" if proof.get("fixed_on") else f"{proof.get('amount')} {proof.get('unit')}"
    return {
        "时限": f"{clock['kind']} (截止 {clock['due_on']})",
        "依据": f"{proof['source']} · 规则包 {proof['pack']}",
        "规则": rule + (" · 由演示选定" if proof.get("chosen") else ""),
        "起算": f"{proof['started_by']} {proof['started_on']}",
        "顺延": f"原定 {proof['nominal_on']}" if proof.get("nominal_on") else "无",
        "规则包摘要": proof["pack_digest"],
        "查询日": str(on),
    }
