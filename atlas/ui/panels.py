"""Small multiples: one panel a region and member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from atlas import catalog
from atlas.frames import records
from atlas.i18n import _, number
from atlas.ui import data, options, page
from atlas.ui.cache import cached
from atlas.ui.sentences import named
from atlas.ui.trend import Series, cells_of, chart_of, show_series, title_of

MOST_PANELS = 24
_PER_ROW = 3
_HEIGHT = 230
_PREFERRED = ("CA", "CA-BC", "CA-AB", "CA-ON", "CA-QC", "CA-SK", "CA-ON-toronto")


@dataclass(frozen=True)
class Panel:
    """One series of the small multiples, with its title."""

    series: Series
    title: str


@cached
def default_regions(measure_id: str) -> tuple[str, ...]:
    """Return up to six well-known regions that have the measure, else the widest places."""
    offered = set(data.slices(measure_id)["region_id"])
    known = [region for region in _PREFERRED if region in offered]
    return tuple((known or options.widest_first(offered))[:6])


@cached
def panels(
    measure_id: str, region_ids: tuple[str, ...], dimension: str, unit: str, kind: str
) -> tuple[Panel, ...]:
    """Return a panel for each region and member that has at least one cell."""
    members = data.members()
    members = members[members["dimension"] == dimension]
    found = []
    for region_id in region_ids:
        for member in records(members):
            series = Series(measure_id, region_id, unit, kind, dimension, member.member)
            if len(cells_of(series)):
                title = _title(region_id, member, alone=len(region_ids) == 1)
                found.append(Panel(series, title))
    return tuple(found)


def _title(region_id: str, member: Any, alone: bool) -> str:
    place = data.region_name(region_id)
    if member.dimension == "total":
        return place
    return str(member.label) if alone else f"{place}, {member.label}"


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


@cached
def finding(shown: tuple[Panel, ...]) -> str:
    """Answer for the first panel, and count the others."""
    first = shown[0]
    place = data.region_name(first.series.region_id)
    title = first.title if first.title.startswith(place) else f"{place}, {first.title}"
    answer = named(title, f"{title_of(first.series)}.")
    if len(shown) == 1:
        return answer
    return _("{first} One of {count} series below.").format(first=answer, count=number(len(shown)))


def sources_of(shown: tuple[Panel, ...]) -> set[str]:
    """Return the ids of the sources whose figures are shown."""
    return {
        str(source) for panel in shown for source in cells_of(panel.series)["source_id"].unique()
    }


def show_missing(region_ids: tuple[str, ...], shown: tuple[Panel, ...]) -> None:
    """Name the chosen regions that have no figure of what is shown."""
    there = {panel.series.region_id for panel in shown}
    missing = [data.region_name(region) for region in region_ids if region not in there]
    if missing:
        st.caption(
            _("No figure in this breakdown, unit and kind of period: {regions}.").format(
                regions=", ".join(missing)
            )
        )


def show_panels(shown: tuple[Panel, ...]) -> None:
    """Draw the panels on one time axis; rates and percents share one scale, counts do not."""
    drawn = shown[:MOST_PANELS]
    span, top = _axes(drawn)
    scale = _("One scale for all panels.") if top else _("Each panel has its own scale.")
    first = drawn[0].series
    label, unit = data.measure(first.measure_id).label, catalog.unit_label(first.unit)
    st.caption(f"{label}. {unit}. {scale}")
    theme = page.theme()
    for start in range(0, len(drawn), _PER_ROW):
        columns = st.columns(min(_PER_ROW, len(drawn)), gap="medium")
        for column, panel in zip(columns, drawn[start : start + _PER_ROW], strict=False):
            with column:
                st.markdown(f"**{panel.title}**")
                show_series(panel.series, chart_of(panel.series, theme, _HEIGHT, False, span, top))
    if len(shown) > MOST_PANELS:
        st.info(
            _("{count} more series are in the table and the CSV; choose fewer regions.").format(
                count=number(len(shown) - MOST_PANELS)
            )
        )


@cached
def _axes(
    drawn: tuple[Panel, ...],
) -> tuple[tuple[pd.Timestamp, pd.Timestamp], float | None]:
    """Return the common time axis, and the top of the common value axis if there is one."""
    cells = pd.concat([cells_of(panel.series) for panel in drawn])
    span = (cells["period_start"].min(), cells["period_end"].max())
    if drawn[0].series.unit == "count" or len(drawn) == 1:
        return span, None
    highest = cells[["value", "interval_high"]].max().max()
    return span, float(highest) * 1.12 if highest > 0 else None
