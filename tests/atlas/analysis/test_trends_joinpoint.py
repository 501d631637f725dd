"""Joinpoint regression: all joins by brute force, known joins, and false ones by chance."""

import itertools
import math
import time
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from atlas.analysis.errors import InputError
from atlas.analysis.glm import seasonal_harmonics
from atlas.analysis.trends import joinpoint_trend
from atlas.analysis.trends.search import best_joins

untimed = settings(deadline=None, max_examples=25)


def _autoregression(
    rng: np.random.Generator, periods: int, correlation: float, sd: float
) -> np.ndarray:
    noise = rng.normal(size=periods + 50)
    for t in range(1, periods + 50):
        noise[t] += correlation * noise[t - 1]
    return noise[50:] * sd * np.sqrt(1 - correlation**2)


def _brute_force(
    logs: np.ndarray, base: np.ndarray, years: np.ndarray, whitening: np.ndarray, joins: int
) -> tuple[tuple[int, ...], float]:
    best: tuple[tuple[int, ...], float] = ((), math.inf)
    for chosen in itertools.combinations(range(3, len(logs) - 3), joins):
        if any(later - at < 3 for at, later in itertools.pairwise(chosen)):
            continue
        hinges = [np.maximum(years - years[at], 0) for at in chosen]
        design = whitening @ np.column_stack([base, *hinges])
        left = whitening @ logs - design @ np.linalg.lstsq(design, whitening @ logs, rcond=None)[0]
        if left @ left < best[1]:
            best = (chosen, float(left @ left))
    return best


