"""Interrupted time series: known changes, statsmodels, and the size of the placebo rank."""

import math
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from atlas.analysis.errors import InputError
from atlas.analysis.glm import fit_counts, seasonal_harmonics
from atlas.analysis.policy import CAVEATS, interrupted_series
from atlas.analysis.policy.interrupted import Impact, _designs, _statistics

untimed = settings(deadline=None, max_examples=15)
MONTHS = np.arange("2016-01", "2024-01", dtype="datetime64[M]")
T = np.arange(96)
WAVES = [f(2 * np.pi * k * T / 12) for k in (1, 2) for f in (np.cos, np.sin)]


def _known(level: float, slope: float, at: int) -> np.ndarray:
    after = at <= T
    logs = math.log(5_000) + 0.06 * T / 12 + 0.1 * np.cos(2 * np.pi * T / 12)
    return np.round(np.exp(logs + after * (math.log(level) + math.log(slope) * (T - at) / 12)))


def test_jump_and_slope_are_those_at_the_date() -> None:
    # With D x t in place of D (t - t0) the jump would be read off in 2016, far from 1.3.
    found = interrupted_series(_known(1.3, 0.9, 50), 1.0, MONTHS, "2020-03", "both")
    assert found.level_change is not None
    assert found.slope_change is not None
    assert found.level_change.ratio == pytest.approx(1.3, abs=0.002)
    assert found.slope_change.ratio == pytest.approx(0.9, abs=0.002)
    assert found.placebo_p == found.smallest_placebo_p == 1 / 61
    assert found.placebo_dates == 60
    np.testing.assert_allclose(found.expected[:50], found.unchanged[:50])
    assert found.expected[50] / found.unchanged[50] == pytest.approx(1.3, abs=0.002)


@pytest.mark.parametrize("impact", ["level", "slope", "both"])
def test_coefficients_are_those_of_statsmodels(impact: Impact) -> None:
    rng = np.random.default_rng(2)
    counts, exposure = rng.poisson(40, 96).astype(float), rng.uniform(9e5, 1e6, 96)
    found = interrupted_series(counts, exposure, MONTHS, "2020-01", impact, lag=2, washout=3)
    after = (T >= 50).astype(float)
    terms = {"level": after, "slope": after * (T - 50) / 12}
    added = [terms[name] for name in ("level", "slope") if impact in (name, "both")]
    design = np.column_stack([np.ones(96), T / 12, *WAVES, *added])
    kept = (T < 50) | (T >= 53)
    other = sm.GLM(
        counts[kept], design[kept], family=sm.families.Poisson(), exposure=exposure[kept]
    ).fit(tol=1e-12)
    changes = [one for one in (found.level_change, found.slope_change) if one]
    ratios = [one.ratio for one in changes]
    assert ratios == pytest.approx(np.exp(other.params[6:]).tolist(), rel=1e-6)
    np.testing.assert_allclose(found.expected[kept], other.fittedvalues, rtol=1e-6)
    assert found.start == np.datetime64("2020-03")
    assert np.flatnonzero(found.masked).tolist() == [50, 51, 52]


def test_the_placebo_rank_is_that_of_one_quasi_poisson_f_a_date() -> None:
    counts = np.random.default_rng(7).poisson(np.where(T < 60, 40, 46)).astype(float)
    base = np.column_stack([np.ones(96), T / 12, *WAVES])
    statistics = []
    for at in range(24, 85):
        full = sm.GLM(counts, np.column_stack([base, at <= T]), family=sm.families.Poisson()).fit()
        null = sm.GLM(counts, base, family=sm.families.Poisson()).fit()
        statistics.append((null.deviance - full.deviance) / (full.pearson_chi2 / full.df_resid))
    own = statistics[60 - 24]
    expected = np.mean([statistic >= own for statistic in statistics])
    assert interrupted_series(counts, 1.0, MONTHS, "2021-01", "level").placebo_p == expected


def test_washout_months_do_not_count() -> None:
    counts = _known(1.2, 1.0, 48)
    spoilt = counts.copy()
    spoilt[48:51] = [0, 90_000, 1]
    one, other = (
        interrupted_series(series, 1.0, MONTHS, "2020-01", "level", washout=3)
        for series in (counts, spoilt)
    )
    assert one.level_change == other.level_change
    np.testing.assert_array_equal(one.expected, other.expected)


def test_a_lag_is_a_later_date() -> None:
    counts = np.random.default_rng(3).poisson(30, 96)
    lagged = interrupted_series(counts, 1.0, MONTHS, "2019-11", "both", lag=4)
    later = interrupted_series(counts, 1.0, MONTHS, "2020-03", "both")
    assert lagged.level_change == later.level_change
    assert lagged.placebo_p == later.placebo_p


