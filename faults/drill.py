"""One drill from start to end: fleet, load, storm, settling, reckoning; whatever happens, nothing is left running."""

import asyncio
import random
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from faults.clients import Clients
from faults.county import OPERATOR
from faults.disk import Disk
from faults.fleet import Fleet
from faults.kinds import KINDS, Scene
from faults.ledger import Ledger
from faults.load import Load
from faults.reckoning import reckon
from faults.report import Report
from faults.storm import ENOUGH, Happened, Storm
from yishi import SERVICES
from yishi.child import StackError
from yishi.rebuild import load_service

COUNTY = "430000"
DISK_MEGABYTES = 192
MEGABYTES_PER_MINUTE = 48
SETTLE_SECONDS = 60.0
WARM_SECONDS = 30.0


@dataclass
class Drill:
    """What to do; `folder` holds everything of the drill, the report included."""

    folder: Path
    seconds: float
    seed: int
    kinds: Sequence[str] = tuple(KINDS)
    long: float = 1.0
    pace: float = 0.1
    announce: Callable[[Happened], None] = lambda _: None
    say: Callable[[str], None] = lambda _: None

    async def run(self) -> Report:
        """Do it and give the report. *Raises* `StackError` when the fleet does not start."""
        began = time.monotonic()
        stack_folder = self.folder / "stack"
        disk = Disk(stack_folder / "nats", DISK_MEGABYTES + round(self.seconds / 60 * MEGABYTES_PER_MINUTE))
        disk.unmount()
        shutil.rmtree(stack_folder, ignore_errors=True)
        fleet = Fleet(stack_folder)
        report = Report(self.seed, self.seconds / 60)
        kinds = list(self.kinds)
        async with AsyncExitStack() as tidy:
            tidy.push_async_callback(fleet.stack.remove)
            tidy.callback(disk.unmount)
            tidy.push_async_callback(fleet.stop)
            if "fill_disk" in kinds and (reason := disk.mount()):
                kinds.remove("fill_disk")
                report.not_run = {"fill_disk": f"无法挂载小磁盘（{reason}）"}
            self.say("正在启动服务器与各服务……")
            await fleet.start()
            await self._storm(fleet, disk, kinds, report)
        report.seconds = time.monotonic() - began
        return report

    async def _storm(self, fleet: Fleet, disk: Disk, kinds: Sequence[str], report: Report) -> None:
        chance = random.Random(self.seed)  # noqa: S311 - the order of a drill is no secret.
        scene = Scene(fleet, disk, chance, self.long)

        def addresses(service: str) -> list[str]:
            return [replica.url for replica in fleet.of(service)]

        with Ledger(self.folder) as ledger:
            async with Clients(ledger, fleet.stack.keys, COUNTY, addresses, random.Random(self.seed + 1)) as clients:  # noqa: S311
                report.failed = clients.failed
                async with Load(clients, pace=self.pace) as load:
                    storm = Storm(scene, load, ledger, kinds)
                    report.happened = storm.happened
                    await self._warm(load, clients)
                    self.say("故障开始……")
                    await storm.run(self.seconds, announce=self.announce)
                    errors = await load.stop(SETTLE_SECONDS)
                self.say("正在核对……")
                report.wrong = [*storm.wrong, *clients.unexpected, *map(repr, errors)]
                clients.over = False
                try:
                    await settle(fleet, clients)
                except TimeoutError:
                    report.wrong = [*report.wrong, f"{SETTLE_SECONDS:g} 秒内未追上日志或未做完反应"]
                report.acknowledged = ledger.count()
                outbox = Path(fleet.stack.environment("notifications")["YISHI_STATE_DIR"]) / "outbox"
                services = [load_service(name) for name in SERVICES]
                report.found, _ = await reckon(fleet.target(), ledger, services, outbox)

    async def _warm(self, load: Load, clients: Clients) -> None:
        """Wait until the load is under way at every service: a drill without it would prove nothing."""
        deadline = time.monotonic() + WARM_SECONDS
        while not all(len(clients.ledger.times[service]) >= ENOUGH for service in SERVICES):
            for error in load.failed:
                raise error
            if clients.unexpected or time.monotonic() > deadline:
                raise StackError(f"负载未能开始：{'；'.join(clients.unexpected) or '没有命令得到确认'}")
            await asyncio.sleep(0.05)


async def settle(fleet: Fleet, clients: Clients) -> None:
    """Wait until every service has projected the log's end and carried out every reaction up to it."""
    connection = await fleet.stack.nats.connect("operator")
    try:
        stream = connection.jetstream()
        async with asyncio.timeout(SETTLE_SECONDS):
            head, before = -1, -2
            while head != before:
                before = head
                token = {"at-least": f"EVENTS:{max(head, 0)}"}
                for service in SERVICES:
                    await clients.request(service, "GET", "/v1/parked", OPERATOR, "settle", token)
                head = (await stream.stream_info("EVENTS")).state.last_seq
    finally:
        await connection.close()
