"""Emerging hot spots: each of the 17 patterns, the score behind them, and the trend test."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, norm

from atlas.analysis.errors import InputError
from atlas.analysis.hotspots import (
    NO_PATTERN,
    SpatialWeights,
    classify_pattern,
    emerging_hot_spots,
    mann_kendall,
    nearest_neighbour_weights,
)

SEEDS = st.integers(0, 10**6)
untimed = settings(deadline=None, max_examples=30)


def steps(text: str, mark: str) -> list[bool]:
    return [one == mark for one in text]


def pattern(text: str, trend: int) -> str:
    """Name the pattern of steps written as `h` (hot), `c` (cold) and `.`; trend is of z."""
    return classify_pattern(steps(text, "h"), steps(text, "c"), trend)


def mirrored(text: str) -> str:
    return text.translate(str.maketrans("hc", "ch"))


PATTERNS = [
    ("new", ".........h", 0),
    ("consecutive", ".......hhh", 1),
    ("intensifying", "h.hhhhhhhh", 1),
    ("persistent", "hhhhhhhhhh", 0),
    ("diminishing", "hhhh.hhhhh", -1),
    ("sporadic", "h..hh..h.h", 1),
    ("oscillating", "h.cc...h.h", 0),
    ("historical", "hhhhhhhhh.", -1),
]


def test_a_new_hot_spot_is_hot_in_the_final_step_only() -> None:
    assert pattern("...........h", 0) == "new hot spot"


def test_a_new_cold_spot_is_cold_in_the_final_step_only() -> None:
    assert pattern("...........c", 0) == "new cold spot"


def test_a_consecutive_hot_spot_has_one_unbroken_final_run() -> None:
    assert pattern("..........hh", 1) == "consecutive hot spot"
    assert pattern("..hhhhhhhhhh", 1) == "consecutive hot spot"
    assert pattern("h.........hh", 1) == "sporadic hot spot"


def test_a_consecutive_cold_spot_has_one_unbroken_final_run() -> None:
    assert pattern("..........cc", -1) == "consecutive cold spot"


@pytest.mark.parametrize("before", ["c.........", "..c..c....", "cccccccc.."])
def test_new_and_consecutive_go_before_oscillating(before: str) -> None:
    assert pattern(f"{before}h", 0) == "new hot spot"
    assert pattern(f"{before}hh", 0) == "consecutive hot spot"
    assert pattern(mirrored(f"{before}h"), 0) == "new cold spot"
    assert pattern(mirrored(f"{before}hh"), 0) == "consecutive cold spot"
    assert pattern(f"h{before}h", 0) == "oscillating hot spot"


def test_an_intensifying_hot_spot_is_hot_nearly_always_and_rises() -> None:
    assert pattern("h.hhhhhhhhhh", 1) == "intensifying hot spot"


def test_an_intensifying_cold_spot_is_cold_nearly_always_and_falls() -> None:
    assert pattern("c.cccccccccc", -1) == "intensifying cold spot"


def test_a_persistent_hot_spot_is_hot_nearly_always_without_a_trend() -> None:
    assert pattern("hhhhh.hhhhhh", 0) == "persistent hot spot"


def test_a_persistent_cold_spot_is_cold_nearly_always_without_a_trend() -> None:
    assert pattern("ccccc.cccccc", 0) == "persistent cold spot"


def test_a_diminishing_hot_spot_is_hot_nearly_always_and_falls() -> None:
    assert pattern("hhhhhhhhhhhh", -1) == "diminishing hot spot"


def test_a_diminishing_cold_spot_is_cold_nearly_always_and_rises() -> None:
    assert pattern("cccccccccccc", 1) == "diminishing cold spot"


def test_a_sporadic_hot_spot_goes_on_and_off_and_is_never_cold() -> None:
    assert pattern("hh..hh.hhh.h", -1) == "sporadic hot spot"


def test_a_sporadic_cold_spot_goes_on_and_off_and_is_never_hot() -> None:
    assert pattern("cc..cc.ccc.c", 1) == "sporadic cold spot"


def test_an_oscillating_hot_spot_was_cold_before() -> None:
    assert pattern("hh..cc.hhh.h", 0) == "oscillating hot spot"


def test_an_oscillating_cold_spot_was_hot_before() -> None:
    assert pattern("cc..hh.ccc.c", 0) == "oscillating cold spot"


def test_a_historical_hot_spot_was_hot_nearly_always_but_not_at_last() -> None:
    assert pattern("hhhhhhhhhhh.", 0) == "historical hot spot"
    assert pattern("hhhhhhhhhhhc", -1) == "historical hot spot" != pattern("h...h....h.c", -1)


def test_a_historical_cold_spot_was_cold_nearly_always_but_not_at_last() -> None:
    assert pattern("ccccccccccc.", 0) == "historical cold spot"


@pytest.mark.parametrize("text", ["............", "hhhhhh......", "cc.hh.cc.hh.", "hhhhhhhhhh.."])
def test_all_else_has_no_pattern(text: str) -> None:
    assert pattern(text, 1) == NO_PATTERN


@pytest.mark.parametrize(("name", "text", "trend"), PATTERNS)
def test_nine_of_ten_steps_are_ninety_percent(name: str, text: str, trend: int) -> None:
    assert pattern(text, trend) == f"{name} hot spot"
    assert pattern(mirrored(text), -trend) == f"{name} cold spot"


@given(st.text("hc.", min_size=10, max_size=40), st.sampled_from([-1, 0, 1]))
def test_cold_mirrors_hot(text: str, trend: int) -> None:
    found, turned = pattern(text, trend), pattern(mirrored(text), -trend)
    swap = {"hot": "cold", "cold": "hot"}
    assert turned.split() == [swap.get(word, word) for word in found.split()]


@pytest.mark.parametrize(
    ("hot", "cold", "message"),
    [
        ([True] * 9, [False] * 9, "at least 10 steps"),
        ([True] * 10, [False] * 9, "one shape"),
        ([True] * 10, [False] * 9 + [True], "hot and cold at once"),
    ],
)
def test_steps_that_cannot_be_named_are_refused(
    hot: list[bool], cold: list[bool], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        classify_pattern(hot, cold, 0)


@pytest.mark.parametrize("step", [math.nan, 0.5, 2, -1, "hot", None])
def test_a_step_is_true_or_false(step: Any) -> None:
    for hot, cold in (([step] + [0] * 11, [0] * 12), ([0] * 12, [step] + [0] * 11)):
        with pytest.raises(InputError, match=r"true or false|must be numbers"):
            classify_pattern(hot, cold, 0)
    assert classify_pattern([0] * 11 + [1], np.zeros(12), 0) == "new hot spot"


@pytest.mark.parametrize("trend", [7, math.nan, 1.0, "1", None])
def test_a_trend_is_one_of_three(trend: Any) -> None:
    with pytest.raises(InputError, match="trend is 1, 0 or -1"):
        classify_pattern([True] * 12, [False] * 12, trend)
    assert classify_pattern([True] * 12, [False] * 12, 1) == "intensifying hot spot"


@pytest.mark.parametrize("rates", ["Suppr.", [["<5"] * 12] * 9, [[1], [1, 2]], {}, None])
def test_what_is_no_number_is_refused(rates: Any) -> None:
    with pytest.raises(InputError):
        emerging_hot_spots(rates, neighbours(9))
    with pytest.raises(InputError):
        mann_kendall(rates)


def neighbours(areas: int, seed: int = 1) -> SpatialWeights:
    return nearest_neighbour_weights(np.random.default_rng(seed).random((areas, 2)), 5)


def test_the_score_is_gi_star_over_the_area_its_neighbours_and_the_step_before() -> None:
    weights, rates = neighbours(15), np.random.default_rng(2).gamma(2, 3, (15, 11))
    found = emerging_hot_spots(rates, weights).z
    near = weights.matrix.toarray() + np.eye(15)
    n, mean, spread = rates.size, rates.mean(), rates.std()
    for area in range(15):
        for step in range(11):
            w = np.zeros_like(rates)
            w[:, max(0, step - 1) : step + 1] = near[area][:, None]
            top = (w * rates).sum() - mean * w.sum()
            bottom = spread * math.sqrt((n * (w**2).sum() - w.sum() ** 2) / (n - 1))
            assert found[area, step] == pytest.approx(top / bottom, abs=1e-10)


def test_planted_patterns_are_found() -> None:
    points = np.array([(x, y) for x in range(12) for y in range(12)], dtype=float)
    weights = nearest_neighbour_weights(points + 0.01 * np.random.default_rng(1).random((144, 2)))
    rates = np.random.default_rng(3).normal(100, 5, (144, 20))
    corner = {
        "new hot spot": (points < 3).all(axis=1),
        "persistent cold spot": (points > 8).all(axis=1),
        "intensifying hot spot": (points[:, 0] < 3) & (points[:, 1] > 8),
        "historical hot spot": (points[:, 0] > 8) & (points[:, 1] < 3),
    }
    # A step's score takes in the step before, so a rise in the last step alone must be large.
    rates[corner["new hot spot"], 19] += 60
    rates[corner["persistent cold spot"]] -= 50
    rates[corner["intensifying hot spot"]] += 40 + 3 * np.arange(20)
    rates[corner["historical hot spot"], :18] += 60
    rates[corner["historical hot spot"], 18:] -= 10
    found = emerging_hot_spots(rates, weights)
    inner = {
        "new hot spot": (0, 0),
        "persistent cold spot": (11, 11),
        "intensifying hot spot": (0, 11),
        "historical hot spot": (11, 0),
    }
    for name, place in inner.items():
        at = int((points == place).all(axis=1).argmax())
        assert found.pattern[at] == name
    assert set(found.pattern[((points > 4) & (points < 7)).all(axis=1)]) == {NO_PATTERN}


def test_independent_rates_have_a_hot_or_cold_step_no_more_often_than_stated() -> None:
    random, draws = np.random.default_rng(20_240_609), 300
    weights = neighbours(40)
    found = [emerging_hot_spots(random.normal(size=(40, 12)), weights) for _ in range(draws)]
    any_step = np.mean([(one.hot | one.cold).any() for one in found])
    assert any_step <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / draws)


@untimed
@given(SEEDS, st.floats(0.01, 100), st.floats(-100, 100))
def test_order_unit_and_origin_do_not_matter(seed: int, unit: float, origin: float) -> None:
    random = np.random.default_rng(seed)
    points, order = random.random((25, 2)), random.permutation(25)
    rates = random.gamma(0.5, 10, (25, 12))
    one = emerging_hot_spots(rates, nearest_neighbour_weights(points, 4))
    moved = origin + unit * rates[order]
    other = emerging_hot_spots(moved, nearest_neighbour_weights(points[order], 4))
    np.testing.assert_allclose(other.z, one.z[order], atol=1e-6)
    assert other.pattern.tolist() == one.pattern[order].tolist()


def test_equal_rates_have_no_pattern() -> None:
    for rates in (np.zeros((9, 10)), np.full((9, 10), 0.1)):
        found = emerging_hot_spots(rates, neighbours(9))
        assert (found.z == 0).all()
        assert set(found.pattern) == {NO_PATTERN}
        assert (found.trend.p_value == 1).all()


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        (np.ones((9, 9)), "10 steps"),
        (np.ones(10), "shape"),
        (np.full((9, 10), math.nan), "finite"),
        (np.ones((8, 10)), "weights are of 9 areas, values of 8"),
    ],
)
def test_impossible_rates_are_refused(rates: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        emerging_hot_spots(rates, neighbours(9))


def test_an_impossible_level_is_refused() -> None:
    with pytest.raises(InputError, match="level"):
        emerging_hot_spots(np.ones((9, 10)), neighbours(9), level=0)


def test_the_trend_is_that_worked_out_by_hand() -> None:
    # 45 pairs, two tied and one falling: S = 42 - 1; Var = (2250 - 2 * 18) / 18 = 123.
    found = mann_kendall([[1, 2, 2, 3, 5, 4, 6, 7, 7, 9]])
    assert (found.s[0], found.variance[0]) == (41, 123)
    assert found.z[0] == pytest.approx(40 / math.sqrt(123))
    assert found.p_value[0] == pytest.approx(2 * norm.sf(40 / math.sqrt(123)))
    # Three alike: (2250 - 3 * 2 * 11) / 18 = 364 / 3.
    assert mann_kendall([[1, 1, 1, 2, 3, 4, 5, 6, 7, 8]]).variance[0] == pytest.approx(364 / 3)


@untimed
@given(st.lists(st.integers(-4, 4), min_size=10, max_size=40))
def test_the_trend_agrees_with_kendalls_tau(series: list[int]) -> None:
    found = mann_kendall([series])
    if len(set(series)) == 1:
        assert (found.s[0], found.z[0], found.p_value[0]) == (0, 0, 1)
        return
    tau = kendalltau(range(len(series)), series, method="asymptotic")
    # scipy's p-value has no continuity correction.
    uncorrected = 2 * norm.sf(abs(found.s[0]) / math.sqrt(found.variance[0]))
    assert uncorrected == pytest.approx(tau.pvalue, rel=1e-9)
    assert np.sign(found.s[0]) == np.sign(round(tau.statistic, 12))


@untimed
@given(SEEDS)
def test_the_trend_turns_with_time_and_ignores_scale(seed: int) -> None:
    series = np.random.default_rng(seed).integers(0, 9, (3, 15)).astype(float)
    one, back = mann_kendall(series), mann_kendall(series[:, ::-1])
    np.testing.assert_array_equal(back.s, -one.s)
    np.testing.assert_array_equal(mann_kendall(3 * series + 1).z, one.z)
    np.testing.assert_array_equal(mann_kendall(series[::-1]).z, one.z[::-1])


def test_the_trend_of_independent_series_keeps_its_size() -> None:
    draws = 4_000
    found = mann_kendall(np.random.default_rng(20_240_610).normal(size=(draws, 24)))
    for size in (0.01, 0.05, 0.2):
        error = math.sqrt(size * (1 - size) / draws)
        assert (found.p_value <= size).mean() <= size + 3 * error


@pytest.mark.parametrize(
    ("series", "message"),
    [
        ([list(range(9))], "10 periods"),
        (list(range(10)), "shape"),
        ([[*range(9), math.nan]], "finite"),
    ],
)
def test_impossible_series_are_refused(series: list[list[float]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        mann_kendall(series)
