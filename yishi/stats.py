"""`yishi stats`: the county's statistics as a table, with the definition of every figure below it."""

from typing import Any

from yishi.calls import Client
from yishi.target import Target
from yishi.terminal import output, print_json, table

BY = ("unit", "kind", "nature", "category", "body", "stage")
COLUMNS = {
    "cases": "件数",
    "assigned": "已交办",
    "met": "见面",
    "replied": "答复",
    "on_time": "按期",
    "satisfied": "满意",
    "unrated": "未测评",
    "rehandled": "再次办理",
    "closed": "办结",
}
GROUPS = {
    "unit": "承办单位",
    "kind": "类别",
    "nature": "性质",
    "category": "答复分类",
    "body": "机构",
    "stage": "阶段",
}


async def run(target: Target, county: str, *, by: str | None, as_json: bool) -> int:
    """Ask the proposals service and print what it answers."""
    async with Client(target, "proposals", "person:yishi-stats", county, "auditor") as client:
        answer = await client.get("/v1/statistics", by=by)
    if as_json:
        print_json(answer)
        return 0
    heading = GROUPS.get(by or "", "")
    shown = table(f"{county} 办理统计", heading, *(f">{title}" for title in COLUMNS.values()), ">占比 %")
    for group in answer.get("groups", []):
        shown.add_row(str(group.get("name") or "未定"), *_cells(group), group.get("share_percent") or "")
    shown.add_row("合计", *_cells(answer["total"]), "", style="bold")
    output.print(shown)
    for name, text in answer["definitions"].items():
        output.print(f"{_label(name)}：{text}", markup=False, highlight=False, soft_wrap=True)
    return 0


def _cells(counts: dict[str, Any]) -> list[str]:
    """Give the figures of one row; a rate stands behind its numerator."""
    cells = []
    for name in COLUMNS:
        rate = counts.get("rates", {}).get(name, {}).get("percent")
        cells.append(f"{counts.get(name, '')}" + (f"（{rate} %）" if rate is not None else ""))
    return cells


def _label(name: str) -> str:
    return {"unit_of_count": "计数单位", "denominator": "分母"}.get(name) or COLUMNS.get(name, name)
