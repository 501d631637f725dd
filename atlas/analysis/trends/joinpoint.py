"""Joinpoint regression: a log rate as connected straight lines."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from atlas.analysis.errors import InputError
from atlas.analysis.glm import contrast_error, seasonal_harmonics
from atlas.analysis.inputs import require_level, require_values, require_whole_number
from atlas.analysis.results import FrozenArrays
from atlas.analysis.trends.dependence import difference_correlation
from atlas.analysis.trends.search import best_joins

Array = NDArray[np.float64]

MOST_JOINS = 3
MARGIN = 3
"""Least number of points before the first join, after the last and from one to the next."""

_MINIMUM = MappingProxyType({1: 7, 4: 24, 12: 36})
# Residuals smaller than this share of the spread are rounding.
_EXACT = 1e-20
_MOST_CORRELATION = 0.9


@dataclass(frozen=True)
class Segment:
    """One straight line between two joins.

    Attributes:
        start: position of its first point.
        end: position of its last point, which starts the next segment.
        percent: annual percent change (APC).
        low: lower limit, percent a year.
        high: upper limit, percent a year.
    """

    start: int
    end: int
    percent: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class JoinpointTrend(FrozenArrays):
    """The chosen lines.

    Attributes:
        joins: positions of the joins, in order; empty for one straight line.
        segments: one more than joins.
        average_percent: average annual percent change over the series (AAPC).
        average_low: lower limit, percent a year.
        average_high: upper limit, percent a year.
        level: coverage of the intervals.
        bic: criterion by number of joins, for 0, 1, ... joins.
        fitted: rate on the lines, without season, shape (periods,).
    """

    joins: tuple[int, ...]
    segments: tuple[Segment, ...]
    average_percent: float
    average_low: float
    average_high: float
    level: float
    bic: tuple[float, ...]
    fitted: Array


def joinpoint_trend(
    rates: ArrayLike,
    per_year: Literal[1, 4, 12] = 1,
    weights: ArrayLike | None = None,
    most_joins: int = MOST_JOINS,
    level: float = 0.95,
) -> JoinpointTrend:
    """Fit connected lines to log rates, with the number of joins chosen by BIC.

    log r_t = a + b t + sum_k d_k (t - j_k)+ (+ two yearly harmonics unless yearly), by weighted
    least squares over all sets of joins at data points, 3 or more points from the ends and from
    each other. BIC = n log(RSS / n) + (2 joins + 2 + harmonics) log n; exact ties go to fewer
    joins. AAPC = 100 (exp(mean slope a year, weighted by segment length) - 1).

    Quarters and months are first whitened (Prais-Winsten, r from differences), else BIC sees a
    join in two of three straight lines with AR(1) 0.5; so it does in 13 %, with independent
    errors in 2 %, and in 8-18 % of straight yearly series. Intervals allow for where the joins
    are, not for their number: AAPC covers 91-97 % at nominal 95 %. Yearly: Student's t with
    n - 2 - 2 joins degrees of freedom, errors independent. Quarters and months:
    `atlas.analysis.glm.contrast_error`. No published example with its data was found to test
    against; the tests compare with a search by brute force and with the delta method.

    Args:
        rates: above 0, equally spaced and final, shape (periods,): at least 7 years, 24 quarters
            or 36 months.
        per_year: periods a year, one of 1, 4 and 12.
        weights: inverse variances of the log rates up to a factor, such as the counts behind
            them, shape (periods,); equal if None.
        most_joins: one whole number from 0 to 3; lowered where the series is too short to hold
            them.
        level: coverage of the intervals, one number between 0 and 1.

    Returns:
        The lines, their annual percent changes and the average.

    Raises:
        InputError: a rate or weight that is not a number above 0, too few periods, another
            `per_year`, or an impossible number of joins.

    Source:
        Kim HJ, Fay MP, Feuer EJ, Midthune DN. Stat Med 2000;19:335-351 (model, grid search);
        Clegg LX et al. Stat Med 2009;28:3670-3682 (AAPC).

    Example:
        >>> years = np.arange(10)
        >>> trend = joinpoint_trend(10 * 1.2 ** np.minimum(years, 5))
        >>> trend.joins, [round(part.percent, 6) for part in trend.segments]
        ((5,), [20.0, 0.0])
        >>> round(trend.average_percent, 2)
        10.66
    """
    if require_whole_number(per_year, 1, "per_year") not in _MINIMUM:
        raise InputError(f"per_year is 1, 4 or 12; got {per_year}")
    if require_whole_number(most_joins, 0, "the number of joins") > MOST_JOINS:
        raise InputError(f"0 to {MOST_JOINS} joins can be looked for; got {most_joins}")
    require_level(level)
    values = _above_zero(rates, _MINIMUM[per_year], "rates")
    periods = len(values)
    trust = np.ones(periods) if weights is None else _above_zero(weights, 1, "weights")
    if len(trust) != periods:
        raise InputError(f"weights need {periods} values, one for each rate; got {len(trust)}")
    logs, root = np.log(values), np.sqrt(trust / trust.mean())
    years = np.arange(periods) / per_year
    season = seasonal_harmonics(np.arange(periods), per_year)
    base = np.column_stack([np.ones(periods), years, season])
    # The parameters of the largest model must leave at least one degree of freedom.
    room = (periods - base.shape[1] - 1) // 2
    whitening = _whitening(logs, base, root, per_year)
    found = best_joins(logs, base, years, whitening, MARGIN, min(most_joins, room))
    floor = _EXACT * (found[0][1] + periods)
    bic = tuple(
        periods * float(np.log(max(rss, floor) / periods))
        + (base.shape[1] + 2 * len(joins)) * float(np.log(periods))
        for joins, rss in found
    )
    joins = found[int(np.argmin(bic))][0]
    return _describe(joins, bic, logs, base, years, whitening, per_year, level)


def _above_zero(values: ArrayLike, minimum: int, name: str) -> Array:
    array = require_values(values, minimum, name)
    if (array <= 0).any():
        at = int((array <= 0).argmax())
        raise InputError(
            f"{name} must be above 0 to have a logarithm; got {array[at]:g} at position {at}. "
            "Use longer periods or larger areas"
        )
    return array


def _whitening(logs: Array, base: Array, root: Array, per_year: int) -> Array:
    """Give rows of Prais-Winsten: y_t - r y_(t-1), the first times sqrt(1 - r^2)."""
    weighted = base * root[:, None]
    left = logs * root - weighted @ np.linalg.lstsq(weighted, logs * root, rcond=None)[0]
    r = difference_correlation(left, _MOST_CORRELATION) if per_year > 1 else 0.0
    matrix = np.eye(len(logs)) - r * np.eye(len(logs), k=-1)
    matrix[0, 0] = np.sqrt(1 - r**2)
    whitening: Array = matrix * root
    return whitening


def _describe(
    joins: tuple[int, ...],
    bic: tuple[float, ...],
    logs: Array,
    base: Array,
    years: Array,
    whitening: Array,
    per_year: int,
    level: float,
) -> JoinpointTrend:
    hinges = np.maximum(years[:, None] - years[list(joins)], 0)
    design = np.column_stack([base, hinges])
    coefficients = np.linalg.lstsq(whitening @ design, whitening @ logs, rcond=None)[0]
    residuals = whitening @ (logs - design @ coefficients)
    # A join that moves adds a step: these columns carry its uncertainty (Gauss-Newton).
    moves = (years[:, None] > years[list(joins)]).astype(float)
    whitened = whitening @ np.column_stack([design, moves])
    coefficients = np.append(coefficients, np.zeros(len(joins)))
    first = base.shape[1]
    lines = [1, *range(first, first + len(joins))]
    ends = [0, *joins, len(years) - 1]
    # Slope of segment s: b + d_1 + ... + d_s.
    slopes = np.zeros((len(ends) - 1, whitened.shape[1]))
    for part in range(len(slopes)):
        slopes[part, lines[: part + 1]] = 1
    length = years[-1] - years[0]
    average = np.diff(years[ends]) / length @ slopes
    average[design.shape[1] :] = 1 / length

    def percents(contrast: Array) -> tuple[float, float, float]:
        if per_year == 1:
            freedom = float(len(years) - 2 - 2 * len(joins))
            variance = (residuals**2).sum() / freedom
            inverse = np.linalg.inv(whitened.T @ whitened)
            error = float(np.sqrt(variance * (contrast @ inverse @ contrast)))
        else:
            error, freedom = contrast_error(whitened, residuals, contrast)
        half = student.ppf((1 + level) / 2, freedom) * error
        slope = contrast @ coefficients
        percent, low, high = (float(100 * np.expm1(slope + by)) for by in (0.0, -half, half))
        return percent, low, high

    line_columns = [0, *lines]
    return JoinpointTrend(
        joins,
        tuple(
            Segment(start, end, *percents(slope))
            for start, end, slope in zip(ends[:-1], ends[1:], slopes, strict=True)
        ),
        *percents(average),
        level,
        bic,
        np.exp(design[:, line_columns] @ coefficients[line_columns]),
    )
