"""Alarms of many regions at once: how many chance alone would give, and which to believe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from atlas.analysis.alerts.cells import Flags
from atlas.analysis.alerts.result import Alarms
from atlas.analysis.errors import InputError
from atlas.analysis.false_discovery import benjamini_hochberg
from atlas.analysis.inputs import Array, require_level
from atlas.analysis.results import FrozenArrays


@dataclass(frozen=True, eq=False)
class FalseDiscovery(FrozenArrays):
    """Alarms kept after control of the false-discovery rate across the regions of a period.

    Attributes:
        alarm: which cells stay alarms, of the shape of the rule's alarms.
        q_value: least false-discovery rate at which the cell is an alarm; NaN where not judged.
        rate: the rate that was asked for.
    """

    alarm: Flags
    q_value: Array
    rate: float


def false_discovery_alarms(alarms: Alarms, rate: float = 0.05) -> FalseDiscovery:
    """Keep the alarms of each period that survive Benjamini-Hochberg across regions.

    The q-value of a cell is its p-value adjusted over the N judged regions of the period; a cell
    is an alarm where it is at most `rate`. Counts are discrete, so the share of false ones among
    the alarms is below `rate`.

    Args:
        alarms: a rule's verdict, shape (regions, periods) or (periods,).
        rate: share of false alarms among alarms, between 0 and 1.

    Returns:
        Alarms and q-values of the same shape.

    Raises:
        InputError: the rule has no p-values, or the rate is not between 0 and 1.

    Source:
        As `atlas.analysis.false_discovery.benjamini_hochberg`.

    Example:
        >>> from atlas.analysis.alerts import negative_binomial_alarms
        >>> months = np.arange("2020-01", "2024-01", dtype="datetime64[M]")
        >>> counts = np.tile([18, 22, 20, 25, 19, 21], (3, 8))
        >>> counts[:, -1] = 21, 60, 24
        >>> found = negative_binomial_alarms(counts, months, 1e6, latest=1)
        >>> false_discovery_alarms(found).alarm[:, -1].tolist()
        [False, True, False]
    """
    rate = require_level(rate)
    judged = np.atleast_2d(alarms.judged)
    p_value = np.atleast_2d(alarms.p_value)
    if np.isnan(p_value[judged]).any():
        raise InputError(f"the rule {alarms.rule} has no p-values to compare across regions")
    q_value = np.full(p_value.shape, np.nan)
    for t in np.flatnonzero(judged.any(axis=0)):
        at = judged[:, t]
        q_value[at, t] = benjamini_hochberg(p_value[at, t])
    q_value = q_value.reshape(alarms.p_value.shape)
    return FalseDiscovery(q_value <= rate, q_value, rate)


def alarms_by_chance(alarms: Alarms, rate: float) -> Array:
    """Give the number of alarms that chance alone would give in each period: N x rate.

    Args:
        alarms: a rule's verdict, shape (regions, periods) or (periods,).
        rate: the rule's false-alarm rate a cell: nominal, or better as measured by
            `false_alarm_rate`.

    Returns:
        Expected false alarms among the N judged regions, shape (periods,).

    Raises:
        InputError: the rate is not between 0 and 1.

    Source:
        The mean of a sum; needs no independence of regions.

    Example:
        >>> from atlas.analysis.alerts import ears_alarms
        >>> alarms_by_chance(ears_alarms(np.ones((300, 8)), "C1"), 0.02)[-1]
        np.float64(6.0)
    """
    return np.asarray(np.atleast_2d(alarms.judged).sum(axis=0) * require_level(rate))
