"""How far successive errors depend on each other, seen from differences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def difference_correlation(series: Array, most: float) -> float:
    """Give the lag-1 autocorrelation from squared differences, which trends barely touch.

    r = D2 / D1 - 1, D_k the mean square of y_(t+k) - y_t: for AR(1), D1 = 2 s2 (1 - r) and
    D2 = 2 s2 (1 - r^2).

    Args:
        series: shape (periods,), 3 or more.
        most: upper bound; the lower one is 0.

    Returns:
        The correlation; 0 for a constant.

    Source:
        Follows Chakar S, Lebarbier E, Levy-Leduc C, Robin S. Bernoulli 2017;23:1408-1447, with
        means of squares for their robust scales.

    Example:
        >>> difference_correlation(np.array([0.0, 1, 0, 1, 0]), 0.7)
        0.0
    """
    one = float((np.diff(series) ** 2).mean())
    two = float(((series[2:] - series[:-2]) ** 2).mean())
    return min(max(two / one - 1, 0.0), most) if one > 0 else 0.0