@pytest.mark.parametrize("count", [5, 10, 100, 1000])
@pytest.mark.parametrize("event", ["2018-08", "2020-01", "2022-06"])
@pytest.mark.parametrize("impact", ["level", "slope", "both"])
def test_a_constant_series_changed_nowhere(count: int, event: str, impact: Impact) -> None:
    found = interrupted_series([count] * 96, 1e6, MONTHS, event, impact)
    assert found.placebo_p == 1
    for change in (found.level_change, found.slope_change):
        if change is not None:
            assert change.ratio == pytest.approx(1)
            assert change.model_p == 1


@untimed
@given(
    st.integers(0, 10_000),
    st.floats(0.01, 1e6),
    st.integers(-400, 400),
    st.sampled_from(["level", "slope", "both"]),
)
def test_only_relative_exposure_and_time_matter(
    seed: int, factor: float, by: int, impact: Impact
) -> None:
    counts = np.random.default_rng(seed).poisson(20, 96)
    one = interrupted_series(counts, 1.0, MONTHS, "2020-05", impact)
    scaled = interrupted_series(counts, factor, MONTHS, "2020-05", impact)
    moved = interrupted_series(counts, 1.0, MONTHS + by, np.datetime64("2020-05") + by, impact)
    for other in (scaled, moved):
        assert other.placebo_p == one.placebo_p
        for name in ("level_change", "slope_change"):
            change, same = getattr(one, name), getattr(other, name)
            if change is not None:
                assert same.ratio == pytest.approx(change.ratio, rel=1e-6)
    assert one.smallest_placebo_p <= one.placebo_p <= 1


IMPACTS: tuple[Impact, ...] = ("level", "slope", "both")
# First, middle and last date that 96 months permit.
PERMITTED = {
    "level": ("2018-05", "2020-07", "2022-09"),
    "slope": ("2018-08", "2020-07", "2022-06"),
    "both": ("2018-08", "2020-07", "2022-06"),
}


@pytest.mark.parametrize("impact", IMPACTS)
def test_dates_near_the_ends_are_refused(impact: Impact) -> None:
    counts = np.random.default_rng(4).poisson(40, 96)
    first, _middle, last = (np.datetime64(month) for month in PERMITTED[impact])
    for inside, outside in ((first, first - 1), (last, last + 1)):
        interrupted_series(counts, 1.0, MONTHS, inside, impact)
        with pytest.raises(InputError, match=f"from {first} to {last}; got {outside}"):
            interrupted_series(counts, 1.0, MONTHS, outside, impact)


@pytest.mark.parametrize("impact", IMPACTS)
def test_the_rank_keeps_its_size_wherever_it_is_permitted(impact: Impact) -> None:
    # The statistics of a series serve all dates, so the three ranks come from one fit each.
    dates = np.arange(24, 85)
    design, used = _designs(MONTHS, dates, impact, 0)
    at = [int(np.flatnonzero(MONTHS[dates] == np.datetime64(d))[0]) for d in PERMITTED[impact]]
    rng = np.random.default_rng(17)
    runs, rejected, at_the_ends = 500, np.zeros(3), np.zeros(2)
    for run in range(runs):
        noise = rng.normal(size=146)
        for t in range(1, 146):
            noise[t] += 0.5 * noise[t - 1]
        counts = rng.poisson(40 * np.exp(0.05 * T / 12 + 0.17 * noise[50:])).astype(float)
        statistics = _statistics(counts, np.ones(96), dates, design, used, impact)
        ranks = (statistics >= statistics[[*at, 0, -1]][:, None] * (1 - 1e-9)).mean(axis=1)
        rejected += ranks[:3] <= 0.05
        at_the_ends += ranks[3:] <= 0.05
        if run == 0:
            found = [interrupted_series(counts, 1.0, MONTHS, d, impact) for d in PERMITTED[impact]]
            assert [one.placebo_p for one in found] == ranks[:3].tolist()
    assert (rejected / runs <= 0.06 + 2 * math.sqrt(0.06 * 0.94 / runs)).all()
    assert (rejected / runs >= 0.01).all()
    # What the first and last date that can be fitted would do.
    assert (at_the_ends / runs > 0.1).all() == (impact == "slope")


@pytest.mark.parametrize("impact", IMPACTS)
@pytest.mark.parametrize("back", [False, True])
def test_an_empty_stretch_leaves_out_its_dates_alone(impact: Impact, back: bool) -> None:
    counts = np.r_[np.zeros(40, int), np.random.default_rng(1).poisson(5, 56)]
    if back:
        counts = np.r_[np.random.default_rng(1).poisson(5, 60), np.zeros(36, int)]
    found = interrupted_series(counts, 1.0, MONTHS, "2019-12" if back else "2020-07", impact)
    # One more, where the few events of a side allow no line of their own.
    assert 60 - found.placebo_dates == found.dates_left_out
    assert found.dates_left_out in ((25, 26, 27) if back else (17, 18))
    assert found.smallest_placebo_p == 1 / (found.placebo_dates + 1)
    assert 0 < found.placebo_p <= 1


