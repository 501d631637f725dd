"""Intervals and comparisons of counts, against printed values and other libraries."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, poisson
from statsmodels.stats.rates import test_poisson_2indep as poisson_test

from atlas.analysis.errors import InputError
from atlas.analysis.rates import (
    count_interval,
    crude_rate,
    published_rate_interval,
    rate_ratio,
    usual_change,
)

COUNTS = st.integers(0, 5_000)
EXPOSURES = st.floats(1.0, 1e9)
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


def test_count_interval_keeps_the_shape_and_leaves_nan_alone() -> None:
    low, high = count_interval([[0.0, np.nan], [5.0, 1.0]])
    assert low.shape == high.shape == (2, 2)
    assert np.isnan([low[0, 1], high[0, 1]]).all()
    assert low[0, 0] == 0


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


@untimed
@given(COUNTS, st.floats(1e3, 1e8), st.floats(0.01, 100))
def test_a_larger_population_lowers_rate_and_limits_in_proportion(
    count: int, population: float, factor: float
) -> None:
    one = crude_rate(count, population)
    other = crude_rate(count, population * factor)
    np.testing.assert_allclose(other, np.array(one) / factor)


def test_a_published_rate_has_the_relative_interval_of_its_count() -> None:
    low, high = published_rate_interval([41.3, 0.0, 3.0], [2344, 0, np.nan])
    count_low, count_high = count_interval(2344)
    assert low[0] == pytest.approx(41.3 * count_low / 2344)
    assert high[0] == pytest.approx(41.3 * count_high / 2344)
    # A rate of 0 on a count of 0 does not tell its denominator.
    assert np.isnan([low[1:], high[1:]]).all()


@pytest.mark.parametrize(
    ("count", "exposure", "base_count", "base_exposure"),
    [
        (60, 31, 40, 30),
        (2344, 5.7e6 * 366, 2236, 5.5e6 * 365),
        (0, 10, 7, 12),
        (7, 12, 0, 10),
        (1, 1, 1, 1),
        (12, 1e6, 150, 2e6),
    ],
)
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_rate_ratio_has_the_limits_of_clopper_and_pearson(
    count: int, exposure: float, base_count: int, base_exposure: float, level: float
) -> None:
    share = binomtest(count, count + base_count).proportion_ci(level, method="exact")
    scale = base_exposure / exposure
    found = rate_ratio(count, exposure, base_count, base_exposure, level)
    assert found.low == pytest.approx(share.low / (1 - share.low) * scale)
    expected_high = share.high / (1 - share.high) * scale if share.high < 1 else math.inf
    assert found.high == pytest.approx(expected_high)
    if base_count:
        assert found.ratio == pytest.approx((count / exposure) / (base_count / base_exposure))


@pytest.mark.parametrize("count", range(0, 41, 4))
def test_usual_variation_agrees_with_the_exact_conditional_test(count: int) -> None:
    # At equal exposures the conditional test of statsmodels has the same tail on both sides.
    p_value = poisson_test(count, 30, 15, 30, method="exact-cond").pvalue
    assert rate_ratio(count, 30, 15, 30).within_usual_variation == (p_value > 0.05)


def test_rate_ratio_without_events_has_no_point_or_no_upper_limit() -> None:
    neither = rate_ratio(0, 1, 0, 1)
    assert math.isnan(neither.ratio)
    assert (neither.low, neither.high) == (0, math.inf)
    assert neither.within_usual_variation
    only_now = rate_ratio(9, 1, 0, 1)
    assert (only_now.ratio, only_now.high) == (math.inf, math.inf)
    assert only_now.low > 1
    assert not only_now.within_usual_variation
    only_before = rate_ratio(0, 1, 9, 1)
    assert (only_before.ratio, only_before.low) == (0, 0)
    assert only_before.high < 1


@untimed
@given(COUNTS.filter(bool), EXPOSURES, COUNTS.filter(bool), EXPOSURES)
def test_rate_ratio_holds_its_estimate_and_swapping_gives_the_reciprocal(
    count: int, exposure: float, base_count: int, base_exposure: float
) -> None:
    found = rate_ratio(count, exposure, base_count, base_exposure)
    assert found.low < found.ratio < found.high
    swapped = rate_ratio(base_count, base_exposure, count, exposure)
    assert swapped.ratio == pytest.approx(1 / found.ratio)
    assert swapped.low == pytest.approx(1 / found.high)
    assert swapped.high == pytest.approx(1 / found.low)


@untimed
@given(COUNTS.filter(bool), COUNTS.filter(bool), st.floats(1e-3, 1e3))
def test_rate_ratio_depends_on_the_ratio_of_exposures_alone(
    count: int, base_count: int, factor: float
) -> None:
    one = rate_ratio(count, 31.0, base_count, 30.0)
    scaled = rate_ratio(count, 31.0 * factor, base_count, 30.0 * factor)
    longer = rate_ratio(count, 31.0 * factor, base_count, 30.0)
    assert (scaled.ratio, scaled.low, scaled.high) == pytest.approx((one.ratio, one.low, one.high))
    assert (longer.ratio * factor, longer.low * factor, longer.high * factor) == pytest.approx(
        (one.ratio, one.low, one.high)
    )


@untimed
@given(COUNTS, COUNTS.filter(bool))
def test_one_more_event_raises_the_ratio_and_its_limits(count: int, base_count: int) -> None:
    fewer, more = (rate_ratio(events, 31, base_count, 30) for events in (count, count + 1))
    assert fewer.ratio < more.ratio
    assert fewer.low < more.low
    assert fewer.high < more.high


@pytest.mark.parametrize(
    ("mean", "base_mean"), [(3.0, 3.0), (10.0, 5.0), (40.0, 60.0), (200.0, 200.0)]
)
def test_rate_ratio_covers_the_true_ratio_at_least_as_often_as_it_says(
    mean: float, base_mean: float
) -> None:
    random = np.random.default_rng(20_240_601)
    draws = 4_000
    pairs = zip(random.poisson(mean, draws), random.poisson(base_mean, draws), strict=True)
    found = [rate_ratio(int(now), 1, int(before), 1) for now, before in pairs]
    covered = np.mean([ratio.low <= mean / base_mean <= ratio.high for ratio in found])
    error = math.sqrt(0.95 * 0.05 / draws)
    assert covered >= 0.95 - 3 * error


@pytest.mark.parametrize("count", [-1, math.inf])
def test_an_impossible_count_is_refused(count: float) -> None:
    with pytest.raises(InputError, match="count"):
        count_interval([3, count])
    with pytest.raises(InputError, match="count"):
        crude_rate(count, 1_000)
    with pytest.raises(InputError, match="count"):
        published_rate_interval(4.0, count)
    with pytest.raises(InputError, match="counts"):
        rate_ratio(count, 1, 1, 1)
    with pytest.raises(InputError, match="counts"):
        rate_ratio(1, 1, count, 1)


def test_a_comparison_needs_two_known_counts() -> None:
    with pytest.raises(InputError, match="nan"):
        rate_ratio(math.nan, 1, 1, 1)


@pytest.mark.parametrize("exposure", [0, -1, math.nan, math.inf])
def test_an_impossible_exposure_is_refused(exposure: float) -> None:
    with pytest.raises(InputError, match="exposures"):
        rate_ratio(1, exposure, 1, 1)
    with pytest.raises(InputError, match="exposures"):
        rate_ratio(1, 1, 1, exposure)


@pytest.mark.parametrize("population", [0, -5])
def test_a_population_must_be_above_zero(population: float) -> None:
    with pytest.raises(InputError, match="population"):
        crude_rate([1, 1], [1_000, population])


@pytest.mark.parametrize("level", [0, 1, -0.1, 95])
def test_a_level_lies_between_zero_and_one(level: float) -> None:
    with pytest.raises(InputError, match="level"):
        count_interval(1, level)
    with pytest.raises(InputError, match="level"):
        rate_ratio(1, 1, 1, 1, level)


def test_arrays_of_different_shape_are_refused() -> None:
    with pytest.raises(InputError, match="shape"):
        crude_rate([1, 2], [1_000])
    with pytest.raises(InputError, match="shape"):
        published_rate_interval([1.0], [1, 2])


def test_a_stock_is_set_beside_its_own_earlier_changes() -> None:
    # Changes of 0 to 24 % in turn, then one of 50 %.
    bases = [200.0] * 26
    values = [200 * (1 + step / 100) for step in (*range(25), 50)]
    change = usual_change(values, bases)
    assert change.ratio == pytest.approx(1.5)
    assert change.low == pytest.approx(1.006)
    assert change.high == pytest.approx(1.234)
    assert change.comparisons == 25
    assert not change.within_usual_variation
    within = usual_change([*values[:-1], 220.0], bases)
    assert within.ratio == pytest.approx(1.1)
    assert within.within_usual_variation


@pytest.mark.parametrize(
    ("values", "bases", "message"),
    [
        ([100.0] * 24, [100.0] * 24, "25 comparisons"),
        ([], [], "25 comparisons"),
        ([100.0] * 30, [100.0] * 29, "shape"),
        ([[100.0] * 30], [[100.0] * 30], "shape"),
        ([100.0] * 29 + [0.0], [100.0] * 30, "above 0"),
        ([100.0] * 30, [100.0] * 29 + [-1.0], "above 0"),
        ([100.0] * 30, [math.nan] + [100.0] * 29, "above 0"),
    ],
)
def test_a_stock_that_cannot_be_compared_is_refused(
    values: list[float], bases: list[float], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        usual_change(values, bases)
