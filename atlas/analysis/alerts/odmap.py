"""A spike threshold in the style of ODMAP, for comparison with it only."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from atlas.analysis.alerts.cells import require_cells
from atlas.analysis.alerts.result import SHORT_HISTORY, Alarms, conclude

_DAYS = 365


def odmap_style_alarms(counts: ArrayLike, status: ArrayLike | None = None) -> Alarms:
    """Judge each day by mean + 2 standard deviations of the 365 days before it.

    A compatibility option, not a recommendation. ODMAP publishes no formula: this one is
    unverified. Two standard deviations of a skewed whole number are no fixed false-alarm rate.
    For Poisson counts with mean and sd known exactly there are 35 false alarms a year at 0.1
    a day, 13 at 0.3, 33 at 0.5, 7 at 1, 19 at 2, 12 at 5 and 10 at 10. With the 365 days of this
    rule most stay, but 28 come at 0.5 and 19 at 1, where the threshold lies next to a
    whole number.

    Args:
        counts: events a day, shape (days,) or (regions, days), without a gap in time.
        status: state of each cell; None if all are reported.

    Returns:
        The verdict by cell, without p-values. `short_history` unless all 365 days before are
        reported.

    Raises:
        InputError: counts or status make no sense.

    Source:
        None: the formula is not published.

    Example:
        >>> found = odmap_style_alarms([0, 2] * 183)
        >>> round(float(found.threshold[-1]), 2), found.judged.sum()
        (3.0, np.int64(1))
    """
    cells = require_cells(counts, status)
    values = np.where(cells.reported, cells.counts, 0.0)
    sums, squares, reported = (
        _trailing(part) for part in (values, values**2, cells.reported.astype(float))
    )
    expected = sums / _DAYS
    spread = np.sqrt(np.maximum(squares - sums**2 / _DAYS, 0) / (_DAYS - 1))
    obstacle = np.where(reported == _DAYS, "", SHORT_HISTORY)
    return conclude("ODMAP-style", cells, obstacle, expected, spread, expected + 2 * spread)


def _trailing(
    values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Sum over the 365 days before each day; NaN where there are fewer."""
    total = np.full(values.shape, np.nan)
    running = np.cumsum(values, axis=1)
    if values.shape[1] > _DAYS:
        total[:, _DAYS:] = running[:, _DAYS - 1 : -1]
        total[:, _DAYS + 1 :] -= running[:, : -_DAYS - 1]
    return total
