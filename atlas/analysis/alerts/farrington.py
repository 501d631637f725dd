"""The Farrington rule with the improvements of Noufaily and others, for weekly counts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.alerts.cells import Flags, require_cell_exposure, require_cells, require_latest
from atlas.analysis.alerts.distribution import limit_and_tail
from atlas.analysis.alerts.loglinear import fit_log_linear
from atlas.analysis.alerts.result import (
    FEW_EVENTS,
    NO_FIT,
    NOT_ASKED,
    SHORT_HISTORY,
    Alarms,
    conclude,
)
from atlas.analysis.errors import InputError
from atlas.analysis.inputs import Array, as_dates, require_level
from atlas.analysis.results import FrozenArrays

Days = NDArray[np.datetime64]
Positions = NDArray[np.int64]

_YEARS = 5
_HALF_WINDOW = 3
_LEVELS = 10
_LEFT_OUT = 26
_RESIDUAL = 2.58
# No alarm below 5 events in the 4 weeks that end with the judged one.
_EVENTS, _WEEKS = 5, 4
_MINIMUM_WEEKS = 156
_VAGUE = 1.0


@dataclass(frozen=True, eq=False)
class _QuasiPoisson(FrozenArrays):
    mean: Array
    log_variance: Array
    dispersion: Array
    settled: Flags


def farrington_alarms(
    counts: ArrayLike,
    weeks: ArrayLike,
    exposure: ArrayLike = 1.0,
    status: ArrayLike | None = None,
    alpha: float = 0.005,
    latest: int | None = None,
) -> Alarms:
    """Judge each week by a quasi-Poisson model of five years of the same region.

    log mu_t = level of the season + b t + log(exposure_t), variance phi mu, phi >= 1. The
    season has 10 levels: one for the weeks within 3 of the same date of each year, nine for the
    rest of the year. The last 26 weeks are left out. Past weeks with a standardised
    Anscombe residual s above 2.58 are fitted again with weight in proportion to s^-2. The
    trend always stays, unless it predicts more than any week of the history had. The threshold
    is the 1 - alpha quantile of the negative binomial distribution with mean mu_t and variance
    phi mu_t; no alarm is given below 5 events in four weeks (the threshold says so).

    Estimation error is not allowed for, as published. Measured false-alarm rate at alpha 0.5 %
    and 1 to 50 events a week: 0.2 to 0.5 % with Poisson counts, 0.5 to 0.8 % with twice the
    variance.

    Args:
        counts: events a week, shape (weeks,) or (regions, weeks).
        weeks: first day of each week, in order, seven days apart.
        exposure: population, one value, one a week or one a cell; 1 for a constant one.
        status: state of each cell; None if all are reported. Cells in another state are neither
            judged nor used as history.
        alpha: nominal one-sided false-alarm rate of a week; 0.005 has not been verified as the
            choice of the authors.
        latest: number of latest weeks to judge; all of them if None.

    Returns:
        The verdict by cell. Obstacles: `short_history` without five years and three weeks of
        weeks, at least 156 of them reported and none of the last four missing; `few_events`
        below 5 events in them; `no_fit`.

    Raises:
        InputError: counts, weeks, exposure or status make no sense or do not fit together.

    Source:
        Farrington CP et al. J. R. Statist. Soc. A 1996;159:547-563; Noufaily A et al. Statistics
        in Medicine 2013;32:1206-1222; the settings that R's `farringtonFlexible` calls
        noPeriods 10, b 5, w 3, weightsThreshold 2.58, pThresholdTrend 1, pastWeeksNotIncluded 26,
        limit54 (5, 4), thresholdMethod `nbPlugin`, which are not its defaults. Its exceedance
        score for `nbPlugin` takes the logarithm of the expected count for the count; not here.

    Example:
        >>> weeks = np.datetime64("2019-01-07") + 7 * np.arange(300)
        >>> counts = np.random.default_rng(1).poisson(12, 300)
        >>> counts[-1] = 40
        >>> found = farrington_alarms(counts, weeks, latest=2)
        >>> found.alarm[-2:].tolist(), found.threshold[-1]
        ([False, True], np.float64(21.0))
    """
    cells = require_cells(counts, status)
    dates = _require_weeks(weeks, cells.counts.shape[1])
    offset = np.log(require_cell_exposure(exposure, cells))
    alpha = require_level(alpha)
    first = require_latest(latest, len(dates))
    shape = cells.counts.shape
    weight = cells.reported.astype(float)
    expected, dispersion = np.full(shape, np.nan), np.full(shape, np.nan)
    obstacle = np.full(shape, SHORT_HISTORY, dtype="<U13")
    for t in range(first, shape[1]):
        at, level = baseline_weeks(dates, t)
        if not at.size:
            continue
        used = weight[:, at]
        recent = cells.reported[:, t - _WEEKS + 1 : t].all(axis=1)
        long_enough = (used.sum(axis=1) >= _MINIMUM_WEEKS) & recent
        eventful = (used * cells.counts[:, at]).sum(axis=1) >= _EVENTS
        obstacle[long_enough, t] = np.where(eventful[long_enough], NO_FIT, FEW_EVENTS)
        rows = np.flatnonzero(long_enough & eventful & cells.reported[:, t])
        if not rows.size:
            continue
        y, shift, used = cells.counts[np.ix_(rows, at)], offset[np.ix_(rows, at)], used[rows]
        offset_now = offset[rows, t]
        trend = (at - at.mean()) / 52
        season = (level[:, None] == np.arange(1, _LEVELS)).astype(float)
        full = np.column_stack((np.ones(len(at)), season, trend))
        now = np.zeros(_LEVELS + 1)
        now[0], now[-1] = 1, (t - at.mean()) / 52
        fit = _fit(full, y, shift, used, now, offset_now)
        # A trend that leads beyond all that was seen is extrapolation, not evidence.
        beyond = fit.mean > (y * (used > 0)).max(axis=1)
        beyond |= ~fit.settled
        if beyond.any():
            flat = _fit(
                full[:, :-1], y[beyond], shift[beyond], used[beyond], now[:-1], offset_now[beyond]
            )
            fit = _replace(fit, beyond, flat)
        good = fit.settled & (fit.log_variance <= _VAGUE)
        expected[rows[good], t] = fit.mean[good]
        dispersion[rows[good], t] = fit.dispersion[good]
        obstacle[rows[good], t] = ""
    obstacle[:, :first] = NOT_ASKED
    threshold, p_value = np.full(shape, np.nan), np.full(shape, np.nan)
    judged = np.isfinite(expected)
    mean = expected[judged]
    extra = (dispersion[judged] - 1) / mean
    running = np.cumsum(np.pad(cells.counts, ((0, 0), (_WEEKS, 0))), axis=1)
    before = (running[:, _WEEKS - 1 : -1] - running[:, :-_WEEKS])[judged]
    threshold[judged], p_value[judged] = limit_and_tail(
        cells.counts[judged], mean, extra, _EVENTS - before, np.full(mean.shape, alpha)
    )
    spread = np.sqrt(dispersion * expected)
    return conclude("Farrington-Noufaily", cells, obstacle, expected, spread, threshold, p_value)


def baseline_weeks(dates: Days, t: int) -> tuple[Positions, Positions]:
    """Give the positions of the weeks behind week t, and the season level of each.

    Args:
        dates: first day of each week.
        t: position of the judged week.

    Returns:
        Positions and levels, 0 for the level of the judged week and 1 to 9 for the others; both
        empty if the history is too short.

    Example:
        >>> positions, level = baseline_weeks(np.datetime64("2019-01-07") + 7 * np.arange(300), 299)
        >>> positions[[0, -1]].tolist(), level[:9].tolist()
        ([35, 272], [0, 0, 0, 0, 0, 0, 0, 1, 1])
    """
    references = [t, *(_years_before(dates, t, year) for year in range(1, _YEARS + 1))]
    if references[-1] - _HALF_WINDOW < 0:
        empty = np.empty(0, dtype=np.int64)
        return empty, empty
    level = np.zeros(t + 1, dtype=np.int64)
    for later, reference in pairwise(references):
        start, stop = reference + _HALF_WINDOW + 1, later - _HALF_WINDOW
        share, rest = divmod(stop - start, _LEVELS - 1)
        lengths = share + (np.arange(_LEVELS - 1) < rest)
        level[start:stop] = np.repeat(np.arange(1, _LEVELS), lengths)
    positions = np.arange(references[-1] - _HALF_WINDOW, t - _LEFT_OUT)
    return positions, level[positions]


def anscombe_weights(counts: Array, mean: Array, scale: Array, weight: Array) -> Array:
    """Give the weights of the second fit: in proportion to s^-2 above 2.58, else equal.

    s = 1.5 (y^(2/3) mu^(-1/6) - mu^(1/2)) / scale; the weights add up to the number of weeks.

    Args:
        counts: y, shape (regions, weeks).
        mean: fitted, same shape.
        scale: sqrt(phi (1 - leverage)), same shape.
        weight: 1 for weeks that are used, 0 for others.

    Example:
        >>> once = np.ones((1, 3))
        >>> anscombe_weights(np.array([[1.0, 1, 64]]), once, once, once).round(3).tolist()
        [[1.499, 1.499, 0.003]]
    """
    residual = 1.5 * (np.cbrt(counts) ** 2 * mean ** (-1 / 6) - np.sqrt(mean)) / scale
    share = weight * np.where(residual > _RESIDUAL, np.maximum(residual, 1.0) ** -2, 1.0)
    total = weight.sum(axis=1, keepdims=True) / share.sum(axis=1, keepdims=True)
    return np.asarray(share * total)


def _fit(
    design: Array, counts: Array, offset: Array, weight: Array, now: Array, offset_now: Array
) -> _QuasiPoisson:
    first = fit_log_linear(design, counts, offset, weight, overdispersed=False)
    half = (design @ first.covariance) * design
    leverage = first.mean * half.sum(axis=2)
    scale = np.sqrt(
        _dispersion(counts, first.mean, weight, design)[:, None] * (1 - leverage).clip(1e-6)
    )
    again = anscombe_weights(counts, first.mean, scale, weight)
    second = fit_log_linear(design, counts, offset, again, overdispersed=False)
    dispersion = _dispersion(counts, second.mean, again, design)
    mean, variance = second.forecast(now, offset_now)
    return _QuasiPoisson(mean, dispersion * variance, dispersion, first.settled & second.settled)


def _dispersion(counts: Array, mean: Array, weight: Array, design: Array) -> Array:
    freedom = (weight > 0).sum(axis=1) - design.shape[1]
    pearson = (weight * (counts - mean) ** 2 / mean).sum(axis=1)
    return np.asarray(np.maximum(pearson / freedom, 1.0))


def _replace(fit: _QuasiPoisson, at: Flags, other: _QuasiPoisson) -> _QuasiPoisson:
    parts = []
    for name in ("mean", "log_variance", "dispersion", "settled"):
        whole = getattr(fit, name).copy()
        whole[at] = getattr(other, name)
        parts.append(whole)
    return _QuasiPoisson(*parts)


def _years_before(dates: Days, t: int, years: int) -> int:
    """Position of the week nearest to the same date some years before."""
    month = dates[t].astype("datetime64[M]")
    same = (month - 12 * years).astype("datetime64[D]") + (dates[t] - month.astype("datetime64[D]"))
    days = int((dates[t] - same).astype(int))
    return t - round(days / 7)


def _require_weeks(weeks: ArrayLike, length: int) -> Days:
    dates = as_dates(weeks, "D", "weeks")
    if dates.shape != (length,):
        raise InputError(f"weeks need {length} values, one for each count; got {dates.shape}")
    steps = np.diff(dates).astype(int)
    if (steps != 7).any():
        raise InputError("weeks must follow each other in order, seven days apart, without a gap")
    return dates
