"""Batched count models and tails, against statsmodels, scipy and R's printed numbers."""

import doctest
import importlib
import pkgutil

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

import atlas.analysis.alerts as alerts
from atlas.analysis.alerts.distribution import limit_and_tail, upper_limit, upper_tail
from atlas.analysis.alerts.loglinear import fit_log_linear

untimed = settings(deadline=None, max_examples=60)


def month_design(periods: int) -> np.ndarray:
    t = np.arange(periods)
    angle = 2 * np.pi * t / 12
    waves = [f(k * angle) for k in (1, 2) for f in (np.cos, np.sin)]
    return np.column_stack((np.ones(periods), t / 12, *waves))


def overdispersed(seed: int, regions: int, periods: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts with trend, season and exposure, and the log exposure."""
    random = np.random.default_rng(seed)
    offset = np.log(random.uniform(0.5, 2, (regions, periods)))
    level = random.uniform(0.5, 5, regions)[:, None]
    wave = 0.4 * np.sin(2 * np.pi * np.arange(periods) / 12)
    mean = np.exp(offset + level + wave)
    return random.negative_binomial(3, 3 / (3 + mean)).astype(float), offset


MODULES = sorted(
    f"{alerts.__name__}.{module.name}" for module in pkgutil.iter_modules(alerts.__path__)
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert (failed, tried > 0) == (0, True)


def test_poisson_fits_equal_those_of_statsmodels_one_by_one() -> None:
    counts, offset = overdispersed(1, 12, 50)
    random = np.random.default_rng(2)
    weight = random.choice([0.0, 0.4, 1.0, 1.3], counts.shape)
    design = month_design(50)
    found = fit_log_linear(design, counts, offset, weight, overdispersed=False)
    assert found.settled.all()
    for row in range(12):
        used = weight[row] > 0
        model = sm.GLM(
            counts[row, used],
            design[used],
            sm.families.Poisson(),
            offset=offset[row, used],
            freq_weights=weight[row, used],
        ).fit(tol=1e-13)
        np.testing.assert_allclose(found.coefficients[row], model.params, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(found.covariance[row], model.cov_params(), rtol=1e-6, atol=1e-12)


def test_overdispersed_fits_equal_the_negative_binomial_glm_and_solve_the_moment_equation() -> None:
    counts, offset = overdispersed(3, 12, 60)
    design = month_design(60)
    found = fit_log_linear(design, counts, offset, np.ones(counts.shape), overdispersed=True)
    assert found.settled.all()
    assert (found.alpha > 0).all()
    for row in range(12):
        family = sm.families.NegativeBinomial(alpha=found.alpha[row])
        model = sm.GLM(counts[row], design, family, offset=offset[row]).fit(tol=1e-13)
        np.testing.assert_allclose(found.coefficients[row], model.params, rtol=1e-6, atol=1e-8)
        covariance = model.cov_params() / model.scale
        np.testing.assert_allclose(found.covariance[row], covariance, rtol=1e-5, atol=1e-10)
        assert model.pearson_chi2 == pytest.approx(60 - 6, rel=1e-7)
        now = design[7]
        mean, variance = found.forecast(now, np.full(12, 0.3))
        predicted = model.get_prediction(now[None, :], offset=np.array([0.3]), which="mean")
        assert mean[row] == pytest.approx(predicted.predicted[0], rel=1e-6)
        assert variance[row] == pytest.approx(now @ covariance @ now, rel=1e-5)


def test_the_moment_overdispersion_is_near_maximum_likelihood_in_a_long_series() -> None:
    counts, offset = overdispersed(4, 3, 600)
    design = month_design(600)
    found = fit_log_linear(design, counts, offset, np.ones(counts.shape), overdispersed=True)
    for row in range(3):
        model = sm.NegativeBinomial(counts[row], design, offset=offset[row]).fit(disp=0)
        np.testing.assert_allclose(found.coefficients[row], model.params[:-1], atol=0.02)
        assert found.alpha[row] == pytest.approx(model.params[-1], rel=0.15)


def test_counts_without_overdispersion_have_none() -> None:
    counts = np.tile([9.0, 10, 11, 10], (2, 12))
    found = fit_log_linear(month_design(48), counts, np.zeros((2, 48)), np.ones((2, 48)), True)
    assert found.alpha.tolist() == [0, 0]
    assert found.settled.all()


def test_a_series_that_does_not_settle_leaves_the_others_alone() -> None:
    counts, offset = overdispersed(5, 3, 48)
    # Events in January alone: the season runs off to minus infinity.
    counts[1] = np.where(np.arange(48) % 12 == 0, 3, 0)
    design, weight = month_design(48), np.ones((3, 48))
    found = fit_log_linear(design, counts, offset, weight, overdispersed=True)
    alone = fit_log_linear(design, counts[[0, 2]], offset[[0, 2]], weight[:2], overdispersed=True)
    np.testing.assert_allclose(found.coefficients[[0, 2]], alone.coefficients, atol=1e-9)
    assert found.settled[[0, 2]].all()
    assert not found.settled[1]


@untimed
@given(st.floats(1e-3, 1e5), st.one_of(st.just(0.0), st.floats(1e-4, 5)), st.floats(1e-6, 0.5))
def test_tails_and_quantiles_are_those_of_scipy(
    mean: float, alpha: float, probability: float
) -> None:
    law = nbinom(1 / alpha, 1 / (1 + alpha * mean)) if alpha else poisson(mean)
    quantile = upper_limit(*(np.array([x]) for x in (probability, mean, alpha)))[0]
    assert law.sf(quantile) <= probability * (1 + 1e-9)
    assert quantile == 0 or law.sf(quantile - 1) >= probability * (1 - 1e-9)
    for count in (0.0, 1.0, float(np.floor(mean)), quantile + 1):
        tail = upper_tail(*(np.array([x]) for x in (count, mean, alpha)))[0]
        assert tail == pytest.approx(law.sf(count - 1), rel=1e-6, abs=1e-14)


@pytest.mark.parametrize(
    ("mean", "dispersion", "upper", "p_value"),
    [
        (5.0, 1.5, 10, 0.03763657),
        (5.0, 1.0, 9, 0.01369527),
        (5 * 2**1.6448536269514722, 1.5, 24, 0.8597797),
        (5 * 2**1.6448536269514722, 1.0, 22, 0.9093099),
    ],
)
def test_limits_and_tails_have_the_numbers_of_the_r_package(
    mean: float, dispersion: float, upper: int, p_value: float
) -> None:
    # R surveillance 1.24, tests/testthat/test-farringtonFlexible.R: alpha 0.05, 11 events,
    # methods nbPlugin (mean 5) and muan (its 95 % quantile at a standard error of log 2).
    one = np.ones(1)
    limit, tail = limit_and_tail(
        11 * one, mean * one, (dispersion - 1) / mean * one, 0 * one, 0.05 * one
    )
    assert limit[0] == upper
    assert tail[0] == pytest.approx(p_value, abs=1e-7)


def test_a_poisson_limit_alarms_too_often_in_overdispersed_counts() -> None:
    # Exact, around a known mean: 4.4 to 5.0 % against 0.65 to 1.0 % at a nominal 1 %.
    mean = np.array([10.0, 20.0, 40.0, 60.0, 120.0])
    one = np.full(5, 0.01)
    poisson_rate = np.asarray(nbinom.sf(upper_limit(one, mean, 0 * mean), mean, 0.5))
    right_rate = np.asarray(nbinom.sf(upper_limit(one, mean, 1 / mean), mean, 0.5))
    assert 0.043 < poisson_rate.min() < poisson_rate.max() < 0.051
    assert 0.0065 < right_rate.min() < right_rate.max() <= 0.01
