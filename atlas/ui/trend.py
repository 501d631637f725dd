"""Time series on pages: which cells make one, how it is drawn, what it says."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from atlas import catalog
from atlas.charts.series import SeriesStyle, series_figure
from atlas.charts.theme import palette
from atlas.i18n import _
from atlas.ui import data, page
from atlas.ui.cache import cached
from atlas.ui.comparability import comparable_from
from atlas.ui.sentences import named, series_sentence, series_title, with_texts

_EVENT_KINDS = ("health", "naloxone", "law", "policy", "prosecution", "deflection")
_OVERVIEW_UNITS = ("per_100k", "per_100k_12_plus", "count", "percent")
_OVERVIEW_HEIGHT = 330


@dataclass(frozen=True)
class Series:
    """One series: a measure, region, member and unit in one kind of period.

    Attributes:
        measure_id: its measure.
        region_id: its region.
        unit: its unit.
        kind: its kind of period; a part year stands with the years.
        dimension: its breakdown.
        member: its member of the breakdown.
    """

    measure_id: str
    region_id: str
    unit: str
    kind: str
    dimension: str = "total"
    member: str = "total"

    @property
    def domain(self) -> str:
        """The domain of its measure."""
        return str(data.measure(self.measure_id).domain)


@cached
def cells_of(series: Series) -> pd.DataFrame:
    """Return the cells of a series in time order, in words."""
    cells = data.figures(series.measure_id, series.region_id)
    kinds = ("year", "part_year") if series.kind == "year" else (series.kind,)
    found = cells[
        (cells["dimension"] == series.dimension)
        & (cells["member"] == series.member)
        & (cells["unit"] == series.unit)
        & cells["period_kind"].isin(kinds)
    ]
    return with_texts(found.sort_values("period_start").reset_index(drop=True))


@cached
def title_of(series: Series) -> str:
    """Return the finding of a series in a few words."""
    cells, start = cells_of(series), comparable_from(series.measure_id, series.region_id)
    return series_title(cells if start is None else cells[cells["period_start"] >= start])


@cached
def sentence_of(series: Series) -> str:
    """Return what a series shows, in a sentence."""
    start = comparable_from(series.measure_id, series.region_id)
    return series_sentence(cells_of(series), start)


@cached
def table_of(group: tuple[Series, ...]) -> pd.DataFrame:
    """Return the cells of several series as a table in words."""
    return page.cells_table(pd.concat([cells_of(series) for series in group]))


@cached
def events_of(series: Series) -> pd.DataFrame:
    """Return the policy dates of a series' region within its span, numbered for the chart."""
    cells, events = cells_of(series), data.policy_events((series.region_id,))
    within = events["event_date"].between(cells["period_start"].min(), cells["period_end"].max())
    events = events[events["kind"].isin(_EVENT_KINDS) & within].reset_index(drop=True)
    # A year is marked at its middle, for want of a day.
    middle = events["event_date"] + pd.DateOffset(days=181)
    dates = events["event_date"].mask(events["precision"] == "year", middle)
    marks = [str(place) for place in range(1, len(events) + 1)]
    return events.assign(event_date=dates, mark=marks)


@cached
def chart_of(
    series: Series,
    theme: str,
    height: int,
    with_events: bool = False,
    span: tuple[pd.Timestamp, pd.Timestamp] | None = None,
    top: float | None = None,
) -> go.Figure:
    """Return the finished chart of a series."""
    colours = palette(theme)
    style = SeriesStyle(
        colour=colours.domains[series.domain],
        palette=colours,
        height=height,
        top=top,
        span=span,
        room_for_marks=with_events,
    )
    return series_figure(cells_of(series), style, events_of(series) if with_events else None)


def show_series(series: Series, figure: go.Figure) -> None:
    """Draw a series with its sentence below."""
    sentence = sentence_of(series)
    st.plotly_chart(
        figure,
        theme=None,
        key=f"series_{series.region_id}_{series.member}",
        config={"displayModeBar": False, "responsive": True},
        alt=sentence,
    )
    st.caption(sentence)


@cached
def overview_series(measure_id: str, region_id: str) -> Series | None:
    """Return the yearly series nearest to a region, rates first."""
    slices = data.slices(measure_id)
    yearly = slices[(slices["dimension"] == "total") & (slices["period_kind"] == "year")]
    place = catalog.nearest_with_figures(region_id, set(yearly["region_id"]), data.regions())
    if place is None:
        return None
    units = set(yearly.loc[yearly["region_id"] == place, "unit"])
    unit = next(unit for unit in _OVERVIEW_UNITS if unit in units)
    return Series(measure_id, place, unit, "year")


def show_overview_trend(measure_id: str, region_id: str) -> None:
    """Draw the yearly series of the chosen region with policy dates, or say what is missing."""
    series = overview_series(measure_id, region_id)
    label = data.measure(measure_id).label
    if series is None:
        st.info(
            _("{measure} is not published for {region}: choose a province.").format(
                measure=label, region=data.region_name(region_id)
            )
        )
        return
    st.subheader(named(data.region_name(series.region_id), title_of(series)), anchor=False)
    st.caption(f"{label}. {catalog.unit_label(series.unit)}")
    show_series(series, chart_of(series, page.theme(), _OVERVIEW_HEIGHT, with_events=True))
    page.show_key(series.domain)


def show_overview_events(measure_id: str, region_id: str) -> None:
    """List the policy dates that the overview's series marks."""
    series = overview_series(measure_id, region_id)
    if series:
        page.show_events(events_of(series))
