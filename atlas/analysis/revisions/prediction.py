"""What an early figure is likely to become."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import (
    as_numbers,
    require_generator,
    require_level,
    require_whole_number,
)
from atlas.analysis.results import FrozenArrays

Array = NDArray[np.float64]

MINIMUM_STEPS = 6
"""A development factor needs this many periods that were published at both its delays."""


@dataclass(frozen=True, eq=False)
class Development(FrozenArrays):
    """How figures grow with the delay of their release.

    Attributes:
        factors: f_d for d = 0..last_delay - 1, shape (last_delay,); NaN where it cannot be
            estimated.
        completeness: c_d for d = 0..last_delay, as a share of the final figure, shape
            (last_delay + 1,); the last is 1.
        periods: number of periods that each factor rests on, shape (last_delay,).
    """

    factors: Array
    completeness: Array
    periods: NDArray[np.int64]


def development(triangle: pd.DataFrame, minimum: int = MINIMUM_STEPS) -> Development:
    """Estimate development factors and completeness from a reporting triangle.

    f_d = sum_t N(t, d+1) / sum_t N(t, d) over periods published at both delays;
    c_d = 1 / (f_d f_(d+1) ... f_(last-1)). Above 1 means that figures are revised down.

    Args:
        triangle: as from `reporting_triangle`, events, shape (periods, delays), two delays or
            more.
        minimum: periods that a factor needs, 1 or more; with fewer it is NaN, and so is each
            completeness that would use it.

    Returns:
        Factors and completeness, unitless.

    Raises:
        InputError: the triangle is no table of numbers from 0 up or NaN with two columns or
            more; the minimum is below 1 or not whole.

    Source:
        Mack 1993, as in `reporting_triangle`.

    Example:
        >>> table = pd.DataFrame([[50.0, 80.0, 100.0]] * 6)
        >>> development(table).completeness.round(3).tolist()
        [0.5, 0.8, 1.0]
    """
    minimum = require_whole_number(minimum, 1, "the minimum of periods")
    before, after = _pairs(_figures(triangle))
    periods = np.isfinite(before).sum(axis=0)
    base = np.nansum(before, axis=0)
    enough = (periods >= minimum) & (base > 0)
    factors = np.full(len(base), np.nan)
    factors[enough] = np.nansum(after, axis=0)[enough] / base[enough]
    return Development(factors, _completeness(factors), periods)


def predicted_values(
    triangle: pd.DataFrame,
    seed: int | np.random.Generator,
    level: float = 0.95,
    draws: int = 2_000,
    minimum: int = MINIMUM_STEPS,
) -> pd.DataFrame:
    """Say what each preliminary figure is likely to become.

    predicted = reported / c_d. The interval is a bootstrap: the factors are estimated again
    from resampled residuals, and each coming revision of the period itself draws a residual
    too, N(t, d+1) = N(t, d) f_d + sqrt(N(t, d)) e. Without enough releases there is no
    predicted value, only the preliminary mark.

    Args:
        triangle: as from `reporting_triangle`; its last column is the final delay.
        seed: seed or generator; the same seed gives the same result.
        level: coverage of the interval, between 0 and 1.
        draws: bootstrap draws, 100 or more.
        minimum: periods that each factor needs, at least 3.

    Returns:
        One row a preliminary period (its newest figure has a delay before the last):
        `period`, `delay`, `reported`, `completeness`, `predicted`, `low`, `high` (events) and
        `obstacle`, empty or `too_few_releases`, with NaN in place of a prediction. Where the
        newest figure is 0 predicted, low and high are NaN: nothing can be scaled up.

    Raises:
        InputError: the triangle makes no sense, as in `development`; the minimum is below 3,
            draws are below 100, or either is not whole; the level is not in (0, 1); a bad seed.

    Source:
        Mack 1993; England PD, Verrall RJ. Predictive distributions of outstanding liabilities
        in general insurance. Annals of Actuarial Science 2006;1:221-270 (bootstrap).

    Example:
        >>> table = pd.DataFrame([[50.0, 80.0, 100.0]] * 6 + [[60.0, np.nan, np.nan]])
        >>> predicted_values(table, seed=1)[["predicted", "low"]].iloc[0].tolist()
        [120.0, 120.0]
    """
    require_level(level)
    minimum = require_whole_number(minimum, 3, "the minimum of periods")
    draws = require_whole_number(draws, 100, "draws")
    random = require_generator(seed)
    found = development(triangle, minimum)
    values = _figures(triangle)
    tail = (1 - level) / 2
    redrawn = _redrawn_factors(values, found, random, draws)
    rows = []
    for period, figures in zip(triangle.index, values, strict=True):
        known = np.flatnonzero(np.isfinite(figures))
        if not len(known) or known[-1] == len(figures) - 1:
            continue
        delay = int(known[-1])
        reported, complete = figures[delay], found.completeness[delay]
        obstacle = "" if np.isfinite(complete) else "too_few_releases"
        predicted = low = high = np.nan
        if not obstacle and reported > 0:
            predicted = reported / complete
            paths = _developed(reported, delay, redrawn, random)
            low, high = np.quantile(paths, [tail, 1 - tail])
        rows.append((period, delay, reported, complete, predicted, low, high, obstacle))
    names = ["period", "delay", "reported", "completeness", "predicted", "low", "high", "obstacle"]
    return pd.DataFrame(rows, columns=names)


@dataclass(frozen=True)
class _Redrawn:
    factors: Array  # (draws, delays)
    scales: Array  # (draws, delays): standard deviation of e
    residuals: Array  # standardised, pooled over delays


def _redrawn_factors(
    values: Array, found: Development, random: np.random.Generator, draws: int
) -> _Redrawn:
    before, after = _pairs(values)
    usable = np.isfinite(before) & (before > 0) & np.isfinite(found.factors)
    factors = np.full((draws, len(found.factors)), np.nan)
    scales = np.zeros_like(factors)
    pooled = []
    for delay in np.flatnonzero(usable.any(axis=0)):
        base, grown = before[usable[:, delay], delay], after[usable[:, delay], delay]
        errors = (grown - base * found.factors[delay]) / np.sqrt(base)
        # One degree of freedom went into the factor; leverage spreads it over the residuals.
        errors /= np.sqrt(np.maximum(1 - base / base.sum(), 1e-9))
        scale, freedom = np.sqrt(np.mean(errors**2)), len(base) - 1
        if scale > 0:
            pooled.append(errors / scale)
        # A scale from a handful of periods is uncertain; without this the interval is too short.
        scales[:, delay] = scale * np.sqrt(freedom / random.chisquare(freedom, draws))
    residuals = np.concatenate(pooled) if pooled else np.zeros(1)
    for delay in np.flatnonzero(usable.any(axis=0)):
        base = before[usable[:, delay], delay]
        noise = random.choice(residuals, (draws, len(base))) * scales[:, [delay]]
        factors[:, delay] = found.factors[delay] + (noise * np.sqrt(base)).sum(axis=1) / base.sum()
    return _Redrawn(factors, scales, residuals)


def _developed(
    reported: float, delay: int, redrawn: _Redrawn, random: np.random.Generator
) -> Array:
    """Let one figure grow from its delay to the last along each draw of the factors."""
    paths = np.full(len(redrawn.factors), float(reported))
    for step in range(delay, redrawn.factors.shape[1]):
        noise = random.choice(redrawn.residuals, len(paths)) * redrawn.scales[:, step]
        paths = np.maximum(paths * redrawn.factors[:, step] + np.sqrt(paths) * noise, 0)
    return paths


def _figures(triangle: pd.DataFrame) -> Array:
    if not isinstance(triangle, pd.DataFrame):
        raise InputError("a triangle is a table with a row a period and a column a delay")
    values = as_numbers(triangle.to_numpy(), "the figures of a triangle")
    if values.shape[1] < 2:
        raise InputError(f"a triangle needs two delays or more; got {values.shape[1]}")
    if (np.isinf(values) | (values < 0)).any():
        raise InputError("the figures of a triangle must be numbers from 0 up, or NaN")
    return values


def _pairs(values: Array) -> tuple[Array, Array]:
    """Return N(t, d) and N(t, d+1) where both are known, else NaN."""
    both = np.isfinite(values[:, :-1]) & np.isfinite(values[:, 1:])
    return np.where(both, values[:, :-1], np.nan), np.where(both, values[:, 1:], np.nan)


def _completeness(factors: Array) -> Array:
    growth = np.append(np.cumprod(factors[::-1])[::-1], 1.0)
    with np.errstate(divide="ignore"):
        return np.asarray(1 / growth, dtype=float)
