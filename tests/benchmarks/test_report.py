"""The benchmarks measure: real work on real servers, counted, both sides' figures in the report. Never how fast."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.histories import EVENTS
from benchmarks.machine import machine
from benchmarks.report import AIMS, Figure, Ratio, write
from benchmarks.sizes import MILLION, SIZES
from yishi import CHECKOUT

TINY = SIZES["tiny"]


async def run(home: Path, *parts: str) -> dict[str, Any]:
    """Run some parts as `make bench` does, in a process of their own."""
    only = [word for part in parts for word in ("--only", part)]
    command = [sys.executable, "-m", "benchmarks", "--size", "tiny", "--home", str(home), *only]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(120):
            output, _ = await process.communicate()
    except BaseException:
        process.kill()
        raise
    assert process.returncode == 0, output.decode()
    found: dict[str, Any] = json.loads((home / "report.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
async def report(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    home = tmp_path_factory.mktemp("bench")
    return home, await run(home, "append", "rebuild", "growth")


def test_each_ratio_is_that_of_its_two_figures(report: tuple[Path, dict[str, Any]]) -> None:
    _, found = report
    measured = [key for key in AIMS if key in found]
    assert measured == ["append_vs_raw", "rebuild_vs_raw_fetch", "latency_1m_vs_10k", "memory_1m_vs_10k"]
    for key in measured:
        ours, theirs = found[key]["figures"]
        assert ours["value"] > 0
        assert ours["unit"] == theirs["unit"]
        assert len(ours["rounds"]) == len(theirs["rounds"]) == TINY.rounds
        assert found[key]["value"] == pytest.approx(ours["value"] / theirs["value"], rel=0.01)


def test_the_work_is_counted_in_the_log(report: tuple[Path, dict[str, Any]]) -> None:
    _, found = report
    rounds = TINY.rounds + 1
    assert found["append_vs_raw"]["facts"]["counted"] == {"appended": 2 * rounds * TINY.commands}
    assert f"{TINY.cases} 件提案" in found["rebuild_vs_raw_fetch"]["came_from"]
    events = found["memory_1m_vs_10k"]["facts"]["events"]
    assert TINY.few * 0.9 < events["few"] <= TINY.few
    assert TINY.many * 0.9 < events["many"] <= TINY.many


def test_a_long_log_of_less_than_a_million_says_so(report: tuple[Path, dict[str, Any]]) -> None:
    _, found = report
    for key in ("latency_1m_vs_10k", "memory_1m_vs_10k"):
        assert found[key]["facts"]["full"] is False
        assert "不足百万" in found[key]["came_from"]
    assert SIZES["full"].many == MILLION


def test_nothing_is_left_but_the_report(report: tuple[Path, dict[str, Any]]) -> None:
    home, found = report
    assert [path.name for path in home.iterdir()] == ["report.json"]
    assert found["size"]["name"] == "tiny"
    assert found["machine"]["processors"] > 0


async def test_an_import_is_counted_to_its_last_event_and_its_memory_told_by_format(tmp_path: Path) -> None:
    found = await run(tmp_path, "import")
    speed, memory = found["import_vs_raw"], found["import_memory"]
    events = TINY.imported * EVENTS
    assert speed["facts"]["counted"] == {"cases": TINY.imported, "events": events}
    ours, theirs = speed["figures"]
    assert (len(ours["rounds"]), len(theirs["rounds"])) == (1, TINY.rounds)
    assert speed["value"] == pytest.approx(ours["value"] / theirs["value"], rel=0.01)
    told = speed["facts"]["events_per_second"]
    assert (told["aim"], told["met"]) == (1000, ours["value"] >= 1000)
    assert told["value"] == pytest.approx(events / speed["facts"]["seconds"], rel=0.05)
    peaks = memory["facts"]["peak_mib"]
    assert list(peaks) == ["command", "service", "command .csv", "command .xlsx", "command .yaml"]
    late, early = memory["figures"]
    assert memory["value"] == pytest.approx(max(late / early for early, late in peaks.values()), rel=0.02)
    assert early["value"] > 10
    assert late["value"] >= early["value"]
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_an_aim_is_met_on_its_own_side(tmp_path: Path) -> None:
    missed = {"≥": 0.5, "≤": 2.0}
    ratios = [
        Ratio(key, aim.value * factor, (Figure("a", 1, "s"), Figure("b", 1, "s")), "")
        for key, aim in AIMS.items()
        for factor in (missed[aim.bound],)
    ]
    found = write(tmp_path / "report.json", ratios, TINY, machine(tmp_path), 1.0)
    assert [key for key in found if key in AIMS] == list(AIMS)
    assert not any(found[key]["met"] for key in AIMS)
    met = [Ratio(key, aim.value, (), "") for key, aim in AIMS.items()]
    found = write(tmp_path / "report.json", met, TINY, {}, 1.0)
    assert all(found[key]["met"] for key in AIMS)
