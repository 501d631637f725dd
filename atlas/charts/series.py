"""One series on a time axis: interval, preliminary shading, suppressed and missing cells."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from atlas.charts.theme import FONT, Palette
from atlas.frames import records
from atlas.i18n import separators

_NUMERIC = ("reported", "preliminary")
_STRIP_SHARE = 0.09
# More names than this would touch on a phone.
_MOST_YEARS_NAMED = 6


@dataclass(frozen=True)
class SeriesStyle:
    """How a series is drawn.

    Attributes:
        colour: of the line.
        palette: colours of the theme.
        height: pixels.
        top: end of the value axis; None fits it to the series.
        span: first and last day of the time axis; None fits it to the series.
        room_for_marks: whether labels of events stand above the chart.
    """

    colour: str
    palette: Palette
    height: int = 320
    top: float | None = None
    span: tuple[pd.Timestamp, pd.Timestamp] | None = None
    room_for_marks: bool = False


def series_figure(
    cells: pd.DataFrame, style: SeriesStyle, events: pd.DataFrame | None = None
) -> go.Figure:
    """Draw one series in time, every cell in its state.

    A point stands at the middle of its period. A part year is drawn apart, unless it is a rate,
    which its publisher annualises.

    Args:
        cells: rows of one measure, region, member and unit in time order, with
            `interval_low`, `interval_high`, and `text` (the figure in words).
        style: colours, size and axes.
        events: policy dates, `event_date` and `mark` (a short label), or None.
    """
    cells = cells.assign(
        middle=cells["period_start"] + (cells["period_end"] - cells["period_start"]) / 2
    )
    figure = go.Figure()
    numeric = cells[cells["status"].isin(_NUMERIC)]
    apart = (numeric["period_kind"] == "part_year") & (numeric["unit"] == "count")
    connected = numeric[~apart]
    top = style.top or _top(numeric)
    _add_intervals(figure, connected, style)
    _add_line(figure, _broken_at_gaps(cells, connected), style)
    _add_points(figure, numeric[apart], style)
    _add_states(figure, cells, style, top)
    _shade_preliminary(figure, numeric, style)
    _mark_events(figure, events, style)
    _label_last(figure, connected, style)
    _lay_out(figure, cells, style, top)
    return figure


def _top(numeric: pd.DataFrame) -> float:
    highest = numeric[["value", "interval_high"]].max().max()
    return float(highest) * 1.12 if pd.notna(highest) and highest > 0 else 1.0


def _broken_at_gaps(cells: pd.DataFrame, connected: pd.DataFrame) -> pd.DataFrame:
    """Return the cells with an empty one wherever a period has no row at all."""
    kept = cells.assign(value=cells["value"].where(cells.index.isin(connected.index)))
    kept = kept[kept["period_kind"].ne("part_year") | kept.index.isin(connected.index)]
    before = kept["period_end"].shift()
    late = kept["period_start"] - before > pd.Timedelta(days=1)
    breaks = kept.assign(value=float("nan"), status="not_available", middle=before)[late]
    return pd.concat([kept, breaks]).sort_values("middle", kind="stable")


def _add_intervals(figure: go.Figure, cells: pd.DataFrame, style: SeriesStyle) -> None:
    """Draw a band over each unbroken run, so that none bridges a gap; a lone cell gets a bar."""
    known = cells.dropna(subset=["interval_low", "interval_high"])
    gaps = known["period_start"] - known["period_end"].shift() > pd.Timedelta(days=1)
    for _run, cells_of_run in known.groupby(gaps.cumsum()):
        alone = len(cells_of_run) == 1
        figure.add_scatter(
            x=[*cells_of_run["middle"], *cells_of_run["middle"][::-1]],
            y=[*cells_of_run["interval_high"], *cells_of_run["interval_low"][::-1]],
            fill=None if alone else "toself",
            mode="lines",
            line={"width": 5 if alone else 0, "color": style.colour},
            fillcolor=style.colour,
            opacity=0.18,
            hoverinfo="skip",
        )


def _add_line(figure: go.Figure, cells: pd.DataFrame, style: SeriesStyle) -> None:
    markers = len(cells) <= 60
    final = cells.assign(value=cells["value"].where(cells["status"] != "preliminary"))
    for part, dash in ((final, "solid"), (_preliminary_tail(cells), "dash")):
        if part["value"].notna().any():
            figure.add_scatter(
                x=part["middle"],
                y=part["value"],
                mode="lines+markers" if markers else "lines",
                line={"color": style.colour, "width": 2, "dash": dash},
                marker={
                    "size": 6,
                    "color": [
                        style.palette.background if status == "preliminary" else style.colour
                        for status in part["status"]
                    ],
                    "line": {"color": style.colour, "width": 1.5},
                },
                customdata=part["text"],
                hovertemplate="%{customdata}<extra></extra>",
                connectgaps=False,
            )


def _preliminary_tail(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the preliminary cells with the one before them, which the dashes start from."""
    preliminary = cells["status"] == "preliminary"
    return cells[preliminary | preliminary.shift(-1, fill_value=False)]


