"""One check and what it found."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Check:
    """What one look found: `code` names the check for programs and never changes, the texts are for people."""

    code: str
    name: str
    status: Status
    finding: str
    advice: str = ""
    about: str = ""
    """The service, user or file that was looked at, where there are several."""


def release(text: str) -> tuple[int, ...]:
    """Give the numbers of a version, for comparison: `2.15.1-preview` is (2, 15, 1), `18.6 (Debian …)` is (18, 6)."""
    numbers: list[int] = []
    for part in text.split(" ")[0].split("-")[0].removeprefix("v").split("."):
        digits = part[: next((at for at, sign in enumerate(part) if not sign.isdigit()), len(part))]
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)


def check_version(code: str, name: str, found: str, least: str, tried: str, about: str = "") -> Check:
    """Compare a program's version with the least that will do and the one that everything was tried on."""
    if release(found) < release(least):
        return Check(code, name, "fail", f"{found}，至少需要 {least}", f"升级到 {tried}。", about)
    if release(found) < release(tried):
        return Check(code, name, "warn", f"{found}；本程序在 {tried} 上验证", f"择期升级到 {tried}。", about)
    return Check(code, name, "ok", found, about=about)


MOST_SKEW = 2.0
"""Seconds by which two clocks may differ before somebody should look."""


def check_skew(code: str, name: str, seconds: float, about: str = "") -> Check:
    """Judge by how many seconds another machine's clock is ahead of ours."""
    said = f"相差 {abs(seconds):.1f} 秒" + ("" if abs(seconds) < 0.05 else "（超前）" if seconds > 0 else "（落后）")
    if abs(seconds) <= MOST_SKEW:
        return Check(code, name, "ok", said, about=about)
    advice = "在各机器上启用时间同步（chrony 或 systemd-timesyncd）：令牌的有效期与记录时间都依赖时钟。"
    return Check(code, name, "fail" if abs(seconds) > 60 else "warn", said, advice, about)
