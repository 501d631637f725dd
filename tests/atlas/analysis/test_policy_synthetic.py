"""Synthetic control: weights against a general optimiser, and placebo ranks under no change."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import chisquare

from atlas.analysis.errors import InputError
from atlas.analysis.policy import CAVEATS, synthetic_control

untimed = settings(deadline=None, max_examples=25)


def _walks(seed: int, places: int = 8, periods: int = 20) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=periods).cumsum()
    return 20 + shared * rng.uniform(0.5, 1.5, (places, 1)) + rng.normal(size=(places, periods))


@pytest.mark.parametrize("seed", range(5))
def test_the_weights_are_those_of_a_general_optimiser(seed: int) -> None:
    values = _walks(seed)
    found = synthetic_control(values, 2, 14)
    donors = np.delete(values[:, :14], 2, axis=0)

    def cost(weights: np.ndarray) -> float:
        return float(((values[2, :14] - weights @ donors) ** 2).sum())

    other = minimize(  # type: ignore[call-overload]
        cost,
        np.full(7, 1 / 7),
        jac=lambda weights: -2 * donors @ (values[2, :14] - weights @ donors),
        bounds=[(0, 1)] * 7,
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 1_000},
    )
    ours = np.delete(found.weights, 2)
    np.testing.assert_allclose(ours, other.x, atol=1e-4)
    assert cost(ours) <= other.fun * (1 + 1e-9)
    assert found.earlier_rmspe == pytest.approx(math.sqrt(cost(ours) / 14))


def test_the_weights_meet_the_conditions_of_an_optimum() -> None:
    values = _walks(9, places=13, periods=30)
    weights = synthetic_control(values, 0, 20).weights
    gradient = values[:, :20] @ (weights @ values - values[0])[:20]
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()
    assert weights[0] == 0
    # Kuhn-Tucker: the gradient is least, and one number, where there is weight.
    used = weights > 0
    assert gradient[used] == pytest.approx(np.full(used.sum(), gradient[used].mean()), abs=1e-7)
    assert (gradient[1:] >= gradient[used].min() - 1e-7).all()


def test_a_known_mix_and_gap_are_found() -> None:
    values = _walks(3)
    values[0] = 0.3 * values[1] + 0.7 * values[5] + np.where(np.arange(20) >= 15, 4.0, 0.0)
    found = synthetic_control(values, 0, 15)
    assert found.weights[[1, 5]] == pytest.approx([0.3, 0.7])
    assert found.mean_gap == pytest.approx(4)
    assert found.placebo_p == found.smallest_placebo_p == 1 / 8
    assert found.gaps[0, 15:] == pytest.approx(4)
    assert "poor_earlier_fit" not in found.caveats


def test_leaving_out_a_place_gives_the_result_without_it() -> None:
    values = _walks(4)
    found = synthetic_control(values, 1, 14)
    assert [one.place for one in found.left_out] == np.flatnonzero(found.weights).tolist()
    for one in found.left_out:
        fewer = synthetic_control(np.delete(values, one.place, axis=0), 1 - (one.place < 1), 14)
        assert one.weights[one.place] == 0
        np.testing.assert_allclose(np.delete(one.weights, one.place), fewer.weights, atol=1e-9)
        assert one.mean_gap == pytest.approx(fewer.mean_gap)


def test_a_place_outside_all_others_is_said_to_fit_poorly() -> None:
    values = _walks(5)
    values[0] += 100
    found = synthetic_control(values, 0, 14)
    assert "poor_earlier_fit" in found.caveats
    assert set(found.caveats) <= set(CAVEATS)


def test_thirteen_places_cannot_reach_less_than_a_thirteenth() -> None:
    found = synthetic_control(_walks(6, places=13), 0, 14)
    assert found.smallest_placebo_p == pytest.approx(1 / 13)
    assert "placebo_floor" in found.caveats
    assert "1/13" in str(synthetic_control.__doc__)


def test_a_result_cannot_be_changed() -> None:
    found = synthetic_control(_walks(6), 0, 14)
    for array in (found.weights, found.gaps, found.left_out[0].weights):
        assert not array.flags.writeable


def test_places_without_any_difference_have_no_rank() -> None:
    found = synthetic_control(np.full((5, 9), 7.0), 3, 6)
    assert found.placebo_p == 1
    assert found.mean_gap == pytest.approx(0)
    assert found.ratios.tolist() == [0] * 5


@untimed
@given(st.integers(0, 10_000), st.floats(0.01, 1e4), st.floats(-1e3, 1e3))
def test_order_unit_and_origin_of_places_do_not_matter(seed: int, factor: float, by: float) -> None:
    values = _walks(seed)
    found = synthetic_control(values, 0, 14)
    order = np.random.default_rng(seed).permutation(8)
    moved = synthetic_control(values[order], int(np.flatnonzero(order == 0)[0]), 14)
    np.testing.assert_allclose(moved.weights, found.weights[order], atol=1e-6)
    assert moved.placebo_p == found.placebo_p
    scaled = synthetic_control(by + factor * values, 0, 14)
    np.testing.assert_allclose(scaled.weights, found.weights, atol=1e-5)
    assert scaled.mean_gap == pytest.approx(factor * found.mean_gap, rel=1e-4, abs=1e-4 * factor)


def test_the_placebo_rank_is_uniform_when_nothing_changed() -> None:
    rng = np.random.default_rng(8)
    runs, places = 390, 13
    ranks = []
    for _run in range(runs):
        shared = rng.normal(size=24).cumsum()
        values = shared * rng.uniform(0.5, 1.5, (places, 1)) + rng.normal(size=(places, 24))
        ranks.append(round(synthetic_control(values, 4, 16).placebo_p * places))
    seen = np.bincount(ranks, minlength=places + 1)[1:]
    assert chisquare(seen).pvalue > 0.003
    assert seen[0] / runs == pytest.approx(1 / 13, abs=3 * math.sqrt(12 / 13**2 / runs))


@pytest.mark.parametrize(
    ("values", "place", "first_after", "message"),
    [
        (np.ones((3, 9)), 0, 6, "4 places"),
        (np.ones(9), 0, 6, "shape"),
        (np.ones((5, 9)), 5, 6, "from 0 to 4"),
        (np.ones((5, 9)), -1, 6, "from 0 up"),
        (np.ones((5, 9)), 1.0, 6, "whole number"),
        (np.ones((5, 9)), 0, 6.5, "whole number"),
        ([["<5"] * 9] * 5, 0, 6, "publisher's marker"),
        ([[1.0], [1.0, 2.0]], 0, 6, "ragged"),
        (np.ones((5, 9)), 0, 4, "5 periods before"),
        (np.ones((5, 9)), 0, 9, "1 after"),
        (np.full((5, 9), np.nan), 0, 6, "suppressed"),
        (np.full((5, 9), np.inf), 0, 6, "finite"),
    ],
)
def test_input_without_sense_is_refused(
    values: Any, place: Any, first_after: Any, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        synthetic_control(values, place, first_after)
