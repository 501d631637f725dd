"""Any slice of the warehouse as a CSV file that can be cited and opened safely."""

from __future__ import annotations

from typing import Any

import pandas as pd

from atlas.figures import with_intervals
from atlas.i18n import _
from atlas.warehouse import query


def dictionary() -> dict[str, str]:
    """Return the data dictionary: what each column of the file means, in the file's order."""
    return {
        "measure_id": _("id of the measure"),
        "measure": _("name of the measure"),
        "domain": _("overdose, crime, homelessness, response or population"),
        "region_id": _("id of the region; reads as a path"),
        "region": _("name of the region"),
        "region_level": _(
            "country, province_territory, health_region, cma, city, neighbourhood, ..."
        ),
        "period_start": _("first day"),
        "period_end": _("last day"),
        "period_kind": _("year, part_year, quarter, month, week, day, twelve_months or pooled"),
        "dimension": _("breakdown; total is none"),
        "member": _("member of the breakdown"),
        "value": _("the figure; empty when suppressed or not available, never 0 for those"),
        "unit": _(
            "count, per_100k, per_100k_12_plus, per_100k_18_plus, per_100k_12_to_17, "
            "per_100k_age_adjusted, percent or index"
        ),
        "status": _("reported, preliminary, suppressed or not_available"),
        "low": _(
            "least value that a suppressed figure can have, where the publisher's rule is known"
        ),
        "high": _("greatest value that a suppressed figure can have, where the rule is known"),
        "interval_low": _(
            "lower limit of the exact 95 % Poisson interval, for events (for a rate published "
            "without its count: of the count that it implies)"
        ),
        "interval_high": _("upper limit of the exact 95 % Poisson interval, likewise"),
        "counting_rule": _("what is counted"),
        "source": _("id of the source"),
        "publisher": _("who publishes it"),
        "title": _("the publisher's title"),
        "release": _("publication that the figure comes from, YYYY-MM"),
        "published": _("date of that publication, as precise as it is known"),
        "licence": _("terms of use"),
        "attribution": _("whom to credit"),
        "custody": _("publisher, resaved, compiled, transcribed or cleaned"),
        "landing_url": _("the publisher's page"),
    }


COLUMNS = tuple(dictionary())

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
            rate_only_sources(str(measure_id)),
        )
        for measure_id, rows in asked.groupby("measure_id", sort=False)
    ]
    found = pd.concat(parts) if parts else with_intervals(asked, counts, False)
    return found.rename(columns={"release_id": "release"})[list(COLUMNS)].reset_index(drop=True)


def rate_only_sources(measure_id: str) -> set[str]:
    """Return the sources that give rates of a measure and not a single count."""
    sources = query("measure_sources", measure=measure_id)
    return set(sources.loc[~sources["gives_counts"], "source_id"])


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
