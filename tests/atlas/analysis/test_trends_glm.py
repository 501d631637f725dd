"""Models of counts against statsmodels, printed numbers and their own algebra."""

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.analysis.errors import InputError
from atlas.analysis.glm import (
    contrast_error,
    count_contrast_error,
    fit_counts,
    fit_negative_binomial,
    seasonal_harmonics,
)

untimed = settings(deadline=None, max_examples=40)
MONTHS = 72


def _series(seed: int, size: float = 4.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    t = np.arange(MONTHS)
    design = np.column_stack([np.ones(MONTHS), t / 12, seasonal_harmonics(t, 12)])
    exposure = rng.uniform(1e5, 2e5, MONTHS)
    mean = exposure * np.exp(design @ [-9, 0.1, 0.2, 0.1, 0, 0])
    return rng.negative_binomial(size, size / (size + mean)).astype(float), design, exposure


def test_poisson_gives_the_printed_fit_of_dobsons_trial() -> None:
    # Dobson 1990, p. 93, as printed by R's example(glm).
    counts = np.array([18.0, 17, 15, 20, 10, 20, 25, 13, 12])
    outcome, treatment = np.tile([0, 1, 2], 3), np.repeat([0, 1, 2], 3)
    columns = [np.ones(9), outcome == 1, outcome == 2, treatment == 1, treatment == 2]
    model = fit_counts(counts, np.column_stack(columns).astype(float), np.ones(9))
    assert model.coefficients[:3].round(4).tolist() == [3.0445, -0.4543, -0.2930]
    assert model.coefficients[3:] == pytest.approx(0, abs=1e-9)
    errors = np.sqrt(np.diag(model.inverse_information))
    assert errors.round(4).tolist() == [0.1709, 0.2022, 0.1927, 0.2, 0.2]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("alpha", [0.0, 0.05, 0.7])
def test_fits_at_a_given_overdispersion_agree_with_statsmodels(seed: int, alpha: float) -> None:
    counts, design, exposure = _series(seed)
    family = sm.families.NegativeBinomial(alpha=alpha) if alpha else sm.families.Poisson()
    other = sm.GLM(counts, design, family=family, exposure=exposure).fit(tol=1e-12)
    model = fit_counts(counts, design, exposure, alpha=alpha)
    np.testing.assert_allclose(model.coefficients, other.params, atol=1e-6)
    np.testing.assert_allclose(model.inverse_information, other.cov_params(), rtol=1e-5, atol=1e-9)
    assert float(model.log_likelihood) == pytest.approx(other.llf, rel=1e-9)
    assert float(model.scale) == pytest.approx(other.pearson_chi2 / other.df_resid, rel=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_the_overdispersion_is_the_maximum_likelihood_one_of_statsmodels(seed: int) -> None:
    counts, design, exposure = _series(seed)
    model = fit_negative_binomial(counts, design, exposure)
    start = np.append(model.coefficients, 0.2)
    other = sm.NegativeBinomial(counts, design, exposure=exposure).fit(
        start, method="newton", disp=0, maxiter=200
    )
    assert model.alpha == pytest.approx(other.params[-1], rel=1e-4)
    np.testing.assert_allclose(model.coefficients, other.params[:-1], atol=1e-5)
    assert float(model.log_likelihood) >= other.llf - 1e-7


def test_counts_less_spread_than_poisson_have_no_overdispersion() -> None:
    model = fit_negative_binomial(np.tile([9.0, 10, 11], 12), np.ones((36, 1)), np.ones(36))
    assert model.alpha == 0
    assert np.exp(model.coefficients[0]) == pytest.approx(10)


def test_a_stack_of_designs_with_masks_equals_one_fit_each() -> None:
    counts, design, exposure = _series(5)
    used = np.ones((3, MONTHS), dtype=bool)
    used[1, 10:14] = used[2, 60:] = False
    stack = fit_counts(counts, np.broadcast_to(design, (3, *design.shape)), exposure, used)
    for one, rows in enumerate(used):
        alone = fit_counts(counts[rows], design[rows], exposure[rows])
        np.testing.assert_allclose(stack.coefficients[one], alone.coefficients, atol=1e-8)
        assert stack.scale[one] == pytest.approx(float(alone.scale))
        assert stack.log_likelihood[one] == pytest.approx(float(alone.log_likelihood))


@untimed
@given(st.lists(st.integers(1, 60), min_size=12, max_size=40), st.floats(0.01, 100))
def test_scaling_the_exposure_moves_the_intercept_alone(counts: list[int], factor: float) -> None:
    events = np.array([*counts, 1.0])
    t = np.arange(len(events)) / len(events)
    design = np.column_stack([np.ones(len(events)), t])
    one = fit_counts(events, design, np.ones(len(events)))
    other = fit_counts(events, design, np.full(len(events), factor))
    expected = one.coefficients - [np.log(factor), 0]
    np.testing.assert_allclose(other.coefficients, expected, atol=1e-4)
    order = np.random.default_rng(1).permutation(len(events))
    shuffled = fit_counts(events[order], design[order], np.ones(len(events)))
    np.testing.assert_allclose(shuffled.mean, one.mean[order], rtol=1e-4, atol=1e-6)
    # The score equations of a log-linear Poisson model.
    assert one.mean.sum() == pytest.approx(events.sum())


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(InputError, match="at least one event"):
        fit_counts(np.zeros(9), np.ones((9, 1)), np.ones(9))
    with pytest.raises(InputError, match="told apart"):
        fit_counts(np.ones(9), np.ones((9, 2)), np.ones(9))
    with pytest.raises(InputError, match="is 0 in all"):
        fit_counts(np.ones(9), np.eye(9)[:, :1] * 0, np.ones(9))
    with pytest.raises(InputError, match="more than 3 periods"):
        contrast_error(np.eye(3), np.zeros(3), [1, 0, 0])
    with pytest.raises(InputError, match="3 values"):
        contrast_error(np.eye(4)[:, :3], np.zeros(4), [1, 0])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_model_needs_finite_numbers(bad: float) -> None:
    counts, design, exposure = np.ones(9), np.ones((9, 1)), np.ones(9)
    for part in (counts, design, exposure):
        kept = part.flat[4]
        part.flat[4] = bad
        with pytest.raises(InputError, match="finite"):
            fit_counts(counts, design, exposure)
        part.flat[4] = kept
    with pytest.raises(InputError, match="exposures above 0"):
        fit_counts(counts, design, 0 * exposure)
    with pytest.raises(InputError, match="counts from 0 up"):
        fit_counts(-counts, design, exposure)


def test_a_model_needs_more_periods_than_terms() -> None:
    lines = np.column_stack([np.ones(4), np.arange(4.0)])
    with pytest.raises(InputError, match="more than 2 periods"):
        fit_counts(np.array([3.0, 4]), lines[:2], np.ones(2))
    used = np.array([True, True, False, False])
    with pytest.raises(InputError, match="more than 2 periods"):
        fit_counts(np.array([3.0, 4, 5, 6]), lines, np.ones(4), used)


@pytest.mark.parametrize(
    ("positions", "per_year"), [([[0]], 12), ([np.nan], 12), (["May"], 12), ([0], 0), ([0], 2.5)]
)
def test_waves_need_positions_and_a_whole_number_a_year(positions: Any, per_year: Any) -> None:
    with pytest.raises(InputError):
        seasonal_harmonics(positions, per_year)


@pytest.mark.parametrize(("per_year", "columns"), [(1, 0), (4, 3), (12, 4)])
def test_waves_are_balanced_over_a_year(per_year: int, columns: int) -> None:
    waves = seasonal_harmonics(np.arange(5 * per_year), per_year)
    assert waves.shape == (5 * per_year, columns)
    assert waves.sum(axis=0) == pytest.approx(0)
    gram = waves.T @ waves
    assert gram - np.diag(np.diag(gram)) == pytest.approx(0)


def _literal_contrast_error(
    design: np.ndarray, residuals: np.ndarray, contrast: np.ndarray
) -> tuple[float, float]:
    """Follow the formula with the full residual maker, one cosine and one period at a time."""
    periods = len(design)
    inverse = np.linalg.inv(design.T @ design)
    maker = np.eye(periods) - design @ inverse @ design.T
    rows = []
    for wave in range(1, max(4, int(0.4 * periods ** (2 / 3))) + 1):
        cosines = [np.cos(np.pi * wave * (t + 0.5) / periods) for t in range(periods)]
        rows.append([c * (x @ inverse @ contrast) for c, x in zip(cosines, design, strict=True)])
    basis = np.array(rows)
    kernel = maker @ basis.T @ basis @ maker
    factor = contrast @ inverse @ contrast / np.trace(kernel)
    variance = factor * residuals @ kernel @ residuals
    return np.sqrt(variance), np.trace(kernel) ** 2 / np.trace(kernel @ kernel)


@pytest.mark.parametrize("periods", [20, 48, 96])
def test_the_long_run_error_follows_its_formula(periods: int) -> None:
    rng = np.random.default_rng(periods)
    design = np.column_stack([np.ones(periods), np.arange(periods), rng.normal(size=periods)])
    values = rng.normal(size=periods)
    residuals = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    for contrast in np.eye(3):
        found = contrast_error(design, residuals, contrast)
        assert found == pytest.approx(_literal_contrast_error(design, residuals, contrast))


def test_the_long_run_error_has_no_bias_under_independent_errors() -> None:
    design = np.column_stack([np.ones(40), np.arange(40.0)])
    inverse = np.linalg.inv(design.T @ design)
    maker = np.eye(40) - design @ inverse @ design.T
    # The estimate is quadratic, so its mean is the sum over unit errors.
    variances = [contrast_error(design, residual, [0, 1])[0] ** 2 for residual in maker]
    assert sum(variances) == pytest.approx(inverse[1, 1])


def test_the_long_run_error_of_a_count_model_weights_by_its_variance() -> None:
    counts, design, exposure = _series(8)
    model = fit_counts(counts, design, exposure, alpha=0.3)
    spread = model.mean + 0.3 * model.mean**2
    whitened = design * (model.mean / np.sqrt(spread))[:, None]
    expected = contrast_error(whitened, (counts - model.mean) / np.sqrt(spread), np.eye(6)[1])
    found = count_contrast_error(model, counts, design, np.eye(6)[1])
    assert found == pytest.approx(expected)
    # X' W X of the whitened rows is what statsmodels inverts.
    np.testing.assert_allclose(
        np.linalg.inv(whitened.T @ whitened), model.inverse_information, rtol=1e-6
    )
