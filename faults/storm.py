"""The storm: one fault after the other in an order drawn from the seed, each kind as often as any other.

After each fault the storm waits until every service has acknowledged commands again; one that does not within a
minute has not recovered by itself, and that is a failure.
"""

import asyncio
import bisect
import itertools
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from faults.kinds import KINDS, Scene
from faults.ledger import Ledger
from faults.load import Load
from yishi import SERVICES
from yishi.child import StackError

RECOVERY_SECONDS = 60.0
ENOUGH = 3
"""Acknowledgements of each service after a fault that show that it is over."""


@dataclass(frozen=True)
class Happened:
    """One fault: when (seconds of the monotonic clock), what, and how long each service was silent over it."""

    kind: str
    told: str
    began: float
    mended: float
    silent: dict[str, float]
    """By service: the longest time without an acknowledged command that touches the fault."""
    recovered: bool


@dataclass
class Storm:
    """Throws faults at a fleet under load."""

    scene: Scene
    load: Load
    ledger: Ledger
    kinds: Sequence[str]
    happened: list[Happened] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What the system should have withstood and did not."""

    async def run(self, seconds: float, *, announce: Any = None) -> None:
        """Throw faults until the time is over; every kind at least once, however long that takes."""
        deadline = time.monotonic() + seconds
        for kind in _deck(self.kinds, self.scene.chance):
            if time.monotonic() > deadline and set(self.kinds) <= {done.kind for done in self.happened}:
                return
            done = await self._throw(kind)
            self.happened.append(done)
            if announce is not None:
                announce(done)
            if not done.recovered:
                await self._help()

    async def _throw(self, kind: str) -> Happened:
        began = time.monotonic()
        recovered = True
        try:
            told = await KINDS[kind][1](self.scene)
        except StackError as error:
            told, recovered = str(error).splitlines()[0], False
            self.wrong.append(f"{KINDS[kind][0]}：{told}")
        mended = time.monotonic()
        while not all(len(self.ledger.times[s]) - _until(self.ledger, s, mended) >= ENOUGH for s in SERVICES):
            self._check_alive()
            if time.monotonic() > mended + RECOVERY_SECONDS:
                recovered = False
                self.wrong.append(
                    f"{KINDS[kind][0]}（{told}）之后 {RECOVERY_SECONDS:g} 秒内未自行恢复：{await self._state()}"
                )
                break
            await asyncio.sleep(0.05)
        silent = {service: longest_silence(self.ledger.times[service], began, mended) for service in SERVICES}
        return Happened(kind, told, began, mended, silent, recovered)

    def _check_alive(self) -> None:
        for error in self.load.failed:
            raise error
        for replica in self.scene.fleet.replicas:
            if (
                not replica.child.running
                and (told := f"{replica.name} 自行退出（{replica.child.exit_code}）") not in self.wrong
            ):
                self.wrong.append(told)

    async def _state(self) -> str:
        states = {replica.name: await replica.readiness() for replica in self.scene.fleet.replicas}
        return "；".join(f"{name} {report.get('problems', '无应答')}" for name, report in states.items())

    async def _help(self) -> None:
        """Start everything again, so that the rest of the storm still tells something."""
        stack = self.scene.fleet.stack
        await stack.nats.process.restart()
        await stack.postgres.restart()
        for replica in self.scene.fleet.replicas:
            for link in replica.links:
                link.heal(drop=True)
            await replica.child.restart()


def _deck(kinds: Sequence[str], chance: random.Random) -> Iterator[str]:
    """Give the kinds in shuffled rounds, without end."""
    while True:
        yield from chance.sample(list(kinds), len(kinds))


def _until(ledger: Ledger, service: str, moment: float) -> int:
    return bisect.bisect_right(ledger.times[service], moment)


def longest_silence(times: Sequence[float], began: float, mended: float) -> float:
    """Give the longest gap between two acknowledgements that touches a span of time, in seconds."""
    first = max(bisect.bisect_right(times, began) - 1, 0)
    last = min(bisect.bisect_right(times, mended) + 1, len(times))
    around = times[first:last]
    return max((after - before for before, after in itertools.pairwise(around)), default=0.0)
