"""EARS, CUSUM and the ODMAP-style rule: formulas written out, and what they really do."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, poisson
from scipy.stats import t as student

from atlas.analysis.alerts import (
    SeriesModel,
    cusum_alarms,
    cusum_run_length,
    ears_alarms,
    false_alarm_rate,
    negative_binomial_alarms,
    odmap_style_alarms,
)
from atlas.analysis.errors import InputError

untimed = settings(deadline=None, max_examples=8)


def c2(counts: list[float], t: int) -> float:
    past = np.array(counts[t - 9 : t - 2])
    return float((counts[t] - past.mean()) / past.std(ddof=1))


def test_ears_compares_with_seven_days_written_out() -> None:
    counts = np.random.default_rng(1).poisson(6, 40).astype(float).tolist()
    one, two, three = (ears_alarms(counts, method) for method in ("C1", "C2", "C3"))
    for t in range(11, 40):
        past = np.array(counts[t - 7 : t])
        limit = past.mean() + 3.0902 * past.std(ddof=1)
        assert one.threshold[t] == pytest.approx(limit)
        assert one.exceedance[t] == pytest.approx(
            (counts[t] - past.mean()) / past.std(ddof=1) / 3.0902
        )
        assert one.alarm[t] == (counts[t] > limit)
        assert two.exceedance[t] == pytest.approx(c2(counts, t) / 3.0902)
        total = sum(max(0, c2(counts, day) - 1) for day in (t - 2, t - 1, t))
        assert three.exceedance[t] == pytest.approx(total / 2)
        assert three.alarm[t] == (total > 2)
        assert three.alarm[t] == (counts[t] > three.threshold[t])
    first = [int(np.flatnonzero(found.judged)[0]) for found in (one, two, three)]
    assert first == [7, 9, 11]
    assert set(three.obstacle[:11]) == {"short_history"}


def test_ears_has_a_defined_answer_for_equal_counts() -> None:
    found = ears_alarms([3] * 12 + [4], "C1")
    assert found.alarm.tolist() == [False] * 12 + [True]
    assert found.exceedance[11:].tolist() == [0, math.inf]
    assert not ears_alarms(np.zeros(20), "C3").alarm.any()


def test_a_day_that_is_not_reported_stops_ears_for_a_week_and_is_not_zero() -> None:
    status = np.full(30, "reported", dtype="<U13")
    status[12] = "suppressed"
    counts = np.where(np.arange(30) == 12, np.nan, 5.0)
    found = ears_alarms(counts, "C1", status=status)
    assert found.obstacle[12] == "suppressed"
    assert found.obstacle[13:20].tolist() == ["short_history"] * 7
    assert found.judged[20]


def test_ears_on_normal_counts_alarms_14_times_as_often_as_it_says() -> None:
    # (y - mean of 7) / sd of 7 is Student t with 6 degrees of freedom times sqrt(8 / 7).
    exact = student.sf(3.0902 / math.sqrt(8 / 7), 6)
    assert exact == pytest.approx(0.0139, abs=1e-4)
    model = SeriesModel(np.full(8, 1e6))
    found = false_alarm_rate(lambda counts: ears_alarms(counts, "C1"), model, 2, 60_000)
    assert found.low < exact < found.high


@pytest.mark.parametrize(
    ("method", "mean", "low", "high"),
    [
        ("C1", 0.3, 0.045, 0.055),
        ("C1", 1, 0.027, 0.033),
        ("C2", 5, 0.019, 0.024),
        ("C2", 20, 0.016, 0.020),
        ("C3", 5, 0.08, 0.095),
    ],
)
def test_ears_on_poisson_counts_is_far_from_its_nominal_rate(
    method: str, mean: float, low: float, high: float
) -> None:
    model = SeriesModel(np.full(12, mean))
    found = false_alarm_rate(lambda counts: ears_alarms(counts, method), model, 3, 20_000)
    assert low < found.rate < high


@pytest.mark.parametrize(
    ("mean", "known", "trailing"),
    [(0.1, 35, 35), (0.3, 13, 13.6), (0.5, 33, 27.7), (1, 7, 19.2), (2, 19, 17.7), (5, 12, 11.6),
     (10, 10, 10.8)],
)  # fmt: skip
def test_false_alarms_a_year_of_the_odmap_style_threshold(
    mean: float, known: float, trailing: float
) -> None:
    # With mean and sd known exactly: the number above mean + 2 sqrt(mean).
    exact = 365 * poisson.sf(math.floor(mean + 2 * math.sqrt(mean)), mean)
    assert exact == pytest.approx(known, abs=0.75)
    # With both from 365 days, as the rule does it; `trailing` is from 40,000 other years.
    found = false_alarm_rate(odmap_style_alarms, SeriesModel(np.full(366, mean)), 4, 5_000, 0.999)
    assert found.judged == 5_000
    assert 365 * found.low < trailing < 365 * found.high
    if mean in (0.1, 0.3, 2, 5, 10):
        assert 365 * found.low < known < 365 * found.high


def test_the_odmap_style_threshold_is_mean_and_two_sd_of_a_year() -> None:
    counts = np.random.default_rng(6).poisson([[0.7], [12.0]], (2, 800)).astype(float)
    status = np.full(counts.shape, "reported", dtype="<U13")
    status[0, 300] = "not_available"
    found = odmap_style_alarms(counts, status)
    for t in (365, 500, 799):
        year = counts[1, t - 365 : t]
        assert found.expected[1, t] == pytest.approx(year.mean())
        assert found.threshold[1, t] == pytest.approx(year.mean() + 2 * year.std(ddof=1))
    assert not found.judged[1, :365].any()
    assert found.judged[1, 365:].all()
    assert np.flatnonzero(found.judged[0]).tolist() == list(range(666, 800))
    assert np.isnan(found.p_value).all()


@pytest.mark.parametrize(
    ("interval", "shift", "printed"),
    [
        (4, 0.0, 168), (4, 0.25, 74.2), (4, 0.5, 26.6), (4, 0.75, 13.3), (4, 1.0, 8.38),
        (4, 1.5, 4.75), (4, 2.0, 3.34), (5, 0.0, 465), (5, 0.25, 139), (5, 0.5, 38.0),
        (5, 0.75, 17.0), (5, 1.0, 10.4), (5, 1.5, 5.75), (5, 2.0, 4.01),
    ],
)  # fmt: skip
def test_run_lengths_are_the_printed_ones(interval: float, shift: float, printed: float) -> None:
    # Montgomery, Introduction to Statistical Quality Control, table for k = 0.5 of the two-sided
    # scheme, whose run length L has 1 / L = 1 / L(shift) + 1 / L(-shift).
    often = 1 / cusum_run_length(0.5, interval, shift)
    # From a shift of 2 on, the other side alarms less than once in 10^9 periods.
    often += 1 / cusum_run_length(0.5, interval, -shift) if shift < 2 else 0
    assert 1 / often == pytest.approx(printed, rel=0.004)


def siegmund(k: float, h: float, shift: float) -> float:
    """Siegmund's approximation: Sequential Analysis, 1985, equation 2.57 with h + 1.166."""
    drift, reach = shift - k, h + 1.166
    # Near 0 the formula would lose its digits.
    if abs(drift * reach) < 1e-4:
        return reach**2
    return (math.exp(-2 * drift * reach) + 2 * drift * reach - 1) / (2 * drift**2)


