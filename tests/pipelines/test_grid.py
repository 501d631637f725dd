"""Untidy sheets: one row a cell, with the sheet, line and position that the publisher sees."""

from pathlib import Path

import duckdb
import pytest

from pipelines.declaration import Layout
from pipelines.errors import SourceFileError
from pipelines.rawfile import open_raw

ANCHORED = Layout("grid", {}, anchors=(("", 2, 1, "Violations"),))


def opened(con: duckdb.DuckDBPyConnection, layout: Layout, path: Path) -> list[tuple[object, ...]]:
    open_raw(con, layout, path)
    return con.execute("SELECT sheet, line, position, cell FROM raw ORDER BY ALL").fetchall()


def test_every_cell_that_is_not_empty_is_a_row(
    codes: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "table.csv"
    path.write_text('\ufeffTable 1\nViolations,,2020\n\n"Theft, total", ,"1,234"\n', "utf-8")
    assert opened(codes, ANCHORED, path) == [
        ("", 1, 1, "Table 1"),
        ("", 2, 1, "Violations"),
        ("", 2, 3, "2020"),
        ("", 4, 1, "Theft, total"),
        ("", 4, 3, "1,234"),
    ]


def test_an_anchor_that_moved_is_named(codes: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("Table 1\nOffences\n", "utf-8")
    with pytest.raises(
        SourceFileError,
        match=r"table\.csv, line 2: expected 'Violations' in column 1; got 'Offences'",
    ):
        open_raw(codes, ANCHORED, path)


def test_a_sheet_that_lacks_an_anchor_is_named(
    codes: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "table.csv"
    path.write_text("Table 1\n", "utf-8")
    with pytest.raises(SourceFileError, match=r"line 2: .* got an empty cell"):
        open_raw(codes, ANCHORED, path)


def test_a_file_that_is_no_workbook_is_refused(
    codes: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "table.xlsx"
    path.write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(SourceFileError, match=r"table\.xlsx: expected a spreadsheet"):
        open_raw(codes, ANCHORED, path)
