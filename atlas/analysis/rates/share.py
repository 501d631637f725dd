"""The exact interval of a share."""

from __future__ import annotations

from scipy.special import betaincinv

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import as_numbers, require_level


def share_interval(count: float, total: float, level: float = 0.95) -> tuple[float, float]:
    """Give the exact binomial interval of a share (Clopper-Pearson).

    Lower limit: the a/2 quantile of a beta variable with O and n - O + 1 (0 when O = 0). Upper
    limit: the 1 - a/2 quantile of one with O + 1 and n - O (1 when O = n).

    Args:
        count: O, a number of events from 0 to `total`.
        total: n, trials.
        level: coverage of the interval, between 0 and 1.

    Returns:
        Lower and upper limit of the share; 0 and 1 if there is no trial.

    Raises:
        InputError: a number is NaN (suppressed), negative or infinite, the count is above the
            total, or the level is not between 0 and 1.

    Source:
        Clopper CJ, Pearson ES. The use of confidence or fiducial limits illustrated in the case
        of the binomial. Biometrika 1934;26:404-413.

    Example:
        >>> low, high = share_interval(3, 10)
        >>> round(low, 4), round(high, 4)
        (0.0667, 0.6525)
    """
    events, trials = as_numbers(count, "a count"), as_numbers(total, "a total")
    if events.ndim or trials.ndim or not 0 <= events <= trials < float("inf"):
        raise InputError(f"a share needs a count from 0 to its total; got {count!r} of {total!r}")
    tail = (1 - require_level(level)) / 2
    low = float(betaincinv(events, trials - events + 1, tail)) if events else 0.0
    high = float(betaincinv(events + 1, trials - events, 1 - tail)) if events < trials else 1.0
    return low, high
