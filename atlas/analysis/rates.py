"""Crude rates, their exact intervals, and the comparison of two counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, gammaincinv

from atlas.analysis.errors import InputError

Array = NDArray[np.float64]

UNSTABLE_BELOW = 20
"""Rates on fewer events are marked unstable."""


def count_interval(count: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """Give the exact Poisson interval of a count (Garwood 1936).

    Lower limit: the a/2 quantile of chi-square with 2O degrees of freedom, halved (0 when
    O = 0). Upper limit: the 1 - a/2 quantile with 2O + 2 degrees of freedom, halved.

    Args:
        count: events, any shape, not negative; NaN stays NaN.
        level: coverage of the interval, between 0 and 1.

    Returns:
        Lower and upper limits in events, of the shape of `count`.

    Raises:
        InputError: a count is negative or infinite, or the level is not between 0 and 1.

    Source:
        Garwood F. Fiducial limits for the Poisson distribution. Biometrika 1936;28:437-442.

    Example:
        >>> low, high = count_interval([0, 5, 100])
        >>> low.round(4).tolist(), high.round(4).tolist()
        ([0.0, 1.6235, 81.364], [3.6889, 11.6683, 121.6268])
    """
    events = _events(count)
    tail = _tail(level)
    # Half a chi-square variable with 2k degrees of freedom is a gamma variable of shape k.
    low = np.where(events > 0, gammaincinv(np.where(events > 0, events, 1), tail), 0 * events)
    return low, np.asarray(gammaincinv(events + 1, 1 - tail), dtype=float)


def crude_rate(
    count: ArrayLike, population: ArrayLike, level: float = 0.95, per: float = 100_000
) -> tuple[Array, Array, Array]:
    """Give a crude rate with its exact Poisson interval.

    rate = per * O / N; the limits are those of O on the same scale.

    Args:
        count: events, any shape, not negative; NaN stays NaN.
        population: persons at risk, same shape, above 0.
        level: coverage of the interval, between 0 and 1.
        per: scale, persons.

    Returns:
        Rate, lower and upper limit, each per `per` persons.

    Raises:
        InputError: a count is negative, a population is not above 0, or shapes differ.

    Source:
        Garwood 1936, as in `count_interval`.

    Example:
        >>> rate, low, high = crude_rate(10, 50_000)
        >>> f"{rate:.1f} ({low:.1f} to {high:.1f})"
        '20.0 (9.6 to 36.8)'
    """
    events, persons = _events(count), np.asarray(population, dtype=float)
    if events.shape != persons.shape:
        raise InputError(f"counts and populations need one shape: {events.shape}, {persons.shape}")
    if (persons <= 0).any():
        raise InputError("a population must be above 0")
    low, high = count_interval(events, level)
    return per * events / persons, per * low / persons, per * high / persons


def published_rate_interval(
    rate: ArrayLike, count: ArrayLike, level: float = 0.95
) -> tuple[Array, Array]:
    """Give the exact interval of a rate that a publisher printed beside its count.

    The denominator is the one that the publisher used, implied by rate / count; where the
    count is 0 it is unknown, and so is the interval.

    Args:
        rate: published rates, any shape.
        count: events behind them, same shape.
        level: coverage of the interval, between 0 and 1.

    Returns:
        Lower and upper limits on the scale of `rate`; NaN where the count is 0 or NaN.

    Raises:
        InputError: a count is negative or infinite, or shapes differ.

    Source:
        Garwood 1936, as in `count_interval`.

    Example:
        >>> low, high = published_rate_interval(41.3, 2344)
        >>> f"{low:.1f} to {high:.1f}"
        '39.6 to 43.0'
    """
    events, rates = _events(count), np.asarray(rate, dtype=float)
    if events.shape != rates.shape:
        raise InputError(f"rates and counts need one shape: {rates.shape}, {events.shape}")
    low, high = count_interval(events, level)
    scale = np.divide(rates, events, out=np.full_like(rates, np.nan), where=events > 0)
    return scale * low, scale * high


@dataclass(frozen=True)
class RateRatio:
    """The rate of one period over the rate of another.

    Attributes:
        ratio: rate of the period over the rate of the base period; infinite if the base has
            no event, NaN if neither has.
        low: lower limit.
        high: upper limit.
    """

    ratio: float
    low: float
    high: float

    @property
    def within_usual_variation(self) -> bool:
        """Whether chance alone, at one underlying rate, could well give the difference."""
        return self.low <= 1 <= self.high


def rate_ratio(
    count: float, exposure: float, base_count: float, base_exposure: float, level: float = 0.95
) -> RateRatio:
    """Compare two Poisson rates exactly, conditional on the sum of their counts.

    Given x1 + x0, x1 is binomial. Clopper-Pearson limits p of its share become limits
    p / (1 - p) * T0 / T1 of the rate ratio.

    Args:
        count: events x1 of the period.
        exposure: its exposure T1, population x days, above 0.
        base_count: events x0 of the base period.
        base_exposure: its exposure T0, in the same unit.
        level: coverage of the interval, between 0 and 1.

    Returns:
        The ratio with its interval.

    Raises:
        InputError: a count is negative or not a number, or an exposure is not above 0.

    Source:
        Clopper CJ, Pearson ES. Biometrika 1934;26:404-413; Przyborowski and Wilenski 1940.

    Example:
        >>> result = rate_ratio(60, 31, 40, 30)
        >>> f"{result.ratio:.2f} ({result.low:.2f} to {result.high:.2f})"
        '1.45 (0.96 to 2.22)'
        >>> result.within_usual_variation
        True
    """
    if not all(np.isfinite(x) and x >= 0 for x in (count, base_count)):
        raise InputError(f"counts must be numbers from 0 up: {count}, {base_count}")
    if not all(np.isfinite(t) and t > 0 for t in (exposure, base_exposure)):
        raise InputError(f"exposures must be above 0: {exposure}, {base_exposure}")
    tail = _tail(level)
    scale = base_exposure / exposure
    low = betaincinv(count, base_count + 1, tail) if count else 0.0
    high = betaincinv(count + 1, base_count, 1 - tail) if base_count else 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.float64(count) / np.float64(base_count) * scale
        upper = np.float64(high) / np.float64(1 - high) * scale
    return RateRatio(float(ratio), float(low / (1 - low) * scale), float(upper))


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


def _events(count: ArrayLike) -> Array:
    events = np.asarray(count, dtype=float)
    if (events < 0).any() or np.isinf(events).any():
        raise InputError("a count must be a number from 0 up")
    return events


def _tail(level: float) -> float:
    if not 0 < level < 1:
        raise InputError(f"a level lies between 0 and 1; got {level}")
    return (1 - level) / 2
