"""Counts with the state of each cell, as the alarm rules take them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import Array, as_numbers, require_whole_number
from atlas.analysis.results import FrozenArrays

Flags = NDArray[np.bool_]
Words = NDArray[np.str_]

STATES = ("reported", "suppressed", "not_available", "preliminary")


@dataclass(frozen=True, eq=False)
class Cells(FrozenArrays):
    """Counts by region and period.

    Attributes:
        counts: events, shape (regions, periods); a placeholder where not `known`.
        status: state of each cell.
        shape: as they were given: (periods,) or (regions, periods).
    """

    counts: Array
    status: Words
    shape: tuple[int, ...]

    @property
    def reported(self) -> Flags:
        """Which cells are final: the only ones that are judged or used as history."""
        return np.asarray(self.status == "reported")

    @property
    def known(self) -> Flags:
        """Which cells have a count, final or not."""
        return np.asarray(self.reported | (self.status == "preliminary"))


def require_cells(counts: ArrayLike, status: ArrayLike | None) -> Cells:
    """Return counts of shape (regions, periods) with the state of each.

    Args:
        counts: events, shape (periods,) or (regions, periods); whole numbers from 0 up where
            reported or preliminary; any number or NaN elsewhere, never the publisher's marker.
        status: `reported`, `suppressed`, `not_available` or `preliminary`, of the same shape;
            None if all are reported.

    Raises:
        InputError: text, another shape, an unknown state, or a reported count that is negative, not
            whole, NaN or infinite.

    Example:
        >>> require_cells([3, float("nan")], ["reported", "suppressed"]).known.tolist()
        [[True, False]]
        >>> require_cells([3, float("nan")], None)
        Traceback (most recent call last):
        ...
        atlas.analysis.errors.InputError: counts must be whole numbers from 0 up; got nan in \
region 0, period 1. Give suppressed and not available cells that status
    """
    array = as_numbers(counts, "counts")
    if array.ndim not in (1, 2) or array.size == 0:
        raise InputError(f"counts need shape (periods,) or (regions, periods); got {array.shape}")
    try:
        states = np.asarray("reported" if status is None else status, dtype=str)
    except ValueError as error:
        raise InputError(f"status needs the shape of counts: {array.shape}") from error
    if status is None:
        states = np.broadcast_to(states, array.shape)
    if states.shape != array.shape:
        raise InputError(f"status needs the shape of counts: {array.shape}; got {states.shape}")
    strange = ~np.isin(states, STATES)
    if strange.any():
        raise InputError(f"status must be one of {', '.join(STATES)}; got {states[strange][0]}")
    flat, states = np.atleast_2d(array), np.atleast_2d(states)
    known = (states == "reported") | (states == "preliminary")
    bad = known & ~(np.isfinite(flat) & (flat >= 0) & (flat == np.floor(flat)))
    if bad.any():
        region, period = np.argwhere(bad)[0]
        raise InputError(
            f"counts must be whole numbers from 0 up; got {flat[region, period]:g} in region "
            f"{region}, period {period}. Give suppressed and not available cells that status"
        )
    return Cells(np.where(known, flat, 0.0), states, array.shape)


def require_cell_exposure(exposure: ArrayLike, cells: Cells) -> Array:
    """Return exposures above 0, shape (regions, periods).

    Args:
        exposure: one number, one for each period, or one for each cell.
        cells: the counts that it belongs to.

    Raises:
        InputError: another shape, 0, negative, NaN or infinite.

    Example:
        >>> require_cell_exposure([31, 28], require_cells([[1, 2], [3, 4]], None)).tolist()
        [[31.0, 28.0], [31.0, 28.0]]
    """
    array = as_numbers(exposure, "exposure")
    regions, periods = cells.counts.shape
    if array.shape not in ((), (periods,), (regions, periods)):
        raise InputError(
            f"exposure needs one value, {periods} or {regions} x {periods}; got {array.shape}"
        )
    if not (np.isfinite(array) & (array > 0)).all():
        raise InputError("exposure must be above 0 in every period, also where a count is missing")
    return np.broadcast_to(array, (regions, periods))


def require_latest(latest: int | None, periods: int) -> int:
    """Return the first period that is judged when only the latest ones are asked for.

    Args:
        latest: number of latest periods; None for all.
        periods: number of periods in all.

    Raises:
        InputError: not a whole number from 1 up.

    Example:
        >>> require_latest(1, 120), require_latest(None, 120)
        (119, 0)
    """
    if latest is None:
        return 0
    return max(periods - require_whole_number(latest, 1, "latest"), 0)
