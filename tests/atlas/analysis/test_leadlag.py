"""Lead and lag: known leads, statsmodels, and how often chance passes for one."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest
from statsmodels.tsa.ar_model import AutoReg
from statsmodels.tsa.stattools import ccf

from atlas.analysis.errors import InputError
from atlas.analysis.leadlag import lead_lag

untimed = settings(deadline=None, max_examples=20)
MONTHS = np.arange("2016-01", "2024-01", dtype="datetime64[M]")
T = np.arange(96)


def _autoregression(rng: np.random.Generator, periods: int, correlation: float) -> np.ndarray:
    noise = rng.normal(size=periods + 50)
    for t in range(1, periods + 50):
        noise[t] += correlation * noise[t - 1]
    return noise[50:]


@pytest.mark.parametrize("lag", [0, 3, 9])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_known_lead_is_found(lag: int, sign: int) -> None:
    rng = np.random.default_rng(lag)
    before = _autoregression(rng, 96 + lag, 0.6)
    second = sign * before[:96] + 0.7 * _autoregression(rng, 96, 0.4)
    found = lead_lag(before[lag:], second, MONTHS)
    assert found.best_lag == lag
    assert found.p < 0.01
    assert np.sign(found.correlations[lag]) == sign
    assert abs(found.correlations[lag]) > found.threshold


def test_correlations_of_white_noise_are_those_of_statsmodels() -> None:
    design = np.column_stack([np.ones(96), T, *(month == T % 12 for month in range(11))])
    for seed in range(20):
        first, second = np.random.default_rng(seed).normal(size=(2, 96))
        found = lead_lag(first, second, MONTHS)
        if found.order or found.differenced:
            continue
        first, second = (
            series - design @ np.linalg.lstsq(design, series, rcond=None)[0]
            for series in (first, second)
        )
        expected = ccf(second, first, adjusted=False, nlags=13)
        np.testing.assert_allclose(found.correlations, expected, atol=1e-12)
        return
    pytest.fail("no series was left as it is")


def test_the_filter_is_the_autoregression_of_statsmodels() -> None:
    from atlas.analysis.leadlag import _whitening_filter

    series = _autoregression(np.random.default_rng(5), 96, 0.8)
    found = _whitening_filter(series)
    order = len(found) - 1
    assert order >= 1
    other = AutoReg(series - series.mean(), order, trend="n").fit()
    np.testing.assert_allclose(found[1:], -other.params, atol=1e-9)
    orders = [
        AutoReg(series - series.mean(), k, trend="n", hold_back=12).fit() for k in range(1, 13)
    ]
    assert order == 1 + int(np.argmin([fit.aic for fit in orders]))


def test_the_threshold_is_where_p_reaches_the_level() -> None:
    first, second = np.random.default_rng(6).normal(size=(2, 96))
    for level in (0.5, 0.9, 0.95):
        found = lead_lag(first, second, MONTHS, level=level)
        assert (abs(found.correlations).max() >= found.threshold) == (found.p <= 1 - level)


def test_the_threshold_of_one_lag_is_the_printed_point_of_r() -> None:
    rng = np.random.default_rng(6)
    found = [
        lead_lag(rng.normal(size=74), rng.normal(size=74), MONTHS[:74], 0) for _run in range(20)
    ]
    plain = [one for one in found if one.order == 0 and not one.differenced]
    assert plain
    # 74 pairs less 2, 11 months and a line leave 60 degrees of freedom, for which tables print
    # 0.250 (5 %, two-sided).
    assert plain[0].threshold == pytest.approx(0.250, abs=5e-4)


def _growing_counts(rng: np.random.Generator) -> np.ndarray:
    mean = 30 * 1.24 ** (T / 12) * np.where(T % 12 == 6, 1.42, 1)
    logs: np.ndarray = np.log(rng.poisson(mean) + 0.5)
    return logs


INDEPENDENT: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "white": lambda rng: _autoregression(rng, 96, 0.0),
    "autoregression": lambda rng: _autoregression(rng, 96, 0.7),
    "walk": lambda rng: _autoregression(rng, 96, 1.0),
    "drifting walk": lambda rng: _autoregression(rng, 96, 1.0) + 0.3 * T,
    "December peak": lambda rng: _autoregression(rng, 96, 0.0) + 4 * (T % 12 == 11),
    "growing counts": _growing_counts,
}


@pytest.mark.parametrize("kind", INDEPENDENT)
def test_independent_series_rarely_seem_to_lead(kind: str) -> None:
    rng = np.random.default_rng(14)
    runs, found, naive = 300, 0, 0
    for _run in range(runs):
        first, second = (INDEPENDENT[kind](rng) for _series in range(2))
        found += lead_lag(first, second, MONTHS).p <= 0.05
        pairs = [np.corrcoef(first[: 96 - lag], second[lag:])[0, 1] for lag in range(13)]
        naive += bool(np.abs(pairs).max() > 1.96 / math.sqrt(96))
    assert found / runs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)
    assert found / runs >= 0.01
    assert naive / runs > 0.4


def test_the_months_and_the_line_cost_degrees_of_freedom() -> None:
    # Two series left in n - 13 dimensions: r at lag 0 is exactly t with n - 2 - 12 of freedom.
    rng = np.random.default_rng(21)
    ranks = []
    for _run in range(300):
        found = lead_lag(rng.normal(size=60), rng.normal(size=60), MONTHS[:60], 0)
        if found.order == 0 and not found.differenced:
            ranks.append(found.p)
    assert len(ranks) > 100
    assert kstest(ranks, "uniform").pvalue > 0.01


def test_a_shared_season_is_no_lead() -> None:
    rng = np.random.default_rng(2)
    season = 3 * np.cos(2 * np.pi * T / 12)
    false = [
        lead_lag(season + rng.normal(size=96), season + rng.normal(size=96), MONTHS).p <= 0.05
        for _run in range(60)
    ]
    assert np.mean(false) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 60)


@untimed
@given(
    st.integers(0, 10_000),
    st.floats(0.01, 100),
    st.floats(-100, 100),
    st.sampled_from([0.0, 0.7]),
)
def test_units_and_signs_change_no_more_than_the_sign(
    seed: int, factor: float, by: float, correlation: float
) -> None:
    rng = np.random.default_rng(seed)
    first, second = (_autoregression(rng, 96, correlation) for _series in range(2))
    one = lead_lag(first, second, MONTHS)
    other = lead_lag(by + factor * first, by - factor * second, MONTHS)
    np.testing.assert_allclose(other.correlations, -one.correlations, atol=1e-7)
    assert other.best_lag == one.best_lag
    assert other.p == pytest.approx(one.p, rel=1e-5)
    assert (np.abs(one.correlations) <= 1).all()


def test_a_yearly_series_is_refused() -> None:
    years = np.arange("1950", "2024", dtype="datetime64[Y]")
    values = np.random.default_rng(1).normal(size=(2, len(years)))
    with pytest.raises(InputError, match="yearly series support no claim about months"):
        lead_lag(values[0], values[1], years)


VALUES = np.random.default_rng(3).normal(size=96)
GAP = np.where(T == 40, math.nan, VALUES)


@pytest.mark.parametrize(
    ("first", "second", "months", "longest", "message"),
    [
        (VALUES[:59], VALUES[:59], MONTHS[:59], 12, "at least 60"),
        (VALUES, VALUES[:80], MONTHS, 12, "months need 80"),
        (GAP, VALUES, MONTHS, 12, "finite"),
        (VALUES, GAP, MONTHS, 12, "finite"),
        (VALUES, VALUES, MONTHS[::-1], 12, "without a gap"),
        (VALUES, VALUES, MONTHS, 25, "0 to 24"),
        (VALUES, VALUES, MONTHS, -1, "whole number from 0"),
        (VALUES, VALUES, MONTHS, 2.5, "whole number from 0"),
        (["<5"] * 96, VALUES, MONTHS, 12, "publisher's marker"),
        (VALUES, [{}] * 96, MONTHS, 12, "must be numbers"),
        (VALUES, VALUES, ["spring"] * 96, 12, "months need dates"),
        (VALUES, VALUES, [[1], [1, 2]], 12, "months need dates"),
        (np.full(96, 4.0), VALUES, MONTHS, 12, "does not vary"),
        (VALUES, np.cos(2 * np.pi * T / 12), MONTHS, 12, "does not vary"),
        (VALUES, 3.0 * T, MONTHS, 12, "straight line"),
    ],
)
def test_input_without_sense_is_refused(
    first: Any, second: Any, months: Any, longest: Any, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        lead_lag(first, second, months, longest)
