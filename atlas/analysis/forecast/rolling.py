"""Forecast again from earlier months, and score what each method would have said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.errors import InputError
from atlas.analysis.forecast.models import MINIMUM_MONTHS, MODELS, Model, require_horizon
from atlas.analysis.forecast.scores import (
    INTERVAL_LEVELS,
    QUANTILES,
    interval_coverage,
    weighted_interval_score,
)
from atlas.analysis.inputs import (
    Dates,
    as_numbers,
    require_counts,
    require_months,
    require_whole_number,
)

Array = NDArray[np.float64]

MINIMUM_ORIGINS = 12
BASELINE = "seasonal_naive"
# A forecast this far above all that came is a solution that ran away; it fits no whole number.
_FARTHEST = 1_000
_LARGEST = 1e18


def rolling_origin(
    counts: ArrayLike,
    months: ArrayLike,
    horizon: int = 6,
    origins: int = MINIMUM_ORIGINS,
    refit_every: int = 6,
    models: Mapping[str, Model] = MODELS,
) -> pd.DataFrame:
    """Forecast from each of the last months that leave `horizon` months to compare with.

    Origin o uses months up to o alone. The parameters of ETS and ARIMA are searched for at
    every `refit_every`-th origin and held in between, while level and season go on being
    updated: a search at each would take about five times as long.

    Args:
        counts: events a month, shape (n,), n >= 36 + origins + horizon - 1; no preliminary one.
        months: their months, without a gap.
        horizon: months to forecast, 1 to 12.
        origins: number of origins, 12 or more.
        refit_every: origins from one search of parameters to the next.
        models: methods by name.

    Returns:
        One row a model, origin and horizon: `model`, `origin` and `month` (datetime64[M]),
        `horizon` 1..h, `observed`, a column for each of `QUANTILES`, `wis`. A model whose
        equations cannot be solved at some origin, or give more than 1,000 times the largest
        count before it, has no row.

    Raises:
        InputError: counts or months make no sense or are too few; fewer than 12 origins; an
            option is not a whole number; no model, or none that can be solved.

    Source:
        Tashman LJ. Int J Forecasting 2000;16:437-450 (rolling origin).

    Example:
        >>> months = np.arange("2020-01", "2024-12", dtype="datetime64[M]")
        >>> naive = {"seasonal_naive": MODELS["seasonal_naive"]}
        >>> table = rolling_origin([20] * 59, months, models=naive)
        >>> len(table), float(table["wis"].max())
        (72, 0.0)
    """
    origins = require_whole_number(origins, MINIMUM_ORIGINS, "origins")
    refit_every = require_whole_number(refit_every, 1, "origins to a refit")
    horizon = require_horizon(horizon)
    if not isinstance(models, Mapping) or not models:
        raise InputError("at least one model by its name is needed")
    events = require_counts(counts, MINIMUM_MONTHS + origins + horizon - 1)
    calendar = require_months(months, events)
    ends = range(len(events) - horizon - origins + 1, len(events) - horizon + 1)
    tables = []
    for name, model in models.items():
        found = quantiles_by_origin(model, events, calendar, horizon, ends, refit_every)
        if found is not None:
            tables.append(_rows(name, found, events, calendar, horizon, ends))
    if not tables:
        raise InputError(f"no method can forecast this series; tried {list(models)}")
    return pd.concat(tables, ignore_index=True)


def score_table(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Summarise rolling-origin forecasts by model, best first.

    relative_wis = mean WIS / mean WIS of the seasonal naive forecast at the same origins and
    horizons; 1 where both are 0.

    Args:
        forecasts: as from `rolling_origin`, with the model `seasonal_naive`, one row a model,
            origin and horizon.

    Returns:
        One row a model, indexed by `model`: `wis` (events), `relative_wis`, `coverage_50`,
        `coverage_80`, `coverage_95` (shares) and `forecasts` (their number), sorted by `wis`;
        of equals the seasonal naive stands first.

    Raises:
        InputError: a column is missing, there is no seasonal naive forecast to compare with, or
            a score is not a number from 0 up.

    Source:
        Bracher et al. 2021, as in `weighted_interval_score`.

    Example:
        >>> months = np.arange("2020-01", "2024-12", dtype="datetime64[M]")
        >>> naive = {"seasonal_naive": MODELS["seasonal_naive"]}
        >>> table = score_table(rolling_origin([20] * 59, months, models=naive))
        >>> table.loc["seasonal_naive", ["relative_wis", "coverage_95"]].tolist()
        [1.0, 1.0]
    """
    needed = ("model", "observed", *QUANTILES, "wis")
    missing = [name for name in needed if name not in getattr(forecasts, "columns", ())]
    if missing:
        raise InputError(f"forecasts need a table with columns; missing: {missing}")
    if BASELINE not in set(forecasts["model"]):
        raise InputError(f"scores are relative to {BASELINE}, which is missing")
    if not (as_numbers(forecasts["wis"], "scores") >= 0).all():
        raise InputError("scores must be numbers from 0 up")
    rows = []
    for name, group in forecasts.groupby("model"):
        held = interval_coverage(group["observed"], group[list(QUANTILES)])
        shares = [held[level] for level in INTERVAL_LEVELS]
        rows.append((name, float(group["wis"].mean()), *shares, len(group)))
    coverage = [f"coverage_{level * 100:.0f}" for level in INTERVAL_LEVELS]
    table = pd.DataFrame(rows, columns=["model", "wis", *coverage, "forecasts"])
    base = float(table["wis"][table["model"] == BASELINE].iloc[0])
    never_wrong = np.where(table["wis"] > 0, np.inf, 1.0)
    table.insert(2, "relative_wis", table["wis"] / base if base > 0 else never_wrong)
    first = table["wis"].rank(method="min") - (table["model"] == BASELINE) / 2
    return table.iloc[first.argsort(kind="stable")].set_index("model")


