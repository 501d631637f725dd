"""What-if shares of a settlement among regions, under weights that the reader chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import as_numbers, require_generator, require_whole_number
from atlas.analysis.rates import UNSTABLE_BELOW

Array = NDArray[np.float64]

HYPOTHETICAL = "hypothetical"
"""No public formula or ledger of the settlement exists; every share is a what-if."""


@dataclass(frozen=True, eq=False)
class AllocationShares:
    """Shares of a settlement under given weights, and how far they depend on the weights.

    Attributes:
        shares: one row a region (index): `low` and `high`, the share under the given weights
            (they differ where a suppressed figure lies between limits); `any_low` and
            `any_high`, its range over all weights; `typical_low` and `typical_high`, the
            central 95 % of its range over random weights. All as a share of 1.
        weights: the weights, scaled to sum to 1.
        small_totals: measures whose total is too small to divide by with any confidence.
        label: always `hypothetical`.
    """

    shares: pd.DataFrame
    weights: pd.Series
    small_totals: tuple[str, ...]
    label: str = HYPOTHETICAL


def allocation_shares(
    figures: pd.DataFrame,
    weights: Mapping[str, float],
    seed: int | np.random.Generator,
    low: pd.DataFrame | None = None,
    high: pd.DataFrame | None = None,
    draws: int = 4_000,
) -> AllocationShares:
    """Divide a whole among regions in proportion to weighted measures of need.

    share_i = sum over measures k of w_k x_ik / sum_j x_jk, with weights that sum to 1. The share
    is linear in the weights, so its range over all weights is that of its corners, each measure
    alone. Random weights are Dirichlet(1, ..., 1), every mix alike. A suppressed figure is
    taken over its limits: x_ik low with all others high gives the least share, and the reverse
    the greatest.

    Args:
        figures: x, one row a region and one column a measure, from 0 up; NaN where suppressed.
        weights: w, one for each measure, from 0 up, not all 0.
        seed: seed or generator; the same seed gives the same result.
        low: least value of each figure, like `figures`; used where that is NaN.
        high: greatest value likewise.
        draws: random weights, 100 or more.

    Returns:
        Shares with their ranges, one row a region, labelled hypothetical.

    Raises:
        InputError: figures or limits are no table of numbers; a figure is negative or infinite;
            is unknown and without limits (what is not
            known is not made up); a measure or a region is repeated; weights do not match the
            measures or are negative; a measure is 0 everywhere; fewer than 100 draws
            or not a whole number of them; a bad seed.

    Source:
        Proportional division; OECD and JRC, Handbook on constructing composite indicators,
        2008, step 7 (sensitivity to weights).

    Example:
        >>> figures = pd.DataFrame({"deaths": [30, 10], "visits": [100, 300]}, ["A", "B"])
        >>> found = allocation_shares(figures, {"deaths": 1, "visits": 1}, seed=1)
        >>> found.shares[["low", "high", "any_low", "any_high"]].loc["A"].tolist()
        [0.5, 0.5, 0.25, 0.75]
        >>> found.label
        'hypothetical'
    """
    least, greatest = _limits(figures, low, high)
    chosen = _weights(figures, weights)
    draws = require_whole_number(draws, 100, "draws of weights")
    random = require_generator(seed)
    lowest, highest = _extreme_shares(least, greatest), _extreme_shares(greatest, least)
    mixes = random.dirichlet(np.ones(len(chosen)), draws).T
    table = pd.DataFrame(
        {
            "low": lowest @ chosen,
            "high": highest @ chosen,
            "any_low": lowest.min(axis=1),
            "any_high": highest.max(axis=1),
            "typical_low": np.quantile(lowest @ mixes, 0.025, axis=1),
            "typical_high": np.quantile(highest @ mixes, 0.975, axis=1),
        },
        index=figures.index,
    )
    small = tuple(
        str(name)
        for name, total in zip(figures.columns, least.sum(axis=0), strict=True)
        if total < UNSTABLE_BELOW
    )
    return AllocationShares(table, pd.Series(chosen, figures.columns, name="weight"), small)


def _extreme_shares(own: Array, others: Array) -> Array:
    """Share of each region in each measure: its own figure, beside the others' of that side."""
    total = own + others.sum(axis=0) - others
    # A region whose own least figure is 0 has no share, whatever the others have.
    shares: Array = np.divide(own, total, out=np.zeros_like(own), where=own > 0)
    return shares


def _limits(
    figures: pd.DataFrame, low: pd.DataFrame | None, high: pd.DataFrame | None
) -> tuple[Array, Array]:
    if not all(isinstance(side, pd.DataFrame) for side in (figures, low, high) if side is not None):
        raise InputError("figures and limits need a table: a row a region, a column a measure")
    if figures.empty or not (figures.index.is_unique and figures.columns.is_unique):
        raise InputError("figures need one row or more a region and one column a measure, once")
    values = as_numbers(figures.to_numpy(), "figures")
    sides = []
    for side in (low, high):
        if side is None:
            sides.append(values)
            continue
        if not (side.index.equals(figures.index) and side.columns.equals(figures.columns)):
            raise InputError("limits need the regions and measures of the figures, in their order")
        sides.append(np.where(np.isnan(values), as_numbers(side.to_numpy(), "limits"), values))
    least, greatest = sides
    unknown = np.argwhere(~(np.isfinite(least) & np.isfinite(greatest)))
    if len(unknown):
        region, measure = unknown[0]
        raise InputError(
            f"{figures.columns[measure]} of {figures.index[region]} is unknown and has no limits; "
            "leave the measure or the region out, or give limits"
        )
    if (least < 0).any() or (least > greatest).any():
        raise InputError("figures and limits must be from 0 up, with low not above high")
    empty = greatest.sum(axis=0) == 0
    if empty.any():
        raise InputError(
            f"{figures.columns[int(empty.argmax())]} is 0 everywhere: nothing to share"
        )
    return least, greatest


def _weights(figures: pd.DataFrame, weights: Mapping[str, float]) -> Array:
    if not isinstance(weights, Mapping) or set(weights) != set(figures.columns):
        raise InputError(
            f"one weight for each measure is needed: {sorted(map(str, figures.columns))}; "
            f"got {weights!r}"
        )
    chosen = as_numbers([weights[name] for name in figures.columns], "weights")
    if chosen.ndim != 1 or not (
        np.isfinite(chosen).all() and (chosen >= 0).all() and chosen.sum() > 0
    ):
        raise InputError(f"weights must be numbers from 0 up, not all 0; got {chosen.tolist()}")
    scaled: Array = chosen / chosen.sum()
    return scaled
