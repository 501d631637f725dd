"""Crude rates with exact Poisson intervals, and which of them rest on few events."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincinv

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import Array, as_numbers, require_level, require_positive

UNSTABLE_BELOW = 20
"""Rates on fewer events are marked unstable."""


def count_interval(count: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """Give the exact Poisson interval of a count (Garwood 1936).

    Lower limit: the a/2 quantile of chi-square with 2O degrees of freedom, halved (0 when
    O = 0). Upper limit: the 1 - a/2 quantile with 2O + 2 degrees of freedom, halved.

    Args:
        count: events, any shape, not negative.
        level: coverage of the interval, between 0 and 1.

    Returns:
        Lower and upper limits in events, of the shape of `count`.

    Raises:
        InputError: a count is negative, infinite or NaN (suppressed), or the level is not
            between 0 and 1.

    Source:
        Garwood F. Fiducial limits for the Poisson distribution. Biometrika 1936;28:437-442.

    Example:
        >>> low, high = count_interval([0, 5, 100])
        >>> low.round(4).tolist(), high.round(4).tolist()
        ([0.0, 1.6235, 81.364], [3.6889, 11.6683, 121.6268])
    """
    events = _events(count)
    tail = (1 - require_level(level)) / 2
    # Half a chi-square variable with 2k degrees of freedom is a gamma variable of shape k.
    low = np.where(events > 0, gammaincinv(np.where(events > 0, events, 1), tail), 0.0)
    return low, np.asarray(gammaincinv(events + 1, 1 - tail), dtype=float)


def crude_rate(
    count: ArrayLike, population: ArrayLike, level: float = 0.95, per: float = 100_000
) -> tuple[Array, Array, Array]:
    """Give a crude rate with its exact Poisson interval.

    rate = per * O / N; the limits are those of O on the same scale.

    Args:
        count: events, any shape or one number, not negative. It may exceed the population: more
            people pass through a downtown than live there, and one person may have many events.
        population: persons, usually residents, same shape, above 0.
        level: coverage of the interval, between 0 and 1.
        per: scale, persons, above 0.

    Returns:
        Rate, lower and upper limit, each per `per` persons and of the shape of `count`.

    Raises:
        InputError: a count is negative, infinite or NaN (suppressed or not available: leave such
            rows out), a population is not known or not above 0, shapes differ, the level is not
            between 0 and 1, or `per` is not above 0.

    Source:
        Garwood 1936, as in `count_interval`.

    Example:
        >>> rate, low, high = crude_rate(10, 50_000)
        >>> f"{rate:.1f} ({low:.1f} to {high:.1f})"
        '20.0 (9.6 to 36.8)'
    """
    events, persons = _events(count), _events(population, "population")
    if events.shape != persons.shape:
        raise InputError(f"counts and populations need one shape: {events.shape}, {persons.shape}")
    if (persons <= 0).any():
        raise InputError("a population must be above 0")
    per = require_positive(per, "per")
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
        Lower and upper limits on the scale of `rate`; NaN where the count is 0.

    Raises:
        InputError: a count or rate is negative, infinite or NaN (suppressed), or shapes differ.

    Source:
        Garwood 1936, as in `count_interval`.

    Example:
        >>> low, high = published_rate_interval(41.3, 2344)
        >>> f"{low:.1f} to {high:.1f}"
        '39.6 to 43.0'
    """
    events, rates = _events(count), _events(rate, "rate")
    if events.shape != rates.shape:
        raise InputError(f"rates and counts need one shape: {rates.shape}, {events.shape}")
    low, high = count_interval(events, level)
    scale = np.divide(rates, events, out=np.full_like(rates, np.nan), where=events > 0)
    return scale * low, scale * high


def is_unstable(count: ArrayLike, minimum: float = UNSTABLE_BELOW) -> NDArray[np.bool_]:
    """Tell which rates rest on too few events to be read on their own.

    Args:
        count: events behind each rate, any shape.
        minimum: least number of events of a stable rate.

    Returns:
        Whether count < minimum, of the shape of `count`.

    Raises:
        InputError: a count is negative, infinite or NaN (suppressed), or the minimum is not above
            0.

    Source:
        A display rule, not a test: at 20 events the 95 % interval runs from -39 % to +54 % of
        the rate (Garwood 1936). CDC WISQARS marks rates on 20 or fewer deaths.

    Example:
        >>> is_unstable([0, 19, 20]).tolist()
        [True, True, False]
    """
    return np.asarray(_events(count) < require_positive(minimum, "minimum"))


def _events(count: ArrayLike, name: str = "count") -> Array:
    events = as_numbers(count, name)
    bad = ~(np.isfinite(events) & (events >= 0))
    if bad.any():
        raise InputError(
            f"a {name} must be a number from 0 up; got {events[bad][0]:g}. "
            "Leave out suppressed and not available cells"
        )
    return events
