"""Shrunken rates, against hand-derived numbers, another library and invariants."""

import math

import numpy as np
import pytest
from esda.smoothing import Empirical_Bayes, Spatial_Empirical_Bayes
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.weights import WSP
from scipy.sparse import csr_array

from atlas.analysis.errors import InputError
from atlas.analysis.hotspots import SpatialWeights, nearest_neighbour_weights
from atlas.analysis.rates import empirical_bayes_rates, local_empirical_bayes_rates

AREAS = st.integers(3, 25).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 300), min_size=n, max_size=n),
        st.lists(st.integers(100, 10**6), min_size=n, max_size=n),
    )
)
untimed = settings(deadline=None)


def line(areas: int):  # type: ignore[no-untyped-def]
    return nearest_neighbour_weights(np.column_stack([np.arange(areas) ** 1.1, np.zeros(areas)]), 2)


def test_two_areas_are_shrunk_as_worked_out_by_hand() -> None:
    # m = 0.03, s2 = 0.0001 - 0.03 / 1000 = 0.00007, W = 0.00007 / (0.00007 + 0.00003) = 0.7.
    found = empirical_bayes_rates([20, 40], [1_000, 1_000], per=1)
    assert found.weight == pytest.approx([0.7, 0.7])
    assert found.rate == pytest.approx([0.023, 0.037])
    assert found.towards == pytest.approx([0.03, 0.03])


def test_rates_that_differ_less_than_chance_are_all_the_mean() -> None:
    # esda 2.9.0 leaves the variance below 0 here and gives a negative rate.
    found = empirical_bayes_rates([10, 10, 10, 11], [1_000] * 4, per=1)
    assert found.rate == pytest.approx([0.01025] * 4)
    assert (found.weight == 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_rates_agree_with_another_library_where_its_variance_is_not_negative(seed: int) -> None:
    random = np.random.default_rng(seed)
    persons = random.integers(2_000, 60_000, 60)
    events = random.poisson(persons * random.gamma(4, 5e-4, 60))
    found = empirical_bayes_rates(events, persons, per=1)
    assert (found.weight > 0).all()
    np.testing.assert_allclose(found.rate, Empirical_Bayes(events, persons).r.ravel(), rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_local_rates_agree_with_another_library(seed: int) -> None:
    random = np.random.default_rng(seed)
    persons = random.integers(2_000, 60_000, 60)
    events = random.poisson(persons * random.gamma(4, 5e-4, 60))
    weights = nearest_neighbour_weights(random.random((60, 2)), 5)
    neighbours = WSP(weights.matrix.tocsr()).to_W(silence_warnings=True)
    neighbours.id_order = list(range(60))
    other = Spatial_Empirical_Bayes(events, persons, neighbours).r.ravel()
    found = local_empirical_bayes_rates(events, persons, weights, per=1)
    np.testing.assert_allclose(found.rate, other, rtol=1e-10)


@untimed
@given(AREAS, st.randoms(use_true_random=False))
def test_order_of_areas_does_not_matter(areas: tuple[list[int], list[int]], random: object) -> None:
    rows = list(range(len(areas[0])))
    random.shuffle(rows)  # type: ignore[attr-defined]
    counts, persons = (np.array(column) for column in areas)
    one = empirical_bayes_rates(counts, persons)
    other = empirical_bayes_rates(counts[rows], persons[rows])
    np.testing.assert_allclose(other.rate, one.rate[rows], rtol=1e-7, atol=1e-9)


@untimed
@given(AREAS)
def test_a_shrunken_rate_lies_between_its_own_and_the_mean(
    areas: tuple[list[int], list[int]],
) -> None:
    counts, persons = (np.array(column) for column in areas)
    own = 1e5 * counts / persons
    for found in (
        empirical_bayes_rates(counts, persons),
        local_empirical_bayes_rates(counts, persons, line(len(counts))),
    ):
        slack = 1e-9 * (1 + own.max())
        assert (found.rate >= np.minimum(own, found.towards) - slack).all()
        assert (found.rate <= np.maximum(own, found.towards) + slack).all()
        assert ((found.weight >= 0) & (found.weight <= 1)).all()


def test_without_events_or_with_one_area_the_answer_is_defined() -> None:
    assert empirical_bayes_rates([0, 0], [10, 20]).rate.tolist() == [0, 0]
    assert empirical_bayes_rates([3], [1_000]).rate.tolist() == [300]
    assert local_empirical_bayes_rates([0] * 4, [10] * 4, line(4)).rate.tolist() == [0] * 4
    same = local_empirical_bayes_rates([5] * 4, [1_000] * 4, line(4))
    assert same.rate == pytest.approx([500] * 4)


def test_shrinking_lowers_the_squared_error_of_small_areas() -> None:
    random = np.random.default_rng(20_240_604)
    persons = random.integers(500, 20_000, 158)
    truth = random.gamma(20, 1e-3 / 20, 158)
    raw, shrunken = 0.0, 0.0
    for _ in range(100):
        events = random.poisson(persons * truth)
        raw += ((events / persons - truth) ** 2).sum()
        shrunken += ((empirical_bayes_rates(events, persons, per=1).rate - truth) ** 2).sum()
    assert shrunken < 0.5 * raw


@pytest.mark.parametrize(
    ("counts", "population", "message"),
    [
        ([1, math.nan], [10, 10], "counts must be whole .* suppressed"),
        ([math.nan] * 2, [10, 10], "counts must be whole"),
        ([1, -1], [10, 10], "counts"),
        ([1, 1], [10, 0], "population must be above 0"),
        ([1, 1], [10], "population needs 2"),
        ([], [], "at least 1"),
    ],
)
def test_areas_that_cannot_be_shrunk_are_refused(
    counts: list[float], population: list[float], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        empirical_bayes_rates(counts, population)
    with pytest.raises(InputError, match=message):
        local_empirical_bayes_rates(counts, population, line(4))


def test_weights_of_other_areas_are_refused() -> None:
    with pytest.raises(InputError, match="weights are of 4 areas, values of 2"):
        local_empirical_bayes_rates([1, 1], [10, 10], line(4))


def test_weights_without_neighbours_are_refused() -> None:
    alone = SpatialWeights(csr_array((2, 2)), np.zeros(2, dtype=bool))
    with pytest.raises(InputError, match="area 0 has none"):
        local_empirical_bayes_rates([1, 1], [10, 10], alone)


@pytest.mark.parametrize("per", [0, -1, math.nan, math.inf, "100"])
def test_a_scale_must_be_above_zero(per: float) -> None:
    with pytest.raises(InputError, match="per must be"):
        empirical_bayes_rates([1, 1], [10, 10], per)
    with pytest.raises(InputError, match="per must be"):
        local_empirical_bayes_rates([1] * 4, [10] * 4, line(4), per)


def test_a_result_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        empirical_bayes_rates([1, 1], [10, 10]).rate[0] = 0
