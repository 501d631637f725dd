"""The CSV: bytes, safety in a spreadsheet, and agreement with the warehouse."""

import csv
import io
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from atlas.export import COLUMNS, dictionary, figures_for_export, to_csv

ALL: dict[str, Any] = {
    "regions": None, "dimensions": None, "units": None, "period_kinds": None,
    "statuses": None, "from_year": None, "to_year": None, "every_release": False,
}  # fmt: skip
MEASURES = [
    "opioid_deaths", "opioid_ems_responses", "stimulant_hospitalizations",
    "drug_offences", "all_unfounded", "assault_occurrences", "actively_homeless",
    "shelter_resident_deaths", "drug_offences_cleared", "population",
]  # fmt: skip


@pytest.fixture(scope="module")
def figures(warehouse_path: Path) -> pd.DataFrame:
    """Every release of measures of each kind and source."""
    return figures_for_export(**ALL | {"measures": MEASURES, "every_release": True})


def test_a_small_frame_gives_exactly_these_bytes() -> None:
    frame = pd.DataFrame(
        {
            "region": ["Québec", "British Columbia, coast"],
            "period_start": pd.to_datetime(["2024-01-01", "2025-01-01"]),
            "value": [12.5, np.nan],
            "status": ["reported", "suppressed"],
            "interval_low": [6.123456, np.nan],
        }
    )
    assert to_csv(frame) == (
        b"region,period_start,value,status,interval_low\r\n"
        b"Qu\xc3\xa9bec,2024-01-01,12.5,reported,6.1235\r\n"
        b'"British Columbia, coast",2025-01-01,,suppressed,\r\n'
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_text_that_a_spreadsheet_would_run_is_neutralised(start: str) -> None:
    cell = f'{start}HYPERLINK("x")'
    written = to_csv(pd.DataFrame({"title": [cell, None], "end": "x"})).decode()
    rows = list(csv.reader(io.StringIO(written, newline="")))
    assert rows == [["title", "end"], [f"'{cell}", "x"], ["", "x"]]


def test_text_with_such_a_character_inside_is_left_alone() -> None:
    cells = ["a=b", "1-2", "name@host", "'=1", ""]
    written = to_csv(pd.DataFrame({"title": cells, "end": "x"})).decode()
    assert [row[0] for row in csv.reader(io.StringIO(written))][1:] == cells


def test_a_negative_number_stays_a_number() -> None:
    frame = pd.DataFrame(
        {"value": [-1.5, -0.25], "rows": [-3, 4], "mixed": pd.Series([-7, "-7"], dtype=object)}
    )
    assert to_csv(frame) == b"value,rows,mixed\r\n-1.5,-3,-7\r\n-0.25,4,'-7\r\n"


def test_writing_leaves_the_frame_as_it_was() -> None:
    frame = pd.DataFrame({"title": ["=1"], "interval_low": [1.23456]})
    before = frame.copy()
    to_csv(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_the_file_has_the_columns_of_the_dictionary_in_its_order(figures: pd.DataFrame) -> None:
    header = to_csv(figures.head(1)).split(b"\r\n")[0].decode()
    assert header.split(",") == list(COLUMNS)
    assert all(dictionary().values())
    nothing = figures_for_export(**ALL | {"measures": ["no such measure"]})
    assert to_csv(nothing).decode() == header + "\r\n"


def test_the_same_filters_give_the_same_bytes() -> None:
    asked = ALL | {"measures": ["opioid_deaths", "drug_offences"], "regions": ["CA-BC", "CA"]}
    first, second = (to_csv(figures_for_export(**asked)) for _time in range(2))
    assert first == second
    assert first.count(b"\r\n") > 100
    swapped = asked | {"measures": asked["measures"][::-1], "regions": asked["regions"][::-1]}
    assert to_csv(figures_for_export(**swapped)) == first


@pytest.mark.parametrize(
    "column", ["licence", "attribution", "release", "source", "publisher", "custody", "status"]
)
def test_every_row_can_be_cited(figures: pd.DataFrame, column: str) -> None:
    assert (figures[column].str.strip() != "").all()
    assert figures[column].notna().all()


def test_states_are_as_many_as_in_the_warehouse(
    figures: pd.DataFrame, warehouse_path: Path
) -> None:
    with duckdb.connect(str(warehouse_path), read_only=True) as warehouse:
        rows = warehouse.execute(
            "SELECT measure_id, status, count(*) FROM marts.observation "
            "WHERE list_contains($measures, measure_id) GROUP BY ALL",
            {"measures": MEASURES},
        ).fetchall()
    exported = figures.groupby(["measure_id", "status"]).size()
    assert exported.to_dict() == {(measure, status): count for measure, status, count in rows}
    assert {measure for measure, _status, _count in rows} == set(MEASURES)


def test_values_are_those_of_the_warehouse(figures: pd.DataFrame, warehouse_path: Path) -> None:
    with duckdb.connect(str(warehouse_path), read_only=True) as warehouse:
        sums = warehouse.execute(
            "SELECT measure_id, unit, count(value), coalesce(sum(value), 0) "
            "FROM marts.observation WHERE list_contains($measures, measure_id) GROUP BY ALL",
            {"measures": MEASURES},
        ).fetchall()
    found = figures.groupby(["measure_id", "unit"])["value"].agg(["count", "sum"])
    assert {(measure, unit) for measure, unit, _count, _sum in sums} == set(found.index)
    for measure, unit, count, total in sums:
        assert found.loc[(measure, unit), "count"] == count
        assert found.loc[(measure, unit), "sum"] == pytest.approx(total)


def test_a_hidden_figure_is_empty_in_the_file_and_never_zero(figures: pd.DataFrame) -> None:
    hidden = figures[figures["status"].isin(("suppressed", "not_available"))]
    assert set(hidden["status"]) == {"suppressed", "not_available"}
    written = csv.DictReader(io.StringIO(to_csv(hidden).decode()))
    assert {(row["value"], row["interval_low"], row["interval_high"]) for row in written} == {
        ("", "", "")
    }


def test_every_interval_holds_its_figure(figures: pd.DataFrame) -> None:
    known = figures.dropna(subset=["interval_low"])
    assert (known["interval_low"] <= known["value"]).all()
    assert (known["value"] <= known["interval_high"]).all()
    assert set(known["unit"]) == {"count", "per_100k"}
    assert not set(known["measure_id"]) & {"actively_homeless", "population"}


@pytest.mark.parametrize(
    ("filters", "column", "kept"),
    [
        ({"regions": ["CA-BC"]}, "region_id", {"CA-BC"}),
        ({"dimensions": ["sex"]}, "dimension", {"sex"}),
        ({"units": ["per_100k"]}, "unit", {"per_100k"}),
        ({"period_kinds": ["quarter", "part_year"]}, "period_kind", {"quarter", "part_year"}),
        ({"statuses": ["suppressed"]}, "status", {"suppressed"}),
    ],
)
def test_a_filter_lets_through_what_it_names(
    filters: dict[str, Any], column: str, kept: set[str]
) -> None:
    everything = figures_for_export(**ALL | {"measures": ["opioid_deaths"]})
    found = figures_for_export(**ALL | {"measures": ["opioid_deaths"]} | filters)
    assert set(found[column]) == kept
    expected = everything[everything[column].isin(kept)].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected)


def test_years_bound_the_periods_at_both_ends() -> None:
    asked = ALL | {"measures": ["opioid_deaths"], "from_year": 2019, "to_year": 2020}
    found = figures_for_export(**asked)
    assert (found["period_start"].min(), found["period_end"].max()) == (
        pd.Timestamp("2019-01-01"),
        pd.Timestamp("2020-12-31"),
    )


def test_every_release_adds_the_earlier_ones() -> None:
    asked = ALL | {"measures": ["opioid_deaths"], "regions": ["CA-BC"], "dimensions": ["total"]}
    latest = figures_for_export(**asked)
    every = figures_for_export(**asked | {"every_release": True})
    assert latest["release"].nunique() == 1
    assert every["release"].nunique() > 1
    newest = every[every["release"] == every["release"].max()].reset_index(drop=True)
    pd.testing.assert_frame_equal(newest, latest)


def test_an_interval_does_not_depend_on_which_units_or_states_were_asked_for() -> None:
    asked = ALL | {"measures": ["opioid_deaths"], "regions": ["CA-BC"]}
    everything = figures_for_export(**asked)
    rates = figures_for_export(**asked | {"units": ["per_100k"], "statuses": ["reported"]})
    expected = everything[
        (everything["unit"] == "per_100k") & (everything["status"] == "reported")
    ].reset_index(drop=True)
    assert rates["interval_low"].notna().any()
    pd.testing.assert_frame_equal(rates, expected)
