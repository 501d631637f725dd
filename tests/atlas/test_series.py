"""A series in time: what is drawn for each state of a cell, and what is never joined."""

from itertools import pairwise
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

from atlas.charts.series import SeriesStyle, series_figure
from atlas.charts.theme import DARK, LIGHT

STYLE = SeriesStyle(colour="#8C2D62", palette=LIGHT)
COLUMNS = [
    "period_start", "period_end", "period_kind", "unit", "value", "status",
    "interval_low", "interval_high",
]  # fmt: skip


def cell(
    start: str,
    end: str,
    value: float | None,
    status: str = "reported",
    *,
    kind: str = "year",
    unit: str = "count",
    spread: float | None = 10.0,
) -> tuple[Any, ...]:
    low = high = None
    if value is not None and spread is not None:
        low, high = value - spread, value + spread
    return (start, end, kind, unit, value, status, low, high)


def year(when: int, value: float | None, status: str = "reported", **more: Any) -> tuple[Any, ...]:
    return cell(f"{when}-01-01", f"{when}-12-31", value, status, **more)


def series(*cells: tuple[Any, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(cells, columns=COLUMNS)
    texts = [f"cell {place}" for place in range(len(frame))]
    return frame.assign(
        period_start=pd.to_datetime(frame["period_start"]),
        period_end=pd.to_datetime(frame["period_end"]),
        value=frame["value"].astype(float),
        interval_low=frame["interval_low"].astype(float),
        interval_high=frame["interval_high"].astype(float),
        text=texts,
        short_text=texts,
    )


def draw(*cells: tuple[Any, ...], style: SeriesStyle = STYLE) -> go.Figure:
    return series_figure(series(*cells), style)


def years_of(moments: Any) -> list[int]:
    return [pd.Timestamp(moment).year for moment in moments]


def bars(figure: go.Figure) -> list[Any]:
    return [trace for trace in figure.data if trace.type == "bar"]


def bands(figure: go.Figure) -> list[Any]:
    return [trace for trace in figure.data if trace.type == "scatter" and trace.hoverinfo == "skip"]


def points(figure: go.Figure) -> list[Any]:
    return [trace for trace in figure.data if trace.type == "scatter" and trace.mode == "markers"]


def lines(figure: go.Figure) -> list[Any]:
    return [
        trace
        for trace in figure.data
        if trace.type == "scatter" and "lines" in trace.mode and trace.hoverinfo != "skip"
    ]


def drawn(trace: Any) -> list[pd.Timestamp]:
    """The moments at which a trace has a value."""
    return [pd.Timestamp(x) for x, y in zip(trace.x, trace.y, strict=True) if pd.notna(y)]


def joined(figure: go.Figure) -> set[tuple[int, int]]:
    """The pairs of years that a line joins."""
    found = set()
    for trace in lines(figure):
        assert trace.connectgaps is False
        steps = list(zip(years_of(trace.x), trace.y, strict=True))
        for (when, value), (following, next_value) in pairwise(steps):
            if pd.notna(value) and pd.notna(next_value):
                found.add((when, following))
    return found


def test_final_years_are_joined_by_a_solid_line_through_their_values() -> None:
    figure = draw(year(2021, 40), year(2022, 0), year(2023, 60))
    (line,) = lines(figure)
    assert line.line.dash == "solid"
    assert list(line.y) == [40, 0, 60]
    assert joined(figure) == {(2021, 2022), (2022, 2023)}
    assert not bars(figure)
    assert not figure.layout.shapes


def test_a_suppressed_cell_is_a_hatched_strip_and_breaks_the_line() -> None:
    figure = draw(year(2021, 40), year(2022, None, "suppressed"), year(2023, 60))
    (strip,) = bars(figure)
    assert years_of(strip.x) == [2022]
    assert strip.marker.pattern.shape
    assert strip.marker.color == LIGHT.suppressed
    assert list(strip.customdata) == ["cell 1"]
    assert joined(figure) == set()


def test_a_cell_that_is_not_available_is_outlined_and_breaks_the_line() -> None:
    figure = draw(year(2021, 40), year(2022, None, "not_available"), year(2023, 60))
    (strip,) = bars(figure)
    assert years_of(strip.x) == [2022]
    assert strip.marker.color == LIGHT.background
    assert strip.marker.line.width > 0
    assert strip.marker.line.color == LIGHT.muted
    assert not strip.marker.pattern.shape
    assert joined(figure) == set()


def test_a_strip_is_low_and_as_wide_as_its_period() -> None:
    figure = draw(year(2021, 40), year(2022, None, "suppressed"))
    (strip,) = bars(figure)
    assert 0 < strip.y[0] < 0.2 * figure.layout.yaxis.range[1]
    assert 300 < pd.Timedelta(milliseconds=float(strip.width[0])).days <= 365


def test_a_series_without_any_figure_shows_its_states() -> None:
    figure = draw(year(2021, None, "suppressed"), year(2022, None, "not_available"))
    assert len(bars(figure)) == 2
    assert not lines(figure)
    assert not bands(figure)
    assert figure.layout.yaxis.range[1] > 0


def quarter(when: str, value: float | None, status: str = "reported") -> tuple[Any, ...]:
    period = pd.Period(when, "Q")
    start, end = str(period.start_time.date()), str(period.end_time.date())
    return cell(start, end, value, status, kind="quarter")


def test_the_shading_spans_the_preliminary_periods_and_no_other() -> None:
    figure = draw(
        quarter("2024Q4", 30), quarter("2025Q1", 25, "preliminary"),
        quarter("2025Q2", 20, "preliminary"),
    )  # fmt: skip
    (shade,) = figure.layout.shapes
    assert (pd.Timestamp(shade.x0), pd.Timestamp(shade.x1)) == (
        pd.Timestamp("2025-01-01"),
        pd.Timestamp("2025-06-30"),
    )
    assert shade.fillcolor == LIGHT.shade


def test_the_way_to_a_preliminary_figure_is_dashed() -> None:
    figure = draw(year(2022, 40), year(2023, 50), year(2024, 45, "preliminary"))
    solid, dashed = lines(figure)
    assert (solid.line.dash, dashed.line.dash) == ("solid", "dash")
    assert years_of(drawn(solid)) == [2022, 2023]
    assert years_of(drawn(dashed)) == [2023, 2024]
    # A hollow marker tells the two apart without colour or dashes.
    assert list(dashed.marker.color)[1:] == [STYLE.colour, LIGHT.background]


def shaded(figure: go.Figure) -> list[tuple[str, str]]:
    return [
        (str(pd.Timestamp(shade.x0).date()), str(pd.Timestamp(shade.x1).date()))
        for shade in figure.layout.shapes
    ]


def month(when: str, value: float | None, status: str = "reported") -> tuple[Any, ...]:
    period = pd.Period(when, "M")
    start, end = str(period.start_time.date()), str(period.end_time.date())
    return cell(start, end, value, status, kind="month")


def test_preliminary_cells_at_both_ends_and_between_are_shaded_and_dashed_each_alone() -> None:
    early, between, late = "2017-06", ("2019-01", "2019-02"), "2022-11"
    cells = [
        month(str(when), 40, "preliminary" if str(when) in (early, *between, late) else "reported")
        for when in pd.period_range("2017-06", "2022-11", freq="M")
    ]
    figure = draw(*cells)
    assert shaded(figure) == [
        ("2017-06-01", "2017-06-30"),
        ("2019-01-01", "2019-02-28"),
        ("2022-11-01", "2022-11-30"),
    ]
    solid, dashed = lines(figure)
    assert [when.strftime("%Y-%m") for when in drawn(dashed)] == [
        "2017-06", "2017-07", "2018-12", "2019-01", "2019-02", "2019-03", "2022-10", "2022-11",
    ]  # fmt: skip
    # The cells without dashes stay, empty: without them the dashes would bridge years.
    assert len(dashed.x) == len(cells)
    assert dashed.connectgaps is False
    assert len(drawn(solid)) == len(cells) - 4


def test_a_suppressed_cell_between_preliminary_ones_is_not_shaded() -> None:
    figure = draw(
        month("2024-01", 40), month("2024-02", 40, "preliminary"),
        month("2024-03", None, "suppressed"), month("2024-04", 40, "preliminary"),
    )  # fmt: skip
    assert shaded(figure) == [("2024-02-01", "2024-02-29"), ("2024-04-01", "2024-04-30")]


def window(to: str, value: float | None, status: str = "reported") -> tuple[Any, ...]:
    last = pd.Period(to, "M")
    start, end = str((last - 11).start_time.date()), str(last.end_time.date())
    return cell(start, end, value, status, kind="twelve_months")


def test_a_rolling_total_stands_at_its_end_and_shading_covers_no_final_one() -> None:
    figure = draw(
        window("2024-12", 40), window("2025-01", 41), window("2025-02", 42, "preliminary"),
        window("2025-03", 43, "preliminary"),
    )  # fmt: skip
    solid, dashed = lines(figure)
    assert drawn(solid) == [pd.Timestamp("2024-12-31"), pd.Timestamp("2025-01-31")]
    assert drawn(dashed)[-1] == pd.Timestamp("2025-03-31")
    (shade,) = figure.layout.shapes
    assert pd.Timestamp(shade.x0) == pd.Timestamp("2025-02-14")
    assert pd.Timestamp("2025-03-31") <= pd.Timestamp(shade.x1) < pd.Timestamp("2025-04-30")
    assert pd.Timestamp(figure.layout.xaxis.range[0]) > pd.Timestamp("2024-11-01")


def test_an_early_preliminary_rolling_total_is_shaded_up_to_halfway_to_the_first_final() -> None:
    figure = draw(window("2024-12", 40, "preliminary"), window("2025-01", 41))
    (shade,) = figure.layout.shapes
    assert pd.Timestamp("2024-12-31") < pd.Timestamp(shade.x1) < pd.Timestamp("2025-01-31")


@pytest.mark.parametrize("between", [[], [window("2025-02", None, "suppressed")]])
def test_nothing_bridges_a_rolling_total_that_is_not_known(between: list[tuple[Any, ...]]) -> None:
    figure = draw(
        window("2024-12", 40), window("2025-01", 41), *between,
        window("2025-03", 43), window("2025-04", 44),
    )  # fmt: skip
    (line,) = lines(figure)
    assert pd.isna(line.y[2])
    assert len(bands(figure)) == 2
    for strip in bars(figure):
        assert pd.Timedelta(milliseconds=float(strip.width[0])) < pd.Timedelta(days=31)


def part_year(unit: str) -> tuple[Any, ...]:
    return cell("2025-01-01", "2025-09-30", 30, "preliminary", kind="part_year", unit=unit)


def test_a_count_of_a_part_year_stands_apart_from_the_line() -> None:
    figure = draw(year(2023, 40), year(2024, 50), part_year("count"))
    (apart,) = points(figure)
    assert (years_of(apart.x), list(apart.y)) == ([2025], [30])
    assert "open" in apart.marker.symbol
    assert joined(figure) == {(2023, 2024)}
    assert all(2025 not in years_of(band.x) for band in bands(figure))
    (shade,) = figure.layout.shapes
    assert pd.Timestamp(shade.x1) == pd.Timestamp("2025-09-30")


def test_a_rate_of_a_part_year_is_annualised_and_joined_by_dashes() -> None:
    rates = [year(2023, 40, unit="per_100k"), year(2024, 50, unit="per_100k")]
    figure = draw(*rates, part_year("per_100k"))
    assert not points(figure)
    dashed = next(line for line in lines(figure) if line.line.dash == "dash")
    assert years_of(drawn(dashed)) == [2024, 2025]


def test_the_band_runs_through_the_interval_of_each_cell() -> None:
    figure = draw(year(2021, 40), year(2022, 50))
    (band,) = bands(figure)
    assert years_of(band.x) == [2021, 2022, 2022, 2021]
    assert list(band.y) == [50, 60, 40, 30]
    assert band.fill == "toself"
    assert 0 < band.opacity < 0.5


@pytest.mark.parametrize(
    "gap",
    [
        [],
        [year(2023, None, "suppressed")],
        [year(2023, None, "not_available")],
        [year(2023, 45, spread=None)],
    ],
    ids=["no row", "suppressed", "not available", "no interval"],
)
def test_no_band_bridges_a_gap(gap: list[tuple[Any, ...]]) -> None:
    figure = draw(year(2021, 40), year(2022, 50), *gap, year(2024, 60), year(2025, 70))
    assert [sorted(set(years_of(band.x))) for band in bands(figure)] == [[2021, 2022], [2024, 2025]]


def test_an_interval_with_a_gap_on_each_side_is_a_bar() -> None:
    figure = draw(year(2020, 40), year(2021, 45), year(2023, 50), year(2025, 60), year(2026, 65))
    (alone,) = [band for band in bands(figure) if set(years_of(band.x)) == {2023}]
    assert sorted(alone.y) == [40, 60]
    assert alone.line.width > 0


def test_no_line_bridges_a_year_that_has_no_row() -> None:
    figure = draw(year(2021, 40), year(2022, 50), year(2024, 60), year(2025, 70))
    assert joined(figure) == {(2021, 2022), (2024, 2025)}


@pytest.mark.parametrize("unit", ["count", "per_100k", "percent"])
def test_the_value_axis_starts_at_zero_and_holds_every_interval(unit: str) -> None:
    figure = draw(year(2021, 400, unit=unit), year(2022, 500, unit=unit, spread=80))
    low, high = figure.layout.yaxis.range
    assert low == 0
    assert high >= 580


def test_a_shared_axis_is_kept() -> None:
    style = SeriesStyle(
        colour="#000000", palette=DARK, top=99,
        span=(pd.Timestamp("2010-01-01"), pd.Timestamp("2025-12-31")),
    )  # fmt: skip
    figure = draw(year(2021, 40), year(2022, 50), style=style)
    assert tuple(figure.layout.yaxis.range) == (0, 99)
    first, last = figure.layout.xaxis.range
    assert first <= pd.Timestamp("2010-01-01")
    assert last >= pd.Timestamp("2025-12-31")


def test_the_last_final_figure_is_named_beside_its_point() -> None:
    figure = draw(year(2022, 40), year(2023, 50), year(2024, 45, "preliminary"))
    (label,) = figure.layout.annotations
    assert "cell 1" in label.text
    assert (pd.Timestamp(label.x).year, label.y) == (2023, 50)


@pytest.mark.parametrize(("last", "anchor"), [(2024, "right"), (2018, "center")])
def test_the_label_of_a_point_at_the_edge_stands_within_the_chart(last: int, anchor: str) -> None:
    span = (pd.Timestamp("2010-01-01"), pd.Timestamp("2024-12-31"))
    style = SeriesStyle(colour="#000000", palette=LIGHT, span=span)
    figure = draw(*(year(when, 41_575) for when in range(2010, last + 1)), style=style)
    (label,) = figure.layout.annotations
    assert label.xanchor == anchor


def test_a_short_series_names_its_months() -> None:
    figure = draw(*(month(f"2025-0{place}", 40) for place in range(1, 6)))
    assert list(figure.layout.xaxis.ticktext) == [
        f"{name}<br>2025" for name in ("Jan", "Feb", "Mar", "Apr", "May")
    ]
    (line,) = lines(figure)
    for tick, point in zip(figure.layout.xaxis.tickvals, line.x, strict=True):
        assert abs(pd.Timestamp(tick) - pd.Timestamp(point)) <= pd.Timedelta(days=2)


def test_months_are_named_under_rolling_totals_and_thinned_to_what_has_room() -> None:
    months = pd.period_range("2024-01", "2025-04", freq="M")
    figure = draw(*(window(str(when), 40) for when in months))
    ticks = figure.layout.xaxis.tickvals
    assert len(ticks) <= 6
    assert pd.Timestamp(ticks[-1]) == pd.Timestamp("2025-04-30")


def test_years_are_named_at_their_middle_and_months_never_under_a_year() -> None:
    assert list(draw(year(2024, 40)).layout.xaxis.ticktext) == ["2024"]
    months = pd.period_range("2022-01", "2024-12", freq="M")
    long = draw(*(month(str(when), 40) for when in months))
    assert list(long.layout.xaxis.ticktext) == ["2022", "2023", "2024"]


def test_policy_dates_are_dotted_lines_with_their_mark() -> None:
    events = pd.DataFrame(
        {"event_date": pd.to_datetime(["2021-03-01", "2022-08-15"]), "mark": ["1", "2"]}
    )
    figure = series_figure(series(year(2021, 40), year(2022, 50)), STYLE, events)
    assert [(shape.x0, shape.line.dash) for shape in figure.layout.shapes] == [
        (when, "dot") for when in events["event_date"]
    ]
    assert {"1", "2"} <= {label.text for label in figure.layout.annotations}
    assert figure.layout.xaxis.type != "category"


def test_drawing_leaves_the_cells_as_they_were() -> None:
    cells = series(year(2021, 40), year(2022, None, "suppressed"), part_year("count"))
    before = cells.copy()
    series_figure(cells, STYLE)
    pd.testing.assert_frame_equal(cells, before)
