"""The cumulative sum rule for slow rises, and how often it alarms when nothing has changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from atlas.analysis.alerts.cells import Cells, require_cells
from atlas.analysis.alerts.result import SHORT_HISTORY, Alarms, conclude
from atlas.analysis.errors import InputError
from atlas.analysis.inputs import Array, as_numbers, require_positive

# 64 nodes on 16 standard deviations resolve the normal kernel to all digits.
_NODES, _PANEL = 64, 16.0
_WIDEST = 500.0
# 1 - the largest eigenvalue of the equation is about 1 / run length: beyond this, its digits are
# lost to rounding.
_LONGEST = 1e10


@dataclass(frozen=True, eq=False)
class CusumAlarms:
    """Alarms of a cumulative sum with the run length that its settings imply.

    Attributes:
        alarms: the verdict by cell; the exceedance is the sum over the decision interval.
        run_length: mean number of periods to a false alarm, for normal counts about a mean and
            a standard deviation that are known. Counts are skewed: where it says 335, Poisson
            counts of mean 5, 20 and 100 alarm every 223, 265 and 316 periods. Expected counts are
            estimated: with those of `negative_binomial_alarms` it is every 115 to 215 months.
    """

    alarms: Alarms
    run_length: float


def cusum_alarms(
    counts: ArrayLike,
    expected: ArrayLike,
    standard_deviation: ArrayLike,
    reference_value: float = 0.5,
    decision_interval: float = 4.0,
    status: ArrayLike | None = None,
) -> CusumAlarms:
    """Add up what exceeds the expected count, and alarm when the sum is large.

    z_t = (count_t - expected_t) / sd_t; S_t = max(0, S_{t-1} + z_t - k); alarm when S_t > h,
    and the sum starts again from 0. It sees a small lasting rise that no single period shows.
    Expected counts and their sd come from another rule, such as `negative_binomial_alarms`, so
    trend, season and exposure are accounted for.

    Args:
        counts: events, shape (periods,) or (regions, periods).
        expected: events from 0 up, same shape; NaN where there is too little history.
        standard_deviation: events, same shape, above 0; NaN where there is too little history.
        reference_value: k, in standard deviations, from 0 up; half of the rise to be found.
        decision_interval: h, in standard deviations, above 0.
        status: state of each cell; None if all are reported. The sum stands still in other
            states.

    Returns:
        The verdict by cell and the run length. `short_history` where nothing is expected. The
        threshold is the count that would bring the sum to h.

    Raises:
        InputError: counts make no sense, shapes differ, an expected count is negative or
            infinite, a standard deviation is not above 0 or infinite, or k or h is out of range
            or leads to an alarm in more than 10^10 periods.

    Source:
        Page ES. Biometrika 1954;41:100-115; Lucas JM. Technometrics 1985;27:129-144.

    Example:
        >>> found = cusum_alarms([12, 13, 13, 14, 13], np.full(5, 10.0), np.full(5, 2.0))
        >>> found.alarms.alarm.tolist(), found.alarms.exceedance.round(3).tolist()
        ([False, False, False, False, True], [0.125, 0.375, 0.625, 1.0, 1.25])
        >>> round(found.run_length)
        335
    """
    cells = require_cells(counts, status)
    mean = _parallel(expected, cells, "expected")
    spread = _parallel(standard_deviation, cells, "standard_deviation")
    if (mean < 0).any() or np.isinf(mean).any():
        raise InputError("expected must be from 0 up and finite, or NaN where it is not known")
    if (spread <= 0).any() or np.isinf(spread).any():
        raise InputError("standard_deviation must be above 0 and finite, or NaN")
    run_length = cusum_run_length(reference_value, decision_interval)
    usable = cells.reported & np.isfinite(mean) & np.isfinite(spread)
    total = np.zeros(len(mean))
    threshold, score = np.full(mean.shape, np.nan), np.full(mean.shape, np.nan)
    for t in range(mean.shape[1]):
        at = usable[:, t]
        room = decision_interval + reference_value - total[at]
        threshold[at, t] = mean[at, t] + room * spread[at, t]
        z = (cells.counts[at, t] - mean[at, t]) / spread[at, t]
        total[at] = np.maximum(total[at] + z - reference_value, 0)
        score[at, t] = total[at] / decision_interval
        total[at] = np.where(cells.counts[at, t] > threshold[at, t], 0, total[at])
    obstacle = np.where(usable, "", SHORT_HISTORY)
    alarms = conclude("CUSUM", cells, obstacle, mean, spread, threshold, score=score)
    return CusumAlarms(alarms, run_length)


def cusum_run_length(reference_value: float, decision_interval: float, shift: float = 0.0) -> float:
    """Give the mean number of periods until a one-sided cumulative sum alarms.

    For independent standard normal z with mean `shift` the run length from a sum of u solves
    L(u) = 1 + L(0) Phi(k - u - shift) + integral over 0..h of L(x) phi(x + k - u - shift) dx;
    L(0) is found by Gauss-Legendre quadrature with 64 nodes on each 16 of
    h. A run length above 10^10 is
    refused: no more than that can be told from rounding error.

    Args:
        reference_value: k, from 0 up.
        decision_interval: h, above 0, at most 500.
        shift: mean of z, in standard deviations; 0 gives the run length to a false alarm.

    Returns:
        Periods.

    Raises:
        InputError: k is negative, h is not above 0 or above 500, a number is NaN or infinite, or
            the run length is above 10^10.

    Source:
        Goel AL, Wu SM. Technometrics 1971;13:221-230.

    Example:
        >>> [round(cusum_run_length(0.5, 4, shift), 2) for shift in (0, 1)]
        [335.37, 8.38]
    """
    k, mean = (
        as_numbers(value, name) for value, name in ((reference_value, "k"), (shift, "shift"))
    )
    h = require_positive(decision_interval, "h")
    if k.ndim or mean.ndim or not (np.isfinite(k) and k >= 0 and np.isfinite(mean)):
        raise InputError(f"k must be from 0 up and shift finite; got {k}, {mean}")
    if h > _WIDEST:
        raise InputError(f"h must be at most {_WIDEST:g} standard deviations; got {h:g}")
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    panels = int(np.ceil(h / _PANEL))
    half = h / panels / 2
    # The start, 0, joins the nodes as a point without weight.
    x = np.append(0.0, (nodes + 1 + 2 * np.arange(panels)[:, None]) * half)
    w = np.append(0.0, np.tile(weights * half, panels))
    step = k - mean - x
    kernel = w * np.exp(-((step[:, None] + x) ** 2) / 2) / np.sqrt(2 * np.pi)
    kernel[:, 0] += ndtr(step)
    try:
        found = float(np.linalg.solve(np.eye(len(x)) - kernel, np.ones(len(x)))[0])
    except np.linalg.LinAlgError:
        found = np.inf
    # Where digits are lost, the solution may also come out below the one period it takes.
    if not 1 <= found <= _LONGEST:
        raise InputError(
            f"k = {k:g} and h = {h:g} alarm less than once in {_LONGEST:.0e} periods, which "
            "cannot be computed; give a smaller k or h"
        )
    return found


def _parallel(values: ArrayLike, cells: Cells, name: str) -> Array:
    array = as_numbers(values, name)
    if array.shape != cells.shape:
        raise InputError(f"{name} needs the shape of counts: {cells.shape}; got {array.shape}")
    return np.atleast_2d(array)
