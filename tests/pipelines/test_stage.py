"""Nothing is lost: a line gives a figure, or is kept with the reason why not."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines.declaration import Layout
from pipelines.errors import PipelineError, SourceFileError
from pipelines.rawfile import open_raw
from pipelines.stage import load_codes, stage

FIGURES = """
    SELECT 'opioid_deaths' AS measure_id, 'CA' AS region_id,
        make_date(year, 1, 1) AS period_start, make_date(year, 12, 31) AS period_end,
        'year' AS period_kind, 'total' AS dimension, 'total' AS member, {value}::DOUBLE AS value,
        'count' AS unit, 'reported' AS status, NULL::DOUBLE AS low, NULL::DOUBLE AS high, {rest}
    FROM raw
"""
CALLS = Layout("csv", {"year": "SMALLINT", "calls": "VARCHAR"})


@pytest.fixture
def calls(codes: duckdb.DuckDBPyConnection, tmp_path: Path) -> duckdb.DuckDBPyConnection:
    path = tmp_path / "calls.csv"
    path.write_text("year,calls\n2020,3\n2020,4\n2021,5\n2021,total\n", "utf-8")
    open_raw(codes, CALLS, path)
    return codes


def staged(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[object, ...]]:
    stage(con, replace(CALLS, staging_sql=sql), "calls.csv")
    return con.execute(
        "SELECT year(period_start), value, line, lines FROM staged ORDER BY ALL"
    ).fetchall()


def test_a_figure_knows_every_line_that_it_is_made_of(calls: duckdb.DuckDBPyConnection) -> None:
    sql = FIGURES.format(
        value="sum(TRY_CAST(calls AS INTEGER))", rest="list(line ORDER BY line) AS lines"
    )
    assert staged(calls, f"{sql} GROUP BY year") == [(2020, 7.0, 2, [2, 3]), (2021, 5.0, 4, [4, 5])]


def test_a_row_with_a_reason_is_rejected_and_kept(calls: duckdb.DuckDBPyConnection) -> None:
    sql = FIGURES.format(
        value="sum(TRY_CAST(calls AS INTEGER))",
        rest="list(line ORDER BY line) AS lines, if(calls = 'total', 'total row', NULL) "
        "AS reject_reason",
    )
    assert staged(calls, f"{sql} GROUP BY year, reject_reason") == [
        (2020, 7.0, 2, [2, 3]),
        (2021, 5.0, 4, [4]),
    ]
    assert calls.execute("SELECT * FROM rejected").fetchall() == [(5, "total row")]


def test_a_line_that_is_neither_is_named(calls: duckdb.DuckDBPyConnection) -> None:
    sql = FIGURES.format(value="calls", rest="line")
    with pytest.raises(
        SourceFileError,
        match=r"calls\.csv, line 3: expected every line in a figure or rejected with a reason; "
        r"got 2 that are neither, first line 3: \{year=2020, calls='4'\}",
    ):
        staged(calls, f"{sql} WHERE calls IN ('3', '5')")


def test_a_filled_zero_stands_on_no_line(calls: duckdb.DuckDBPyConnection) -> None:
    every = FIGURES.format(value="4", rest="list(line) AS lines") + "GROUP BY year"
    zero = every.replace("make_date(year", "make_date(year + 10").replace(
        "list(line)", "[]::BIGINT[]"
    )
    assert [row[2] for row in staged(calls, f"{every} UNION ALL {zero}")] == [2, 4, None, None]


def test_a_query_that_gives_other_columns_is_refused(calls: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(PipelineError, match=r"calls\.csv: expected its staging SQL to give"):
        staged(calls, "SELECT year, line FROM raw")


def test_a_code_table_may_be_a_folder_of_files(tmp_path: Path) -> None:
    (tmp_path / "regions").mkdir()
    (tmp_path / "regions" / "b.csv").write_text("region_id,code\nUS,2\n", "utf-8")
    (tmp_path / "regions" / "a.csv").write_text("region_id,code\nCA,01\n", "utf-8")
    (tmp_path / "units.csv").write_text("unit\ncount\n", "utf-8")
    with duckdb.connect() as con:
        load_codes(con, tmp_path)
        assert con.execute("FROM codes.regions").fetchall() == [("CA", "01"), ("US", "2")]
        assert con.execute("FROM codes.units").fetchall() == [("count",)]
