"""Scores of forecasts that are given as quantiles."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import as_numbers, require_level

Array = NDArray[np.float64]

INTERVAL_LEVELS = (0.5, 0.8, 0.95)
"""Coverage of the central intervals of a forecast."""

QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
"""The limits of those intervals and the median; the columns of every array of quantiles."""


def interval_score(
    observed: ArrayLike, low: ArrayLike, high: ArrayLike, level: float = 0.95
) -> Array:
    """Score central intervals; small is good.

    IS = (u - l) + 2/a (l - y) 1(y < l) + 2/a (y - u) 1(y > u), a = 1 - level.

    Args:
        observed: what came, any shape or one number, in the unit of the forecast.
        low: lower limits l, same shape.
        high: upper limits u, same shape.
        level: coverage of the interval, between 0 and 1.

    Returns:
        Scores in the unit of the forecast, of that shape.

    Raises:
        InputError: shapes differ, something is text, a number is not finite, limits cross, or
            the level is not between 0 and 1.

    Source:
        Gneiting T, Raftery AE. J Am Stat Assoc 2007;102:359-378, section 6.2.

    Example:
        >>> interval_score([5, 12], [4, 4], [10, 10], 0.8).round(6).tolist()
        [6.0, 26.0]
    """
    outside = 1 - require_level(level)
    came, lower, upper = (
        as_numbers(side, name)
        for side, name in ((observed, "observations"), (low, "limits"), (high, "limits"))
    )
    if not came.shape == lower.shape == upper.shape:
        raise InputError(f"one shape is needed: {came.shape}, {lower.shape}, {upper.shape}")
    if not all(np.isfinite(side).all() for side in (came, lower, upper)):
        raise InputError("observations and limits must be finite")
    if (lower > upper).any():
        raise InputError("a lower limit lies above its upper limit")
    short, over = np.maximum(lower - came, 0), np.maximum(came - upper, 0)
    return np.asarray(upper - lower + 2 / outside * (short + over), dtype=float)


def weighted_interval_score(observed: ArrayLike, quantiles: ArrayLike) -> Array:
    """Score a median with its 50, 80 and 95 % intervals; small is good.

    WIS = 1/(K + 1/2) [ |y - m|/2 + sum over k of a_k/2 IS_k ], K = 3, a_k = 1 - level. It is
    the mean pinball loss of the seven quantiles, doubled, and |y - m| if all are one number.

    Args:
        observed: what came, shape (n,).
        quantiles: forecasts at `QUANTILES`, shape (n, 7), not falling along a row.

    Returns:
        Scores in the unit of the forecast, shape (n,).

    Raises:
        InputError: shapes do not fit, something is text, a number is not finite, or quantiles
            cross.

    Source:
        Bracher J, Ray EL, Gneiting T, Reich NG. Evaluating epidemic forecasts in an interval
        format. PLoS Comput Biol 2021;17:e1008618.

    Example:
        >>> weighted_interval_score([10], [[4, 6, 8, 10, 12, 14, 16]]).round(6).tolist()
        [0.6]
    """
    came, limits = _checked(observed, quantiles)
    total = np.abs(came - limits[:, 3]) / 2
    for at, level in enumerate(reversed(INTERVAL_LEVELS)):
        outside = 1 - level
        total += outside / 2 * interval_score(came, limits[:, at], limits[:, -1 - at], level)
    return np.asarray(total / (len(INTERVAL_LEVELS) + 0.5), dtype=float)


def interval_coverage(observed: ArrayLike, quantiles: ArrayLike) -> dict[float, float]:
    """Give the share of observations inside the 50, 80 and 95 % intervals, limits included.

    Args:
        observed: what came, shape (n,).
        quantiles: forecasts at `QUANTILES`, shape (n, 7).

    Returns:
        Share between 0 and 1 for each of `INTERVAL_LEVELS`.

    Raises:
        InputError: as in `weighted_interval_score`, or n = 0.

    Source:
        Bracher et al. 2021, as in `weighted_interval_score`.

    Example:
        >>> interval_coverage([10, 15], [[4, 6, 8, 10, 12, 14, 16]] * 2)
        {0.5: 0.5, 0.8: 0.5, 0.95: 1.0}
    """
    came, limits = _checked(observed, quantiles)
    if not len(came):
        raise InputError("coverage needs at least one observation")
    sides = zip(INTERVAL_LEVELS, ((2, 4), (1, 5), (0, 6)), strict=True)
    return {
        level: float(np.mean((limits[:, low] <= came) & (came <= limits[:, high])))
        for level, (low, high) in sides
    }


def _checked(observed: ArrayLike, quantiles: ArrayLike) -> tuple[Array, Array]:
    came, limits = as_numbers(observed, "observations"), as_numbers(quantiles, "quantiles")
    if came.ndim != 1 or limits.shape != (len(came), len(QUANTILES)):
        raise InputError(
            f"n observations need quantiles of shape (n, {len(QUANTILES)}); "
            f"got {came.shape} and {limits.shape}"
        )
    if not (np.isfinite(came).all() and np.isfinite(limits).all()):
        raise InputError("observations and quantiles must be finite")
    if (np.diff(limits, axis=1) < 0).any():
        raise InputError("quantiles must not fall along a row")
    return came, limits
