"""Conditional permutation: the neighbours of an area drawn anew from all other areas.

One set of random orderings of the areas serves them all. Leaving area i out of an ordering gives
an ordering of the others, so the first c drawn areas are i's random neighbours, or, where i is
among them, the first c + 1 without i. Sums over the first c are thus the same for every area with
c neighbours but for the few orderings that hold i early: they are sorted once and looked up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atlas.analysis.errors import InputError
from atlas.analysis.hotspots.weights import SpatialWeights
from atlas.analysis.inputs import Array, require_whole_number
from atlas.analysis.results import FrozenArrays

Indices = NDArray[np.intp]

FEWEST_PERMUTATIONS = 9_999
"""With fewer, no p-value of 158 areas can pass the first step of Benjamini and Hochberg."""

_CHUNK = 8_000_000


@dataclass(frozen=True, eq=False)
class PermutationRanks(FrozenArrays):
    """How often permuted sums over the neighbours reach the observed ones; shape (areas,).

    Attributes:
        at_least: permuted sums that are not below the observed sum.
        at_most: permuted sums that are not above it.
        permutations: number of permuted sums of each area.
    """

    at_least: Indices
    at_most: Indices
    permutations: int

    @property
    def p_value(self) -> Array:
        """Two-sided p: twice the smaller tail, the observed sum counted in, at most 1."""
        tail = np.minimum(self.at_least, self.at_most) + 1
        return np.minimum(2 * tail / (self.permutations + 1), 1.0)

    @property
    def high(self) -> NDArray[np.bool_]:
        """Whether the observed sum lies in the upper half of the permuted ones."""
        return np.asarray(self.at_least < self.at_most)


def require_permutations(permutations: int) -> int:
    """Return a number of permutations that leaves room for a discovery.

    Args:
        permutations: a whole number.

    Raises:
        InputError: not a whole number, or fewer than 9,999.

    Example:
        >>> require_permutations(9_999)
        9999
    """
    if require_whole_number(permutations, 1, "permutations") < FEWEST_PERMUTATIONS:
        raise InputError(
            f"at least {FEWEST_PERMUTATIONS} permutations are needed, or no p-value can pass "
            f"control of false discoveries; got {permutations}"
        )
    return int(permutations)


def rank_neighbour_sums(
    values: Array, weights: SpatialWeights, permutations: int, random: np.random.Generator
) -> PermutationRanks:
    """Rank each area's sum over its neighbours among conditional permutations.

    The area's own value stays; its c neighbours are drawn without replacement from all others.

    Args:
        values: finite, shape (areas,).
        weights: neighbours of these areas.
        permutations: number of random draws, shared by all areas.
        random: generator.

    Returns:
        Ranks of the observed sums.

    Source:
        Anselin L. Local indicators of spatial association. Geographical Analysis 1995;27:93-115.

    Example:
        >>> from atlas.analysis.hotspots import nearest_neighbour_weights
        >>> line = nearest_neighbour_weights([[0, 0], [1, 0], [3, 0], [4, 0], [9, 0]], 1)
        >>> ranks = rank_neighbour_sums(np.arange(5.0), line, 99, np.random.default_rng(1))
        >>> bool((ranks.at_least + ranks.at_most >= 99).all())
        True
    """
    counts, observed = weights.neighbours, weights.matrix @ values
    drawn = draw_orderings(len(values), int(counts.max()) + 1, permutations, random)
    sums = np.cumsum(values[drawn], axis=0)
    # Sums of the same values in another order differ in their last digits.
    slack = 1e-9 * np.abs(values).max()
    least, most = observed - slack, observed + slack
    at_least, at_most = np.empty((2, len(values)), dtype=np.intp)
    for count in np.unique(counts):
        areas = counts == count
        ordered = np.sort(sums[count - 1])
        at_least[areas] = permutations - np.searchsorted(ordered, least[areas], "left")
        at_most[areas] = np.searchsorted(ordered, most[areas], "right")
    place, draw = np.nonzero(np.arange(len(drawn))[:, None] < counts[drawn])
    area = drawn[place, draw]
    shared = sums[counts[area] - 1, draw]
    own = sums[counts[area], draw] - values[area]
    gained = (own >= least[area]).astype(float) - (shared >= least[area])
    at_least += np.bincount(area, gained, len(values)).astype(np.intp)
    gained = (own <= most[area]).astype(float) - (shared <= most[area])
    at_most += np.bincount(area, gained, len(values)).astype(np.intp)
    return PermutationRanks(at_least, at_most, permutations)


def draw_orderings(
    areas: int, length: int, permutations: int, random: np.random.Generator
) -> Indices:
    """Draw the first areas of random orderings.

    Args:
        areas: number of areas.
        length: how many to draw of each ordering, at most `areas`.
        permutations: number of orderings.
        random: generator.

    Returns:
        Positions of areas, shape (length, permutations); no column names an area twice.

    Example:
        >>> draw_orderings(3, 3, 2, np.random.default_rng(1)).sum(axis=0).tolist()
        [3, 3]
    """
    drawn = np.empty((length, permutations), dtype=np.intp)
    if 2 * length <= areas and length**2 <= 50 * areas:
        for place in range(length):
            again = np.arange(permutations)
            while len(again):
                drawn[place, again] = random.integers(areas, size=len(again))
                repeated = (drawn[:place, again] == drawn[place, again]).any(axis=0)
                again = again[repeated]
        return drawn
    step = max(1, _CHUNK // areas)
    for start in range(0, permutations, step):
        rows = np.tile(np.arange(areas), (min(step, permutations - start), 1))
        drawn[:, start : start + step] = random.permuted(rows, axis=1)[:, :length].T
    return drawn
