"""Each way to forecast, against its recursion written out, other fits and simulation."""

import math
import warnings

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import nbinom, norm
from scipy.stats import t as student
from statsmodels.tsa.arima.model import ARIMA

from atlas.analysis.errors import InputError
from atlas.analysis.forecast import (
    MODELS,
    QUANTILES,
    arima_forecast,
    ets_forecast,
    interval_coverage,
    nb_glm_forecast,
    seasonal_naive_forecast,
)
from atlas.analysis.forecast.models import harmonics

untimed = settings(deadline=None, max_examples=40)
MONTHS = np.arange("2016-01", "2026-01", dtype="datetime64[M]")
DAYS = np.diff(np.arange("2016-01", "2026-02", dtype="datetime64[M]").astype("datetime64[D]"))
FAST = ("seasonal_naive", "nb_glm")


def overdispersed(random: np.random.Generator, size: int, mean: float = 30.0) -> np.ndarray:
    """Seasonal counts of negative-binomial spread, alpha 0.05, in proportion to days."""
    season = 0.15 * np.sin(2 * np.pi * np.arange(size) / 12)
    expected = mean * np.exp(season) * DAYS[:size].astype(float) / 30.4
    return random.poisson(expected * random.gamma(20, 1 / 20, size))


def test_seasonal_naive_is_last_years_month_with_the_spread_of_earlier_changes() -> None:
    counts = overdispersed(np.random.default_rng(1), 48)
    found = seasonal_naive_forecast(counts, MONTHS[:48], 12).quantiles
    assert found[:, 3].tolist() == counts[36:].tolist()
    root = np.sqrt(counts + 0.375)
    spread = math.sqrt(sum((root[i] - root[i - 12]) ** 2 for i in range(12, 48)) / 36)
    limit = root[36] + spread * student.ppf(0.9, 36)
    assert found[0, 5] == round(limit**2 - 0.375)


def test_ets_quantiles_follow_from_the_written_recursion() -> None:
    counts = overdispersed(np.random.default_rng(2), 72)
    found = ets_forecast(counts, MONTHS[:72], 6)
    alpha, beta, gamma, phi, level, trend = found.parameters[:6]
    # statsmodels keeps the seasonal states newest first.
    season = list(found.parameters[6:18])[::-1]
    scaled = np.log((counts + 0.5) / DAYS[:72].astype(float))
    errors = []
    for at, value in enumerate(scaled):
        error = value - (level + phi * trend + season[at])
        level, trend = level + phi * trend + alpha * error, phi * trend + beta * error
        season.append(season[at] + gamma * error)
        errors.append(error)
    variance = np.sum(np.square(errors)) / (72 - 18)
    # Hyndman et al. 2008, table 6.1: c_j = alpha + beta (1 + ... + phi^(j-1)), j below 12.
    for ahead in range(1, 7):
        steps = [alpha + beta * sum(phi**i for i in range(j)) for j in range(1, ahead)]
        spread = math.sqrt(variance * (1 + sum(step**2 for step in steps)))
        damped = sum(phi**i for i in range(1, ahead + 1))
        centre = level + damped * trend + season[72 + ahead - 1]
        logs = centre + spread * student.ppf(QUANTILES, 54)
        limits = np.exp(logs) * float(DAYS[72 + ahead - 1].astype(int)) - 0.5
        np.testing.assert_allclose(found.quantiles[ahead - 1], limits, atol=0.51)


