"""How figures change from release to release, and what an early figure is likely to become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import require_level

Array = NDArray[np.float64]
Grain = Literal["M", "Q", "Y"]

MINIMUM_STEPS = 6
"""A development factor needs this many periods that were published at both its delays."""


def revision_history(releases: pd.DataFrame) -> pd.DataFrame:
    """Set each release of a figure beside the one before and the first.

    change = N_r - N_(r-1); change_from_first_pct = 100 (N_r / N_first - 1). A change is a
    correction of the same period, never a change over time.

    Args:
        releases: one row a figure: `period` and `release` (dates), `value`.

    Returns:
        The rows in order of period and release, with `change` (NaN in a first release) and
        `change_from_first_pct` (NaN where the first value is 0).

    Raises:
        InputError: a column is missing, a value is negative or not a number, or a period
            occurs twice in a release.

    Source:
        Arithmetic; for the practice: McKenzie R, Gamba M. Interpreting the results of revision
        analyses. OECD 2008.

    Example:
        >>> table = pd.DataFrame({
        ...     "period": pd.Timestamp("2020-01-01"),
        ...     "release": pd.to_datetime(["2021-06-01", "2022-12-01"]),
        ...     "value": [6214, 6419],
        ... })
        >>> revision_history(table)[["change", "change_from_first_pct"]].iloc[1].round(1).tolist()
        [205.0, 3.3]
    """
    rows = _checked(releases).reset_index(drop=True)
    values = rows.groupby("period")["value"]
    first = values.transform("first")
    rows["change"] = values.diff()
    rows["change_from_first_pct"] = 100 * (rows["value"] / first.where(first > 0) - 1)
    return rows


def reporting_triangle(releases: pd.DataFrame, grain: Grain, last_delay: int) -> pd.DataFrame:
    """Arrange releases by period and delay.

    N(t, d) is the figure for period t in the release that came d periods after t: d = 0 in
    the period itself. Where several releases share a delay the last one stands; where none
    has it, the cell is NaN.

    Args:
        releases: one row a figure: `period` and `release` (dates), `value`.
        grain: length of a period and of a step of delay: `M`, `Q` or `Y`.
        last_delay: delay from which on a figure counts as final; later releases are left out.

    Returns:
        Values in events, indexed by period (oldest first), one column a delay 0..last_delay.

    Raises:
        InputError: as in `revision_history`; a release before its period; last_delay below 1.

    Source:
        Mack T. Distribution-free calculation of the standard error of chain ladder reserve
        estimates. ASTIN Bulletin 1993;23:213-225.

    Example:
        >>> table = pd.DataFrame({
        ...     "period": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-02-01"]),
        ...     "release": pd.to_datetime(["2024-02-15", "2024-03-15", "2024-03-15"]),
        ...     "value": [80, 100, 90],
        ... })
        >>> reporting_triangle(table, "M", 2).loc["2024-01"].tolist()
        [nan, 80.0, 100.0]
    """
    if last_delay < 1:
        raise InputError(f"the last delay must be 1 or more; got {last_delay}")
    rows = _checked(releases)
    period = pd.PeriodIndex(rows["period"], freq=grain)
    step = pd.PeriodIndex(rows["release"], freq=grain)
    rows["delay"] = step.asi8 - period.asi8
    rows["period"] = period
    early = rows[rows["delay"] < 0]
    if len(early):
        raise InputError(f"a release came before its period {early['period'].iloc[0]} began")
    triangle = rows.groupby(["period", "delay"])["value"].last().unstack()
    return triangle.reindex(columns=pd.RangeIndex(last_delay + 1, name="delay")).astype(float)


@dataclass(frozen=True)
class Development:
    """How figures grow with the delay of their release.

    Attributes:
        factors: f_d for d = 0..last_delay - 1; NaN where it cannot be estimated.
        completeness: c_d for d = 0..last_delay, as a share of the final figure; the last is 1.
        periods: number of periods that each factor rests on.
    """

    factors: Array
    completeness: Array
    periods: NDArray[np.int64]


def development(triangle: pd.DataFrame, minimum: int = MINIMUM_STEPS) -> Development:
    """Estimate development factors and completeness from a reporting triangle.

    f_d = sum_t N(t, d+1) / sum_t N(t, d) over periods published at both delays;
    c_d = 1 / (f_d f_(d+1) ... f_(last-1)). Above 1 means that figures are revised down.

    Args:
        triangle: as from `reporting_triangle`.
        minimum: periods that a factor needs; with fewer it is NaN, and so is each
            completeness that would use it.

    Returns:
        Factors and completeness, unitless.

    Raises:
        InputError: the minimum is below 1.

    Source:
        Mack 1993, as in `reporting_triangle`.

    Example:
        >>> table = pd.DataFrame([[50.0, 80.0, 100.0]] * 6)
        >>> development(table).completeness.round(3).tolist()
        [0.5, 0.8, 1.0]
    """
    if minimum < 1:
        raise InputError(f"a factor needs 1 period or more; got a minimum of {minimum}")
    before, after = _pairs(triangle)
    periods = np.isfinite(before).sum(axis=0)
    base = np.nansum(before, axis=0)
    enough = (periods >= minimum) & (base > 0)
    factors = np.full(len(base), np.nan)
    factors[enough] = np.nansum(after, axis=0)[enough] / base[enough]
    return Development(factors, _completeness(factors), periods)


def predicted_values(
    triangle: pd.DataFrame,
    random: np.random.Generator,
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
        random: source of random numbers.
        level: coverage of the interval, between 0 and 1.
        draws: bootstrap draws.
        minimum: periods that each factor needs, at least 3.

    Returns:
        One row a preliminary period (its newest figure has a delay before the last):
        `period`, `delay`, `reported`, `completeness`, `predicted`, `low`, `high` (events) and
        `obstacle`, empty or `too_few_releases`, with NaN in place of a prediction. Where the
        newest figure is 0 predicted, low and high are NaN: nothing can be scaled up.

    Raises:
        InputError: the minimum is below 3, draws below 100, or the level is not in (0, 1).

    Source:
        Mack 1993; England PD, Verrall RJ. Predictive distributions of outstanding liabilities
        in general insurance. Annals of Actuarial Science 2006;1:221-270 (bootstrap).

    Example:
        >>> table = pd.DataFrame([[50.0, 80.0, 100.0]] * 6 + [[60.0, np.nan, np.nan]])
        >>> predicted_values(table, np.random.default_rng(1))[["predicted", "low"]].iloc[0].tolist()
        [120.0, 120.0]
    """
    require_level(level)
    if minimum < 3 or draws < 100:
        raise InputError("an interval needs 3 periods a factor and 100 draws or more")
    found = development(triangle, minimum)
    values = triangle.to_numpy(dtype=float)
    tail = (1 - level) / 2
    redrawn = _redrawn_factors(triangle, found, random, draws)
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
    triangle: pd.DataFrame, found: Development, random: np.random.Generator, draws: int
) -> _Redrawn:
    before, after = _pairs(triangle)
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


