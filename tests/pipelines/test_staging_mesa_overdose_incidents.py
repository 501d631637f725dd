"""Mesa's flagged incidents: patients by month, and a blank police flag that is not a no."""

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest

from pipelines.declaration import SOURCES, load_source
from pipelines.errors import SourceFileError

SOURCE = "mesa_overdose_incidents"
HEADER = (
    "Incident Date,Day of Week,Month,Year,Time of Day,Opioid Overdose Review,"
    "Treatment or Medication Given,Patient Age,Gender,Incident Disposition,Latitude,Longitude,"
    "Location,Unit Name,PD Narcan,PD Save,Complaint Reported by Dispatch,Incident_ID\n"
)
TRANSPORTED = "Transported by MFMD Rescue"

Stage = Callable[..., list[tuple[Any, ...]]]


def row(
    day: str = "03/14/2030",
    disposition: str = TRANSPORTED,
    police: str = "False",
    incident: str = "F1",
    time: str = "11:05:00 PM",
) -> str:
    return (
        f"{day} {time},Thursday,Mar,2030,Evening,true,,N/A,Male,{disposition},33.4,-111.8,"
        f'"(33.4, -111.8)",E1,{police},,CODE,{incident}\n'
    )


def test_every_patient_counts_even_where_rows_are_alike(stage_text: Stage) -> None:
    text = HEADER + row() + row() + row(incident="F2") + row("04/30/2030")
    assert stage_text(
        SOURCE,
        text,
        "region_id, period_start, value",
        "measure_id = 'overdose_review_patients' AND dimension = 'total'",
    ) == [("US-AZ-mesa", date(2030, 3, 1), 3.0), ("US-AZ-mesa", date(2030, 4, 1), 1.0)]


@pytest.mark.parametrize(
    ("disposition", "member"),
    [
        ("Patient DOA-No Resuscitation (Without Transport)", "dead_no_resuscitation"),
        ("Patient DOA-Resuscitation Attempted (Without Transport)", "dead_resuscitation_attempted"),
        ("Patient DOA-Resuscitation Attempted (With Transport)", "dead_resuscitation_transported"),
    ],
)
def test_the_three_ways_of_being_found_dead_are_told_apart_and_counted(
    stage_text: Stage, disposition: str, member: str
) -> None:
    assert stage_text(
        SOURCE,
        HEADER + row(disposition=disposition) + row(),
        "measure_id, member, value",
        "line = 2 AND (dimension = 'disposition' OR measure_id = 'overdose_review_dead_on_scene')",
    ) == [
        ("overdose_review_dead_on_scene", "total", 1.0),
        ("overdose_review_patients", member, 1.0),
    ]


@pytest.mark.parametrize(
    ("disposition", "member"),
    [
        ('"Evaluated/Treated, Refused Transport (Refusal Form)"', "refused"),
        ('"Evaluated / Treated, Refused  Transport (Refusal Form)"', "refused"),
        ('"Treated, Transferred Care to Transport Unit"', "transported"),
        ("Treated/Transferred Care to Transport Unit", "transported"),
        ("Lift Assist", "other"),
    ],
)
def test_spellings_of_a_disposition_are_one_member(
    stage_text: Stage, disposition: str, member: str
) -> None:
    text = HEADER + row(disposition=disposition)
    assert stage_text(SOURCE, text, "member", "dimension = 'disposition'") == [(member,)]


def test_a_blank_police_flag_is_not_a_no(stage_text: Stage) -> None:
    text = (
        HEADER
        + row("01/31/2030", police="")
        + row("02/28/2030", police="True")
        + row("02/01/2030", police="")
        + row("03/31/2030")
    )
    assert stage_text(
        SOURCE, text, "period_start, value, status", "measure_id = 'police_naloxone_patients'"
    ) == [
        (date(2030, 2, 1), None, "not_available"),
        (date(2030, 1, 1), None, "not_available"),
        (date(2030, 3, 1), 0.0, "reported"),
    ]
    assert stage_text(
        SOURCE,
        text,
        "member, value",
        "dimension = 'police_naloxone' AND period_start = '2030-02-01' AND value > 0",
    ) == [("given", 1.0), ("not_recorded", 1.0)]


def test_part_months_at_both_ends_are_preliminary(stage_text: Stage) -> None:
    text = HEADER + row("06/14/2017") + row("07/31/2017") + row("08/13/2017")
    assert stage_text(
        SOURCE,
        text,
        "period_start, status",
        "measure_id = 'overdose_review_patients' AND dimension = 'total'",
    ) == [
        (date(2017, 6, 1), "preliminary"),
        (date(2017, 7, 1), "reported"),
        (date(2017, 8, 1), "preliminary"),
    ]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (row(disposition="Abducted"), "member"),
        (row(police="Perhaps"), "member"),
        (row("2030-03-14"), "period_start"),
    ],
)
def test_what_is_not_known_is_refused_with_its_line(
    stage_text: Stage, text: str, column: str
) -> None:
    with pytest.raises(SourceFileError, match=f"line 2: expected a row that has a {column}"):
        stage_text(SOURCE, HEADER + text, "value")


def test_patients_of_one_incident_have_ids_of_their_own(
    stage_text: Stage, codes: duckdb.DuckDBPyConnection
) -> None:
    stage_text(SOURCE, HEADER + row() + row(), "value")
    assert codes.execute(
        "SELECT incident_id, occurred_on, hour, x, y FROM all_incidents ORDER BY line"
    ).fetchall() == [(f"F1-{number}", date(2030, 3, 14), 23, -111.8, 33.4) for number in (1, 2)]


def test_incidents_are_not_shipped() -> None:
    assert load_source(SOURCES / f"{SOURCE}.toml").incidents == "local"
