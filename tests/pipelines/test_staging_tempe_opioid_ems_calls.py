"""Tempe's opioid calls: the month is that of the printed date, and missing has three spellings."""

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest

from pipelines.errors import SourceFileError

SOURCE = "tempe_opioid_ems_calls"
HEADER = (
    "X,Y,OBJECTID,Incident_Date,Weekday,Weekday_Sort,Month,Month_Sort,Year,Opioid_Use,"
    "Narcan_Given,Age,Patient_Gender,Patient_ASU,Patient_Veteran,Patient_Homeless,"
    "Latitude_Random,Longitude_Random,Spec_Pop,Notes,Time_of_Day\n"
)

Stage = Callable[..., list[tuple[Any, ...]]]


def row(
    number: int = 1,
    when: str = "2030/03/31 00:00:00+00",
    opioid: str = "Yes",
    naloxone: str = "Yes",
    homeless: str = "No",
    year: int = 2030,
    notes: str = "None",
) -> str:
    return (
        f"-111.9,33.4,{number},{when},Monday,(2) Monday,,(03) March,{year},{opioid},{naloxone},"
        f"20 to 24,Male,No,No,{homeless},33.4,-111.9,None,{notes},Evening\n"
    )


def test_a_blank_month_and_a_stray_year_give_way_to_the_date(stage_text: Stage) -> None:
    text = HEADER + row() + row(2, "2030/04/30 00:00:00+00", year=2029)
    assert stage_text(
        SOURCE, text, "region_id, period_start, period_end, value", "dimension = 'total'"
    ) == [
        ("US-AZ-tempe", date(2030, 3, 1), date(2030, 3, 31), 1.0),
        ("US-AZ-tempe", date(2030, 4, 1), date(2030, 4, 30), 1.0),
    ]


def test_null_and_blank_mean_not_recorded(stage_text: Stage) -> None:
    text = (
        HEADER
        + row(1, naloxone="NULL", homeless="NULL")
        + row(2, naloxone="", homeless="")
        + row(3, naloxone="No", homeless="Unknown", opioid="Unknown")
        + row(4, homeless="Yes", opioid="No")
    )
    found = stage_text(SOURCE, text, "dimension, member, value", "dimension <> 'total'")
    assert {(dimension, member): value for dimension, member, value in found} == {
        ("opioid_use", "yes"): 2.0,
        ("opioid_use", "unknown"): 1.0,
        ("opioid_use", "no"): 1.0,
        ("naloxone", "not_recorded"): 2.0,
        ("naloxone", "not_given"): 1.0,
        ("naloxone", "given"): 1.0,
        ("housing", "unknown"): 3.0,
        ("housing", "homeless"): 1.0,
    }


def test_an_answer_that_no_call_of_a_month_has_is_zero(stage_text: Stage) -> None:
    text = HEADER + row() + row(2, "2030/04/30 00:00:00+00", opioid="No")
    assert stage_text(
        SOURCE, text, "period_start, value", "member = 'no' AND dimension = 'opioid_use'"
    ) == [(date(2030, 4, 1), 1.0), (date(2030, 3, 1), 0.0)]


def test_the_month_in_which_the_file_ends_is_preliminary(stage_text: Stage) -> None:
    text = HEADER + row() + row(2, "2030/04/09 07:00:00+00")
    assert stage_text(SOURCE, text, "period_start, status", "dimension = 'total'") == [
        (date(2030, 3, 1), "reported"),
        (date(2030, 4, 1), "preliminary"),
    ]


@pytest.mark.parametrize(
    ("text", "column"),
    [(row(opioid="Perhaps"), "member"), (row(when="31 March 2030"), "period_start")],
)
def test_what_is_not_known_is_refused_with_its_line(
    stage_text: Stage, text: str, column: str
) -> None:
    with pytest.raises(SourceFileError, match=f"line 2: expected a row that has a {column}"):
        stage_text(SOURCE, HEADER + text, "value")


def test_an_incident_is_at_its_random_place_and_says_nothing_else_of_the_patient(
    stage_text: Stage, codes: duckdb.DuckDBPyConnection
) -> None:
    text = (
        HEADER
        + row(1, "2030/03/31 22:15:00+00")
        + row(2)
        + row(3, "2030/03/31 07:00:00+00", notes="Coordinates Placed At Center of City")
    )
    stage_text(SOURCE, text, "value")
    attributes = '{"opioid_use":"Yes","naloxone_given":"Yes","time_of_day":"Evening"}'
    assert codes.execute(
        "SELECT incident_id, hour, x, y, attributes::VARCHAR FROM all_incidents ORDER BY line"
    ).fetchall() == [
        ("1", 22, -111.9, 33.4, attributes),
        ("2", None, -111.9, 33.4, attributes),
        ("3", None, None, None, attributes),
    ]


def test_what_was_not_recorded_of_an_incident_has_one_spelling(
    stage_text: Stage, codes: duckdb.DuckDBPyConnection
) -> None:
    stage_text(SOURCE, HEADER + row(1, naloxone="NULL") + row(2, naloxone=""), "value")
    assert codes.execute(
        "SELECT DISTINCT attributes->'naloxone_given' FROM all_incidents"
    ).fetchall() == [("null",)]
