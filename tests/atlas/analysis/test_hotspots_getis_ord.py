"""Gi*, its permutation p-values and the control of false discoveries."""

import itertools
import math
import warnings
from typing import Any

import numpy as np
import pytest
from esda.getisord import G_Local
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.weights import WSP, W
from scipy.stats import false_discovery_control, norm
from statsmodels.stats.multitest import multipletests

from atlas.analysis.errors import InputError
from atlas.analysis.hotspots import (
    SpatialWeights,
    benjamini_hochberg,
    distance_band_weights,
    getis_ord_star,
    getis_ord_star_permuted,
    nearest_neighbour_weights,
)
from atlas.analysis.hotspots.permutation import draw_orderings, rank_neighbour_sums

SEEDS = st.integers(0, 10**6)
untimed = settings(deadline=None, max_examples=40)


def band(areas: int, seed: int, neighbours: float = 6) -> SpatialWeights:
    points = np.random.default_rng(seed).random((areas, 2))
    return distance_band_weights(points, math.sqrt(neighbours / math.pi / areas))


def as_pysal(weights: SpatialWeights) -> W:
    return WSP(weights.matrix.tocsr()).to_W(silence_warnings=True)


def esda_star(values: np.ndarray, weights: SpatialWeights, permutations: int = 0) -> G_Local:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return G_Local(
            values, as_pysal(weights), transform="B", star=True, permutations=permutations,
            n_jobs=1, seed=1,
        )  # fmt: skip


def test_the_score_is_that_worked_out_by_hand() -> None:
    # Neighbours 0-1 and 2-3: mean 4, S^2 = 64 / 6, spread sqrt((6 * 2 - 4) / 5).
    line = nearest_neighbour_weights([[x, 0] for x in (0, 1, 10, 11, 20, 21)], 1)
    found = getis_ord_star([9, 8, 1, 2, 1, 3], line)
    spread = math.sqrt(64 / 6 * 8 / 5)
    expected = np.array([9, 9, -5, -5, -4, -4]) / spread
    np.testing.assert_allclose(found.z, expected, rtol=1e-12)
    np.testing.assert_allclose(found.p_value, 2 * norm.sf(np.abs(expected)), rtol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_the_score_agrees_with_another_library_on_binary_weights(seed: int) -> None:
    weights = band(158, seed)
    rates = np.random.default_rng(seed).gamma(2, 10, 158)
    other = esda_star(rates, weights)
    np.testing.assert_allclose(getis_ord_star(rates, weights).z, other.Zs, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_permuted_tails_agree_with_another_library(seed: int) -> None:
    weights, permutations = band(60, seed), 9_999
    rates = np.random.default_rng(seed).gamma(2, 10, 60)
    other = esda_star(rates, weights, permutations).p_sim
    ranks = rank_neighbour_sums(rates, weights, permutations, np.random.default_rng(seed))
    # Its p-value is one-sided: half of ours.
    error = np.sqrt(other * (1 - other) * 2 / permutations)
    assert (np.abs(ranks.p_value / 2 - other) < 4.5 * error + 2 / permutations).all()


@pytest.mark.parametrize("seed", [1, 2])
def test_ranks_are_those_of_leaving_each_area_out_of_the_orderings(seed: int) -> None:
    random = np.random.default_rng(seed)
    weights, permutations = band(40, seed), 500
    values = random.integers(0, 4, 40).astype(float)
    ranks = rank_neighbour_sums(values, weights, permutations, np.random.default_rng(9))
    longest = int(weights.neighbours.max()) + 1
    drawn = draw_orderings(40, longest, permutations, np.random.default_rng(9))
    for area, count in enumerate(weights.neighbours):
        others = [[one for one in column if one != area][:count] for column in drawn.T]
        sums = values[others].sum(axis=1)
        observed = values[weights.matrix.toarray()[area] > 0].sum()
        assert ranks.at_least[area] == (sums >= observed).sum()
        assert ranks.at_most[area] == (sums <= observed).sum()


def test_permuted_tails_approach_those_of_all_possible_neighbours() -> None:
    weights = nearest_neighbour_weights(np.random.default_rng(4).random((9, 2)), 3)
    values, permutations = np.array([0.0, 3, 1, 4, 1, 5, 9, 2, 6]), 40_000
    ranks = rank_neighbour_sums(values, weights, permutations, np.random.default_rng(4))
    for area in range(9):
        others = np.delete(values, area)
        sums = np.array([sum(some) for some in itertools.combinations(others, 3)])
        observed = (weights.matrix @ values)[area]
        for found, exact in (
            (ranks.at_least[area], (sums >= observed).mean()),
            (ranks.at_most[area], (sums <= observed).mean()),
        ):
            assert abs(found / permutations - exact) < 4.5 * math.sqrt(0.25 / permutations)


@pytest.mark.parametrize(("areas", "length"), [(5, 5), (12, 4), (300, 20), (40, 39)])
def test_orderings_name_no_area_twice_and_each_as_often(areas: int, length: int) -> None:
    draws = 6_000
    drawn = draw_orderings(areas, length, draws, np.random.default_rng(5))
    assert drawn.shape == (length, draws)
    assert (np.diff(np.sort(drawn, axis=0), axis=0) > 0).all()
    for row in (drawn[0], drawn[-1]):
        expected = draws / areas
        counts = np.bincount(row, minlength=areas)
        assert (np.abs(counts - expected) < 5 * math.sqrt(expected)).all()


def test_permutation_p_values_of_independent_rates_are_uniform() -> None:
    random, draws = np.random.default_rng(20_240_605), 2_000
    weights = nearest_neighbour_weights(random.random((30, 2)), 4)
    found = np.array(
        [
            rank_neighbour_sums(random.gamma(1, 10, 30), weights, 199, random).p_value[0]
            for _ in range(draws)
        ]
    )
    for size in (0.01, 0.05, 0.2, 0.5):
        error = math.sqrt(size * (1 - size) / draws)
        assert abs((found <= size + 1e-9).mean() - size) < 3.5 * error


def test_the_analytic_score_of_independent_rates_keeps_the_false_discovery_rate() -> None:
    random, draws = np.random.default_rng(20_240_606), 600
    weights = band(158, 1)
    persons = random.integers(8_000, 30_000, 158)
    # Without any cluster every discovery is false, so the rate is that of any discovery.
    false = [
        np.any(
            getis_ord_star(random.poisson(0.005 * persons) / persons, weights).adjusted_p_value
            <= 0.05
        )
        for _ in range(draws)
    ]
    assert np.mean(false) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / draws)


def test_permutation_of_skewed_independent_rates_keeps_the_false_discovery_rate() -> None:
    random, draws = np.random.default_rng(20_240_607), 120
    weights = band(158, 1)
    false = [
        np.any(
            getis_ord_star_permuted(random.lognormal(0, 1.5, 158), weights, random).adjusted_p_value
            <= 0.05
        )
        for _ in range(draws)
    ]
    assert np.mean(false) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / draws)


