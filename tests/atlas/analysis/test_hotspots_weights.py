"""Neighbours, against shapely, plain distances and a real map."""

import json
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.graph import Graph
from scipy.sparse import csr_array
from shapely import MultiPolygon, Point, Polygon, box

from atlas.analysis.errors import InputError
from atlas.analysis.hotspots import (
    SpatialWeights,
    bivariate_local_moran,
    distance_band_weights,
    emerging_hot_spots,
    getis_ord_star,
    getis_ord_star_permuted,
    lees_l,
    local_moran,
    nearest_neighbour_weights,
    queen_weights,
)

AREAS = Path(__file__).parents[3] / "static" / "areas"
SEEDS = st.integers(0, 10**6)
untimed = settings(deadline=None, max_examples=40)


def dense(weights: SpatialWeights) -> np.ndarray:
    return weights.matrix.toarray()


def grid(rows: int, columns: int) -> list[Polygon]:
    return [box(x, y, x + 1, y + 1) for y in range(rows) for x in range(columns)]


def test_queens_of_a_grid_touch_at_edges_and_corners() -> None:
    weights = queen_weights(grid(3, 3))
    assert weights.neighbours.tolist() == [3, 5, 3, 5, 8, 5, 3, 5, 3]
    assert np.flatnonzero(dense(weights)[0]).tolist() == [1, 3, 4]
    assert not weights.islands.any()


def test_a_sliver_between_rounded_borders_parts_no_neighbours() -> None:
    # Two boxes 1e-9 apart, and a corner 1e-9 off: lost by any test for a common point.
    shapes = [box(0, 0, 1, 1), box(1 + 1e-9, 0, 2, 1), box(2 + 1e-9, 1 + 1e-9, 3, 2)]
    assert queen_weights(shapes, 0).islands.any()
    weights = queen_weights(shapes)
    assert dense(weights).tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    assert not weights.islands.any()
    assert queen_weights([box(0, 0, 1, 1), box(1.005, 0, 2, 1)], 0.01).islands.sum() == 0
    assert queen_weights([box(0, 0, 1, 1), box(1.02, 0, 2, 1)], 0.01).islands.all()


@untimed
@given(SEEDS, st.integers(2, 12), st.sampled_from([0, 1e-5]))
def test_order_of_polygons_does_not_matter(seed: int, areas: int, tolerance: float) -> None:
    random = np.random.default_rng(seed)
    corners, order = random.integers(0, 5, (areas, 2)), random.permutation(areas)
    shapes = [box(x, y, x + 1, y + 1 - 0.3 * random.random()) for x, y in corners]
    one = queen_weights(shapes, tolerance)
    other = queen_weights([shapes[at] for at in order], tolerance)
    np.testing.assert_array_equal(other.islands, one.islands[order])
    shape = np.array(shapes)
    near = (shapely.distance(shape[:, None], shape) <= tolerance) & ~np.eye(areas, dtype=bool)
    np.testing.assert_array_equal(one.islands, ~near.any(axis=1))
    # Of an island, only the nearest area is added, and two may be as near.
    joined = np.ix_(~one.islands, ~one.islands)
    np.testing.assert_array_equal(dense(one)[joined], near[joined])
    again = dense(other)[np.ix_(np.argsort(order), np.argsort(order))]
    np.testing.assert_array_equal(again[joined], near[joined])


def by_hand(rows: list[list[float]]) -> SpatialWeights:
    return SpatialWeights(csr_array(np.array(rows, dtype=float)), np.zeros(len(rows), dtype=bool))


TWICE = csr_array((np.ones(4), [1, 1, 0, 0], [0, 2, 3, 4]), shape=(3, 3))
UNKNOWN: Any = [
    (None, "must be SpatialWeights; got NoneType"),
    (csr_array(np.eye(3)[::-1]), "must be SpatialWeights; got csr_array"),
    (SpatialWeights(np.ones((3, 3)), np.zeros(3, dtype=bool)), "sparse matrix by rows"),  # type: ignore[arg-type]
    (SpatialWeights(csr_array((3, 3)), np.zeros(3, dtype=bool)), "area 0 has none"),
    (SpatialWeights(csr_array((3, 2)), np.zeros(3, dtype=bool)), "shape"),
    (SpatialWeights(by_hand([[0, 1, 0], [1, 0, 1], [0, 1, 0]]).matrix, np.zeros(2, bool)), "shape"),
    (by_hand([[0, 0.5, 0.5], [1, 0, 0], [1, 0, 0]]), "must be 1 for neighbours"),
    (by_hand([[0, math.nan, 0], [1, 0, 0], [1, 0, 0]]), "must be 1 for neighbours"),
    (SpatialWeights(TWICE, np.zeros(3, dtype=bool)), "each named once"),
    (by_hand([[1, 1, 0], [1, 0, 0], [1, 0, 0]]), "diagonal of weights must be 0"),
    (by_hand([[0, 1, 0], [1, 0, 0], [0, 0, 0]]), "area 2 has none"),
    (by_hand([[0, 1], [1, 0]]), "weights are of 2 areas, values of 3"),
]  # fmt: skip


@pytest.mark.parametrize(("weights", "message"), UNKNOWN)
def test_every_method_refuses_weights_that_are_none(weights: Any, message: str) -> None:
    rates = [1.0, 2, 4]
    for call in (
        lambda: getis_ord_star(rates, weights),
        lambda: getis_ord_star_permuted(rates, weights, 1),
        lambda: local_moran(rates, weights, 1),
        lambda: bivariate_local_moran(rates, rates, weights, 1),
        lambda: lees_l(rates, rates, weights, 1),
        lambda: emerging_hot_spots(np.ones((3, 12)), weights),
    ):
        with pytest.raises(InputError, match=message):
            call()


