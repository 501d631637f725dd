"""Check what an analysis function is given; each check says what is needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.errors import InputError

Array = NDArray[np.float64]
Months = NDArray[np.datetime64]


def require_counts(counts: ArrayLike, minimum: int = 1, name: str = "counts") -> Array:
    """Return whole, finite counts from 0 up, shape (periods or areas,).

    Args:
        counts: events a period or area.
        minimum: least number of them that the method needs.
        name: what the message calls them.

    Raises:
        InputError: not one-dimensional, too few, negative, not whole, NaN or infinite.

    Example:
        >>> require_counts([0, 2]).tolist()
        [0.0, 2.0]
        >>> require_counts([1, float("nan")])
        Traceback (most recent call last):
        ...
        atlas.analysis.errors.InputError: counts must be whole numbers from 0 up; got nan at \
position 1. Leave out suppressed and not available cells, or fill gaps knowingly
    """
    array = np.asarray(counts, dtype=float)
    _require_length(array, minimum, name)
    bad = ~(np.isfinite(array) & (array >= 0) & (array == np.floor(array)))
    if bad.any():
        at = int(bad.argmax())
        raise InputError(
            f"{name} must be whole numbers from 0 up; got {array[at]:g} at position {at}. "
            "Leave out suppressed and not available cells, or fill gaps knowingly"
        )
    return array


def require_exposure(exposure: ArrayLike, like: Array, name: str = "exposure") -> Array:
    """Return finite exposures above 0 (persons, or persons x days) of the length of `like`.

    Raises:
        InputError: another length, 0, negative, NaN or infinite.

    Example:
        >>> require_exposure(100, np.zeros(2)).tolist()
        [100.0, 100.0]
    """
    array = np.asarray(exposure, dtype=float)
    if array.ndim == 0:
        array = np.full(like.shape, array)
    if array.shape != like.shape:
        raise InputError(f"{name} needs {len(like)} values, one for each count; got {array.shape}")
    bad = ~(np.isfinite(array) & (array > 0))
    if bad.any():
        at = int(bad.argmax())
        raise InputError(f"{name} must be above 0; got {array[at]:g} at position {at}")
    return array


def require_values(values: ArrayLike, minimum: int = 1, name: str = "values") -> Array:
    """Return finite numbers, shape (periods or areas,).

    Raises:
        InputError: not one-dimensional, too few, NaN or infinite.

    Example:
        >>> require_values([1.5, -2]).tolist()
        [1.5, -2.0]
    """
    array = np.asarray(values, dtype=float)
    _require_length(array, minimum, name)
    bad = ~np.isfinite(array)
    if bad.any():
        at = int(bad.argmax())
        raise InputError(f"{name} must be finite; got {array[at]:g} at position {at}")
    return array


def require_months(months: ArrayLike, like: Array) -> Months:
    """Return months as `datetime64[M]`, one for each count, in order and without a gap.

    Raises:
        InputError: another length, out of order, repeated, or with a gap; the message names
            the first month that is out of place.

    Example:
        >>> require_months(["2024-12", "2025-01"], np.zeros(2)).tolist()
        [datetime.date(2024, 12, 1), datetime.date(2025, 1, 1)]
        >>> require_months(["2024-11", "2025-01"], np.zeros(2))
        Traceback (most recent call last):
        ...
        atlas.analysis.errors.InputError: months must follow each other without a gap; \
after 2024-11 came 2025-01
    """
    array = np.asarray(months, dtype="datetime64[M]")
    if array.shape != like.shape:
        raise InputError(f"months need {len(like)} values, one for each count; got {array.shape}")
    if np.isnat(array).any():
        raise InputError(f"months need a date; none at position {int(np.isnat(array).argmax())}")
    steps = np.diff(array).astype(int)
    if (steps != 1).any():
        at = int((steps != 1).argmax())
        raise InputError(
            f"months must follow each other without a gap; after {array[at]} came {array[at + 1]}"
        )
    return array


def require_level(level: float) -> float:
    """Return a coverage or error rate between 0 and 1.

    Raises:
        InputError: it lies outside.

    Example:
        >>> require_level(0.95)
        0.95
    """
    if not 0 < level < 1:
        raise InputError(f"a level lies between 0 and 1; got {level}")
    return level


def _require_length(array: Array, minimum: int, name: str) -> None:
    if array.ndim != 1:
        raise InputError(f"{name} need one dimension; got shape {array.shape}")
    if len(array) < minimum:
        raise InputError(f"at least {minimum} {name} are needed; got {len(array)}")
