"""`yishi status`: whether each service is ready, how far its projection has come, and what is wrong."""

import asyncio
from typing import Any

import httpx2

from yishi.target import NoStack, Target
from yishi.terminal import output, print_json, table

SECONDS = 5.0


async def run(target: Target, *, as_json: bool) -> int:
    """Print what every service says of itself; 1 when one of them is not ready."""
    if not target.services:
        raise NoStack("没有正在运行的服务。")
    reports = dict(zip(target.services, await asyncio.gather(*map(_report, target.services.values())), strict=True))
    if as_json:
        print_json(reports)
    else:
        shown = table("服务", "服务", "就绪", "投影", ">已到序号", ">日志末尾", "投影者", "问题")
        for name, report in reports.items():
            told = (str(report.get(key, "")) for key in ("schema", "position", "log", "projector"))
            shown.add_row(name, "是" if report["ready"] else "否", *told, "；".join(report["problems"]))
        output.print(shown)
    return 0 if all(report["ready"] for report in reports.values()) else 1


async def _report(url: str) -> dict[str, Any]:
    async with httpx2.AsyncClient(base_url=url, timeout=SECONDS, trust_env=False) as client:
        try:
            report: dict[str, Any] = (await client.get("/readyz")).json()
        except (httpx2.HTTPError, ValueError) as error:
            return {"ready": False, "problems": [f"没有应答：{error or type(error).__name__}"]}
    return report
