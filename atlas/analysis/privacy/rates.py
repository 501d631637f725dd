"""Which counts a published rate leaves possible."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import as_numbers

Array = NDArray[np.float64]

# Rounding of the printed digits itself must not shut out the count that gave them.
_SLACK = 1e-9


def implied_counts(
    rates: ArrayLike, populations: ArrayLike, decimals: ArrayLike, per: float = 100_000
) -> tuple[Array, Array]:
    """Give the least and the greatest count that round to a printed rate.

    A rate r printed with d digits after the point lies in r +- 0.5 x 10^-d, so the count is a
    whole number from (r - 0.5 x 10^-d) P / per to (r + 0.5 x 10^-d) P / per, both included.

    Args:
        rates: printed rates, events per `per` persons, from 0 up, shape (cells,).
        populations: persons P of the denominator that the publisher used, above 0, same shape
            or one number.
        decimals: digits after the point d, whole, 0 to 12, same shape or one number.
        per: persons that a rate is given for.

    Returns:
        Least and greatest count, each of shape (cells,); the least lies above the greatest where
        no count gives that rate, as with a population that the publisher did not use.

    Raises:
        InputError: shapes do not fit, something is text or not finite, a rate is negative, a
            population or `per` is not above 0, or digits are not whole from 0 to 12.

    Source:
        Arithmetic of rounding; for rates as disclosure: Hundepool A et al. Statistical
        Disclosure Control. Wiley 2012.

    Example:
        >>> implied_counts([20.0, 0.2], [15_000, 1_500_000], decimals=1)
        (array([3., 3.]), array([3., 3.]))
    """
    rate = as_numbers(rates, "rates")
    scale = as_numbers(per, "per")
    try:
        rate, persons, digits = np.broadcast_arrays(
            rate, as_numbers(populations, "populations"), as_numbers(decimals, "decimals")
        )
    except ValueError as error:
        raise InputError(f"rates, populations and decimals need one shape; {error}") from error
    if rate.ndim != 1 or scale.ndim:
        raise InputError(f"rates need one dimension; got shape {rate.shape}")
    if not (np.isfinite(rate) & (rate >= 0)).all():
        raise InputError("rates must be numbers from 0 up")
    if not (np.isfinite(persons) & (persons > 0)).all() or not (np.isfinite(scale) and scale > 0):
        raise InputError("populations of rates must be above 0")
    if not ((digits >= 0) & (digits <= 12) & (digits == np.floor(digits))).all():
        raise InputError("digits after the point must be whole numbers from 0 to 12")
    half = 0.5 * 10.0**-digits
    low = np.ceil((rate - half) * persons / scale - _SLACK)
    high = np.floor((rate + half) * persons / scale + _SLACK)
    return np.asarray(np.maximum(low, 0.0)), np.asarray(high)
