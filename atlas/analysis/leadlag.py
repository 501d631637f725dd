"""Whether one monthly series tends to come before another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from atlas.analysis.errors import InputError
from atlas.analysis.glm import seasonal_harmonics
from atlas.analysis.inputs import require_level, require_months, require_values

Array = NDArray[np.float64]

MINIMUM_MONTHS = 60
_LARGEST_ORDER = 12
# What is left of a series that its season explains is rounding below this share.
_ROUNDING = 1e-10


@dataclass(frozen=True)
class LeadLag:
    """Correlations of the first series with the second, so many months later.

    Attributes:
        lags: 0, 1, ... months by which the first series comes before, shape (lags,).
        correlations: of the prewhitened series, shape (lags,).
        best_lag: lag of the largest absolute correlation.
        p: of that correlation, corrected for all lags looked at.
        threshold: absolute correlation that chance passes at some lag in 1 - level of cases.
        level: 1 less the error rate of the threshold.
        order: autoregressive order of the prewhitening.
        differenced: whether month-to-month changes were compared.
    """

    lags: NDArray[np.int64]
    correlations: Array
    best_lag: int
    p: float
    threshold: float
    level: float
    order: int
    differenced: bool


def lead_lag(
    first: ArrayLike,
    second: ArrayLike,
    months: ArrayLike,
    longest_lag: int = 12,
    level: float = 0.95,
) -> LeadLag:
    """Test whether a monthly series is associated with another one some months later.

    Both lose two yearly harmonics, are differenced if an augmented Dickey-Fuller test does not
    reject a unit root (5 %) in either, and pass the filter of an autoregression fitted to the
    first (order 0-12 by AIC). r_k = sum_t e_t f_(t+k) / (n s_e s_f), k = 0..longest_lag. The
    statistic is max |r_k|, its p that of Student's t with n - 2 degrees of freedom times the
    number of lags (Bonferroni). A lag is an association in time, no more.

    Args:
        first: such as log rates, shape (months,), at least 60.
        second: same shape.
        months: consecutive months, shape (months,).
        longest_lag: months, from 0 to a quarter of the series.
        level: 1 less the error rate of the threshold.

    Returns:
        Correlations by lag with one p for all of them.

    Raises:
        InputError: a yearly series, a gap, fewer than 60 months, a series that does not vary
            beyond its season, NaN, or an impossible lag.

    Source:
        Box GEP, Jenkins GM, Reinsel GC. Time Series Analysis, 4th ed., 2008, section 12.1
        (prewhitening); Haugh LD. J Am Stat Assoc 1976;71:378-385 (independence of two series).

    Example:
        >>> rng = np.random.default_rng(7)
        >>> months = np.arange("2016-01", "2024-01", dtype="datetime64[M]")
        >>> before = rng.normal(size=99)
        >>> found = lead_lag(before[3:], before[:-3] + rng.normal(size=96), months)
        >>> found.best_lag, found.p < 0.001
        (3, True)
    """
    calendar = _months(months)
    x = require_values(first, MINIMUM_MONTHS, "months of the first series")
    y = require_values(second, MINIMUM_MONTHS, "months of the second series")
    require_months(calendar, x)
    require_months(calendar, y)
    require_level(level)
    if not 0 <= longest_lag <= len(x) // 4:
        raise InputError(f"the longest lag is 0 to {len(x) // 4} months; got {longest_lag}")
    x, y = (_without_season(series, calendar) for series in (x, y))
    differenced = _has_unit_root(x) or _has_unit_root(y)
    if differenced:
        x, y = np.diff(x), np.diff(y)
    filter_ = _whitening_filter(x)
    white, other = (_standard(np.convolve(series, filter_, "valid")) for series in (x, y))
    length = len(white)
    lags = np.arange(longest_lag + 1)
    correlations = np.array([white[: length - lag] @ other[lag:] for lag in lags]) / length
    best = int(np.abs(correlations).argmax())
    strength = abs(float(correlations[best]))
    freedom = length - 2
    statistic = strength * np.sqrt(freedom / max(1 - strength**2, 1e-12))
    limit = student.isf((1 - level) / (2 * len(lags)), freedom)
    return LeadLag(
        lags=lags,
        correlations=correlations,
        best_lag=best,
        p=min(1.0, float(2 * len(lags) * student.sf(statistic, freedom))),
        threshold=float(limit / np.sqrt(freedom + limit**2)),
        level=level,
        order=len(filter_) - 1,
        differenced=differenced,
    )


def _months(months: ArrayLike) -> NDArray[np.datetime64]:
    calendar = np.asarray(months, dtype="datetime64[M]")
    if len(calendar) > 1 and (np.diff(calendar).astype(int) == 12).all():
        raise InputError("yearly series support no claim about months; monthly series are needed")
    return calendar


def _without_season(series: Array, calendar: NDArray[np.datetime64]) -> Array:
    design = np.column_stack([np.ones(len(series)), seasonal_harmonics(calendar.astype(int), 12)])
    left: Array = series - design @ np.linalg.lstsq(design, series, rcond=None)[0]
    if np.abs(left).max() <= _ROUNDING * max(float(np.abs(series).max()), 1e-300):
        raise InputError("a series that does not vary beyond its season has no lead or lag")
    return left


def _has_unit_root(series: Array) -> bool:
    from statsmodels.tsa.stattools import adfuller

    found = adfuller(series, regression="c", autolag="AIC", result_object=False)
    return bool(found[1] > 0.05)


def _whitening_filter(series: Array) -> Array:
    """Give 1, -phi_1, ..., -phi_p, with the order p chosen by AIC on one common sample."""
    centred = series - series.mean()
    most = _LARGEST_ORDER
    lags = np.column_stack([centred[most - lag : -lag] for lag in range(1, most + 1)])
    response = centred[most:]
    # Each column of Q adds one lag, so one factorisation gives the error of every order.
    explained = (np.linalg.qr(lags)[0].T @ response) ** 2
    errors = response @ response - np.concatenate([[0.0], np.cumsum(explained)])
    floor = _ROUNDING * float(response @ response)
    aic = len(response) * np.log(np.maximum(errors, floor)) + 2 * np.arange(most + 1)
    order = int(aic.argmin())
    if order == 0:
        return np.ones(1)
    past = np.column_stack([centred[order - lag : -lag] for lag in range(1, order + 1)])
    return np.concatenate([[1.0], -np.linalg.lstsq(past, centred[order:], rcond=None)[0]])


def _standard(series: Array) -> Array:
    centred = series - series.mean()
    size = float(np.sqrt((centred**2).mean()))
    if size == 0:
        raise InputError("a series that does not vary has no lead or lag")
    standard: Array = centred / size
    return standard