def test_too_few_dates_with_events_on_both_sides_are_refused() -> None:
    counts = np.zeros(96, int)
    counts[45:60] = 7
    with pytest.raises(InputError, match=r"got 13: 47 of 61 dates have too few events"):
        interrupted_series(counts, 1.0, MONTHS, "2020-04", "level")


@pytest.mark.parametrize("impact", ["level", "both"])
def test_the_placebo_rank_keeps_its_size_where_poisson_loses_it(impact: Impact) -> None:
    rng = np.random.default_rng(11)
    runs, rejected, poisson, covered = 250, 0, 0, 0
    after = (T >= 54).astype(float)
    added = [after, after * (T - 54)][: 2 if impact == "both" else 1]
    null = np.column_stack([np.ones(96), T / 12, seasonal_harmonics(T, 12)])
    full = np.column_stack([null, *added])
    for _run in range(runs):
        noise = rng.normal(size=146)
        for t in range(1, 146):
            noise[t] += 0.5 * noise[t - 1]
        mean = np.exp(math.log(40) + 0.05 * T / 12 + 0.2 * math.sqrt(0.75) * noise[50:])
        counts = rng.poisson(mean).astype(float)
        found = interrupted_series(counts, 1.0, MONTHS, "2020-07", impact)
        rejected += found.placebo_p <= 0.05
        assert found.level_change is not None
        covered += found.level_change.low <= 1 <= found.level_change.high
        likelihoods = [fit_counts(counts, x, np.ones(96)).log_likelihood for x in (full, null)]
        drop = 2 * float(likelihoods[0] - likelihoods[1])
        poisson += chi2.sf(drop, len(added)) <= 0.05
    error = 3 * math.sqrt(0.05 * 0.95 / runs)
    assert rejected / runs <= 0.05 + error
    assert rejected / runs >= 0.01
    assert covered / runs == pytest.approx(0.95, abs=error)
    assert poisson / runs > 0.2


def test_a_clear_change_is_seen() -> None:
    rng = np.random.default_rng(5)
    found = [
        interrupted_series(rng.poisson(np.where(T < 54, 40, 60)), 1.0, MONTHS, "2020-07", "level")
        for _run in range(20)
    ]
    assert sum(one.placebo_p <= 0.05 for one in found) >= 18


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"event": "2017-12"}, "24 months before .* got 23 and 73"),
        ({"event": "2023-02"}, "24 months before .* got 85 and 11"),
        ({"event": "2015-01"}, "24 months before"),
        ({"event": "2022-12", "washout": 2}, "12 after it and its washout"),
        ({"counts": [9] * 54, "months": MONTHS[:54], "event": "2018-06"}, "55 months are needed"),
        ({"counts": [9] * 48 + [0] * 48}, "one after"),
        ({"counts": [math.nan] * 96}, "suppressed"),
        ({"counts": [-1] * 96}, "whole numbers"),
        ({"exposure": 0.0}, "above 0"),
        ({"months": MONTHS[::-1]}, "without a gap"),
        ({"impact": "ramp"}, "level, slope or both"),
        ({"event": "spring"}, "month such as 2020-01"),
        ({"event": "NaT"}, "month such as 2020-01"),
        ({"event": 50}, "month such as 2020-01"),
        ({"event": {}}, "month such as 2020-01"),
        ({"lag": -1}, "lag must be a whole number from 0"),
        ({"washout": 1.5}, "washout must be a whole number from 0"),
        ({"impact": ["level"]}, "level, slope or both"),
        ({"counts": ["<5"] * 96}, "publisher's marker"),
        ({"counts": [[1], [1, 2]]}, "ragged"),
        ({"months": ["spring"] * 96}, "months need dates"),
        ({"level": 95.0}, "level"),
    ],
)
def test_input_without_sense_is_refused(change: dict[str, Any], message: str) -> None:
    given_: dict[str, Any] = {
        "counts": [9] * 96,
        "exposure": 1.0,
        "months": MONTHS,
        "event": "2020-01",
        "impact": "level",
    }
    with pytest.raises(InputError, match=message):
        interrupted_series(**(given_ | change))


def test_the_caveats_speak_of_association() -> None:
    found = interrupted_series([30] * 96, 1e6, MONTHS, "2020-01", "level")
    assert "associated" in CAVEATS[found.caveats[0]]
    assert set(found.caveats) <= set(CAVEATS)
    assert not any(word in text for text in CAVEATS.values() for word in ("effect", "caus"))
