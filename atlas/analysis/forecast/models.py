"""Four ways to forecast monthly counts, each giving whole quantiles from 0 up."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from atlas.analysis.errors import InputError
from atlas.analysis.forecast.nb_glm import nb_quantiles
from atlas.analysis.forecast.scores import QUANTILES
from atlas.analysis.inputs import Dates, require_counts, require_months, require_whole_number
from atlas.analysis.results import FrozenArrays

Array = NDArray[np.float64]

MINIMUM_MONTHS = 36
_SEASON = 12
_ORDERS = tuple((p, 1, q) for p, q in product(range(3), repeat=2))


@dataclass(frozen=True, eq=False)
class ModelForecast(FrozenArrays):
    """Quantiles of the months to come.

    Attributes:
        quantiles: events at `QUANTILES`, shape (horizon, 7), whole and not negative.
        parameters: what was estimated; may be handed to the same model for a later origin, to
            save the search. None where estimating is fast.
    """

    quantiles: Array
    parameters: Any


def seasonal_naive_forecast(
    counts: ArrayLike, months: ArrayLike, horizon: int = 6
) -> ModelForecast:
    """Forecast each month by the same month a year before.

    On the scale g(y) = sqrt(y + 3/8), on which counts vary alike at every level:
    median = y_(t-12), quantiles = g^-1(g(y_(t-12)) + t_q s), s^2 = mean of
    (g(y_t) - g(y_(t-12)))^2, t with n - 12 degrees of freedom.

    Args:
        counts: events a month, shape (n,), n >= 36.
        months: their months, without a gap.
        horizon: months to forecast, 1 to 12.

    Returns:
        Quantiles in events, shape (horizon, 7).

    Raises:
        InputError: counts or months make no sense, are too few, or the horizon is not a whole
            number from 1 to 12.

    Source:
        Hyndman RJ, Athanasopoulos G. Forecasting: principles and practice, 3rd ed. 2021,
        sections 5.2 and 5.5; the scale is Anscombe's, Biometrika 1948;35:246-254.

    Example:
        >>> months = np.arange("2021-01", "2024-01", dtype="datetime64[M]")
        >>> seasonal_naive_forecast([20] * 36, months, 2).quantiles[:, 3].tolist()
        [20.0, 20.0]
    """
    events, _months = _series(counts, months, horizon)
    root = np.sqrt(events + 3 / 8)
    changes = root[_SEASON:] - root[:-_SEASON]
    spread = np.sqrt(np.mean(changes**2))
    centre = root[len(root) - _SEASON :][:horizon, None]
    limits = np.maximum(centre + spread * stdtrit(len(changes), QUANTILES), 0)
    return ModelForecast(_whole(limits**2 - 3 / 8), None)


def ets_forecast(
    counts: ArrayLike, months: ArrayLike, horizon: int = 6, parameters: Any = None
) -> ModelForecast:
    """Forecast by exponential smoothing: additive error, damped trend, additive season, on log.

    ETS(A, Ad, A) of log((y + 1/2) / days of the month). Quantiles are those of t with n - k
    degrees of freedom around the point forecast, with the variance of the residuals
    estimated with divisor n - k, k = 18 parameters. Constant counts are continued without spread.

    Args:
        counts: events a month, shape (n,), n >= 36.
        months: their months, without a gap.
        horizon: months to forecast, 1 to 12.
        parameters: those of an earlier origin; estimated if None.

    Returns:
        Quantiles in events, shape (horizon, 7), with the parameters.

    Raises:
        InputError: as in `seasonal_naive_forecast`.
        numpy.linalg.LinAlgError: the equations cannot be solved for this series.

    Source:
        Hyndman RJ, Koehler AB, Ord JK, Snyder RD. Forecasting with exponential smoothing.
        Springer 2008; computed by statsmodels.

    Example:
        >>> months = np.arange("2021-01", "2025-01", dtype="datetime64[M]")
        >>> counts = np.tile([30, 26, 31, 33, 36, 41, 44, 43, 38, 35, 31, 30], 4)
        >>> (abs(ets_forecast(counts, months, 3).quantiles[:, 3] - counts[:3]) <= 2).all()
        np.True_
    """
    events, calendar = _series(counts, months, horizon)
    if np.ptp(events) == 0:
        return _constant(events, horizon)
    import pandas as pd
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    scaled, days_ahead = _log_daily(events, calendar, horizon)
    model = ETSModel(
        pd.Series(scaled),
        error="add",
        trend="add",
        damped_trend=True,
        seasonal="add",
        seasonal_periods=_SEASON,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = model.fit(disp=False) if parameters is None else model.smooth(parameters)
    ahead = fitted.get_prediction(start=len(events), end=len(events) + horizon - 1)
    freedom = len(events) - (_SEASON + 6)
    variance = np.asarray(ahead.forecast_variance) * len(events) / freedom
    centre = np.asarray(ahead.predicted_mean)
    return ModelForecast(
        _from_log_daily(centre, np.sqrt(variance), freedom, days_ahead), fitted.params
    )


def arima_forecast(
    counts: ArrayLike, months: ArrayLike, horizon: int = 6, parameters: Any = None
) -> ModelForecast:
    """Forecast by the ARIMA(p, 1, q) with least AICc, p and q from 0 to 2, on log.

    log((y + 1/2) / days of the month) = two harmonics of the year + ARIMA errors. Quantiles are
    those of t with n - k degrees of freedom, as in `ets_forecast`.
    Constant counts are continued without spread.

    Args:
        counts: events a month, shape (n,), n >= 36.
        months: their months, without a gap.
        horizon: months to forecast, 1 to 12.
        parameters: order and parameters of an earlier origin; searched for if None.

    Returns:
        Quantiles in events, shape (horizon, 7), with the order and its parameters.

    Raises:
        InputError: as in `seasonal_naive_forecast`.
        numpy.linalg.LinAlgError: the equations cannot be solved for this series.

    Source:
        Hyndman and Athanasopoulos 2021, sections 9.9 and 10.5; AICc of Hurvich and Tsai,
        Biometrika 1989;76:297-307; computed by statsmodels.

    Example:
        >>> months = np.arange("2021-01", "2025-01", dtype="datetime64[M]")
        >>> counts = np.tile([30, 26, 31, 33, 36, 41, 44, 43, 38, 35, 31, 30], 4)
        >>> (abs(arima_forecast(counts, months, 3).quantiles[:, 3] - counts[:3]) <= 4).all()
        np.True_
    """
    events, calendar = _series(counts, months, horizon)
    if np.ptp(events) == 0:
        return _constant(events, horizon)
    from statsmodels.tsa.arima.model import ARIMA

    scaled, days_ahead = _log_daily(events, calendar, horizon)
    season = harmonics(calendar, horizon)
    past, future = season[: len(events)], season[len(events) :]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if parameters is None:
            tried = [ARIMA(scaled, exog=past, order=order).fit() for order in _ORDERS]
            fitted = min(tried, key=lambda one: float(one.aicc))
        else:
            order, values = parameters
            fitted = ARIMA(scaled, exog=past, order=order).smooth(values)
    ahead = fitted.get_forecast(horizon, exog=future)
    size = len(events) - 1
    freedom = size - len(fitted.params)
    spread = np.asarray(ahead.se_mean) * np.sqrt(size / freedom)
    quantiles = _from_log_daily(np.asarray(ahead.predicted_mean), spread, freedom, days_ahead)
    return ModelForecast(quantiles, (fitted.model.order, fitted.params))


def nb_glm_forecast(counts: ArrayLike, months: ArrayLike, horizon: int = 6) -> ModelForecast:
    """Forecast by a negative-binomial regression on the last 60 months.

    log mu = log(days) + b0 + b1 t + two harmonics; Var(y) = mu + alpha mu^2, alpha from
    Pearson's chi-square. The quantiles allow for the uncertainty v of log mu and for that of
    alpha, as the alarms do: negative binomial with alpha + v + alpha v, read by Student's t on
    n - 6 degrees of freedom. With fewer than 60 events, b0 alone is estimated.

    Args:
        counts: events a month, shape (n,), n >= 36.
        months: their months, without a gap.
        horizon: months to forecast, 1 to 12.

    Returns:
        Quantiles in events, shape (horizon, 7); all 0 if the last 60 months had no event.

    Raises:
        InputError: as in `seasonal_naive_forecast`.
        numpy.linalg.LinAlgError: the equations cannot be solved for this series.

    Source:
        Hilbe JM. Negative binomial regression, 2nd ed. Cambridge 2011; fitted by
        `fit_log_linear` (Fisher scoring and the moment equation of Breslow 1984).

    Example:
        >>> months = np.arange("2021-01", "2024-01", dtype="datetime64[M]")
        >>> nb_glm_forecast([20] * 36, months, 2).quantiles[:, 3].tolist()
        [20.0, 19.0]
    """
    events, calendar = _series(counts, months, horizon)
    recent, window = events[-60:], calendar[-60:]
    days = _days(window, horizon)
    return ModelForecast(nb_quantiles(recent, days, harmonics(window, horizon)), None)


Model = Callable[[ArrayLike, ArrayLike, int, Any], ModelForecast]
"""Takes counts, months, a horizon, and parameters of an earlier origin or None."""


def _without_search(forecast: Callable[[ArrayLike, ArrayLike, int], ModelForecast]) -> Model:
    """Take parameters as the other methods do: here nothing is slow enough to be held."""
    return lambda counts, months, horizon, _held: forecast(counts, months, horizon)


MODELS: Mapping[str, Model] = MappingProxyType(
    {
        "seasonal_naive": _without_search(seasonal_naive_forecast),
        "ets": ets_forecast,
        "arima": arima_forecast,
        "nb_glm": _without_search(nb_glm_forecast),
    }
)


def harmonics(months: Dates, horizon: int) -> Array:
    """Return sine and cosine of one and two cycles a year, shape (n + horizon, 4).

    Example:
        >>> harmonics(np.array(["2024-01"], dtype="datetime64[M]"), 1).round(2)[0].tolist()
        [0.0, 1.0, 0.0, 1.0]
    """
    angle = 2 * np.pi * (_calendar(months, horizon).astype(int) % _SEASON) / _SEASON
    return np.column_stack([wave(cycles * angle) for cycles in (1, 2) for wave in (np.sin, np.cos)])


def _series(counts: ArrayLike, months: ArrayLike, horizon: int) -> tuple[Array, Dates]:
    events = require_counts(counts, MINIMUM_MONTHS)
    require_horizon(horizon)
    return events, require_months(months, events)


def require_horizon(horizon: int) -> int:
    """Return a horizon of 1 to 12 months.

    Raises:
        InputError: it is not a whole number, or lies outside.

    Example:
        >>> require_horizon(6)
        6
    """
    if require_whole_number(horizon, 1, "a horizon") > _SEASON:
        raise InputError(f"a horizon is 1 to {_SEASON} months; got {horizon}")
    return int(horizon)


def _calendar(months: Dates, horizon: int) -> Dates:
    return np.arange(months[0], months[-1] + 1 + horizon)


def _days(months: Dates, horizon: int) -> Array:
    edges = np.arange(months[0], months[-1] + 2 + horizon).astype("datetime64[D]")
    return np.diff(edges).astype(float)


def _log_daily(events: Array, months: Dates, horizon: int) -> tuple[Array, Array]:
    days = _days(months, horizon)
    return np.log((events + 0.5) / days[: len(events)]), days[len(events) :]


def _from_log_daily(centre: Array, spread: Array, freedom: int, days: Array) -> Array:
    logs = centre[:, None] + spread[:, None] * stdtrit(freedom, QUANTILES)
    if not np.isfinite(logs).all():
        raise np.linalg.LinAlgError("the forecast of this series is not finite")
    with np.errstate(over="ignore"):
        return _whole(np.exp(logs) * days[:, None] - 0.5)


def _whole(limits: Array) -> Array:
    return np.maximum(np.rint(limits), 0)


def _constant(events: Array, horizon: int) -> ModelForecast:
    return ModelForecast(np.full((horizon, len(QUANTILES)), events[-1]), None)