def test_arima_has_the_order_of_least_corrected_criterion() -> None:
    counts = overdispersed(np.random.default_rng(3), 60)
    found = arima_forecast(counts, MONTHS[:60], 6)
    scaled = np.log((counts + 0.5) / DAYS[:60].astype(float))
    season = harmonics(MONTHS[:60], 6)
    criteria = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for p, q in ((0, 0), (0, 1), (0, 2), (1, 1)):
            one = ARIMA(scaled, exog=season[:60], order=(p, 1, q)).fit()
            k, size = 4 + p + q + 1, 59
            criteria[(p, 1, q)] = -2 * one.llf + 2 * k + 2 * k * (k + 1) / (size - k - 1)
            assert one.aicc == pytest.approx(criteria[(p, 1, q)], abs=0.2)
    order, parameters = found.parameters
    assert order == min(criteria, key=lambda each: criteria[each]) == (0, 1, 1)
    # An ARIMA(0, 1, 1) has forecast variance s^2 (1 + (h - 1) (1 + theta)^2).
    theta, variance = parameters[-2], parameters[-1] * 59 / (59 - 6)
    beyond = math.log(found.quantiles[5, 6] + 0.5) - math.log(found.quantiles[5, 3] + 0.5)
    spread = math.sqrt(variance * (1 + 5 * (1 + theta) ** 2)) * student.ppf(0.975, 53)
    assert beyond == pytest.approx(spread, abs=0.03)


def test_negative_binomial_quantiles_follow_from_fits_of_statsmodels() -> None:
    counts = overdispersed(np.random.default_rng(4), 36, mean=80.0).astype(float)
    found = nb_glm_forecast(counts, MONTHS[:36], 12).quantiles
    design = np.column_stack([np.ones(48), np.arange(48) / 12, harmonics(MONTHS[:36], 12)])
    offset = np.log(DAYS[:48].astype(float))

    def fitted(alpha: float) -> sm.GLM:
        family = sm.families.NegativeBinomial(alpha=alpha)
        return sm.GLM(counts, design[:36], family=family, offset=offset[:36]).fit()

    # The overdispersion at which Pearson's chi-square of the refitted model is n - k.
    alpha = brentq(lambda a: fitted(a).pearson_chi2 - 30, 1e-4, 1.0)
    model = fitted(alpha)
    for ahead, row in enumerate(design[36:]):
        mean = np.exp(row @ model.params + offset[36 + ahead])
        vague = row @ model.cov_params() @ row
        extra = (1 + alpha) * (1 + vague) - 1
        chance = norm.cdf(student.ppf(QUANTILES, 30))
        by_hand = nbinom.ppf(chance, 1 / extra, 1 / (1 + extra * mean))
        np.testing.assert_array_equal(found[ahead], by_hand)
        # Either allowance widens the interval by more than rounding.
        for less, at in ((alpha, chance), (extra, np.array(QUANTILES))):
            short = nbinom.ppf(at, 1 / less, 1 / (1 + less * mean))
            assert np.ptp(short) < np.ptp(by_hand)


def test_negative_binomial_intervals_of_a_short_history_keep_their_level() -> None:
    # Two hundred events a month leave no room for rounding, three years much for coefficients.
    random, runs = np.random.default_rng(20_260_404), 1_200
    came, limits = np.empty(runs), np.empty((runs, 7))
    for run in range(runs):
        counts = overdispersed(random, 39, mean=200.0)
        limits[run] = nb_glm_forecast(counts[:36], MONTHS[:36], 3).quantiles[2]
        came[run] = counts[38]
    for level, share in interval_coverage(came, limits).items():
        assert abs(share - level) < 3 * math.sqrt(level * (1 - level) / runs) + 0.01 * (1 - level)


@pytest.mark.parametrize(
    ("name", "runs"), [("seasonal_naive", 1_500), ("nb_glm", 300), ("ets", 50)]
)
def test_intervals_hold_what_comes_as_often_as_they_say(name: str, runs: int) -> None:
    check_coverage(name, runs, np.random.default_rng(20_260_401), parameters=None)


def test_arima_intervals_from_held_parameters_hold_what_comes() -> None:
    # A search for each series would take minutes; one long series of the kind gives the order.
    random = np.random.default_rng(20_260_402)
    known = arima_forecast(overdispersed(random, 120), MONTHS, 1).parameters
    check_coverage("arima", 150, random, known)


