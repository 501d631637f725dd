"""Which periods of a series may be compared: breaks, and national figures whose places change."""

from __future__ import annotations

import pandas as pd

from atlas import catalog
from atlas.ui import data
from atlas.ui.cache import cached
from atlas.warehouse import query

_TOLERANCE = 0.01


@cached
def comparable_from(measure_id: str, region_id: str) -> pd.Timestamp | None:
    """Return the first day from which a series is comparable with its latest year.

    A declared break ends comparison. So does, for Canada, a change of more than 1 % in the share
    of the population whose province or territory reports. None if nothing does.
    """
    own = breaks_of(measure_id, region_id)
    starts = list(own.loc[own["kind"] == "break", "first_period"])
    if region_id == "CA":
        starts += _coverage_changes(measure_id)
    return max(starts, default=None)


@cached
def breaks_of(measure_id: str, region_id: str) -> pd.DataFrame:
    """Return the declared breaks and notes of a series, with `text` in the reader's language."""
    breaks = catalog.labelled(query("series_breaks"), "text")
    here = breaks["region_id"].isna() | (breaks["region_id"] == region_id)
    return breaks[(breaks["measure_id"] == measure_id) & here]


@cached
def reporting_populations(measure_id: str) -> pd.DataFrame:
    """Return the population of the reporting provinces and territories, by year.

    The denominator of a national count: `period_start` (1 July) and `persons`; empty where a
    measure has no counts by province.
    """
    parts = query("reporting_parts", measure=measure_id)
    totals = parts.groupby("period_start", as_index=False)["persons"].sum()
    return totals.assign(period_start=totals["period_start"] + pd.DateOffset(months=6))


def _coverage_changes(measure_id: str) -> list[pd.Timestamp]:
    reporting = reporting_populations(measure_id)
    everybody = data.populations("CA").set_index("period_start")["persons"]
    shares = reporting["persons"] / reporting["period_start"].map(everybody).to_numpy()
    changed = (shares / shares.shift() - 1).abs() > _TOLERANCE
    return [start - pd.DateOffset(months=6) for start in reporting.loc[changed, "period_start"]]
