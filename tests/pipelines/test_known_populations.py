"""Populations that Statistics Canada states, or that its files give when read plainly."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest


@pytest.fixture(scope="module")
def con(warehouse_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(warehouse_path), read_only=True) as con:
        yield con


@pytest.mark.parametrize(
    ("region", "persons"),
    [
        ("CA-ON-toronto", 3_271_830),
        ("CA-BC-vancouver", 740_454),
        ("CA-BC-surrey", 703_531),
        ("CA-AB-calgary", 1_612_834),
        ("CA-AB-edmonton", 1_238_295),
        ("CA-QC-montreal", 1_915_366),
        ("CA-ON-csd-3506008", 1_188_114),
        ("CA-MB-csd-4611040", 850_260),
    ],
)
def test_cities_have_their_population_of_july_2025(
    con: duckdb.DuckDBPyConnection, region: str, persons: int
) -> None:
    assert con.execute(
        "SELECT persons FROM marts.population "
        "WHERE region_id = $region AND period_start = DATE '2025-07-01'",
        {"region": region},
    ).fetchall() == [(persons,)]


@pytest.mark.parametrize(
    ("sex", "age_group", "persons"),
    [
        ("female", "total", 19_119_977),
        ("male", "total", 18_885_261),
        ("total", "12+", 33_198_268),
        ("total", "20-29", 5_128_042),
        ("total", "90+", 334_586),
        ("female", "90+", 229_655),
        ("male", "60+", 4_407_831),
        ("female", "37", 263_048),
    ],
)
def test_canada_of_july_2020_by_age_and_sex(
    con: duckdb.DuckDBPyConnection, sex: str, age_group: str, persons: int
) -> None:
    assert con.execute(
        "SELECT persons FROM marts.population WHERE region_id = 'CA' "
        "AND period_start = DATE '2020-07-01' AND sex = $sex AND age_group = $age_group",
        {"sex": sex, "age_group": age_group},
    ).fetchall() == [(persons,)]


def test_a_denominator_stands_once(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute(
        "SELECT region_id, period_start, sex, age_group FROM marts.population "
        "GROUP BY ALL HAVING count(*) > 1"
    ).fetchall() == []  # fmt: skip


@pytest.mark.parametrize("groups", [["0-19", "20-29", "30-39", "40-49", "50-59", "60+"]])
def test_age_groups_sum_to_the_sexes_of_their_own_table(
    con: duckdb.DuckDBPyConnection, groups: list[str]
) -> None:
    sums = con.execute(
        "SELECT sum(persons) FILTER (age_group = 'total'), "
        "sum(persons) FILTER (list_contains($groups, age_group)) "
        "FROM marts.population WHERE sex <> 'total' GROUP BY region_id, period_start, sex",
        {"groups": groups},
    ).fetchall()
    assert len(sums) == 2 * (20 * 13 + 30 * 14)
    assert all(everybody == people for everybody, people in sums)


def test_the_newest_total_of_a_region_is_not_that_of_an_age(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert con.execute(
        "SELECT region_id, population_latest FROM marts.region "
        "WHERE region_id IN ('CA', 'CA-BC-ha-fraser', 'CA-NT-with-nunavut') ORDER BY region_id"
    ).fetchall() == [
        ("CA", 41_575_585),
        ("CA-BC-ha-fraser", 2_118_993),
        ("CA-NT-with-nunavut", 60_878),
    ]


def test_divisions_sum_to_the_census(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute(
        "SELECT year(period_start), sum(value), count(*) FROM marts.observation "
        "WHERE measure_id = 'census_population' GROUP BY ALL ORDER BY ALL"
    ).fetchall() == [(2011, 33_476_688, 293), (2016, 35_151_728, 293)]


def test_health_regions_of_saskatchewan_have_two_years(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute(
        "SELECT year(period_start), sum(value), count(*) FILTER (status = 'not_available') "
        "FROM marts.observation WHERE measure_id = 'population' AND region_id LIKE 'CA-__-h%' "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()[1:3] == [(2020, 38_072_385, 0), (2021, 38_277_011, 0)]
