"""Tails and quantiles of the Poisson and the negative binomial distribution, over arrays."""

from __future__ import annotations

import numpy as np
from scipy.special import betainc, gammainc, ndtri

from atlas.analysis.inputs import Array

# Below this share of extra variance the two distributions agree to rounding.
_NO_OVERDISPERSION = 1e-9


def upper_tail(count: Array, mean: Array, alpha: Array) -> Array:
    """Give P(Y >= count) for variance = mean + alpha x mean^2.

    With r = 1 / alpha and q = alpha x mean / (1 + alpha x mean) it is the regularised
    incomplete beta function I_q(count, r); for alpha = 0 it is the gamma function P(count, mean).

    Args:
        count: whole numbers from 0 up.
        mean: above 0, same shape.
        alpha: from 0 up, same shape.

    Returns:
        Probabilities, same shape.

    Source:
        Johnson, Kemp and Kotz. Univariate Discrete Distributions, 3rd ed., 2005, chapters 4, 5.

    Example:
        >>> three = np.full(2, 3.0)
        >>> upper_tail(three, np.full(2, 1.0), np.array([0.0, 1.0])).round(4).tolist()
        [0.0803, 0.125]
    """
    extra = alpha * mean
    size = 1 / np.where(extra > _NO_OVERDISPERSION, alpha, 1.0)
    positive = np.maximum(count, 1.0)
    tail = np.where(
        extra > _NO_OVERDISPERSION,
        betainc(positive, size, extra / (1 + extra)),
        gammainc(positive, mean),
    )
    return np.where(count > 0, tail, 1.0)


def limit_and_tail(
    count: Array, mean: Array, alpha: Array, floor: Array, probability: Array
) -> tuple[Array, Array]:
    """Give the threshold of a count and its p-value, where counts below a floor never alarm.

    Args:
        count: events, shape (cells,).
        mean: expected events, same shape.
        alpha: overdispersion, same shape.
        floor: least count that may alarm, same shape.
        probability: of a count above the threshold, same shape.

    Returns:
        Threshold and p-value: `upper_limit` but never below floor - 1, and `upper_tail` but
        1 below the floor, for a count that may not alarm is no evidence across regions.

    Example:
        >>> one = np.ones(1)
        >>> limit_and_tail(4 * one, one, 0 * one, 5 * one, 0.05 * one)
        (array([4.]), array([1.]))
    """
    tail = np.where(count >= floor, upper_tail(count, mean, alpha), 1.0)
    return np.maximum(upper_limit(probability, mean, alpha), floor - 1), tail


def upper_limit(probability: Array, mean: Array, alpha: Array) -> Array:
    """Give the 1 - probability quantile: the least k with P(Y > k) <= probability.

    Args:
        probability: of the upper tail, between 0 and 1, shape (cells,).
        mean: above 0, same shape.
        alpha: variance = mean + alpha x mean^2, from 0 up, same shape.

    Returns:
        Whole numbers, same shape.

    Source:
        As `upper_tail`; found by bisection.

    Example:
        >>> upper_limit(np.full(2, 0.01), np.full(2, 10.0), np.array([0.0, 0.1])).tolist()
        [18.0, 23.0]
    """
    spread = np.sqrt(mean + alpha * mean**2)
    low = np.full(mean.shape, -1.0)
    high: Array = np.ceil(mean + (np.maximum(ndtri(1 - probability), 0) + 2) * spread + 4)
    short = upper_tail(high + 1, mean, alpha) > probability
    while short.any():
        low, high = np.where(short, high, low), np.where(short, 2 * high, high)
        short = upper_tail(high + 1, mean, alpha) > probability
    open_ = np.flatnonzero(high - low > 1)
    while open_.size:
        middle = np.floor((low[open_] + high[open_]) / 2)
        above = upper_tail(middle + 1, mean[open_], alpha[open_]) > probability[open_]
        low[open_] = np.where(above, middle, low[open_])
        high[open_] = np.where(above, high[open_], middle)
        open_ = open_[high[open_] - low[open_] > 1]
    return high
