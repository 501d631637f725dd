"""Edmonton police's occurrences: months of the city by category and type."""

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest

from pipelines.declaration import SOURCES, load_source
from pipelines.errors import SourceFileError

SOURCE = "eps_occurrences"
HEADER = (
    "\ufeffOccurrence_Category,Occurrence_Group,Occurrence_Type_Group,Intersection,OBJECTID,"
    "Date Reported,x,y\r\n"
)

Stage = Callable[..., list[tuple[Any, ...]]]


def row(number: int, kind: str = "Drugs,Drug Violations,Drugs", day: str = "2030/04/30") -> str:
    return f"{kind},101 AV/101 ST ,{number},{day},-12634696.9979,7086642.5976\r\n"


DISORDER = "Disorder,General Disorder,Trespassing"
TEXT = (
    HEADER
    + row(1)
    + row(2, "Drugs,Drug Violation,Drugs")
    + row(3, DISORDER)
    + row(4, DISORDER)
    + row(5, DISORDER, "2030/05/02")
)


def test_rows_alike_but_for_their_number_are_all_counted(stage_text: Stage) -> None:
    assert stage_text(
        SOURCE,
        TEXT,
        "measure_id, dimension, member, value",
        "period_start = '2030-04-01'",
    ) == [
        ("eps_drug_occurrences", "total", "total", 2.0),
        ("eps_occurrences", "occurrence_category", "drugs", 2.0),
        ("eps_occurrences", "occurrence_type", "drugs", 2.0),
        ("eps_occurrences", "total", "total", 4.0),
        ("eps_disorder_occurrences", "occurrence_type", "trespassing", 2.0),
        ("eps_disorder_occurrences", "total", "total", 2.0),
        ("eps_occurrences", "occurrence_category", "disorder", 2.0),
        ("eps_occurrences", "occurrence_type", "trespassing", 2.0),
    ]


def test_a_kind_without_an_occurrence_in_a_month_is_zero_and_the_part_month_preliminary(
    stage_text: Stage,
) -> None:
    columns = "region_id, period_start, period_end, period_kind, value, status"
    assert sorted(stage_text(SOURCE, TEXT, columns, "measure_id = 'eps_drug_occurrences'")) == [
        ("CA-AB-edmonton", date(2030, 4, 1), date(2030, 4, 30), "month", 2.0, "reported"),
        ("CA-AB-edmonton", date(2030, 5, 1), date(2030, 5, 31), "month", 0.0, "preliminary"),
    ]


@pytest.mark.parametrize(
    "bad", [row(9, "Cheer,General,Drugs"), row(9, "Drugs,General,Cheer"), row(9, day="2030/13/01")]
)
def test_a_row_that_is_not_known_is_refused_with_its_line(stage_text: Stage, bad: str) -> None:
    with pytest.raises(SourceFileError, match="line 7"):
        stage_text(SOURCE, TEXT + bad, "value")


def test_an_occurrence_keeps_the_place_as_published_and_stays_with_the_user(
    stage_text: Stage, codes: duckdb.DuckDBPyConnection
) -> None:
    stage_text(SOURCE, HEADER + row(7), "line")
    assert codes.execute(
        "SELECT incident_id, occurred_on, hour, category, region_id, x, y, "
        "attributes->>'intersection' FROM all_incidents"
    ).fetchall() == [
        (
            "7", date(2030, 4, 30), None, "drugs", "CA-AB-edmonton",
            -12634696.9979, 7086642.5976, "101 AV/101 ST",
        )
    ]  # fmt: skip
    assert load_source(SOURCES / f"{SOURCE}.toml").incidents == "local"
