"""Time series on pages: which cells make one, how it is drawn, what it says."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from atlas import catalog
from atlas.charts.series import SeriesStyle, series_figure
from atlas.charts.theme import palette
from atlas.i18n import _
from atlas.ui import data, page
from atlas.ui.cache import cached
from atlas.ui.sentences import decimals, named, series_sentence, series_title, with_texts

_EVENT_KINDS = ("health", "naloxone", "law", "policy", "prosecution", "deflection")


@cached
def series_cells(
    measure_id: str, region_id: str, dimension: str, member: str, unit: str, kind: str
) -> pd.DataFrame:
    """Return one series in time order, in words; a part year stands with the years."""
    cells = data.figures(measure_id)
    kinds = ("year", "part_year") if kind == "year" else (kind,)
    found = cells[
        (cells["region_id"] == region_id)
        & (cells["dimension"] == dimension)
        & (cells["member"] == member)
        & (cells["unit"] == unit)
        & cells["period_kind"].isin(kinds)
    ]
    return with_texts(found.sort_values("period_start").reset_index(drop=True))


@cached
def marked_events(region_id: str, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Return the policy dates of a region within a span, numbered for the chart."""
    events = data.policy_events((region_id,))
    events = events[
        events["kind"].isin(_EVENT_KINDS) & events["event_date"].between(first, last)
    ].reset_index(drop=True)
    return events.assign(mark=[str(place) for place in range(1, len(events) + 1)])


@cached
def series_chart(
    measure_id: str,
    region_id: str,
    dimension: str,
    member: str,
    unit: str,
    kind: str,
    theme: str,
    height: int,
    with_events: bool,
    span: tuple[pd.Timestamp, pd.Timestamp] | None = None,
    top: float | None = None,
) -> go.Figure:
    """Return the finished chart of a series."""
    cells = series_cells(measure_id, region_id, dimension, member, unit, kind)
    colours = palette(theme)
    style = SeriesStyle(
        colour=colours.domains[data.measure(measure_id).domain],
        palette=colours,
        height=height,
        decimals=decimals(unit),
        top=top,
        span=span,
        room_for_marks=with_events,
    )
    events = (
        marked_events(region_id, cells["period_start"].min(), cells["period_end"].max())
        if with_events
        else None
    )
    return series_figure(cells, style, events)


def show_series(figure: go.Figure, cells: pd.DataFrame, key: str) -> None:
    """Draw a series with its sentence below."""
    sentence = series_sentence(cells)
    st.plotly_chart(
        figure, theme=None, key=key, config={"displayModeBar": False, "responsive": True},
        alt=sentence,
    )  # fmt: skip
    st.caption(sentence)


@cached
def overview_series(measure_id: str, region_id: str) -> tuple[str, str] | None:
    """Return the place and unit of the yearly series nearest to a region, rates first."""
    slices = data.slices(measure_id)
    yearly = slices[(slices["dimension"] == "total") & (slices["period_kind"] == "year")]
    place = catalog.nearest_with_figures(region_id, set(yearly["region_id"]), data.regions())
    if place is None:
        return None
    units = set(yearly.loc[yearly["region_id"] == place, "unit"])
    order = ("per_100k", "per_100k_12_plus", "count", "percent")
    return place, next(unit for unit in order if unit in units)


def show_overview_events(measure_id: str, region_id: str) -> None:
    """List the policy dates that the overview's series marks."""
    found = overview_series(measure_id, region_id)
    if found:
        place, unit = found
        cells = series_cells(measure_id, place, "total", "total", unit, "year")
        events = marked_events(place, cells["period_start"].min(), cells["period_end"].max())
        page.show_events(events)


def show_overview_trend(measure_id: str, region_id: str) -> None:
    """Draw the yearly series of the chosen region with policy dates, or say what is missing."""
    found = overview_series(measure_id, region_id)
    measure = data.measure(measure_id)
    if found is None:
        st.info(
            _("{measure} is not published for {region}: choose a province.").format(
                measure=measure.label, region=data.region_name(region_id)
            )
        )
        return
    place, unit = found
    cells = series_cells(measure_id, place, "total", "total", unit, "year")
    st.subheader(named(data.region_name(place), series_title(cells)))
    st.caption(f"{measure.label}. {catalog.unit_label(unit)}")
    figure = series_chart(
        measure_id, place, "total", "total", unit, "year", page.theme(), 330, with_events=True
    )
    show_series(figure, cells, "overview_trend")
    page.show_key(measure.domain)
