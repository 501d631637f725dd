"""Check what an analysis function is given; each check says what is needed."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.errors import InputError

Array = NDArray[np.float64]
Dates = NDArray[np.datetime64]
Months = Dates


def as_numbers(values: object, name: str) -> Array:
    """Return numbers as an array of floats.

    Args:
        values: numbers, any shape, one number included; None and a masked cell become NaN, True
            becomes 1.
        name: what the message calls them.

    Returns:
        A new array of the same shape.

    Raises:
        InputError: text such as a publisher's marker, a date, a complex or a ragged list.

    Example:
        >>> as_numbers([1, 2.5], "counts").tolist()
        [1.0, 2.5]
        >>> as_numbers([1, "<5"], "counts")
        Traceback (most recent call last):
        ...
        atlas.analysis.errors.InputError: counts must be numbers; got an array of text. \
A publisher's marker such as '<5' is a status, not a value
    """
    if isinstance(values, np.ma.MaskedArray):
        # What a mask hides is no number, whatever lies below it.
        shown = np.array(values.data, dtype=object)
        shown[np.ma.getmaskarray(values)] = None
        values = shown
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InputError(f"{name} must be one array of numbers; got a ragged list") from error
    if array.dtype.kind in "US":
        raise InputError(
            f"{name} must be numbers; got an array of text. "
            "A publisher's marker such as '<5' is a status, not a value"
        )
    if array.dtype.kind not in "biuf":
        # Objects that are numbers, such as None or Decimal in a column of a frame.
        array = np.array([_number(item, name) for item in array.ravel()]).reshape(array.shape)
    return array.astype(float)


def _number(item: object, name: str) -> float:
    if isinstance(
        item, str | bytes | complex | np.complexfloating | np.datetime64 | np.timedelta64
    ):
        raise InputError(f"{name} must be numbers; got {item!r}")
    try:
        return float("nan") if item is None else float(item)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name} must be numbers; got {error}") from error


def require_whole_number(value: object, minimum: int, name: str) -> int:
    """Return a whole number of at least `minimum`.

    Args:
        value: a whole number; 3.0 is none.
        minimum: the least that makes sense.
        name: what the message calls it.

    Returns:
        The number as an `int`.

    Raises:
        InputError: not a whole number, or too small.

    Example:
        >>> require_whole_number(12, 1, "horizon")
        12
        >>> require_whole_number(1.5, 1, "horizon")
        Traceback (most recent call last):
        ...
        atlas.analysis.errors.InputError: horizon must be a whole number from 1 up; got 1.5
    """
    if (
        isinstance(value, bool | np.bool_)
        or not isinstance(value, int | np.integer)
        or (value < minimum)
    ):
        raise InputError(f"{name} must be a whole number from {minimum} up; got {value!r}")
    return int(value)


def require_positive(value: object, name: str) -> float:
    """Return one finite number above 0, such as a scale or a distance.

    Args:
        value: the number.
        name: what the message calls it.

    Returns:
        The number as a `float`.

    Raises:
        InputError: not one number, 0, negative, NaN or infinite.

    Example:
        >>> require_positive(100_000, "per")
        100000.0
        >>> require_positive(float("nan"), "per")
        Traceback (most recent call last):
        ...
        atlas.analysis.errors.InputError: per must be above 0 and finite; got nan
    """
    number = as_numbers(value, name)
    if number.ndim or not (np.isfinite(number) and number > 0):
        raise InputError(f"{name} must be above 0 and finite; got {value!r:.40}")
    return float(number)


def require_generator(seed: object) -> np.random.Generator:
    """Return a generator of random numbers that gives the same ones again.

    Args:
        seed: a whole number from 0 up, or a generator, which is returned as it is. None is
            refused: without a seed no result could be had again.

    Returns:
        The generator.

    Raises:
        InputError: neither a whole number nor a generator.

    Example:
        >>> int(require_generator(1).integers(100))
        47
    """
    if isinstance(seed, np.random.Generator):
        return seed
    return np.random.default_rng(require_whole_number(seed, 0, "seed"))


def as_dates(values: object, unit: Literal["M", "D"], name: str) -> Dates:
    """Return dates as `datetime64` of a unit.

    Args:
        values: dates, `datetime64`, periods of pandas or text such as 2024-01, any shape.
        unit: `M` for months, `D` for days.
        name: what the message calls them.

    Returns:
        A new array of the same shape.

    Raises:
        InputError: numbers, text that is no date, a ragged list, or a date that is missing.

    Example:
        >>> as_dates(["2024-01-31"], "M", "months")
        array(['2024-01'], dtype='datetime64[M]')
    """
    try:
        given = np.asarray(values)
        array = given.astype(f"datetime64[{unit}]")
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} need dates such as 2024-01; got {error}") from error
    # Numbers, in an array of objects too, would count from 1970.
    number = (int, float, np.number)
    if given.dtype.kind not in "MUO" or any(isinstance(item, number) for item in given.flat):
        raise InputError(f"{name} need dates such as 2024-01; got {given.dtype}")
    if np.ma.is_masked(values):
        raise InputError(f"{name} need a date each; some are masked")
    missing = np.isnat(array).ravel()
    if missing.any():
        raise InputError(f"{name} need a date; none at position {int(missing.argmax())}")
    return array


def require_counts(counts: ArrayLike, minimum: int = 1, name: str = "counts") -> Array:
    """Return whole, finite counts from 0 up, shape (periods or areas,).

    Args:
        counts: events a period or area.
        minimum: least number of them that the method needs.
        name: what the message calls them.

    Returns:
        A new array, shape (periods or areas,).

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
    array = as_numbers(counts, name)
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

    Args:
        exposure: one value, or one for each count.
        like: the counts, shape (periods or areas,).
        name: what the message calls it.

    Returns:
        A new array of the shape of `like`.

    Raises:
        InputError: another length, 0, negative, NaN or infinite.

    Example:
        >>> require_exposure(100, np.zeros(2)).tolist()
        [100.0, 100.0]
    """
    array = as_numbers(exposure, name)
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

    Args:
        values: rates, stocks or other numbers, negative ones too.
        minimum: least number of them that the method needs.
        name: what the message calls them.

    Returns:
        A new array, shape (periods or areas,).

    Raises:
        InputError: not one-dimensional, too few, NaN or infinite.

    Example:
        >>> require_values([1.5, -2]).tolist()
        [1.5, -2.0]
    """
    array = as_numbers(values, name)
    _require_length(array, minimum, name)
    bad = ~np.isfinite(array)
    if bad.any():
        at = int(bad.argmax())
        raise InputError(f"{name} must be finite; got {array[at]:g} at position {at}")
    return array


