"""Figures that police and ambulance files give when read plainly, and that publishers state."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

ASR = "toronto-police-service/asr-reported-crimes"
PIC = "toronto-police-service/persons-in-crisis-calls"
ODIN = (
    "pennsylvania-state-police/overdose-information-network/vintage-2019-12/"
    "Overdose_Information_Network_Data_CY_January_2018_-_Current_Monthly_County_State_Police.csv"
)
CMAS = (
    "statistics-canada/35-10-0177-01-extract-ontario-cmas-2021-2024/"
    "Crime Dataset for Data Acquisition.csv"
)


@pytest.fixture(scope="module")
def con(warehouse_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(warehouse_path), read_only=True) as con:
        yield con


def total(
    con: duckdb.DuckDBPyConnection,
    source: str,
    measure: str,
    region: str,
    where: str = "dimension = 'total'",
    unit: str = "count",
) -> float | None:
    """Sum a measure of one source over the periods that a condition leaves."""
    ((value,),) = con.execute(
        f"""
        SELECT sum(value) FROM marts.observation
        WHERE source_id = $source AND measure_id = $measure AND region_id = $region
            AND unit = $unit AND {where}
        """,
        {"source": source, "measure": measure, "region": region, "unit": unit},
    ).fetchall()
    return None if value is None else float(value)


@pytest.mark.parametrize(
    ("source", "measure", "member", "expected"),
    [
        ("tps_persons_in_crisis", "crisis_calls_attended", "overdose", 2381),
        ("tps_persons_in_crisis", "crisis_calls_attended", "person_in_crisis", 19914),
        ("tps_persons_in_crisis", "crisis_calls_attended", "suicide_related", 9705),
        ("tps_persons_in_crisis", "crisis_calls_attended", "total", 32000),
        ("tps_persons_in_crisis", "overdose_calls_attended", "total", 2381),
        ("tps_persons_in_crisis", "crisis_apprehensions", "total", 7039),
        ("tps_persons_in_crisis_years", "crisis_calls_attended", "total", 22229 + 31572),
        ("tps_persons_in_crisis_years", "overdose_calls_attended", "total", 1654 + 4555),
    ],
)
def test_crisis_calls_of_the_city(
    con: duckdb.DuckDBPyConnection, source: str, measure: str, member: str, expected: int
) -> None:
    assert total(con, source, measure, "CA-ON-toronto", f"member = '{member}'") == expected


def test_crisis_calls_of_neighbourhoods_fall_short_of_the_city_by_those_without_one(
    con: duckdb.DuckDBPyConnection,
) -> None:
    ((calls, regions),) = con.execute(
        "SELECT sum(value), count(DISTINCT region_id) FROM marts.observation "
        "WHERE source_id = 'tps_persons_in_crisis' AND measure_id = 'crisis_calls_attended' "
        "AND dimension = 'total' AND region_id <> 'CA-ON-toronto'"
    ).fetchall()
    assert (calls, regions) == (32000 - 56, 158)


def test_pooled_calls_are_those_of_the_file(con: duckdb.DuckDBPyConnection, raw_root: Path) -> None:
    raw = pd.read_csv(raw_root / PIC / "cleaned-first-98172-records/analysis_data.csv")
    overdoses = raw[raw["event_type"] == "Overdose"].groupby("hood_158_loc").size()
    loaded = con.execute(
        "SELECT right(region_id, 3)::INTEGER, value FROM marts.observation "
        "WHERE measure_id = 'overdose_calls_attended_2014_2017' ORDER BY 1"
    ).fetchall()
    assert overdoses.sum() == 7759
    assert loaded == list(overdoses.items())


def test_pooled_weekdays_run_through_four_years(raw_root: Path) -> None:
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    raw = pd.read_csv(raw_root / PIC / "cleaned-first-98172-records/analysis_data.csv")
    steps = raw.sort_values("objectid")["event_dow"].map(days.index).diff().dropna() % 7
    assert set(steps) == {0, 1}
    assert steps.sum() + 1 == 1461


@pytest.mark.parametrize(
    ("release", "measure", "where", "expected"),
    [
        ("2019-12", "odin_overdose_incidents", "dimension = 'total'", 9940),
        ("2019-12", "odin_overdose_people", "dimension = 'total'", 10108),
        ("2019-12", "odin_people_given_naloxone", "dimension = 'total'", 6709),
        ("2019-12", "odin_overdose_people", "member = 'survived'", 7820),
        ("2019-12", "odin_overdose_people", "member = 'died'", 1648),
        ("2019-12", "odin_people_arrested", "dimension = 'total'", 113),
        ("2019-12", "odin_people_referred_to_treatment", "dimension = 'total'", 917),
        ("2019-09", "odin_overdose_incidents", "dimension = 'total'", 8369),
        ("2019-09", "odin_overdose_people", "dimension = 'total'", 8525),
        ("2019-09", "odin_overdose_incidents", "year(period_start) = 2018", 5722),
        ("2019-12", "odin_overdose_incidents", "year(period_start) = 2018", 5727),
        ("2019-12", "odin_overdose_people", "member = 'arrest'", 113),
    ],
)
def test_overdoses_in_pennsylvania(
    con: duckdb.DuckDBPyConnection, release: str, measure: str, where: str, expected: int
) -> None:
    condition = f"release_id = '{release}' AND period_kind = 'month' AND {where}"
    assert total(con, "pa_odin_overdoses", measure, "US-PA", condition) == expected


def test_people_by_county_are_those_of_the_file(
    con: duckdb.DuckDBPyConnection, raw_root: Path
) -> None:
    raw = pd.read_csv(raw_root / ODIN, dtype=str)
    people = raw.groupby("Incident County FIPS Code")["Victim ID"].nunique()
    loaded = con.execute(
        "SELECT right(region_id, 3), sum(value) FROM marts.observation "
        "WHERE measure_id = 'odin_overdose_people' AND dimension = 'total' AND is_latest "
        "AND region_id <> 'US-PA' AND period_kind = 'month' GROUP BY ALL ORDER BY 1"
    ).fetchall()
    assert loaded == list(people.items())


def test_no_month_of_a_county_says_how_its_people_fared(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute(
        "SELECT DISTINCT measure_id, dimension FROM marts.observation "
        "WHERE source_id = 'pa_odin_overdoses' AND region_id <> 'US-PA' AND period_kind = 'month'"
    ).fetchall()
    assert set(found) == {("odin_overdose_incidents", "total"), ("odin_overdose_people", "total")}


def test_survival_by_county_and_year_is_that_of_the_file(
    con: duckdb.DuckDBPyConnection, raw_root: Path
) -> None:
    raw = pd.read_csv(raw_root / ODIN, dtype=str).drop_duplicates("Victim ID")
    raw = raw[raw["Incident Date"].str.endswith("2018")]
    people = raw.groupby("Incident County FIPS Code").size()
    died = raw[raw["Survive"] == "N"].groupby("Incident County FIPS Code").size()
    loaded = con.execute(
        "SELECT right(region_id, 3), value::INTEGER FROM marts.observation "
        "WHERE source_id = 'pa_odin_overdoses' AND period_kind = 'year' AND member = 'died' "
        "AND region_id <> 'US-PA' ORDER BY 1"
    ).fetchall()
    assert len(loaded) == 52
    assert loaded == [(fips, died.get(fips, 0)) for fips in people[people >= 10].index]


@pytest.mark.parametrize(
    ("measure", "where", "expected"),
    [
        ("overdose_review_patients", "dimension = 'total'", 7468),
        ("overdose_review_patients", "dimension = 'total' AND year(period_start) = 2021", 2127),
        ("overdose_review_dead_on_scene", "year(period_start) = 2021", 811),
        ("overdose_review_dead_on_scene", "true", 2608),
        ("police_naloxone_patients", "true", 260 - 45),
        ("police_naloxone_patients", "period_start < DATE '2018-09-01'", None),
        ("overdose_review_patients", "dimension = 'police_naloxone' AND member = 'given'", 260),
        ("overdose_review_patients", "member = 'not_recorded'", 598),
    ],
)
def test_flagged_incidents_in_mesa(
    con: duckdb.DuckDBPyConnection, measure: str, where: str, expected: int | None
) -> None:
    assert total(con, "mesa_overdose_incidents", measure, "US-AZ-mesa", where) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("dimension = 'total'", 2743),
        ("dimension = 'total' AND year(period_start) = 2021", 690),
        ("dimension = 'opioid_use' AND member = 'no'", 253),
        ("dimension = 'naloxone' AND member = 'not_recorded'", 352 + 159),
        ("dimension = 'housing' AND member = 'homeless'", 511),
    ],
)
def test_opioid_calls_in_tempe(con: duckdb.DuckDBPyConnection, where: str, expected: int) -> None:
    source = "tempe_opioid_ems_calls"
    assert total(con, source, "opioid_ems_calls", "US-AZ-tempe", where) == expected


def test_incidents_are_shipped_only_where_the_licence_lets_them(
    con: duckdb.DuckDBPyConnection,
) -> None:
    found = con.execute(
        "SELECT source_id, count(*), count(x) FROM marts.incident WHERE source_id IN "
        "('tempe_opioid_ems_calls', 'pa_odin_overdoses', 'mesa_overdose_incidents', "
        "'tps_persons_in_crisis') GROUP BY ALL"
    ).fetchall()
    assert found == [("tempe_opioid_ems_calls", 2743, 2731)]


@pytest.mark.parametrize(
    ("measure", "year", "unit", "expected"),
    [
        ("cannabis_possession_offences", 2011, "count", 61764),
        ("cannabis_possession_offences", 2018, "count", 26402),
        ("cannabis_trafficking_offences", 1998, "count", 16498),
        ("cannabis_act_possession_offences", 2019, "count", 1856),
        ("cannabis_act_import_export_offences", 2019, "count", 10756),
        ("impaired_driving_drugs_offences", 2021, "count", 7498),
        ("impaired_driving_death_drugs_persons_charged", 2022, "per_100k_12_plus", 0.01),
    ],
)
def test_cannabis_and_impaired_driving_in_canada(
    con: duckdb.DuckDBPyConnection, measure: str, year: int, unit: str, expected: float
) -> None:
    where = f"dimension = 'total' AND year(period_start) = {year}"
    source = "statcan_ucr_cannabis_canada"
    assert total(con, source, measure, "CA", where, unit) == expected


@pytest.mark.parametrize(
    ("where", "region", "expected"),
    [
        ("dimension = 'total' AND year(period_start) = 2015", "CA", 68968),
        (
            "dimension = 'clearance' AND member = 'diversion' AND year(period_start) = 2015",
            "CA",
            2907,
        ),
        ("dimension = 'total' AND period_start = '2018-01-01'", "CA", 36628),
        ("dimension = 'total' AND period_start = '2015-01-01'", "CA-NL", 411),
    ],
)
def test_people_accused_of_cannabis_possession(
    con: duckdb.DuckDBPyConnection, where: str, region: str, expected: int
) -> None:
    source = "statcan_cannabis_clearance"
    assert total(con, source, "cannabis_possession_accused", region, where) == expected


def test_drug_violations_of_ontario_areas_are_those_of_the_file(
    con: duckdb.DuckDBPyConnection, raw_root: Path
) -> None:
    raw = pd.read_csv(raw_root / CMAS)
    drugs = raw[
        raw["Violations"].str.endswith("[401]") & (raw["Statistics"] == "Cleared by charge")
    ]
    published = {
        ("CA-cma-" + city[-4:-1], year): value
        for city, year, value in drugs[["City", "Year", "Value"]].itertuples(index=False)
    }
    loaded = con.execute(
        "SELECT region_id, year(period_start), value FROM marts.observation "
        "WHERE measure_id = 'drug_cleared_by_charge'"
    ).fetchall()
    assert len(published) == 20
    assert {(region, year): value for region, year, value in loaded} == published


@pytest.mark.parametrize(
    ("release", "year", "value", "is_latest"),
    [
        ("2021-07-27", 2019, 79.77, True),
        ("2021-07-27", 2020, 73.44, False),
        ("2025-07", 2020, 73.92, True),
        ("2025-07", 2024, 77.89, True),
    ],
)
def test_the_crime_severity_index_keeps_every_release(
    con: duckdb.DuckDBPyConnection, release: str, year: int, value: float, is_latest: bool
) -> None:
    assert con.execute(
        "SELECT value, unit, is_latest FROM marts.observation "
        "WHERE measure_id = 'crime_severity_index' AND region_id = 'CA' "
        "AND release_id = $release AND year(period_start) = $year",
        {"release": release, "year": year},
    ).fetchall() == [(value, "index", is_latest)]


@pytest.mark.parametrize(
    ("release", "file"),
    [("2021-01", "raw_crime_data.csv"), ("2022-02", "police_report_data.csv")],
)
def test_older_copies_of_reported_crimes_are_those_of_their_files(
    con: duckdb.DuckDBPyConnection, raw_root: Path, release: str, file: str
) -> None:
    raw = pd.read_csv(raw_root / ASR / file)
    loaded = con.execute(
        "SELECT year(period_start), value FROM marts.observation "
        "WHERE source_id = 'tps_reported_crimes' AND release_id = $release "
        "AND measure_id = 'offences_reported' AND region_id = 'CA-ON-toronto' "
        "AND dimension = 'total' ORDER BY 1",
        {"release": release},
    ).fetchall()
    assert loaded == list(raw.groupby("ReportedYear")["Count_"].sum().items())


def test_police_measures_have_a_card_only_where_a_source_gives_figures(
    con: duckdb.DuckDBPyConnection,
) -> None:
    cards = con.execute(
        "SELECT measure_id FROM marts.measure "
        "WHERE starts_with(measure_id, 'opioid_possession_') ORDER BY 1"
    ).fetchall()
    assert cards == [
        ("opioid_possession_offences",),
        ("opioid_possession_persons_charged",),
        ("opioid_possession_unfounded",),
    ]


@pytest.mark.parametrize(
    ("measure", "unit"),
    [
        ("drug_offences", "per_100k"),
        ("drug_persons_charged", "per_100k_12_plus"),
        ("drug_cleared_by_charge", "count"),
        ("drug_unfounded", "percent"),
    ],
)
def test_a_rate_is_the_main_series_where_there_is_one(
    con: duckdb.DuckDBPyConnection, measure: str, unit: str
) -> None:
    assert con.execute(
        "SELECT unit FROM marts.measure WHERE measure_id = $measure", {"measure": measure}
    ).fetchall() == [(unit,)]
