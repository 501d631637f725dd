"""The EARS rules C1, C2 and C3 for daily counts with little history."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from atlas.analysis.alerts.cells import require_cells
from atlas.analysis.alerts.result import SHORT_HISTORY, Alarms, conclude
from atlas.analysis.errors import InputError
from atlas.analysis.inputs import Array, require_positive

_BASELINE = 7
_LAG = MappingProxyType({"C1": 1, "C2": 3, "C3": 3})
# 3.09 is the normal 99.9 % quantile; 2 is the limit of the sum in C3.
_LIMIT = MappingProxyType({"C1": 3.0902, "C2": 3.0902, "C3": 2.0})


def ears_alarms(
    counts: ArrayLike,
    method: str,
    limit: float | None = None,
    status: ArrayLike | None = None,
) -> Alarms:
    """Judge each day by mean and standard deviation of seven days shortly before it.

    C1: days t-7 to t-1; C2: days t-9 to t-3; C = (count - mean) / sd; alarm above `limit`.
    C3: sum over days t-2 to t of max(0, C2 - 1); alarm above `limit`. The threshold is the same
    condition on the count; for C3 it is minus infinity where the two days before exceed the
    limit on their own, and its exceedance is C3 / limit.

    The nominal rate of C1 and C2, 0.1 % at 3.09, is not what they do, for seven days hardly
    tell a standard deviation: normal counts alarm in 1.4 % of days, Poisson counts in 1.7 % at
    20 a day, 3 % at 1 and 5 % at 0.3; C3 in 7 to 16 %. So there is no p-value. A baseline of
    equal counts has sd 0: any higher count is an alarm.

    Args:
        counts: events a day, shape (days,) or (regions, days), without a gap in time.
        method: `C1`, `C2` or `C3`.
        limit: in standard deviations; None for 3.09 (C1, C2) or 2 (C3).
        status: state of each cell; None if all are reported.

    Returns:
        The verdict by cell. `short_history` where a day that the rule looks back to is
        missing or not reported.

    Raises:
        InputError: counts or status make no sense, the method is unknown, or the limit is not
            above 0 and finite.

    Source:
        Fricker RD, Hegler BL, Dunfee DA. Statistics in Medicine 2008;27:3407-3429.

    Example:
        >>> found = ears_alarms([4, 5, 3, 4, 6, 5, 4, 20], "C1")
        >>> float(found.threshold[-1].round(2)), bool(found.alarm[-1])
        (7.44, True)
        >>> str(found.obstacle[0])
        'short_history'
    """
    if not isinstance(method, str) or method not in _LAG:
        raise InputError(f"method is one of {', '.join(_LAG)}; got {method}")
    limit = _LIMIT[method] if limit is None else require_positive(limit, "limit")
    cells = require_cells(counts, status)
    values = np.where(cells.reported, cells.counts, np.nan)
    expected, spread = _baseline(values, _LAG[method])
    score = _standardised(values, expected, spread)
    if method == "C3":
        above = np.maximum(score - 1, 0)
        before = _earlier(above, 1) + _earlier(above, 2)
        room = limit - before
        with np.errstate(invalid="ignore"):
            threshold = np.where(room >= 0, expected + spread * (1 + room), -np.inf)
        threshold = np.where(np.isnan(room) | np.isnan(expected), np.nan, threshold)
        score = (before + above) / limit
    else:
        threshold = expected + limit * spread
        score = score / limit
    obstacle = np.where(np.isnan(threshold), SHORT_HISTORY, "")
    return conclude(f"EARS {method}", cells, obstacle, expected, spread, threshold, score=score)


def _baseline(values: Array, lag: int) -> tuple[Array, Array]:
    """Mean and sd of the seven days that end `lag` days before each day."""
    expected, spread = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    first = _BASELINE + lag - 1
    if values.shape[1] > first:
        windows = sliding_window_view(values[:, :-lag], _BASELINE, axis=1)
        expected[:, first:] = windows.mean(axis=2)
        spread[:, first:] = windows.std(axis=2, ddof=1)
    return expected, spread


def _standardised(values: Array, expected: Array, spread: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        score: Array = (values - expected) / spread
    return np.where(values == expected, 0.0, score)


def _earlier(values: Array, days: int) -> Array:
    moved = np.full(values.shape, np.nan)
    moved[:, days:] = values[:, :-days]
    return moved