def test_a_planted_hot_and_a_planted_cold_spot_are_found() -> None:
    points = np.array([(x, y) for x in range(12) for y in range(12)], dtype=float)
    weights = distance_band_weights(points, 1.5)
    rates = np.random.default_rng(6).normal(100, 5, 144)
    high, low = (points < 3).all(axis=1), (points > 8).all(axis=1)
    rates[high] += 40
    rates[low] -= 40
    for found in (
        getis_ord_star(rates, weights),
        getis_ord_star_permuted(rates, weights, 1, 99_999),
    ):
        assert found.hot[high].all()
        assert found.cold[low].all()
        far = np.abs(points - 5.5).max(axis=1) < 1
        assert not (found.hot | found.cold)[far].any()


@untimed
@given(SEEDS, st.floats(0.01, 100), st.floats(-100, 100))
def test_order_unit_and_origin_do_not_matter(seed: int, unit: float, origin: float) -> None:
    random = np.random.default_rng(seed)
    points, rates, order = random.random((40, 2)), random.normal(size=40), random.permutation(40)
    one = getis_ord_star(rates, nearest_neighbour_weights(points, 4))
    other = getis_ord_star(
        origin + unit * rates[order], nearest_neighbour_weights(points[order], 4)
    )
    np.testing.assert_allclose(other.z, one.z[order], atol=1e-7)


@settings(deadline=None, max_examples=8)
@given(SEEDS, st.floats(0.01, 100))
def test_permuting_areas_permutes_the_result_but_for_chance(seed: int, unit: float) -> None:
    random = np.random.default_rng(seed)
    points, order = random.random((30, 2)), random.permutation(30)
    rates = random.lognormal(0, 1, 30)
    one = getis_ord_star_permuted(rates, nearest_neighbour_weights(points, 4), seed)
    moved = nearest_neighbour_weights(points[order], 4)
    other = getis_ord_star_permuted(unit * rates[order], moved, seed)
    np.testing.assert_allclose(other.z, one.z[order], atol=1e-9)
    # Each area meets other random neighbours: p may differ by the error of 9,999 draws twice.
    p = (one.p_value[order] + other.p_value) / 2
    error = np.sqrt(2 * 2 * np.maximum(p, 2e-4) / 9_999)
    assert (np.abs(other.p_value - one.p_value[order]) < 5 * error).all()


def test_equal_rates_have_no_spots() -> None:
    for rates in (np.zeros(20), np.full(20, 0.1)):
        for found in (
            getis_ord_star(rates, band(20, 1)),
            getis_ord_star_permuted(rates, band(20, 1), 1),
        ):
            assert (found.z == 0).all()
            assert (found.p_value == 1).all()
            assert not (found.hot | found.cold).any()