@untimed
@given(st.floats(0, 0.7), st.floats(2, 100), st.floats(-0.2, 1.5))
def test_run_lengths_are_near_the_approximation_of_siegmund_or_refused(
    k: float, h: float, shift: float
) -> None:
    about = siegmund(k, h, shift) if (k - shift) * (h + 1.166) < 300 else math.inf
    if about < 5e9:
        assert cusum_run_length(k, h, shift) == pytest.approx(about, rel=0.06)
    elif about > 2e10:
        with pytest.raises(InputError, match="less than once in 1e"):
            cusum_run_length(k, h, shift)


@pytest.mark.parametrize(
    ("k", "h", "shift"), [(0, 200, 0), (0, 500, 0), (0.1, 80, 0), (0.5, 19, 0)]
)
def test_wide_intervals_have_a_run_length(k: float, h: float, shift: float) -> None:
    # 64 nodes gave -6.6 for the first.
    assert cusum_run_length(k, h, shift) == pytest.approx(siegmund(k, h, shift), rel=0.01)


@pytest.mark.parametrize(("k", "h", "shift"), [(0.5, 50, 0), (50, 4, 0), (0.5, 4, -100)])
def test_run_lengths_that_rounding_would_eat_are_refused(k: float, h: float, shift: float) -> None:
    with pytest.raises(InputError, match="less than once in 1e"):
        cusum_run_length(k, h, shift)
    with pytest.raises(InputError):
        cusum_alarms([1, 2], [1.0, 1], [1.0, 1], k - shift, h)


