"""The report of a drill: two tables for people, and the same as JSON."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from faults.kinds import KINDS
from faults.reckoning import SHOWN, Found
from faults.storm import Happened
from yishi import SERVICES
from yishi.terminal import output, table


@dataclass
class Report:
    """What a drill did and found."""

    seed: int
    minutes: float
    seconds: float = 0.0
    happened: Sequence[Happened] = ()
    not_run: Mapping[str, str] = field(default_factory=dict)
    """By kind: why a fault could not be made."""
    acknowledged: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)
    found: Sequence[Found] = ()
    wrong: Sequence[str] = ()
    """What went wrong while the storm was on."""

    @property
    def passed(self) -> bool:
        """Whether nothing at all is wrong."""
        return (
            not self.wrong
            and bool(self.found)
            and bool(self.acknowledged)
            and not any(found.wrong for found in self.found)
        )

    def worst(self) -> dict[str, dict[str, float]]:
        """Give, by kind and service, the longest time without an acknowledged command, in seconds."""
        worst: defaultdict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(SERVICES, 0.0))
        for done in self.happened:
            for service, seconds in done.silent.items():
                worst[done.kind][service] = round(max(worst[done.kind][service], seconds), 2)
        return dict(worst)

    def as_json(self) -> dict[str, Any]:
        """Give plain values."""
        counts, worst = Counter(done.kind for done in self.happened), self.worst()
        return {
            "passed": self.passed,
            "seed": self.seed,
            "minutes": self.minutes,
            "seconds": round(self.seconds, 1),
            "acknowledged": dict(self.acknowledged),
            "repeated": dict(self.failed),
            "faults": {
                kind: {
                    "title": title,
                    "times": counts[kind],
                    "not_run": self.not_run.get(kind),
                    "longest_outage_seconds": worst.get(kind),
                }
                for kind, (title, _) in KINDS.items()
            },
            "checks": [
                asdict(found) | {"wrong_count": len(found.wrong), "wrong": found.wrong[:SHOWN]}
                for found in self.found
            ],
            "wrong": list(self.wrong),
            "sequence": [
                {
                    "kind": done.kind,
                    "told": done.told,
                    "seconds": round(done.mended - done.began, 2),
                    "recovered": done.recovered,
                    "outage_seconds": {service: round(seconds, 2) for service, seconds in done.silent.items()},
                }
                for done in self.happened
            ],
        }

    def write(self, path: Path) -> None:
        """Write the JSON file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    def show(self) -> None:
        """Print both tables and the verdict."""
        counts, worst = Counter(done.kind for done in self.happened), self.worst()
        faults = table(
            "故障与最长中断（秒，任一服务没有命令得到确认的时间）",
            "故障",
            ">次数",
            *(f">{s}" for s in SERVICES),
            "说明",
        )
        for kind, (title, _) in KINDS.items():
            if not counts[kind] and kind not in self.not_run:
                continue
            silent = worst.get(kind, {})
            numbers = [f"{silent[service]:.1f}" if silent else "—" for service in SERVICES]
            told = f"未执行：{self.not_run[kind]}" if kind in self.not_run else ""
            faults.add_row(title, str(counts[kind]), *numbers, told)
        output.print(faults)
        checks = table("核对", "项目", ">核对数", ">不符", "举例")
        for found in self.found:
            checks.add_row(found.title, str(found.looked_at), str(len(found.wrong)), "；".join(found.wrong[:3]))
        output.print(checks)
        for told in self.wrong:
            output.print(f"演练中出错：{told}", style="red", markup=False, highlight=False, soft_wrap=True)
        total = sum(self.acknowledged.values())
        by_service = "，".join(f"{service} {count}" for service, count in self.acknowledged.items())
        output.print(
            f"种子 {self.seed}，{self.seconds:.0f} 秒，确认命令 {total} 件（{by_service}），"
            f"故障 {len(self.happened)} 次，重试 {sum(self.failed.values())} 次。",
            highlight=False,
            soft_wrap=True,
        )
        verdict = (
            ("演练通过：没有丢失，没有重复，投影与日志一致。", "bold green")
            if self.passed
            else ("演练未通过。", "bold red")
        )
        output.print(verdict[0], style=verdict[1])