def test_weights_cannot_be_written_to() -> None:
    weights = queen_weights(grid(2, 2))
    for array in (weights.matrix.data, weights.matrix.indices, weights.islands):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_an_island_is_joined_both_ways_with_the_nearest_border() -> None:
    # The centre of the small far polygon is nearer than that of the large one beside it.
    large, small = box(0, 0, 100, 100), box(130, 0, 131, 1)
    island = box(101, 0, 102, 1)
    weights = queen_weights([large, small, island])
    assert weights.islands.tolist() == [True, True, True]
    assert dense(weights).tolist() == [[0, 0, 1], [0, 0, 1], [1, 1, 0]]


@pytest.mark.parametrize(
    ("name", "areas", "islands"),
    [("toronto_neighbourhoods", 158, 0), ("health_regions", 99, 1), ("provinces", 13, 1)],
)
def test_queens_of_a_map_are_the_areas_that_meet(name: str, areas: int, islands: int) -> None:
    features = json.loads((AREAS / f"{name}.geojson").read_text(encoding="utf-8"))["features"]
    shapes = np.array([shapely.from_geojson(json.dumps(one["geometry"])) for one in features])
    meet = Graph.build_contiguity(gpd.GeoSeries(shapes), rook=False).sparse.toarray()
    weights = queen_weights(list(shapes))
    assert weights.islands.sum() == islands
    assert (meet.sum(axis=1) == 0).tolist() == weights.islands.tolist()
    joined = ~weights.islands[:, None] & ~weights.islands
    np.testing.assert_array_equal(dense(weights) * joined, meet * joined)
    np.testing.assert_array_equal(dense(weights), dense(weights).T)
    assert (weights.neighbours >= 1).all()


@untimed
@given(SEEDS, st.integers(1, 9), st.integers(10, 40))
def test_the_k_nearest_are_nearer_than_all_others(seed: int, k: int, areas: int) -> None:
    points = np.random.default_rng(seed).random((areas, 2))
    distance = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
    np.fill_diagonal(distance, np.inf)
    expected = np.zeros((areas, areas))
    np.put_along_axis(expected, np.argsort(distance, axis=1)[:, :k], 1, axis=1)
    weights = nearest_neighbour_weights(points, k)
    np.testing.assert_array_equal(dense(weights), expected)
    assert not weights.islands.any()


@untimed
@given(SEEDS, st.floats(0.01, 2), st.integers(2, 40))
def test_a_band_joins_all_within_it_and_islands_with_the_nearest(
    seed: int, distance: float, areas: int
) -> None:
    points = np.random.default_rng(seed).random((areas, 2))
    apart = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    expected = apart <= distance
    islands = ~expected.any(axis=1)
    nearest = apart.argmin(axis=1)
    expected[islands, nearest[islands]] = True
    expected[nearest[islands], islands] = True
    weights = distance_band_weights(points, distance)
    np.testing.assert_array_equal(dense(weights), expected)
    assert weights.islands.tolist() == islands.tolist()


@untimed
@given(SEEDS)
def test_order_of_areas_does_not_matter(seed: int) -> None:
    random = np.random.default_rng(seed)
    points, order = random.random((30, 2)), random.permutation(30)
    for build in (nearest_neighbour_weights, lambda at: distance_band_weights(at, 0.15)):
        one, other = build(points), build(points[order])
        np.testing.assert_array_equal(dense(other), dense(one)[np.ix_(order, order)])


def test_points_in_one_place_have_neighbours_other_than_themselves() -> None:
    for weights in (
        nearest_neighbour_weights(np.zeros((12, 2)), 3),
        distance_band_weights(np.zeros((12, 2)), 1),
    ):
        assert (dense(weights).diagonal() == 0).all()
        assert (weights.neighbours >= 3).all()


@pytest.mark.parametrize(
    ("polygons", "message"),
    [
        ([box(0, 0, 1, 1)], "at least 2 areas"),
        ([box(0, 0, 1, 1), Point(0, 0)], "polygons; got .* position 1"),
        ([box(0, 0, 1, 1), None], "polygons; got None"),
        ([Polygon(), box(0, 0, 1, 1)], "not empty; see position 0"),
        ([MultiPolygon(), box(0, 0, 1, 1)], "not empty"),
    ],
)
def test_areas_without_a_shape_are_refused(polygons: list[Polygon], message: str) -> None:
    with pytest.raises(InputError, match=message):
        queen_weights(polygons)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([[0, 0], [1, math.nan]], "finite; see position 1"),
        ([[0, 0], [math.inf, 1]], "finite"),
        ([0, 1], "shape"),
        ([[0, 1, 2]], "shape"),
        ([[0, 0]], "at least 2 areas"),
    ],
)
def test_impossible_points_are_refused(points: list[list[float]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        distance_band_weights(points, 1)
    with pytest.raises(InputError, match=message):
        nearest_neighbour_weights(points, 1)


def test_impossible_neighbourhoods_are_refused() -> None:
    points = [[0, 0], [1, 1], [2, 2]]
    for distance in (0, -1, math.nan, math.inf):
        with pytest.raises(InputError, match="distance must be above 0"):
            distance_band_weights(points, distance)
    for k in (0, 1.5, "3", True):
        with pytest.raises(InputError, match="k must be a whole number from 1 up"):
            nearest_neighbour_weights(points, k)  # type: ignore[arg-type]
    for tolerance in (-1, math.nan, math.inf, "1"):
        with pytest.raises(InputError, match="tolerance must be"):
            queen_weights(grid(2, 2), tolerance)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="array of text"):
        distance_band_weights([["here", "there"]] * 2, 1)
    with pytest.raises(InputError, match="at least 4 areas"):
        nearest_neighbour_weights(points, 3)
