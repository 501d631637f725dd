"""The Crime Severity Index: a database table and an older customised view complement each other."""

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest

from pipelines.declaration import SOURCES, load_source
from pipelines.errors import SourceFileError

SOURCE = "statcan_crime_severity"
TABLE = (
    "\ufeffREF_DATE,GEO,DGUID,Statistics,UOM,UOM_ID,SCALAR_FACTOR,SCALAR_ID,VECTOR,COORDINATE,"
    "VALUE,STATUS,SYMBOL,TERMINATED,DECIMALS\n"
)
VIEW = (
    "\ufeffGeography,Reference period,Crime severity index,Violent crime severity index,"
    "Non-violent crime severity index,Youth crime severity index,Youth violent crime severity "
    "index,Youth non-violent crime severity index,Weighted clearance rate,Violent weighted "
    "clearance rate,Non-violent weighted clearance rate\n"
    ",,Index,,,,,,Number,,\n"
)
VALUES = "60.1,70.2,50.3,..,..,..,30.4,50.5,20.6"

Stage = Callable[..., list[tuple[Any, ...]]]


def row(statistic: str, unit: str, value: str, place: str = "Canada") -> str:
    return f"2030,{place},2021A,{statistic},{unit},160,units,0,v1,1.1,{value},,,,2\n"


def test_an_index_is_an_index_and_a_clearance_rate_is_a_percent(stage_text: Stage) -> None:
    text = (
        TABLE
        + row("Crime severity index", "Index", "73.92")
        + row("Violent weighted clearance rate", "Number", "58.74")
    )
    assert stage_text(
        SOURCE, text, "measure_id, region_id, period_start, period_kind, value, unit, status"
    ) == [
        ("crime_severity_index", "CA", date(2030, 1, 1), "year", 73.92, "index", "reported"),
        (
            "violent_weighted_clearance_rate",
            "CA",
            date(2030, 1, 1),
            "year",
            58.74,
            "percent",
            "reported",
        ),
    ]


def test_a_percent_change_is_rejected_with_its_reason(
    stage_text: Stage, codes: duckdb.DuckDBPyConnection
) -> None:
    text = TABLE + row("Percent change in crime severity index", "Percent", "-7.28")
    assert stage_text(SOURCE, text + row("Crime severity index", "Index", "1"), "line") == [(3,)]
    assert codes.execute("SELECT line, reason FROM all_rejected").fetchall() == [
        (2, "percent change, derived from the figures of two years")
    ]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (row("New index", "Index", "1"), "measure_id"),
        (row("Crime severity index", "Index", "1", "Atlantis"), "region_id"),
        (row("Crime severity index", "Rate", "1"), "unit"),
    ],
)
def test_what_is_not_known_is_refused_with_its_line(
    stage_text: Stage, text: str, column: str
) -> None:
    with pytest.raises(SourceFileError, match=f"line 2: expected a row that has a {column}"):
        stage_text(SOURCE, TABLE + text, "value")


def test_the_view_names_an_area_on_its_first_year_only(stage_text: Stage) -> None:
    text = (
        f"{VIEW}Canada,2011,{VALUES}\n,2012,{VALUES}\n"
        f'"Ottawa-Gatineau, Ontario/Quebec",2011,{VALUES}\n'
    )
    assert stage_text(
        SOURCE,
        text,
        "region_id, year(period_start), value, unit",
        "measure_id = 'violent_crime_severity_index'",
        layout="view",
    ) == [
        ("CA", 2011, 70.2, "index"),
        ("CA", 2012, 70.2, "index"),
        ("CA-cma-505", 2011, 70.2, "index"),
    ]


def test_the_view_gives_nine_measures_and_the_youth_index_may_be_missing(
    stage_text: Stage,
) -> None:
    rows = stage_text(
        SOURCE, f"{VIEW}Canada,2011,{VALUES}\n", "measure_id, value, unit, status", layout="view"
    )
    assert rows == [
        ("crime_severity_index", 60.1, "index", "reported"),
        ("non_violent_crime_severity_index", 50.3, "index", "reported"),
        ("non_violent_weighted_clearance_rate", 20.6, "percent", "reported"),
        ("violent_crime_severity_index", 70.2, "index", "reported"),
        ("violent_weighted_clearance_rate", 50.5, "percent", "reported"),
        ("weighted_clearance_rate", 30.4, "percent", "reported"),
        ("youth_crime_severity_index", None, "index", "not_available"),
        ("youth_non_violent_crime_severity_index", None, "index", "not_available"),
        ("youth_violent_crime_severity_index", None, "index", "not_available"),
    ]


@pytest.mark.parametrize(
    ("line", "column"),
    [(f"Atlantis,2011,{VALUES}", "region_id"), (f"Canada,2011,,{VALUES[5:]}", "value")],
)
def test_what_is_not_known_in_the_view_is_refused_with_its_line(
    stage_text: Stage, line: str, column: str
) -> None:
    with pytest.raises(SourceFileError, match=f"line 3: expected a row that has a {column}"):
        stage_text(SOURCE, f"{VIEW}{line}\n", "value", layout="view")


def test_a_newer_release_replaces_only_the_figures_that_it_holds() -> None:
    assert load_source(SOURCES / f"{SOURCE}.toml").supersedes == "figure"
