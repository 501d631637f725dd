"""Trend and season of a monthly series, against statsmodels and a series built from parts."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.seasonal import STL

from atlas.analysis.errors import InputError
from atlas.analysis.trends import decompose

MONTHS = np.arange("2016-01", "2024-01", dtype="datetime64[M]")
T = np.arange(96)


def test_the_parts_are_those_of_robust_stl_on_the_log() -> None:
    counts = np.random.default_rng(1).poisson(30, 96)
    parts, other = decompose(counts, MONTHS), STL(np.log(counts + 0.5), 12, robust=True).fit()
    np.testing.assert_array_equal(parts.trend, other.trend)
    np.testing.assert_array_equal(parts.season, other.seasonal)
    np.testing.assert_array_equal(parts.remainder, other.resid)


def test_known_trend_and_season_are_found() -> None:
    trend, season = np.log(2_000) + 0.005 * T, 0.2 * np.cos(2 * np.pi * T / 12)
    parts = decompose(np.round(np.exp(trend + season)), MONTHS)
    assert np.abs(parts.trend - trend).max() < 0.01
    assert np.abs(parts.season - season).max() < 0.01
    assert parts.seasonal_strength > 0.99
    np.testing.assert_allclose(parts.trend_counts, np.exp(trend), rtol=0.01)


@pytest.mark.parametrize("count", [0, 25])
def test_a_constant_series_has_no_season(count: int) -> None:
    parts = decompose([count] * 48, MONTHS[:48])
    assert parts.trend_counts == pytest.approx(count)
    assert parts.season == pytest.approx(0)
    assert parts.seasonal_strength == 0


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(0, 500), min_size=36, max_size=60))
def test_the_parts_add_up(counts: list[int]) -> None:
    parts = decompose(counts, MONTHS[: len(counts)])
    together = parts.trend + parts.season + parts.remainder
    np.testing.assert_allclose(together, np.log(np.array(counts) + 0.5), atol=1e-9)
    assert 0 <= parts.seasonal_strength <= 1


@pytest.mark.parametrize(
    ("counts", "months", "message"),
    [
        ([5] * 35, MONTHS[:35], "at least 36"),
        ([5] * 36, MONTHS[:35], "months need 36"),
        ([5.0] * 35 + [math.nan], MONTHS[:36], "whole numbers"),
        ([5] * 35 + [-5], MONTHS[:36], "whole numbers"),
        ([5] * 36, np.delete(MONTHS[:37], 20), "without a gap"),
    ],
)
def test_input_without_sense_is_refused(
    counts: list[float], months: np.ndarray, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        decompose(counts, months)
