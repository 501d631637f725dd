"""Alarms across regions, their history, and the measurement of false alarms."""

import math
from dataclasses import FrozenInstanceError, fields, replace
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.multitest import multipletests

from atlas.analysis.alerts import (
    Alarms,
    CusumAlarms,
    FalseAlarmRate,
    SeriesModel,
    alarms_by_chance,
    alert_history,
    cusum_alarms,
    cusum_run_length,
    ears_alarms,
    false_alarm_rate,
    false_discovery_alarms,
    negative_binomial_alarms,
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
    for replicates in (0, 1.5, "9"):
        with pytest.raises(InputError, match="replicate"):
            false_alarm_rate(rule, SeriesModel(np.ones(8)), 1, replicates)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="seed"):
        false_alarm_rate(rule, SeriesModel(np.ones(8)), None)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="the model of a series is needed"):
        false_alarm_rate(rule, np.ones(8), 1)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="must answer with alarms"):
        false_alarm_rate(lambda y: y > 3, SeriesModel(np.ones(8)), 1)  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (SeriesModel(np.ones(3), np.nan), "dispersion"),
        (SeriesModel(np.ones(3), log_sd=-0.1), "log_sd"),
        (SeriesModel(np.ones(3), log_sd=np.inf), "log_sd"),
        (SeriesModel(np.ones(3), log_sd=0.1, autocorrelation=1.0), "autocorrelation"),
        (SeriesModel(np.ones(3), log_sd=0.1, autocorrelation=np.nan), "autocorrelation"),
        (SeriesModel(np.array(["<5"])), "text"),
        (SeriesModel(np.array([1, np.nan])), "mean"),
    ],
)
def test_a_model_that_cannot_be_drawn_from_is_refused(model: SeriesModel, message: str) -> None:
    with pytest.raises(InputError, match=message):
        model.draw(2, np.random.default_rng(1))


def months(periods: int) -> Any:
    return np.datetime64("2015-01", "M") + np.arange(periods)


def test_drawn_levels_have_the_moments_of_their_model() -> None:
    model = SeriesModel(np.full(3, 50.0), 1.0, 0.3, 0.6)
    drawn = model.draw(60_000, np.random.default_rng(14)) / 50
    extra = math.expm1(0.3**2)
    np.testing.assert_allclose(drawn.mean(axis=0), 1, atol=0.005)
    np.testing.assert_allclose(drawn.var(axis=0), 1 / 50 + extra, rtol=0.03)
    for lag in (1, 2):
        product = ((drawn[:, lag] - 1) * (drawn[:, 0] - 1)).mean()
        assert product == pytest.approx(math.expm1(0.3**2 * 0.6**lag), rel=0.06)


def test_the_model_of_a_series_has_the_mean_of_a_fit_by_other_tools() -> None:
    t = np.arange(84)
    exposure = np.random.default_rng(15).uniform(20, 40, 84)
    truth = SeriesModel(exposure * np.where(t % 12 == 11, 2.0, 1.0), 1.0, 0.3)
    counts = truth.draw(1, np.random.default_rng(16))[0]
    found = SeriesModel.from_series(counts, months(84), exposure)
    design = np.column_stack([t[:, None] % 12 == np.arange(12), t]).astype(float)
    family = sm.families.NegativeBinomial(alpha=math.expm1(found.log_sd**2))
    model = sm.GLM(counts, design, family, exposure=exposure).fit(tol=1e-12)
    np.testing.assert_allclose(found.mean, model.fittedvalues, rtol=1e-6)
    assert model.pearson_chi2 == pytest.approx(84 - 13, rel=1e-6)


@pytest.mark.parametrize(("log_sd", "kept"), [(0.3, 0.0), (0.3, 0.6), (0.0, 0.0)])
def test_the_model_of_a_long_series_is_the_one_that_it_was_drawn_from(
    log_sd: float, kept: float
) -> None:
    mean = 40 * np.exp(0.3 * np.sin(2 * np.pi * np.arange(1_200) / 12))
    counts = SeriesModel(mean, 1.0, log_sd, kept).draw(1, np.random.default_rng(17))[0]
    found = SeriesModel.from_series(counts, months(1_200), 1.0)
    np.testing.assert_allclose(found.mean, mean, rtol=0.25)
    assert found.log_sd == pytest.approx(log_sd, abs=0.04)
    if log_sd:
        assert found.autocorrelation == pytest.approx(kept, abs=0.1)
    assert SeriesModel.from_series(counts, months(1_200), 1.0, 0.5).autocorrelation == 0.5


def test_a_series_with_a_month_without_events_gets_two_waves() -> None:
    counts = np.tile([0, 2, 5, 9, 9, 9, 8, 9, 7, 5, 3, 1], 5)
    found = SeriesModel.from_series(counts, months(60), 1.0)
    assert 0 < found.mean[0] < 1


