"""How often a rule alarms when nothing has changed, measured by simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from atlas.analysis.alerts.result import Alarms
from atlas.analysis.errors import InputError
from atlas.analysis.inputs import require_exposure, require_level

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SeriesModel:
    """Independent counts about a known mean: what a series does when nothing has changed.

    Attributes:
        mean: expected events, shape (periods,), with any trend and season.
        dispersion: variance over mean, from 1 (Poisson) up; above 1 counts are negative
            binomial.
    """

    mean: Array
    dispersion: float = 1.0

    def draw(self, replicates: int, generator: np.random.Generator) -> Array:
        """Draw series, shape (replicates, periods).

        Raises:
            InputError: a mean is not above 0, or the dispersion is below 1.

        Example:
            >>> drawn = SeriesModel(np.full(4, 20.0), 2.0).draw(5_000, np.random.default_rng(1))
            >>> drawn.shape, bool(abs(drawn.var() / drawn.mean() - 2) < 0.1)
            ((5000, 4), True)
        """
        mean = require_exposure(self.mean, np.asarray(self.mean, dtype=float), "mean")
        if not (np.isfinite(self.dispersion) and self.dispersion >= 1):
            raise InputError(f"dispersion is variance over mean, from 1 up; got {self.dispersion}")
        size = (replicates, len(mean))
        if self.dispersion == 1:
            return generator.poisson(mean, size).astype(float)
        numbers = mean / (self.dispersion - 1)
        return generator.negative_binomial(numbers, 1 / self.dispersion, size).astype(float)


@dataclass(frozen=True)
class FalseAlarmRate:
    """A measured share of false alarms.

    Attributes:
        rate: alarms over judged series.
        low: lower limit of the exact binomial interval.
        high: upper limit.
        alarms: series in whose last period the rule alarmed.
        judged: series that the rule could judge.
    """

    rate: float
    low: float
    high: float
    alarms: int
    judged: int


def false_alarm_rate(
    rule: Callable[[Array], Alarms],
    model: SeriesModel,
    seed: int | np.random.Generator,
    replicates: int = 2_000,
    level: float = 0.95,
) -> FalseAlarmRate:
    """Measure how often a rule alarms in the last period of series without any change.

    One period a series is judged, so that the judged ones are independent and the
    Clopper-Pearson interval holds.

    Args:
        rule: takes counts of shape (replicates, periods), such as
            `lambda counts: ears_alarms(counts, "C1")`.
        model: what the series do when nothing has changed.
        seed: a seed or a generator.
        replicates: number of series, from 1 up.
        level: coverage of the interval.

    Returns:
        The rate with its interval.

    Raises:
        InputError: the model makes no sense, there is no replicate, or the rule judged none of
            the series, as when they are too short for it.

    Source:
        Clopper CJ, Pearson ES. Biometrika 1934;26:404-413.

    Example:
        >>> from atlas.analysis.alerts import ears_alarms
        >>> week = SeriesModel(np.full(8, 5.0))
        >>> found = false_alarm_rate(lambda counts: ears_alarms(counts, "C1"), week, 1, 20_000)
        >>> f"{found.rate:.1%} ({found.low:.1%} to {found.high:.1%})"
        '2.3% (2.1% to 2.5%)'
    """
    require_level(level)
    if replicates < 1:
        raise InputError(f"at least 1 replicate is needed; got {replicates}")
    verdict = rule(model.draw(replicates, np.random.default_rng(seed)))
    judged = int(verdict.judged[:, -1].sum())
    if not judged:
        raise InputError(
            "the rule could judge no series: "
            f"{verdict.obstacle[0, -1]} after {verdict.obstacle.shape[1]} periods"
        )
    alarms = int(verdict.alarm[:, -1].sum())
    tail = (1 - level) / 2
    low = float(betaincinv(alarms, judged - alarms + 1, tail)) if alarms else 0.0
    high = float(betaincinv(alarms + 1, judged - alarms, 1 - tail)) if alarms < judged else 1.0
    return FalseAlarmRate(alarms / judged, low, high, alarms, judged)
