"""How two sides are measured: alternating rounds in one run, so that noise hits both, and their medians."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")

IN_FLIGHT = 16
"""Appends under way at once."""

Side = Callable[[int], Awaitable[float]]
"""Measures one round, by its number, and gives its figure."""


async def alternate(rounds: int, ours: Side, theirs: Side) -> tuple[list[float], list[float]]:
    """Measure both sides in turn, each round in the other order; one more round before warms both up."""
    found: dict[Side, list[float]] = {ours: [], theirs: []}
    for number in range(rounds + 1):
        for side in (ours, theirs) if number % 2 else (theirs, ours):
            gc.collect()
            figure = await side(number)
            if number:
                found[side].append(figure)
    return found[ours], found[theirs]


async def rate(work: Sequence[T], act: Callable[[T], Awaitable[object]], in_flight: int = IN_FLIGHT) -> float:
    """Act on every item, so many at once, and give the items a second."""
    waiting = iter(work)

    async def worker() -> None:
        for item in waiting:
            await act(item)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(worker())
    return len(work) / (time.perf_counter() - begun)


def percentile(values: Iterable[float], share: float) -> float:
    """Give the value below which a share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
