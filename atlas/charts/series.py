"""One series on a time axis: interval, preliminary shading, suppressed and missing cells."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from atlas.charts.theme import FONT, Palette
from atlas.frames import records
from atlas.i18n import month, separators

_NUMERIC = ("reported", "preliminary")
_STRIP_SHARE = 0.09
# More names than this would touch on a phone.
_MOST_NAMES = 6
_AXIS_ROOM = pd.Timedelta(days=30)
_SHORT_AXIS = pd.Timedelta(days=548)
# Nearer to the end of the axis than this, a label centred on its point would be cut off.
_EDGE_SHARE = 0.1
_ROLLING = "twelve_months"


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

    A point stands at the middle of its period, a rolling total at its end. A part year is drawn
    apart, unless it is a rate, which its publisher annualises.

    Args:
        cells: rows of one measure, region, member and unit in time order, with
            `interval_low`, `interval_high`, and `text` (the figure in words).
        style: colours, size and axes.
        events: policy dates, `event_date` and `mark` (a short label), or None.
    """
    cells = _placed(cells)
    figure = go.Figure()
    numeric = cells[cells["status"].isin(_NUMERIC)]
    apart = (numeric["period_kind"] == "part_year") & (numeric["unit"] == "count")
    connected = numeric[~apart]
    top = style.top or _top(numeric)
    _add_intervals(figure, connected, style)
    _add_line(figure, _broken_at_gaps(cells, connected), style)
    _add_points(figure, numeric[apart], style)
    _add_states(figure, cells, style, top)
    _shade_preliminary(figure, cells, style)
    _mark_events(figure, events, style)
    _label_last(figure, connected, _axis(cells, style), style)
    _lay_out(figure, cells, style, top)
    return figure


def _placed(cells: pd.DataFrame) -> pd.DataFrame:
    """Add `at`, where a cell stands on the time axis, and `width`, the time it has to itself.

    Rolling totals overlap: each stands at the end of its window, as wide as the step between two.
    """
    length = cells["period_end"] - cells["period_start"]
    rolling = cells["period_kind"] == _ROLLING
    step = cells.loc[rolling, "period_end"].diff().min()
    return cells.assign(
        at=(cells["period_start"] + length / 2).mask(rolling, cells["period_end"]),
        width=(length + pd.Timedelta(days=1)).mask(
            rolling, pd.Timedelta(days=30) if pd.isna(step) else step
        ),
    )


def _after_gap(cells: pd.DataFrame) -> pd.Series:
    """Tell which cells do not follow on the one before them."""
    apart = cells["period_start"] - cells["period_end"].shift() > pd.Timedelta(days=1)
    # Windows overlap even when some between them are missing; months differ in length.
    skipped = cells["at"].diff() > cells["width"] * 1.5
    return apart | (skipped & (cells["period_kind"] == _ROLLING))


def _top(numeric: pd.DataFrame) -> float:
    highest = numeric[["value", "interval_high"]].max().max()
    return float(highest) * 1.12 if pd.notna(highest) and highest > 0 else 1.0


def _broken_at_gaps(cells: pd.DataFrame, connected: pd.DataFrame) -> pd.DataFrame:
    """Return the cells with an empty one wherever a period has no row at all."""
    kept = cells.assign(value=cells["value"].where(cells.index.isin(connected.index)))
    kept = kept[kept["period_kind"].ne("part_year") | kept.index.isin(connected.index)]
    before = kept["period_end"].shift()
    breaks = kept.assign(value=float("nan"), status="not_available", at=before)[_after_gap(kept)]
    return pd.concat([kept, breaks]).sort_values("at", kind="stable")


