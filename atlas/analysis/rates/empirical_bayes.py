"""Rates of small areas, shrunk towards the rate of all areas or of the neighbourhood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from atlas.analysis.inputs import Array, require_counts, require_exposure, require_positive
from atlas.analysis.results import FrozenArrays

if TYPE_CHECKING:
    from atlas.analysis.hotspots.weights import SpatialWeights


@dataclass(frozen=True, eq=False)
class EmpiricalBayesRates(FrozenArrays):
    """Shrunken rates, each array of shape (areas,).

    Attributes:
        rate: shrunken rates per `per` persons.
        towards: rates that they are shrunk towards, per `per` persons.
        weight: share W_i of an area's own rate in its shrunken rate, 0 to 1.
    """

    rate: Array
    towards: Array
    weight: Array


def empirical_bayes_rates(
    counts: ArrayLike, population: ArrayLike, per: float = 100_000
) -> EmpiricalBayesRates:
    """Shrink the rates of areas towards the rate of all areas together.

    m = sum O / sum P; s2 = sum P_i (r_i - m)^2 / sum P - m / mean(P), or 0 where that is
    negative; W_i = s2 / (s2 + m / P_i); rate = W_i r_i + (1 - W_i) m. Where s2 is 0 the areas
    differ by no more than chance in counting, and every rate is m.

    Args:
        counts: events O_i, shape (areas,).
        population: persons P_i, same shape, above 0.
        per: scale, persons, above 0.

    Returns:
        Shrunken rates; without any event all are 0.

    Raises:
        InputError: a count is negative, not whole or NaN (suppressed), a population or `per`
            is not above 0, or lengths differ.

    Source:
        Marshall RJ. Mapping disease and mortality rates using empirical Bayes estimators.
        Applied Statistics 1991;40:283-294.

    Example:
        >>> found = empirical_bayes_rates([0, 40, 60], [1_000, 20_000, 20_000])
        >>> found.rate.round().tolist()
        [224.0, 216.0, 280.0]
    """
    events = require_counts(counts)
    persons = require_exposure(population, events, "population")
    mean = events.sum() / persons.sum()
    between = persons @ (events / persons - mean) ** 2 / persons.sum() - mean / persons.mean()
    everywhere = np.ones_like(events)
    return _shrunken(events, persons, mean * everywhere, between * everywhere, per)


def local_empirical_bayes_rates(
    counts: ArrayLike, population: ArrayLike, weights: SpatialWeights, per: float = 100_000
) -> EmpiricalBayesRates:
    """Shrink the rate of each area towards the rate of its neighbourhood, itself included.

    As `empirical_bayes_rates`, with m and s2 of each area's own neighbourhood.

    Args:
        counts: events O_i, shape (areas,).
        population: persons P_i, same shape, above 0.
        weights: neighbours of each of these areas.
        per: scale, persons, above 0.

    Returns:
        Shrunken rates; 0 where the neighbourhood has no event.

    Raises:
        InputError: a count is negative, not whole or NaN (suppressed), a population or `per`
            is not above 0, or lengths differ.

    Source:
        Marshall 1991, as in `empirical_bayes_rates`.

    Example:
        >>> from atlas.analysis.hotspots import nearest_neighbour_weights
        >>> line = nearest_neighbour_weights([[0, 0], [1, 0], [3, 0]], 1)
        >>> found = local_empirical_bayes_rates([0, 400, 60], [1_000, 20_000, 20_000], line)
        >>> found.towards.round().tolist(), found.rate.round().tolist()
        ([1905.0, 1905.0, 1150.0], [1026.0, 1995.0, 307.0])
    """
    events = require_counts(counts)
    persons = require_exposure(population, events, "population")
    # Loads all of the hot spots, which rates alone do without.
    from atlas.analysis.hotspots.weights import require_weights

    neighbours = require_weights(weights, len(events)).matrix
    around = neighbours @ persons + persons
    mean = (neighbours @ events + events) / around
    members = np.diff(neighbours.indptr) + 1
    focal = np.repeat(np.arange(len(events)), members - 1)
    # Deviations before squares: the difference of two large sums would lose digits.
    rates, beside = events / persons, neighbours.indices
    squares = persons[beside] * (rates[beside] - mean[focal]) ** 2
    spread = np.bincount(focal, squares, len(events)) + persons * (rates - mean) ** 2
    return _shrunken(events, persons, mean, spread / around - mean * members / around, per)


def _shrunken(
    events: Array, persons: Array, mean: Array, between: Array, per: float
) -> EmpiricalBayesRates:
    per = require_positive(per, "per")
    variance = np.maximum(between, 0)
    total = variance + mean / persons
    weight = np.divide(variance, total, out=np.zeros_like(total), where=total > 0)
    rate = weight * events / persons + (1 - weight) * mean
    return EmpiricalBayesRates(per * rate, per * mean, weight)
