"""How often a rule alarms when nothing has changed, measured by simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from atlas.analysis.alerts.cusum import CusumAlarms
from atlas.analysis.alerts.loglinear import fit_log_linear
from atlas.analysis.alerts.negative_binomial import MINIMUM_MONTHS, season_and_trend
from atlas.analysis.alerts.result import Alarms
from atlas.analysis.errors import InputError
from atlas.analysis.inputs import (
    Array,
    as_numbers,
    require_counts,
    require_exposure,
    require_generator,
    require_level,
    require_months,
    require_whole_number,
)
from atlas.analysis.rates.share import share_interval
from atlas.analysis.results import FrozenArrays

# A level that keeps more than this of itself from month to month wanders like one without a mean.
_MOST_KEPT = 0.95


@dataclass(frozen=True, eq=False)
class SeriesModel(FrozenArrays):
    """What a series does when nothing has changed: counts about a mean, dependent or not.

    With u a stationary normal series, u_t = rho u_(t-1) + noise, of standard deviation s, the count
    of period t is Poisson or negative binomial about mean_t exp(u_t - s^2 / 2). So its mean is
    mean_t, its variance at dispersion 1 is mean_t + (exp(s^2) - 1) mean_t^2.

    Attributes:
        mean: expected events, shape (periods,), with any trend and season.
        dispersion: variance over mean about mean_t exp(u_t - s^2 / 2), from 1 (Poisson) up; above
            1 counts are negative binomial.
        log_sd: s, from 0 up; 0 for independent counts about a known mean.
        autocorrelation: rho, above -1 and below 1; without `log_sd` it changes nothing.
    """

    mean: Array
    dispersion: float = 1.0
    log_sd: float = 0.0
    autocorrelation: float = 0.0

    @classmethod
    def from_series(
        cls,
        counts: ArrayLike,
        months: ArrayLike,
        exposure: ArrayLike,
        autocorrelation: float | None = None,
    ) -> SeriesModel:
        """Fit the model to a region's own months.

        Log-linear trend and a level of each of the 12 calendar months (two yearly waves if some
        calendar month never has an event), with the fitter of `negative_binomial_alarms`. All
        variance beyond Poisson, alpha mean^2, goes into u: s^2 = log(1 + alpha). rho is such that
        exp(s^2 rho) - 1 is the mean product of successive y / mean - 1, but from 0 to 0.95: a
        short series makes it too small, as its own trend and season follow the drift.

        Args:
            counts: events a month, all final, shape (months,), at least 36 months.
            months: in order, without a gap.
            exposure: population x days, one value or one a month.
            autocorrelation: rho above -1 and below 1, 0 for independent months; None to estimate.

        Returns:
            The model of these months.

        Raises:
            InputError: counts, months or exposure make no sense, there are fewer than 36 months,
                the fit does not settle, as with hardly any event, or rho is out of range.

        Source:
            Zeger SL. A regression model for time series of counts. Biometrika 1988;75:621-629,
            for the latent series and its moments.

        Example:
            >>> months = np.arange("2019-01", "2025-01", dtype="datetime64[M]")
            >>> counts = np.tile([9, 14, 8, 13, 15, 9, 7, 12, 16, 10, 6, 25], 6)
            >>> SeriesModel.from_series(counts, months, 30.4).mean[[-2, -1]].round(2).tolist()
            [6.0, 25.0]
        """
        events = require_counts(counts, MINIMUM_MONTHS)
        dates = require_months(months, events)
        offset = np.log(require_exposure(exposure, events))[None, :]
        design = season_and_trend(dates)
        month = dates.astype(int) % 12
        if np.bincount(month, events, 12).all():
            design = np.column_stack([month[:, None] == np.arange(12), design[:, 1]]).astype(float)
        elif not events.any():
            raise InputError("a model of counts needs at least one event")
        fit = fit_log_linear(design, events[None, :], offset, np.ones((1, len(events))), True)
        if not fit.settled[0]:
            raise InputError("the model of counts does not settle; it needs more events")
        variance = float(np.log1p(fit.alpha[0]))
        if autocorrelation is None:
            relative = events / fit.mean[0] - 1
            product = max(float((relative[1:] * relative[:-1]).mean()), 0.0)
            kept = float(np.log1p(product)) / variance if variance else 0.0
            autocorrelation = min(kept, _MOST_KEPT)
        model = cls(fit.mean[0], 1.0, float(np.sqrt(variance)), autocorrelation)
        model._require_sense()
        return model

    def draw(self, replicates: int, generator: np.random.Generator) -> Array:
        """Draw series, shape (replicates, periods).

        Raises:
            InputError: a mean is not above 0, the dispersion is below 1, the standard deviation is
                negative, or the autocorrelation is not between -1 and 1.

        Example:
            >>> drawn = SeriesModel(np.full(4, 20.0), 2.0).draw(5_000, np.random.default_rng(1))
            >>> drawn.shape, bool(abs(drawn.var() / drawn.mean() - 2) < 0.1)
            ((5000, 4), True)
        """
        mean = self._require_sense()
        size = (require_whole_number(replicates, 1, "replicates"), len(mean))
        if self.log_sd:
            mean = mean * np.exp(self._latent(size, generator) - self.log_sd**2 / 2)
        if self.dispersion == 1:
            return generator.poisson(mean, size).astype(float)
        numbers = mean / (self.dispersion - 1)
        return generator.negative_binomial(numbers, 1 / self.dispersion, size).astype(float)

    def _latent(self, size: tuple[int, int], generator: np.random.Generator) -> Array:
        latent = self.log_sd * generator.standard_normal(size)
        kept, fresh = self.autocorrelation, np.sqrt(1 - self.autocorrelation**2)
        for t in range(1, size[1]):
            latent[:, t] = kept * latent[:, t - 1] + fresh * latent[:, t]
        return latent

    def _require_sense(self) -> Array:
        given = as_numbers(self.mean, "mean")
        mean = require_exposure(given, np.atleast_1d(given), "mean")
        for value, low, high, name in (
            (self.dispersion, 1, np.inf, "dispersion is variance over mean, from 1 up"),
            (self.log_sd, 0, np.inf, "log_sd is a standard deviation, from 0 up"),
        ):
            number = as_numbers(value, name)
            if number.ndim or not low <= number < high:
                raise InputError(f"{name}; got {value!r}")
        kept = as_numbers(self.autocorrelation, "autocorrelation")
        if kept.ndim or not -1 < kept < 1:
            raise InputError(
                f"autocorrelation lies above -1 and below 1; got {self.autocorrelation!r}"
            )
        return mean


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
    rule: Callable[[Array], Alarms | CusumAlarms],
    model: SeriesModel,
    seed: int | np.random.Generator,
    replicates: int = 2_000,
    level: float = 0.95,
) -> FalseAlarmRate:
    """Measure how often a rule alarms in the last period of series without any change.

    One period a series is judged, so that the judged ones are independent and the
    Clopper-Pearson interval holds. The interval is of the simulation alone: it does not say how
    far the series is from its model.

    Args:
        rule: takes counts of shape (replicates, periods), such as
            `lambda counts: ears_alarms(counts, "C1")`; a cumulative sum too.
        model: what the series do when nothing has changed; of a region's own series with
            `SeriesModel.from_series(counts, months, exposure)`.
        seed: a seed or a generator.
        replicates: number of series, from 1 up.
        level: coverage of the interval.

    Returns:
        The rate with its interval.

    Raises:
        InputError: the model makes no sense, there is no replicate or seed, the rule does not
            answer with alarms, or it judged none of the series, as when they are too short.

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
    if not isinstance(model, SeriesModel):
        raise InputError(
            f"the model of a series is needed, as SeriesModel.from_series gives it; got "
            f"{type(model).__name__}"
        )
    drawn = model.draw(replicates, require_generator(seed))
    answer = rule(drawn)
    verdict = answer.alarms if isinstance(answer, CusumAlarms) else answer
    if not isinstance(verdict, Alarms) or verdict.alarm.shape != drawn.shape:
        raise InputError(f"the rule must answer with alarms of the shape of counts, {drawn.shape}")
    judged = int(verdict.judged[:, -1].sum())
    if not judged:
        raise InputError(
            "the rule could judge no series: "
            f"{verdict.obstacle[0, -1]} after {verdict.obstacle.shape[1]} periods"
        )
    alarms = int(verdict.alarm[:, -1].sum())
    return FalseAlarmRate(alarms / judged, *share_interval(alarms, judged, level), alarms, judged)
