"""Places that hold more incidents than a place should; coordinates in metres."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.analysis.errors import InputError
from atlas.analysis.hotspots import crowded_points

HEADQUARTERS = [630_084.25, 4_833_438.75]
untimed = settings(deadline=None, max_examples=60)


def scattered(incidents: int, seed: int = 1) -> np.ndarray:
    """Incidents about a city 30 km wide."""
    corner = np.array([610_000, 4_820_000])
    return corner + 30_000 * np.random.default_rng(seed).random((incidents, 2))


def test_an_address_that_stands_for_unknown_places_is_found() -> None:
    points = np.concatenate([scattered(470), [HEADQUARTERS] * 24, [[0.0, 0.0]] * 6])
    found = crowded_points(points)
    assert found.points.tolist() == [HEADQUARTERS, [0, 0]]
    assert found.incidents.tolist() == [24, 6]
    assert found.share.tolist() == [0.048, 0.012]
    assert np.flatnonzero(found.at_crowded).tolist() == list(range(470, 500))


@pytest.mark.parametrize("jitter", [0.0, 0.001, 0.1, 0.3])
def test_an_address_with_a_jitter_is_found(jitter: float) -> None:
    # 50 of 1,000 at one address, each moved by a normal error; exact duplicates are none.
    moved = HEADQUARTERS + jitter * np.random.default_rng(2).normal(size=(50, 2))
    points = np.concatenate([scattered(950), moved])
    found = crowded_points(points)
    assert len(found.points) == 1
    assert found.incidents[0] >= 45
    np.testing.assert_allclose(found.points[0], HEADQUARTERS, atol=0.3 * jitter + 1e-9)
    assert not found.at_crowded[:950].any()
    # A wider place is a choice.
    assert crowded_points(points, tolerance=5.0).incidents.tolist() == [50]


def test_points_moved_at_random_cannot_be_seen_and_the_result_says_so() -> None:
    moved = HEADQUARTERS + np.random.default_rng(3).uniform(-150, 150, (50, 2))
    found = crowded_points(np.concatenate([scattered(950), moved]))
    assert len(found.points) == 0
    assert "moved at random" in found.note
    assert "ask the publisher" in found.note


def test_a_dense_street_is_no_single_place() -> None:
    # A point every metre: no chain of neighbours makes one crowded place of it.
    street = np.column_stack([np.arange(1_000.0), np.zeros(1_000)])
    assert len(crowded_points(street).points) == 0


def test_a_share_of_just_the_limit_is_not_crowded() -> None:
    points = np.concatenate([scattered(495), [HEADQUARTERS] * 5])
    assert len(crowded_points(points).points) == 0
    assert len(crowded_points(points, 0.0099).points) == 1


def test_lone_incidents_are_never_crowded_however_few() -> None:
    assert len(crowded_points(scattered(3)).points) == 0
    assert len(crowded_points([[1, 2]]).points) == 0
    nobody = crowded_points(np.zeros((0, 2)))
    assert (nobody.at_crowded.shape, nobody.points.shape, nobody.share.shape) == (
        (0,),
        (0, 2),
        (0,),
    )
    assert crowded_points([[1, 2]] * 2).share.tolist() == [1.0]


def test_a_whole_city_at_one_place_takes_no_long_time() -> None:
    # All pairs of 20,000 points would be 200 million.
    near = HEADQUARTERS + 0.001 * np.random.default_rng(4).normal(size=(20_000, 2))
    assert crowded_points(near).incidents.tolist() == [20_000]


PLACES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=200)


@untimed
@given(PLACES, st.integers(0, 10_000))
def test_the_crowded_points_are_those_counted_one_by_one(
    places: list[tuple[int, int]], seed: int
) -> None:
    # Places 10 m apart, each incident moved by up to 10 cm.
    noise = np.random.default_rng(seed).uniform(-0.1, 0.1, (len(places), 2))
    found = crowded_points(10 * np.array(places) + noise, 0.05)
    crowded = {place for place in places if places.count(place) > max(1, 0.05 * len(places))}
    assert {tuple(place) for place in (found.points / 10).round().astype(int).tolist()} == crowded
    assert found.at_crowded.tolist() == [place in crowded for place in places]
    assert found.incidents.sum() == found.at_crowded.sum()
    assert (np.diff(found.incidents) <= 0).all()


@pytest.mark.parametrize(
    "points", [[[0, math.nan]], [[math.inf, 0]], [0, 1], [[0]], [["a", "b"]], [[0, 1], [2]], {}]
)
def test_impossible_points_are_refused(points: Any) -> None:
    with pytest.raises(InputError, match=r"coordinates must be finite|points need|points must be"):
        crowded_points(points)


def test_an_impossible_share_or_tolerance_is_refused() -> None:
    with pytest.raises(InputError, match="level"):
        crowded_points([[0, 0]], 1)
    for tolerance in (0, -1, math.nan, math.inf, "1"):
        with pytest.raises(InputError, match="tolerance must be"):
            crowded_points([[0, 0]], tolerance=tolerance)  # type: ignore[arg-type]
