"""Statistics Canada's July estimates of municipalities: cities go by their own region."""

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest

from pipelines.errors import SourceFileError

SOURCE = "statcan_population_municipalities"
HEADER = (
    '"REF_DATE","GEO","DGUID","UOM","UOM_ID","SCALAR_FACTOR","SCALAR_ID","VECTOR",'
    '"COORDINATE","VALUE","STATUS","SYMBOL","TERMINATED","DECIMALS"\n'
)

Stage = Callable[..., list[tuple[Any, ...]]]


def row(year: int, geo: str, dguid: str, value: str) -> str:
    return (
        f'"{year}","{geo}","{dguid}","Persons","249","units","0","v1","1","{value}","","","","0"\n'
    )


def test_an_estimate_stands_for_the_quarter_that_july_begins(stage_text: Stage) -> None:
    text = (
        "\ufeff"
        + HEADER
        + row(2024, "Toronto (C), Ontario", "2021A00053520005", "100")
        + row(2025, "Ottawa (CV), Ontario", "2021A00053506008", "7")
    )
    assert stage_text(
        SOURCE,
        text,
        "measure_id, region_id, period_start, period_end, period_kind, dimension, member, "
        "value, unit, status",
    ) == [
        (
            "population", "CA-ON-toronto", date(2024, 7, 1), date(2024, 9, 30), "quarter",
            "total", "total", 100.0, "count", "reported",
        ),
        (
            "population", "CA-ON-csd-3506008", date(2025, 7, 1), date(2025, 9, 30), "quarter",
            "total", "total", 7.0, "count", "preliminary",
        ),
    ]  # fmt: skip


def test_a_name_with_commas_and_parts_goes_by_its_code(stage_text: Stage) -> None:
    text = HEADER + row(
        2001, "Fort Albany (Part) 67 (IRI), Kenora,Ontario", "2021A00053560050", "5"
    )
    assert stage_text(SOURCE, text, "region_id") == [("CA-ON-csd-3560050",)]


def test_a_blank_or_dotted_cell_is_not_available(stage_text: Stage) -> None:
    text = HEADER + row(2001, "Whitehorse (CY), Yukon", "2021A00056001009", "..")
    text += row(2002, "Whitehorse (CY), Yukon", "2021A00056001009", "")
    assert stage_text(SOURCE, text, "value, status") == [
        (None, "not_available"),
        (None, "not_available"),
    ]


def test_totals_mixed_in_are_rejected_with_a_reason(
    stage_text: Stage, codes: duckdb.DuckDBPyConnection
) -> None:
    text = HEADER + "".join(
        [
            row(2025, "Canada", "2021A00001124", "9"),
            row(2025, "Ontario", "2021A000235", "8"),
            row(2025, "Census subdivisions with 5,000-plus population, Ontario", "", "7"),
            row(2025, "Census subdivisions with population under 5,000, Ontario", "", "1"),
            row(2025, "Toronto (C), Ontario", "2021A00053520005", "6"),
        ]
    )
    assert stage_text(SOURCE, text, "line, value") == [(6, 6.0)]
    assert codes.execute("SELECT line, reason FROM all_rejected ORDER BY line").fetchall() == [
        (2, "a province or Canada; the quarterly table gives it"),
        (3, "a province or Canada; the quarterly table gives it"),
        (4, "the municipalities of one size together"),
        (5, "the municipalities of one size together"),
    ]


def test_an_unknown_municipality_is_refused_with_its_line(stage_text: Stage) -> None:
    text = HEADER + row(2025, "New Town (T), Ontario", "2021A00053599999", "5")
    with pytest.raises(SourceFileError, match="line 2: expected a row that has a region_id"):
        stage_text(SOURCE, text, "line")


def test_a_municipality_is_one_region(codes: duckdb.DuckDBPyConnection) -> None:
    """A city with a row of its own does not stand in the list of municipalities too."""
    assert codes.execute(
        "SELECT code, list(region_id) FROM codes.regions WHERE level IN ('city', 'municipality') "
        "AND region_id LIKE 'CA-%' AND code <> '' GROUP BY code HAVING count(*) > 1"
    ).fetchall() == []  # fmt: skip
