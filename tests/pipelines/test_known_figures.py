"""Figures that the publishers state, or that their files give when read plainly."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from pipelines.declaration import load_sources

PHAC = "phac_substance_harms"
HARMS_FILE = (
    "phac-health-infobase/substance-harms/vintage-2026-03-jan2016-sep2025/SubstanceHarmsData.csv"
)
UCR_FILE = (
    "statistics-canada/35-10-0177-01-extract-provinces-cmas-1998-2019/CRIME-DATA1.sheet1.csv.gz"
)
TPS = "toronto-police-service"
NEIGHBOURHOODS_FILE = f"{TPS}/neighbourhood-crime-rates/neighbourhood-crime-rates - 4326.csv"
SHELTER_FILE = "city-of-toronto/shelter-system-flow/toronto-shelter-system-flow.csv"
DEATHS_FILE = "city-of-toronto/deaths-of-shelter-residents/Deaths of Shelter Residents.json"
STATISTICS = {
    "offences": "Rate per 100,000 population",
    "unfounded": "Percent unfounded",
    "persons_charged": (
        "Rate, total persons charged per 100,000 population aged 12 years and over"
    ),
}

# The warehouse's tables and columns, which other tools query: design.md, "Warehouse model".
CONTRACT = {
    "region": "region_id level parent_id name_en name_fr code population_latest",
    "measure": ("measure_id domain label_en label_fr unit counting_rule up_is caveat_en caveat_fr"),
    "source": "source_id publisher title landing_url licence attribution custody cadence",
    "release": "source_id release_id published covers_from covers_to sha256 rows is_latest",
    "observation": (
        "measure_id region_id period_start period_end period_kind dimension member value unit "
        "status low high source_id release_id is_latest"
    ),
    "incident": (
        "incident_id source_id release_id occurred_on hour category region_id x y attributes"
    ),
    "population": "region_id period_start sex age_group persons release_id",
    "rejected_row": "source_id release_id line reason text",
}


@pytest.fixture(scope="module")
def con(warehouse_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(warehouse_path), read_only=True) as con:
        yield con


def total(
    con: duckdb.DuckDBPyConnection,
    measure: str,
    region: str,
    start: str,
    columns: str = "value",
    kind: str = "year",
    unit: str = "count",
    release: str | None = None,
) -> list[tuple[Any, ...]]:
    """Read the total of a measure, region and period, of the latest release or of a named one."""
    return con.execute(
        f"""
        SELECT {columns} FROM marts.observation
        WHERE measure_id = $measure AND region_id = $region AND period_start = $start::DATE
            AND period_kind = $kind AND unit = $unit AND dimension = 'total'
            AND if($release IS NULL, is_latest, release_id = $release)
        """,
        {
            "measure": measure,
            "region": region,
            "start": start,
            "kind": kind,
            "unit": unit,
            "release": release,
        },
    ).fetchall()


@pytest.mark.parametrize("table", CONTRACT)
def test_a_table_has_the_columns_of_the_contract(
    con: duckdb.DuckDBPyConnection, table: str
) -> None:
    columns = con.execute(f"DESCRIBE marts.{table}").fetchall()
    assert " ".join(name for name, *_ in columns) == CONTRACT[table]


@pytest.mark.parametrize("table", ["policy_event", "check_result"])
def test_the_other_tables_of_the_contract_have_rows(
    con: duckdb.DuckDBPyConnection, table: str
) -> None:
    ((rows,),) = con.execute(f"SELECT count(*) FROM marts.{table}").fetchall()
    assert rows > 0


def test_the_vocabularies_are_those_of_the_contract(con: duckdb.DuckDBPyConnection) -> None:
    def used(sql: str) -> set[str]:
        return {value for (value,) in con.execute(sql).fetchall()}

    assert used("SELECT domain FROM marts.measure") <= {
        "overdose",
        "crime",
        "homelessness",
        "response",
        "settlement",
        "population",
    }
    assert used("SELECT custody FROM marts.source") <= {
        "publisher",
        "resaved",
        "compiled",
        "transcribed",
        "cleaned",
    }
    assert used("SELECT period_kind FROM marts.observation") <= {
        "day",
        "week",
        "month",
        "quarter",
        "year",
        "part_year",
        "twelve_months",
        "pooled",
    }
    assert used("SELECT status FROM marts.observation") == {
        "reported",
        "suppressed",
        "not_available",
        "preliminary",
    }


def test_each_source_has_one_latest_release_and_it_is_the_newest(
    con: duckdb.DuckDBPyConnection,
) -> None:
    releases = con.execute(
        "SELECT source_id, list(release_id ORDER BY release_id), "
        "list(release_id) FILTER (is_latest) FROM marts.release GROUP BY source_id"
    ).fetchall()
    declared = {source.source_id for source in load_sources() if source.releases}
    assert {source for source, _, _ in releases} == declared
    for source, every, latest in releases:
        assert latest == [every[-1]], source
    # Where a release replaces the one before it whole, only the newest has current figures.
    families = [source.family for source in load_sources()]
    whole = [
        source.source_id
        for source in load_sources()
        if source.supersedes == "release" and families.count(source.family) == 1
    ]
    ((differing,),) = con.execute(
        "SELECT count(*) FROM marts.observation AS observation "
        "INNER JOIN marts.release AS release USING (source_id, release_id) "
        "WHERE observation.is_latest <> release.is_latest "
        "AND list_contains($whole, source_id)",
        {"whole": whole},
    ).fetchall()
    assert differing == 0


def test_a_figure_is_current_in_one_release_of_its_family(con: duckdb.DuckDBPyConnection) -> None:
    family = {source.source_id: source.family for source in load_sources()}
    con.execute("CREATE OR REPLACE TEMP TABLE family (source_id VARCHAR, family VARCHAR)")
    con.executemany("INSERT INTO family VALUES (?, ?)", list(family.items()))
    assert (
        con.execute(
            "SELECT family, measure_id, region_id, period_start, period_kind, dimension, "
            "member, unit, count(*) AS times "
            "FROM marts.observation INNER JOIN family USING (source_id) WHERE is_latest "
            "GROUP BY ALL HAVING times > 1 LIMIT 3"
        ).fetchall()
        == []
    )


def test_phac_has_every_row_and_each_has_a_value_or_a_reason(
    con: duckdb.DuckDBPyConnection,
) -> None:
    statuses = con.execute(
        "SELECT status, count(*), count(value), count(low), count(high) FROM marts.observation "
        "WHERE source_id = $source AND release_id = '2026-03' GROUP BY status ORDER BY status",
        {"source": PHAC},
    ).fetchall()
    assert statuses == [
        ("not_available", 5748, 0, 0, 0),
        ("preliminary", 1640, 1640, 0, 0),
        ("reported", 14719, 14719, 0, 0),
        ("suppressed", 2357, 0, 0, 0),
    ]
    assert sum(rows for _, rows, *_ in statuses) == 24_464


def test_opioid_deaths_are_those_that_phac_states(con: duckdb.DuckDBPyConnection) -> None:
    deaths = "opioid_deaths"
    assert total(con, deaths, "CA", "2023-01-01") == [(8020,)]
    assert total(con, deaths, "CA-BC", "2024-01-01") == [(2344,)]
    assert total(con, deaths, "CA-BC", "2024-01-01", unit="per_100k") == [(41.3,)]
    assert total(con, deaths, "CA", "2020-01-01", release="2025-12") == [(6061,)]
    assert total(con, deaths, "CA", "2020-01-01", release="2026-03") == [(6166,)]


def test_the_year_that_is_not_over_is_a_part_year(con: duckdb.DuckDBPyConnection) -> None:
    columns = "value, period_end, status"
    part = (date(2025, 9, 30), "preliminary")
    args = (con, "opioid_deaths", "CA", "2025-01-01", columns)
    assert total(*args, kind="part_year") == [(4162, *part)]
    assert total(*args, kind="part_year", unit="per_100k") == [(13.3, *part)]
    assert total(*args) == []


def test_the_parts_of_canada_sum_to_canada(con: duckdb.DuckDBPyConnection) -> None:
    figures = con.execute(
        "SELECT measure_id, release_id, year(period_start) AS year, level, value, status "
        "FROM marts.observation INNER JOIN marts.region USING (region_id) "
        "WHERE source_id = $source AND period_kind = 'year' AND dimension = 'total' "
        "AND unit = 'count'",
        {"source": PHAC},
    ).df()
    keys = ["measure_id", "release_id", "year"]
    national = figures[figures["level"] == "country"].set_index(keys)["value"]
    parts = figures[figures["level"] != "country"].groupby(keys)
    whole = parts["status"].agg(lambda status: "suppressed" not in set(status))
    sums = parts["value"].sum()
    compared = national[whole[national.index]]
    pd.testing.assert_series_equal(sums[compared.index], compared, check_names=False)
    assert (sums[national.index] <= national).all()
    assert set(compared.reset_index()["measure_id"]) == set(figures["measure_id"])
    assert {2016, 2024} <= set(compared.reset_index()["year"])
    assert (len(compared), len(national)) == (113, 153)


def test_ambulance_areas_are_regions_apart_from_their_province(
    con: duckdb.DuckDBPyConnection,
) -> None:
    regions = con.execute(
        "SELECT DISTINCT region_id, level, parent_id FROM marts.observation "
        "INNER JOIN marts.region USING (region_id) WHERE measure_id = 'opioid_ems_responses' "
        "AND (region_id LIKE 'CA-MB%' OR region_id LIKE 'CA-YT%' OR region_id LIKE 'CA-NT%') "
        "ORDER BY region_id"
    ).fetchall()
    assert regions == [
        ("CA-MB-northern-rural", "ems_area", "CA-MB"),
        ("CA-MB-winnipeg", "ems_area", "CA-MB"),
        ("CA-NT-yellowknife", "ems_area", "CA-NT"),
        ("CA-YT-whitehorse", "ems_area", "CA-YT"),
    ]


def test_opioid_possession_has_part_of_2017_and_nothing_before(
    con: duckdb.DuckDBPyConnection, violations: pd.DataFrame
) -> None:
    kept = con.execute(
        "SELECT count(*), count(*) FILTER (year(period_start) = 2017), round(sum(value), 2) "
        "FROM marts.observation WHERE starts_with(measure_id, 'opioid_possession_') "
        "AND period_start < DATE '2018-01-01' AND value IS NOT NULL AND status = 'preliminary'"
    ).fetchall()
    cells = violations[
        violations["Violations"].str.endswith("[4170]") & (violations["REF_DATE"] < 2018)
    ]["VALUE"]
    assert kept == [(60, 60, round(cells.sum(), 2))]
    statuses = con.execute(
        "SELECT DISTINCT year(period_start) >= 2018, status FROM marts.observation "
        "WHERE starts_with(measure_id, 'opioid_possession_') ORDER BY ALL"
    ).fetchall()
    assert statuses == [
        (False, "not_available"),
        (False, "preliminary"),
        (True, "not_available"),
        (True, "reported"),
    ]


def test_what_statistics_canada_says_is_not_available_is_no_zero(
    con: duckdb.DuckDBPyConnection, violations: pd.DataFrame
) -> None:
    """Footnotes 19 and 21 of the table: ages of metropolitan areas, and youth in traffic."""
    charged = violations["Statistics"].str.startswith("Rate, ")
    is_area = violations["GEO"].str.contains(r"\[\d{5}")
    cells = violations[charged & is_area & (violations["REF_DATE"] < 2004)]["VALUE"]
    assert (len(cells), cells.max()) == (22410, 0)
    assert con.execute(
        "SELECT DISTINCT status FROM marts.observation INNER JOIN marts.region USING (region_id) "
        "WHERE level IN ('cma', 'cma_part') AND starts_with(unit, 'per_100k_1') "
        "AND source_id = 'statcan_ucr_violations' AND period_start < DATE '2004-01-01'"
    ).fetchall() == [("not_available",)]
    assert con.execute(
        "SELECT status, min(year(period_start)), max(year(period_start)) FROM marts.observation "
        "WHERE measure_id = 'impaired_driving_persons_charged' AND unit = 'per_100k_12_to_17' "
        "AND source_id = 'statcan_ucr_violations' AND region_id = 'CA-ON' GROUP BY ALL ORDER BY 1"
    ).fetchall() == [("not_available", 1998, 2006), ("reported", 2007, 2019)]


def test_populations_are_those_that_statistics_canada_states(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert total(con, "population", "CA", "2025-10-01", kind="quarter") == [(41_575_585,)]
    assert con.execute(
        "SELECT persons FROM marts.population "
        "WHERE region_id = 'CA' AND period_start = DATE '2025-10-01'"
    ).fetchall() == [(41_575_585,)]
    assert con.execute(
        "SELECT population_latest FROM marts.region WHERE region_id = 'CA'"
    ).fetchall() == [(41_575_585,)]


def test_quarterly_populations_are_preliminary_since_july_2025(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """Note 3 of the table's metadata, as of December 2025."""
    assert con.execute(
        "SELECT period_start, count(*) FROM marts.observation "
        "WHERE source_id = 'statcan_population_quarterly' AND status = 'preliminary' "
        "GROUP BY ALL ORDER BY 1"
    ).fetchall() == [(date(2025, 7, 1), 14), (date(2025, 10, 1), 14)]


