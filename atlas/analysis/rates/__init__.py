"""Crude, standardised and smoothed rates, their intervals, and the comparison of two counts.

Counts are events, exposures persons or persons x days, rates per 100,000 persons.

Example:
    >>> rate, low, high = crude_rate(10, 50_000)
    >>> f"{rate:.1f} ({low:.1f} to {high:.1f})"
    '20.0 (9.6 to 36.8)'
"""

from atlas.analysis.rates.comparison import RateRatio, UsualChange, rate_ratio, usual_change
from atlas.analysis.rates.crude import (
    UNSTABLE_BELOW,
    count_interval,
    crude_rate,
    is_unstable,
    published_rate_interval,
)
from atlas.analysis.rates.empirical_bayes import (
    EmpiricalBayesRates,
    empirical_bayes_rates,
    local_empirical_bayes_rates,
)
from atlas.analysis.rates.share import share_interval
from atlas.analysis.rates.standardised import StandardisedRate, directly_standardised_rate
from atlas.analysis.rates.suppressed import CountRange, sum_with_suppressed

__all__ = [
    "UNSTABLE_BELOW",
    "CountRange",
    "EmpiricalBayesRates",
    "RateRatio",
    "StandardisedRate",
    "UsualChange",
    "count_interval",
    "crude_rate",
    "directly_standardised_rate",
    "empirical_bayes_rates",
    "is_unstable",
    "local_empirical_bayes_rates",
    "published_rate_interval",
    "rate_ratio",
    "share_interval",
    "sum_with_suppressed",
    "usual_change",
]
