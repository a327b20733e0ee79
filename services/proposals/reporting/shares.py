"""Exact shares 百分比: percentages to two places as published tables print them, shares that add up, and ranks."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

_CENT = Decimal("0.01")
WHOLE = 10_000
"""Hundredths of a per cent in all."""


def percent(part: int, whole: int) -> str | None:
    """Give a rate in percent with two places, half up; None of nothing."""
    return None if whole == 0 else points(Fraction(part, whole))


def points(rate: Fraction) -> str:
    """Give a rate, or a difference of two, in percentage points with two places, half up (away from zero)."""
    exact = Decimal(100 * rate.numerator) / Decimal(rate.denominator)
    return str(exact.quantize(_CENT, ROUND_HALF_UP))


def shares(parts: Sequence[int]) -> list[str | None]:
    """Give the share of each part in their sum, in percent with two places; together they are 100.00.

    Each share is rounded down, and what is missing goes to the largest remainders, of equal ones to the first.
    Source: the method of largest remainders (Hamilton).
    """
    total = sum(parts)
    if total == 0:
        return [None] * len(parts)
    floors = [part * WHOLE // total for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda i: (-(parts[i] * WHOLE % total), i))
    for i in by_remainder[: WHOLE - sum(floors)]:
        floors[i] += 1
    return [f"{share // 100}.{share % 100:02d}" for share in floors]


def ranks(rates: Mapping[str, Fraction]) -> dict[str, int]:
    """Give places, 1 = highest; equal rates share a place and the next one is left out (1, 1, 3)."""
    falling = sorted(rates.values(), reverse=True)
    first = {rate: place for place, rate in reversed(list(enumerate(falling, 1)))}
    return {key: first[rate] for key, rate in rates.items()}