def test_provinces_and_territories_sum_to_canada_since_nunavut(
    con: duckdb.DuckDBPyConnection,
) -> None:
    quarters = con.execute(
        "SELECT sum(persons) FILTER (level = 'country'), "
        "sum(persons) FILTER (level = 'province_territory') "
        "FROM marts.population INNER JOIN marts.region USING (region_id) "
        "WHERE level IN ('country', 'province_territory') AND period_start >= DATE '1991-07-01' "
        "GROUP BY period_start"
    ).fetchall()
    assert len(quarters) == 4 * (2025 - 1991) + 2
    assert all(canada == parts for canada, parts in quarters)


def test_toronto_figures_are_those_of_the_publishers(con: duckdb.DuckDBPyConnection) -> None:
    drugs = "drug_offences_reported"
    assert total(con, drugs, "CA-ON-toronto", "2014-01-01") == [(4648,)]
    assert total(con, drugs, "CA-ON-toronto", "2022-01-01") == [(898,)]
    homeless = (con, "actively_homeless", "CA-ON-toronto", "2025-05-01")
    assert total(*homeless, kind="month") == [(10_251,)]


@pytest.mark.parametrize(
    ("used", "labelled"),
    [
        ("measure_id", "SELECT measure_id, label_en, label_fr FROM marts.measure"),
        ("region_id", "SELECT region_id, name_en, name_fr FROM marts.region"),
        ("dimension", "SELECT dimension, dimension_en, dimension_fr FROM marts.dimension_member"),
        (
            "dimension || '/' || member",
            "SELECT dimension || '/' || member, label_en, label_fr FROM marts.dimension_member",
        ),
    ],
    ids=["measures", "regions", "dimensions", "members"],
)
def test_what_a_figure_uses_has_a_label_in_english_and_french(
    con: duckdb.DuckDBPyConnection, used: str, labelled: str
) -> None:
    keys = {key for (key,) in con.execute(f"SELECT {used} FROM marts.observation").fetchall()}
    labels = {key: (english, french) for key, english, french in con.execute(labelled).fetchall()}
    assert keys <= labels.keys()
    blank = [key for key in keys for label in labels[key] if not (label and label.strip())]
    assert blank == []


