"""Each check finds the defect that it is for, and nothing in the warehouse that ships."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.checks import CHECKS, report, run_checks

NAMES = sorted(path.stem for path in CHECKS.glob("*.sql"))
CANADA_2023 = (
    "measure_id = 'opioid_deaths' AND region_id = 'CA' AND release_id = '2026-03' "
    "AND period_start = DATE '2023-01-01' AND period_kind = 'year' "
    "AND dimension = 'total' AND unit = 'count'"
)
PHAC = "phac_substance_harms"
LATEST = f"source_id = '{PHAC}' AND release_id = '2026-03'"

# Name of the check: a defect in SQL, columns of what the check returns, and the rows due.
Case = tuple[str, tuple[str, ...], list[tuple[Any, ...]]]


def of_canada(change: str, *columns: str, row: tuple[Any, ...]) -> Case:
    return f"UPDATE marts.observation SET {change} WHERE {CANADA_2023}", columns, [row]


def copy_of_canada(change: str, *columns: str, row: tuple[Any, ...]) -> Case:
    return (
        f"INSERT INTO marts.observation SELECT * REPLACE ({change}) "
        f"FROM marts.observation WHERE {CANADA_2023}",
        columns,
        [row],
    )


DEFECTS: dict[str, list[Case]] = {
    "areas_do_not_exceed_their_parent": [
        (
            "UPDATE marts.observation SET value = 1e6 WHERE measure_id = 'offences_reported' "
            "AND region_id = 'CA-ON-toronto-d11' AND period_start = DATE '2020-01-01' "
            "AND dimension = 'total' AND release_id = '2024-01'",
            ("source_id", "parent_id", "level", "period_start"),
            [("tps_reported_crimes", "CA-ON-toronto", "police_division", date(2020, 1, 1))],
        )
    ],
    "bounds_make_sense": [
        of_canada(change, "source_id", "low", "high", row=(PHAC, low, high))
        for change, low, high in (
            ("status = 'suppressed', value = NULL, low = 1", 1.0, None),
            ("status = 'suppressed', value = NULL, high = 4", None, 4.0),
            ("status = 'suppressed', value = NULL, low = -1, high = 4", -1.0, 4.0),
            ("status = 'suppressed', value = NULL, low = 5, high = 4", 5.0, 4.0),
        )
    ],
    "codes_fit_together": [
        (
            "UPDATE marts.region SET parent_id = 'CA-XX' WHERE region_id = 'CA-BC'",
            ("source_id", "id", "points_to"),
            [("data/codes", "CA-BC", "CA-XX")],
        ),
        (
            "UPDATE marts.measure SET counting_rule = 'guess' WHERE measure_id = 'opioid_deaths'",
            ("source_id", "id", "points_to"),
            [("data/codes", "opioid_deaths", "guess")],
        ),
    ],
    "every_record_is_accounted_for": [
        (
            f"UPDATE marts.release_file SET rows_in_file = 24465 WHERE {LATEST}",
            ("source_id", "release_id", "rows_in_file", "rows_behind_figures", "rows_rejected"),
            [(PHAC, "2026-03", 24465, 24464, 0)],
        ),
        (
            f"INSERT INTO marts.rejected_row VALUES ('{PHAC}', '2026-03', 9, 'a total', NULL)",
            ("source_id", "rows_rejected", "rows_kept"),
            [(PHAC, 0, 1)],
        ),
        (
            "UPDATE marts.rejected_row SET reason = ' ' WHERE source_id = "
            "'toronto_shelter_system_flow'",
            ("source_id", "rows_rejected", "rows_kept"),
            [("toronto_shelter_system_flow", 1, 1)],
        ),
    ],
    "figure_is_current_once": [
        (
            "INSERT INTO marts.observation SELECT * REPLACE ('a_second' AS source_id) "
            f"FROM marts.observation WHERE {CANADA_2023}",
            ("source_id", "other_source_id", "measure_id", "times"),
            [("a_second", PHAC, "opioid_deaths", 2)],
        )
    ],
    "figure_has_known_keys": [
        of_canada("region_id = 'CA-XX'", "source_id", "region_id", row=(PHAC, "CA-XX")),
        of_canada("measure_id = 'x'", "source_id", "measure_id", row=(PHAC, "x")),
        of_canada("member = 'x'", "dimension", "member", row=("total", "x")),
    ],
    "grain_is_unique": [
        copy_of_canada(
            "1::DOUBLE AS value",
            "source_id",
            "release_id",
            "measure_id",
            "region_id",
            "times",
            row=(PHAC, "2026-03", "opioid_deaths", "CA", 2),
        )
    ],
    "no_block_of_zeros": [
        (
            "UPDATE marts.observation SET value = 0, status = 'reported' "
            "WHERE measure_id = 'drug_persons_charged' AND unit = 'per_100k_12_to_17' "
            f"AND year(period_start) = {year} AND region_id IN "
            f"(SELECT region_id FROM marts.region WHERE level = '{level}')",
            ("source_id", "measure_id", "unit", "level", "period_start", "areas"),
            [
                (
                    "statcan_ucr_violations",
                    "drug_persons_charged",
                    "per_100k_12_to_17",
                    level,
                    date(year, 1, 1),
                    areas,
                )
            ],
        )
        for level, year, areas in (
            ("cma", 2003, 26),
            ("province_territory", 2010, 13),
            ("province_territory", 2019, 13),
        )
    ],
    "opioid_possession_before_its_code": [
        (
            f"UPDATE marts.observation SET value = {value}, status = '{status}' "
            "WHERE measure_id = 'opioid_possession_offences' AND region_id = 'CA-BC' "
            "AND period_start = DATE '2017-01-01'",
            ("source_id", "region_id", "period_start", "status", "value"),
            [("statcan_ucr_violations", "CA-BC", date(2017, 1, 1), status, value)],
        )
        for value, status in ((0.0, "reported"), (0.0, "preliminary"), (0.5, "reported"))
    ],
    "parts_do_not_exceed_total": [
        (
            "UPDATE marts.observation SET value = 99 WHERE measure_id = 'shelter_resident_deaths' "
            "AND member = 'male' AND period_start = DATE '2007-01-01' AND is_latest",
            ("source_id", "period_start", "dimension", "parts", "total"),
            [("toronto_shelter_resident_deaths", date(2007, 1, 1), "sex", 99.0, 0.0)],
        )
    ],
    "period_is_whole": [
        of_canada(
            f"period_kind = '{kind}', period_start = DATE '{start}', period_end = DATE '{end}'",
            "source_id",
            "period_kind",
            "period_start",
            "period_end",
            row=(PHAC, kind, date.fromisoformat(start), date.fromisoformat(end)),
        )
        for kind, start, end in (
            ("year", "2023-01-01", "2023-12-30"),
            ("year", "2023-01-02", "2024-01-01"),
            ("quarter", "2023-01-01", "2023-02-28"),
            ("quarter", "2023-02-01", "2023-04-30"),
            ("month", "2024-02-01", "2024-02-28"),
            ("month", "2024-02-02", "2024-02-29"),
            ("part_year", "2023-01-01", "2023-12-31"),
            ("part_year", "2023-01-01", "2023-09-29"),
            ("part_year", "2023-10-01", "2024-03-31"),
            ("fortnight", "2023-01-01", "2023-01-14"),
        )
    ],
    "provinces_sum_to_canada": [
        of_canada(
            f"value = {canada}",
            "source_id",
            "measure_id",
            "period_start",
            "canada",
            "parts",
            row=(PHAC, "opioid_deaths", date(2023, 1, 1), canada, 8020.0),
        )
        for canada in (8019.0, 8021.0)
    ]
    + [
        # A part of 2021 is suppressed: the others may fall short of Canada, not exceed it.
        (
            f"UPDATE marts.observation SET value = 1 WHERE {CANADA_2023}".replace("2023", "2021"),
            ("source_id", "period_start", "canada", "suppressed"),
            [(PHAC, date(2021, 1, 1), 1.0, 1)],
        )
    ],
    "release_covers_its_figures": [
        (
            f"UPDATE marts.release SET {change} WHERE {LATEST}",
            ("source_id", "release_id", "covers_from", "covers_to", "published"),
            [(PHAC, "2026-03", *row)],
        )
        for change, row in (
            (
                "covers_from = DATE '2015-01-01'",
                (date(2015, 1, 1), date(2025, 9, 30), "2026-03-25"),
            ),
            (
                "covers_to = DATE '2025-12-31'",
                (date(2016, 1, 1), date(2025, 12, 31), "2026-03-25"),
            ),
            ("published = '2025-08'", (date(2016, 1, 1), date(2025, 9, 30), "2025-08")),
        )
    ],
    "release_is_newer": [
        (
            f"UPDATE marts.release SET published = '2025-11' WHERE {LATEST}",
            ("source_id", "release_id", "published", "previous_published"),
            [(PHAC, "2026-03", "2025-11", "2025-12")],
        ),
        (
            "UPDATE marts.release SET covers_to = DATE '2024-12-31' WHERE release_id = '2026-03'",
            ("source_id", "release_id", "covers_to", "previous_covers_to"),
            [(PHAC, "2026-03", date(2024, 12, 31), date(2025, 6, 30))],
        ),
    ],
    "release_rows_are_loaded": [
        (
            f"DELETE FROM marts.observation WHERE {CANADA_2023}",
            ("source_id", "release_id", "rows", "loaded"),
            [(PHAC, "2026-03", 24464, 24463)],
        )
    ],
    "rows_of_a_year_do_not_fall": [
        (
            f"{change} WHERE source_id = '{PHAC}' AND release_id = '2026-03' AND year = 2020",
            ("source_id", "release_id", "previous_release_id", "year", "rows_now"),
            [(PHAC, "2026-03", "2025-12", 2020, now)],
        )
        for change, now in (
            ("UPDATE marts.ledger SET rows = 1", 1),
            ("DELETE FROM marts.ledger", 0),
        )
    ],
    "shorter_periods_do_not_exceed_year": [
        (
            "UPDATE marts.observation SET value = 3000 WHERE source_id = 'phac_substance_harms' "
            "AND release_id = '2026-03' AND measure_id = 'opioid_deaths' AND region_id = 'CA-BC' "
            "AND period_kind = 'quarter' AND period_start = DATE '2023-01-01' "
            "AND dimension = 'total' AND unit = 'count'",
            ("source_id", "region_id", "year", "period_kind"),
            [(PHAC, "CA-BC", 2023, "quarter")],
        )
    ],
    "source_has_a_current_figure": [
        (
            f"UPDATE marts.observation SET is_latest = false WHERE source_id = '{PHAC}'",
            ("source_id",),
            [(PHAC,)],
        )
    ],
    "states_are_kept": [
        (
            "UPDATE marts.observation SET status = 'reported', value = 0 "
            "WHERE status = 'suppressed' AND release_id = '2026-03' "
            f"AND source_id = '{PHAC}'",
            ("source_id", "release_id", "suppressed", "suppressed_staged"),
            [(PHAC, "2026-03", 0, 2357)],
        ),
        of_canada("status = 'preliminary'", "source_id", "release_id", row=(PHAC, "2026-03")),
    ],
    "status_agrees_with_value": [
        of_canada("value = NULL", "status", "value", row=("reported", None)),
        of_canada("value = NULL, status = 'preliminary'", "status", row=("preliminary",)),
        of_canada("status = 'suppressed'", "status", "value", row=("suppressed", 8020.0)),
        of_canada("status = 'not_available'", "status", row=("not_available",)),
        of_canada("status = 'guessed'", "source_id", "status", row=(PHAC, "guessed")),
        of_canada("status = NULL", "source_id", "status", row=(PHAC, None)),
        of_canada("low = 1", "status", row=("reported",)),
        of_canada("high = 1", "status", row=("reported",)),
    ],
    "unit_is_known": [
        of_canada(
            "unit = 'dozens'",
            "source_id",
            "measure_id",
            "unit",
            row=(PHAC, "opioid_deaths", "dozens"),
        )
    ],
    "value_in_range": [
        of_canada("value = -1", "source_id", "value", row=(PHAC, -1.0)),
        of_canada("value = 1.5", "source_id", "value", row=(PHAC, 1.5)),
        of_canada("value = 'infinity'", "source_id", "value", row=(PHAC, float("inf"))),
        of_canada("value = 2e5, unit = 'per_100k'", "unit", "value", row=("per_100k", 2e5)),
        of_canada("value = 100.1, unit = 'percent'", "unit", "value", row=("percent", 100.1)),
    ],
}


@pytest.fixture(scope="module")
def marts(warehouse_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the marts in memory, as the checks read them."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{warehouse_path}' AS built (READ_ONLY)")
        con.execute("CREATE SCHEMA marts")
        for (name,) in con.execute(
            "SELECT table_name FROM duckdb_tables() "
            "WHERE database_name = 'built' AND schema_name = 'marts'"
        ).fetchall():
            con.execute(f"CREATE TABLE marts.{name} AS FROM built.marts.{name}")
        yield con


@pytest.fixture
def con(marts: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The marts, whose changes are undone after the test."""
    marts.execute("BEGIN")
    yield marts
    marts.execute("ROLLBACK")


