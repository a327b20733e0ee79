"""This machine and what lies on it: Python and packages, free disk, the second copy of the log."""

import re
import shutil
import sys
import tomllib
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from yishi import CHECKOUT
from yishi.archive.files import STATUS, read_status
from yishi.doctor.check import Check, release

LEAST_PYTHON = (3, 11)
FULL, NEARLY_FULL = 1 << 30, 5 << 30
"""Bytes free at which writing is about to stop, and at which somebody should look."""
SILENT = 600.0
"""Seconds after which an archive that has written nothing about itself is not running."""
MANY = 10_000
"""Events of lag of the archive that are worth a word."""


def check_python() -> list[Check]:
    """Compare Python and the installed packages with what pyproject.toml asks for; without the file Python alone."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < LEAST_PYTHON:
        found = [Check("machine.python", "Python", "fail", version, "换用 Python 3.11 或更高版本。")]
    else:
        found = [Check("machine.python", "Python", "ok", version)]
    file = CHECKOUT / "pyproject.toml"
    if not file.exists():
        return found
    wanted = tomllib.loads(file.read_text("utf-8"))["project"]["dependencies"]
    if wrong := [said for line in wanted if (said := unmet(line))]:
        return [*found, Check("machine.packages", "依赖包", "fail", "；".join(wrong), "运行 make setup。")]
    return [*found, Check("machine.packages", "依赖包", "ok", f"{len(wanted)} 个，版本都合要求")]


def unmet(requirement: str) -> str | None:
    """Say how an installed package misses a requirement such as `nats-py>=2.16,<3`; None when it does not."""
    match = re.match(r"[\w.-]+", requirement)
    assert match is not None, requirement
    name = match[0]
    bounds = re.findall(r"(>=|<=|==|<|>)\s*([\w.]+)", requirement[match.end() :])
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return f"没有安装 {requirement}"
    here = release(found)
    for sign, text in bounds:
        bound = release(text)
        length = max(len(here), len(bound))
        left, right = (each + (0,) * (length - len(each)) for each in (here, bound))
        holds = {">=": left >= right, "<=": left <= right, "==": left == right, "<": left < right, ">": left > right}
        if not holds[sign]:
            return f"{name} 为 {found}，要求 {requirement}"
    return None


def check_disk(folder: Path) -> Check:
    """Look how much room the disk of an embedded stack has."""
    return judge_disk(folder, shutil.disk_usage(folder).free)


def judge_disk(folder: Path, free: int) -> Check:
    """Judge the free bytes of a disk."""
    said = f"{folder} 所在磁盘可用 {free / (1 << 30):.1f} GB"
    if free >= NEARLY_FULL:
        return Check("machine.disk", "本机磁盘", "ok", said)
    advice = "腾出空间：日志满了即停止写入（503），PostgreSQL 满了即停止投影。"
    return Check("machine.disk", "本机磁盘", "fail" if free < FULL else "warn", said, advice)


def check_archive(folder: Path, head: int | None) -> Check:
    """Judge what `yishi archive` last said of itself; `head` is the log's newest stream sequence, if known."""
    name, about = "归档", str(folder)
    said = read_status(folder)
    if not said:
        return Check("archive.lag", name, "fail", f"没有可读的 {STATUS}", "启动 yishi archive，或改正目录。", about)
    sequence = int(said.get("sequence", 0))
    if head is not None and sequence > head:
        finding = f"归档已到 {sequence}，日志却只到 {head}：日志丢失了末尾"
        advice = "不要启动任何服务；保护好归档，按 docs/operations.md 恢复。"
        return Check("archive.ahead", name, "fail", finding, advice, about)
    silent = (datetime.now(UTC) - datetime.fromisoformat(said["written_at"])).total_seconds()
    behind = max(head - sequence, 0) if head is not None else int(said.get("lag") or 0)
    finding = f"已到 {sequence}，落后 {behind} 个事件，{max(silent, 0):.0f} 秒前报告"
    if said.get("problem"):
        return Check("archive.lag", name, "fail", f"{finding}；{said['problem']}", "看 yishi archive 的输出。", about)
    if silent > SILENT and behind:
        return Check("archive.lag", name, "fail", finding, "yishi archive 没有在运行：启动它。", about)
    if missing := said.get("files_missing"):
        advice = "密封文件尚未归档：看 yishi archive 的输出。"
        return Check("archive.lag", name, "warn", f"{finding}；缺 {missing} 份密封文件", advice, about)
    return Check("archive.lag", name, "warn" if behind > MANY else "ok", finding, about=about)