def test_phac_cells_are_those_of_the_file(con: duckdb.DuckDBPyConnection, raw_root: Path) -> None:
    """A plain reading of the totals by year: the same regions, years and values."""
    raw = pd.read_csv(raw_root / HARMS_FILE, dtype=str, keep_default_na=False)
    raw = raw[
        (raw["Substance"] == "Opioids")
        & (raw["Source"] == "Deaths")
        & (raw["Specific_Measure"] == "Overall numbers")
        & (raw["Time_Period"] == "By year")
    ]
    published = sorted(zip(raw["Region"], raw["Year_Quarter"].str[:4], raw["Value"], strict=True))
    loaded = con.execute(
        """
        SELECT name_en, year(period_start)::VARCHAR,
            CASE status
                WHEN 'suppressed' THEN 'Suppr.'
                WHEN 'not_available' THEN 'n/a'
                ELSE if(unit = 'count', value::BIGINT::VARCHAR, value::DECIMAL(9, 1)::VARCHAR)
            END
        FROM marts.observation INNER JOIN marts.region USING (region_id)
        WHERE measure_id = 'opioid_deaths' AND dimension = 'total' AND is_latest
            AND period_kind IN ('year', 'part_year')
        """
    ).fetchall()
    assert len(published) > 250
    assert sorted((region, year, _plain(value)) for region, year, value in loaded) == sorted(
        (region, year, _plain(value)) for region, year, value in published
    )


