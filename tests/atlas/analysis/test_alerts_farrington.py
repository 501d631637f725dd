"""The improved Farrington rule: its pieces by hand, and the whole against statsmodels."""

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom

from atlas.analysis.alerts import SeriesModel, false_alarm_rate, farrington_alarms
from atlas.analysis.alerts.farrington import anscombe_weights, baseline_weeks
from atlas.analysis.errors import InputError

untimed = settings(deadline=None, max_examples=12)


def weeks(length: int, first: str = "2014-01-06") -> Any:
    return np.datetime64(first) + 7 * np.arange(length)


def season(mean: float, length: int) -> np.ndarray:
    return mean * np.exp(0.4 * np.sin(2 * np.pi * np.arange(length) / 52.18))


def test_reference_weeks_are_nearest_to_the_same_date() -> None:
    # R surveillance, tests/testthat/test-farringtonFlexible.R: 2013-06-06 refers to 2012-06-07,
    # 2011-06-09 and 2010-06-03; two more years by the same rule.
    dates = weeks(1301, "1990-06-07")
    t = int(np.flatnonzero(dates == np.datetime64("2013-06-06"))[0])
    positions, level = baseline_weeks(dates, t)
    assert positions[0] == t - 261 - 3
    # The last 26 weeks and the week itself are left out.
    assert positions[-1] == t - 27
    for reference in ("2012-06-07", "2011-06-09", "2010-06-03", "2009-06-04", "2008-06-05"):
        at = int(np.flatnonzero(dates[positions] == np.datetime64(reference))[0])
        window = level[max(at - 3, 0) : at + 4]
        assert (window == 0).all()
    assert (level == 0).sum() == 5 * 7
    # 45 weeks between windows make nine blocks of 5; years of 46 or 44 weeks differ by one.
    between = level[(positions > t - 261 + 3) & (positions < t - 209 - 3)]
    assert np.bincount(between)[1:].tolist() == [5] * 9
    assert sorted(set(level)) == list(range(10))


def test_a_leap_day_has_a_reference_week() -> None:
    dates = weeks(600, "2010-02-01")
    t = int(np.flatnonzero(dates == np.datetime64("2016-02-29"))[0])
    positions, _level = baseline_weeks(dates, t)
    assert len(positions) > 200


def test_downweighting_by_hand() -> None:
    # Four weeks as fitted and one with s = 1.5 (64^(2/3) - 1) = 22.5.
    counts, mean = np.array([[1.0, 1, 1, 1, 64]]), np.ones((1, 5))
    found = anscombe_weights(counts, mean, np.ones((1, 5)), np.ones((1, 5)))
    share = 22.5**-2
    np.testing.assert_allclose(found[0, :4], 5 / (4 + share))
    assert found[0, 4] == pytest.approx(5 * share / (4 + share))
    # Just below 2.58 nothing is weighted down, and fewer events than expected never are.
    counts = np.array([[1.0, 4, 0, 0, 0]])
    found = anscombe_weights(counts, mean, np.ones((1, 5)), np.ones((1, 5)))
    np.testing.assert_allclose(found, 1)


