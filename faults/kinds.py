"""The kinds of fault: what each breaks, for how long, and how it is mended.

Each kind breaks one thing and mends it before it returns; whether the system then recovers by itself is judged by the
load. A killed process is started again by the drill, as an orchestrator would. nats-server 2.15 refuses every event
of a stream after the first write that failed, also when there is space again, and its health check stays red; so the
drill restarts it then, as an orchestrator would.
"""

import asyncio
import os
import random
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from faults.disk import Disk
from faults.fleet import TWICE, Fleet, Replica
from faults.link import WAYS, Link, Way
from yishi import SERVICES
from yishi.probe import http_status

UNHEALTHY_SECONDS = 3.0
"""A health check that stays red for so long makes an orchestrator restart the server."""


@dataclass
class Scene:
    """What a fault may touch."""

    fleet: Fleet
    disk: Disk
    chance: random.Random
    long: float = 1.0
    """Factor for the durations; the drill in the tests is quicker."""

    async def pause(self, least: float, most: float) -> float:
        """Let a fault last; gives the seconds."""
        seconds = self.chance.uniform(least, most) * self.long
        await asyncio.sleep(seconds)
        return seconds

    def someone(self) -> Replica:
        """Choose a process of any service."""
        return self.chance.choice(self.fleet.of(self.chance.choice(SERVICES)))


BLOCKED: tuple[tuple[tuple[Way, ...], str], ...] = ((("up",), "去向"), (("down",), "来向"), (WAYS, "双向"))
"""The directions that a block may keep."""

Fault = Callable[[Scene], Awaitable[str]]
"""Breaks and mends; gives what it did, in Chinese for the report."""


async def kill_service(scene: Scene) -> str:
    """Kill one service's process with SIGKILL and start it again."""
    victim = scene.someone()
    await victim.child.kill()
    await scene.pause(0.5, 2.0)
    await victim.child.start()
    return victim.name


async def kill_projector(scene: Scene) -> str:
    """Kill the process that projects while another of its service stands by."""
    victim = await scene.fleet.active(TWICE) or scene.fleet.of(TWICE)[0]
    await victim.child.kill()
    await scene.pause(1.0, 3.0)
    await victim.child.start()
    return victim.name


async def kill_nats(scene: Scene) -> str:
    """Kill nats-server and start it again."""
    server = scene.fleet.stack.nats
    await server.kill()
    await scene.pause(0.5, 3.0)
    await server.process.start()
    return "nats-server"


async def kill_postgres(scene: Scene) -> str:
    """Kill PostgreSQL, the postmaster and every backend, and start it again."""
    server = scene.fleet.stack.postgres
    await server.kill()
    await scene.pause(0.5, 3.0)
    await server.start()
    return "PostgreSQL"


async def freeze_projector(scene: Scene) -> str:
    """Stop the process that projects for longer than PostgreSQL waits for it, then let it go on."""
    victim = await scene.fleet.active(TWICE) or scene.fleet.of(TWICE)[0]
    pid = victim.child.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(scene.chance.uniform(6.0, 8.0))
    finally:
        os.kill(pid, signal.SIGCONT)
    return victim.name


async def fill_disk(scene: Scene) -> str:
    """Fill the disk of the log, let the load run against it, give the space back."""
    server = scene.fleet.stack.nats
    await asyncio.to_thread(scene.disk.fill)
    try:
        seconds = await scene.pause(3.0, 6.0)
    finally:
        scene.disk.free()
    loop = asyncio.get_running_loop()
    deadline = loop.time() + UNHEALTHY_SECONDS
    while await http_status(f"{server.monitor_url}/healthz") != 200:
        if loop.time() > deadline:
            await server.process.restart()
            return f"{seconds:.1f} 秒，nats-server 由健康检查重启"
        await asyncio.sleep(0.2)
    return f"{seconds:.1f} 秒"


def _on(name: str, victim: Replica) -> list[Link]:
    """Give a process's links to a server; the monitoring port goes with the log."""
    return [victim.log, victim.monitor] if name == "log" else [victim.database]


def cut(name: str) -> Fault:
    """Give the fault that resets a process's link to a server and refuses new connections for some seconds."""

    async def fault(scene: Scene) -> str:
        victim = scene.someone()
        for link in _on(name, victim):
            link.cut()
        try:
            seconds = await scene.pause(1.0, 5.0)
        finally:
            for link in _on(name, victim):
                link.heal()
        return f"{victim.name}，{seconds:.1f} 秒"

    return fault


def delay(name: str) -> Fault:
    """Give the fault that delays everything on a link."""

    async def fault(scene: Scene) -> str:
        victim, late = scene.someone(), scene.chance.uniform(0.05, 0.6)
        for link in _on(name, victim):
            link.delay(late)
        try:
            await scene.pause(3.0, 6.0)
        finally:
            for link in _on(name, victim):
                link.heal()
        return f"{victim.name}，每向 {late * 1000:.0f} 毫秒"

    return fault


def block(name: str) -> Fault:
    """Give the fault that keeps one direction of a link, or both; what was kept arrives late, or is lost."""

    async def fault(scene: Scene) -> str:
        victim, drop = scene.someone(), scene.chance.random() < 0.5
        ways, directions = scene.chance.choice(BLOCKED)
        for link in _on(name, victim):
            link.block(*ways)
        try:
            seconds = await scene.pause(3.0, 8.0)
        finally:
            for link in _on(name, victim):
                link.heal(drop=drop)
        return f"{victim.name}，{directions} {seconds:.1f} 秒，所存数据{'丢失' if drop else '迟到'}"

    return fault


def half_close(name: str) -> Fault:
    """Give the fault that closes one direction of every connection of a link and leaves the other open."""

    async def fault(scene: Scene) -> str:
        victim, way = scene.someone(), scene.chance.choice(WAYS)
        count = sum(link.shut(way) for link in _on(name, victim))
        await scene.pause(1.0, 3.0)
        return f"{victim.name}，{'去向' if way == 'up' else '来向'}，{count} 条连接"

    return fault


KINDS: Mapping[str, tuple[str, Fault]] = {
    "kill_service": ("杀死服务进程", kill_service),
    "kill_projector": ("杀死正在投影的进程", kill_projector),
    "freeze_projector": ("冻结正在投影的进程", freeze_projector),
    "kill_nats": ("杀死 nats-server", kill_nats),
    "kill_postgres": ("杀死 PostgreSQL", kill_postgres),
    "cut_log": ("切断到日志的链路", cut("log")),
    "cut_database": ("切断到数据库的链路", cut("database")),
    "delay_log": ("延迟到日志的链路", delay("log")),
    "delay_database": ("延迟到数据库的链路", delay("database")),
    "block_log": ("单向阻断到日志的链路", block("log")),
    "block_database": ("单向阻断到数据库的链路", block("database")),
    "half_close_log": ("半关闭到日志的链路", half_close("log")),
    "half_close_database": ("半关闭到数据库的链路", half_close("database")),
    "fill_disk": ("写满日志所在磁盘", fill_disk),
}
"""Every kind by name, with its title."""
