"""Local Moran's I of one and two rates, and Lee's L."""

import math
import warnings

import numpy as np
import pytest
from esda.lee import Spatial_Pearson, Spatial_Pearson_Local
from esda.moran import Moran_Local, Moran_Local_BV
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.weights import WSP, W
from scipy.sparse import csr_matrix, identity

from atlas.analysis.errors import InputError
from atlas.analysis.hotspots import (
    NOT_SIGNIFICANT,
    SpatialWeights,
    bivariate_local_moran,
    distance_band_weights,
    lees_l,
    local_moran,
    nearest_neighbour_weights,
)
from atlas.analysis.hotspots.lee import _rank_products
from atlas.analysis.hotspots.permutation import draw_orderings

SEEDS = st.integers(0, 10**6)
untimed = settings(deadline=None, max_examples=20)
PAIRS = nearest_neighbour_weights([[x, 0] for x in (0, 1, 10, 11, 20, 21)], 1)


def band(areas: int, seed: int) -> SpatialWeights:
    points = np.random.default_rng(seed).random((areas, 2))
    return distance_band_weights(points, math.sqrt(6 / math.pi / areas))


def as_pysal(weights: SpatialWeights) -> W:
    return WSP(weights.matrix.tocsr()).to_W(silence_warnings=True)


def two_rates(seed: int, areas: int = 80) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    first = random.gamma(2, 10, areas)
    return first, 0.5 * first + random.gamma(2, 5, areas)


def test_local_moran_is_that_worked_out_by_hand() -> None:
    # Deviations 5, 4, -3, -2, -3, -1 with m2 = 64 / 6; each has one neighbour.
    found = local_moran([9, 8, 1, 2, 1, 3], PAIRS, 1).statistic
    np.testing.assert_allclose(found, np.array([20, 20, 6, 6, 3, 3]) * 6 / 64, rtol=1e-12)


def test_bivariate_local_moran_is_that_worked_out_by_hand() -> None:
    # y has mean 4 and variance 4; deviations -3, 1, 1, -1, 3, -1 give 22 / 6.
    found = bivariate_local_moran([9, 8, 1, 2, 1, 3], [1, 5, 5, 3, 7, 3], PAIRS, 1)
    scale = math.sqrt(64 / 6 * 22 / 6)
    expected = np.array([5 * 1, 4 * -3, -3 * -1, -2 * 1, -3 * -1, -1 * 3]) / scale
    np.testing.assert_allclose(found.statistic, expected, rtol=1e-12)
    assert "left out" in found.note
    assert "left out" not in local_moran([9, 8, 1, 2, 1, 3], PAIRS, 1).note


def test_lees_l_is_that_worked_out_by_hand() -> None:
    # Sums over each pair: 9, 9, -5, -5, -4, -4 of x and -2, -2, 0, 0, 2, 2 of y, halved.
    found = lees_l([9, 8, 1, 2, 1, 3], [1, 5, 5, 3, 7, 3], PAIRS, 1)
    scale = math.sqrt(64 / 6 * 22 / 6)
    expected = np.array([-18, -18, 0, 0, -8, -8]) / 4 / scale
    np.testing.assert_allclose(found.local, expected, atol=1e-12)
    assert found.statistic == pytest.approx(-52 / 24 / scale)


