"""Shifts of level: against ruptures, known shifts, and false ones by chance."""

import math
from typing import Any

import numpy as np
import pytest
import ruptures
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.analysis.errors import InputError
from atlas.analysis.trends import change_points

untimed = settings(deadline=None, max_examples=25)


def _penalised(values: np.ndarray, positions: list[int], penalty: float) -> float:
    parts = np.split(values, positions)
    return float(sum(((part - part.mean()) ** 2).sum() for part in parts)) + penalty * len(
        positions
    )


def _autoregression(rng: np.random.Generator, periods: int, correlation: float) -> np.ndarray:
    noise = rng.normal(size=periods + 50)
    for t in range(1, periods + 50):
        noise[t] += correlation * noise[t - 1]
    return noise[50:] * np.sqrt(1 - correlation**2)


@pytest.mark.parametrize("seed", range(4))
def test_the_shifts_are_those_of_exhaustive_dynamic_programming(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=48) + np.repeat(rng.normal(size=4) * 3, 12)
    found = change_points(values)
    search = ruptures.Dynp(model="l2", min_size=6, jump=1).fit(values)
    costs = [_penalised(values, [], found.penalty)]
    costs += [
        _penalised(values, search.predict(n_bkps=count)[:-1], found.penalty)
        for count in (1, 2, 3, 4)
    ]
    assert _penalised(values, list(found.positions), found.penalty) == pytest.approx(min(costs))


def test_pruning_with_a_shortest_stretch_never_does_better() -> None:
    # PELT of ruptures 1.1 may prune too much when min_size > 1; by default it skips 4 of 5 dates.
    rng = np.random.default_rng(0)
    for _run in range(40):
        values = rng.normal(size=60) + np.repeat(rng.normal(size=6) * 1.5, 10)
        found = change_points(values)
        other = ruptures.Pelt(model="l2", min_size=6, jump=1).fit(values).predict(found.penalty)
        ours = _penalised(values, list(found.positions), found.penalty)
        assert ours <= _penalised(values, other[:-1], found.penalty) + 1e-9


def test_known_shifts_are_found_with_their_levels() -> None:
    noise = np.random.default_rng(3).normal(size=90) * 0.1
    found = change_points(np.repeat([3.0, 4.0, 3.5], 30) + noise)
    assert found.positions == (30, 60)
    assert found.levels == pytest.approx((3.0, 4.0, 3.5), abs=0.1)


def test_the_penalty_follows_its_formula() -> None:
    values = np.random.default_rng(4).normal(size=50)
    one = np.mean((values[1:] - values[:-1]) ** 2)
    two = np.mean((values[2:] - values[:-2]) ** 2)
    r = float(np.clip(two / one - 1, 0, 0.7))
    long_run = one / (2 * (1 - r)) * (1 + r) / (1 - r)
    found = change_points(values)
    assert found.penalty == pytest.approx(3 * math.log(50) * long_run)
    assert found.autocorrelation == pytest.approx(r)


@pytest.mark.parametrize("value", [0.0, -3.7, 1e9])
def test_a_constant_series_never_shifts(value: float) -> None:
    found = change_points([value] * 40)
    assert (found.positions, found.levels) == ((), (value,))


@untimed
@given(st.integers(0, 10_000), st.floats(-100, 100), st.floats(0.01, 100))
def test_moving_and_stretching_changes_no_position(seed: int, by: float, factor: float) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=40) + 3 * (np.arange(40) >= 17)
    one, other = change_points(values), change_points(by + factor * values)
    assert other.positions == one.positions
    np.testing.assert_allclose(other.levels, by + factor * np.array(one.levels), atol=1e-6)
    mirrored = change_points(values[::-1])
    assert mirrored.positions == tuple(40 - at for at in one.positions[::-1])


@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_a_level_that_holds_rarely_seems_to_shift(correlation: float) -> None:
    rng = np.random.default_rng(12)
    runs, false, naive = 250, 0, 0
    for _run in range(runs):
        values = _autoregression(rng, 96, correlation)
        false += bool(change_points(values).positions)
        # The usual BIC penalty, which takes successive values as independent.
        factor = 2 * values.var() / (change_points(values).penalty / 3 / math.log(96))
        naive += bool(change_points(values, penalty_factor=factor).positions)
    assert false / runs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)
    assert (naive / runs > 0.3) == (correlation > 0)


@pytest.mark.parametrize(
    ("values", "shortest", "factor", "message"),
    [
        ([1.0] * 35, 6, 3.0, "at least 36"),
        ([1.0] * 39 + [math.nan], 6, 3.0, "finite"),
        ([1.0] * 40, 1, 3.0, "from 2 up"),
        ([1.0] * 40, 2.5, 3.0, "whole number"),
        ([1.0] * 40, 21, 3.0, "from 2 to 20"),
        ([1.0] * 40, 6, 0.0, "above 0"),
        ([1.0] * 40, 6, math.inf, "above 0"),
        ([1.0] * 40, 6, "large", "must be numbers"),
        (["<5"] * 40, 6, 3.0, "publisher's marker"),
        ([[1.0], [1.0, 2.0]], 6, 3.0, "ragged"),
    ],
)
def test_input_without_sense_is_refused(
    values: Any, shortest: Any, factor: Any, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        change_points(values, shortest, factor)