def require_months(months: ArrayLike, like: Array) -> Months:
    """Return months as `datetime64[M]`, one for each count, in order and without a gap.

    Args:
        months: dates, `datetime64`, periods of pandas or text such as 2024-01; any day of the
            month stands for it. Numbers are refused: 2024 would be a month of the year 2138.
        like: the counts, shape (periods,).

    Returns:
        A new array, shape (periods,).

    Raises:
        InputError: not dates, another length, out of order, repeated, or with a gap; the message
            names the first month that is out of place.

    Example:
        >>> require_months(["2024-12", "2025-01"], np.zeros(2)).tolist()
        [datetime.date(2024, 12, 1), datetime.date(2025, 1, 1)]
        >>> require_months(["2024-11", "2025-01"], np.zeros(2))
        Traceback (most recent call last):
        ...
        atlas.analysis.errors.InputError: months must follow each other without a gap; \
after 2024-11 came 2025-01
    """
    array = as_dates(months, "M", "months")
    if array.shape != like.shape:
        raise InputError(f"months need {len(like)} values, one for each count; got {array.shape}")
    steps = np.diff(array).astype(int)
    if (steps != 1).any():
        at = int((steps != 1).argmax())
        raise InputError(
            f"months must follow each other without a gap; after {array[at]} came {array[at + 1]}"
        )
    return array


def require_level(level: float) -> float:
    """Return a coverage or error rate between 0 and 1.

    Args:
        level: one number; 0 and 1 themselves are refused.

    Returns:
        The number as a `float`.

    Raises:
        InputError: it lies outside.

    Example:
        >>> require_level(0.95)
        0.95
    """
    number = as_numbers(level, "a level")
    if number.ndim or not 0 < number < 1:
        raise InputError(f"a level lies between 0 and 1; got {level!r:.40}")
    return float(number)


def _require_length(array: Array, minimum: int, name: str) -> None:
    if array.ndim != 1:
        raise InputError(f"{name} need one dimension; got shape {array.shape}")
    if len(array) < minimum:
        raise InputError(f"at least {minimum} {name} are needed; got {len(array)}")
