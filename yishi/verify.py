"""`yishi verify`: walks the whole log, says what it holds, and stops at the first break.

Events that are appended while it walks are left to the next walk. With `--with-services` the position of every
projection is compared with the log: a projection stands on an event that the log still holds, byte for byte.
"""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import nats.errors

from runtime.feed import Feed, FeedLost
from runtime.log import EventLog
from runtime.messages import Recorded
from runtime.position import Position
from runtime.settings import Settings
from yishi.child import StackError
from yishi.target import Target, open_log
from yishi.terminal import output, print_json, table, visible
from yishi.terminal import progress as progress_bar
from yishi.verification import Break, Walk

BATCH = 1000
SILENCE = 5.0
"""Seconds without events before the log is asked whether it still holds the next one."""


@dataclass
class Verified:
    """What a walk to the end of the log found."""

    events: int
    aggregates: int
    by_type: dict[str, int]
    unknown: dict[str, int]
    head: dict[str, Any]
    weak: str | None = None
    """How the log's settings are weaker than they must be."""
    positions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By schema: the position of each projection and how far it lags behind the head."""


async def verify(target: Target, *, with_services: bool = False, progress: bool = False) -> Verified:
    """Walk the log of a system from its first event to its newest.

    *Raises* `Break` at the first message that is not right; `NoStack` when the log cannot be reached.
    """
    async with open_log(target) as (log, weak):
        walk = await walk_log(log, progress=progress)
        found = Verified(
            events=walk.sequence,
            aggregates=walk.aggregates,
            by_type=dict(walk.by_type.most_common()),
            unknown=dict(walk.unknown),
            head={"sequence": walk.sequence, "hash": walk.hash},
            weak=weak,
        )
        if with_services:
            for settings in target.settings.values():
                found.positions |= await check_positions(log, settings, walk.sequence)
    return found


async def walk_log(log: EventLog, *, progress: bool = False) -> Walk:
    """Walk the log up to what is its newest event now. *Raises* `Break`."""
    last = await log.last_sequence()
    walk = Walk()
    with progress_bar(show=progress) as bar:
        task = bar.add_task("核对事件", total=last)
        while walk.sequence < last:
            try:
                async with Feed(log, walk.sequence + 1) as feed:
                    while walk.sequence < last:
                        for message in await _next(log, feed, walk.sequence, last):
                            walk.step(message)
                        bar.update(task, completed=walk.sequence)
            except FeedLost:
                # The connection was lost: the walk goes on where it stopped once the server is back.
                await asyncio.sleep(0.5)
    return walk


async def _next(log: EventLog, feed: Feed, walked: int, last: int) -> list[Recorded]:
    messages = await feed.batch(min(BATCH, last - walked), SILENCE)
    if not messages and await log.at(walked + 1) is None:
        missing = Recorded(walked + 1, "", b"")
        raise Break(missing, "sequence_gap", f"事件日志应到 {last}，却没有序号 {walked + 1} 的事件")
    return messages


async def check_positions(log: EventLog, settings: Settings, head: int) -> dict[str, dict[str, Any]]:
    """Compare the position of every schema of a service with the log.

    *Raises* `Break` for a projection that stands on an event which the log does not hold.
    """
    found = {}
    for schema, (sequence, digest) in (await read_positions(settings)).items():
        held = await log.at(sequence) if sequence else None
        if sequence and (held is None or held.hash != digest):
            wrong = held or Recorded(sequence, "", b"")
            raise Break(
                wrong,
                "projection_differs",
                f"投影 {schema} 停在序号 {sequence}（{digest}），事件日志中不是这一事件",
            )
        found[schema] = {"sequence": sequence, "hash": digest, "lag": max(head - sequence, 0)}
    return found


async def read_positions(settings: Settings) -> dict[str, Position]:
    """Give where each schema of a service stands, by its name. *Raises* `StackError`."""
    try:
        db = await asyncpg.connect(settings.database_url.get_secret_value(), timeout=5, ssl=False)
    except (OSError, asyncpg.PostgresError) as error:
        raise StackError(f"无法连接服务 {settings.nats_user} 的数据库：{error or type(error).__name__}。") from error
    found = {}
    try:
        schemas = await db.fetch(
            "SELECT table_schema AS name FROM information_schema.tables WHERE table_name = 'position'"
        )
        for schema in sorted(row["name"] for row in schemas):
            if re.fullmatch(rf"{settings.nats_user}_v\d+\w*", schema):
                position = await db.fetchrow(f"SELECT sequence, hash FROM {schema}.position")
                assert position is not None
                found[schema] = Position(position["sequence"], position["hash"])
    finally:
        await db.close()
    return found


async def run(target: Target, *, with_services: bool, as_json: bool) -> int:
    """Verify and print; the exit code is 1 on the first break."""
    try:
        found = await verify(target, with_services=with_services, progress=not as_json)
    except Break as broken:
        print_break(broken, as_json=as_json)
        return 1
    except nats.errors.Error as error:
        raise StackError(f"核对中断：{error!r}") from error
    if as_json:
        print_json({"verified": True, **vars(found)})
        return 0
    _print_found(found)
    return 0


def print_break(broken: Break, *, as_json: bool) -> None:
    """Say where a log, or a file of its messages, is broken, and why."""
    if as_json:
        print_json({"verified": False, "break": broken.report()})
        return
    event, kind, subject = (named or "不明" for named in (broken.event, broken.type, broken.subject))
    place = f"序号 {broken.sequence or '不明'}，事件 {event}，类型 {kind}，主题 {subject}"
    where = f"文件第 {broken.line} 行" if broken.line else "事件日志"
    found, why = visible(f"{where}在此处断裂：{place}"), visible(f"原因：{broken.reason}（{broken.code}）")
    output.print(found, style="bold red", highlight=False, markup=False, soft_wrap=True)
    output.print(why, style="red", highlight=False, markup=False, soft_wrap=True)


def _print_found(found: Verified) -> None:
    counts = table("事件日志", "事件类型", ">件数")
    for name, count in found.by_type.items():
        counts.add_row(name, str(count))
    output.print(counts)
    if found.positions:
        positions = table("各服务的投影", "投影", ">已到序号", ">落后", "该处事件的散列")
        for schema, position in found.positions.items():
            positions.add_row(schema, str(position["sequence"]), str(position["lag"]), position["hash"] or "")
        output.print(positions)
    if found.weak:
        output.print(f"注意：事件日志的设置弱于要求：{found.weak}", style="yellow", markup=False, soft_wrap=True)
    if found.unknown:
        unknown = "、".join(f"{name} {count} 件" for name, count in found.unknown.items())
        told = visible(f"注意：本程序不认识的事件类型：{unknown}")
        output.print(told, style="yellow", markup=False, soft_wrap=True)
    head = f"末尾序号 {found.head['sequence']}，散列 {found.head['hash']}"
    summary = f"核对通过：{found.events} 个事件，{found.aggregates} 个聚合；{head}"
    output.print(summary, style="bold green", highlight=False, markup=False, soft_wrap=True)
