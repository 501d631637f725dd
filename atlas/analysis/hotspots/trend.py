"""The Mann-Kendall test for a trend, of many series at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from atlas.analysis.errors import InputError
from atlas.analysis.hotspots.getis_ord import two_sided
from atlas.analysis.inputs import Array, as_numbers, require_values
from atlas.analysis.results import FrozenArrays

FEWEST_PERIODS = 10


@dataclass(frozen=True, eq=False)
class MannKendall(FrozenArrays):
    """Trends, each array of shape (series,).

    Attributes:
        s: rises minus falls over all pairs of periods.
        variance: variance of S without a trend, ties allowed for.
        z: standard score, drawn towards 0 by one (continuity correction).
        p_value: two-sided p-value.
    """

    s: Array
    variance: Array
    z: Array
    p_value: Array


def mann_kendall(series: ArrayLike) -> MannKendall:
    """Test each series for a monotone trend.

    S = sum over i < j of sign(x_j - x_i); Var S = [n (n - 1) (2n + 5) - sum t (t - 1) (2t + 5)]
    / 18 over groups of t equal values; Z = (S - sign S) / sqrt(Var S).

    Args:
        series: finite values in time order, shape (series, periods), at least 10 periods.

    Returns:
        The tests; an unchanging series has Z = 0 and p = 1. Neighbouring periods that depend on
        each other make p too small.

    Raises:
        InputError: fewer than 10 periods, another shape, NaN or infinite.

    Source:
        Mann HB. Econometrica 1945;13:245-259; Kendall MG. Rank correlation methods, 1975.

    Example:
        >>> found = mann_kendall([[1, 2, 2, 3, 5, 4, 6, 7, 7, 9]])
        >>> found.s.tolist(), found.variance.tolist(), found.z.round(3).tolist()
        ([41.0], [123.0], [3.607])
    """
    values = as_numbers(series, "series")
    if values.ndim != 2 or values.shape[1] < FEWEST_PERIODS:
        raise InputError(
            f"series need shape (series, periods) and {FEWEST_PERIODS} periods; got {values.shape}"
        )
    require_values(values.ravel(), name="series")
    n = values.shape[1]
    s, ties = np.zeros((2, len(values)))
    for step in range(1, n):
        s += np.sign(values[:, step:] - values[:, :-step]).sum(axis=1)
    for period in range(n):
        # Each of t equal values adds (t - 1)(2t + 5), so the group adds it t times.
        equal = (values == values[:, period, None]).sum(axis=1)
        ties += (equal - 1) * (2 * equal + 5)
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    spread = np.sqrt(variance)
    z = np.divide(s - np.sign(s), spread, out=np.zeros_like(s), where=spread > 0)
    return MannKendall(s, variance, z, two_sided(z))
