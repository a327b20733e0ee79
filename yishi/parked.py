"""`yishi parked`: the aggregates whose next event could not be applied, and the wish to try again after the fix."""

import asyncio
from typing import Any
from uuid import uuid4

from contracts.envelope import Address
from runtime.auth import ALL_COUNTIES
from yishi import SERVICES
from yishi.calls import Client, Refused
from yishi.child import StackError
from yishi.target import NoStack, Target
from yishi.terminal import output, print_json, table

ACTOR = "person:yishi-operator"
RETRY_SECONDS = 10.0


async def show(target: Target, service: str | None, *, as_json: bool) -> int:
    """Print what is parked in one service, or in all that run."""
    names = [service] if service else [name for name in SERVICES if name in target.services]
    if not names:
        raise NoStack("没有正在运行的服务。")
    parked = {name: await _parked(target, name) for name in names}
    if as_json:
        print_json(parked)
        return 0
    shown = table("被搁置的聚合", "服务", "主题", ">停在序号", ">等待", ">已试", "原因")
    for name, items in parked.items():
        for item in items:
            numbers = (str(item[key]) for key in ("sequence", "waiting", "tries"))
            shown.add_row(name, item["subject"], *numbers, item["error"])
    output.print(shown if shown.row_count else "没有被搁置的聚合。")
    return 0


async def retry(target: Target, service: str, subject: str) -> int:
    """Ask for a retry and wait for its outcome; 1 when the aggregate is still parked."""
    try:
        county = Address.parse(subject).county
    except ValueError as error:
        raise StackError(f"{subject} 不是聚合的主题，应形如 evt.430000.members.unit.<id>。") from error
    before = {item["subject"]: item for item in await _parked(target, service)}
    if subject not in before:
        raise StackError(f"服务 {service} 没有搁置 {subject}。")
    async with Client(target, service, ACTOR, county, "operator") as client:
        try:
            await client.post(f"/v1/parked/{subject}/retry", {}, str(uuid4()))
        except Refused as refused:
            if refused.status != 404:
                raise
        deadline = asyncio.get_running_loop().time() + RETRY_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            now = {item["subject"]: item for item in await _parked(target, service)}
            if subject not in now:
                _say(f"{subject} 已恢复，等待的事件均已处理。")
                return 0
            if now[subject]["tries"] > before[subject]["tries"]:
                _say(f"{subject} 仍被搁置：{now[subject]['error']}", "red")
                return 1
            await asyncio.sleep(0.1)
    raise StackError(f"已要求服务 {service} 重试 {subject}，{RETRY_SECONDS:g} 秒内尚无结果。")


def _say(sentence: str, style: str | None = None) -> None:
    output.print(sentence, style=style, markup=False, highlight=False, soft_wrap=True)


async def _parked(target: Target, service: str) -> list[dict[str, Any]]:
    async with Client(target, service, ACTOR, ALL_COUNTIES, "operator") as client:
        items: list[dict[str, Any]] = (await client.get("/v1/parked"))["items"]
        return items