@pytest.mark.parametrize("seed", range(3))
def test_local_moran_agrees_with_another_library(seed: int) -> None:
    weights, (rates, around) = band(80, seed), two_rates(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one = Moran_Local(rates, as_pysal(weights), permutations=9_999, n_jobs=1, seed=1)
        two = Moran_Local_BV(rates, around, as_pysal(weights), permutations=9_999, n_jobs=1, seed=1)
    found = local_moran(rates, weights, 1)
    both = bivariate_local_moran(rates, around, weights, 1)
    # Its divisor is n - 1.
    np.testing.assert_allclose(found.statistic, one.Is * 80 / 79, rtol=1e-10)
    np.testing.assert_allclose(both.statistic, two.Is * 80 / 79, rtol=1e-10)
    for ours, theirs in ((found.p_value, one.p_sim), (both.p_value, two.p_sim)):
        error = np.sqrt(theirs * (1 - theirs) * 2 / 9_999)
        assert (np.abs(ours / 2 - theirs) < 4.5 * error + 2e-4).all()


@pytest.mark.parametrize("seed", range(3))
def test_lees_l_agrees_with_another_library_on_weights_with_a_diagonal(seed: int) -> None:
    weights, (x, y) = band(80, seed), two_rates(seed)
    star = csr_matrix(weights.matrix) + identity(80, format="csr")
    standard = csr_matrix(star / star.sum(axis=1))
    local = Spatial_Pearson_Local(standard, permutations=0).fit(x[:, None], y[:, None])
    whole = Spatial_Pearson(standard, permutations=0).fit(x[:, None], y[:, None])
    found = lees_l(x, y, weights, 1)
    np.testing.assert_allclose(found.local, local.associations_, rtol=1e-10)
    # Its denominator is the sum of squared row sums, n for rows that sum to 1.
    assert found.statistic == pytest.approx(whole.association_[0, 1], rel=1e-10)


def test_ranks_of_products_are_those_of_leaving_each_area_out_of_the_orderings() -> None:
    weights, random = band(40, 3), np.random.default_rng(3)
    x, y = random.integers(-2, 3, (2, 40)).astype(float)
    table = weights.matrix.toarray() + np.eye(40)
    observed = (table @ x) * (table @ y)
    ranks = _rank_products(x, y, observed, weights, 400, np.random.default_rng(9))
    drawn = draw_orderings(40, int(weights.neighbours.max()) + 1, 400, np.random.default_rng(9))
    for area, count in enumerate(weights.neighbours):
        others = [[one for one in column if one != area][:count] for column in drawn.T]
        products = (x[others].sum(axis=1) + x[area]) * (y[others].sum(axis=1) + y[area])
        assert ranks.at_least[area] == (products >= observed[area]).sum()
        assert ranks.at_most[area] == (products <= observed[area]).sum()


def test_clusters_and_outliers_get_their_quadrant() -> None:
    points = np.array([(x, y) for x in range(14) for y in range(14)], dtype=float)
    weights = distance_band_weights(points, 1.5)
    rates = np.random.default_rng(6).normal(100, 5, 196)
    high, low = (points < 4).all(axis=1), (points > 9).all(axis=1)
    rates[high] += 40
    rates[low] -= 40
    outlier = {"high-low": (points == 12).all(axis=1), "low-high": (points == 1).all(axis=1)}
    rates[outlier["high-low"]] += 80
    rates[outlier["low-high"]] -= 80
    found = local_moran(rates, weights, 1, 99_999)
    for name, where in outlier.items():
        assert (found.quadrant[where] == name).all()
    # The very corner has three neighbours, one of them the outlier.
    inner = ((points < 3) & (points > 0)).all(axis=1) & ~outlier["low-high"]
    assert (found.quadrant[inner] == "high-high").all()
    inner = ((points > 10) & (points < 13)).all(axis=1) & ~outlier["high-low"]
    assert (found.quadrant[inner] == "low-low").all()
    assert (found.quadrant == NOT_SIGNIFICANT).mean() > 0.7


def test_lees_l_sees_what_goes_together_in_place_and_the_bivariate_form_does_not() -> None:
    random = np.random.default_rng(8)
    weights = band(400, 8)
    x = random.normal(size=400)
    assert lees_l(x, x, weights, 1).statistic > 0.1
    assert abs(bivariate_local_moran(x, x, weights, 1).statistic.mean()) < 0.1


@untimed
@given(SEEDS, st.floats(0.01, 100), st.floats(-100, 100))
def test_order_unit_and_origin_do_not_matter(seed: int, unit: float, origin: float) -> None:
    random = np.random.default_rng(seed)
    points, order = random.random((30, 2)), random.permutation(30)
    x, y = random.normal(size=(2, 30))
    one, other = nearest_neighbour_weights(points, 4), nearest_neighbour_weights(points[order], 4)
    moved = origin + unit * x[order]
    for before, after in (
        (local_moran(x, one, 1).statistic, local_moran(moved, other, 1).statistic),
        (
            bivariate_local_moran(x, y, one, 1).statistic,
            bivariate_local_moran(moved, y[order], other, 1).statistic,
        ),
        (lees_l(x, y, one, 1).local, lees_l(moved, y[order], other, 1).local),
    ):
        np.testing.assert_allclose(after, before[order], atol=1e-7)
    np.testing.assert_allclose(lees_l(y, x, one, 1).local, lees_l(x, y, one, 1).local)


def test_equal_rates_are_not_significant() -> None:
    weights, other = band(20, 1), np.arange(20.0)
    for rates in (np.zeros(20), np.full(20, 0.1)):
        found = local_moran(rates, weights, 1)
        assert (found.statistic == 0).all()
        assert (found.quadrant == NOT_SIGNIFICANT).all()
        assert (bivariate_local_moran(rates, other, weights, 1).statistic == 0).all()
        assert (bivariate_local_moran(rates, other, weights, 1).quadrant == NOT_SIGNIFICANT).all()
        assert (bivariate_local_moran(other, rates, weights, 1).p_value == 1).all()
        assert lees_l(rates, other, weights, 1).statistic == 0
        assert not lees_l(rates, other, weights, 1).significant.any()


def test_p_values_of_independent_rates_keep_their_size() -> None:
    random, draws = np.random.default_rng(20_240_608), 300
    weights = nearest_neighbour_weights(random.random((30, 2)), 4)
    moran, lee = np.zeros((2, draws))
    for draw in range(draws):
        x, y = random.gamma(1, 10, (2, 30))
        moran[draw] = local_moran(x, weights, random).p_value[0]
        lee[draw] = lees_l(x, y, weights, random).p_value[0]
    for size in (0.05, 0.2, 0.5):
        error = math.sqrt(size * (1 - size) / draws)
        assert abs((moran <= size).mean() - size) < 3.5 * error
        assert abs((lee <= size).mean() - size) < 3.5 * error


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ([1, 2, math.nan, 4, 5, 6], "finite; got nan at position 2"),
        ([math.nan] * 6, "finite"),
        ([1, 2, 3], "weights are of 6 areas, values of 3|one length"),
    ],
)
def test_impossible_rates_are_refused(rates: list[float], message: str) -> None:
    fine = [1, 2, 3, 4, 5, 6]
    with pytest.raises(InputError, match=message):
        local_moran(rates, PAIRS, 1)
    for first, second in ((rates, fine), (fine, rates)):
        with pytest.raises(InputError, match=message):
            bivariate_local_moran(first, second, PAIRS, 1)
        with pytest.raises(InputError, match=message):
            lees_l(first, second, PAIRS, 1)


def test_too_few_permutations_are_refused() -> None:
    rates = [1, 2, 3, 4, 5, 6]
    with pytest.raises(InputError, match="9999"):
        local_moran(rates, PAIRS, 1, 999)
    with pytest.raises(InputError, match="9999"):
        lees_l(rates, rates, PAIRS, 1, 999)
    with pytest.raises(InputError, match="level"):
        local_moran(rates, PAIRS, 1, level=0)
    with pytest.raises(InputError, match="level"):
        lees_l(rates, rates, PAIRS, 1, level=2)
