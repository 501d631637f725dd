"""Statistics Canada's five Ontario areas: counts and rates side by side, derived rows rejected."""

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from pipelines.declaration import SOURCES, load_source
from pipelines.errors import SourceFileError

SOURCE = "statcan_ucr_ontario_cmas"
HEADER = "\ufeffYear,City,Violations,Statistics,Value\n"
TORONTO = '"Toronto, Ontario [35535]"'
DRUGS = "Total drug violations [401]"

Stage = Callable[..., list[tuple[Any, ...]]]


def rows(*statistics: tuple[str, str], violation: str = DRUGS, city: str = TORONTO) -> str:
    return "".join(
        f'2024,{city},{violation},"{statistic}",{value}\n' for statistic, value in statistics
    )


def test_counts_and_rates_are_of_one_measure(stage_text: Stage) -> None:
    text = HEADER + rows(
        ("Actual incidents", "219"),
        ("Rate per 100,000 population", "48.39"),
        ("Unfounded incidents", "3"),
        ("Percent unfounded", "0.3"),
        ("Total cleared", "165"),
        ("Cleared by charge", "157"),
        ("Cleared otherwise", "8"),
        ("Total, persons charged", "198"),
    )
    assert stage_text(SOURCE, text, "region_id, measure_id, unit, value, status") == [
        ("CA-cma-535", f"drug_{suffix}", unit, value, "reported")
        for suffix, unit, value in (
            ("offences", "count", 219.0),
            ("offences", "per_100k", 48.39),
            ("unfounded_incidents", "count", 3.0),
            ("unfounded", "percent", 0.3),
            ("cleared", "count", 165.0),
            ("cleared_by_charge", "count", 157.0),
            ("cleared_otherwise", "count", 8.0),
            ("persons_charged", "count", 198.0),
        )
    ]


def test_a_zero_from_before_populations_by_age_is_not_available(stage_text: Stage) -> None:
    adults = ("Rate, adult charged per 100,000 population aged 18 years and over", "0")
    text = HEADER + rows(adults, ("Total, adult charged", "0"))
    columns = "year(period_start), unit, value, status"
    assert stage_text(SOURCE, text.replace("2024,", "2003,"), columns) == [
        (2003, "per_100k_18_plus", None, "not_available"),
        (2003, "count", 0.0, "reported"),
    ]
    assert stage_text(SOURCE, text, columns) == [
        (2024, "per_100k_18_plus", 0.0, "reported"),
        (2024, "count", 0.0, "reported"),
    ]


def test_derived_rows_are_rejected_with_their_reason(
    stage_text: Stage, codes: duckdb.DuckDBPyConnection
) -> None:
    text = HEADER + rows(
        ("Percentage change in rate", "-78.77"),
        ("Percentage contribution to the Crime Severity Index (CSI)", "3.44"),
        ("Actual incidents", "1"),
    )
    assert stage_text(SOURCE, text, "line") == [(4,)]
    assert codes.execute("SELECT line, reason FROM all_rejected ORDER BY line").fetchall() == [
        (2, "percent change, derived from the rates"),
        (3, "share of the Crime Severity Index, derived from another table"),
    ]


def test_a_blank_cell_is_not_available(stage_text: Stage) -> None:
    text = HEADER + rows(("Percent unfounded", ""))
    assert stage_text(SOURCE, text, "value, status") == [(None, "not_available")]


def test_robbery_by_its_own_code_is_not_all_robbery(stage_text: Stage) -> None:
    text = HEADER + rows(("Actual incidents", "7"), violation="Robbery [1610]")
    assert stage_text(SOURCE, text, "measure_id") == [("robbery_other_than_of_firearms_offences",)]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (rows(("Actual incidents", "1"), violation="New [9999]"), "measure_id"),
        (rows(("New statistic", "1")), "measure_id"),
        (rows(("Actual incidents", "1"), city="Springfield [99999]"), "region_id"),
    ],
)
def test_what_is_not_known_is_refused_with_its_line(
    stage_text: Stage, text: str, column: str
) -> None:
    with pytest.raises(SourceFileError, match=f"line 2: expected a row that has a {column}"):
        stage_text(SOURCE, HEADER + text, "value")


def test_the_sources_of_the_table_are_one_family() -> None:
    names = (SOURCE, "statcan_ucr_cannabis_canada", "statcan_ucr_violations")
    assert {load_source(SOURCES / f"{name}.toml").family for name in names} == {"statcan_35100177"}