@untimed
@given(st.floats(0, 1), st.floats(0.5, 8), st.floats(-0.3, 1), st.floats(0.01, 0.5))
def test_run_lengths_grow_with_the_limits_and_fall_with_the_shift(
    k: float, h: float, shift: float, more: float
) -> None:
    one = cusum_run_length(k, h, shift)
    assert one >= 1
    assert cusum_run_length(k + more, h, shift) > one
    assert cusum_run_length(k, h + more, shift) > one
    assert cusum_run_length(k, h, shift + more) < one
    # Only the difference of k and the shift counts.
    assert cusum_run_length(k + more, h, shift + more) == pytest.approx(one, rel=1e-9)


@pytest.mark.parametrize("bad", [math.nan, math.inf, "4", None, [4]])
def test_limits_that_are_no_finite_number_are_refused(bad: Any) -> None:
    for call in (
        lambda: cusum_run_length(bad, 4),
        lambda: cusum_run_length(0.5, bad),
        lambda: cusum_run_length(0.5, 4, bad),
        lambda: cusum_alarms([1], [1.0], [1.0], bad),
        lambda: cusum_alarms([1], [1.0], [1.0], 0.5, bad),
    ):
        with pytest.raises(InputError):
            call()
    if bad is not None:
        with pytest.raises(InputError):
            ears_alarms([1, 2], "C1", limit=bad)


def test_run_length_agrees_with_simulation() -> None:
    # Means so large that counts are as good as normal.
    mean = np.full((300, 3_000), 1e6)
    counts = np.random.default_rng(7).poisson(mean)
    found = cusum_alarms(counts, mean, np.sqrt(mean), decision_interval=3.0)
    alarms = int(found.alarms.alarm.sum())
    # Runs are nearly geometric, so the alarms are nearly binomial.
    low, high = binom.interval(0.999, mean.size, 1 / found.run_length)
    assert low <= alarms <= high


def test_the_sum_is_the_one_written_out() -> None:
    random = np.random.default_rng(8)
    counts = random.poisson(9, 60)
    mean, spread = random.uniform(7, 9, 60), random.uniform(2, 3, 60)
    found = cusum_alarms(counts, mean, spread, reference_value=0.4, decision_interval=2.5).alarms
    total = 0.0
    for t in range(60):
        total = max(0, total + (counts[t] - mean[t]) / spread[t] - 0.4)
        assert found.exceedance[t] == pytest.approx(total / 2.5)
        assert found.alarm[t] == (total > 2.5)
        assert found.alarm[t] == (counts[t] > found.threshold[t])
        total = 0.0 if total > 2.5 else total
    assert found.alarm.any()


def test_the_sum_stands_still_where_nothing_is_known() -> None:
    mean, spread = np.full(5, 10.0), np.full(5, 2.0)
    mean[0] = np.nan
    status = ["reported", "reported", "suppressed", "preliminary", "reported"]
    found = cusum_alarms([90, 15, np.nan, 90, 14], mean, spread, status=status).alarms
    assert found.obstacle.tolist() == ["short_history", "", "suppressed", "preliminary", ""]
    assert found.exceedance[[1, 4]].tolist() == [0.5, 0.875]
    assert not found.alarm.any()


