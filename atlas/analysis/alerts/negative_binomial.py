"""The default rule for monthly counts: a negative binomial model of each region's own past."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from atlas.analysis.alerts.cells import require_cell_exposure, require_cells, require_latest
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
from atlas.analysis.inputs import Array, require_level, require_months, require_whole_number

MINIMUM_MONTHS = 36
MINIMUM_EVENTS = 5
# Log mean with a standard error of 1: known to within a factor of 7 at best.
_VAGUE = 1.0


def negative_binomial_alarms(
    counts: ArrayLike,
    months: ArrayLike,
    exposure: ArrayLike,
    status: ArrayLike | None = None,
    alpha: float = 0.01,
    guard: int = 1,
    latest: int | None = None,
) -> Alarms:
    """Judge each month by a model of the same region's months before it.

    log mu_t = b0 + b1 t + 2 yearly harmonics + log(exposure_t), variance mu + a mu^2, fitted on
    the reported months before t - guard. The predictive distribution is negative binomial with
    mean mu_t and overdispersion a + v + a v, where v is the variance of the estimate of log mu_t.
    As a is itself estimated, on n - 6 degrees of freedom from n months, its p-value is turned
    into a normal score and read as a Student t: p = P(T > z). The threshold is the 1 - alpha
    quantile of that, but never below 5 - 1 events: a month needs 5 events for an alarm.

    The plain quantile of a fitted model alarms in 2.4 to 3.8 % of months in place of 1 % after
    three years of history. Measured here at alpha 1 %, 5 to 60 events a month and variance
    twice the mean: 0.9 to 1.1 % after 36 months, 0.7 to 0.9 % after 60, 0.5 to 0.7 % after 96;
    with Poisson counts 0.4 to 0.7 %. A Poisson 99 % threshold around the true mean alarms
    in 4.4 to 5.0 % of months with twice the variance, around a fitted one in 5 to 7 %.

    Those are rates of independent months about a mean that the model can follow. After 60 months
    of 20 events (60 in brackets), Poisson about their level, it alarms in 1.6 % (1.9 %) where the
    log level has standard deviation 0.2 and keeps half of itself from month to month; in 2.6 %
    (3.8 %) where it drifts, 0.3 and 95 %; and in 6 % (12 %) of Decembers of a series that is 1.5
    times as high in that month alone, which two waves cannot follow. Measure it on the series at
    hand with `false_alarm_rate` and `SeriesModel.from_series`.

    Args:
        counts: events a month, shape (months,) or (regions, months).
        months: in order, without a gap.
        exposure: population x days, one value, one a month or one a cell, above 0 also where
            the count is missing.
        status: state of each cell; None if all are reported. Cells in another state are neither
            judged nor used as history.
        alpha: nominal false-alarm rate of a month.
        guard: months before the judged one that are left out of its history, 1 or 2, so that
            a rise under way does not raise its own threshold.
        latest: number of latest months to judge; all of them if None.

    Returns:
        The verdict by cell. Obstacles: `short_history` below 36 reported months, `few_events`
        below 5 events in them, `no_fit`.

    Raises:
        InputError: counts, months, exposure or status make no sense or do not fit together.

    Source:
        Noufaily A et al. Statistics in Medicine 2013;32:1206-1222 for the negative binomial
        threshold on a regression. The allowances for estimated coefficients and overdispersion
        are this project's own, justified by the measured rates.

    Example:
        >>> months = np.arange("2020-01", "2024-01", dtype="datetime64[M]")
        >>> days = (months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")
        >>> counts = np.tile([18, 22, 20, 25, 19, 21], 8)
        >>> counts[-1] = 50
        >>> found = negative_binomial_alarms(counts, months, 90_000 * days.astype(int), latest=2)
        >>> found.alarm[-2:].tolist(), found.threshold[-2:].tolist()
        ([False, True], [34.0, 33.0])
        >>> str(found.obstacle[0])
        'not_asked'
    """
    cells = require_cells(counts, status)
    dates = require_months(months, cells.counts[0])
    offset = np.log(require_cell_exposure(exposure, cells))
    alpha = require_level(alpha)
    if require_whole_number(guard, 1, "guard") > 2:
        raise InputError(f"guard is 1 or 2 months; got {guard}")
    first = require_latest(latest, len(dates))
    design = season_and_trend(dates)
    shape = cells.counts.shape
    weight = cells.reported.astype(float)
    expected, extra, freedom = (np.full(shape, np.nan) for _ in range(3))
    obstacle = np.full(shape, SHORT_HISTORY, dtype="<U13")
    for t in range(first, shape[1]):
        end = t - guard
        if end < MINIMUM_MONTHS:
            continue
        used = weight[:, :end]
        long_enough = used.sum(axis=1) >= MINIMUM_MONTHS
        eventful = (used * cells.counts[:, :end]).sum(axis=1) >= MINIMUM_EVENTS
        obstacle[long_enough, t] = np.where(eventful[long_enough], NO_FIT, FEW_EVENTS)
        rows = np.flatnonzero(long_enough & eventful & cells.reported[:, t])
        if not rows.size:
            continue
        fits = fit_log_linear(
            design[:end], cells.counts[rows, :end], offset[rows, :end], used[rows], True
        )
        mean, vague = fits.forecast(design[t], offset[rows, t])
        good = fits.settled & (vague <= _VAGUE)
        rows = rows[good]
        expected[rows, t] = mean[good]
        extra[rows, t] = fits.alpha[good] * (1 + vague[good]) + vague[good]
        freedom[rows, t] = used[rows].sum(axis=1) - design.shape[1]
        obstacle[rows, t] = ""
    obstacle[:, :first] = NOT_ASKED
    threshold, p_value = np.full(shape, np.nan), np.full(shape, np.nan)
    at = np.isfinite(expected)
    floor = np.full(int(at.sum()), float(MINIMUM_EVENTS))
    threshold[at], tail = limit_and_tail(
        cells.counts[at], expected[at], extra[at], floor, ndtr(-stdtrit(freedom[at], 1 - alpha))
    )
    p_value[at] = stdtr(freedom[at], ndtri(tail))
    spread = np.sqrt(expected + extra * expected**2)
    return conclude("negative_binomial", cells, obstacle, expected, spread, threshold, p_value)


def season_and_trend(dates: NDArray[np.datetime64]) -> Array:
    """Give the columns of the model: 1, years since the middle, and two yearly waves.

    Args:
        dates: months as `datetime64[M]`, shape (months,).

    Returns:
        Columns, shape (months, 6).

    Example:
        >>> dates = np.arange("2024-01", "2024-04", dtype="datetime64[M]")
        >>> season_and_trend(dates)[:, :3].round(2).tolist()
        [[1.0, -0.08, 1.0], [1.0, 0.0, 0.87], [1.0, 0.08, 0.5]]
    """
    t = dates.astype(int).astype(float)
    angle = 2 * np.pi * t / 12
    return np.column_stack(
        (
            np.ones(len(t)),
            (t - t.mean()) / 12,
            *(wave(k * angle) for k in (1, 2) for wave in (np.cos, np.sin)),
        )
    )
