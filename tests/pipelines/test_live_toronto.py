"""What Toronto's portals serve becomes figures."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.pipelines.live_portal import fetch
from tests.pipelines.misbehaving_server import Server, serving


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def midnight(year: int, month: int, day: int, utc_hour: int) -> int:
    return int(datetime(year, month, day, utc_hour, tzinfo=UTC).timestamp()) * 1000


def test_deaths_of_shelter_residents(server: Server, tmp_path: Path) -> None:
    text = (
        "Year,Month,Total decedents,Male,Female,Transgender/Non-binary/Two-Spirit\n"
        "2019,Dec,3,2,1,n/a\n2026,Jan,4,3,1,0\n"
    )
    got = fetch(server, tmp_path, "toronto_shelter_resident_deaths", text)
    assert (got.outcome.rows, got.outcome.message) == (2, "Put together from 1 page.")
    where = "dimension = 'total' OR member LIKE 'trans%'"
    assert got.figures("period_start, member, value, status", where) == [
        (date(2019, 12, 1), "total", 3.0, "reported"),
        (date(2019, 12, 1), "transgender_nonbinary_two_spirit", None, "not_available"),
        (date(2026, 1, 1), "total", 4.0, "reported"),
        (date(2026, 1, 1), "transgender_nonbinary_two_spirit", 0.0, "reported"),
    ]


def test_flow_of_the_shelter_system(server: Server, tmp_path: Path) -> None:
    counts = "returned_from_housing,returned_to_shelter,newly_identified,moved_to_housing"
    ages = "ageunder16,age16-24,age25-34,age35-44,age45-54,age55-64,age65over"
    text = (
        f"date(mmm-yy),population_group,{counts},became_inactive,actively_homeless,{ages},"
        "gender_male,gender_female,"
        '"gender_transgender,non-binary_or_two_spirit",population_group_percentage\n'
        "Jan-26,All Population,1,2,3,4,5,100,10,10,20,20,20,10,10,60,39,1,100%\n"
    )
    got = fetch(server, tmp_path, "toronto_shelter_system_flow", text)
    assert got.outcome.result == "new", got.outcome.message
    assert set(got.figures("period_start, value", "dimension = 'total' AND value > 9")) == {
        (date(2026, 1, 1), 100.0)
    }


def test_overdoses_in_shelters(server: Server, tmp_path: Path) -> None:
    text = (
        "year,year_stage,suspected_non_fatal_overdoses_incidents,fatal_overdoses_incident\n"
        "2025,Q1,120,< 5\n2025,Q2,100,6\n"
    )
    got = fetch(server, tmp_path, "toronto_shelter_overdoses", text)
    assert got.outcome.result == "new", got.outcome.message
    assert got.figures("period_start, measure_id, value, status, low, high") == [
        (date(2025, 1, 1), "shelter_fatal_overdoses", None, "suppressed", 0.0, 4.0),
        (date(2025, 1, 1), "shelter_nonfatal_overdoses", 120.0, "reported", None, None),
        (date(2025, 4, 1), "shelter_fatal_overdoses", 6.0, "reported", None, None),
        (date(2025, 4, 1), "shelter_nonfatal_overdoses", 100.0, "reported", None, None),
    ]


def test_calls_to_central_intake(server: Server, tmp_path: Path) -> None:
    codes = [
        "Code 1A - Referral to a Sleeping/Resting Space",
        "Code 1B - External Transfer to AWHL",
        "Code 1C - Referral to Eviction Prevention Service",
        "Code 1D - Declined Shelter/Resting Space",
        "Code 2A - Internal Transfer to CI",
        "Code 2B - External Transfer - Homelessness-related",
        "Code 2C - Information - Homelessness & Prevention Services",
        "Code 2D - Information - Non-Homelessness-related",
        "Code 3A - Shelter Space Unavailable - Family",
        "Code 3B - Shelter Space Unavailable - Individuals/Couples",
        "Code 3C - Follow-up / Check on Placement",
        "Code 4A - Dead Air",
        "Code 4B - Disconnected - No Outcome",
    ]
    header = ",".join(["_id", "Date", "Total calls handled", "Total calls coded", *codes])
    text = f"{header}\n1,2026-03-01,50,40,{','.join('1' for _ in codes)}\n"
    got = fetch(server, tmp_path, "toronto_central_intake_calls", text)
    assert got.outcome.result == "new", got.outcome.message
    assert (date(2026, 3, 1), 50.0) in got.figures("period_start, value", "dimension = 'total'")


@pytest.mark.parametrize(
    ("source_id", "text"),
    [
        ("month", "_id,Year of death,Month of death,Count\n1,2025,January,9\n"),
        (
            "cause",
            "_id,Year of death,Cause_of_death,Age_group,Gender,Count\n"
            "1,2025,Drug Toxicity,20-39,Male,9\n",
        ),
        (
            "demographics",
            "_id,Year of death,Age_group,Gender,Count\n1,2025,20-39,Male,9\n",
        ),
    ],
)
def test_deaths_of_people_experiencing_homelessness(
    server: Server, tmp_path: Path, source_id: str, text: str
) -> None:
    got = fetch(server, tmp_path, f"toronto_homeless_deaths_by_{source_id}", text)
    assert got.outcome.result == "new", got.outcome.message
    assert 9.0 in [value for (value,) in got.figures("value")]


def test_reported_crimes(server: Server, tmp_path: Path) -> None:
    text = (
        "REPORT_YEAR,DIVISION,CATEGORY,SUBTYPE,COUNT_,COUNT_CLEARED\n"
        "2025,D11,Controlled Drugs and Substances Act,Other,3,2\n"
        "2025,NSA,Controlled Drugs and Substances Act,Other,1,0\n"
    )
    got = fetch(server, tmp_path, "tps_reported_crimes", text)
    assert got.outcome.result == "new", got.outcome.message
    where = "region_id = 'CA-ON-toronto' AND dimension = 'total' AND measure_id LIKE 'drug%'"
    assert got.figures("measure_id, value", where) == [
        ("drug_offences_cleared", 2.0),
        ("drug_offences_reported", 4.0),
    ]


def test_crime_rates_of_a_neighbourhood(server: Server, tmp_path: Path) -> None:
    crimes = "ASSAULT AUTOTHEFT BIKETHEFT BREAKENTER HOMICIDE ROBBERY SHOOTING THEFTFROMMV"
    names, cells = ["OBJECTID", "AREA_NAME", "HOOD_ID"], ["1", "Moss Park", "73"]
    for crime in [*crimes.split(), "THEFTOVER"]:
        for year in range(2014, 2026):
            names += [f"{crime}_{year}", f"{crime}_RATE_{year}"]
            cells += ["10", "50.5"] if (crime, year) == ("ASSAULT", 2025) else ["", ""]
    names += ["POPULATION_2025", "Shape__Area", "Shape__Length"]
    cells += ["19802", "1.5", "2.5"]
    text = f"{','.join(names)}\n{','.join(cells)}\n"
    got = fetch(server, tmp_path, "tps_neighbourhood_crime", text)
    assert got.outcome.result == "new", got.outcome.message
    where = "year(period_start) = 2025 AND value > 0"
    assert got.figures("measure_id, region_id, value, unit", where) == [
        ("assault_occurrences", "CA-ON-toronto-073", 10.0, "count"),
        ("assault_occurrences", "CA-ON-toronto-073", 50.5, "per_100k"),
        ("neighbourhood_population", "CA-ON-toronto-073", 19802.0, "count"),
    ]


CALL = (
    "OBJECTID,EVENT_ID,EVENT_DATE,EVENT_YEAR,EVENT_MONTH,EVENT_DOW,EVENT_HOUR,EVENT_TYPE,DIVISION,"
    "OCCURRENCE_CREATED,APPREHENSION_MADE,MCIT_ATTEND,HOOD_158,NEIGHBOURHOOD_158,HOOD_140,"
    "NEIGHBOURHOOD_140\n"
)


def call(number: int, when: int, kind: str, apprehended: str, hood: str) -> str:
    return (
        f"{number},{900 + number},{when},2026,x,Mon,3,{kind},D51,Yes,{apprehended},No,"
        f"{hood},Name,{hood},Name\n"
    )


def test_calls_about_people_in_crisis(server: Server, tmp_path: Path) -> None:
    text = CALL + "".join(
        [
            # Winter and summer midnights; the first of February is still January in UTC - 5.
            call(1, midnight(2026, 1, 31, 5), "Overdose", "Yes", "073"),
            call(2, midnight(2026, 2, 1, 5), "Overdose", "No", "073"),
            call(3, midnight(2026, 7, 1, 4), "Person in Crisis", "No", "NSA"),
            call(4, midnight(2026, 7, 31, 4), "Suicide-related", "No", "1"),
        ]
    )
    got = fetch(server, tmp_path, "tps_persons_in_crisis_full", text)
    assert got.outcome.result == "new", got.outcome.message
    columns = "period_start, region_id, measure_id, dimension, member, value, status"
    where = "value > 0 AND (region_id <> 'CA-ON-toronto' OR dimension = 'total')"
    january, february, july = date(2026, 1, 1), date(2026, 2, 1), date(2026, 7, 1)
    city, moss_park, first = "CA-ON-toronto", "CA-ON-toronto-073", "CA-ON-toronto-001"
    calls, overdoses = "crisis_calls_attended", "overdose_calls_attended"
    apprehensions, total = "crisis_apprehensions", ("total", "total")
    assert got.figures(columns, where) == [
        (january, city, apprehensions, *total, 1.0, "reported"),
        (january, city, calls, *total, 1.0, "reported"),
        (january, city, overdoses, *total, 1.0, "reported"),
        (january, moss_park, apprehensions, *total, 1.0, "reported"),
        (january, moss_park, calls, "call_type", "overdose", 1.0, "reported"),
        (january, moss_park, calls, *total, 1.0, "reported"),
        (january, moss_park, overdoses, *total, 1.0, "reported"),
        (february, city, calls, *total, 1.0, "reported"),
        (february, city, overdoses, *total, 1.0, "reported"),
        (february, moss_park, calls, "call_type", "overdose", 1.0, "reported"),
        (february, moss_park, calls, *total, 1.0, "reported"),
        (february, moss_park, overdoses, *total, 1.0, "reported"),
        (july, city, calls, *total, 2.0, "reported"),
        (july, first, calls, "call_type", "suicide_related", 1.0, "reported"),
        (july, first, calls, *total, 1.0, "reported"),
    ]
    # A neighbourhood without a call is a reported 0.
    assert got.figures("count(*)", "value = 0 AND region_id = 'CA-ON-toronto-002'") == [(18,)]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (call(1, 0, "Noise", "No", "1"), "line 2: expected a row that has a member"),
        (call(1, 0, "Overdose", "Maybe", "1"), "line 2: expected a row that has a member"),
        (call(1, 0, "Overdose", "No", "999"), "line 2: expected a row that has a region_id"),
    ],
    ids=["kind of call", "answer", "neighbourhood"],
)
def test_a_call_that_is_not_understood_is_refused(
    server: Server, tmp_path: Path, row: str, says: str
) -> None:
    got = fetch(server, tmp_path, "tps_persons_in_crisis_full", CALL + row)
    assert got.outcome.result == "failed"
    assert says in got.outcome.message


OFFENCE = (
    "OBJECTID,EVENT_UNIQUE_ID,REPORT_DATE,OCC_DATE,REPORT_YEAR,REPORT_MONTH,REPORT_DAY,REPORT_DOY,"
    "REPORT_DOW,REPORT_HOUR,OCC_YEAR,OCC_MONTH,OCC_DAY,OCC_DOY,OCC_DOW,OCC_HOUR,DIVISION,"
    "LOCATION_TYPE,PREMISES_TYPE,UCR_CODE,UCR_EXT,OFFENCE,CSI_CATEGORY,HOOD_158,NEIGHBOURHOOD_158,"
    "HOOD_140,NEIGHBOURHOOD_140,LONG_WGS84,LAT_WGS84\n"
)


def offence(number: int, event: str, when: int, kind: str, hood: str, place: str) -> str:
    return (
        f"{number},{event},{when},{when - 86_400_000},2026,May,1,1,Fri,1,2026,May,1,1,Thu,23,D51,"
        f"Street,Outside,1430,100,{kind},{kind},{hood},Name,{hood},Name,{place}\n"
    )


def test_major_crimes_and_their_incidents(server: Server, tmp_path: Path) -> None:
    may = midnight(2026, 5, 10, 4)
    text = OFFENCE + "".join(
        [
            offence(1, "GO-1", may, "Assault", "073", "-79.37,43.65"),
            offence(2, "GO-1", may, "Robbery", "073", "-79.37,43.65"),
            offence(3, "GO-2", may, "Assault", "NSA", "0,0"),
        ]
    )
    got = fetch(server, tmp_path, "tps_major_crime_indicators", text)
    assert got.outcome.result == "new", got.outcome.message
    assert got.figures("region_id, dimension, member, value, status", "value > 0") == [
        ("CA-ON-toronto", "major_crime", "assault", 2.0, "preliminary"),
        ("CA-ON-toronto", "major_crime", "robbery", 1.0, "preliminary"),
        ("CA-ON-toronto", "total", "total", 3.0, "preliminary"),
        ("CA-ON-toronto-073", "major_crime", "assault", 1.0, "preliminary"),
        ("CA-ON-toronto-073", "major_crime", "robbery", 1.0, "preliminary"),
        ("CA-ON-toronto-073", "total", "total", 2.0, "preliminary"),
    ]
    assert got.figures("count(*)") == [(159 * 6,)]
    assert got.incidents("incident_id, occurred_on, hour, category, region_id, x, y") == [
        ("GO-1-1", date(2026, 5, 9), 23, "assault", "CA-ON-toronto-073", -79.37, 43.65),
        ("GO-1-2", date(2026, 5, 9), 23, "robbery", "CA-ON-toronto-073", -79.37, 43.65),
        ("GO-2-1", date(2026, 5, 9), 23, "assault", "CA-ON-toronto", None, None),
    ]


def test_a_kind_of_crime_that_is_not_known_is_refused(server: Server, tmp_path: Path) -> None:
    text = OFFENCE + offence(1, "GO-1", 0, "Mischief", "073", "0,0")
    got = fetch(server, tmp_path, "tps_major_crime_indicators", text)
    assert "line 2: expected a row that has a member" in got.outcome.message


NIGHT = (
    "_id,OCCUPANCY_DATE,ORGANIZATION_ID,ORGANIZATION_NAME,SHELTER_ID,SHELTER_GROUP,LOCATION_ID,"
    "LOCATION_NAME,LOCATION_ADDRESS,LOCATION_POSTAL_CODE,LOCATION_CITY,LOCATION_PROVINCE,PROGRAM_ID,"
    "PROGRAM_NAME,SECTOR,PROGRAM_MODEL,OVERNIGHT_SERVICE_TYPE,PROGRAM_AREA,SERVICE_USER_COUNT,"
    "CAPACITY_TYPE,CAPACITY_ACTUAL_BED,CAPACITY_FUNDING_BED,OCCUPIED_BEDS,UNOCCUPIED_BEDS,"
    "UNAVAILABLE_BEDS,CAPACITY_ACTUAL_ROOM,CAPACITY_FUNDING_ROOM,OCCUPIED_ROOMS,UNOCCUPIED_ROOMS,"
    "UNAVAILABLE_ROOMS,OCCUPANCY_RATE_BEDS,OCCUPANCY_RATE_ROOMS\n"
)


def night(number: int, day: str, sector: str, people: int, beds: str, rooms: str) -> str:
    named = "1,Org,2,Group,3,Site,1 Main St,M5V,Toronto,ON,4,Program"
    return f"{number},{day},{named},{sector},Emergency,Shelter,Base,{people},Bed,{beds},{rooms},,\n"


def test_nights_in_shelters(server: Server, tmp_path: Path) -> None:
    text = NIGHT + "".join(
        [
            night(1, "2026-01-01", "Men", 20, "25,25,20,5,0", ",,,,"),
            night(2, "2026-01-01T00:00:00", "Men", 10, "10,10,10,0,0", ",,,,"),
            night(3, "26-01-01", "Families", 30, ",,,,", "12,12,9,3,0"),
        ]
    )
    got = fetch(server, tmp_path, "toronto_shelter_occupancy", text)
    assert got.outcome.result == "new", got.outcome.message
    assert got.figures("measure_id, dimension, member, value, period_start") == [
        (measure, *kind, value, date(2026, 1, 1))
        for measure, kind, value in [
            ("shelter_beds_available", ("shelter_sector", "men"), 35.0),
            ("shelter_beds_available", ("total", "total"), 35.0),
            ("shelter_beds_occupied", ("shelter_sector", "men"), 30.0),
            ("shelter_beds_occupied", ("total", "total"), 30.0),
            ("shelter_overnight_people", ("shelter_sector", "families"), 30.0),
            ("shelter_overnight_people", ("shelter_sector", "men"), 30.0),
            ("shelter_overnight_people", ("total", "total"), 60.0),
            ("shelter_rooms_available", ("shelter_sector", "families"), 12.0),
            ("shelter_rooms_available", ("total", "total"), 12.0),
            ("shelter_rooms_occupied", ("shelter_sector", "families"), 9.0),
            ("shelter_rooms_occupied", ("total", "total"), 9.0),
        ]
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (night(1, "2026-01-01", "Pets", 1, ",,,,", ",,,,"), "has a member"),
        (night(1, "soon", "Men", 1, ",,,,", ",,,,"), "has a period_start"),
        (night(1, "2026-01-01", "Men", 1, ",,,,", ",,,,").replace(",1,Bed", ",,Bed"), "a value"),
    ],
    ids=["sector", "date", "people"],
)
def test_a_night_that_is_not_understood_is_refused(
    server: Server, tmp_path: Path, row: str, says: str
) -> None:
    got = fetch(server, tmp_path, "toronto_shelter_occupancy", NIGHT + row)
    assert got.outcome.result == "failed"
    assert says in got.outcome.message