def test_with_a_fitted_model_it_finds_a_lasting_rise_more_often_than_single_months_do() -> None:
    t = np.arange(110)
    months = np.datetime64("2010-01", "M") + t
    mean = 40 * np.exp(0.3 * np.sin(2 * np.pi * t / 12))
    counts = SeriesModel(mean, 2.0).draw(300, np.random.default_rng(12))
    counts[150:, -12:] = SeriesModel(1.3 * mean, 2.0).draw(150, np.random.default_rng(13))[:, -12:]
    monthly = negative_binomial_alarms(counts, months, 1.0)
    summed = cusum_alarms(counts, monthly.expected, monthly.standard_deviation).alarms
    found = [rule.alarm[150:, -12:].any(axis=1).mean() for rule in (monthly, summed)]
    assert found[1] > found[0] + 0.1
    # One false alarm in 115 to 215 months, as documented, not in 335.
    judged = summed.judged[:150]
    alarms = int(summed.alarm[:150].sum())
    low, _high = binom.interval(0.999, int(judged.sum()), 1 / 215)
    _low, high = binom.interval(0.999, int(judged.sum()), 1 / 115)
    assert low < alarms < high


@untimed
@given(st.integers(0, 10_000), st.permutations(range(4)))
def test_regions_do_not_touch_each_other(seed: int, order: list[int]) -> None:
    counts = np.random.default_rng(seed).poisson(3, (4, 380))
    rules: list[Any] = [
        lambda y: ears_alarms(y, "C1"),
        lambda y: ears_alarms(y, "C3"),
        odmap_style_alarms,
        lambda y: cusum_alarms(y, np.full(y.shape, 3.0), np.full(y.shape, 1.7)).alarms,
    ]
    for rule in rules:
        whole = rule(counts)
        np.testing.assert_array_equal(whole.alarm[order], rule(counts[order]).alarm)
        np.testing.assert_array_equal(whole.alarm[2], rule(counts[2]).alarm)


def test_too_short_a_series_is_an_answer() -> None:
    for found in (ears_alarms([4], "C1"), ears_alarms([4] * 8, "C3"), odmap_style_alarms([1] * 9)):
        assert not found.alarm.any()
        assert set(found.obstacle) == {"short_history"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ears_alarms([1, 2], "C4"), "method is one of"),
        (lambda: ears_alarms([1, 2], "C1", limit=0), "limit"),
        (lambda: ears_alarms([1, -2], "C1"), "got -2"),
        (lambda: odmap_style_alarms([1, np.nan]), "got nan"),
        (lambda: odmap_style_alarms([[]]), "shape"),
        (lambda: cusum_alarms([1, 2], [1.0], [1.0, 1]), "expected needs"),
        (lambda: cusum_alarms([1, 2], [1.0, 1], [1.0, 0]), "above 0"),
        (lambda: cusum_run_length(-1, 4), "k must be"),
        (lambda: cusum_run_length(0.5, 0), "h must be above 0"),
        (lambda: cusum_run_length(0.5, 501), "h must be at most 500"),
        (lambda: cusum_alarms([1, 2], [-5.0, 1], [1.0, 1]), "expected must be from 0 up"),
        (lambda: cusum_alarms([1, 2], [np.inf, 1], [1.0, 1]), "expected must be from 0 up"),
        (lambda: cusum_alarms([1, 2], [1.0, 1], [np.inf, 1]), "standard_deviation must be"),
        (lambda: cusum_alarms(["1", "<5"], [1.0, 1], [1.0, 1]), "array of text"),
        (lambda: cusum_alarms([1, 2], ["<5", "1"], [1.0, 1]), "array of text"),
        (lambda: ears_alarms(["1", "<5"], "C1"), "array of text"),
        (lambda: ears_alarms([[1], [1, 2]], "C1"), "ragged"),
        (lambda: ears_alarms([1, 2], ["C1"]), "method is one of"),  # type: ignore[arg-type]
        (lambda: ears_alarms([1, 2], "C1", status=[["reported"], []]), "status needs"),
        (lambda: odmap_style_alarms({"a": 1}), "must be numbers"),  # type: ignore[arg-type]
        (lambda: odmap_style_alarms(np.array(["2024-01"], dtype="datetime64[M]")), "numbers"),
    ],
)
def test_input_that_makes_no_sense_is_refused(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()
