"""Alarms across regions, their history, and the measurement of false alarms."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.multitest import multipletests

from atlas.analysis.alerts import (
    Alarms,
    SeriesModel,
    alarms_by_chance,
    alert_history,
    ears_alarms,
    false_alarm_rate,
    false_discovery_alarms,
)
from atlas.analysis.errors import InputError

untimed = settings(deadline=None, max_examples=50)


def with_p_values(p_values: np.ndarray, judged: np.ndarray | None = None) -> Alarms:
    """A verdict of which only the p-values matter."""
    known = np.ones(p_values.shape, dtype=bool) if judged is None else judged
    blank = np.zeros(p_values.shape)
    obstacle = np.where(known, "", "short_history")
    p_values = np.where(known, p_values, np.nan)
    alarm = np.asarray(p_values <= 0.01)
    return Alarms("rule", blank, blank, blank, blank, blank, p_values, alarm, obstacle)


@untimed
@given(st.integers(0, 10_000), st.floats(0.01, 0.5))
def test_false_discovery_control_is_that_of_statsmodels_in_each_period(
    seed: int, rate: float
) -> None:
    random = np.random.default_rng(seed)
    p_values = random.uniform(size=(20, 4)) ** random.choice([1, 4])
    judged = random.uniform(size=(20, 4)) > 0.2
    judged[:, 3] = False
    found = false_discovery_alarms(with_p_values(p_values, judged), rate)
    for t in range(3):
        at = judged[:, t]
        rejected, adjusted, *_rest = multipletests(p_values[at, t], rate, method="fdr_bh")
        np.testing.assert_array_equal(found.alarm[at, t], rejected)
        np.testing.assert_allclose(found.q_value[at, t], adjusted)
    assert not found.alarm[~judged].any()
    assert np.isnan(found.q_value[~judged]).all()


def test_false_discovery_control_of_the_first_published_example() -> None:
    # Benjamini and Hochberg 1995, section 4.1: 15 p-values, 4 rejected at 5 %, where
    # Bonferroni's method rejects 3.
    published = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0000,
    ]  # fmt: skip
    found = false_discovery_alarms(with_p_values(np.array(published)[:, None]), 0.05)
    assert found.alarm[:, 0].tolist() == [True] * 4 + [False] * 11


def test_a_single_region_is_its_own_test() -> None:
    found = false_discovery_alarms(with_p_values(np.array([0.04, 0.06])), 0.05)
    assert found.alarm.tolist() == [True, False]
    assert found.q_value.tolist() == [0.04, 0.06]


def test_a_rule_without_p_values_cannot_be_compared_across_regions() -> None:
    with pytest.raises(InputError, match="EARS C1 has no p-values"):
        false_discovery_alarms(ears_alarms([3] * 9, "C1"))
    with pytest.raises(InputError, match="level"):
        false_discovery_alarms(with_p_values(np.ones(2)), 1.0)


def test_alarms_by_chance_count_the_regions_that_are_judged() -> None:
    status = np.full((300, 9), "reported", dtype="<U13")
    status[:50, 8] = "preliminary"
    found = ears_alarms(np.ones((300, 9)), "C1", status=status)
    assert alarms_by_chance(found, 0.01).tolist() == [0] * 7 + [3.0, 2.5]
    with pytest.raises(InputError, match="level"):
        alarms_by_chance(found, 1.5)


def test_alarms_by_chance_are_what_comes_when_nothing_has_changed() -> None:
    counts = SeriesModel(np.full(8, 5.0)).draw(40_000, np.random.default_rng(9))
    found = ears_alarms(counts, "C1")
    rate = false_alarm_rate(
        lambda y: ears_alarms(y, "C1"), SeriesModel(np.full(8, 5.0)), 10, 40_000
    )
    low, high = (alarms_by_chance(found, limit)[-1] for limit in (rate.low, rate.high))
    assert low - 60 < found.alarm[:, -1].sum() < high + 60


def test_the_history_lists_each_alarm_once_oldest_first() -> None:
    counts = np.full((3, 20), 4.0)
    counts[:, ::2] = 5
    counts[2, 12], counts[0, 15], counts[1, 12] = 30, 40, 50
    found = ears_alarms(counts, "C1")
    days = np.datetime64("2025-03-01") + np.arange(20)
    history = alert_history(found, ["A", "B", "C"], days)
    assert history["region"].tolist() == ["B", "C", "A"]
    assert history["period"].dt.day.tolist() == [13, 13, 16]
    assert history["count"].tolist() == [50, 30, 40]
    assert (history["exceedance"] > 1).all()
    assert alert_history(ears_alarms([4, 5] * 8, "C1"), ["A"], range(16)).empty
    for regions, periods in ((["A", "B"], days), (["A", "B", "C"], days[1:])):
        with pytest.raises(InputError, match="alarms of shape"):
            alert_history(found, regions, periods)


def test_simulated_counts_have_the_mean_and_the_dispersion_of_their_model() -> None:
    mean = np.array([2.0, 10.0, 60.0])
    for dispersion in (1.0, 1.5, 3.0):
        drawn = SeriesModel(mean, dispersion).draw(60_000, np.random.default_rng(11))
        np.testing.assert_allclose(drawn.mean(axis=0), mean, rtol=0.02)
        np.testing.assert_allclose(drawn.var(axis=0) / mean, dispersion, rtol=0.04)


def test_a_false_alarm_rate_has_the_exact_binomial_interval() -> None:
    def every_tenth(counts: np.ndarray) -> Alarms:
        verdict = with_p_values(np.ones(counts.shape))
        alarm = np.zeros(counts.shape, dtype=bool)
        alarm[::10, -1] = True
        return replace(verdict, alarm=alarm)

    found = false_alarm_rate(every_tenth, SeriesModel(np.ones(3)), 1, 400, 0.9)
    exact = binomtest(40, 400).proportion_ci(0.9, method="exact")
    assert (found.rate, found.alarms, found.judged) == (0.1, 40, 400)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high))
    none = false_alarm_rate(
        lambda y: with_p_values(np.ones(y.shape)), SeriesModel(np.ones(3)), 1, 100
    )
    assert (none.rate, none.low) == (0, 0)
    assert none.high == pytest.approx(1 - 0.025 ** (1 / 100))
    with pytest.raises(FrozenInstanceError):
        none.rate = 1.0  # type: ignore[misc]


def test_a_seed_gives_the_same_rate_and_a_generator_goes_on() -> None:
    def rate(seed: int | np.random.Generator) -> int:
        model = SeriesModel(np.full(8, 3.0))
        return false_alarm_rate(lambda y: ears_alarms(y, "C1"), model, seed, 3_000).alarms

    assert rate(5) == rate(5)
    generator = np.random.default_rng(5)
    assert [rate(generator), rate(generator)][0] == rate(5)


def test_a_model_or_rule_that_makes_no_sense_is_refused() -> None:
    def rule(counts: np.ndarray) -> Alarms:
        return ears_alarms(counts, "C1")

    for model, message in (
        (SeriesModel(np.zeros(8)), "mean must be above 0"),
        (SeriesModel(np.ones(8), 0.5), "dispersion"),
        (SeriesModel(np.ones(7)), "judge no series: short_history after 7 periods"),
    ):
        with pytest.raises(InputError, match=message):
            false_alarm_rate(rule, model, 1, 100)
    with pytest.raises(InputError, match="replicate"):
        false_alarm_rate(rule, SeriesModel(np.ones(8)), 1, 0)
