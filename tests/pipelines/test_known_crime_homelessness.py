"""Figures of city police and of homelessness, counted plainly from the publishers' files."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

VPD = "vancouver-police-department/geodash-crime-data/crimedata_csv_AllNeighbourhoods_{}.csv"
CALGARY = "city-of-calgary/community-crime-statistics/Community_Crime_Statistics_20250611.csv"
EDMONTON = "edmonton-police-service/eps-community-safety-data/edmonton_safety_data_2025.csv"
HOMELESS_DEATHS = "city-of-toronto/deaths-of-people-experiencing-homelessness"
INTAKE = "city-of-toronto/central-intake-calls/raw_central_intake_call.csv"
TORONTO = "CA-ON-toronto"


@pytest.fixture(scope="module")
def con(warehouse_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(warehouse_path), read_only=True) as con:
        yield con


def series(
    con: duckdb.DuckDBPyConnection,
    measure: str,
    region: str,
    kind: str,
    member: str = "total",
    dimension: str = "",
) -> dict[str, float | None]:
    """Give the current figures of one series by the first day of their period."""
    rows = con.execute(
        """
        SELECT period_start::VARCHAR, value FROM marts.observation
        WHERE measure_id = $measure AND region_id = $region AND period_kind = $kind
            AND member = $member AND dimension = $dimension AND unit = 'count' AND is_latest
        ORDER BY period_start
        """,
        {
            "measure": measure,
            "region": region,
            "kind": kind,
            "member": member,
            "dimension": dimension or member,
        },
    ).fetchall()
    assert len(rows) == len(dict(rows))
    return dict(rows)


def test_incidents_of_vancouver_are_the_rows_of_each_year(con: duckdb.DuckDBPyConnection) -> None:
    assert series(con, "vpd_incidents", "CA-BC-vancouver", "year") == {
        "2020-01-01": 37_511,
        "2021-01-01": 32_201,
        "2022-01-01": 34_323,
        "2023-01-01": 36_716,
        "2024-01-01": 33_771,
        "2025-01-01": 32_411,
    }
    hidden = series(
        con, "vpd_incidents", "CA-BC-vancouver", "year", "offence_against_a_person", "crime_type"
    )
    assert hidden["2020-01-01"] == 3_739
    assert hidden["2023-01-01"] == 4_056


def test_incidents_of_a_vancouver_neighbourhood_are_those_of_the_file(
    con: duckdb.DuckDBPyConnection, raw_root: Path
) -> None:
    raw = pd.read_csv(raw_root / VPD.format(2023), keep_default_na=False)
    for name, slug in (("Central Business District", "downtown"), ("Musqueam", "musqueam")):
        months = raw[raw["NEIGHBOURHOOD"] == name].groupby("MONTH").size()
        loaded = series(con, "vpd_incidents", f"CA-BC-vancouver-{slug}", "month")
        assert [loaded[f"2023-{month:02d}-01"] for month in range(1, 13)] == [
            months.get(month, 0) for month in range(1, 13)
        ]


def test_the_part_months_of_police_files_are_preliminary(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute(
        "SELECT DISTINCT measure_id, period_start::VARCHAR FROM marts.observation "
        "WHERE source_id IN ('vpd_geodash', 'eps_occurrences', 'calgary_community_crime') "
        "AND status = 'preliminary' ORDER BY ALL"
    ).fetchall() == [
        ("eps_disorder_occurrences", "2025-05-01"),
        ("eps_drug_occurrences", "2025-05-01"),
        ("eps_occurrences", "2025-05-01"),
        ("vpd_incidents", "2026-02-01"),
    ]


def test_crimes_of_calgary_are_the_sums_of_the_file(
    con: duckdb.DuckDBPyConnection, raw_root: Path
) -> None:
    raw = pd.read_csv(raw_root / CALGARY, keep_default_na=False)
    years = raw.groupby("Year")["Crime Count"].sum()
    assert series(con, "calgary_crime_incidents", "CA-AB-calgary", "year") == {
        f"{year}-01-01": years[year] for year in range(2018, 2024)
    }
    months = series(con, "calgary_crime_incidents", "CA-AB-calgary", "month")
    assert len(months) == 83
    assert max(months) == "2024-11-01"
    assert sum(value or 0 for value in months.values()) == raw["Crime Count"].sum() == 216_790
    beltline = raw[raw["Community"] == "BELTLINE"]["Crime Count"].sum()
    loaded = series(con, "calgary_crime_incidents", "CA-AB-calgary-beltline", "month")
    assert sum(value or 0 for value in loaded.values()) == beltline


def test_occurrences_of_edmonton_are_the_rows_of_the_file(
    con: duckdb.DuckDBPyConnection, raw_root: Path
) -> None:
    raw = pd.read_csv(raw_root / EDMONTON)
    months = series(con, "eps_occurrences", "CA-AB-edmonton", "month")
    assert sum(value or 0 for value in months.values()) == len(raw)
    drugs = series(con, "eps_drug_occurrences", "CA-AB-edmonton", "month")
    assert list(drugs.values()) == [91, 90, 79, 70, 73]


def test_deaths_of_people_experiencing_homelessness_are_those_of_each_file(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert series(con, "homeless_deaths", TORONTO, "year") == {
        "2017-01-01": 101,
        "2018-01-01": 94,
        "2019-01-01": 128,
        "2020-01-01": 145,
        "2021-01-01": 223,
        "2022-01-01": 189,
        "2023-01-01": 150,
    }
    months = series(con, "homeless_deaths", TORONTO, "month")
    assert sum(value or 0 for month, value in months.items() if month[:4] == "2021") == 219
    assert list(series(con, "homeless_drug_toxicity_deaths", TORONTO, "year").values()) == [
        32, 33, 39, 75, 127, 93, 59,
    ]  # fmt: skip
    assert con.execute(
        "SELECT sum(value) FROM marts.observation WHERE year(period_start) = 2021 "
        "AND dimension = 'cause_of_death' AND source_id = 'toronto_homeless_deaths_by_cause'"
    ).fetchall() == [(217,)]
    assert con.execute(
        "SELECT sum(value) FROM marts.observation WHERE year(period_start) = 2019 "
        "AND source_id = 'toronto_homeless_deaths_by_month' AND release_id = '2023-12'"
    ).fetchall() == [(128,)]


def test_deaths_that_the_causes_leave_out_are_those_of_transgender_people(
    raw_root: Path,
) -> None:
    cells = ["Year.of.death", "Age_group", "Gender"]
    by_cause, by_cell = (
        pd.read_csv(raw_root / HOMELESS_DEATHS / f"raw_data(death by {name}).csv")
        .groupby(cells)["Count"]
        .sum()
        for name in ("cause", "demographics")
    )
    left_out = by_cell.sub(by_cause, fill_value=0)
    left_out = left_out[left_out != 0]
    assert set(left_out.index.get_level_values("Gender")) == {"Transgender"}
    assert left_out.sum() == 14


def test_calls_to_central_intake_are_those_of_the_file(
    con: duckdb.DuckDBPyConnection, raw_root: Path
) -> None:
    raw = pd.read_csv(raw_root / INTAKE)
    days = series(con, "central_intake_calls", TORONTO, "day")
    assert list(days) == raw["Date"].tolist()
    assert list(days.values()) == raw["Total calls handled"].tolist()
    months = series(con, "central_intake_calls", TORONTO, "month")
    assert (len(months), min(months), max(months)) == (37, "2020-12-01", "2023-12-01")
    whole = raw[raw["Date"] >= "2020-12-01"]["Total calls handled"].sum()
    assert sum(value or 0 for value in months.values()) == whole


def test_people_counted_on_one_night_are_those_that_hud_states(
    con: duckdb.DuckDBPyConnection,
) -> None:
    people = series(con, "hud_homeless_one_night", "US", "year")
    assert people["2008-01-01"] == 639_784
    assert people["2020-01-01"] == 580_466
    assert people["2021-01-01"] is None
    assert people["2022-01-01"] == 582_462
    assert min(people) == "2008-01-01"
    new_york = series(con, "hud_homeless_one_night", "US-NY", "year")
    assert new_york["2022-01-01"] == 74_178
    sheltered = series(con, "hud_homeless_one_night", "US", "year", "sheltered", "shelter_status")
    assert sheltered["2021-01-01"] == 326_126
    assert series(con, "hud_homeless_veterans_one_night", "US", "year")["2022-01-01"] == 33_129


def test_ten_of_564_numbers_of_active_people_were_revised(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute(
        "SELECT count(*), count(*) FILTER (change <> 0) FROM marts.revision "
        "WHERE source_id = 'toronto_shelter_system_flow' AND release_id = '2025-06' "
        "AND measure_id = 'actively_homeless' AND unit = 'count' "
        "AND dimension IN ('total', 'population_group')"
    ).fetchall() == [(564, 10)]
    assert con.execute(
        "SELECT count(*) FILTER (change <> 0) FROM marts.revision "
        "WHERE source_id = 'toronto_shelter_system_flow' AND measure_id <> 'actively_homeless'"
    ).fetchall() == [(0,)]


def test_past_deaths_of_shelter_residents_were_not_revised(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute(
        "SELECT count(*), count(*) FILTER (change <> 0) FROM marts.revision "
        "WHERE source_id = 'toronto_shelter_resident_deaths' AND release_id = '2025-10'"
    ).fetchall() == [(848, 0)]


def test_a_quarter_of_the_neighbourhood_counts_were_revised(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert con.execute(
        "SELECT count(*), count(*) FILTER (change <> 0) FROM marts.revision "
        "WHERE source_id = 'tps_neighbourhood_crime' AND release_id = '2025-10' "
        "AND measure_id LIKE '%_occurrences' AND unit = 'count'"
    ).fetchall() == [(14_220, 3_623)]
