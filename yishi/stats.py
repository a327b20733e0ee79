"""`yishi stats`: the county's statistics as a table, with the definition of every figure below it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.proposals.reporting.exports import group_term
from services.proposals.reporting.figures import GROUP_TITLES, TITLES
from yishi import compared
from yishi.calls import Client
from yishi.target import Target
from yishi.terminal import output, print_json, table

COLUMNS = ("cases", "assigned", "met", "replied", "on_time", "satisfied", "unrated", "rehandled", "closed")
APART = ("declined", "merged", "withdrawn", "recorded_late", "imported")
LABELS = {
    "unit_of_count": "计数单位",
    "denominator": "分母",
    "apart": "另列",
    "share": "占比",
    "originals": "并案原件",
    "on_time_recorded": "按期且及时录入",
}


@dataclass(frozen=True)
class Asked:
    """Which statistics are wanted."""

    by: str | None = None
    as_of: date | None = None
    rated_only: bool = False
    """The satisfaction rate divides by what was rated."""
    basic: bool = True
    """基本满意 counts as satisfied."""
    rank_by: str | None = None
    period: dict[str, str] = field(default_factory=dict)
    """Which cases alone are counted, as a query."""
    versus: dict[str, str] | None = None
    """What is different in the period that is compared with, as a query; None when none is."""

    def query(self) -> dict[str, str | None]:
        """Give the query of the request."""
        return {
            "by": self.by,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "denominator": "rated" if self.rated_only else None,
            "basic": None if self.basic else "false",
            "rank_by": self.rank_by,
            **self.period,
            **(self.versus or {}),
        }


async def run(target: Target, county: str, asked: Asked, *, as_json: bool) -> int:
    """Ask the proposals service and print what it answers."""
    async with Client(target, "proposals", "person:yishi-stats", county, "auditor") as client:
        path = "/v1/statistics" if asked.versus is None else "/v1/statistics/compare"
        answer = await client.get(path, **asked.query())
    if as_json:
        print_json(answer)
    elif asked.versus is None:
        _show(county, asked.by, answer)
    else:
        compared.show(county, asked.by, _names(asked, answer), answer)
        _define(answer["now"]["definitions"])
    return 0


def _names(asked: Asked, answer: dict[str, Any]) -> tuple[str, str]:
    """Say which period each column is of: its session or days when they differ, otherwise its day."""
    versus = {name.removeprefix("versus_"): value for name, value in (asked.versus or {}).items()}
    days = [answer[which]["as_of"] for which in ("now", "then")]
    if "session" in versus:
        told = [f"{of['term']}届{of['session']}次" for of in (asked.period, versus)]
    elif "from_on" in versus:
        told = [f"{of['from_on']} 至 {of['until_on']} 提交" for of in (asked.period, versus)]
    else:
        told = ["", ""]
    first, second = (
        f"{period}（截至 {day}）" if period else f"截至 {day}" for period, day in zip(told, days, strict=True)
    )
    return first, second


def _show(county: str, by: str | None, answer: dict[str, Any]) -> None:
    heading = GROUP_TITLES.get(by or "", "")
    columns = [f">{TITLES[name]}" for name in COLUMNS]
    ranked = any("rank" in group for group in answer.get("groups", []))
    shown = table(
        f"{county} 办理统计（截至 {answer['as_of']}）", heading, *columns, ">占比 %", *([">名次"] if ranked else [])
    )
    for group in answer.get("groups", []):
        place = [str(group.get("rank") or "")] if ranked else []
        shown.add_row(group_term(by, group["name"]), *_cells(group), group.get("share_percent") or "", *place)
    shown.add_row("合计", *_cells(answer["total"]), "", *([""] if ranked else []), style="bold")
    output.print(shown)
    apart = [f"{TITLES[name]} {answer['total'][name]} 件" for name in APART if answer["total"][name]]
    if apart:
        output.print(f"另列：{'，'.join(apart)}", markup=False, highlight=False, soft_wrap=True)
    _define(answer["definitions"])


def _define(definitions: dict[str, str]) -> None:
    for name, text in definitions.items():
        output.print(f"{_label(name)}：{text}", markup=False, highlight=False, soft_wrap=True)


def _cells(counts: dict[str, Any]) -> list[str]:
    """Give the figures of one row; a rate stands behind its numerator."""
    cells = []
    for name in COLUMNS:
        rate = counts.get("rates", {}).get(name, {}).get("percent")
        cells.append(f"{counts.get(name, '')}" + (f"（{rate} %）" if rate is not None else ""))
    return cells


def _label(name: str) -> str:
    return LABELS.get(name) or TITLES.get(name, name)
