"""The map of Canada on the overview."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from atlas import catalog
from atlas.analysis.rates import UNSTABLE_BELOW, crude_rate
from atlas.charts.maps import SELECTION, canada_map, class_breaks
from atlas.charts.theme import palette
from atlas.frames import records
from atlas.i18n import _, number, period
from atlas.ui import data, filters, page
from atlas.ui.cache import cached
from atlas.ui.sentences import cell_text, with_texts


@cached
def map_cells(measure_id: str) -> pd.DataFrame:
    """Return the rate of each province and territory and year, published or computed.

    A measure without published rates gets crude rates from its counts and the population of
    1 July; part years of those are left out.
    """
    provinces = data.regions().query("level == 'province_territory'")["region_id"]
    cells = data.figures(measure_id)
    cells = cells[
        (cells["dimension"] == "total")
        & cells["period_kind"].isin(("year", "part_year"))
        & cells["region_id"].isin(provinces)
    ]
    for unit in ("per_100k", "per_100k_12_plus"):
        if (cells["unit"] == unit).any():
            return cells[cells["unit"] == unit]
    return _computed(cells[cells["period_kind"] == "year"])


def _computed(counts: pd.DataFrame) -> pd.DataFrame:
    people = pd.concat([data.populations(region) for region in counts["region_id"].unique()])
    july = people[people["period_start"].dt.month == 7].assign(
        year=lambda frame: frame["period_start"].dt.year
    )
    joined = counts.assign(year=counts["period_start"].dt.year).merge(
        july[["region_id", "year", "persons"]], on=["region_id", "year"], how="left"
    )
    known = joined["value"].notna() & joined["persons"].notna()
    limits = np.full((3, len(joined)), np.nan)
    limits[:, known] = crude_rate(joined.loc[known, "value"], joined.loc[known, "persons"])
    rate, low, high = limits
    return joined.assign(
        value=rate, interval_low=low, interval_high=high, unit="per_100k",
        unstable=joined["value"] < UNSTABLE_BELOW,
    )  # fmt: skip


@cached
def map_periods(measure_id: str) -> dict[str, str]:
    """Offer the periods that the map has a rate for, newest first."""
    cells = map_cells(measure_id).dropna(subset=["value"])
    periods = cells.drop_duplicates("period_end").sort_values("period_end", ascending=False)
    return {
        row.period_end.strftime("%Y-%m"): period(row.period_start, row.period_end, row.period_kind)
        for row in records(periods)
    }


@cached
def final_period(measure_id: str) -> str:
    """Return the newest period whose rates are final, else the newest."""
    cells = map_cells(measure_id)
    final = cells[(cells["status"] == "reported") & (cells["period_kind"] == "year")]
    shown = final if len(final) else cells
    return str(shown["period_end"].max().strftime("%Y-%m"))


@cached
def map_specification(
    measure_id: str, period_end: str, selected: str, theme: str
) -> dict[str, Any]:
    """Return the finished map of a measure in a period."""
    cells = map_cells(measure_id)
    shown = cells[cells["period_end"].dt.strftime("%Y-%m") == period_end]
    provinces = data.regions().query("level == 'province_territory'")
    rows = (
        provinces[["region_id", "name"]]
        .reset_index(drop=True)
        .merge(shown.drop(columns="measure_id"), on="region_id", how="left")
    )
    rows = rows.assign(
        status=rows["status"].fillna("not_available"), unstable=rows["unstable"].fillna(False)
    )
    rows = rows.assign(
        text=[cell_text(row) for row in records(rows)],
        label=[
            f"{number(row.value, 1)}{'*' if row.unstable else ''}" if pd.notna(row.value) else ""
            for row in records(rows)
        ],
    )
    domain = data.measure(measure_id).domain
    return canada_map(
        rows[["region_id", "name", "value", "status", "text", "label"]],
        class_breaks(cells["value"]), domain, selected, palette(theme),
    )  # fmt: skip


def show_map(measure_id: str, period_end: str, selected: str) -> None:
    """Draw the map; a click on a province chooses it."""
    st.vega_lite_chart(
        spec=map_specification(measure_id, period_end, selected, page.theme()),
        theme=None,
        key="canada_map",
        on_select=_choose_region,
        selection_mode=SELECTION,
        alt=_("Map of Canada by province and territory; the table below holds the same figures."),
    )
    st.caption(
        _(
            "Classes are quantiles over all years, so that maps of different years compare. "
            "* unstable: fewer than 20 events. Choose a province on the map or in the list."
        )
    )


def _choose_region() -> None:
    places = st.session_state["canada_map"]["selection"].get(SELECTION, [])
    if places and places[0].get("region_id"):
        filters.set_choice("region", str(places[0]["region_id"]))


@cached
def map_title(measure_id: str, period_end: str) -> str:
    """Say the finding of the map: the range of the known rates in the period."""
    cells = table_cells(measure_id, period_end)
    known = cells.dropna(subset=["value"])
    if known.empty:
        return _("No figure for the provinces and territories in this period")
    return _("{period}: {low} to {high} across {count} provinces and territories").format(
        period=known["period"].iloc[0],
        low=number(known["value"].min(), 1),
        high=number(known["value"].max(), 1),
        count=number(len(known)),
    )


@cached
def map_subtitle(measure_id: str) -> str:
    """Name measure and unit of the map, and say whether the rate was computed here."""
    cells = map_cells(measure_id)
    computed = not data.figures(measure_id)["unit"].isin(set(cells["unit"])).any()
    unit = catalog.unit_label(str(cells["unit"].iloc[0]))
    label = f"{data.measure(measure_id).label}. {unit}"
    return _("{label}, computed here from counts").format(label=label) if computed else label


@cached
def table(measure_id: str, period_end: str) -> pd.DataFrame:
    """Return the table behind the map."""
    return page.cells_table(table_cells(measure_id, period_end))


@cached
def table_cells(measure_id: str, period_end: str) -> pd.DataFrame:
    """Return the cells of the map in words."""
    cells = map_cells(measure_id)
    return with_texts(cells[cells["period_end"].dt.strftime("%Y-%m") == period_end])