def _add_intervals(figure: go.Figure, cells: pd.DataFrame, style: SeriesStyle) -> None:
    """Draw a band over each unbroken run, so that none bridges a gap; a lone cell gets a bar."""
    known = cells.dropna(subset=["interval_low", "interval_high"])
    for _run, cells_of_run in known.groupby(_after_gap(known).cumsum()):
        alone = len(cells_of_run) == 1
        figure.add_scatter(
            x=[*cells_of_run["at"], *cells_of_run["at"][::-1]],
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
                x=part["at"],
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
    """Return the cells with values only where dashes run: preliminary ones and their neighbours.

    The other cells stay, empty, so that the dashes never bridge them.
    """
    preliminary = cells["status"] == "preliminary"
    beside = preliminary.shift(-1, fill_value=False) | preliminary.shift(1, fill_value=False)
    return cells.assign(value=cells["value"].where(preliminary | beside))


def _add_points(figure: go.Figure, cells: pd.DataFrame, style: SeriesStyle) -> None:
    if cells.empty:
        return
    figure.add_scatter(
        x=cells["at"],
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
        figure.add_bar(
            x=found["at"],
            y=[top * _STRIP_SHARE] * len(found),
            width=found["width"].dt.total_seconds() * 1000 * 0.9,
            marker=marker,
            customdata=found["text"],
            hovertemplate="%{customdata}<extra></extra>",
        )


def _shade_preliminary(figure: go.Figure, cells: pd.DataFrame, style: SeriesStyle) -> None:
    """Shade each run of preliminary cells, so that no final cell between two is shaded."""
    starts, ends = _edges(cells)
    preliminary = cells["status"] == "preliminary"
    runs = (preliminary.ne(preliminary.shift()) | _after_gap(cells)).cumsum()[preliminary]
    for _run, found in runs.groupby(runs):
        figure.add_vrect(
            x0=starts[found.index].min(),
            x1=ends[found.index].max(),
            fillcolor=style.palette.shade,
            line_width=0,
            layer="below",
        )


def _edges(cells: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return where each cell begins and ends on the axis: rolling totals meet halfway."""
    rolling = cells["period_kind"] == _ROLLING
    before = cells["at"].diff().fillna(cells["width"])
    after = before.shift(-1).fillna(cells["width"])
    return (
        cells["period_start"].mask(rolling, cells["at"] - before / 2),
        cells["period_end"].mask(rolling, cells["at"] + after / 2),
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


def _label_last(
    figure: go.Figure,
    cells: pd.DataFrame,
    axis: tuple[pd.Timestamp, pd.Timestamp],
    style: SeriesStyle,
) -> None:
    final = cells[cells["status"] == "reported"]
    if final.empty:
        return
    last = final.iloc[-1]
    at_edge = axis[1] - last["at"] < (axis[1] - axis[0]) * _EDGE_SHARE
    figure.add_annotation(
        x=last["at"],
        y=last["value"],
        text=f"<b>{last['short_text']}</b>",
        showarrow=False,
        xanchor="right" if at_edge else "center",
        yshift=13,
        font={"color": style.colour, "size": 12},
    )


def _span(cells: pd.DataFrame, style: SeriesStyle) -> tuple[pd.Timestamp, pd.Timestamp]:
    # No rolling total stands within the first window.
    rolling = cells["period_kind"] == _ROLLING
    starts = cells["period_start"].mask(rolling, cells["at"])
    return style.span or (starts.min(), cells["period_end"].max())


def _axis(cells: pd.DataFrame, style: SeriesStyle) -> tuple[pd.Timestamp, pd.Timestamp]:
    first, last = _span(cells, style)
    return first - _AXIS_ROOM, last + _AXIS_ROOM


def _thinned(moments: list[pd.Timestamp]) -> list[pd.Timestamp]:
    """Leave out moments evenly, never the last, until their names have room."""
    step = max(1, -(-len(moments) // _MOST_NAMES))
    return moments[(len(moments) - 1) % step :: step] if moments else []


def _ticks(cells: pd.DataFrame, style: SeriesStyle) -> dict[pd.Timestamp, str]:
    """Return the names on the time axis: years, or months where few years would be named."""
    first, last = _span(cells, style)
    if last - first < _SHORT_AXIS and not (cells["period_kind"] == "year").any():
        months = pd.period_range(first, last, freq="M")
        # A month's name stands under its point: a rolling total's is at the month's end.
        if (cells["period_kind"] == _ROLLING).any():
            moments = [each.end_time.normalize() for each in months]
        else:
            moments = [each.start_time + pd.Timedelta(days=14) for each in months]
        return {when: "<br>".join(month(when).split()) for when in _thinned(moments)}
    # A year is named at its middle, under its point, where that lies on the axis.
    years = range(first.year + (first.month > 7), last.year + (last.month > 6))
    middles = [pd.Timestamp(year=year, month=7, day=2) for year in years]
    return {when: str(when.year) for when in _thinned(middles)}


def _lay_out(figure: go.Figure, cells: pd.DataFrame, style: SeriesStyle, top: float) -> None:
    ticks = _ticks(cells, style)
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
        range=list(_axis(cells, style)),
        tickvals=list(ticks),
        ticktext=list(ticks.values()),
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
