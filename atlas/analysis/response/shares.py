"""A share of counted cases with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import as_numbers, require_level


@dataclass(frozen=True)
class ShareInterval:
    """A share of counted cases with its interval.

    Attributes:
        part: cases that have the property.
        whole: all cases.
        share: part / whole, 0 to 1; NaN where the whole is 0.
        low: lower limit.
        high: upper limit; low and high are 0 and 1 where the whole is 0.
    """

    part: int
    whole: int
    share: float
    low: float
    high: float


def wilson_share(part: int, whole: int, level: float = 0.95) -> ShareInterval:
    """Give a share with its Wilson score interval.

    Limits: (p + z^2/2n +- z sqrt(p(1 - p)/n + z^2/4n^2)) / (1 + z^2/n).

    Args:
        part: cases that have the property, whole, 0 to `whole`.
        whole: all cases n, whole, 0 or more.
        level: coverage of the interval, between 0 and 1.

    Returns:
        One share with its limits, unitless; without a case it is NaN, between 0 and 1.

    Raises:
        InputError: counts are text, not whole, are negative, or the part is above the whole; the
            level is not between 0 and 1.

    Source:
        Wilson EB. J Am Stat Assoc 1927;22:209-212; computed by scipy.

    Example:
        >>> found = wilson_share(10, 50)
        >>> f"{found.share:.3f} ({found.low:.3f} to {found.high:.3f})"
        '0.200 (0.112 to 0.330)'
    """
    require_level(level)
    part, whole = require_count(part, "part"), require_count(whole, "whole")
    if part > whole:
        raise InputError(f"a part cannot be above its whole; got {part} of {whole}")
    if whole == 0:
        return ShareInterval(0, 0, float("nan"), 0.0, 1.0)
    from scipy.stats import binomtest

    limits = binomtest(part, whole).proportion_ci(level, method="wilson")
    return ShareInterval(part, whole, part / whole, float(limits.low), float(limits.high))


def require_count(value: float, name: str) -> int:
    """Return a whole number from 0 up.

    Args:
        value: one number, whole but of any type.
        name: what the message calls it.

    Raises:
        InputError: it is text, more than one number, negative, not whole, NaN or infinite.

    Example:
        >>> require_count(3.0, "doses")
        3
    """
    number = as_numbers(value, name)
    if number.ndim or not (np.isfinite(number) and number >= 0 and number == np.floor(number)):
        raise InputError(f"{name} must be a whole number from 0 up; got {value}")
    return int(number)
