"""Comparison of two counts, and of a stock with its own earlier changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaincinv

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import require_level


@dataclass(frozen=True)
class RateRatio:
    """The rate of one period over the rate of another.

    Attributes:
        ratio: rate of the period over the rate of the base period; infinite if the base has
            no event, NaN if neither has.
        low: lower limit.
        high: upper limit.
        p_value: exact two-sided p of equal rates; it is below 1 - level just where the
            interval leaves 1 out.
    """

    ratio: float
    low: float
    high: float
    p_value: float

    @property
    def within_usual_variation(self) -> bool:
        """Whether chance alone, at one underlying rate, could well give the difference."""
        return self.low <= 1 <= self.high


def rate_ratio(
    count: float, exposure: float, base_count: float, base_exposure: float, level: float = 0.95
) -> RateRatio:
    """Compare two Poisson rates exactly, conditional on the sum of their counts.

    Given n = x1 + x0, x1 is binomial with share T1 / (T1 + T0) when the rates are equal. The
    p-value is twice the smaller tail, at most 1. Clopper-Pearson limits q of the share become
    limits q / (1 - q) * T0 / T1 of the rate ratio.

    Args:
        count: events x1 of the period.
        exposure: its exposure T1, population x days, above 0.
        base_count: events x0 of the base period.
        base_exposure: its exposure T0, in the same unit.
        level: coverage of the interval, between 0 and 1.

    Returns:
        The ratio with its interval and p-value.

    Raises:
        InputError: a count is negative or not a number (suppressed), or an exposure is not above 0.

    Source:
        Clopper CJ, Pearson ES. Biometrika 1934;26:404-413; Przyborowski and Wilenski 1940.

    Example:
        >>> result = rate_ratio(60, 31, 40, 30)
        >>> f"{result.ratio:.2f} ({result.low:.2f} to {result.high:.2f})"
        '1.45 (0.96 to 2.22)'
        >>> f"{result.p_value:.3f}"
        '0.082'
        >>> result.within_usual_variation
        True
    """
    if not all(np.isfinite(x) and x >= 0 for x in (count, base_count)):
        raise InputError(f"counts must be numbers from 0 up: {count}, {base_count}")
    if not all(np.isfinite(t) and t > 0 for t in (exposure, base_exposure)):
        raise InputError(f"exposures must be above 0: {exposure}, {base_exposure}")
    tail = (1 - require_level(level)) / 2
    scale = base_exposure / exposure
    low = betaincinv(count, base_count + 1, tail) if count else 0.0
    high = betaincinv(count + 1, base_count, 1 - tail) if base_count else 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.float64(count) / np.float64(base_count) * scale
        upper = np.float64(high) / np.float64(1 - high) * scale
    share = exposure / (exposure + base_exposure)
    as_many = betainc(count, base_count + 1, share) if count else 1.0
    as_few = betainc(base_count, count + 1, 1 - share) if base_count else 1.0
    return RateRatio(
        ratio=float(ratio),
        low=float(low / (1 - low) * scale),
        high=float(upper),
        p_value=float(min(1.0, 2 * min(as_many, as_few))),
    )


@dataclass(frozen=True)
class UsualChange:
    """The change of a stock beside the changes that the same series has shown before.

    Attributes:
        ratio: the period over the base period.
        low: 2.5 % quantile of the earlier ratios.
        high: 97.5 % quantile of the earlier ratios.
        comparisons: number of earlier ratios.
    """

    ratio: float
    low: float
    high: float
    comparisons: int

    @property
    def within_usual_variation(self) -> bool:
        """Whether the change lies inside the range of earlier ones."""
        return self.low <= self.ratio <= self.high


def usual_change(values: ArrayLike, bases: ArrayLike, minimum: int = 24) -> UsualChange:
    """Compare the last value with its base, beside all earlier such changes.

    A stock of people is not a count of independent events, so no Poisson interval holds:
    most of the people of two successive months are the same people.

    Args:
        values: a stock in time order, shape (periods,), above 0.
        bases: the stock that each is compared with, such as a year before; same shape.
        minimum: least number of earlier comparisons.

    Returns:
        The last ratio with the central 95 % range of the earlier ones.

    Raises:
        InputError: a value is not above 0, shapes differ, or there are too few comparisons.

    Source:
        The empirical quantiles of the series' own history; a description, not a test.

    Example:
        >>> change = usual_change([100, 110] * 20, [100] * 40)
        >>> round(change.ratio, 3), change.comparisons
        (1.1, 39)
    """
    later, earlier = np.asarray(values, dtype=float), np.asarray(bases, dtype=float)
    if later.ndim != 1 or later.shape != earlier.shape:
        raise InputError(f"values and bases need one shape: {later.shape}, {earlier.shape}")
    if not all(np.isfinite(side).all() and (side > 0).all() for side in (later, earlier)):
        raise InputError("a stock needs numbers above 0")
    if len(later) <= minimum:
        raise InputError(f"{minimum + 1} comparisons are needed; got {len(later)}")
    ratios = later / earlier
    low, high = np.quantile(ratios[:-1], [0.025, 0.975])
    return UsualChange(float(ratios[-1]), float(low), float(high), len(ratios) - 1)
