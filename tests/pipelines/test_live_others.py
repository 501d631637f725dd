"""What PHAC, the CDC, Mesa and the police of Vancouver and Edmonton serve becomes figures."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines.declaration import SOURCES, load_source
from tests.pipelines.live_portal import fetch
from tests.pipelines.misbehaving_server import Server, serving


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def test_harms_come_in_an_archive(server: Server, tmp_path: Path) -> None:
    text = (
        "Substance,Source,Specific_Measure,Region,PRUID,Time_Period,Year_Quarter,Aggregator,"
        "Disaggregator,Unit,Value\n"
        "Opioids,Deaths,Overall numbers,Canada,1,By year,2025,,,Number,12\n"
        "Opioids,Deaths,Overall numbers,Yukon,60,By year,2025,,,Number,Suppr.\n"
    )
    got = fetch(server, tmp_path, "phac_substance_harms", text)
    assert got.outcome.result == "new", got.outcome.message
    assert got.figures("region_id, value, status") == [
        ("CA", 12.0, "reported"),
        ("CA-YT", None, "suppressed"),
    ]


def test_overdose_deaths_of_the_states_by_the_interface(server: Server, tmp_path: Path) -> None:
    text = (
        "state,year,month,period,indicator,data_value,percent_complete,"
        "percent_pending_investigation,state_name,footnote,footnote_symbol,predicted_value\n"
        "AK,2026,March,12 month-ending,Number of Drug Overdose Deaths,120,100,0.1,Alaska,,**,125\n"
        "AK,2026,March,12 month-ending,Cocaine (T40.5),,100,0.1,Alaska,"
        "Data suppressed (counts below 10).,**,\n"
        "AK,2026,March,12 month-ending,Heroin (T40.1),,100,0.1,Alaska,,**,\n"
    )
    got = fetch(server, tmp_path, "cdc_provisional_overdose_deaths", text)
    assert got.outcome.result == "new", got.outcome.message
    columns = "measure_id, member, value, status, period_start, period_end"
    year = (date(2025, 4, 1), date(2026, 3, 31))
    assert got.figures(columns, "measure_id LIKE 'us_overdose%'") == [
        ("us_overdose_deaths", "cocaine", None, "suppressed", *year),
        ("us_overdose_deaths", "heroin", None, "not_available", *year),
        ("us_overdose_deaths", "total", 120.0, "reported", *year),
        ("us_overdose_deaths_predicted", "cocaine", None, "not_available", *year),
        ("us_overdose_deaths_predicted", "heroin", None, "not_available", *year),
        ("us_overdose_deaths_predicted", "total", 125.0, "reported", *year),
    ]


def test_crimes_in_vancouver_come_as_one_archive_of_all_years(
    server: Server, tmp_path: Path
) -> None:
    text = (
        "TYPE,YEAR,MONTH,DAY,HOUR,MINUTE,HUNDRED_BLOCK,NEIGHBOURHOOD,X,Y\n"
        "Mischief,2003,12,31,6,15,9XX TERMINAL AVE,Strathcona,493906.5,5457452.47\n"
        "Mischief,2026,2,6,6,15,9XX TERMINAL AVE,Strathcona,493906.5,5457452.47\n"
        "Mischief,2026,1,6,,,,,0,0\n"
    )
    got = fetch(server, tmp_path, "vpd_geodash", text)
    assert got.outcome.result == "new", got.outcome.message
    where = "dimension = 'total' AND value > 0"
    assert got.figures("period_start, region_id, value, status", where) == [
        (date(2003, 12, 1), "CA-BC-vancouver", 1.0, "reported"),
        (date(2003, 12, 1), "CA-BC-vancouver-strathcona", 1.0, "reported"),
        (date(2026, 1, 1), "CA-BC-vancouver", 1.0, "reported"),
        (date(2026, 2, 1), "CA-BC-vancouver", 1.0, "preliminary"),
        (date(2026, 2, 1), "CA-BC-vancouver-strathcona", 1.0, "preliminary"),
    ]
    assert len(got.incidents("incident_id")) == 3


def test_overdoses_in_mesa(server: Server, tmp_path: Path) -> None:
    text = (
        "Incident Date,Day of Week,Month,Year,Time of Day,Opioid Overdose Review,"
        "Treatment or Medication Given,Patient Age,Gender,Incident Disposition,Latitude,Longitude,"
        "Location,Unit Name,PD Narcan,PD Save,Complaint Reported by Dispatch,Incident_ID\n"
        "05/01/2026 11:05:00 PM,Friday,May,2026,Evening,true,,N/A,Male,Transported by MFMD Rescue,"
        '33.4,-111.8,"(33.4, -111.8)",E1,True,,CODE,F1\n'
    )
    got = fetch(server, tmp_path, "mesa_overdose_incidents", text)
    assert got.outcome.result == "new", got.outcome.message
    where = "measure_id = 'overdose_review_patients' AND dimension = 'total'"
    assert got.figures("period_start, value", where) == [(date(2026, 5, 1), 1.0)]
    assert len(got.incidents("incident_id")) == 1


EPS = (
    "OBJECTID,Reported_Date,Occurrence_Category,Occurrence_Group,Occurrence_Type_Group,"
    "Intersection,Date_Reported,Reported_Day,Reported_Month,Reported_Year\n"
)


def occurrence(number: int, day: date, kind: str, category: str) -> str:
    noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()) * 1000
    return f"{number},{noon},{category},Group,{kind},104 AV/104 AV,x,1,1,2026\n"


def test_occurrences_in_edmonton_without_the_part_of_a_first_month(
    server: Server, tmp_path: Path
) -> None:
    text = EPS + "".join(
        [
            occurrence(1, date(2025, 9, 21), "Assault", "Violent"),
            occurrence(2, date(2025, 10, 1), "Assault", "Violent"),
            occurrence(3, date(2026, 9, 19), "Assault", "Violent"),
        ]
    )
    got = fetch(server, tmp_path, "eps_occurrences_recent", text)
    assert got.outcome.result == "new", got.outcome.message
    assert got.figures("period_start, value, status", "dimension = 'total'") == [
        (date(2025, 10, 1), 1.0, "reported"),
        (date(2026, 9, 1), 1.0, "preliminary"),
    ]
    assert got.rejected() == [(2, "part of the first month, which is not whole")]
    assert got.incidents("occurred_on, region_id, x")[0] == (
        date(2025, 9, 21),
        "CA-AB-edmonton",
        None,
    )


def test_a_kind_of_occurrence_that_is_not_known_is_refused(server: Server, tmp_path: Path) -> None:
    text = EPS + occurrence(1, date(2025, 10, 1), "Noise", "Violent")
    got = fetch(server, tmp_path, "eps_occurrences_recent", text)
    assert "line 2: expected a row that has a member" in got.outcome.message


def test_crimes_in_calgary(server: Server, tmp_path: Path) -> None:
    text = "Community,Category,Crime Count,Year,Month\nBELTLINE,Street Robbery,3,2030,1\n"
    got = fetch(server, tmp_path, "calgary_community_crime", text)
    assert got.outcome.result == "new", got.outcome.message
    where = "member = 'street_robbery' AND period_kind = 'month' AND value > 0"
    assert got.figures("region_id, period_start, value", where) == [
        ("CA-AB-calgary", date(2030, 1, 1), 3.0),
        ("CA-AB-calgary-beltline", date(2030, 1, 1), 3.0),
    ]


def test_overdoses_that_police_in_pennsylvania_entered(server: Server, tmp_path: Path) -> None:
    cells = {
        "Incident ID": "5268",
        "Victim ID": "5071",
        "Incident Date": "03/14/2030",
        "Incident Time": "19:30:00",
        "Incident County FIPS Code": "003",
        "Naloxone Administered": "Y",
        "Survive": "Y",
        "Revive Action Desc": "ARREST",
    }
    columns = load_source(SOURCES / "pa_odin_overdoses.toml").layouts[""].columns
    text = f"{','.join(columns)}\n{','.join(cells.get(name, '') for name in columns)}\n"
    got = fetch(server, tmp_path, "pa_odin_overdoses", text)
    assert got.outcome.result == "new", got.outcome.message
    where = "region_id = 'US-PA' AND dimension = 'total' AND value > 0"
    assert got.figures("measure_id, value", where) == [
        ("odin_overdose_incidents", 1.0),
        ("odin_overdose_people", 1.0),
        ("odin_people_arrested", 1.0),
        ("odin_people_given_naloxone", 1.0),
    ]
