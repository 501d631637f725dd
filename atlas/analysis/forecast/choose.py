"""The forecast to show: the method that did best before, or the seasonal naive one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from atlas.analysis.errors import InputError
from atlas.analysis.forecast.models import MODELS, Model
from atlas.analysis.forecast.rolling import (
    BASELINE,
    MINIMUM_ORIGINS,
    quantiles_by_origin,
    rolling_origin,
    score_table,
)
from atlas.analysis.forecast.scores import QUANTILES
from atlas.analysis.inputs import require_counts, require_months, require_whole_number

_NAMES = MappingProxyType(
    {
        "ets": "exponential smoothing",
        "arima": "ARIMA",
        "nb_glm": "negative-binomial regression",
    }
)


@dataclass(frozen=True, eq=False)
class Forecast:
    """A forecast with the record of its method.

    Attributes:
        model: name of the method shown.
        quantiles: events at `QUANTILES` (columns) by month (index, datetime64[M] starts).
        scores: as from `score_table`, for every method tried.
        left_out: methods whose equations could not be solved for this series, or gave more than
            1,000 times its largest count.
        origins: number of earlier months forecast from.
        preliminary: preliminary months that were dropped; the forecast begins with the first.
    """

    model: str
    quantiles: pd.DataFrame
    scores: pd.DataFrame
    left_out: tuple[str, ...]
    origins: int
    preliminary: int

    @property
    def beats_seasonal_naive(self) -> bool:
        """Whether some method scored better than the same month a year before."""
        return self.model != BASELINE

    @property
    def statement(self) -> str:
        """What was compared and what is shown, in one or two sentences."""
        row = self.scores.loc[self.model]
        tried = f"over {self.origins} earlier months ({row['forecasts']:.0f} forecasts)"
        held = f"its 95 % intervals held {100 * row['coverage_95']:.0f} % of what came"
        if not self.beats_seasonal_naive:
            return (
                f"No method forecast better than the same month a year before {tried}, "
                f"so that is shown; {held}."
            )
        return (
            f"Shown is {_NAMES.get(self.model, self.model)}: {tried}, its weighted interval score "
            f"was {row['relative_wis']:.2f} of that of the same month a year before; {held}."
        )


def best_forecast(
    counts: ArrayLike,
    months: ArrayLike,
    horizon: int = 6,
    preliminary: int = 0,
    origins: int = MINIMUM_ORIGINS,
    refit_every: int = 6,
    models: Mapping[str, Model] = MODELS,
) -> Forecast:
    """Forecast by the method with the least weighted interval score at earlier origins.

    If no mean WIS is below that of the seasonal naive forecast, that one is shown. The score of
    the chosen method is a little too good, having been chosen for it.

    Args:
        counts: events a month, shape (n,).
        months: their months, without a gap.
        horizon: months to forecast after the last final one, 1 to 12.
        preliminary: number of last months that are preliminary; they are not used, and are
            the first to be forecast.
        origins: earlier months to forecast from, 12 or more.
        refit_every: as in `rolling_origin`.
        models: methods by name, with `seasonal_naive`.

    Returns:
        Quantiles in whole events, shape (horizon, 7), with the scores of every method.

    Raises:
        InputError: counts or months make no sense; fewer than 36 + origins + horizon - 1 final
            months, or fewer than 12 origins; an option is not a whole number; no
            `seasonal_naive` among the models, or none that can forecast the series.

    Source:
        Bracher et al. 2021 (score); Tashman 2000 (rolling origin).

    Example:
        >>> months = np.arange("2020-01", "2025-01", dtype="datetime64[M]")
        >>> fast = {name: MODELS[name] for name in ("seasonal_naive", "nb_glm")}
        >>> found = best_forecast([20] * 60, months, preliminary=1, models=fast)
        >>> found.model, found.quantiles.index[0].strftime("%Y-%m"), found.quantiles[0.5].tolist()
        ('seasonal_naive', '2024-12', [20, 20, 20, 20, 20, 20])
    """
    events = require_counts(counts)
    calendar = require_months(months, events)
    if require_whole_number(preliminary, 0, "preliminary months") >= len(events):
        raise InputError(f"0 to {len(events) - 1} months can be preliminary; got {preliminary}")
    final = len(events) - preliminary
    events, calendar = events[:final], calendar[:final]
    record = rolling_origin(events, calendar, horizon, origins, refit_every, models)
    scores = score_table(record)
    left_out = [name for name in models if name not in scores.index]
    for name in scores.index:
        found = quantiles_by_origin(
            models[name], events, calendar, horizon, range(final, final + 1), 1
        )
        if found is not None:
            break
        left_out.append(name)
    else:
        raise InputError("no method can forecast this series")
    ahead = np.arange(calendar[-1] + 1, calendar[-1] + 1 + horizon)
    table = pd.DataFrame(found[0], columns=list(QUANTILES)).astype("int64")
    table.index = pd.DatetimeIndex(ahead.astype("datetime64[s]"), name="month")
    return Forecast(str(name), table, scores, tuple(left_out), origins, preliminary)
