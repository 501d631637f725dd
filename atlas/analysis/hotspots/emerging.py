"""Emerging hot spots: how the hot and cold steps of each area follow each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.errors import InputError
from atlas.analysis.false_discovery import benjamini_hochberg
from atlas.analysis.hotspots.getis_ord import standardised_sums, two_sided
from atlas.analysis.hotspots.trend import FEWEST_PERIODS, MannKendall, mann_kendall
from atlas.analysis.hotspots.weights import SpatialWeights, require_weights
from atlas.analysis.inputs import Array, as_numbers, require_level, require_values
from atlas.analysis.results import FrozenArrays

NO_PATTERN = "no pattern"
# Of ten steps; whole numbers, as 0.9 of a number of steps is not exact in binary.
_MOSTLY = 9

Steps = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class EmergingHotSpots(FrozenArrays):
    """Patterns over time of each area.

    Attributes:
        pattern: one of `new`, `consecutive`, `intensifying`, `persistent`, `diminishing`,
            `sporadic`, `oscillating` and `historical`, followed by `hot spot` or `cold spot`; or
            `no pattern`; shape (areas,).
        z: space-time Gi* of each area and step, shape (areas, steps).
        hot: steps that are hot at the false discovery rate asked for, same shape.
        cold: steps that are cold, same shape.
        trend: Mann-Kendall test of each area's z over time, arrays of shape (areas,).
    """

    pattern: NDArray[np.str_]
    z: Array
    hot: Steps
    cold: Steps
    trend: MannKendall


def emerging_hot_spots(
    rates: ArrayLike, weights: SpatialWeights, level: float = 0.05
) -> EmergingHotSpots:
    """Sort areas into 17 patterns of hot and cold spots over time.

    Gi* of each area and step over the area and its neighbours in that step and in the step
    before, against the mean and spread of all areas and steps; Benjamini-Hochberg over all of
    them; Mann-Kendall on each area's z; then `classify_pattern`. Successive z share half of their
    neighbourhood, so of independent series the trend test calls 15 % a trend at level 0.05.

    Args:
        rates: crude or empirical-Bayes rates in time order, never counts, shape (areas, steps),
            at least 10 steps.
        weights: neighbours of these areas.
        level: false discovery rate of hot and cold steps, and error rate of the trend.

    Returns:
        Patterns with the steps and trends behind them.

    Raises:
        InputError: fewer than 10 steps, another shape or number of areas, a rate that is NaN
            (suppressed) or infinite, or a level that is not between 0 and 1.

    Source:
        Esri. How Emerging Hot Spot Analysis works. ArcGIS Pro documentation. Error rates are
        ours: Esri's own limits for hot steps and trends were not verified.

    Example:
        >>> from atlas.analysis.hotspots import nearest_neighbour_weights
        >>> line = nearest_neighbour_weights([[x, 0] for x in range(30)], 2)
        >>> rates = np.ones((30, 12)) + np.arange(30 * 12).reshape(30, 12) % 7 / 10
        >>> rates[:4, 9:] += 9
        >>> emerging_hot_spots(rates, line).pattern[[0, 3, 9]].tolist()
        ['consecutive hot spot', 'consecutive hot spot', 'no pattern']
    """
    values, level = as_numbers(rates, "rates"), require_level(level)
    if values.ndim != 2 or values.shape[1] < FEWEST_PERIODS:
        raise InputError(
            f"rates need shape (areas, steps) and {FEWEST_PERIODS} steps; got {values.shape}"
        )
    require_values(values.ravel(), name="rates")
    require_weights(weights, len(values))
    z = _space_time_score(values, weights)
    found = benjamini_hochberg(two_sided(z).ravel()).reshape(z.shape) <= level
    hot, cold = found & (z > 0), found & (z < 0)
    trend = mann_kendall(z)
    direction = np.where(trend.p_value <= level, np.sign(trend.z), 0).astype(int)
    patterns = [
        classify_pattern(hot[area], cold[area], int(direction[area])) for area in range(len(z))
    ]
    return EmergingHotSpots(np.array(patterns), z, hot, cold, trend)


def classify_pattern(hot: ArrayLike, cold: ArrayLike, trend: int) -> str:
    """Name the pattern of one area's hot and cold steps.

    Hot in the final step, and in 90 % or more of all: intensifying if z rises, diminishing if it
    falls, else persistent. In fewer: new if never hot before; consecutive if one unbroken final
    run of two or more and never hot before it; else oscillating if ever cold, or sporadic.
    Final step not hot, but 90 % or more of all: historical. The same for cold, with z turned
    round. New and consecutive go before oscillating where an area was cold once; the sources do
    not say which goes first.

    Args:
        hot: whether each step is hot, true or false (1 or 0), in time order, shape (steps,).
        cold: whether each step is cold, same shape.
        trend: 1 if z rises over time, -1 if it falls, 0 if neither can be told.

    Returns:
        The pattern, as of `EmergingHotSpots`.

    Raises:
        InputError: fewer than 10 steps, shapes that differ, a step that is neither true nor
            false (NaN) or both hot and cold, or another trend.

    Source:
        Esri, as in `emerging_hot_spots`.

    Example:
        >>> classify_pattern([False] * 11 + [True], [False] * 12, 0)
        'new hot spot'
    """
    hot_steps, cold_steps = _steps(hot, "hot"), _steps(cold, "cold")
    if hot_steps.shape != cold_steps.shape or hot_steps.ndim != 1:
        raise InputError(f"hot and cold need one shape: {hot_steps.shape}, {cold_steps.shape}")
    if len(hot_steps) < FEWEST_PERIODS:
        raise InputError(f"at least {FEWEST_PERIODS} steps are needed; got {len(hot_steps)}")
    if not isinstance(trend, int | np.integer) or trend not in (-1, 0, 1):
        raise InputError(f"trend is 1, 0 or -1; got {trend!r}")
    if (hot_steps & cold_steps).any():
        raise InputError("a step cannot be hot and cold at once")
    if name := _one_kind(hot_steps, cold_steps, trend):
        return f"{name} hot spot"
    if name := _one_kind(cold_steps, hot_steps, -trend):
        return f"{name} cold spot"
    return NO_PATTERN


def _steps(steps: ArrayLike, name: str) -> Steps:
    values = as_numbers(steps, name)
    if not np.isin(values, (0, 1)).all():
        raise InputError(f"{name} says of each step whether it is {name}: true or false")
    return values.astype(bool)


def _one_kind(steps: Steps, opposite: Steps, strengthening: int) -> str:
    mostly = 10 * int(steps.sum()) >= _MOSTLY * len(steps)
    if not steps[-1]:
        return "historical" if mostly else ""
    if mostly:
        return {1: "intensifying", -1: "diminishing"}.get(strengthening, "persistent")
    run = len(steps) if steps.all() else int(np.argmin(steps[::-1]))
    if run == steps.sum():
        return "new" if run == 1 else "consecutive"
    return "oscillating" if opposite.any() else "sporadic"


def _space_time_score(values: Array, weights: SpatialWeights) -> Array:
    sums = weights.matrix @ values + values
    sums[:, 1:] += sums[:, :-1].copy()
    members = np.repeat(weights.neighbours[:, None] + 1.0, values.shape[1], axis=1)
    members[:, 1:] *= 2
    return standardised_sums(sums, members, float(values.mean()), float(values.std()), values.size)
