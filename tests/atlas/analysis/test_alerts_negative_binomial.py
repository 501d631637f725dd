"""The default alarm rule: against statsmodels, its obstacles, and its false-alarm rate."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import binomtest, nbinom, norm
from scipy.stats import t as student

from atlas.analysis.alerts import (
    Alarms,
    SeriesModel,
    false_alarm_rate,
    false_discovery_alarms,
    negative_binomial_alarms,
)
from atlas.analysis.errors import InputError

untimed = settings(deadline=None, max_examples=25)
FIELDS = ("expected", "standard_deviation", "threshold", "exceedance", "p_value")


def months(periods: int) -> Any:
    return np.datetime64("2015-01", "M") + np.arange(periods)


def season(mean: float, periods: int) -> np.ndarray:
    t = np.arange(periods)
    return mean * np.exp(0.3 * np.sin(2 * np.pi * t / 12) + 0.04 * t / 12)


def draw(seed: int, regions: int, periods: int, mean: float = 20) -> np.ndarray:
    model = SeriesModel(season(mean, periods), 2.0)
    return model.draw(regions, np.random.default_rng(seed))


def same(one: Alarms, other: Alarms) -> None:
    for name in FIELDS:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-6)
    np.testing.assert_array_equal(one.alarm, other.alarm)
    np.testing.assert_array_equal(one.obstacle, other.obstacle)


def by_statsmodels(
    counts: np.ndarray, exposure: np.ndarray, used: np.ndarray, t: int, alpha: float
) -> tuple[float, float, float]:
    """Expected count, threshold and p-value of month t, written out with other tools."""
    at = np.arange(len(counts))
    angle = np.pi * at / 6
    waves = [np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)]
    design = np.column_stack((np.ones(len(at)), at, *waves))

    def fit(dispersion: float) -> Any:
        family = (
            sm.families.NegativeBinomial(alpha=dispersion) if dispersion else sm.families.Poisson()
        )
        return sm.GLM(counts[used], design[used], family, exposure=exposure[used]).fit(
            scale=1.0, tol=1e-12
        )

    freedom = len(used) - 6

    def excess(dispersion: float) -> float:
        return float(fit(dispersion).pearson_chi2) - freedom

    a = brentq(excess, 1e-6, 5, xtol=1e-12) if excess(0) > 0 else 0.0
    model = fit(a)
    mean = float(np.exp(design[t] @ model.params) * exposure[t])
    v = float(design[t] @ model.cov_params() @ design[t])
    extra = a + v + a * v
    law = nbinom(1 / extra, 1 / (1 + extra * mean))
    threshold = law.ppf(norm.cdf(student.ppf(1 - alpha, freedom)))
    p_value = student.sf(norm.isf(law.sf(counts[t] - 1)), freedom)
    return mean, max(threshold, 4), p_value


@pytest.mark.parametrize("guard", [1, 2])
def test_each_month_equals_a_separate_fit_by_other_tools(guard: int) -> None:
    counts = draw(1, 3, 70)
    days = (months(71)[1:] - months(70).astype("datetime64[D]")).astype(int)
    exposure = np.array([[9e4], [5e5], [2e6]]) * days
    status = np.full(counts.shape, "reported", dtype="<U13")
    status[1, 5:9] = "suppressed"
    counts[1, 5:9] = np.nan
    found = negative_binomial_alarms(counts, months(70), exposure, status, alpha=0.02, guard=guard)
    for region in range(3):
        for t in (50, 69):
            used = np.flatnonzero(status[region, : t - guard] == "reported")
            expected, threshold, p_value = by_statsmodels(
                counts[region], exposure[region], used, t, 0.02
            )
            assert found.expected[region, t] == pytest.approx(expected, rel=1e-6)
            assert found.threshold[region, t] == threshold
            assert found.p_value[region, t] == pytest.approx(p_value, rel=1e-4)


@pytest.mark.parametrize(
    ("history", "dispersion", "bounds"),
    [(36, 2.0, (0.006, 0.012)), (96, 2.0, (0.004, 0.010)), (60, 1.0, (0.003, 0.010))],
)
def test_the_rule_alarms_about_as_often_as_it_says(
    history: int, dispersion: float, bounds: tuple[float, float]
) -> None:
    periods = history + 2
    model = SeriesModel(season(20, periods), dispersion)
    found = false_alarm_rate(
        lambda counts: negative_binomial_alarms(counts, months(periods), 1.0, latest=1),
        model,
        seed=7,
        replicates=6_000,
    )
    assert found.judged == 6_000
    # The measured interval must not lie outside the range that the documentation states.
    assert found.low <= bounds[1]
    assert found.high >= bounds[0]
    assert found.rate < bounds[1] + 0.002


def kept_in_rounds_of_200(counts: np.ndarray) -> np.ndarray:
    """Which regions stay alarms at a false-discovery rate of 5 %, shape (200, rounds)."""
    found = negative_binomial_alarms(counts, months(counts.shape[1]), 1.0, latest=1)
    names = [field.name for field in fields(Alarms) if field.name != "rule"]
    rounds = {name: getattr(found, name)[:, -1].reshape(-1, 200).T for name in names}
    return false_discovery_alarms(Alarms(rule="", **rounds), 0.05).alarm


def test_where_nothing_has_changed_few_rounds_of_200_regions_have_any_alarm() -> None:
    # The far tail after the shortest history: without its allowances it alarms in 18 % or more.
    counts = draw(5, 20_000, 38)
    rounds = kept_in_rounds_of_200(counts).any(axis=0)
    assert binomtest(int(rounds.sum()), 100, 0.05, alternative="greater").pvalue > 0.01


def test_false_discoveries_among_true_ones_stay_below_the_rate_that_was_asked_for() -> None:
    random = np.random.default_rng(6)
    mean = np.tile(season(20, 62), (8_000, 1))
    raised = np.arange(8_000) % 200 < 20
    mean[raised, -1] *= 3
    kept = kept_in_rounds_of_200(random.negative_binomial(mean, 0.5))
    assert kept[:20].mean() > 0.5
    shares = kept[20:].sum(axis=0) / np.maximum(kept.sum(axis=0), 1)
    assert shares.mean() < 0.05 + 2.6 * shares.std() / np.sqrt(len(shares))


def test_a_doubling_is_found_and_a_guard_month_keeps_it_found() -> None:
    counts = draw(3, 200, 75, mean=40)
    counts[:, -2:] = np.random.default_rng(1).negative_binomial(2.2 * counts[:, -2:] + 1, 0.5)
    found = negative_binomial_alarms(counts, months(75), 1.0, latest=2)
    assert found.alarm[:, -2].mean() > 0.8
    assert found.alarm[:, -1].mean() > 0.8


def test_fields_of_a_verdict_fit_together() -> None:
    counts = draw(4, 30, 60)
    found = negative_binomial_alarms(counts, months(60), 1.0, alpha=0.05)
    judged = found.judged
    assert judged[:, 37:].all()
    assert not judged[:, :37].any()
    assert (found.obstacle[:, :37] == "short_history").all()
    np.testing.assert_array_equal(found.alarm[judged], (counts > found.threshold)[judged])
    np.testing.assert_array_equal(found.alarm[judged], (found.exceedance > 1)[judged])
    np.testing.assert_array_equal(found.alarm[judged], (found.p_value <= 0.05)[judged])
    for name in FIELDS:
        assert np.isnan(getattr(found, name)[~judged]).all()


def test_suppressed_is_not_zero_and_preliminary_is_not_judged() -> None:
    counts = draw(6, 1, 60)[0]
    status = np.full(60, "reported", dtype="<U13")
    status[[10, 20]] = "suppressed"
    status[30] = "not_available"
    status[[57, 58, 59]] = "preliminary"
    counts[59] = 500
    found = negative_binomial_alarms(counts, months(60), 1.0, status)
    assert found.obstacle[[10, 30, 59]].tolist() == ["suppressed", "not_available", "preliminary"]
    assert not found.alarm[57:].any()
    assert np.isnan(found.count[10])
    assert found.count[59] == 500
    hidden = counts.copy()
    hidden[[10, 20, 30]] = np.nan
    same(found, negative_binomial_alarms(hidden, months(60), 1.0, status))
    zeros = np.where(np.isnan(hidden), 0, hidden)
    assert (
        negative_binomial_alarms(zeros, months(60), 1.0).expected[56] < found.expected[56]
    ).all()


def test_a_preliminary_month_is_no_history_either() -> None:
    counts = draw(8, 1, 60)[0]
    status = np.full(60, "reported", dtype="<U13")
    status[50] = "preliminary"
    one = negative_binomial_alarms(counts, months(60), 1.0, status, latest=1)
    counts[50] += 300
    same_again = negative_binomial_alarms(counts, months(60), 1.0, status, latest=1)
    assert one.expected[-1] == pytest.approx(same_again.expected[-1])


def test_short_or_empty_histories_are_an_answer() -> None:
    counts = np.zeros((3, 40))
    counts[1] = 8
    counts[2, ::12] = 3
    counts[:, -1] = 9
    status = np.full(counts.shape, "reported", dtype="<U13")
    found = negative_binomial_alarms(counts, months(40), 1.0, status)
    assert found.obstacle[:, -1].tolist() == ["few_events", "", "no_fit"]
    assert found.obstacle[1, 36] == "short_history"
    status[1, :3] = "suppressed"
    found = negative_binomial_alarms(counts, months(40), 1.0, status)
    assert found.obstacle[1, -1] == "short_history"
    assert not negative_binomial_alarms([5], ["2024-01"], 1.0).judged.any()


def test_equal_counts_expect_themselves_and_five_events_are_needed() -> None:
    found = negative_binomial_alarms(np.full((1, 60), 8), months(60), 1.0, latest=1)
    assert found.expected[0, -1] == pytest.approx(8)
    assert not found.alarm.any()
    rare = np.tile([0, 1], 30)
    rare[-1] = 4
    few = negative_binomial_alarms(rare, months(60), 1.0, latest=1)
    assert (few.threshold[-1], few.p_value[-1], few.alarm[-1]) == (4, 1, False)


def test_exposure_carries_the_days_and_the_people() -> None:
    counts = draw(9, 2, 60)
    grown = np.ones(60)
    grown[-1] = 2
    plain = negative_binomial_alarms(counts, months(60), 1.0, latest=1)
    double = negative_binomial_alarms(counts, months(60), grown, latest=1)
    np.testing.assert_allclose(double.expected[:, -1], 2 * plain.expected[:, -1])


@untimed
@given(st.integers(0, 10_000), st.permutations(range(5)), st.floats(1e-3, 1e6))
def test_regions_do_not_touch_each_other_and_the_unit_of_exposure_is_free(
    seed: int, order: list[int], unit: float
) -> None:
    counts = draw(seed, 5, 50)
    found = negative_binomial_alarms(counts, months(50), 1.0, latest=2)
    moved = negative_binomial_alarms(counts[order], months(50), unit, latest=2)
    for name in ("expected", "threshold", "p_value"):
        np.testing.assert_allclose(
            getattr(found, name)[order], getattr(moved, name), rtol=1e-6, err_msg=name
        )
    alone = negative_binomial_alarms(counts[2], months(50), unit, latest=1)
    assert alone.expected.shape == (50,)
    assert alone.expected[-1] == pytest.approx(found.expected[2, -1])


@untimed
@given(st.integers(0, 10_000))
def test_the_months_to_come_change_nothing(seed: int) -> None:
    counts = draw(seed, 2, 60)
    now = negative_binomial_alarms(counts[:, :55], months(55), 1.0, latest=1)
    later = negative_binomial_alarms(counts, months(60), 1.0)
    np.testing.assert_allclose(now.expected[:, -1], later.expected[:, 54], rtol=1e-7)
    np.testing.assert_array_equal(now.threshold[:, -1], later.threshold[:, 54])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"counts": [[1.0] * 40, [-1.0] * 40]}, "got -1 in region 1, period 0"),
        ({"counts": [1.5] * 40}, "got 1.5"),
        ({"counts": [np.nan] * 40}, "got nan in region 0"),
        ({"counts": np.ones((2, 2, 40))}, "shape"),
        ({"counts": []}, "shape"),
        ({"months": months(39)}, "months need 40"),
        ({"months": months(40)[::-1]}, "follow each other"),
        ({"exposure": 0.0}, "exposure must be above 0"),
        ({"exposure": np.nan}, "exposure must be above 0"),
        ({"exposure": np.ones(39)}, "exposure needs"),
        ({"status": ["reported"] * 39}, "status needs"),
        ({"status": ["unknown"] * 40}, "status must be one of"),
        ({"alpha": 1.0}, "level"),
        ({"guard": 0}, "guard"),
        ({"latest": 0}, "latest"),
        ({"latest": "1"}, "latest"),
        ({"guard": 1.5}, "guard"),
        ({"guard": 3}, "guard"),
        ({"counts": ["<5"] * 40}, "array of text"),
        ({"exposure": "many"}, "array of text"),
        ({"months": np.arange(40)}, "months need dates"),
        ({"months": ["soon"] * 40}, "months need dates"),
    ],
)
def test_input_that_makes_no_sense_is_refused(changes: dict[str, Any], message: str) -> None:
    given_: dict[str, Any] = {"counts": np.ones(40), "months": months(40), "exposure": 1.0}
    with pytest.raises(InputError, match=message):
        negative_binomial_alarms(**{**given_, **changes})