def _plain(cell: str) -> str:
    return f"{float(cell):g}" if cell[0].isdigit() else cell


@pytest.mark.parametrize(
    ("region", "area", "measure", "code", "statistic", "year"),
    [
        ("CA-BC", "British Columbia [59]", "cocaine_possession", "4120", "offences", 2019),
        ("CA-BC", "British Columbia [59]", "opioid_possession", "4170", "offences", 2018),
        ("CA-QC", "Quebec [24]", "cocaine_possession", "4120", "persons_charged", 2010),
        ("CA-cma-505-on", "Ottawa-Gatineau, Ontario part [35505]", "all", "0", "offences", 2001),
        (
            "CA-cma-505",
            "Ottawa-Gatineau, Ontario/Quebec [24505/35505]",
            "all",
            "0",
            "offences",
            2019,
        ),
        ("CA-YT", "Yukon [60]", "all", "0", "unfounded", 2019),
    ],
)
def test_a_violation_is_that_of_the_file(
    con: duckdb.DuckDBPyConnection,
    violations: pd.DataFrame,
    region: str,
    area: str,
    measure: str,
    code: str,
    statistic: str,
    year: int,
) -> None:
    cells = violations.loc[
        (violations["REF_DATE"] == year)
        & (violations["GEO"] == area)
        & violations["Violations"].str.endswith(f"[{code}]")
        & (violations["Statistics"] == STATISTICS[statistic]),
        "VALUE",
    ]
    assert len(cells) == 1
    loaded = con.execute(
        "SELECT value FROM marts.observation WHERE measure_id = $measure "
        "AND region_id = $region AND year(period_start) = $year AND dimension = 'total'",
        {"measure": f"{measure}_{statistic}", "region": region, "year": year},
    ).fetchall()
    assert loaded == [(cells.iloc[0],)]


