"""A change as a factor, with what a model says of its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

# Logarithms and errors below this are rounding of a fit.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class RatioChange:
    """A change as a factor, one number each, with the model's own interval and p.

    Attributes:
        ratio: factor of the rate (level), or of its yearly growth (slope).
        low: lower limit.
        high: upper limit.
        model_p: two-sided p of the model.
    """

    ratio: float
    low: float
    high: float
    model_p: float


def ratio_change(logarithm: float, error: float, freedom: float, level: float) -> RatioChange:
    """Turn a log ratio, its standard error and degrees of freedom into a factor.

    exp(logarithm +- t error), t the (1 + level) / 2 quantile of Student's t. Without any error
    (up to rounding, 1e-9) p is 1 for a log ratio of 0 and 0 for any other.

    Args:
        logarithm: log of the ratio.
        error: its standard error, 0 or more.
        freedom: degrees of freedom.
        level: coverage of the interval, between 0 and 1.

    Returns:
        The factor with interval and p.

    Source:
        Student. Biometrika 1908;6:1-25.

    Example:
        >>> change = ratio_change(np.log(2), 0.2, 8, 0.95)
        >>> round(change.low, 3), round(change.high, 3), round(change.model_p, 4)
        (1.261, 3.172, 0.0085)
    """
    half = student.ppf((1 + level) / 2, freedom) * error
    ratio, low, high = (float(np.exp(logarithm + shift)) for shift in (0.0, -half, half))
    if error > _ROUNDING:
        p = float(2 * student.sf(abs(logarithm) / error, freedom))
    else:
        p = float(abs(logarithm) <= _ROUNDING)
    return RatioChange(ratio, low, high, p)