def by_statsmodels(
    counts: np.ndarray, used: np.ndarray, dates: Any, t: int, alpha: float
) -> tuple[float, float, bool]:
    positions, level = baseline_weeks(dates, t)
    kept = used[positions]
    at, season_ = positions[kept], level[kept]
    y = counts[at]

    def fit(trend: bool) -> tuple[float, float]:
        columns = [np.ones(len(at)), *(season_ == k for k in range(1, 10))]
        design = np.column_stack(columns + ([at] if trend else [])).astype(float)
        now = np.zeros(design.shape[1])
        now[0] = 1
        if trend:
            now[-1] = t
        family = sm.families.Poisson()
        first = sm.GLM(y, design, family).fit(tol=1e-12)
        freedom = len(y) - design.shape[1]
        phi = max(first.pearson_chi2 / freedom, 1)
        hat = first.get_influence().hat_matrix_diag
        mu = first.fittedvalues
        s = 1.5 * (y ** (2 / 3) * mu ** (-1 / 6) - mu**0.5) / np.sqrt(phi * (1 - hat))
        omega = np.where(s > 2.58, 1 / s**2, 1.0)
        omega *= len(y) / omega.sum()
        second = sm.GLM(y, design, family, freq_weights=omega).fit(tol=1e-12)
        mu = second.fittedvalues
        phi = max(float((omega * (y - mu) ** 2 / mu).sum()) / freedom, 1)
        return float(np.exp(now @ second.params)), phi

    mean, phi = fit(True)
    dropped = mean > y.max()
    if dropped:
        mean, phi = fit(False)
    law = nbinom(mean / (phi - 1), 1 / phi) if phi > 1 else None
    assert law is not None
    return mean, float(law.ppf(1 - alpha)), dropped


def test_the_whole_rule_equals_a_separate_computation_by_other_tools() -> None:
    length = 330
    random = np.random.default_rng(2)
    mean = np.vstack([season(8, length), season(30, length), season(4, length)])
    # The third series explodes late in its history, so that its trend has to go.
    mean[2] *= np.exp(np.maximum(np.arange(length) - 150, 0) / 45)
    counts = random.negative_binomial(mean, 0.45)
    counts[0, [100, 101, 180]] += 40
    status = np.full(counts.shape, "reported", dtype="<U13")
    status[1, 60:70] = "not_available"
    used = status == "reported"
    found = farrington_alarms(counts, weeks(length), status=status, alpha=0.01)
    dropped = []
    for region in range(3):
        for t in (280, 301, 329):
            expected, threshold, without = by_statsmodels(
                counts[region], used[region], weeks(length), t, 0.01
            )
            assert found.expected[region, t] == pytest.approx(expected, rel=1e-6)
            assert found.threshold[region, t] == threshold
            dropped.append(without)
    assert any(dropped)
    assert not all(dropped)


def test_past_outbreaks_hardly_raise_the_threshold() -> None:
    counts = np.random.default_rng(3).poisson(season(10, 300), (2, 300))
    counts[1] = counts[0]
    counts[1, [60, 61, 62, 200, 201]] = 70
    found = farrington_alarms(counts, weeks(300), latest=1)
    assert found.threshold[1, -1] <= found.threshold[0, -1] + 3


@pytest.mark.parametrize(("dispersion", "low", "high"), [(1.0, 0.0015, 0.007), (2.0, 0.003, 0.01)])
def test_the_rule_alarms_about_as_often_as_documented(
    dispersion: float, low: float, high: float
) -> None:
    model = SeriesModel(season(20, 300), dispersion)
    found = false_alarm_rate(
        lambda counts: farrington_alarms(counts, weeks(300), latest=1), model, 4, 3_000
    )
    assert found.judged == 3_000
    assert found.high > low
    assert found.low < high
    assert found.rate < high + 0.001


@untimed
@given(st.integers(0, 10_000), st.permutations(range(4)), st.floats(1e-3, 1e6))
def test_regions_do_not_touch_each_other_and_the_unit_of_exposure_is_free(
    seed: int, order: list[int], unit: float
) -> None:
    random = np.random.default_rng(seed)
    counts = random.negative_binomial(season(12, 290), 0.5, (4, 290))
    found = farrington_alarms(counts, weeks(290), latest=2)
    moved = farrington_alarms(counts[order], weeks(290), unit, latest=2)
    for name in ("expected", "threshold", "p_value"):
        np.testing.assert_allclose(
            getattr(found, name)[order], getattr(moved, name), rtol=1e-5, err_msg=name
        )
    alone = farrington_alarms(counts[2], weeks(290), unit, latest=1)
    assert alone.expected[-1] == pytest.approx(found.expected[2, -1])