def test_a_neighbourhood_of_all_areas_has_no_score() -> None:
    everywhere = nearest_neighbour_weights([[0, 0], [1, 0], [0, 2]], 2)
    found = getis_ord_star([1, 5, 30], everywhere)
    assert (found.z == 0).all()
    assert (getis_ord_star_permuted([1, 5, 30], everywhere, 1).p_value == 1).all()


def test_a_seed_gives_the_same_result_again() -> None:
    weights, rates = band(158, 2), np.random.default_rng(2).random(158)
    one, again, generator = (
        getis_ord_star_permuted(rates, weights, seed).p_value
        for seed in (3, 3, np.random.default_rng(3))
    )
    assert one.tolist() == again.tolist() == generator.tolist()
    assert one.tolist() != getis_ord_star_permuted(rates, weights, 4).p_value.tolist()


def test_the_fewest_discoveries_follow_from_the_least_p_value() -> None:
    rates = np.random.default_rng(2).random(5_000)
    found = getis_ord_star_permuted(rates, nearest_neighbour_weights(band_points(5_000)), 1)
    # 2 / 10,000 <= 0.05 k / 5,000 from k = 20 on.
    assert found.fewest_discoveries == 20
    assert found.p_value.min() >= 2 / 10_000
    assert getis_ord_star_permuted(rates[:158], band(158, 1), 1).fewest_discoveries == 1
    assert getis_ord_star(rates[:158], band(158, 1)).fewest_discoveries == 1


def band_points(areas: int) -> np.ndarray:
    return np.random.default_rng(3).random((areas, 2))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_adjusted_p_values_agree_with_two_other_libraries(p_values: list[float]) -> None:
    found = benjamini_hochberg(p_values)
    np.testing.assert_allclose(found, false_discovery_control(p_values), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(found, multipletests(p_values, method="fdr_bh")[1], 1e-12, 1e-300)


def test_adjusted_p_values_of_the_authors_own_example() -> None:
    # Benjamini and Hochberg 1995, section 3.2: four of fifteen are rejected at 0.05.
    p_values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459,
                0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]  # fmt: skip
    assert (benjamini_hochberg(p_values) <= 0.05).sum() == 4


@pytest.mark.parametrize("p_values", [[], [1.1], [-0.1], [math.nan]])
def test_impossible_p_values_are_refused(p_values: list[float]) -> None:
    with pytest.raises(InputError, match="p-values"):
        benjamini_hochberg(p_values)


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ([1, 2, math.nan, 4], "rates must be finite; got nan at position 2"),
        ([math.nan] * 4, "rates must be finite"),
        ([1, 2, math.inf, 4], "rates must be finite"),
        ([1, 2, 3], "weights are of 4 areas, values of 3"),
        ([], "at least 1 rates"),
        ([[1, 2, 3, 4]], "one dimension"),
    ],
)
def test_impossible_rates_are_refused(rates: list[float], message: str) -> None:
    weights = nearest_neighbour_weights([[0, 0], [1, 0], [3, 0], [4, 0]], 1)
    with pytest.raises(InputError, match=message):
        getis_ord_star(rates, weights)
    with pytest.raises(InputError, match=message):
        getis_ord_star_permuted(rates, weights, 1)


@pytest.mark.parametrize("seed", [None, -1, 1.5, "1"])
def test_a_seed_is_needed(seed: Any) -> None:
    with pytest.raises(InputError, match="seed must be a whole number"):
        getis_ord_star_permuted(
            [1, 2, 3], nearest_neighbour_weights([[0, 0], [1, 0], [3, 0]], 1), seed
        )


@pytest.mark.parametrize("permutations", [9_999.5, "9999", None])
def test_permutations_are_a_whole_number(permutations: Any) -> None:
    weights = nearest_neighbour_weights([[0, 0], [1, 0], [3, 0]], 1)
    with pytest.raises(InputError, match="permutations must be a whole number"):
        getis_ord_star_permuted([1, 2, 3], weights, 1, permutations)


@pytest.mark.parametrize("rates", [["<5", 2, 3], [[1], [2, 3]], {"a": 1}, [1j, 2, 3]])
def test_what_is_no_number_is_refused(rates: Any) -> None:
    weights = nearest_neighbour_weights([[0, 0], [1, 0], [3, 0]], 1)
    with pytest.raises(InputError, match="rates must be"):
        getis_ord_star(rates, weights)


def test_a_result_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        getis_ord_star([1, 2, 4], nearest_neighbour_weights([[0, 0], [1, 0], [3, 0]], 1)).z[0] = 0


def test_too_few_permutations_and_impossible_levels_are_refused() -> None:
    weights = nearest_neighbour_weights([[0, 0], [1, 0], [3, 0]], 1)
    with pytest.raises(InputError, match="at least 9999 permutations"):
        getis_ord_star_permuted([1, 2, 3], weights, 1, 999)
    for level in (0, 1, 5):
        with pytest.raises(InputError, match="level"):
            getis_ord_star([1, 2, 3], weights, level)
        with pytest.raises(InputError, match="level"):
            getis_ord_star_permuted([1, 2, 3], weights, 1, level=level)
