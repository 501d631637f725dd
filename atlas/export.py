"""Any slice of the warehouse as a CSV file that can be cited and opened safely."""

from __future__ import annotations

from typing import Any

import pandas as pd

from atlas.figures import with_intervals
from atlas.warehouse import query

COLUMNS = {
    "measure_id": "id of the measure",
    "measure": "name of the measure",
    "domain": "overdose, crime, homelessness, response or population",
    "region_id": "id of the region; reads as a path",
    "region": "name of the region",
    "region_level": "country, province_territory, health_region, cma, city, neighbourhood, ...",
    "period_start": "first day",
    "period_end": "last day",
    "period_kind": "year, quarter, month or part_year",
    "dimension": "breakdown; total is none",
    "member": "member of the breakdown",
    "value": "the figure; empty when suppressed or not available, never 0 for those",
    "unit": "count, per_100k, per_100k_12_plus, per_100k_18_plus, per_100k_12_to_17 or percent",
    "status": "reported, preliminary, suppressed or not_available",
    "low": "least value that a suppressed figure can have, where the publisher's rule is known",
    "high": "greatest value that a suppressed figure can have, where the rule is known",
    "interval_low": "lower limit of the exact 95 % Poisson interval, for events (for a rate "
    "published without its count: of the count that it implies)",
    "interval_high": "upper limit of the exact 95 % Poisson interval, likewise",
    "counting_rule": "what is counted",
    "source": "id of the source",
    "publisher": "who publishes it",
    "title": "the publisher's title",
    "release": "publication that the figure comes from, YYYY-MM",
    "published": "date of that publication, as precise as it is known",
    "licence": "terms of use",
    "attribution": "whom to credit",
    "custody": "publisher, resaved, compiled, transcribed or cleaned",
    "landing_url": "the publisher's page",
}
"""The data dictionary: one line a column, in the order of the file."""

_FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n")


def figures_for_export(**filters: Any) -> pd.DataFrame:
    """Return the columns of the dictionary for every figure that the filters let through.

    Args:
        filters: `measures`, and each of `regions`, `dimensions`, `units`, `period_kinds`,
            `statuses` (tuples of ids, None for all), `from_year`, `to_year` (None for all) and
            `every_release` (else only the latest).
    """
    filters = {
        name: list(value) if isinstance(value, tuple) else value for name, value in filters.items()
    }
    asked = query("exported_figures", **filters).rename(columns={"release": "release_id"})
    every_count = filters | {"units": ["count"], "statuses": None}
    counts = query("exported_figures", **every_count).rename(columns={"release": "release_id"})
    people = query("july_populations")
    parts = [
        with_intervals(
            rows,
            counts[counts["measure_id"] == measure_id],
            bool(rows["counts_events"].iloc[0]),
            people,
            imply_counts="count" not in set(query("slices", measure=measure_id)["unit"]),
        )
        for measure_id, rows in asked.groupby("measure_id", sort=False)
    ]
    found = pd.concat(parts) if parts else with_intervals(asked, counts, False)
    return found.rename(columns={"release_id": "release"})[list(COLUMNS)].reset_index(drop=True)


def to_csv(frame: pd.DataFrame) -> bytes:
    """Write a frame as UTF-8 CSV; the same frame gives the same bytes.

    A text cell that a spreadsheet would read as a formula gets a leading apostrophe.
    """
    safe = frame.copy()
    for column in safe.columns[[not pd.api.types.is_numeric_dtype(kind) for kind in safe.dtypes]]:
        if not pd.api.types.is_datetime64_any_dtype(safe[column]):
            safe[column] = safe[column].map(_neutralised, na_action="ignore")
    for column in ("interval_low", "interval_high"):
        if column in safe:
            safe[column] = safe[column].round(4)
    return safe.to_csv(
        index=False, date_format="%Y-%m-%d", float_format="%.12g", lineterminator="\r\n"
    ).encode()


def _neutralised(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_START) else cell
