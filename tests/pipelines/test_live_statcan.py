"""Statistics Canada's whole tables, as its servers give them, become figures."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.pipelines.live_portal import fetch
from tests.pipelines.misbehaving_server import Server, serving


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


ENDS = '"v{number}","1.{number}","{value}","{status}","","","0"\n'
UCR = (
    '"REF_DATE","GEO","DGUID","Violations","Statistics","UOM","UOM_ID","SCALAR_FACTOR",'
    '"SCALAR_ID","VECTOR","COORDINATE","VALUE","STATUS","SYMBOL","TERMINATED","DECIMALS"\n'
)


def ucr(*rows: tuple[int, str, str, str, str, str]) -> str:
    return UCR + "".join(
        f'"{year}","{geo}","2021A0002","{violation}","{statistic}","Number","223","units ","0",'
        + ENDS.format(number=number, value=value, status=status)
        for number, (year, geo, violation, statistic, value, status) in enumerate(rows)
    )


BC = "British Columbia [59]"
OPIOIDS = "Opioid (other than heroin), possession [4170]"
DRUGS = "Total drug violations [401]"
RATE = "Rate per 100,000 population"


def test_the_crime_table_gives_counts_and_rates_with_their_states(
    server: Server, tmp_path: Path
) -> None:
    text = ucr(
        (2024, "Canada", DRUGS, "Actual incidents", "123", ""),
        (2024, BC, DRUGS, RATE, "45.67", ""),
        (2024, "Red Deer, Alberta [48830]", DRUGS, "Total cleared", "0", ""),
        (2024, BC, DRUGS, "Cleared by charge", "", ".."),
        (2024, BC, DRUGS, "Cleared otherwise", "", "x"),
        (2024, BC, DRUGS, "Total, persons charged", "", "F"),
        (2016, BC, OPIOIDS, "Actual incidents", "0", ""),
        (2018, BC, OPIOIDS, "Actual incidents", "7", "p"),
        (2024, BC, "Bigamy [3999]", "Actual incidents", "2", ""),
        (2024, BC, DRUGS, "Percentage change in rate", "-1.5", ""),
    )
    got = fetch(server, tmp_path, "statcan_ucr_cube", text)
    assert (got.outcome.result, got.outcome.rows, got.outcome.message) == ("new", 10, "")
    assert got.figures("line, measure_id, region_id, year(period_start), value, unit, status") == [
        (2, "drug_offences", "CA", 2024, 123.0, "count", "reported"),
        (3, "drug_offences", "CA-BC", 2024, 45.67, "per_100k", "reported"),
        (4, "drug_cleared", "CA-cma-830", 2024, 0.0, "count", "reported"),
        (5, "drug_cleared_by_charge", "CA-BC", 2024, None, "count", "not_available"),
        (6, "drug_cleared_otherwise", "CA-BC", 2024, None, "count", "suppressed"),
        (7, "drug_persons_charged", "CA-BC", 2024, None, "count", "not_available"),
        (8, "opioid_possession_offences", "CA-BC", 2016, None, "count", "not_available"),
        (9, "opioid_possession_offences", "CA-BC", 2018, 7.0, "count", "preliminary"),
    ]
    assert got.rejected() == [
        (10, "violation is not used here"),
        (11, "derived by the publisher from the other figures of this and of other tables"),
    ]


def test_a_zero_that_counts_nothing_is_not_available_and_a_count_stays(
    server: Server, tmp_path: Path
) -> None:
    adults = "Rate, adult charged per 100,000 population aged 18 years and over"
    impaired = "Total impaired driving [910]"
    text = ucr(
        (2003, "Toronto, Ontario [35535]", DRUGS, adults, "0", ""),
        (2003, "Toronto, Ontario [35535]", DRUGS, "Total, adult charged", "0", ""),
        (2003, "Toronto, Ontario [35535]", DRUGS, "Total, persons charged", "1234", ""),
        (2004, "Toronto, Ontario [35535]", DRUGS, adults, "0", ""),
        (2003, BC, DRUGS, adults, "0", ""),
        (2006, "Canada", impaired, "Total, youth charged", "0", ""),
        (2006, "Canada", impaired, "Total, youth not charged", "0", ""),
        (2006, "Canada", impaired, "Total, adult charged", "0", ""),
        (2007, "Canada", impaired, "Total, youth charged", "0", ""),
        (2017, BC, OPIOIDS, "Actual incidents", "3", ""),
        (2017, BC, OPIOIDS, "Total cleared", "0", ""),
        (2017, BC, OPIOIDS, "Cleared otherwise", "", "x"),
    )
    got = fetch(server, tmp_path, "statcan_ucr_cube", text)
    assert got.outcome.message == ""
    assert got.figures("line, region_id, value, unit, status") == [
        (2, "CA-cma-535", None, "per_100k_18_plus", "not_available"),
        (3, "CA-cma-535", 0.0, "count", "reported"),
        (4, "CA-cma-535", 1234.0, "count", "reported"),
        (5, "CA-cma-535", 0.0, "per_100k_18_plus", "reported"),
        (6, "CA-BC", 0.0, "per_100k_18_plus", "reported"),
        (7, "CA", None, "count", "not_available"),
        (8, "CA", None, "count", "not_available"),
        (9, "CA", 0.0, "count", "reported"),
        (10, "CA", 0.0, "count", "reported"),
        (11, "CA-BC", 3.0, "count", "preliminary"),
        (12, "CA-BC", None, "count", "not_available"),
        (13, "CA-BC", None, "count", "suppressed"),
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ((2024, "Atlantis [99]", DRUGS, RATE, "1", ""), "line 2: expected a row that has a region"),
        ((2024, BC, "Bigamy", RATE, "1", ""), "line 2: expected a row that has a measure_id"),
        ((2024, BC, DRUGS, "Mood", "1", ""), "line 2: expected a row that has a measure_id"),
        ((2024, BC, DRUGS, RATE, "", "Z"), "line 2: expected a row that has a status"),
    ],
    ids=["place", "violation without code", "statistic", "status"],
)
def test_the_crime_table_is_refused_where_it_is_not_understood(
    server: Server, tmp_path: Path, row: tuple[int, str, str, str, str, str], says: str
) -> None:
    got = fetch(server, tmp_path, "statcan_ucr_cube", ucr(row))
    assert got.outcome.result == "failed"
    assert says in got.outcome.message


def test_the_severity_index_of_an_area_with_a_code(server: Server, tmp_path: Path) -> None:
    header = UCR.replace('"Violations",', "")
    rows = [
        ("Canada", "Crime severity index", "Index", "77.89"),
        ("Toronto, Ontario [35535]", "Crime severity index", "Index", "59.35"),
        (BC, "Weighted clearance rate", "Number", "30.1"),
        (BC, "Percent change in crime severity index", "Percent", "-4"),
    ]
    text = header + "".join(
        f'2024,"{geo}",,{statistic},{unit},1,units,0,v,1,{value},,,,2\n'
        for geo, statistic, unit, value in rows
    )
    got = fetch(server, tmp_path, "statcan_crime_severity", text)
    assert got.outcome.message == ""
    assert got.figures("line, measure_id, region_id, value, unit") == [
        (2, "crime_severity_index", "CA", 77.89, "index"),
        (3, "crime_severity_index", "CA-cma-535", 59.35, "index"),
        (4, "weighted_clearance_rate", "CA-BC", 30.1, "percent"),
    ]
    assert [line for line, _ in got.rejected()] == [5]


def population(dimensions: str, *rows: str) -> str:
    names = ["REF_DATE", "GEO", "DGUID", *filter(None, dimensions.split("|"))]
    header = ",".join([*names, "UOM,UOM_ID,SCALAR_FACTOR,SCALAR_ID,VECTOR,COORDINATE,VALUE"])
    return f"{header},STATUS,SYMBOL,TERMINATED,DECIMALS\n" + "".join(
        ",".join([*row.split("|")[:-1], f"Persons,249,units,0,v,1,{row.split('|')[-1]},,,,0\n"])
        for row in rows
    )


def test_the_population_of_a_quarter(server: Server, tmp_path: Path) -> None:
    text = population("", "2026-01|Canada||41000000", "2026-04|Nunavut||")
    got = fetch(server, tmp_path, "statcan_population_quarterly", text)
    assert got.outcome.message == ""
    assert got.figures("line, region_id, period_start, value, status") == [
        (2, "CA", date(2026, 1, 1), 41_000_000.0, "reported"),
        (3, "CA-NU", date(2026, 4, 1), None, "not_available"),
    ]


def test_the_population_of_a_municipality(server: Server, tmp_path: Path) -> None:
    rows = [
        '2025|"Toronto (C), Ontario"|2021A00053520005|3000000',
        '2026|"Toronto (C), Ontario"|2021A00053520005|3100000',
    ]
    got = fetch(server, tmp_path, "statcan_population_municipalities", population("", *rows))
    assert got.outcome.message == ""
    assert got.figures("region_id, period_start, value, status") == [
        ("CA-ON-toronto", date(2025, 7, 1), 3_000_000.0, "reported"),
        ("CA-ON-toronto", date(2026, 7, 1), 3_100_000.0, "preliminary"),
    ]


def test_population_by_gender_has_the_members_of_population_by_sex(
    server: Server, tmp_path: Path
) -> None:
    rows = [
        "2025|Canada||Men+|All ages|20000000",
        "2025|Canada||Women+|0 to 4 years|900000",
        "2025|Canada||Total - gender|90 years and older|400000",
        "2025|Canada||Total - gender|Median age|40.3",
    ]
    text = population("Gender|Age group", *rows)
    got = fetch(server, tmp_path, "statcan_population_age_sex", text)
    assert got.outcome.message == ""
    where = "dimension <> 'age_group' OR member IN ('90+', '12-17')"
    assert got.figures("line, dimension, member, value", where) == [
        (2, "sex", "male", 20_000_000.0),
        (3, "sex+age_group", "female+0-4", 900_000.0),
        (4, "age_group", "90+", 400_000.0),
    ]
    assert [line for line, _ in got.rejected()] == [5]
