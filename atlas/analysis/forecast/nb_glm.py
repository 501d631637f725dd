"""Negative-binomial regression of monthly counts, and its predictive quantiles."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from atlas.analysis.forecast.scores import QUANTILES

Array = NDArray[np.float64]

# Ten events a parameter; with fewer, the six of trend and season cannot be told.
_EVENTS_FOR_SEASON = 60


def nb_quantiles(events: Array, days: Array, season: Array) -> Array:
    """Return predictive quantiles of the months after `events`.

    Args:
        events: counts, shape (n,).
        days: exposures of these and the coming months, shape (n + horizon,).
        season: further columns of the design, shape (n + horizon, columns).

    Returns:
        Whole quantiles at `QUANTILES`, shape (horizon, 7).

    Example:
        >>> nb_quantiles(np.full(40, 9.0), np.ones(41), np.empty((41, 0))).tolist()
        [[3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 16.0]]
    """
    from scipy.stats import nbinom

    size = len(events)
    if not events.any():
        return np.zeros((len(days) - size, len(QUANTILES)))
    time = np.arange(len(days)) / 12 - size / 12
    design = np.column_stack([np.ones(len(days)), time, season])
    if events.sum() < _EVENTS_FOR_SEASON:
        design = design[:, :1]
    coefficients, covariance, alpha = _fit(events, design[:size], np.log(days[:size]))
    ahead = design[size:]
    mean = np.exp(ahead @ coefficients) * days[size:]
    # log mu is uncertain: mu varies by mu^2 v more, which is what a larger alpha says.
    spread = alpha + np.einsum("ij,jk,ik->i", ahead, covariance, ahead)
    shape = 1 / spread[:, None]
    return np.asarray(nbinom.ppf(QUANTILES, shape, shape / (shape + mean[:, None])), dtype=float)


def _fit(events: Array, design: Array, offset: Array) -> tuple[Array, Array, float]:
    """Return coefficients, their covariance, and alpha; alpha makes Pearson's X2 = n - k."""
    import statsmodels.api as sm

    freedom = len(events) - design.shape[1]
    alpha = 0.0
    family = sm.families.Poisson()
    with warnings.catch_warnings():
        # Constant counts are predicted perfectly; that is no fault.
        warnings.simplefilter("ignore")
        fitted = sm.GLM(events, design, family=family, offset=offset).fit()
        for _round in range(3):
            alpha = _dispersion(events, np.asarray(fitted.mu), freedom)
            if alpha == 0:
                break
            family = sm.families.NegativeBinomial(alpha=alpha)
            fitted = sm.GLM(events, design, family=family, offset=offset).fit()
    return np.asarray(fitted.params), np.asarray(fitted.cov_params()), alpha


def _dispersion(events: Array, mean: Array, freedom: int) -> float:
    def excess(alpha: float) -> float:
        return float(((events - mean) ** 2 / (mean + alpha * mean**2)).sum() - freedom)

    if excess(0.0) <= 0:
        return 0.0
    return float(brentq(excess, 0.0, 1e4)) if excess(1e4) < 0 else 1e4