@untimed
@given(st.integers(0, 10_000), st.integers(1, 60))
def test_a_higher_count_in_the_judged_week_leaves_its_threshold_and_lowers_its_p_value(
    seed: int, more: int
) -> None:
    counts = np.random.default_rng(seed).poisson(season(9, 290)).astype(float)
    one = farrington_alarms(counts, weeks(290), latest=1)
    counts[-1] += more
    other = farrington_alarms(counts, weeks(290), latest=1)
    assert other.threshold[-1] == one.threshold[-1]
    assert other.p_value[-1] <= one.p_value[-1]
    assert other.alarm[-1] == (counts[-1] > one.threshold[-1])


@untimed
@given(st.integers(0, 10_000))
def test_the_weeks_to_come_and_the_26_before_change_no_expected_count(seed: int) -> None:
    counts = np.random.default_rng(seed).poisson(season(9, 300)).astype(float)
    now = farrington_alarms(counts[:290], weeks(290), latest=1)
    later = farrington_alarms(counts, weeks(300))
    assert later.expected[289] == pytest.approx(now.expected[-1], rel=1e-7)
    counts[264:289] += 50
    raised = farrington_alarms(counts[:290], weeks(290), latest=1)
    assert raised.expected[-1] == pytest.approx(now.expected[-1], rel=1e-9)


def test_few_recent_events_give_no_alarm() -> None:
    counts = np.random.default_rng(5).poisson(0.4, 300)
    counts[-4:] = 0, 0, 0, 4
    found = farrington_alarms(counts, weeks(300), latest=1)
    assert (found.threshold[-1], found.alarm[-1], found.p_value[-1]) == (4, False, 1)
    # Two more events in the weeks before, and the quantile counts again.
    counts[-3] = 2
    found = farrington_alarms(counts, weeks(300), latest=1)
    assert found.threshold[-1] < 4
    assert found.alarm[-1]


def test_obstacles() -> None:
    counts = np.full((4, 300), 6.0)
    counts[1, :-1] = 0
    status = np.full(counts.shape, "reported", dtype="<U13")
    status[2, 20:150] = "suppressed"
    status[3, -2] = "not_available"
    counts[2, 20:150] = np.nan
    found = farrington_alarms(counts, weeks(300), status=status)
    assert found.obstacle[:, -1].tolist() == ["", "few_events", "short_history", "short_history"]
    assert set(found.obstacle[0, :264]) == {"short_history"}
    assert found.judged[0, 264:].all()
    status[0, -1] = "preliminary"
    last = farrington_alarms(counts, weeks(300), status=status, latest=1)
    assert last.obstacle[0, [-2, -1]].tolist() == ["not_asked", "preliminary"]


def test_population_scales_the_expected_count() -> None:
    counts = np.random.default_rng(6).poisson(20, (1, 300))
    population = np.full(300, 1000.0)
    population[-1] = 1500
    plain = farrington_alarms(counts, weeks(300), latest=1)
    grown = farrington_alarms(counts, weeks(300), population, latest=1)
    assert grown.expected[0, -1] == pytest.approx(1.5 * plain.expected[0, -1])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weeks": weeks(299)}, "weeks need 300"),
        ({"weeks": np.datetime64("2014-01-06") + np.arange(300)}, "seven days apart"),
        ({"counts": [-1.0] * 300}, "got -1"),
        ({"exposure": -1}, "exposure"),
        ({"alpha": 0}, "level"),
        ({"latest": 1.5}, "latest"),
        ({"counts": ["Suppr."] * 300}, "array of text"),
        ({"weeks": 7 * np.arange(300)}, "weeks need dates"),
        ({"weeks": ["soon"] * 300}, "weeks need dates"),
    ],
)
def test_input_that_makes_no_sense_is_refused(changes: dict[str, Any], message: str) -> None:
    given_: dict[str, Any] = {"counts": np.ones(300), "weeks": weeks(300)}
    with pytest.raises(InputError, match=message):
        farrington_alarms(**{**given_, **changes})
