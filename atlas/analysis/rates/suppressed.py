"""Sums over cells of which some are suppressed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import require_counts


@dataclass(frozen=True)
class CountRange:
    """What a sum with suppressed members can be.

    Attributes:
        low: least events that the cells can hold.
        high: most events that they can hold.
        suppressed_cells: number of suppressed members.
    """

    low: float
    high: float
    suppressed_cells: int

    @property
    def is_point(self) -> bool:
        """Whether the sum is known."""
        return self.low == self.high


def sum_with_suppressed(
    reported: ArrayLike, suppressed_low: ArrayLike, suppressed_high: ArrayLike
) -> CountRange:
    """Sum cells of which some are suppressed, as the interval that holds the sum for certain.

    [sum of reported + sum of low, sum of reported + sum of high]; with k cells under one rule
    that is [sum + k low, sum + k high]. Cells that are not available have no such limits: a
    sum over them does not exist.

    Args:
        reported: events in the cells that are reported, shape (reported cells,); may be empty.
        suppressed_low: least events that the publisher's rule leaves for each suppressed cell,
            shape (suppressed cells,); 1 for a rule that hides 1 to 4.
        suppressed_high: most events that it leaves, same shape; 4 for that rule.

    Returns:
        The interval, a point if nothing is suppressed.

    Raises:
        InputError: a count or limit is negative, not whole or NaN, a low limit is above its
            high limit, or the limits differ in length.

    Source:
        Interval arithmetic on the publisher's own suppression rule.

    Example:
        >>> sum_with_suppressed([12, 30], [1, 1], [4, 4])
        CountRange(low=44.0, high=50.0, suppressed_cells=2)
    """
    known = require_counts(reported, 0, "reported counts")
    low = require_counts(suppressed_low, 0, "low limits")
    high = require_counts(suppressed_high, 0, "high limits")
    if low.shape != high.shape:
        raise InputError(f"each suppressed cell needs two limits; got {len(low)} and {len(high)}")
    if (low > high).any():
        at = int((low > high).argmax())
        raise InputError(f"low limit {low[at]:g} is above high limit {high[at]:g} at {at}")
    total = known.sum()
    return CountRange(float(total + low.sum()), float(total + high.sum()), int(np.size(low)))
