"""Lee's L: whether two rates go together within neighbourhoods, the area itself included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.errors import InputError
from atlas.analysis.false_discovery import benjamini_hochberg
from atlas.analysis.hotspots.moran import standard_scores
from atlas.analysis.hotspots.permutation import (
    FEWEST_PERMUTATIONS,
    PermutationRanks,
    draw_orderings,
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


@dataclass(frozen=True, eq=False)
class LeesL(FrozenArrays):
    """Bivariate spatial association.

    Attributes:
        statistic: L of all areas, -1 to 1; it describes and is not tested.
        local: L_i of each area, shape (areas,); their mean is L.
        p_value: two-sided permutation p-value of each L_i.
        adjusted_p_value: p-value after Benjamini and Hochberg.
        significant: areas whose L_i stands out at the false discovery rate asked for.
    """

    statistic: float
    local: Array
    p_value: Array
    adjusted_p_value: Array
    significant: NDArray[np.bool_]


def lees_l(
    rates: ArrayLike,
    other_rates: ArrayLike,
    weights: SpatialWeights,
    seed: int | np.random.Generator,
    permutations: int = FEWEST_PERMUTATIONS,
    level: float = 0.05,
) -> LeesL:
    """Measure how two rates go together, each smoothed over the area and its neighbours.

    L_i = x_i' y_i', where x' and y' are the means of standard scores (divisor n) over the area
    and its c_i neighbours, weights 1 / (c_i + 1); L = mean L_i. Unlike bivariate local Moran it
    is symmetric in the two rates and sees them in the area itself. Conditional permutation: an
    area keeps its own pair of rates, and pairs of others are drawn as its neighbours.

    Args:
        rates: crude or empirical-Bayes rates, shape (areas,).
        other_rates: another rate of the same areas, same shape.
        weights: neighbours of these areas.
        seed: seed or generator; the same seed gives the same result.
        permutations: at least 9,999.
        level: false discovery rate, between 0 and 1.

    Returns:
        L and the local statistics; 0 where either rate is the same everywhere.

    Raises:
        InputError: a rate is NaN (suppressed) or infinite, lengths differ, the level is not
            between 0 and 1, there are fewer than 9,999 permutations, or no seed.

    Source:
        Lee S-I. Developing a bivariate spatial association measure: an integration of Pearson's r
        and Moran's I. Journal of Geographical Systems 2001;3:369-385.

    Example:
        >>> from atlas.analysis.hotspots import nearest_neighbour_weights
        >>> line = nearest_neighbour_weights([[x, 0] for x in (0, 1, 3, 6, 10, 15)], 1)
        >>> found = lees_l([9, 8, 1, 2, 1, 3], [1, 1, 4, 5, 6, 5], line, seed=1)
        >>> round(found.statistic, 3), found.local.round(2).tolist()
        (-0.904, [-1.86, -1.86, -0.09, -0.32, -0.71, -0.57])
    """
    first, second = require_values(rates, name="rates"), require_values(other_rates, name="rates")
    if first.shape != second.shape:
        raise InputError(f"both rates need one length; got {len(first)} and {len(second)}")
    require_weights(weights, len(first))
    count = require_permutations(permutations)
    x, y = standard_scores(first), standard_scores(second)
    members = weights.neighbours + 1
    products = (weights.matrix @ x + x) * (weights.matrix @ y + y)
    ranks = _rank_products(x, y, products, weights, count, require_generator(seed))
    adjusted = benjamini_hochberg(ranks.p_value)
    local = products / members**2
    significant = adjusted <= require_level(level)
    return LeesL(float(local.mean()), local, ranks.p_value, adjusted, significant)


def _rank_products(
    x: Array,
    y: Array,
    observed: Array,
    weights: SpatialWeights,
    permutations: int,
    random: np.random.Generator,
) -> PermutationRanks:
    counts = weights.neighbours
    drawn = draw_orderings(len(x), int(counts.max()) + 1, permutations, random)
    x_sums, y_sums = np.cumsum(x[drawn], axis=0), np.cumsum(y[drawn], axis=0)
    place, draw = np.nonzero(np.arange(len(drawn))[:, None] < counts[drawn])
    by_area = np.argsort(drawn[place, draw], kind="stable")
    draw_of = draw[by_area]
    bounds = np.searchsorted(drawn[place, draw][by_area], np.arange(len(x) + 1))
    slack = 1e-9 * max(1.0, float(np.abs(observed).max()))
    at_least, at_most = np.empty((2, len(x)), dtype=np.intp)
    for i, count in enumerate(counts):
        product = (x_sums[count - 1] + x[i]) * (y_sums[count - 1] + y[i])
        own = draw_of[bounds[i] : bounds[i + 1]]
        # Where i is among its own random neighbours, the next drawn area takes its place.
        product[own] = x_sums[count, own] * y_sums[count, own]
        at_least[i] = np.count_nonzero(product >= observed[i] - slack)
        at_most[i] = np.count_nonzero(product <= observed[i] + slack)
    return PermutationRanks(at_least, at_most, permutations)