def quantiles_by_origin(
    model: Model,
    events: Array,
    calendar: Dates,
    horizon: int,
    ends: range,
    refit_every: int,
) -> Array | None:
    """Return a model's quantiles after each of some numbers of months.

    Returns:
        Shape (origins, horizon, 7); None if its equations cannot be solved at some origin, or
        give more than 1,000 times the largest count before it.

    Example:
        >>> months = np.arange("2021-01", "2024-01", dtype="datetime64[M]")
        >>> model = MODELS["seasonal_naive"]
        >>> quantiles_by_origin(model, np.full(36, 5.0), months, 2, range(36, 37), 1).shape
        (1, 2, 7)
    """
    found: list[Array] = []
    parameters: Any = None
    for turn, end in enumerate(ends):
        held = None if turn % refit_every == 0 else parameters
        try:
            forecast = model(events[:end], calendar[:end], horizon, held)
        except np.linalg.LinAlgError:
            return None
        ceiling = min(_FARTHEST * max(events[:end].max(), 1.0), _LARGEST)
        # NaN fails this comparison too.
        if not (forecast.quantiles <= ceiling).all():
            return None
        parameters = forecast.parameters
        found.append(forecast.quantiles)
    return np.array(found)


def _rows(
    name: str, found: Array, events: Array, calendar: Dates, horizon: int, ends: range
) -> pd.DataFrame:
    ahead = np.array([np.arange(end, end + horizon) for end in ends]).ravel()
    flat = found.reshape(-1, len(QUANTILES))
    table = pd.DataFrame(
        {
            "model": name,
            "origin": np.repeat(calendar[np.array(ends) - 1], horizon),
            "month": calendar[ahead],
            "horizon": np.tile(np.arange(1, horizon + 1), len(ends)),
            "observed": events[ahead],
        }
    )
    table[list(QUANTILES)] = flat
    table["wis"] = weighted_interval_score(events[ahead], flat)
    return table
