"""Comparison of two counts, and of a stock with its own earlier changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import as_numbers, require_positive, require_whole_number
from atlas.analysis.rates.share import share_interval


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
        count: events x1 of the period, one number.
        exposure: its exposure T1, population x days, above 0, one number.
        base_count: events x0 of the base period.
        base_exposure: its exposure T0, in the same unit.
        level: coverage of the interval, between 0 and 1.

    Returns:
        The ratio with its interval and p-value.

    Raises:
        InputError: a count is negative or not a number (suppressed), or an exposure is not above 0.

    Source:
        Clopper CJ, Pearson ES. Biometrika 1934;26:404-413; Przyborowski J, Wilenski H.
        Homogeneity of results in testing samples from Poisson series. Biometrika
        1940;31:313-323.

    Example:
        >>> result = rate_ratio(60, 31, 40, 30)
        >>> f"{result.ratio:.2f} ({result.low:.2f} to {result.high:.2f})"
        '1.45 (0.96 to 2.22)'
        >>> f"{result.p_value:.3f}"
        '0.082'
        >>> result.within_usual_variation
        True
    """
    count, base_count = _events(count), _events(base_count)
    exposure = require_positive(exposure, "exposures")
    base_exposure = require_positive(base_exposure, "exposures")
    scale = base_exposure / exposure
    low, high = share_interval(count, count + base_count, level)
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
        minimum: least number of earlier comparisons, from 1 up.

    Returns:
        The last ratio with the central 95 % range of the earlier ones.

    Raises:
        InputError: a value is not above 0, shapes differ, there are too few comparisons, or
            `minimum` is not a whole number from 1 up.

    Source:
        The empirical quantiles of the series' own history; a description, not a test.

    Example:
        >>> change = usual_change([100, 110] * 20, [100] * 40)
        >>> round(change.ratio, 3), change.comparisons
        (1.1, 39)
    """
    require_whole_number(minimum, 1, "minimum")
    later, earlier = as_numbers(values, "values"), as_numbers(bases, "bases")
    if later.ndim != 1 or later.shape != earlier.shape:
        raise InputError(f"values and bases need one shape: {later.shape}, {earlier.shape}")
    if not all(np.isfinite(side).all() and (side > 0).all() for side in (later, earlier)):
        raise InputError("a stock needs numbers above 0")
    if len(later) <= minimum:
        raise InputError(f"{minimum + 1} comparisons are needed; got {len(later)}")
    ratios = later / earlier
    low, high = np.quantile(ratios[:-1], [0.025, 0.975])
    return UsualChange(float(ratios[-1]), float(low), float(high), len(ratios) - 1)


def _events(count: float) -> float:
    number = as_numbers(count, "counts")
    if number.ndim or not (np.isfinite(number) and number >= 0):
        raise InputError(f"counts must be numbers from 0 up; got {count!r:.40}")
    return float(number)
