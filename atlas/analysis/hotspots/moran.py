"""Local Moran's I of one rate, and of one rate against another around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.errors import InputError
from atlas.analysis.false_discovery import benjamini_hochberg
from atlas.analysis.hotspots.permutation import (
    FEWEST_PERMUTATIONS,
    rank_neighbour_sums,
    require_permutations,
)
from atlas.analysis.hotspots.weights import SpatialWeights, require_weights
from atlas.analysis.inputs import (
    Array,
    require_generator,
    require_level,
    require_values,
)
from atlas.analysis.results import FrozenArrays

NOT_SIGNIFICANT = "not significant"
UNIVARIATE_NOTE = "compares the rate of an area with the same rate in its neighbours"
BIVARIATE_NOTE = (
    "compares the first rate in an area with the second rate in its neighbours; "
    "how the two rates go together in the area itself is left out"
)


@dataclass(frozen=True, eq=False)
class LocalMoran(FrozenArrays):
    """Local association, each array of shape (areas,).

    Attributes:
        statistic: I_i, above 0 among likes.
        p_value: two-sided permutation p-value.
        adjusted_p_value: p-value after Benjamini and Hochberg.
        quadrant: `high-high`, `low-low`, `high-low`, `low-high` (area, then neighbours), or
            `not significant`.
        note: what is compared with what.
    """

    statistic: Array
    p_value: Array
    adjusted_p_value: Array
    quadrant: NDArray[np.str_]
    note: str


def local_moran(
    rates: ArrayLike,
    weights: SpatialWeights,
    seed: int | np.random.Generator,
    permutations: int = FEWEST_PERMUTATIONS,
    level: float = 0.05,
) -> LocalMoran:
    """Tell clusters of like rates from outliers, by local Moran's I.

    I_i = z_i sum_j w_ij z_j / m2, with z the deviations from the mean, m2 = sum z^2 / n and
    weights 1 / c_i for each of c_i neighbours; the mean of I_i is Moran's I. Conditional
    permutation: z_i stays, its neighbours are drawn anew from all other areas.

    Args:
        rates: crude or empirical-Bayes rates, never counts, shape (areas,).
        weights: neighbours of these areas.
        seed: seed or generator; the same seed gives the same result.
        permutations: at least 9,999.
        level: false discovery rate, between 0 and 1.

    Returns:
        Statistics and quadrants. Equal rates everywhere have I_i = 0, none significant.

    Raises:
        InputError: a rate is NaN (suppressed) or infinite, the number of areas is another, the
            level is not between 0 and 1, there are fewer than 9,999 permutations, or no seed.

    Source:
        Anselin L. Local indicators of spatial association: LISA. Geographical Analysis
        1995;27:93-115.

    Example:
        >>> from atlas.analysis.hotspots import nearest_neighbour_weights
        >>> line = nearest_neighbour_weights([[x, 0] for x in (0, 1, 3, 6, 10, 15)], 1)
        >>> found = local_moran([9, 8, 1, 2, 1, 3], line, seed=1)
        >>> found.statistic.round(2).tolist(), found.quadrant[0].item()
        ([1.87, 1.87, -1.12, 0.56, 0.56, 0.28], 'not significant')
    """
    values = require_values(rates, name="rates")
    return _local(values, values, weights, seed, permutations, level, UNIVARIATE_NOTE)


def bivariate_local_moran(
    rates: ArrayLike,
    rates_around: ArrayLike,
    weights: SpatialWeights,
    seed: int | np.random.Generator,
    permutations: int = FEWEST_PERMUTATIONS,
    level: float = 0.05,
) -> LocalMoran:
    """Compare one rate in each area with another rate in the areas around it.

    I_i = z_x,i sum_j w_ij z_y,j, both standardised with divisor n and weights 1 / c_i. It does
    not see how x and y go together within an area: say so beside it (`note`), or use `lees_l`.

    Args:
        rates: x, crude or empirical-Bayes rates, shape (areas,).
        rates_around: y, same shape.
        weights: neighbours of these areas.
        seed: seed or generator; the same seed gives the same result.
        permutations: at least 9,999.
        level: false discovery rate, between 0 and 1.

    Returns:
        Statistics and quadrants, x of the area first, then y around it.

    Raises:
        InputError: as `local_moran`, or the rates differ in length.

    Source:
        Anselin L, Syabri I, Smirnov O. Visualizing multivariate spatial correlation with
        dynamically linked windows. 2002. The caveat: Lee S-I. Journal of Geographical Systems
        2001;3:369-385.

    Example:
        >>> from atlas.analysis.hotspots import nearest_neighbour_weights
        >>> line = nearest_neighbour_weights([[x, 0] for x in (0, 1, 3, 6, 10, 15)], 1)
        >>> found = bivariate_local_moran([9, 8, 1, 2, 1, 3], [1, 1, 4, 5, 6, 5], line, seed=1)
        >>> found.statistic.round(2).tolist()
        [-2.07, -1.66, 1.24, -0.1, -0.62, -0.36]
    """
    here = require_values(rates, name="rates")
    around = require_values(rates_around, name="rates around")
    if here.shape != around.shape:
        raise InputError(f"both rates need one length; got {len(here)} and {len(around)}")
    return _local(here, around, weights, seed, permutations, level, BIVARIATE_NOTE)


def standard_scores(values: Array) -> Array:
    """Standardise values with divisor n; all 0 where they are equal.

    Example:
        >>> standard_scores(np.array([1.0, 3.0])).tolist(), standard_scores(np.ones(2)).tolist()
        ([-1.0, 1.0], [0.0, 0.0])
    """
    if np.ptp(values) == 0:
        return np.zeros_like(values)
    return np.asarray((values - values.mean()) / values.std(), dtype=float)


def _local(
    here: Array,
    around: Array,
    weights: SpatialWeights,
    seed: int | np.random.Generator,
    permutations: int,
    level: float,
    note: str,
) -> LocalMoran:
    require_weights(weights, len(here))
    count = require_permutations(permutations)
    z_here, z_around = standard_scores(here), standard_scores(around)
    ranks = rank_neighbour_sums(z_around, weights, count, require_generator(seed))
    adjusted = benjamini_hochberg(ranks.p_value)
    lag = weights.matrix @ z_around / weights.neighbours
    found = (adjusted <= require_level(level)) & (z_here != 0)
    quadrant = np.select(
        [~found, (z_here > 0) & ranks.high, z_here > 0, ranks.high],
        [NOT_SIGNIFICANT, "high-high", "high-low", "low-high"],
        "low-low",
    )
    return LocalMoran(z_here * lag, ranks.p_value, adjusted, quadrant, note)