@pytest.fixture(scope="module")
def violations(raw_root: Path) -> pd.DataFrame:
    return pd.read_csv(raw_root / UCR_FILE)


def test_recovered_populations_of_2024_are_those_that_the_police_print(
    con: duckdb.DuckDBPyConnection, raw_root: Path
) -> None:
    raw = pd.read_csv(raw_root / NEIGHBOURHOODS_FILE, usecols=["HOOD_ID", "POPULATION_2024"])
    printed = {
        f"CA-ON-toronto-{hood:03d}": population for hood, population in raw.itertuples(index=False)
    }
    recovered = con.execute(
        "SELECT region_id, persons FROM marts.population "
        "WHERE region_id LIKE 'CA-ON-toronto-%' AND period_start = DATE '2024-01-01'"
    ).fetchall()
    assert len(printed) == 158
    assert dict(recovered) == printed


def test_neighbourhood_counts_sum_to_those_of_the_file(
    con: duckdb.DuckDBPyConnection, raw_root: Path
) -> None:
    raw = pd.read_csv(raw_root / NEIGHBOURHOODS_FILE)
    counts = raw.filter(regex=r"^[A-Z]+_20\d\d$").drop(columns="POPULATION_2024")
    loaded = con.execute(
        "SELECT sum(value), count(*) FROM marts.observation WHERE unit = 'count' "
        "AND source_id = 'tps_neighbourhood_crime' AND measure_id LIKE '%_occurrences' "
        "AND is_latest"
    ).fetchall()
    assert loaded == [(counts.sum().sum(), counts.size)]


def test_offences_by_division_and_category_are_the_sums_of_the_file(
    con: duckdb.DuckDBPyConnection, raw_root: Path
) -> None:
    raw = pd.read_csv(raw_root / f"{TPS}/asr-reported-crimes/Reported Crimes.csv")
    drugs = raw[raw["CATEGORY"] == "Controlled Drugs and Substances Act"]
    keys = ["DIVISION", "REPORT_YEAR"]
    published = drugs.groupby(keys)[["COUNT_", "COUNT_CLEARED"]].sum()
    loaded = con.execute(
        """
        PIVOT (
            SELECT upper(region_id[15:]) AS division, year(period_start) AS year,
                measure_id, value
            FROM marts.observation
            WHERE measure_id LIKE 'drug_offences_%' AND region_id LIKE 'CA-ON-toronto-%'
                AND is_latest
        ) ON measure_id IN ('drug_offences_reported', 'drug_offences_cleared') USING sum(value)
        ORDER BY division, year
        """
    ).fetchall()
    assert len(loaded) > 100
    assert loaded == [
        (division, year, reported, cleared)
        for (division, year), reported, cleared in published.itertuples()
    ]


def test_months_of_the_shelter_system_are_those_of_the_files(
    con: duckdb.DuckDBPyConnection, raw_root: Path
) -> None:
    flow = pd.read_csv(raw_root / SHELTER_FILE)
    flow = flow[flow["population_group"] == "All Population"]
    inflow = flow["newly_identified"] + flow["returned_from_housing"] + flow["returned_to_shelter"]
    deaths = json.loads((raw_root / DEATHS_FILE).read_text("utf-8"))
    assert len(flow) == 89
    for measure, published in (
        ("actively_homeless", flow["actively_homeless"].tolist()),
        ("shelter_inflow", inflow.tolist()),
        ("shelter_outflow", (flow["moved_to_housing"] + flow["became_inactive"]).tolist()),
        ("shelter_resident_deaths", [record["Total decedents"] for record in deaths]),
    ):
        loaded = con.execute(
            "SELECT value FROM marts.observation WHERE measure_id = $measure "
            "AND dimension = 'total' AND unit = 'count' AND is_latest ORDER BY period_start",
            {"measure": measure},
        ).fetchall()
        assert [value for (value,) in loaded] == published, measure
