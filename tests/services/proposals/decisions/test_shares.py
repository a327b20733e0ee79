"""Published percentages: two places, half up; shares that add up to 100.00; places with ties."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.proposals.reporting.shares import percent, points, ranks, shares


def test_percentages_have_two_places_and_round_half_up() -> None:
    assert [percent(1, 3), percent(2, 3), percent(1, 16), percent(1, 1600), percent(0, 5), percent(258, 303)] == [
        "33.33",
        "66.67",
        "6.25",
        "0.06",
        "0.00",
        "85.15",
    ]
    assert percent(0, 0) is None
    assert percent(10**12 + 1, 2 * 10**12) == "50.00"


def test_differences_of_rates_are_rounded_once() -> None:
    # 1/3 - 1/6 = 16.666…; the difference of the rounded rates would be 16.66.
    assert points(Fraction(1, 3) - Fraction(1, 6)) == "16.67"
    assert points(Fraction(1, 6) - Fraction(1, 3)) == "-16.67"


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ([1, 1, 1], ["33.34", "33.33", "33.33"]),
        ([2, 2, 1, 1, 1], ["28.57", "28.57", "14.29", "14.29", "14.28"]),
        ([5, 2], ["71.43", "28.57"]),
        ([0, 4], ["0.00", "100.00"]),
        ([0, 0], [None, None]),
        ([], []),
        # 三个分类的公布表: 187 + 103 + 13 = 303 of a county's year.
        ([187, 103, 13], ["61.72", "33.99", "4.29"]),
    ],
)
def test_shares_add_up_by_the_largest_remainders(parts: list[int], told: list[str | None]) -> None:
    assert shares(parts) == told


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_shares_are_together_100_and_each_within_a_hundredth_of_the_exact_one(parts: list[int]) -> None:
    told = shares(parts)
    if sum(parts) == 0:
        assert set(told) == {None}
        return
    exact = [Fraction(100 * part, sum(parts)) for part in parts]
    assert sum(Fraction(share or "") for share in told) == 100
    assert all(abs(Fraction(share or "") - one) < Fraction(1, 100) for share, one in zip(told, exact, strict=True))


def test_equal_rates_share_a_place_and_the_next_is_left_out() -> None:
    rates = {"甲": Fraction(1, 2), "乙": Fraction(9, 10), "丙": Fraction(2, 4), "丁": Fraction(0)}
    assert ranks(rates) == {"乙": 1, "甲": 2, "丙": 2, "丁": 4}
    assert ranks({}) == {}
