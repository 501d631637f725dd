"""Which figures have an interval, and which one."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from atlas.analysis.rates import count_interval
from atlas.export import rate_only_sources
from atlas.figures import with_intervals

COLUMNS = [
    "measure_id", "region_id", "period_start", "period_kind", "dimension", "member",
    "value", "unit", "status", "source_id", "release_id",
]  # fmt: skip


def row(
    value: float | None,
    unit: str = "count",
    status: str = "reported",
    *,
    region: str = "CA-BC",
    kind: str = "year",
    member: str = "total",
    source: str = "coroner",
    release: str = "2026-03",
    dimension: str = "sex",
) -> tuple[Any, ...]:
    start = pd.Timestamp("2024-01-01")
    return ("deaths", region, start, kind, dimension, member, value, unit, status, source, release)


def table(*rows: tuple[Any, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS).astype({"value": float})


def add(figures: pd.DataFrame, *, counts_events: bool = True) -> pd.DataFrame:
    return with_intervals(figures, figures[figures["unit"] == "count"], counts_events)


def limits(frame: pd.DataFrame) -> list[tuple[float, float]]:
    pairs = zip(frame["interval_low"].round(4), frame["interval_high"].round(4), strict=True)
    return [(float(low), float(high)) for low, high in pairs]


def test_a_count_has_its_exact_interval_and_a_rate_that_of_its_count() -> None:
    found = add(table(row(100), row(50.0, "per_100k")))
    assert limits(found) == [(81.3640, 121.6268), (40.6820, 60.8134)]


def test_a_preliminary_figure_has_an_interval_too() -> None:
    found = add(table(row(5, status="preliminary"), row(2.5, "per_100k", "preliminary")))
    assert limits(found) == [(1.6235, 11.6683), (0.8117, 5.8342)]


@pytest.mark.parametrize("status", ["suppressed", "not_available"])
def test_a_hidden_figure_has_no_interval_and_gives_none_to_its_rate(status: str) -> None:
    found = add(
        table(row(None, status=status), row(2.5, "per_100k"), row(None, "per_100k", status))
    )
    assert found[["interval_low", "interval_high"]].isna().all(axis=None)
    assert not found["unstable"].any()


def test_a_stock_of_people_has_no_interval() -> None:
    found = add(table(row(9_500), row(50.0, "per_100k")), counts_events=False)
    assert found[["interval_low", "interval_high"]].isna().all(axis=None)
    assert not found["unstable"].any()


@pytest.mark.parametrize("unit", ["percent", "per_100k_12_plus"])
def test_a_unit_that_rests_on_something_else_has_no_interval(unit: str) -> None:
    found = add(table(row(100), row(40.0, unit)))
    assert found["interval_low"].isna().tolist() == [False, True]


def test_a_rate_of_zero_has_no_interval_because_its_denominator_is_unknown() -> None:
    found = add(table(row(0), row(0.0, "per_100k")))
    assert limits(found)[0] == (0.0, 3.6889)
    assert np.isnan(limits(found)[1]).all()


@pytest.mark.parametrize(("count", "unstable"), [(0, True), (19, True), (20, False)])
def test_a_rate_on_fewer_than_20_events_is_unstable(count: int, unstable: bool) -> None:
    found = add(table(row(count), row(7.0, "per_100k")))
    assert found["unstable"].tolist() == [False, unstable]


@pytest.mark.parametrize(
    "other",
    [
        row(7.0, "per_100k", region="CA-AB"),
        row(7.0, "per_100k", kind="part_year"),
        row(7.0, "per_100k", member="male"),
        row(7.0, "per_100k", release="2025-12"),
    ],
)
def test_a_rate_takes_the_count_of_its_own_cell_and_release(other: tuple[Any, ...]) -> None:
    found = add(table(row(100), other))
    assert np.isnan(limits(found)[1]).all()


def test_two_sources_of_one_cell_keep_their_own_intervals() -> None:
    # The grain of an observation has the source: two may release in one month.
    found = add(table(row(5, source="coroner"), row(100, source="hospital")))
    assert limits(found) == [(1.6235, 11.6683), (81.3640, 121.6268)]


def test_the_rows_keep_their_order_and_index() -> None:
    figures = table(row(7.0, "per_100k"), row(100)).set_axis([8, 3])
    found = add(figures)
    assert found.index.tolist() == [8, 3]
    pd.testing.assert_frame_equal(found[COLUMNS], figures)
    low, _high = count_interval(100)
    assert found.loc[3, "interval_low"] == pytest.approx(float(low))


def test_no_figures_give_no_rows_but_every_column() -> None:
    found = add(table())
    assert found.empty
    assert {"interval_low", "interval_high", "unstable"} <= set(found.columns)


def people(persons: int) -> pd.DataFrame:
    return pd.DataFrame({"region_id": ["CA-BC"], "year": [2024], "persons": [persons]})


def test_a_rate_without_any_count_rests_on_the_count_that_it_implies() -> None:
    rates = table(
        row(18.05, "per_100k", dimension="total"),
        row(2.0, "per_100k", dimension="total", region="CA-ON"),
        row(18.05, "per_100k"),
    )
    found = with_intervals(rates, rates.iloc[:0], True, people(38_800), {"coroner"})
    low, high = (18.05 / 7 * limit for limit in count_interval(7))
    nothing = [np.nan, np.nan]
    assert found["interval_low"].tolist() == pytest.approx([low, *nothing], nan_ok=True)
    assert found["interval_high"].tolist() == pytest.approx([high, *nothing], nan_ok=True)
    assert found["unstable"].tolist() == [True, False, False]


def test_a_rate_of_zero_has_the_upper_limit_of_its_population() -> None:
    cells = table(row(0, dimension="total"), row(0.0, "per_100k", dimension="total"))
    found = with_intervals(cells, cells[cells["unit"] == "count"], True, people(40_000))
    assert limits(found)[1] == (0.0, 9.2222)
    assert found["unstable"].tolist() == [False, True]


def test_a_suppressed_count_is_not_implied_by_its_rate() -> None:
    cells = table(
        row(None, status="suppressed", dimension="total"), row(2.5, "per_100k", dimension="total")
    )
    counts = cells[cells["unit"] == "count"]
    found = with_intervals(cells, counts, True, people(1_000_000))
    assert found[["interval_low", "interval_high"]].isna().all(axis=None)
    assert not found["unstable"].any()


def test_a_percent_of_a_few_events_is_unstable_where_their_number_is_published() -> None:
    for total, few in ((7, True), (20, False), (None, False)):
        status = "reported" if total is not None else "suppressed"
        cells = table(
            row(total, status=status, dimension="total"),
            row(29.0, "percent", dimension="substance", member="fentanyl"),
            row(None, "percent", "suppressed", dimension="substance", member="cocaine"),
        )
        assert add(cells)["unstable"].tolist() == [False, few, False]


def test_a_source_that_suppresses_some_counts_is_not_one_of_rates_alone() -> None:
    assert rate_only_sources("opioid_deaths") == set()
    assert "statcan_ucr_violations" in rate_only_sources("all_offences")
