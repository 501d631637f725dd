"""Direct standardisation, against a published interval, scipy and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import gamma

from atlas.analysis.errors import InputError
from atlas.analysis.rates import count_interval, directly_standardised_rate

AGES = st.integers(1, 12).flatmap(
    lambda ages: st.tuples(
        st.lists(st.integers(0, 500), min_size=ages, max_size=ages),
        st.lists(st.integers(500, 10**6), min_size=ages, max_size=ages),
        st.lists(st.integers(1, 10**6), min_size=ages, max_size=ages),
    )
)
untimed = settings(deadline=None)


def test_the_printed_rate_and_limits_are_found() -> None:
    found = directly_standardised_rate(
        (2, 8, 15, 6, 1), (20_000, 30_000, 28_000, 22_000, 15_000), (24, 20, 18, 22, 16)
    )
    assert round(found.rate, 6) == 24.442857
    assert (round(found.low, 6), round(found.high, 6)) == (16.517129, 35.426114)
    assert found.events == 32


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_the_limits_are_quantiles_of_scipys_gamma(level: float) -> None:
    d, n = np.array([0, 3, 41, 7]), np.array([900.0, 12_000, 40_000, 3_000])
    std = np.array([10.0, 30, 40, 20])
    w = std / std.sum()
    rate, variance, largest = (w * d / n).sum(), (w**2 * d / n**2).sum(), (w / n).max()
    tail = (1 - level) / 2
    low = gamma.ppf(tail, rate**2 / variance, scale=variance / rate)
    above, spread = rate + largest, variance + largest**2
    high = gamma.ppf(1 - tail, above**2 / spread, scale=spread / above)
    found = directly_standardised_rate(d, n, std, level, per=1)
    assert (found.rate, found.low, found.high) == pytest.approx((rate, low, high), rel=1e-12)


@pytest.mark.parametrize("count", [0, 1, 5, 100])
def test_one_age_group_has_the_crude_rate_and_its_exact_limits(count: int) -> None:
    found = directly_standardised_rate([count], [40_000], [7])
    low, high = count_interval(count)
    assert (found.rate, found.low, found.high) == pytest.approx(
        (2.5 * count, 2.5 * low, 2.5 * high)
    )


def test_without_events_the_upper_limit_is_that_of_the_heaviest_age_group() -> None:
    found = directly_standardised_rate([0, 0], [1_000, 4_000], [1, 1], per=1)
    assert (found.rate, found.low) == (0, 0)
    assert found.high == pytest.approx(0.5 / 1_000 * 3.688879454)


@untimed
@given(AGES, st.randoms(use_true_random=False), st.floats(0.01, 100))
def test_order_of_ages_and_size_of_the_standard_do_not_matter(
    ages: tuple[list[int], list[int], list[int]], random: object, factor: float
) -> None:
    rows = list(zip(*ages, strict=True))
    random.shuffle(rows)  # type: ignore[attr-defined]
    counts, population, standard = (list(column) for column in zip(*rows, strict=True))
    one = directly_standardised_rate(*ages)
    other = directly_standardised_rate(counts, population, [factor * std for std in standard])
    expected = (one.rate, one.low, one.high)
    assert (other.rate, other.low, other.high) == pytest.approx(expected, rel=1e-9)
    assert one.low <= one.rate < one.high


@untimed
@given(AGES, st.integers(2, 9))
def test_persons_in_proportion_lower_rate_and_limits(
    ages: tuple[list[int], list[int], list[int]], factor: int
) -> None:
    counts, population, standard = ages
    one = directly_standardised_rate(counts, population, standard)
    more = directly_standardised_rate(counts, [factor * n for n in population], standard)
    expected = (one.rate / factor, one.low / factor, one.high / factor)
    assert (more.rate, more.low, more.high) == pytest.approx(expected, rel=1e-9)


def test_the_interval_covers_the_true_rate_at_least_as_often_as_it_says() -> None:
    random = np.random.default_rng(20_240_603)
    population = np.array([20_000, 30_000, 28_000, 22_000, 15_000])
    standard, draws = np.array([24, 20, 18, 22, 16]), 3_000
    # 33 events on average, then 5, where limits of Wald cover 91 % of the time.
    for rates in ([1e-4, 3e-4, 5e-4, 3e-4, 1e-4], [1e-5, 2e-5, 4e-5, 8e-5, 1e-4]):
        truth = float(standard @ np.array(rates)) / standard.sum()
        found = [
            directly_standardised_rate(row, population, standard, per=1)
            for row in random.poisson(population * np.array(rates), (draws, 5))
        ]
        covered = np.mean([rate.low <= truth <= rate.high for rate in found])
        assert covered >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / draws)


@pytest.mark.parametrize(
    ("counts", "population", "standard", "message"),
    [
        ([1, math.nan], [10, 10], [1, 1], "age-specific counts must be whole .* suppressed"),
        ([1, -1], [10, 10], [1, 1], "age-specific counts"),
        ([1, 1.5], [10, 10], [1, 1], "age-specific counts"),
        ([1, 1], [10, 0], [1, 1], "population must be above 0"),
        ([1, 1], [10, 10], [1, 0], "standard must be above 0"),
        ([1, 1], [10], [1, 1], "population needs 2"),
        ([1, 1], [10, 10], [1], "standard needs 2"),
        ([], [], [], "at least 1"),
    ],
)
def test_ages_that_cannot_be_standardised_are_refused(
    counts: list[float], population: list[float], standard: list[float], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        directly_standardised_rate(counts, population, standard)


def test_a_level_lies_between_zero_and_one() -> None:
    with pytest.raises(InputError, match="level"):
        directly_standardised_rate([1], [10], [1], level=95)


@pytest.mark.parametrize("per", [0, -1, math.nan])
def test_a_scale_must_be_above_zero(per: float) -> None:
    with pytest.raises(InputError, match="per must be"):
        directly_standardised_rate([1], [10], [1], per=per)
