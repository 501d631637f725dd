"""Comparisons of two counts and of a stock, against other libraries."""

import math
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.rates import confint_poisson_2indep
from statsmodels.stats.rates import test_poisson_2indep as poisson_test

from atlas.analysis.errors import InputError
from atlas.analysis.rates import rate_ratio, share_interval, usual_change

COUNTS = st.integers(0, 5_000)
EXPOSURES = st.floats(1.0, 1e9)
# How long an example takes says nothing about whether it is right.
untimed = settings(deadline=None)


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


@pytest.mark.parametrize(
    ("count", "exposure", "base_count", "base_exposure"),
    [(60, 31, 40, 30), (12, 1e6, 150, 2e6), (3, 28, 9, 31), (0, 10, 7, 12), (7, 12, 0, 10)],
)
def test_the_p_value_is_twice_the_smaller_exact_tail(
    count: int, exposure: float, base_count: int, base_exposure: float
) -> None:
    tails = [
        poisson_test(
            count, exposure, base_count, base_exposure, method="exact-cond", alternative=side
        ).pvalue
        for side in ("larger", "smaller")
    ]
    found = rate_ratio(count, exposure, base_count, base_exposure).p_value
    assert found == pytest.approx(min(1, 2 * min(tails)), abs=1e-12)


def test_the_p_value_of_three_to_none_is_found_by_hand() -> None:
    # Three events at even odds all fall on one side with probability 1/8, on either with 1/4.
    assert rate_ratio(3, 1, 0, 1).p_value == pytest.approx(0.25)
    assert rate_ratio(0, 2, 3, 1).p_value == pytest.approx(2 / 27)
    assert rate_ratio(0, 1, 0, 1).p_value == 1
    assert rate_ratio(4, 1, 4, 1).p_value == 1


@untimed
@given(COUNTS, EXPOSURES, COUNTS, st.floats(0.01, 100))
def test_the_p_value_and_the_interval_agree(
    count: int, exposure: float, base_count: int, ratio: float
) -> None:
    found = rate_ratio(count, exposure, base_count, exposure * ratio)
    if abs(found.p_value - 0.05) > 1e-9:
        assert found.within_usual_variation == (found.p_value > 0.05)


def test_many_events_give_the_approximate_limits_of_another_library() -> None:
    found = rate_ratio(2344, 5.7e6 * 366, 2236, 5.5e6 * 365)
    score = confint_poisson_2indep(2344, 5.7e6 * 366, 2236, 5.5e6 * 365, method="score")
    assert (found.low, found.high) == pytest.approx(score, rel=2e-3)


@pytest.mark.parametrize(("mean", "ratio"), [(2.0, 1.0), (8.0, 1.1), (50.0, 0.9)])
def test_equal_rates_are_called_different_no_more_often_than_stated(
    mean: float, ratio: float
) -> None:
    random = np.random.default_rng(20_240_602)
    draws = 4_000
    pairs = zip(random.poisson(mean, draws), random.poisson(mean * ratio, draws), strict=True)
    found = np.array([rate_ratio(int(x), 1, int(y), ratio).p_value for x, y in pairs])
    for size in (0.01, 0.05, 0.2):
        assert (found <= size).mean() <= size + 3 * math.sqrt(size * (1 - size) / draws)


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


def test_a_comparison_needs_two_known_counts() -> None:
    with pytest.raises(InputError, match="nan"):
        rate_ratio(math.nan, 1, 1, 1)


@pytest.mark.parametrize("exposure", [0, -1, math.nan, math.inf])
def test_an_impossible_exposure_is_refused(exposure: float) -> None:
    with pytest.raises(InputError, match="exposures"):
        rate_ratio(1, exposure, 1, 1)
    with pytest.raises(InputError, match="exposures"):
        rate_ratio(1, 1, 1, exposure)


@pytest.mark.parametrize("count", [-1, math.inf])
def test_an_impossible_count_is_refused(count: float) -> None:
    with pytest.raises(InputError, match="counts"):
        rate_ratio(count, 1, 1, 1)
    with pytest.raises(InputError, match="counts"):
        rate_ratio(1, 1, count, 1)


@pytest.mark.parametrize("level", [0, 1, -0.1, 95])
def test_a_level_lies_between_zero_and_one(level: float) -> None:
    with pytest.raises(InputError, match="level"):
        rate_ratio(1, 1, 1, 1, level)


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


@pytest.mark.parametrize("minimum", [0, -1, 1.5, True])
def test_at_least_one_earlier_change_is_needed(minimum: int) -> None:
    with pytest.raises(InputError, match="minimum must be a whole number from 1 up"):
        usual_change([100.0] * 30, [100.0] * 30, minimum)
    with pytest.raises(InputError, match="2 comparisons are needed; got 1"):
        usual_change([100.0], [100.0], 1)


@pytest.mark.parametrize("marker", ["<5", None, [1, 2], {}])
def test_text_and_lists_are_no_counts(marker: Any) -> None:
    for wrong in ((marker, 1, 1, 1), (1, marker, 1, 1), (1, 1, marker, 1), (1, 1, 1, marker)):
        with pytest.raises(InputError):
            rate_ratio(*wrong)
    with pytest.raises(InputError):
        usual_change([100.0] * 29 + [marker], [100.0] * 30)


def columns(pairs: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [later for later, _base in pairs], [base for _later, base in pairs]


STOCKS = st.lists(st.tuples(st.floats(1, 1e6), st.floats(1, 1e6)), min_size=6, max_size=40)


@untimed
@given(STOCKS)
def test_the_usual_range_is_that_of_ranks_counted_one_by_one(
    pairs: list[tuple[float, float]],
) -> None:
    ratios = sorted(later / earlier for later, earlier in pairs[:-1])
    found = usual_change(*columns(pairs), 5)
    for limit, share in ((found.low, 0.025), (found.high, 0.975)):
        # Type 7 of Hyndman and Fan: between the two values around rank 1 + (n - 1) p.
        place = (len(ratios) - 1) * share
        below, above = ratios[math.floor(place)], ratios[math.ceil(place)]
        assert limit == pytest.approx(below + (place - math.floor(place)) * (above - below))
    assert found.ratio == pairs[-1][0] / pairs[-1][1]


@untimed
@given(STOCKS, st.floats(1e-3, 1e3), st.randoms(use_true_random=False))
def test_the_unit_and_the_order_of_earlier_changes_do_not_matter(
    pairs: list[tuple[float, float]], unit: float, random: Random
) -> None:
    one = usual_change(*columns(pairs), 5)
    earlier = pairs[:-1]
    random.shuffle(earlier)
    moved = [(unit * later, unit * base) for later, base in [*earlier, pairs[-1]]]
    other = usual_change(*columns(moved), 5)
    assert (other.ratio, other.low, other.high) == pytest.approx((one.ratio, one.low, one.high))


@untimed
@given(st.integers(0, 200), st.integers(0, 200), st.floats(0.5, 0.999))
def test_the_interval_of_a_share_is_that_of_scipy(count: int, others: int, level: float) -> None:
    if not count + others:
        assert share_interval(0, 0, level) == (0, 1)
        return
    exact = binomtest(count, count + others).proportion_ci(level, method="exact")
    assert share_interval(count, count + others, level) == pytest.approx((exact.low, exact.high))


@pytest.mark.parametrize(
    "pair", [(2, 1), (-1, 3), (math.nan, 3), (1, math.inf), ("1", 3), ([1], 3)]
)
def test_an_impossible_share_is_refused(pair: Any) -> None:
    with pytest.raises(InputError, match=r"a share needs|must be numbers"):
        share_interval(*pair)
