"""The average yearly change of a monthly rate, from counts and their exposure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from atlas.analysis.errors import InputError
from atlas.analysis.glm import (
    count_contrast_error,
    fit_counts,
    fit_negative_binomial,
    seasonal_harmonics,
)
from atlas.analysis.inputs import require_counts, require_exposure, require_level, require_months
from atlas.analysis.results import FrozenArrays

Array = NDArray[np.float64]
Family = Literal["negative_binomial", "quasi_poisson"]

MINIMUM_MONTHS = 36


@dataclass(frozen=True, eq=False)
class AnnualChange(FrozenArrays):
    """One rate of change for a whole series.

    Attributes:
        percent: annual percent change.
        low: lower limit, percent a year.
        high: upper limit, percent a year.
        level: coverage of the interval.
        family: `negative_binomial` or `quasi_poisson`.
        dispersion: NB2 alpha, or the quasi-Poisson ratio of variance to mean.
        expected: fitted events a month with their season, shape (months,).
    """

    percent: float
    low: float
    high: float
    level: float
    family: Family
    dispersion: float
    expected: Array


def annual_percent_change(
    counts: ArrayLike,
    exposure: ArrayLike,
    months: ArrayLike,
    family: Family = "negative_binomial",
    level: float = 0.95,
) -> AnnualChange:
    """Give the annual percent change of a monthly rate, with an interval.

    log E(Y_t) = log(exposure_t) + b0 + b1 t/12 + two yearly harmonics; 100 (exp(b1) - 1).
    The interval uses the cosine long-run variance of `atlas.analysis.glm.contrast_error` and
    Student's t, so that months which follow each other do not make it too narrow. It still
    takes one straight line for granted: look at `joinpoint_trend` first.

    Args:
        counts: events a month, final figures only, shape (months,), at least 36.
        exposure: population x days, shape (months,) or one number.
        months: consecutive months, shape (months,).
        family: variance of the counts: NB2, or Poisson times a constant.
        level: coverage of the interval, one number between 0 and 1.

    Returns:
        The change in percent a year.

    Raises:
        InputError: fewer than 36 months, a gap, a count that is not a whole number from 0 up,
            an exposure not above 0, or no event at all.

    Source:
        Cameron AC, Trivedi PK. Regression Analysis of Count Data, 2nd ed., 2013; interval as in
        `atlas.analysis.glm.contrast_error`.

    Example:
        >>> months = np.arange("2020-01", "2024-01", dtype="datetime64[M]")
        >>> counts = np.round(100 * 1.1 ** (np.arange(48) / 12))
        >>> change = annual_percent_change(counts, 1e6, months, "quasi_poisson")
        >>> f"{change.percent:.1f} ({change.low:.1f} to {change.high:.1f})"
        '10.0 (9.9 to 10.1)'
    """
    events = require_counts(counts, MINIMUM_MONTHS)
    at_risk = require_exposure(exposure, events)
    calendar = require_months(months, events)
    require_level(level)
    if family not in ("negative_binomial", "quasi_poisson"):
        raise InputError(f"family is negative_binomial or quasi_poisson; got {family}")
    design = _design(calendar)
    fit = fit_negative_binomial if family == "negative_binomial" else fit_counts
    model = fit(events, design, at_risk)
    slope = np.eye(design.shape[1])[1]
    error, freedom = count_contrast_error(model, events, design, slope)
    half = student.ppf((1 + level) / 2, freedom) * error
    percent, low, high = (
        float(100 * np.expm1(model.coefficients[1] + shift)) for shift in (0.0, -half, half)
    )
    dispersion = model.alpha if family == "negative_binomial" else float(model.scale)
    return AnnualChange(percent, low, high, level, family, dispersion, model.mean)


def _design(calendar: NDArray[np.datetime64]) -> Array:
    years = np.arange(len(calendar)) / 12
    return np.column_stack(
        [
            np.ones(len(years)),
            years - years.mean(),
            seasonal_harmonics(calendar.astype(int), 12),
        ]
    )
