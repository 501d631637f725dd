"""The scan statistic, against plain Python, hand-derived ratios and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.analysis.errors import InputError
from atlas.analysis.hotspots import Scan, space_time_scan, spatial_scan
from atlas.analysis.hotspots.scan_windows import log_likelihood_ratio
from bench.hotspots.plain_scan import likeliest

SEEDS = st.integers(0, 10**6)
untimed = settings(deadline=None, max_examples=15)
SQUARE = [(x, y) for x in range(5) for y in range(5)]


def made_up(seed: int, areas: int, periods: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    exposure = random.integers(500, 5_000, (areas, periods)).astype(float)
    return random.poisson(exposure / 400), exposure, random.random((areas, 2))


@pytest.mark.parametrize(
    ("observed", "expected", "total", "ratio"),
    [
        (8, 4, 20, 8 * math.log(2) + 12 * math.log(0.75)),
        (20, 4, 20, 20 * math.log(5)),
        (4, 4, 20, 0),
        (3, 4, 20, 0),
        (0, 4, 20, 0),
        (106, 64.5, 1_175, 106 * math.log(106 / 64.5) + 1_069 * math.log(1_069 / 1_110.5)),
    ],
)
def test_the_ratio_is_that_worked_out_by_hand(
    observed: int, expected: float, total: int, ratio: float
) -> None:
    found = float(log_likelihood_ratio(observed, expected, total))
    assert found == pytest.approx(ratio, abs=1e-12)


def test_a_cluster_of_three_areas_is_found_with_its_figures() -> None:
    counts = [20, 22, 4, 4, 4, 19, 5] + [4] * 18
    best = spatial_scan(counts, [1_000] * 25, SQUARE, 1).clusters[0]
    assert sorted(best.areas.tolist()) == [0, 1, 5]
    assert (best.observed, best.first_period, best.last_period) == (61, 0, 0)
    assert best.expected == pytest.approx(150 * 3 / 25)
    assert best.relative_risk == pytest.approx((61 / 18) / (89 / 132))
    by_hand = 61 * math.log(61 / 18) + 89 * math.log(89 / 132)
    assert best.log_likelihood_ratio == pytest.approx(by_hand)
    assert best.p_value == 1 / 1_000


@pytest.mark.parametrize("seed", range(4))
def test_space_agrees_with_plain_python(seed: int) -> None:
    counts, exposure, points = made_up(seed, 15, 1)
    found = spatial_scan(counts[:, 0], exposure[:, 0], points, seed, 99)
    ratio, areas, _ = likeliest(counts.tolist(), exposure.tolist(), points.tolist(), 1)
    assert found.clusters[0].log_likelihood_ratio == pytest.approx(ratio)
    assert sorted(found.clusters[0].areas.tolist()) == areas
    agree_on_simulations(found, counts, exposure, points, seed, 1)


@pytest.mark.parametrize("seed", range(4))
def test_space_and_time_agree_with_plain_python(seed: int) -> None:
    counts, exposure, points = made_up(seed, 9, 5)
    found = space_time_scan(counts, exposure, points, seed, 99)
    ratio, areas, periods = likeliest(counts.tolist(), exposure.tolist(), points.tolist(), 2)
    best = found.clusters[0]
    assert best.log_likelihood_ratio == pytest.approx(ratio)
    assert sorted(best.areas.tolist()) == areas
    assert range(best.first_period, best.last_period + 1) == periods
    agree_on_simulations(found, counts, exposure, points, seed, 2)


def agree_on_simulations(
    found: Scan, counts: np.ndarray, exposure: np.ndarray, points: np.ndarray, seed: int, most: int
) -> None:
    share = (exposure / exposure.sum()).ravel()
    drawn = np.random.default_rng(seed).multinomial(int(counts.sum()), share, size=99)
    for ratio, table in zip(found.null_ratios, drawn[:30], strict=False):
        expected, *_ = likeliest(
            table.reshape(counts.shape).tolist(), exposure.tolist(), points.tolist(), most
        )
        assert ratio == pytest.approx(expected)


def test_areas_at_one_distance_enter_together() -> None:
    # On a square grid no circle around the middle holds just two areas.
    counts = np.full(25, 4)
    counts[[12, 13]] = 25
    best = spatial_scan(counts, np.full(25, 1_000), SQUARE, 1).clusters[0]
    assert sorted(best.areas.tolist()) in ([7, 11, 12, 13, 17], [8, 12, 13, 14, 18])


def test_secondary_clusters_share_no_area_and_are_significant() -> None:
    points = [(x, 0) for x in range(30)]
    counts = np.full(30, 10)
    counts[2:5], counts[20:23] = 50, 40
    found = spatial_scan(counts, np.full(30, 1_000), points, 1).clusters
    assert [sorted(one.areas.tolist()) for one in found] == [[2, 3, 4], [20, 21, 22]]
    assert all(one.p_value <= 0.05 for one in found)
    alone = spatial_scan(np.full(30, 10) + np.arange(30) % 2, np.full(30, 1_000), points, 1)
    assert len(alone.clusters) == 1
    assert alone.clusters[0].p_value > 0.05


def test_windows_hold_at_most_half_of_exposure_and_time() -> None:
    counts, exposure = np.ones((8, 7), dtype=int), np.ones((8, 7))
    counts[:5, :] = 9
    best = space_time_scan(counts, exposure, [(x, 0) for x in range(8)], 1, 99).clusters[0]
    assert len(best.areas) == 4
    assert best.last_period - best.first_period + 1 == 3


def test_the_p_value_is_the_rank_among_simulations() -> None:
    counts, exposure, points = made_up(7, 20, 1)
    found = spatial_scan(counts[:, 0], exposure[:, 0], points, 3, 199)
    best = found.clusters[0]
    reached = (found.null_ratios >= best.log_likelihood_ratio).sum()
    assert best.p_value == (1 + reached) / 200
    again = spatial_scan(counts[:, 0], exposure[:, 0], points, np.random.default_rng(3), 199)
    assert again.null_ratios.tolist() == found.null_ratios.tolist()


def test_p_values_of_independent_counts_keep_their_size() -> None:
    random, draws = np.random.default_rng(20_240_611), 400
    points, persons = random.random((25, 2)), random.integers(2_000, 20_000, 25)
    found = np.array(
        [
            spatial_scan(random.poisson(0.003 * persons), persons, points, random, 99)
            .clusters[0]
            .p_value
            for _ in range(draws)
        ]
    )
    for size in (0.05, 0.2, 0.5):
        error = math.sqrt(size * (1 - size) / draws)
        assert abs((found <= size).mean() - size) < 3.5 * error


def test_p_values_in_space_and_time_keep_their_size() -> None:
    random, draws = np.random.default_rng(20_240_612), 200
    points, exposure = random.random((12, 2)), random.integers(2_000, 20_000, (12, 8))
    found = np.array(
        [
            space_time_scan(random.poisson(0.001 * exposure), exposure, points, random, 99)
            .clusters[0]
            .p_value
            for _ in range(draws)
        ]
    )
    for size in (0.05, 0.2, 0.5):
        error = math.sqrt(size * (1 - size) / draws)
        assert abs((found <= size).mean() - size) < 3.5 * error


@untimed
@given(SEEDS, st.floats(0.01, 100))
def test_order_of_areas_and_unit_of_exposure_do_not_matter(seed: int, unit: float) -> None:
    counts, exposure, points = made_up(seed, 12, 4)
    order = np.random.default_rng(seed).permutation(12)
    one = space_time_scan(counts, exposure, points, 1, 99).clusters[0]
    other = space_time_scan(counts[order], unit * exposure[order], points[order], 1, 99).clusters[0]
    assert other.log_likelihood_ratio == pytest.approx(one.log_likelihood_ratio)
    assert sorted(order[other.areas].tolist()) == sorted(one.areas.tolist())


@untimed
@given(SEEDS, st.floats(0.01, 100), st.floats(0.01, 1_000))
def test_permuting_areas_permutes_the_clusters(seed: int, unit: float, scale: float) -> None:
    counts, exposure, points = made_up(seed, 20, 1)
    order = np.random.default_rng(seed).permutation(20)
    one = spatial_scan(counts[:, 0], exposure[:, 0], points, 1, 99).clusters[0]
    moved = spatial_scan(counts[order, 0], unit * exposure[order, 0], scale * points[order], 1, 99)
    other = moved.clusters[0]
    assert other.log_likelihood_ratio == pytest.approx(one.log_likelihood_ratio)
    assert sorted(order[other.areas].tolist()) == sorted(one.areas.tolist())
    assert (other.observed, other.expected) == (one.observed, pytest.approx(one.expected))
    # The areas are dealt other simulated counts: ranks among 99 may differ by chance.
    assert abs(other.p_value - one.p_value) < 0.4


def test_without_events_or_differences_there_is_no_cluster() -> None:
    found = spatial_scan([0] * 25, [1_000] * 25, SQUARE, 1)
    assert found.clusters == ()
    assert found.null_ratios.shape == (999,)
    assert spatial_scan([4] * 25, [1_000] * 25, SQUARE, 1, 99).clusters == ()


def test_all_events_in_one_area_have_an_infinite_relative_risk() -> None:
    best = spatial_scan([30] + [0] * 24, [1_000] * 25, SQUARE, 1, 99).clusters[0]
    assert best.areas.tolist() == [0]
    assert best.relative_risk == math.inf


@pytest.mark.parametrize(
    ("counts", "exposure", "points", "message"),
    [
        ([1, math.nan, 1], [9, 9, 9], [[0, 0], [1, 0], [2, 0]], "counts must be whole"),
        ([1, -1, 1], [9, 9, 9], [[0, 0], [1, 0], [2, 0]], "counts must be whole"),
        ([1, 1, 1], [9, 0, 9], [[0, 0], [1, 0], [2, 0]], "exposure must be above 0"),
        ([1, 1, 1], [9, 9], [[0, 0], [1, 0], [2, 0]], "exposure needs"),
        ([1, 1, 1], [9, 9, 9], [[0, 0], [1, 0]], "each area needs a point"),
        ([1, 1, 1], [9, 9, 9], [[0, 0], [1, 0], [2, math.nan]], "finite"),
        ([1], [9], [[0, 0]], "no window"),
        ([math.nan] * 3, [9, 9, 9], [[0, 0], [1, 0], [2, 0]], "counts must be whole"),
    ],
)
def test_impossible_areas_are_refused(
    counts: list[float], exposure: list[float], points: list[list[float]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        spatial_scan(counts, exposure, points, 1)
    with pytest.raises(InputError, match=message):
        space_time_scan(np.column_stack([counts] * 3), np.column_stack([exposure] * 3), points, 1)


def test_impossible_options_are_refused() -> None:
    with pytest.raises(InputError, match="99 simulations"):
        spatial_scan([1] * 25, [9] * 25, SQUARE, 1, 98)
    with pytest.raises(InputError, match="simulations must be a whole number"):
        spatial_scan([1] * 25, [9] * 25, SQUARE, 1, 99.5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="seed"):
        spatial_scan([1] * 25, [9] * 25, SQUARE, None)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="array of text"):
        space_time_scan([["<5", "1"]] * 25, [[9, 9]] * 25, SQUARE, 1)
    with pytest.raises(InputError, match="ragged"):
        space_time_scan([[1, 1]] * 25, [[9, 9]] * 24 + [[9]], SQUARE, 1)
    with pytest.raises(InputError, match="level"):
        spatial_scan([1] * 25, [9] * 25, SQUARE, 1, level=0)
    with pytest.raises(InputError, match="periods"):
        space_time_scan([[1]] * 25, [[9]] * 25, SQUARE, 1)
    with pytest.raises(InputError, match="periods"):
        space_time_scan([1] * 25, [9] * 25, SQUARE, 1)
