"""Forecast monthly counts, and judge each method by how it would have done before."""

from atlas.analysis.forecast.choose import Forecast, best_forecast
from atlas.analysis.forecast.models import (
    MODELS,
    ModelForecast,
    arima_forecast,
    ets_forecast,
    nb_glm_forecast,
    seasonal_naive_forecast,
)
from atlas.analysis.forecast.rolling import rolling_origin, score_table
from atlas.analysis.forecast.scores import (
    INTERVAL_LEVELS,
    QUANTILES,
    interval_coverage,
    interval_score,
    weighted_interval_score,
)

__all__ = [
    "INTERVAL_LEVELS",
    "MODELS",
    "QUANTILES",
    "Forecast",
    "ModelForecast",
    "arima_forecast",
    "best_forecast",
    "ets_forecast",
    "interval_coverage",
    "interval_score",
    "nb_glm_forecast",
    "rolling_origin",
    "score_table",
    "seasonal_naive_forecast",
    "weighted_interval_score",
]
