"""Sums over suppressed cells are intervals."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas.analysis.errors import InputError
from atlas.analysis.rates import CountRange, sum_with_suppressed

CELLS = st.lists(st.integers(0, 9), max_size=8)


def test_k_cells_under_one_rule_add_k_times_its_limits() -> None:
    assert sum_with_suppressed([10, 7], [1] * 3, [4] * 3) == CountRange(20, 29, 3)
    assert not sum_with_suppressed([10], [1], [4]).is_point


def test_each_cell_keeps_the_rule_of_its_publisher() -> None:
    assert sum_with_suppressed([5], [1, 0], [4, 9]) == CountRange(6, 18, 2)


def test_all_or_nothing_suppressed() -> None:
    assert sum_with_suppressed([], [1, 1], [9, 9]) == CountRange(2, 18, 2)
    known = sum_with_suppressed([3, 4], [], [])
    assert known == CountRange(7, 7, 0)
    assert known.is_point
    assert sum_with_suppressed([], [], []) == CountRange(0, 0, 0)


@given(CELLS, CELLS)
def test_the_interval_holds_the_sum_that_was_hidden(shown: list[int], hidden: list[int]) -> None:
    found = sum_with_suppressed(shown, [0] * len(hidden), [9] * len(hidden))
    assert found.low <= sum(shown) + sum(hidden) <= found.high
    assert found.high - found.low == 9 * len(hidden)


@pytest.mark.parametrize(
    ("reported", "low", "high", "message"),
    [
        ([1, math.nan], [], [], "reported counts must be whole"),
        ([1], [1, 1], [4], "two limits"),
        ([1], [5], [4], "low limit 5 is above high limit 4"),
        ([1], [-1], [4], "low limits must be whole"),
        ([-1], [], [], "reported counts must be whole"),
    ],
)
def test_cells_without_limits_are_refused(
    reported: list[float], low: list[float], high: list[float], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        sum_with_suppressed(reported, low, high)
