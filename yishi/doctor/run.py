"""The examination itself: every check, side by side where they do not depend on each other, then the verdict."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import httpx2
from rich.text import Text

from yishi import SERVICES
from yishi.doctor import event_log
from yishi.doctor.check import Check
from yishi.doctor.databases import Projection, check_database, check_lag
from yishi.doctor.machine import check_archive, check_disk, check_python
from yishi.doctor.rights import NAME as RIGHTS
from yishi.doctor.rights import check_rights
from yishi.doctor.services import check_service
from yishi.target import Target
from yishi.terminal import output, print_json, table

BETWEEN = 1.5
"""Seconds between two looks at a projection: one that is only behind has moved by then."""
_SHOWN = {"ok": ("正常", "green"), "warn": ("注意", "yellow"), "fail": ("有误", "bold red")}


async def examine(target: Target, archive: Path | None = None) -> list[Check]:
    """Give everything that was found, the log first."""
    first = asyncio.create_task(asyncio.sleep(BETWEEN))
    seen: event_log.Seen | None = None
    try:
        seen = await event_log.look(target.nats_monitor_url)
        checks = event_log.check_log(seen)
        checks += await _rights(target)
    except (httpx2.HTTPError, ValueError, KeyError) as error:
        checks = [event_log.unreachable(target.nats_monitor_url, error)]
    head = seen.head if seen else None
    looked = await asyncio.gather(*(check_database(name, settings) for name, settings in target.settings.items()))
    asked = await asyncio.gather(
        *(check_service(name, url, database_seen=name in target.settings) for name, url in target.services.items())
    )
    checks += [check for found in asked for check in found]
    checks += [check for found, _ in looked for check in found]
    await first
    checks += await _lags(target, [projection for _, projection in looked if projection], head)
    if silent := [name for name in SERVICES if name not in target.services]:
        named = "、".join(f"YISHI_{name.upper()}_URL" for name in silent)
        checks.append(
            Check("service.reachable", "服务", "warn", f"未查 {'、'.join(silent)}", f"以 {named} 给出它们的地址。")
        )
    checks += check_python()
    if target.home is not None:
        checks.append(check_disk(target.home))
    if archive is not None:
        checks.append(check_archive(archive, head))
    return checks


async def _rights(target: Target) -> list[Check]:
    known = _passwords(target)
    found = await asyncio.gather(*(check_rights(target.nats_url, name, password) for name, password in known.items()))
    if unknown := [name for name in SERVICES if name not in known]:
        named = "、".join(f"NATS_{name.upper()}_PASSWORD" for name in unknown)
        finding = f"没有 {'、'.join(unknown)} 的密码，未查"
        return [*found, Check("log.rights", RIGHTS, "warn", finding, f"以 {named} 提供后再查。")]
    return list(found)


def _passwords(target: Target) -> Mapping[str, str]:
    """Give the services' passwords that we were given: by the settings, or as nats.conf names them."""
    given = {name: os.environ.get(f"NATS_{name.upper()}_PASSWORD", "") for name in SERVICES}
    given |= {name: settings.nats_password.get_secret_value() for name, settings in target.settings.items()}
    if target.nats_user in SERVICES:
        given[target.nats_user] = target.nats_password
    return {name: password for name, password in given.items() if password}


async def _lags(target: Target, before: list[Projection], head_before: int | None) -> list[Check]:
    if head_before is None:
        return []
    try:
        head = (await event_log.look(target.nats_monitor_url)).head
    except (httpx2.HTTPError, ValueError, KeyError):
        return []
    if head is None:
        return []
    return await asyncio.gather(*(check_lag(projection, head_before, head) for projection in before))


async def run(target: Target, *, archive: Path | None, as_json: bool) -> int:
    """Examine and print; 1 when something is wrong, not for what only deserves attention."""
    checks = await examine(target, archive)
    wrong = [check for check in checks if check.status == "fail"]
    if as_json:
        print_json({"healthy": not wrong, "checks": [vars(check) for check in checks]})
        return 1 if wrong else 0
    shown = table("检查", "结果", "项目", "对象", "发现")
    for check in checks:
        word, style = _SHOWN[check.status]
        shown.add_row(Text(word, style), check.name, check.about, check.finding)
    output.print(shown)
    for check in checks:
        if check.status != "ok" and check.advice:
            _, style = _SHOWN[check.status]
            about = f"（{check.about}）" if check.about else ""
            _say(f"{check.name}{about}：{check.finding}", style)
            _say(f"  → {check.advice}", "")
    attention = sum(check.status == "warn" for check in checks)
    verdict = f"{len(checks)} 项检查，{len(wrong)} 项有误，{attention} 项请注意。"
    _say(verdict, "bold red" if wrong else "bold green")
    return 1 if wrong else 0


def _say(text: str, style: str) -> None:
    output.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