def check_coverage(name: str, runs: int, random: np.random.Generator, parameters: object) -> None:
    came, limits = np.empty(runs), np.empty((runs, 7))
    for run in range(runs):
        counts = overdispersed(random, 75)
        # One horizon a series, so that the runs are independent.
        limits[run] = MODELS[name](counts[:72], MONTHS[:72], 3, parameters).quantiles[2]
        came[run] = counts[74]
    held = interval_coverage(came, limits)
    for level, share in held.items():
        error = math.sqrt(level * (1 - level) / runs)
        # Whole limits count as inside: half an event more on each side, most where it is dense.
        rounding = 0.08 * (1 - level)
        assert -3 * error < share - level < 3 * error + rounding, (name, held)


@untimed
@given(st.lists(st.integers(0, 3_000), min_size=36, max_size=80), st.integers(1, 12))
def test_quantiles_are_whole_not_negative_and_in_order(counts: list[int], horizon: int) -> None:
    for name in FAST:
        try:
            found = MODELS[name](counts, MONTHS[: len(counts)], horizon, None).quantiles
        except np.linalg.LinAlgError:
            # A lone burst after zeros has no finite trend.
            assert name == "nb_glm"
            continue
        assert found.shape == (horizon, 7)
        assert (found == np.rint(found)).all()
        assert (found >= 0).all()
        assert (np.diff(found, axis=1) >= 0).all()


@pytest.mark.parametrize("name", ["ets", "arima"])
def test_few_events_give_whole_quantiles_too(name: str) -> None:
    counts = np.random.default_rng(6).poisson(0.5, 48)
    found = MODELS[name](counts, MONTHS[:48], 6, None).quantiles
    assert (found == np.rint(found)).all()
    assert (found >= 0).all()
    assert (np.diff(found, axis=1) >= 0).all()


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("level", [0, 40])
def test_constant_counts_are_continued(name: str, level: int) -> None:
    found = MODELS[name]([level] * 48, MONTHS[:48], 3, None).quantiles
    assert np.abs(found[:, 3] - level).max() <= 0.05 * level
    if level == 0:
        assert not found.any()


def test_few_events_estimate_a_level_alone() -> None:
    counts = [0] * 59 + [9]
    found = nb_glm_forecast(counts, MONTHS[:60], 12).quantiles
    # Nine events in sixty months are no season and no trend: every month looks alike.
    assert (found == found[0]).all()


@pytest.mark.parametrize("name", MODELS)
def test_series_that_make_no_sense_are_refused(name: str) -> None:
    model = MODELS[name]
    with pytest.raises(InputError, match="at least 36"):
        model([5] * 35, MONTHS[:35], 6, None)
    with pytest.raises(InputError, match="nan"):
        model([5] * 35 + [math.nan], MONTHS[:36], 6, None)
    with pytest.raises(InputError, match="whole numbers"):
        model([5] * 35 + [-1], MONTHS[:36], 6, None)
    with pytest.raises(InputError, match="without a gap"):
        model([5] * 36, [*MONTHS[:35], MONTHS[36]], 6, None)
    with pytest.raises(InputError, match="counts must be numbers"):
        model([5] * 35 + ["<5"], MONTHS[:36], 6, None)
    with pytest.raises(InputError, match="months need"):
        model([5] * 36, ["soon"] * 36, 6, None)
    for horizon in (0, 13, 1.5, "6", None):
        with pytest.raises(InputError, match="horizon"):
            model([5] * 36, MONTHS[:36], horizon, None)  # type: ignore[arg-type]


def test_a_forecast_cannot_be_changed() -> None:
    found = seasonal_naive_forecast([20] * 36, MONTHS[:36], 2)
    with pytest.raises(ValueError, match="read-only"):
        found.quantiles[0, 0] = 1
    with pytest.raises(TypeError):
        MODELS["ets"] = arima_forecast  # type: ignore[index]
