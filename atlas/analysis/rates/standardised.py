"""Direct age standardisation with the gamma interval of Fay and Feuer."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike
from scipy.special import gammaincinv

from atlas.analysis.inputs import (
    require_counts,
    require_exposure,
    require_level,
    require_positive,
    require_values,
)


@dataclass(frozen=True)
class StandardisedRate:
    """A directly standardised rate, each figure per `per` persons.

    Attributes:
        rate: rate that the standard population would have at the age-specific rates.
        low: lower limit.
        high: upper limit.
        events: events behind it, of all ages.
    """

    rate: float
    low: float
    high: float
    events: int


def directly_standardised_rate(
    counts: ArrayLike,
    population: ArrayLike,
    standard: ArrayLike,
    level: float = 0.95,
    per: float = 100_000,
) -> StandardisedRate:
    """Standardise age-specific rates to a standard population, with the Fay-Feuer interval.

    w_i = std_i / sum(std), DSR = sum w_i d_i / n_i, v = sum w_i^2 d_i / n_i^2 and
    wM = max(w_i / n_i). Lower limit: the a/2 quantile of a gamma variable with mean DSR and
    variance v (0 when DSR = 0). Upper limit: the 1 - a/2 quantile of one with mean DSR + wM
    and variance v + wM^2; when DSR = 0 that is wM times Garwood's upper limit of 0.

    Never give it suppressed age cells: show the crude rate instead, and say so.

    Args:
        counts: events d_i of each age group, shape (age groups,).
        population: persons n_i at risk, same shape, above 0.
        standard: persons or weights of the standard population, same shape, above 0.
        level: coverage of the interval, between 0 and 1.
        per: scale, persons, above 0.

    Returns:
        The rate with its limits, per `per` persons.

    Raises:
        InputError: a count is negative, not whole or NaN (suppressed), a population, weight or
            `per` is not above 0, lengths differ, or the level is not between 0 and 1.

    Source:
        Fay MP, Feuer EJ. Confidence intervals for directly standardized rates: a method based
        on the gamma distribution. Statistics in Medicine 1997;16:791-801.

    Example:
        >>> persons = [20_000, 30_000, 28_000, 22_000, 15_000]
        >>> found = directly_standardised_rate([2, 8, 15, 6, 1], persons, [24, 20, 18, 22, 16])
        >>> f"{found.rate:.2f} ({found.low:.2f} to {found.high:.2f}) on {found.events} events"
        '24.44 (16.52 to 35.43) on 32 events'
    """
    events = require_counts(counts, name="age-specific counts")
    persons = require_exposure(population, events, "population")
    weights = require_exposure(require_values(standard, name="standard"), events, "standard")
    tail, per = (1 - require_level(level)) / 2, require_positive(per, "per")
    share = weights / weights.sum() / persons
    rate, largest = float(share @ events), float(share.max())
    variance = float(share**2 @ events)
    low = _gamma_quantile(tail, rate, variance) if rate else 0.0
    high = _gamma_quantile(1 - tail, rate + largest, variance + largest**2)
    return StandardisedRate(per * rate, per * low, per * high, int(events.sum()))


def _gamma_quantile(probability: float, mean: float, variance: float) -> float:
    return float(gammaincinv(mean**2 / variance, probability)) * variance / mean
