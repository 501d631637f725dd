"""Figures with their exact intervals, as charts, tables and exports show them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from atlas.analysis.rates import (
    UNSTABLE_BELOW,
    count_interval,
    crude_rate,
    published_rate_interval,
)

CELL = ["measure_id", "region_id", "period_start", "period_kind", "dimension", "member"]
NUMERIC = ("reported", "preliminary")


def with_intervals(
    figures: pd.DataFrame,
    counts: pd.DataFrame,
    counts_events: bool,
    populations: pd.DataFrame | None = None,
    rate_only: Collection[str] = (),
) -> pd.DataFrame:
    """Add the 95 % interval of counts of events and of the rates published beside them.

    Args:
        figures: rows of one measure as the warehouse gives them.
        counts: the rows of that measure whose unit is `count`, which the rates rest on.
        counts_events: whether the measure counts events; a stock of persons has no interval.
        populations: `region_id`, `year`, `persons` of 1 July: the denominators of yearly rates
            of 0, whose own denominator the publisher's rate does not tell.
        rate_only: sources that publish no count of the measure at all: their yearly rates rest
            on the whole counts that they imply.

    Returns:
        `figures` with `interval_low`, `interval_high` (NaN where there is none) and `unstable`
        (a rate on fewer than 20 events, or a percent of fewer).
    """
    frame = figures.assign(interval_low=np.nan, interval_high=np.nan, unstable=False)
    if not counts_events or figures.empty:
        return frame
    origin = [name for name in ("source_id", "source", "release_id") if name in figures]
    keys = [*CELL, *origin]
    events = counts.loc[counts["status"].isin(NUMERIC), [*keys, "value"]]
    matched = frame[keys].merge(events, on=keys, how="left")["value"].to_numpy(dtype=float)
    persons = _persons(frame, populations)
    rates = frame["value"].to_numpy(dtype=float)
    # Where a source suppresses a count, its rate must not give it away.
    implied = frame["source_id" if "source_id" in frame else "source"].isin(rate_only)
    matched = np.where(implied, np.round(rates * persons / 100_000), matched)
    is_count = (frame["unit"] == "count").to_numpy() & ~np.isnan(matched)
    is_rate = (frame["unit"] == "per_100k").to_numpy() & ~np.isnan(matched)
    is_rate &= frame["value"].notna().to_numpy()
    low, high = np.full((2, len(frame)), np.nan)
    low[is_count], high[is_count] = count_interval(matched[is_count])
    low[is_rate], high[is_rate] = published_rate_interval(rates[is_rate], matched[is_rate])
    is_zero = is_rate & (matched == 0) & ~np.isnan(persons)
    _, low[is_zero], high[is_zero] = crude_rate(matched[is_zero], persons[is_zero])
    unstable = (is_rate & (matched < UNSTABLE_BELOW)) | _of_few(frame, counts, keys)
    return frame.assign(interval_low=low, interval_high=high, unstable=unstable)


def _of_few(frame: pd.DataFrame, counts: pd.DataFrame, keys: list[str]) -> np.ndarray:
    """Tell which percents are of a published total of fewer than 20 events."""
    whole = [key for key in keys if key not in ("dimension", "member")]
    totals = counts[counts["status"].isin(NUMERIC) & (counts["dimension"] == "total")]
    of = frame[whole].merge(totals[[*whole, "value"]], on=whole, how="left")["value"]
    percent = (frame["unit"] == "percent") & frame["value"].notna()
    return percent.to_numpy() & (of.to_numpy(dtype=float) < UNSTABLE_BELOW)


def _persons(frame: pd.DataFrame, populations: pd.DataFrame | None) -> np.ndarray:
    """Return the population behind each yearly rate of everybody, NaN where it is not known."""
    if populations is None:
        return np.full(len(frame), np.nan)
    keyed = frame[["region_id"]].assign(year=frame["period_start"].dt.year)
    persons = keyed.merge(populations, on=["region_id", "year"], how="left")["persons"]
    everybody = (
        (frame["unit"] == "per_100k")
        & (frame["period_kind"] == "year")
        & (frame["dimension"] == "total")
    )
    return np.where(everybody, persons.to_numpy(dtype=float), np.nan)
