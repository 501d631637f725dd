"""Small multiples: one panel a region and member."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from atlas import catalog
from atlas.frames import records
from atlas.i18n import _, number
from atlas.ui import data, page
from atlas.ui.cache import cached
from atlas.ui.sentences import named, series_title
from atlas.ui.trend import series_cells, series_chart, show_series

MOST_PANELS = 24
_PER_ROW = 3
_PREFERRED = ("CA", "CA-BC", "CA-AB", "CA-ON", "CA-QC", "CA-SK", "CA-ON-toronto")


@dataclass(frozen=True)
class Panel:
    """One series of the small multiples.

    Attributes:
        region_id: its region.
        dimension: its breakdown.
        member: its member of the breakdown.
        title: both in words.
        cells: the series, as `series_cells` gives it.
    """

    region_id: str
    dimension: str
    member: str
    title: str
    cells: pd.DataFrame


@cached
def default_regions(measure_id: str) -> tuple[str, ...]:
    """Return up to six well-known regions that have the measure, else the first six."""
    offered = sorted(set(data.slices(measure_id)["region_id"]))
    known = [region for region in _PREFERRED if region in offered]
    return tuple((known or offered)[:6])


@cached
def panels(
    measure_id: str, region_ids: tuple[str, ...], dimension: str, unit: str, kind: str
) -> list[Panel]:
    """Return a panel for each region and member that has at least one cell."""
    names, labels = data.regions()["name"], data.members()
    members = labels[labels["dimension"] == dimension]
    found = []
    for region_id in region_ids:
        for member in records(members):
            cells = series_cells(measure_id, region_id, dimension, member.member, unit, kind)
            if len(cells):
                place = str(names.loc[region_id])
                if dimension == "total":
                    title = place
                elif len(region_ids) == 1:
                    title = str(member.label)
                else:
                    title = named(place, str(member.label))
                found.append(Panel(region_id, dimension, member.member, title, cells))
    return found


def nothing_to_show(measure_id: str, dimension: str, unit: str, kind: str, any_region: bool) -> str:
    """Say what is missing and where the nearest figures are."""
    if not any_region:
        return _("Choose at least one region to see its series.")
    slices = data.slices(measure_id)
    near = slices[
        (slices["dimension"] == dimension)
        & (slices["unit"] == unit)
        & (slices["period_kind"] == kind)
    ]["region_id"].unique()
    names = data.regions().loc[near[:8], "name"]
    return _("No region chosen publishes this. Regions that do: {regions}.").format(
        regions=", ".join(names)
    )


def finding(shown: list[Panel]) -> str:
    """Answer for the first panel, and count the others."""
    place = data.region_name(shown[0].region_id)
    title = shown[0].title if shown[0].title.startswith(place) else named(place, shown[0].title)
    first = named(title, f"{series_title(shown[0].cells)}.")
    if len(shown) == 1:
        return first
    return _("{first} One of {count} series below.").format(first=first, count=number(len(shown)))


def show_panels(shown: list[Panel], measure_id: str, unit: str, kind: str) -> None:
    """Draw the panels on one time axis; rates and percents share one scale, counts do not."""
    drawn = shown[:MOST_PANELS]
    span = (
        min(panel.cells["period_start"].min() for panel in drawn),
        max(panel.cells["period_end"].max() for panel in drawn),
    )
    shared = unit != "count" and len(drawn) > 1
    top = max(_highest(panel.cells) for panel in drawn) * 1.12 if shared else None
    scale = _("One scale for all panels.") if shared else _("Each panel has its own scale.")
    label = data.measure(measure_id).label
    st.caption(f"{label}. {catalog.unit_label(unit)}. {scale}")
    theme = page.theme()
    for start in range(0, len(drawn), _PER_ROW):
        columns = st.columns(min(_PER_ROW, len(drawn)), gap="medium")
        for column, panel in zip(columns, drawn[start : start + _PER_ROW], strict=False):
            with column:
                st.markdown(f"**{panel.title}**")
                figure = series_chart(
                    measure_id, panel.region_id, panel.dimension, panel.member, unit, kind,
                    theme, 230, with_events=False, span=span, top=top,
                )  # fmt: skip
                show_series(figure, panel.cells, f"panel_{panel.region_id}_{panel.member}")
    if len(shown) > MOST_PANELS:
        st.info(
            _("{count} more series are in the table and the CSV; choose fewer regions.").format(
                count=number(len(shown) - MOST_PANELS)
            )
        )


def _highest(cells: pd.DataFrame) -> float:
    highest = cells[["value", "interval_high"]].max().max()
    return float(highest) if pd.notna(highest) and highest > 0 else 1.0


def table_cells(shown: list[Panel]) -> pd.DataFrame:
    """Return the cells of every panel, those not drawn too."""
    return pd.concat([panel.cells for panel in shown])