def _add_points(figure: go.Figure, cells: pd.DataFrame, style: SeriesStyle) -> None:
    if cells.empty:
        return
    figure.add_scatter(
        x=cells["middle"],
        y=cells["value"],
        mode="markers",
        cliponaxis=False,
        marker={"symbol": "diamond-open", "size": 9, "color": style.colour, "line": {"width": 2}},
        customdata=cells["text"],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _add_states(figure: go.Figure, cells: pd.DataFrame, style: SeriesStyle, top: float) -> None:
    states = (
        ("suppressed", {"color": style.palette.suppressed, "pattern": {"shape": "/", "size": 5}}),
        (
            "not_available",
            {"color": style.palette.background, "line": {"color": style.palette.muted, "width": 1}},
        ),
    )
    for status, marker in states:
        found = cells[cells["status"] == status]
        if found.empty:
            continue
        days = (found["period_end"] - found["period_start"]).dt.days + 1
        figure.add_bar(
            x=found["middle"],
            y=[top * _STRIP_SHARE] * len(found),
            width=days * 86_400_000 * 0.9,
            marker=marker,
            customdata=found["text"],
            hovertemplate="%{customdata}<extra></extra>",
        )


def _shade_preliminary(figure: go.Figure, numeric: pd.DataFrame, style: SeriesStyle) -> None:
    preliminary = numeric[numeric["status"] == "preliminary"]
    if not preliminary.empty:
        figure.add_vrect(
            x0=preliminary["period_start"].min(),
            x1=preliminary["period_end"].max(),
            fillcolor=style.palette.shade,
            line_width=0,
            layer="below",
        )


def _mark_events(figure: go.Figure, events: pd.DataFrame | None, style: SeriesStyle) -> None:
    if events is None:
        return
    before, raised = pd.Timestamp(0), False
    for event in records(events):
        figure.add_vline(
            x=event.event_date, line={"color": style.palette.muted, "width": 1, "dash": "dot"}
        )
        if event.mark:
            # Two labels that would touch stand one above the other.
            close = event.event_date - before < pd.Timedelta(days=150)
            raised, before = close and not raised, event.event_date
            figure.add_annotation(
                yshift=11 if raised else 0,
                x=event.event_date,
                y=1,
                yref="paper",
                yanchor="bottom",
                text=event.mark,
                showarrow=False,
                font={"size": 10, "color": style.palette.muted},
            )


def _label_last(figure: go.Figure, cells: pd.DataFrame, style: SeriesStyle) -> None:
    final = cells[cells["status"] == "reported"]
    if final.empty:
        return
    last = final.iloc[-1]
    figure.add_annotation(
        x=last["middle"],
        y=last["value"],
        text=f"<b>{last['short_text']}</b>",
        showarrow=False,
        yshift=13,
        font={"color": style.colour, "size": 12},
    )


def _lay_out(figure: go.Figure, cells: pd.DataFrame, style: SeriesStyle, top: float) -> None:
    first, last = style.span or (cells["period_start"].min(), cells["period_end"].max())
    # A year is named where its middle lies on the axis.
    years = range(first.year + (first.month > 7), last.year + (last.month > 6))
    step = max(1, -(-len(years) // _MOST_YEARS_NAMED))
    ticks = list(years)[(len(years) - 1) % step :: step] if years else []
    figure.update_layout(
        height=style.height,
        margin={"l": 8, "r": 12, "t": 30 if style.room_for_marks else 8, "b": 8},
        showlegend=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 12, "color": style.palette.text},
        hoverlabel={"font": {"family": FONT}},
        hovermode="closest",
        barmode="overlay",
        dragmode=False,
        separators=separators(),
    )
    figure.update_xaxes(
        range=[first - pd.Timedelta(days=30), last + pd.Timedelta(days=30)],
        # A year's name stands at the middle of the year, under its point.
        tickvals=[pd.Timestamp(year=year, month=7, day=2) for year in ticks],
        ticktext=[str(year) for year in ticks],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        range=[0, top],
        gridcolor=style.palette.grid,
        zeroline=True,
        zerolinecolor=style.palette.muted,
        nticks=5,
        tickformat=",.0f" if top >= 10 else None,
        fixedrange=True,
        automargin=True,
    )
