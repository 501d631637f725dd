"""Crude rates and exact intervals, against printed values and scipy."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import gamma, poisson

from atlas.analysis.errors import InputError
from atlas.analysis.rates import (
    count_interval,
    crude_rate,
    is_unstable,
    published_rate_interval,
)

COUNTS = st.integers(0, 5_000)
LEVELS = st.floats(0.5, 0.999)
# How long an example takes says nothing about whether it is right.
untimed = settings(deadline=None)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [
        (0, 0.0, 3.6889),
        (1, 0.0253, 5.5716),
        (5, 1.6235, 11.6683),
        (10, 4.7954, 18.3904),
        (20, 12.2165, 30.8884),
        (100, 81.3640, 121.6268),
    ],
)
def test_count_interval_gives_the_printed_exact_limits(count: int, low: float, high: float) -> None:
    found_low, found_high = count_interval(count)
    assert (round(float(found_low), 4), round(float(found_high), 4)) == (low, high)


@pytest.mark.parametrize("count", [1, 5, 20, 100, 2344])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_the_limits_leave_half_of_the_tail_on_each_side(count: int, level: float) -> None:
    low, high = count_interval(count, level)
    tail = (1 - level) / 2
    assert poisson.sf(count - 1, float(low)) == pytest.approx(tail)
    assert poisson.cdf(count, float(high)) == pytest.approx(tail)


def test_count_interval_keeps_the_shape() -> None:
    low, high = count_interval([[0.0, 3.0], [5.0, 1.0]])
    assert low.shape == high.shape == (2, 2)
    assert low[0, 0] == 0


def test_crude_rate_refuses_a_row_without_count_or_population() -> None:
    for counts, people in (([1, np.nan], [10, 10]), ([1, 2], [10, np.nan])):
        with pytest.raises(InputError, match="must be a number from 0 up; got nan"):
            crude_rate(counts, people)


@untimed
@given(COUNTS, LEVELS)
def test_count_interval_holds_its_count_and_grows_with_count_and_level(
    count: int, level: float
) -> None:
    low, high = count_interval([count, count + 1], level)
    assert low[0] <= count <= high[0]
    assert low[0] < low[1]
    assert high[0] < high[1]
    wide_low, wide_high = count_interval(count, (1 + level) / 2)
    assert wide_low <= low[0]
    assert wide_high > high[0]


@pytest.mark.parametrize("mean", [0.5, 1.7, 5.0, 19.3, 100.0, 2344.0])
def test_count_interval_covers_the_mean_at_least_as_often_as_it_says(mean: float) -> None:
    counts = np.arange(poisson.ppf(1 - 1e-12, mean) + 1)
    low, high = count_interval(counts)
    covered = poisson.pmf(counts, mean)[(low <= mean) & (mean <= high)].sum()
    assert covered >= 0.95


def test_crude_rate_puts_the_limits_of_the_count_on_the_scale_of_the_rate() -> None:
    rate, low, high = crude_rate([10, 0], [50_000, 1_000])
    assert rate.tolist() == [20.0, 0.0]
    assert low.round(4).tolist() == [9.5908, 0.0]
    assert high.round(4).tolist() == [36.7807, 368.8879]
    per_thousand, *_limits = crude_rate(10, 50_000, per=1_000)
    assert per_thousand == pytest.approx(0.2)


def test_rates_on_fewer_than_twenty_events_are_unstable() -> None:
    assert is_unstable([[0, 19], [20, 500]]).tolist() == [[True, True], [False, False]]
    assert is_unstable([9, 10], 10).tolist() == [True, False]


@untimed
@given(COUNTS, st.floats(1e3, 1e8), st.floats(0.01, 100))
def test_a_larger_population_lowers_rate_and_limits_in_proportion(
    count: int, population: float, factor: float
) -> None:
    one = crude_rate(count, population)
    other = crude_rate(count, population * factor)
    np.testing.assert_allclose(other, np.array(one) / factor)


def test_a_published_rate_has_the_relative_interval_of_its_count() -> None:
    low, high = published_rate_interval([41.3, 0.0], [2344, 0])
    count_low, count_high = count_interval(2344)
    assert low[0] == pytest.approx(41.3 * count_low / 2344)
    assert high[0] == pytest.approx(41.3 * count_high / 2344)
    # A rate of 0 on a count of 0 does not tell its denominator.
    assert np.isnan([low[1:], high[1:]]).all()


@pytest.mark.parametrize("count", [-1, math.inf])
def test_an_impossible_count_is_refused(count: float) -> None:
    with pytest.raises(InputError, match="count"):
        count_interval([3, count])
    with pytest.raises(InputError, match="count"):
        crude_rate(count, 1_000)
    with pytest.raises(InputError, match="count"):
        published_rate_interval(4.0, count)


def test_an_unknown_count_has_no_interval() -> None:
    with pytest.raises(InputError, match="got nan"):
        count_interval([3, math.nan])
    with pytest.raises(InputError, match="count must be a number from 0 up; got nan"):
        published_rate_interval([4.0, 4.0], [3, math.nan])
    with pytest.raises(InputError, match="rate must be a number from 0 up; got nan"):
        published_rate_interval([4.0, math.nan], [3, 3])
    with pytest.raises(InputError, match="got nan"):
        is_unstable([3, math.nan])


@pytest.mark.parametrize("population", [0, -5])
def test_a_population_must_be_above_zero(population: float) -> None:
    with pytest.raises(InputError, match="population"):
        crude_rate([1, 1], [1_000, population])


@pytest.mark.parametrize("level", [0, 1, -0.1, 95])
def test_a_level_lies_between_zero_and_one(level: float) -> None:
    with pytest.raises(InputError, match="level"):
        count_interval(1, level)


def test_arrays_of_different_shape_are_refused() -> None:
    with pytest.raises(InputError, match="shape"):
        crude_rate([1, 2], [1_000])
    with pytest.raises(InputError, match="shape"):
        published_rate_interval([1.0], [1, 2])


@pytest.mark.parametrize("per", [0, -1, math.nan, math.inf, None])
def test_a_scale_must_be_above_zero(per: float) -> None:
    with pytest.raises(InputError, match="per must be above 0"):
        crude_rate(1, 1_000, per=per)


def test_more_events_than_residents_are_possible() -> None:
    # A downtown: 20 residents and 100 crimes of the many who pass through.
    rate, low, high = crude_rate(100, 20)
    assert rate == 500_000
    assert (low / 5_000, high / 5_000) == pytest.approx((81.3640, 121.6268), abs=1e-4)


@pytest.mark.parametrize("marker", ["<5", "Suppr.", None, {}, [[1], [1, 2]], 1j])
def test_what_is_no_number_is_refused(marker: Any) -> None:
    for call in (
        lambda: count_interval(marker),
        lambda: crude_rate(marker, 1_000),
        lambda: crude_rate(1, marker),
        lambda: published_rate_interval(marker, 1),
        lambda: published_rate_interval(1, marker),
        lambda: is_unstable(marker),
        lambda: is_unstable(1, marker),
    ):
        with pytest.raises(InputError):
            call()


def test_a_count_below_a_mask_is_not_used() -> None:
    hidden = np.ma.array([1, 999], mask=[False, True])
    with pytest.raises(InputError, match="got nan"):
        crude_rate(hidden, [1_000, 1_000])
    with pytest.raises(InputError, match="got nan"):
        is_unstable(hidden)


@untimed
@given(st.lists(COUNTS, min_size=1, max_size=20), st.floats(1, 1_000))
def test_a_rate_is_unstable_just_where_its_own_count_is_small(
    counts: list[int], minimum: float
) -> None:
    assert is_unstable(counts, minimum).tolist() == [count < minimum for count in counts]
    # More events never make a rate unstable.
    assert (is_unstable(counts) >= is_unstable([count + 1 for count in counts])).all()


def test_the_interval_at_twenty_events_is_the_one_that_the_rule_states() -> None:
    low, high = (limit / 20 - 1 for limit in count_interval(20))
    assert (round(100 * float(low)), round(100 * float(high))) == (-39, 54)


@pytest.mark.parametrize("minimum", [0, -1, math.nan])
def test_an_impossible_minimum_is_refused(minimum: float) -> None:
    with pytest.raises(InputError, match="minimum"):
        is_unstable(3, minimum)


@untimed
@given(COUNTS.filter(bool), st.floats(0.01, 1e5), LEVELS, st.floats(0.01, 100))
def test_a_published_rate_has_the_limits_of_the_gamma_distribution(
    count: int, rate: float, level: float, factor: float
) -> None:
    tail = (1 - level) / 2
    low, high = published_rate_interval(rate, count, level)
    assert low == pytest.approx(gamma.ppf(tail, count) * rate / count, rel=1e-9)
    assert high == pytest.approx(gamma.isf(tail, count + 1) * rate / count, rel=1e-9)
    assert low < rate < high
    scaled = published_rate_interval(factor * rate, count, level)
    np.testing.assert_allclose(scaled, (factor * low, factor * high))


@untimed
@given(COUNTS.filter(bool), st.integers(1_000, 10**7))
def test_a_published_rate_has_the_interval_of_the_crude_rate_behind_it(
    count: int, population: int
) -> None:
    rate, low, high = crude_rate(count, population)
    np.testing.assert_allclose(published_rate_interval(rate, count), (low, high))
