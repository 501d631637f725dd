"""A monthly series split into trend, season and remainder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.inputs import require_counts, require_months
from atlas.analysis.results import FrozenArrays

Array = NDArray[np.float64]

PERIOD = 12
MINIMUM_MONTHS = 3 * PERIOD
_OFFSET = 0.5


@dataclass(frozen=True, eq=False)
class Decomposition(FrozenArrays):
    """log(y + 0.5) = trend + season + remainder, each of shape (months,).

    Attributes:
        trend: log events a month.
        season: log factor of the month; it may drift over the years.
        remainder: what is left.
    """

    trend: Array
    season: Array
    remainder: Array

    @property
    def trend_counts(self) -> Array:
        """The trend in events a month."""
        return np.exp(self.trend) - _OFFSET

    @property
    def seasonal_strength(self) -> float:
        """1 - var(remainder) / var(season + remainder), from 0 to 1; 0 for a constant."""
        together = float(np.var(self.season + self.remainder))
        # Below this only rounding is left.
        if together < 1e-20:
            return 0.0
        return max(0.0, 1 - float(np.var(self.remainder)) / together)


def decompose(counts: ArrayLike, months: ArrayLike) -> Decomposition:
    """Split a monthly series by STL (seasonal-trend decomposition using loess).

    Robust STL of log(y + 0.5), period 12; statsmodels' other defaults (seasonal window 7).

    Args:
        counts: events a month, shape (months,), at least 36.
        months: consecutive months, shape (months,).

    Returns:
        Three components whose sum is log(y + 0.5).

    Raises:
        InputError: fewer than 36 months, a gap, or a count that is not a whole number from 0 up.

    Source:
        Cleveland RB, Cleveland WS, McRae JE, Terpenning I. STL. J Off Stat 1990;6:3-73; strength
        of season: Wang X, Smith K, Hyndman R. Data Min Knowl Discov 2006;13:335-364.

    Example:
        >>> months = np.arange("2020-01", "2024-01", dtype="datetime64[M]")
        >>> parts = decompose(np.tile([20, 40], 24), months)
        >>> round(parts.seasonal_strength, 3)
        1.0
    """
    from statsmodels.tsa.seasonal import STL

    events = require_counts(counts, MINIMUM_MONTHS)
    require_months(months, events)
    found = STL(np.log(events + _OFFSET), period=PERIOD, robust=True).fit()
    return Decomposition(found.trend, found.seasonal, found.resid)
