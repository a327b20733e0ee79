"""The stack in the foreground: starts it, shows where everything listens, stops it on Ctrl-C or SIGTERM.

A process that ends by itself is started again, so that one can kill a service and watch the others go on.
"""

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from yishi import SERVICES
from yishi.child import StackError
from yishi.stack import Stack

TITLES = {"members": "机构与委员", "proposals": "提案与建议", "meetings": "见面", "notifications": "提醒与通知"}
WATCH_SECONDS = 0.5
RESTARTS_ALLOWED = 5

console = Console()


def up(home: Path, *, services: Sequence[str] = SERVICES) -> int:
    """Run the stack of a state folder until it is asked to stop; return the exit code."""
    stack = Stack(home, services=services, fixed_ports=True, announce=console.print)
    return asyncio.run(run_in_foreground(stack))


async def run_in_foreground(stack: Stack) -> int:
    """Run a stack until SIGINT, SIGTERM or SIGHUP; 0 after an orderly stop, 1 if something does not run."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, asked.set)
    console.print("正在启动……")
    work = asyncio.create_task(_run(stack))
    asking = asyncio.create_task(asked.wait())
    try:
        await asyncio.wait({work, asking}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            console.print("正在停止……")
            work.cancel()
        await asyncio.wait({work})
        return 0 if work.cancelled() else work.result()
    except StackError as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        return 1
    finally:
        asking.cancel()
        if stack.begun:
            await stack.stop()
            console.print("已全部停止。")


async def _run(stack: Stack) -> int:
    await stack.start()
    console.print(table_of(stack))
    console.print("按 Ctrl-C 停止。")
    restarts: Counter[str] = Counter()
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        for name, child in stack.processes().items():
            if child.running:
                continue
            restarts[name] += 1
            if restarts[name] > RESTARTS_ALLOWED:
                raise StackError(f"{name} 反复退出，不再重启。{child.log_tail()}")
            console.print(f"{name} 意外退出（退出码 {child.exit_code}），正在重启……", highlight=False)
            await child.start()


def table_of(stack: Stack) -> Table:
    """Return where the services and servers of a running stack listen."""
    table = Table(title="议事 · 本机运行")
    table.caption = f"日志在 {stack.home / 'logs'}"
    for heading in ("服务", "地址", "进程"):
        table.add_column(heading, no_wrap=True)
    addresses = {"nats": stack.nats.url, "postgres": f"127.0.0.1:{stack.postgres.port}"}
    for name, child in stack.processes().items():
        address = addresses.get(name) or stack.service_url(name)
        title = f"{TITLES[name]} {name}" if name in TITLES else name
        table.add_row(title, address, str(child.pid or ""))
    return table
