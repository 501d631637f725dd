"""Log-linear models of many count series at once, all with one design."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atlas.analysis.alerts.cells import Flags
from atlas.analysis.inputs import Array
from atlas.analysis.results import FrozenArrays

_STEPS = 60
_POISSON_STEPS = 2
_TOLERANCE = 1e-9
# Far beyond any rate in use; only a fit that runs away gets there.
_FARTHEST = 30.0
# Keeps a singular system solvable; its huge covariance tells the caller.
_RIDGE = 1e-11
# Matrix products above about 260,000 multiplications wake the threads of the linear algebra
# library, which costs more than such a product takes.
_ONE_THREAD = 200_000


@dataclass(frozen=True, eq=False)
class LogLinearFits(FrozenArrays):
    """Fitted models, one a series.

    Attributes:
        coefficients: b, shape (series, terms).
        covariance: of b at variance = mean + alpha x mean^2, shape (series, terms, terms).
        mean: expected events, shape (series, periods).
        alpha: overdispersion, 0 for Poisson, shape (series,).
        settled: whether the iteration converged, shape (series,).
    """

    coefficients: Array
    covariance: Array
    mean: Array
    alpha: Array
    settled: Flags

    def forecast(self, row: Array, offset: Array) -> tuple[Array, Array]:
        """Give the mean at a new row of the design, and the variance of its logarithm."""
        log_mean = np.clip(offset + self.coefficients @ row, -_FARTHEST, 2 * _FARTHEST)
        variance = np.einsum("i,bij,j->b", row, self.covariance, row, optimize=True)
        return np.exp(log_mean), variance


def fit_log_linear(
    design: Array, counts: Array, offset: Array, weight: Array, overdispersed: bool
) -> LogLinearFits:
    """Fit log E(y) = offset + X b to each series.

    Fisher scoring with the working response eta + (y - mu) / mu and weights
    w mu / (1 + alpha mu). The overdispersion solves
    sum w (y - mu)^2 / (mu + alpha mu^2) = periods - terms by Newton steps between the
    scoring steps, and is 0 if no positive value does: unlike maximum likelihood it allows for
    the fitted terms, without which alarms from short histories come too often.

    Args:
        design: X, shape (periods, terms).
        counts: events, shape (series, periods); at least one event a series where w > 0.
        offset: log exposure, same shape.
        weight: w, same shape; 0 leaves a period out.
        overdispersed: whether to estimate alpha.

    Returns:
        One fit a series.

    Source:
        McCullagh and Nelder. Generalized Linear Models, 2nd ed., 1989, section 2.5; the moment
        equation of Breslow NE. Applied Statistics 1984;33:38-44.

    Example:
        >>> halves = np.array([[1, 0], [1, 0], [1, 1], [1, 1]], dtype=float)
        >>> y = np.array([[3.0, 5, 8, 8]])
        >>> fit = fit_log_linear(halves, y, np.zeros((1, 4)), np.ones((1, 4)), False)
        >>> np.exp(fit.coefficients).round(4).tolist()
        [[4.0, 2.0]]
    """
    series, terms = counts.shape[0], design.shape[1]
    upper = np.triu_indices(terms)
    products = design[:, upper[0]] * design[:, upper[1]]
    place = np.empty((terms, terms), dtype=np.int64)
    place[upper] = place.T[upper] = np.arange(len(upper[0]))
    freedom = (weight > 0).sum(axis=1) - terms
    crude = (weight * counts).sum(axis=1) / (weight * np.exp(offset)).sum(axis=1)
    centre = offset + np.log(crude)[:, None]
    coefficients, alpha = np.zeros((series, terms)), np.zeros(series)
    settled = np.zeros(series, dtype=bool)
    rows = np.arange(series)
    y, w, shift, middle, df = counts, weight, offset, centre, freedom
    mean = (y + np.exp(centre)) / 2
    eta = np.log(mean)
    for step in range(_STEPS):
        inflated = 1 + alpha[rows, None] * mean
        working = w * mean / inflated
        target: Array = (y - mean) / mean
        target += eta - shift
        right = _product(working * target, design)
        information = _information(working, products, place)
        found = np.linalg.solve(information, right[..., None])[..., 0].astype(float)
        eta = _bounded(shift + _product(found, design.T), middle)
        mean = np.exp(eta)
        moved = np.abs(found - coefficients[rows]).max(axis=1)
        still = moved <= _TOLERANCE * (1 + np.abs(found).max(axis=1))
        coefficients[rows] = found
        if overdispersed and step >= _POISSON_STEPS:
            old = alpha[rows]
            alpha[rows] = _newton_alpha(old, y, mean, w, df)
            still &= np.abs(alpha[rows] - old) <= _TOLERANCE * (1 + old)
        elif overdispersed:
            still[:] = False
        settled[rows[still]] = True
        if still.all():
            break
        if still.any():
            go = ~still
            rows, df = rows[go], df[go]
            y, w, shift, middle = y[go], w[go], shift[go], middle[go]
            eta, mean = eta[go], mean[go]
    mean = np.exp(_bounded(offset + _product(coefficients, design.T), centre))
    working = weight * mean / (1 + alpha[:, None] * mean)
    covariance: Array = np.linalg.inv(_information(working, products, place)).astype(float)
    return LogLinearFits(coefficients, covariance, mean, alpha, settled)


def _bounded(log_mean: Array, centre: Array) -> Array:
    return np.clip(log_mean, centre - _FARTHEST, centre + _FARTHEST)


def _information(working: Array, products: Array, place: NDArray[np.int64]) -> Array:
    information = _product(working, products)[:, place]
    diagonal = np.einsum("bii->bi", information)
    diagonal += _RIDGE * diagonal + np.finfo(float).tiny
    return information


def _product(left: Array, right: Array) -> Array:
    rows = max(1, _ONE_THREAD // (left.shape[1] * right.shape[1]))
    parts = [left[at : at + rows] @ right for at in range(0, len(left), rows)]
    return np.concatenate(parts)


def _newton_alpha(alpha: Array, y: Array, mean: Array, weight: Array, df: Array) -> Array:
    # The sum falls and is convex in alpha, so steps from below never overshoot.
    inflated = 1 + alpha[:, None] * mean
    pearson = weight * (y - mean) ** 2 / (mean * inflated)
    slope = (pearson * mean / inflated).sum(axis=1)
    # Counts that the mean fits to the last digit have slope 0, and no overdispersion.
    with np.errstate(divide="ignore"):
        return np.asarray(np.maximum(alpha + (pearson.sum(axis=1) - df) / slope, 0.0))