@pytest.mark.parametrize(("periods", "per_year"), [(12, 1), (20, 1), (28, 4), (36, 12)])
@pytest.mark.parametrize("seed", range(2))
def test_the_search_finds_what_trying_all_joins_finds(
    periods: int, per_year: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    years = np.arange(periods) / per_year
    logs = rng.normal(size=periods).cumsum() + rng.normal(size=periods)
    base = np.column_stack(
        [np.ones(periods), years, seasonal_harmonics(np.arange(periods), per_year)]
    )
    whitening = np.diag(rng.uniform(0.5, 2, periods)) - 0.3 * np.eye(periods, k=-1)
    found = best_joins(logs, base, years, whitening, 3, 2 if periods > 30 else 3)
    for joins, (chosen, error) in enumerate(found):
        expected, least = _brute_force(logs, base, years, whitening, joins)
        assert chosen == expected
        assert error == pytest.approx(least, rel=1e-9)


def test_ten_years_of_months_are_searched_fast() -> None:
    rng = np.random.default_rng(1)
    rates = np.exp(_autoregression(rng, 120, 0.5, 0.1))
    started = time.process_time()
    joinpoint_trend(rates, 12)
    # The 180,000 sets of three joins take minutes one fit at a time.
    assert time.process_time() - started < 2


def test_known_joins_and_slopes_are_found_exactly() -> None:
    years = np.arange(24)
    slopes = [0.10, -0.05, 0.30]
    logs = (
        slopes[0] * years
        + (slopes[1] - slopes[0]) * np.maximum(years - 8, 0)
        + (slopes[2] - slopes[1]) * np.maximum(years - 15, 0)
    )
    trend = joinpoint_trend(10 * np.exp(logs))
    assert trend.joins == (8, 15)
    found = [segment.percent for segment in trend.segments]
    assert found == pytest.approx([100 * math.expm1(slope) for slope in slopes])
    assert [(segment.start, segment.end) for segment in trend.segments] == [
        (0, 8),
        (8, 15),
        (15, 23),
    ]
    # By hand: segments of 8, 7 and 8 years.
    mean = (8 * 0.10 - 7 * 0.05 + 8 * 0.30) / 23
    assert trend.average_percent == pytest.approx(100 * math.expm1(mean))
    np.testing.assert_allclose(trend.fitted, 10 * np.exp(logs))


def test_bic_and_interval_of_one_line_follow_the_textbook() -> None:
    rates = np.exp([0.0, 0.12, 0.18, 0.33, 0.38, 0.52, 0.57, 0.73])
    trend = joinpoint_trend(rates, most_joins=0)
    from scipy.stats import linregress, t

    line = linregress(np.arange(8), np.log(rates))
    half = t.ppf(0.975, 6) * line.stderr
    expected = [100 * math.expm1(line.slope + by) for by in (0, -half, half)]
    assert [trend.average_percent, trend.average_low, trend.average_high] == pytest.approx(expected)
    error = ((np.log(rates) - line.intercept - line.slope * np.arange(8)) ** 2).sum()
    assert trend.bic == pytest.approx((8 * math.log(error / 8) + 2 * math.log(8),))


@pytest.mark.parametrize(("bends", "joins"), [((0.25,), (8,)), ((0.25, -0.3), (7, 14))])
def test_intervals_allow_for_where_the_joins_are_as_the_delta_method_does(
    bends: tuple[float, ...], joins: tuple[int, ...]
) -> None:
    years = np.arange(22.0)
    count = len(joins)

    def line(parameters: np.ndarray) -> np.ndarray:
        start, slope, *rest = parameters
        hinges = zip(rest[:count], rest[count:], strict=True)
        return start + slope * years + sum(by * np.maximum(years - at, 0) for by, at in hinges)

    def average(parameters: np.ndarray) -> float:
        values = line(parameters)
        return float((values[-1] - values[0]) / 21)

    noise = np.random.default_rng(4).normal(size=22) * 0.02
    rates = np.exp(line(np.array([1.0, -0.1, *bends, *joins])) + noise)
    trend = joinpoint_trend(rates)
    assert trend.joins == joins
    design = np.column_stack([np.ones(22), years, *(np.maximum(years - at, 0) for at in joins)])
    fit, (rss,), *_rest = np.linalg.lstsq(design, np.log(rates), rcond=None)
    best = np.array([*fit, *joins])
    steps = 1e-6 * np.eye(len(best))
    jacobian = np.column_stack([(line(best + step) - line(best)) / 1e-6 for step in steps])
    gradient = np.array([(average(best + step) - average(best)) / 1e-6 for step in steps])
    freedom = 22 - len(best)
    variance = rss / freedom * gradient @ np.linalg.inv(jacobian.T @ jacobian) @ gradient
    half = student.ppf(0.975, freedom) * math.sqrt(variance)
    expected = [100 * math.expm1(average(best) + by) for by in (-half, half)]
    assert [trend.average_low, trend.average_high] == pytest.approx(expected, abs=1e-4)


def test_weights_decide_whose_line_it_is() -> None:
    rates, weights = np.exp(0.1 * np.arange(10)), np.ones(10)
    rates[4], weights[4] = 50.0, 1e-9
    assert joinpoint_trend(rates, weights=weights, most_joins=0).average_percent == pytest.approx(
        100 * math.expm1(0.1), abs=1e-4
    )


@pytest.mark.parametrize(("per_year", "periods"), [(1, 7), (4, 24), (12, 36)])
def test_a_constant_rate_has_no_join_and_no_change(
    per_year: Literal[1, 4, 12], periods: int
) -> None:
    trend = joinpoint_trend([12.5] * periods, per_year)
    assert trend.joins == ()
    found = (trend.average_percent, trend.average_low, trend.average_high)
    assert found == pytest.approx((0, 0, 0), abs=1e-6)


@untimed
@given(st.integers(0, 10_000), st.floats(0.01, 1e5))
def test_scale_changes_nothing_and_time_reversed_mirrors_the_joins(
    seed: int, factor: float
) -> None:
    rng = np.random.default_rng(seed)
    rates = np.exp(rng.normal(size=15).cumsum() * 0.2)
    trend, scaled = joinpoint_trend(rates), joinpoint_trend(rates * factor)
    assert scaled.joins == trend.joins
    assert scaled.average_percent == pytest.approx(trend.average_percent, abs=1e-6)
    mirrored = joinpoint_trend(rates[::-1])
    assert mirrored.joins == tuple(14 - at for at in trend.joins[::-1])
    assert 1 + mirrored.average_percent / 100 == pytest.approx(
        1 / (1 + trend.average_percent / 100)
    )


@pytest.mark.parametrize(
    ("periods", "per_year", "correlation"), [(12, 1, 0.0), (72, 12, 0.0), (72, 12, 0.5)]
)
def test_joins_and_averages_are_right_about_as_often_as_they_say(
    periods: int, per_year: Literal[1, 4, 12], correlation: float
) -> None:
    rng = np.random.default_rng(99)
    years = np.arange(periods) / per_year
    middle = years[periods // 2]
    bend = 0.10 * years - 0.15 * np.maximum(years - middle, 0)
    truth = 100 * math.expm1((bend[-1] - bend[0]) / years[-1])
    runs, covered, false, missed = 100, 0, 0, 0
    for _run in range(runs):
        noise = _autoregression(rng, periods, correlation, 0.03)
        trend = joinpoint_trend(np.exp(bend + noise), per_year)
        covered += trend.average_low <= truth <= trend.average_high
        missed += not trend.joins
        false += bool(joinpoint_trend(np.exp(0.05 * years + noise), per_year).joins)
    # The choice of joins costs a few per cent of coverage (measured: 91-96 %).
    assert covered / runs >= 0.91 - 3 * math.sqrt(0.91 * 0.09 / runs)
    assert missed / runs <= 0.05
    # Without the whitening BIC sees a join in 65 % of the straight lines with AR(1) 0.5.
    assert false / runs <= 0.16 + 3 * math.sqrt(0.16 * 0.84 / runs)


@pytest.mark.parametrize(
    ("rates", "per_year", "message"),
    [
        ([1.0] * 6, 1, "at least 7"),
        ([1.0] * 35, 12, "at least 36"),
        ([1.0] * 9 + [0.0], 1, "above 0"),
        ([1.0] * 9 + [-2.0], 1, "above 0"),
        ([1.0] * 9 + [math.nan], 1, "finite"),
        ([1.0] * 60, 52, "per_year"),
        ([1.0] * 60, [1, 4], "per_year"),
        ([[1.0] * 9], 1, "one dimension"),
        (["<5"] * 9, 1, "publisher's marker"),
        ([[1.0], [1.0, 2.0]], 1, "ragged"),
    ],
)
def test_input_without_sense_is_refused(rates: Any, per_year: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        joinpoint_trend(rates, per_year)


def test_impossible_weights_and_joins_are_refused() -> None:
    with pytest.raises(InputError, match="weights need 9"):
        joinpoint_trend([1.0] * 9, weights=[1.0] * 8)
    with pytest.raises(InputError, match="above 0"):
        joinpoint_trend([1.0] * 9, weights=[0.0] * 9)
    with pytest.raises(InputError, match="0 to 3 joins"):
        joinpoint_trend([1.0] * 9, most_joins=4)
    with pytest.raises(InputError, match="whole number from 0"):
        joinpoint_trend([1.0] * 9, most_joins=1.5)  # type: ignore[arg-type]
