"""Scores of quantile forecasts, against numbers worked by hand and the pinball loss."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas.analysis.errors import InputError
from atlas.analysis.forecast import (
    QUANTILES,
    interval_coverage,
    interval_score,
    weighted_interval_score,
)

ROW = [4, 6, 8, 10, 12, 14, 16]
ROWS = st.lists(st.integers(0, 500), min_size=7, max_size=7).map(sorted)


@pytest.mark.parametrize(
    ("observed", "score"),
    [(7, 6.0), (4, 6.0), (10, 6.0), (3, 6 + 2 / 0.2), (12, 6 + 2 / 0.2 * 2)],
)
def test_interval_score_is_width_and_ten_times_the_miss(observed: float, score: float) -> None:
    assert interval_score(observed, 4, 10, level=0.8) == pytest.approx(score)


@pytest.mark.parametrize(
    ("observed", "score"),
    [
        # Widths 4, 8, 12 at a/2 = 0.25, 0.1, 0.025, that is 1 + 0.8 + 0.3, over 3.5.
        (10, 2.1 / 3.5),
        # Half of the miss of the median, 1.5, and the miss of the 50 % interval, 1.
        (13, (2.1 + 1.5 + 1) / 3.5),
        # All intervals missed: by 8, 6 and 4; the median by 10.
        (0, (2.1 + 5 + 8 + 6 + 4) / 3.5),
    ],
)
def test_weighted_interval_score_of_a_row_by_hand(observed: float, score: float) -> None:
    assert weighted_interval_score([observed], [ROW]).tolist() == pytest.approx([score])


@given(st.integers(0, 500), ROWS)
def test_weighted_interval_score_is_twice_the_mean_pinball_loss(
    observed: int, row: list[int]
) -> None:
    pinball = [
        share * max(observed - limit, 0) + (1 - share) * max(limit - observed, 0)
        for share, limit in zip(QUANTILES, row, strict=True)
    ]
    found = weighted_interval_score([observed], [row])[0]
    assert found == pytest.approx(2 * sum(pinball) / 7)
    assert found >= 0


@given(st.integers(0, 500), ROWS, st.integers(1, 40), st.integers(0, 40))
def test_scores_scale_and_shift_with_their_unit(
    observed: int, row: list[int], factor: int, shift: int
) -> None:
    one = weighted_interval_score([observed], [row])
    other = weighted_interval_score(
        [factor * observed + shift], [[factor * x + shift for x in row]]
    )
    assert other == pytest.approx(factor * one)


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_forecast_of_one_number_scores_its_miss(observed: int, number: int) -> None:
    score = weighted_interval_score([observed], [[number] * 7])[0]
    assert score == pytest.approx(abs(observed - number))


def test_coverage_counts_the_limits_as_inside() -> None:
    held = interval_coverage([8, 12, 6, 15, 16, 17, 3, 10], [ROW] * 8)
    assert held == {0.5: 3 / 8, 0.8: 4 / 8, 0.95: 6 / 8}


def test_the_true_distribution_scores_least_on_average() -> None:
    random = np.random.default_rng(8)
    came = random.normal(100, 15, 4_000)
    true = np.quantile(random.normal(100, 15, 200_000), QUANTILES)
    honest = weighted_interval_score(came, np.tile(true, (4_000, 1))).mean()
    for wrong in (100 + (true - 100) * 0.4, 100 + (true - 100) * 2, true + 8):
        assert weighted_interval_score(came, np.tile(wrong, (4_000, 1))).mean() > honest


def test_forecasts_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InputError, match="above its upper"):
        interval_score(1, 5, 4)
    with pytest.raises(InputError, match="one shape"):
        interval_score([1, 2], [0], [4])
    with pytest.raises(InputError, match="finite"):
        interval_score(math.nan, 0, 4)
    with pytest.raises(InputError, match="level"):
        interval_score(1, 0, 4, 95)
    with pytest.raises(InputError, match="not fall"):
        weighted_interval_score([1], [ROW[::-1]])
    with pytest.raises(InputError, match="finite"):
        weighted_interval_score([math.nan], [ROW])
    with pytest.raises(InputError, match="shape"):
        weighted_interval_score([1], [ROW[:-1]])
    with pytest.raises(InputError, match="at least one"):
        interval_coverage([], np.empty((0, 7)))


@given(
    st.integers(-500, 500),
    st.lists(st.integers(-500, 500), min_size=2, max_size=2).map(sorted),
    st.integers(1, 40),
    st.integers(-40, 40),
    st.sampled_from([0.5, 0.8, 0.95]),
)
def test_interval_score_is_no_less_than_the_width_and_scales_with_its_unit(
    observed: int, limits: list[int], factor: int, shift: int, level: float
) -> None:
    low, high = limits
    score = float(interval_score(observed, low, high, level))
    assert score >= high - low
    assert (score == high - low) == (low <= observed <= high)
    came, lower, upper = (factor * x + shift for x in (observed, low, high))
    assert float(interval_score(came, lower, upper, level)) == pytest.approx(factor * score)
    # A miss below costs what the mirrored miss above does.
    assert float(interval_score(-observed, -high, -low, level)) == pytest.approx(score)


@given(st.lists(st.tuples(st.integers(0, 500), ROWS), min_size=1, max_size=20), st.randoms())
def test_coverage_is_a_share_that_rises_with_the_level_in_any_order(
    pairs: list[tuple[int, list[int]]], random: Random
) -> None:
    held = interval_coverage(*zip(*pairs, strict=True))
    shares = list(held.values())
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    random.shuffle(pairs)
    assert interval_coverage(*zip(*pairs, strict=True)) == held
    assert set(interval_coverage([250], [[250] * 7]).values()) == {1.0}


def test_text_and_ragged_lists_are_refused() -> None:
    with pytest.raises(InputError, match="observations must be"):
        interval_score(["<5"], [0], [4])
    with pytest.raises(InputError, match="limits must be"):
        interval_score([1, 2], [[0], [1, 2]], [4, 4])
    with pytest.raises(InputError, match="quantiles must be"):
        weighted_interval_score([1], [["a"] * 7])
    with pytest.raises(InputError, match="level"):
        interval_score(1, 0, 4, "95")  # type: ignore[arg-type]
