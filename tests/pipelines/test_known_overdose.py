"""Overdose figures that the publishers state, or that their files give when read plainly."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

PHAC = "phac_substance_harms"
AREAS = "bc_coroners_local_health_area_deaths"
SITES = "toronto_shelter_site_overdoses"
COMPILED = "bc-coroners-bccdc/postmedia-compiled-2023-05"
CODES = Path(__file__).parents[2] / "data" / "codes"


@pytest.fixture(scope="module")
def con(warehouse_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(warehouse_path), read_only=True) as con:
        yield con


def read(con: duckdb.DuckDBPyConnection, columns: str, where: str) -> list[tuple[Any, ...]]:
    return con.execute(
        f"SELECT {columns} FROM marts.observation WHERE {where} ORDER BY ALL"
    ).fetchall()


def test_deaths_of_2020_are_revised_at_every_release(con: duckdb.DuckDBPyConnection) -> None:
    where = (
        f"source_id = '{PHAC}' AND measure_id = 'opioid_deaths' AND region_id = 'CA' "
        "AND dimension = 'total' AND unit = 'count' AND period_kind = 'year' "
        "AND period_start = DATE '2020-01-01'"
    )
    assert read(con, "release_id, value, is_latest", where) == [
        ("2021-06", 6214.0, False),
        ("2022-12", 6419.0, False),
        ("2025-12", 6061.0, False),
        ("2026-03", 6166.0, True),
    ]


def test_markers_are_counted_and_none_is_a_value(con: duckdb.DuckDBPyConnection) -> None:
    columns = (
        "release_id, count(*) FILTER (status = 'suppressed'), "
        "count(*) FILTER (status = 'not_available'), min(value)"
    )
    where = f"source_id = '{PHAC}' AND release_id < '2023' GROUP BY release_id"
    assert read(con, columns, where) == [
        ("2021-06", 1494, 341, 0.0),
        ("2022-12", 2373, 707, 0.0),
    ]


def test_accidental_deaths_are_below_all_deaths(con: duckdb.DuckDBPyConnection) -> None:
    where = (
        "release_id = '2022-12' AND measure_id = 'opioid_deaths' AND region_id = 'CA' "
        "AND unit = 'count' AND period_kind = 'year' AND period_start = DATE '2020-01-01' "
        "AND dimension IN ('total', 'manner_of_death')"
    )
    assert read(con, "member, value", where) == [
        ("accidental", 6090.0),
        ("suicide", 198.0),
        ("total", 6419.0),
    ]


def test_a_canada_that_leaves_out_nova_scotia_is_kept(con: duckdb.DuckDBPyConnection) -> None:
    exceeds = con.execute(
        """
        SELECT areas - canada AS over, coalesce(nova_scotia, 0) AS nova_scotia, count(*) AS cells
        FROM (
            SELECT
                max(value) FILTER (region_id = 'CA') AS canada,
                sum(value) FILTER (region_id <> 'CA') AS areas,
                max(value) FILTER (region_id = 'CA-NS') AS nova_scotia
            FROM marts.observation
            WHERE source_id = $phac AND release_id = '2021-06' AND unit = 'count'
                AND measure_id = 'stimulant_deaths' AND dimension = 'manner_of_death+sex+age_group'
            GROUP BY period_start, member
        )
        GROUP BY ALL
        """,
        {"phac": PHAC},
    ).fetchall()
    assert all(over == nova_scotia for over, nova_scotia, _ in exceeds)
    assert sum(cells for *_, cells in exceeds) == 36
    assert sum(cells for over, _, cells in exceeds if over > 0) == 24


def test_deaths_in_british_columbia_by_month_and_year(con: duckdb.DuckDBPyConnection) -> None:
    where = (
        "measure_id = 'unregulated_drug_deaths' AND region_id = 'CA-BC' AND dimension = 'total' "
        "AND unit = 'count'"
    )
    april = f"{where} AND period_kind = 'month' AND period_start = DATE '2023-04-01'"
    assert read(con, "value, status", april) == [(206.0, "preliminary")]
    months = f"{where} AND period_kind = 'month' AND year(period_start) IN (2022, 2023)"
    assert read(con, "year(period_start), sum(value)", f"{months} GROUP BY 1") == [
        (2022, 2272.0),
        (2023, 814.0),
    ]
    years = f"{where} AND period_kind IN ('year', 'part_year') AND year(period_start) >= 2022"
    assert read(con, "period_kind, value", years) == [("part_year", 814.0), ("year", 2314.0)]


def test_deaths_in_vancouver(con: duckdb.DuckDBPyConnection) -> None:
    where = (
        "measure_id = 'unregulated_drug_deaths' AND region_id = 'CA-BC-vancouver' "
        "AND year(period_start) = 2022"
    )
    found = read(con, "period_kind, unit, round(value, 2)", where)
    assert found == [
        ("part_year", "count", 351.0),
        ("year", "count", 562.0),
    ]


def test_a_yearly_and_a_monthly_rate_are_two_measures(con: duckdb.DuckDBPyConnection) -> None:
    where = (
        "measure_id LIKE 'unregulated_drug_deaths%' AND unit = 'per_100k' "
        "GROUP BY measure_id, period_kind"
    )
    assert read(con, "measure_id, period_kind, list(DISTINCT source_id)", where) == [
        ("unregulated_drug_deaths", "year", ["bc_coroners_local_health_area_deaths"]),
        ("unregulated_drug_deaths_monthly_rate", "month", ["bccdc_deaths_by_sex"]),
    ]


def test_deaths_by_local_health_area(con: duckdb.DuckDBPyConnection) -> None:
    where = f"source_id = '{AREAS}' AND is_latest AND unit = 'count' AND year(period_start) = 2022"
    totals = "sum(value), count(*), count(*) FILTER (status = 'suppressed')"
    assert read(con, totals, where) == [(2226.0, 88, 8)]
    downtown = "region_id = 'CA-BC-lha-vancouver-centre-north' AND year(period_start) = 2022"
    assert read(con, "unit, value, is_latest", f"source_id = '{AREAS}' AND {downtown}") == [
        ("count", 319.0, True),
        ("per_100k", 470.8, True),
    ]


def test_the_page_of_local_health_areas_gives_the_same_figures(
    con: duckdb.DuckDBPyConnection, raw_root: Path
) -> None:
    page = pd.read_csv(raw_root / COMPILED / "deaths-by-lha.csv", dtype=str)
    page = page[page["Rate per 100,000"].notna()].set_index("Local Health Area")
    years = [str(year) for year in range(2017, 2023)]
    given = page[[*years, "Total deaths"]].replace("*", None).astype(float)
    published = {
        (area, column): None if pd.isna(value) else value
        for area, row in given.iterrows()
        for column, value in row.items()
    }
    codes = pd.read_csv(CODES / "crosswalk_regions" / "bc_overdose.csv", dtype=str)
    codes = codes[codes["scheme"] == "bc_local_health_area"]
    region_of = codes.set_index("publisher_code")["region_id"].to_dict()
    loaded = {
        (region, year if unit == "per_100k" else "Total deaths"): value
        for region, year, unit, value in read(
            con,
            "region_id, year(period_start)::VARCHAR, unit, value",
            f"source_id = '{AREAS}' AND (unit = 'per_100k' OR year(period_start) = 2022)",
        )
    }
    assert len(published) == 175
    assert {key: loaded[region_of[key[0]], key[1]] for key in published} == published


def test_deaths_by_age_of_seven_years(con: duckdb.DuckDBPyConnection) -> None:
    where = "source_id = 'bc_coroners_deaths_by_age'"
    assert read(con, "sum(value), count(*)", where) == [(11387.0, 7)]


def test_visits_of_health_authorities_sum_to_the_province(con: duckdb.DuckDBPyConnection) -> None:
    where = (
        "measure_id = 'overdose_prevention_visits' AND period_start = DATE '2022-05-01' "
        "GROUP BY region_id = 'CA-BC'"
    )
    assert read(con, "sum(value)", where) == [(56321.0,), (56321.0,)]


def test_shelter_overdoses_of_the_city_stand_inside_what_its_sites_allow(
    con: duckdb.DuckDBPyConnection,
) -> None:
    outside = con.execute(
        """
        SELECT city.period_start, city.value, sum(coalesce(site.low, site.value)) AS at_least,
            sum(coalesce(site.high, site.value)) AS at_most
        FROM marts.observation AS city
        INNER JOIN marts.observation AS site USING (measure_id, period_start, period_kind)
        WHERE city.source_id = 'toronto_shelter_overdoses' AND city.period_kind = 'quarter'
            AND site.source_id = $sites AND site.is_latest AND site.dimension = 'shelter_site'
        GROUP BY ALL
        HAVING city.value NOT BETWEEN at_least AND at_most
        """,
        {"sites": SITES},
    ).fetchall()
    assert outside == []


def test_published_sites_of_2020_are_not_the_city(con: duckdb.DuckDBPyConnection) -> None:
    sites = f"source_id = '{SITES}' AND is_latest AND year(period_start) = 2020"
    assert read(con, "sum(value)", sites) == [(611.0,)]
    city = (
        "source_id = 'toronto_shelter_overdoses' AND measure_id = 'shelter_nonfatal_overdoses' "
        "AND period_kind = 'year' AND year(period_start) = 2020"
    )
    assert read(con, "value", city) == [(808.0,)]
    assert read(con, "value", f"source_id = '{SITES}' AND dimension = 'total'") == []


def test_paramedic_calls_by_neighbourhood(con: duckdb.DuckDBPyConnection) -> None:
    where = "measure_id = 'toronto_paramedic_overdose_calls' GROUP BY status"
    assert read(con, "status, count(*), sum(value)", where) == [
        ("not_available", 2, None),
        ("reported", 87, 2713.0),
        ("suppressed", 69, None),
    ]
    moss_park = "measure_id = 'toronto_paramedic_overdose_calls' AND region_id LIKE '%-073'"
    assert read(con, "value", moss_park) == [(448.0,)]


def test_predicted_overdose_deaths_of_the_united_states(con: duckdb.DuckDBPyConnection) -> None:
    where = (
        "source_id = 'cdc_provisional_overdose_deaths' AND is_latest AND region_id = 'US' "
        "AND period_end = DATE '2018-09-30' AND dimension = 'total' AND unit = 'count'"
    )
    assert read(con, "measure_id, value, period_start::VARCHAR, status", where) == [
        ("us_deaths", 2850437.0, "2017-10-01", "preliminary"),
        ("us_overdose_deaths", 67152.0, "2017-10-01", "preliminary"),
        ("us_overdose_deaths_predicted", 69894.0, "2017-10-01", "preliminary"),
    ]