@pytest.mark.parametrize(
    ("counts", "dates", "exposure", "kept", "message"),
    [
        (np.ones(35), months(35), 1, None, "at least 36"),
        (np.zeros(40), months(40), 1, None, "at least one event"),
        (np.ones(40), np.arange(40), 1, None, "months need dates"),
        (np.ones(40), months(40), 0, None, "exposure"),
        (["<5"] * 40, months(40), 1, None, "text"),
        (np.ones(40), months(40), 1, 1.5, "autocorrelation"),
        (np.eye(40)[0], months(40), 1, None, "settle"),
    ],
)
def test_a_series_that_cannot_be_modelled_is_refused(
    counts: Any, dates: Any, exposure: float, kept: float | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        SeriesModel.from_series(counts, dates, exposure, kept)


T60 = np.arange(60)


@pytest.mark.parametrize(
    ("model", "rate"),
    [
        (SeriesModel(np.full(60, 20.0), 1.0, 0.2, 0.5), 0.016),
        (SeriesModel(np.full(60, 20.0), 1.0, 0.3, 0.95), 0.026),
        (SeriesModel(np.where(T60 % 12 == 11, 30.0, 20.0)), 0.059),
        (SeriesModel(np.where(T60 % 12 == 11, 90.0, 60.0)), 0.12),
    ],
)
def test_the_default_rule_alarms_as_often_as_documented_where_its_model_is_wrong(
    model: SeriesModel, rate: float
) -> None:
    found = false_alarm_rate(
        lambda y: negative_binomial_alarms(y, months(60), 1.0, latest=1), model, 18, 2_000, 0.999
    )
    assert found.low < rate < found.high
    assert found.rate > 0.01


def test_the_rate_of_a_series_with_a_december_peak_is_measured_from_that_series() -> None:
    truth = SeriesModel(np.where(T60 % 12 == 11, 90.0, 60.0))
    counts = truth.draw(1, np.random.default_rng(19))[0]

    def rule(y: np.ndarray) -> Alarms:
        return negative_binomial_alarms(y, months(60), 1.0, latest=1)

    found = false_alarm_rate(rule, SeriesModel.from_series(counts, months(60), 1.0), 20, 1_000)
    # 12 % of the true series: far from the nominal 1 %, and near enough to warn.
    assert 0.04 < found.rate < 0.3


def test_a_cumulative_sum_has_a_false_alarm_rate() -> None:
    mean = np.full(60, 1e6)

    def rule(y: np.ndarray) -> CusumAlarms:
        expected = np.broadcast_to(mean, y.shape)
        return cusum_alarms(y, expected, np.sqrt(expected), decision_interval=2.0)

    # Long after its start, the sum alarms once in its run length.
    found = false_alarm_rate(rule, SeriesModel(mean), 21, 20_000, 0.999)
    assert found.low < 1 / cusum_run_length(0.5, 2.0) < found.high


VERDICTS = st.tuples(st.integers(0, 10_000), st.integers(1, 6), st.integers(9, 20))


@untimed
@given(VERDICTS, st.randoms(use_true_random=False))
def test_the_history_has_each_alarm_and_follows_the_order_of_regions(
    shape: tuple[int, int, int], random: Random
) -> None:
    seed, regions, days = shape
    found = ears_alarms(np.random.default_rng(seed).poisson(2, (regions, days)), "C1", limit=0.5)
    order = list(range(regions))
    random.shuffle(order)
    names = [f"region {at}" for at in range(regions)]
    one = alert_history(found, names, range(days))
    assert len(one) == found.alarm.sum()
    assert one["period"].is_monotonic_increasing
    moved = {field.name: getattr(found, field.name) for field in fields(Alarms)}
    moved = {key: part if key == "rule" else part[order] for key, part in moved.items()}
    other = alert_history(Alarms(**moved), [names[at] for at in order], range(days))
    by = ["period", "region"]
    pd.testing.assert_frame_equal(
        one.sort_values(by, ignore_index=True), other.sort_values(by, ignore_index=True)
    )


@untimed
@given(VERDICTS, st.floats(0.001, 0.4))
def test_alarms_by_chance_add_up_over_regions_and_scale_with_the_rate(
    shape: tuple[int, int, int], rate: float
) -> None:
    seed, regions, days = shape
    random = np.random.default_rng(seed)
    status = random.choice(["reported", "suppressed"], (regions, days), p=[0.95, 0.05])
    counts = random.poisson(3, (regions, days))
    found = alarms_by_chance(ears_alarms(counts, "C1", status=status), rate)
    single = [
        alarms_by_chance(ears_alarms(counts[at], "C1", status=status[at]), rate)
        for at in range(regions)
    ]
    np.testing.assert_allclose(found, np.sum(single, axis=0))
    np.testing.assert_allclose(
        alarms_by_chance(ears_alarms(counts, "C1", status=status), 2 * rate), 2 * found
    )
    assert (found <= regions * rate * (1 + 1e-12)).all()


@untimed
@given(st.integers(0, 10_000), st.floats(0.5, 40), st.integers(1, 300))
def test_a_false_alarm_rate_lies_in_its_interval_and_falls_with_the_limit(
    seed: int, mean: float, replicates: int
) -> None:
    model = SeriesModel(np.full(9, mean), 1.0, 0.1, 0.3)

    def rate(limit: float) -> FalseAlarmRate:
        return false_alarm_rate(lambda y: ears_alarms(y, "C1", limit), model, seed, replicates)

    loose, tight = rate(1.0), rate(3.0)
    for found in (loose, tight):
        assert 0 <= found.low <= found.rate <= found.high <= 1
        assert found.rate == found.alarms / found.judged
        assert found.judged == replicates
    assert tight.alarms <= loose.alarms


def test_labels_that_are_ragged_are_refused_and_results_cannot_be_written_to() -> None:
    found = ears_alarms(np.ones((1, 9)), "C1")
    with pytest.raises(InputError, match="ragged"):
        alert_history(found, ["A"], [[1], [1, 2]])
    for array in (found.alarm, found.count, SeriesModel(np.ones(3)).mean):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 1
    assert found != ears_alarms(np.ones((1, 9)), "C1")
