"""The report: thirteen ratios with their aims, and the absolute figures that each came from."""

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from rich.text import Text

from benchmarks.sizes import Size
from runtime.settings import utc_now
from yishi.terminal import output, table


class Aim(NamedTuple):
    """What a ratio should be."""

    bound: Literal["≥", "≤"]
    value: float
    title: str
    """What is measured, in Chinese."""

    def met(self, ratio: float) -> bool:
        """Say whether the ratio is as it should be."""
        return ratio >= self.value if self.bound == "≥" else ratio <= self.value


AIMS: Mapping[str, Aim] = {
    "append_vs_raw": Aim("≥", 0.6, "读取、决定、追加 对 原始单条追加"),
    "append_vs_eventsourcing": Aim("≥", 2, "读取、决定、追加 对 eventsourcing 库"),
    "rebuild_vs_raw_fetch": Aim("≥", 0.25, "重建投影 对 原始拉取"),
    "visible_p50_vs_append": Aim("≤", 10, "他服务可见（中位数）对 一次原始追加"),
    "visible_p99_vs_p50": Aim("≤", 5, "他服务可见：99 百分位 对 中位数"),
    "http_vs_bare": Aim("≥", 0.5, "HTTP 命令 对 裸 FastAPI 追加"),
    "latency_1m_vs_10k": Aim("≤", 1.3, "命令时延：长日志 对 短日志"),
    "memory_1m_vs_10k": Aim("≤", 1.2, "服务内存：长日志 对 短日志"),
    "import_vs_raw": Aim("≥", 0.4, "导入历史件至入投影 对 原始单条追加"),
    "import_memory": Aim("≤", 1.2, "导入峰值内存：全部行 对 四分之一"),
    "statistics_vs_limit": Aim("≤", 1, "统计：最慢一问的 95 百分位 对 200 毫秒"),
    "board_vs_limit": Aim("≤", 1, "总表与待办：最慢一问的 95 百分位 对 200 毫秒"),
    "similar_vs_limit": Aim("≤", 1, "相似件：95 百分位 对 500 毫秒"),
}
"""Every key of the report, in its order."""


@dataclass(frozen=True)
class Figure:
    """An absolute figure: the median of its rounds."""

    name: str
    value: float
    unit: str
    rounds: tuple[float, ...] = ()

    @classmethod
    def of(cls, name: str, unit: str, rounds: Sequence[float]) -> "Figure":
        """Give the figure of several rounds."""
        return cls(name, statistics.median(rounds), unit, tuple(rounds))


@dataclass(frozen=True)
class Ratio:
    """One line of the report."""

    key: str
    ratio: float
    figures: Sequence[Figure]
    """Those that the ratio came from first."""
    came_from: str
    """What was done, with its numbers."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What else was seen: processor time by process, sizes."""

    def content(self) -> dict[str, Any]:
        """Give the line as plain values."""
        aim = AIMS[self.key]
        return {
            "value": rounded(self.ratio),
            "aim": f"{aim.bound} {aim.value:g}",
            "met": aim.met(self.ratio),
            "figures": [
                asdict(figure) | {"value": rounded(figure.value), "rounds": [rounded(one) for one in figure.rounds]}
                for figure in self.figures
            ],
            "came_from": self.came_from,
            "facts": dict(self.facts),
        }


def rounded(value: float) -> float:
    """Give four significant digits, more for what is above 1,000."""
    return round(value, 1) if value >= 1000 else float(f"{value:.4g}")


def write(
    path: Path, ratios: Iterable[Ratio], size: Size, seen_on: Mapping[str, Any], seconds: float
) -> dict[str, Any]:
    """Write the report and give it: the keys in their order, those not measured left out, then what they rest on."""
    found = {ratio.key: ratio.content() for ratio in ratios}
    report: dict[str, Any] = {key: found[key] for key in AIMS if key in found}
    report |= {
        "size": size._asdict(),
        "machine": dict(seen_on),
        "written_at": utc_now().isoformat(timespec="seconds"),
        "seconds": round(seconds),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return report


def show(report: Mapping[str, Any]) -> None:
    """Print the report as a table, and under it what each line came from."""
    shown = table(
        f"性能（规模 {report['size']['name']}，用时 {report['seconds']} 秒）",
        "项目",
        ">比值",
        ">目标",
        "达到",
        "绝对数",
    )
    measured = {key: report[key] for key in AIMS if key in report}
    for key, line in measured.items():
        figures = "；".join(f"{one['name']} {one['value']:,g} {one['unit']}" for one in line["figures"])
        met = Text("是", "green") if line["met"] else Text("否", "red")
        name = Text.assemble(AIMS[key].title, "\n", (key, "dim"))
        shown.add_row(name, f"{line['value']:.3g}", line["aim"], met, figures)
    output.print(shown)
    for came_from in dict.fromkeys(line["came_from"] for line in measured.values()):
        output.print(f"· {came_from}", highlight=False, soft_wrap=True)
    on = report["machine"]
    output.print(
        f"机器：{on['processors']} 核，一次落盘 {on['fsync_us']} 微秒，开测前负载 {on['load_before'][0]}",
        highlight=False,
    )
