"""Difference-in-differences of log rates between two places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.errors import InputError
from atlas.analysis.glm import contrast_error
from atlas.analysis.inputs import (
    require_counts,
    require_exposure,
    require_level,
    require_whole_number,
)
from atlas.analysis.policy.ratio import RatioChange, ratio_change

Array = NDArray[np.float64]

PERIODS_BEFORE = 8
PERIODS_AFTER = 4

_CAVEATS = ("parallel_trends", "contamination")


@dataclass(frozen=True)
class DifferenceInDifferences:
    """The change of one place over the change of another.

    Attributes:
        change: ratio of the two rate ratios, after over before.
        earlier: the same between the two halves of the periods before; away from 1, the places
            did not move alike and `change` cannot be read.
        log_difference: log of the ratio (ATT on log rates).
        level: coverage of the intervals.
        caveats: keys of `CAVEATS`.
    """

    change: RatioChange
    earlier: RatioChange
    log_difference: float
    level: float
    caveats: tuple[str, ...]


def difference_in_differences(
    counts: ArrayLike,
    exposure: ArrayLike,
    comparison_counts: ArrayLike,
    comparison_exposure: ArrayLike,
    first_after: int,
    level: float = 0.95,
) -> DifferenceInDifferences:
    """Compare the change of a rate after a date with that of a comparison place.

    ATT = (Y1post - Y1pre) - (Y0post - Y0pre), Y the log of events over exposure summed in a cell.
    Each period adds the influence (O - rate x E) / O_cell of one place less that of the other;
    the interval is `atlas.analysis.glm.contrast_error` of these, so shocks that both places share
    cancel, and periods may follow each other.

    Args:
        counts: events of the place, equally spaced periods, shape (periods,).
        exposure: its population x days, shape (periods,) or one number.
        comparison_counts: events of the comparison, summed if several, shape (periods,).
        comparison_exposure: its population x days, shape (periods,) or one number.
        first_after: position of the first period after the date, one whole number.
        level: coverage of the intervals, one number between 0 and 1.

    Returns:
        The ratio of ratios, and the same within the earlier periods as a check.

    Raises:
        InputError: fewer than 8 periods before or 4 after, no event in a cell (halves of the
            earlier periods are cells too), lengths that differ, impossible counts or exposures,
            or a position that is not whole.

    Source:
        Angrist JD, Pischke JS. Mostly Harmless Econometrics, 2009, section 5.2; serial
        correlation: Bertrand M, Duflo E, Mullainathan S. Q J Econ 2004;119:249-275.

    Example:
        >>> found = difference_in_differences([20] * 12 + [30] * 6, 1.0, [40] * 18, 2.0, 12)
        >>> round(found.change.ratio, 6), round(found.earlier.ratio, 6)
        (1.5, 1.0)
    """
    require_level(level)
    events = require_counts(counts)
    others = require_counts(comparison_counts, name="comparison counts")
    if len(events) != len(others):
        raise InputError(f"both places need the same periods; got {len(events)} and {len(others)}")
    at_risk = require_exposure(exposure, events)
    others_at_risk = require_exposure(comparison_exposure, others, "comparison exposure")
    after = len(events) - require_whole_number(first_after, 0, "first_after")
    if first_after < PERIODS_BEFORE or after < PERIODS_AFTER:
        raise InputError(
            f"{PERIODS_BEFORE} periods before the date and {PERIODS_AFTER} after it are needed; "
            f"got {first_after} and {after}"
        )
    pairs = ((events, at_risk), (others, others_at_risk))
    earlier = tuple((count[:first_after], persons[:first_after]) for count, persons in pairs)
    change, difference = _compare(pairs, first_after, level)
    return DifferenceInDifferences(
        change, _compare(earlier, first_after // 2, level)[0], difference, level, _CAVEATS
    )


def _compare(
    pairs: tuple[tuple[Array, Array], ...], first_after: int, level: float
) -> tuple[RatioChange, float]:
    periods = len(pairs[0][0])
    post = np.arange(periods) >= first_after
    difference, influence = 0.0, np.zeros(periods)
    for sign, (counts, exposure) in zip((1, -1), pairs, strict=True):
        for cell, direction in ((post, 1), (~post, -1)):
            total = counts[cell].sum()
            if total == 0:
                raise InputError("each place needs an event before and after the date")
            rate = total / exposure[cell].sum()
            difference += sign * direction * np.log(rate)
            influence[cell] += sign * (counts[cell] - rate * exposure[cell]) * cell.sum() / total
    design = np.column_stack([np.ones(periods), post])
    error, freedom = contrast_error(design, influence, [0, 1])
    return ratio_change(difference, error, freedom, level), float(difference)
