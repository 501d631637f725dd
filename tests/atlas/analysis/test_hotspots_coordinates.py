"""Points that hold more incidents than a place should."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas.analysis.errors import InputError
from atlas.analysis.hotspots import crowded_points

HEADQUARTERS = [-79.3832, 43.6617]


def scattered(incidents: int) -> np.ndarray:
    return np.random.default_rng(1).random((incidents, 2))


def test_an_address_that_stands_for_unknown_places_is_found() -> None:
    points = np.concatenate([scattered(470), [HEADQUARTERS] * 24, [[0.0, 0.0]] * 6])
    found = crowded_points(points)
    assert found.points.tolist() == [HEADQUARTERS, [0, 0]]
    assert found.incidents.tolist() == [24, 6]
    assert found.share.tolist() == [0.048, 0.012]
    assert np.flatnonzero(found.at_crowded).tolist() == list(range(470, 500))


def test_a_share_of_just_the_limit_is_not_crowded() -> None:
    points = np.concatenate([scattered(495), [HEADQUARTERS] * 5])
    assert len(crowded_points(points).points) == 0
    assert len(crowded_points(points, 0.0099).points) == 1


def test_lone_incidents_are_never_crowded_however_few() -> None:
    assert len(crowded_points(scattered(3)).points) == 0
    assert len(crowded_points([[1, 2]]).points) == 0
    assert crowded_points(np.zeros((0, 2))).at_crowded.shape == (0,)
    assert crowded_points([[1, 2]] * 2).share.tolist() == [1.0]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=300))
def test_the_crowded_points_are_those_counted_one_by_one(points: list[tuple[int, int]]) -> None:
    found = crowded_points(points, 0.05)
    crowded = {point for point in points if points.count(point) > max(1, 0.05 * len(points))}
    assert {tuple(point) for point in found.points.tolist()} == crowded
    assert found.at_crowded.tolist() == [point in crowded for point in points]
    assert found.incidents.sum() == found.at_crowded.sum()
    assert (np.diff(found.incidents) <= 0).all()


@pytest.mark.parametrize("points", [[[0, math.nan]], [[math.inf, 0]], [0, 1], [[0]]])
def test_impossible_points_are_refused(points: list[list[float]]) -> None:
    with pytest.raises(InputError, match=r"coordinates must be finite|points need"):
        crowded_points(points)


def test_an_impossible_share_is_refused() -> None:
    with pytest.raises(InputError, match="level"):
        crowded_points([[0, 0]], 1)