def _checked(releases: pd.DataFrame) -> pd.DataFrame:
    missing = {"period", "release", "value"} - set(releases.columns)
    if missing:
        raise InputError(f"releases need columns; missing: {sorted(missing)}")
    rows = releases[["period", "release", "value"]].sort_values(["period", "release"])
    if rows[["period", "release"]].isna().any(axis=None):
        raise InputError("each figure needs the date of its period and of its release")
    value = rows["value"].astype(float)
    if not (np.isfinite(value) & (value >= 0)).all():
        raise InputError("a figure must be a number from 0 up; leave out suppressed cells")
    if rows.duplicated(["period", "release"]).any():
        twice = rows[rows.duplicated(["period", "release"])].iloc[0]
        raise InputError(f"period {twice['period']} occurs twice in release {twice['release']}")
    return rows.assign(value=value)


def _pairs(triangle: pd.DataFrame) -> tuple[Array, Array]:
    """Return N(t, d) and N(t, d+1) where both are known, else NaN."""
    values = triangle.to_numpy(dtype=float)
    both = np.isfinite(values[:, :-1]) & np.isfinite(values[:, 1:])
    return np.where(both, values[:, :-1], np.nan), np.where(both, values[:, 1:], np.nan)


def _completeness(factors: Array) -> Array:
    growth = np.append(np.cumprod(factors[::-1])[::-1], 1.0)
    with np.errstate(divide="ignore"):
        return np.asarray(1 / growth, dtype=float)
