"""Annual percent change: known growth, statsmodels, and how often its interval is right."""

import math
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from atlas.analysis.errors import InputError
from atlas.analysis.glm import fit_counts, seasonal_harmonics
from atlas.analysis.trends import annual_percent_change
from atlas.analysis.trends.annual import Family

untimed = settings(deadline=None, max_examples=20)
MONTHS = np.arange("2016-01", "2024-01", dtype="datetime64[M]")
T = np.arange(96)
SEASON = 0.1 * np.cos(2 * np.pi * T / 12)


def _autoregression(rng: np.random.Generator, correlation: float, sd: float) -> np.ndarray:
    noise = rng.normal(size=146)
    for t in range(1, 146):
        noise[t] += correlation * noise[t - 1]
    return noise[50:] * sd * np.sqrt(1 - correlation**2)


@pytest.mark.parametrize("family", ["negative_binomial", "quasi_poisson"])
@pytest.mark.parametrize("percent", [-30.0, 0.0, 8.0, 60.0])
def test_a_known_growth_is_found(family: Family, percent: float) -> None:
    exposure = 1e6 * (1 + 0.01 * np.arange(96)) * np.tile([31, 28, 31, 30], 24)
    counts = np.round(exposure * 1e-3 * (1 + percent / 100) ** (T / 12) * np.exp(SEASON))
    change = annual_percent_change(counts, exposure, MONTHS, family)
    assert change.percent == pytest.approx(percent, abs=1e-3)
    assert change.low <= change.percent <= change.high
    np.testing.assert_allclose(change.expected, counts, rtol=1e-2)


def test_the_slope_is_that_of_statsmodels() -> None:
    rng = np.random.default_rng(4)
    counts, exposure = rng.poisson(30, 96).astype(float), rng.uniform(9e5, 1e6, 96)
    design = np.column_stack(
        [
            np.ones(96),
            T / 12,
            *(f(2 * np.pi * k * T / 12) for k in (1, 2) for f in (np.cos, np.sin)),
        ]
    )
    other = sm.GLM(counts, design, family=sm.families.Poisson(), exposure=exposure).fit(scale="X2")
    found = annual_percent_change(counts, exposure, MONTHS, "quasi_poisson")
    assert found.percent == pytest.approx(100 * math.expm1(other.params[1]), abs=1e-5)
    assert found.dispersion == pytest.approx(other.scale, rel=1e-6)


def test_an_nb2_series_gets_its_overdispersion() -> None:
    rng = np.random.default_rng(5)
    counts = rng.negative_binomial(5, 5 / 65, 96)
    assert annual_percent_change(counts, 1.0, MONTHS).dispersion == pytest.approx(0.2, abs=0.08)


def test_a_constant_series_has_no_change_and_no_width() -> None:
    change = annual_percent_change([7] * 48, 1.0, MONTHS[:48])
    assert (change.percent, change.low, change.high) == pytest.approx((0, 0, 0), abs=1e-6)


@untimed
@given(st.integers(0, 10_000), st.floats(0.01, 1e6))
def test_only_relative_exposure_matters_and_time_reversed_gives_the_reciprocal(
    seed: int, factor: float
) -> None:
    counts = np.random.default_rng(seed).poisson(20, 48)
    one = annual_percent_change(counts, 1.0, MONTHS[:48], "quasi_poisson")
    scaled = annual_percent_change(counts, factor, MONTHS[:48], "quasi_poisson")
    assert (scaled.percent, scaled.low, scaled.high) == pytest.approx(
        (one.percent, one.low, one.high), abs=1e-4
    )
    back = annual_percent_change(counts[::-1], 1.0, MONTHS[:48], "quasi_poisson")
    assert (1 + back.percent / 100) * (1 + one.percent / 100) == pytest.approx(1, abs=1e-5)
    wide = annual_percent_change(counts, 1.0, MONTHS[:48], "quasi_poisson", 0.99)
    assert wide.low < one.low < one.high < wide.high


@pytest.mark.parametrize("correlation", [0.0, 0.5])
@pytest.mark.parametrize("family", ["negative_binomial", "quasi_poisson"])
def test_the_interval_covers_as_often_as_it_says(family: Family, correlation: float) -> None:
    rng = np.random.default_rng(20_260_101)
    runs = 500 if family == "quasi_poisson" else 200
    design = np.column_stack([np.ones(96), T / 12, seasonal_harmonics(T, 12)])
    covered = naive = 0
    for _run in range(runs):
        noise = _autoregression(rng, correlation, 0.2)
        counts = rng.poisson(np.exp(np.log(40) + 0.05 * T / 12 + SEASON + noise))
        change = annual_percent_change(counts, 1.0, MONTHS, family)
        covered += change.low <= 100 * math.expm1(0.05) <= change.high
        model = fit_counts(counts.astype(float), design, np.ones(96))
        error = math.sqrt(model.inverse_information[1, 1] * model.scale)
        naive += abs(model.coefficients[1] - 0.05) <= student.ppf(0.975, 90) * error
    assert covered / runs == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / runs))
    # What this simulation would show if successive months were taken as independent.
    assert (naive / runs < 0.88) == (correlation > 0)


@pytest.mark.parametrize(
    ("counts", "exposure", "months", "message"),
    [
        ([5] * 35, 1.0, MONTHS[:35], "at least 36"),
        ([0] * 36, 1.0, MONTHS[:36], "at least one event"),
        ([5] * 35 + [-1], 1.0, MONTHS[:36], "whole numbers"),
        ([5.0] * 35 + [math.nan], 1.0, MONTHS[:36], "suppressed"),
        ([math.nan] * 36, 1.0, MONTHS[:36], "suppressed"),
        (["Suppr."] * 36, 1.0, MONTHS[:36], "publisher's marker"),
        ([5] * 36, "many", MONTHS[:36], "must be numbers"),
        ([5] * 36, 1.0, ["spring"] * 36, "months need dates"),
        ([5] * 36, 0.0, MONTHS[:36], "above 0"),
        ([5] * 36, [1.0] * 35, MONTHS[:36], "36 values"),
        ([5] * 36, 1.0, MONTHS[:36][::-1], "without a gap"),
        ([5] * 36, 1.0, np.delete(MONTHS[:37], 9), "without a gap"),
    ],
)
def test_input_without_sense_is_refused(
    counts: Any, exposure: Any, months: Any, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        annual_percent_change(counts, exposure, months)


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(InputError, match="family"):
        annual_percent_change([5] * 36, 1.0, MONTHS[:36], "gaussian")  # type: ignore[arg-type]