def found(con: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    cursor = con.execute((CHECKS / f"{name}.sql").read_text("utf-8"))
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def test_every_check_has_a_defect_that_it_finds() -> None:
    assert sorted(DEFECTS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_check_begins_with_its_message_and_gives_the_source(
    con: duckdb.DuckDBPyConnection, name: str
) -> None:
    sql = (CHECKS / f"{name}.sql").read_text("utf-8")
    assert sql.startswith("-- ")
    assert con.execute(sql).description[0][0] == "source_id"


@pytest.mark.parametrize("name", NAMES)
def test_a_check_finds_nothing_in_the_warehouse(con: duckdb.DuckDBPyConnection, name: str) -> None:
    assert found(con, name) == []


@pytest.mark.parametrize(
    ("name", "case"),
    [
        pytest.param(name, case, id=f"{name}-{number}")
        for name, cases in DEFECTS.items()
        for number, case in enumerate(cases, start=1)
    ],
)
def test_a_check_finds_its_defect(con: duckdb.DuckDBPyConnection, name: str, case: Case) -> None:
    defect, columns, rows = case
    con.execute(defect)
    assert [tuple(row[column] for column in columns) for row in found(con, name)] == rows


def test_a_failure_says_source_rule_count_and_three_rows(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "UPDATE marts.observation SET value = -1 WHERE measure_id = 'shelter_resident_deaths' "
        "AND member = 'female' AND year(period_start) = 2008 AND is_latest"
    )
    (failure,) = run_checks(con)
    assert (failure.rule, failure.count, len(failure.sample)) == ("value_in_range", 12, 3)
    headline, *sample = report([failure]).splitlines()
    assert headline == (
        "toronto_shelter_resident_deaths: value_in_range: A figure must be finite and not "
        "negative; a percent is at most 100; a count is whole; a rate is at most 100,000 (12 rows)"
    )
    assert sample[0].startswith("  source_id=toronto_shelter_resident_deaths, release_id=2025-10")
    assert con.execute(
        "SELECT source_id, failures FROM marts.check_result WHERE NOT passed"
    ).fetchall() == [("toronto_shelter_resident_deaths", 12)]


def test_nothing_is_reported_of_no_failure() -> None:
    assert report([]) == ""
