"""Files with named columns: CSV and lists of JSON records."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb

from pipelines.declaration import Layout
from pipelines.errors import SourceFileError
from pipelines.rawfile.content import TRUNCATED
from pipelines.rawfile.words import identifier, shown, some

_WHOLE = ("SMALLINT", "INTEGER")


def read_header(plain: Path, name: str) -> list[str]:
    """Return the column names of a CSV file; a column without a name is `unnamed`.

    Raises:
        SourceFileError: the first row is no row of cells.
    """
    with plain.open(encoding="utf-8-sig", newline="") as file:
        try:
            return [column or "unnamed" for column in next(csv.reader(file))]
        except (csv.Error, StopIteration, UnicodeDecodeError) as error:
            raise SourceFileError(name, "a row of column names", str(error), 1) from error


def read_record_names(plain: Path, name: str) -> list[str]:
    """Return the names of the first record of a JSON list; none if it is no list of records.

    Raises:
        SourceFileError: the file is no JSON.
    """
    records = _parse_json(plain, name)
    first = records[0] if isinstance(records, list) and records else None
    return list(first) if isinstance(first, dict) else []


def load_csv(con: duckdb.DuckDBPyConnection, layout: Layout, plain: Path, name: str) -> None:
    """Create `raw` from a CSV file with a header row.

    Raises:
        SourceFileError: other columns, a ragged row, or a cell that is not of its type.
    """
    header = read_header(plain, name)
    _require_columns(layout, name, header)
    kinds = {column: layout.columns[column] for column in header}
    # As whole numbers, DuckDB would round 12.5 to 13 without a word.
    whole = {name: kind for name, kind in kinds.items() if kind in _WHOLE}
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE raw AS
        SELECT row_number() OVER () + 1 AS line, *
        FROM read_csv($path, columns = $columns, header = true, auto_detect = false,
                      delim = ',', quote = '"', escape = '"', store_rejects = true)
        """,
        {"path": str(plain), "columns": kinds | dict.fromkeys(whole, "DOUBLE")},
    )
    _require_no_reject(con, layout, plain, name)
    for column, kind in whole.items():
        _make_whole(con, column, kind, name)


def _require_columns(layout: Layout, name: str, names: list[str]) -> None:
    missing = [column for column in layout.columns if column not in names]
    unknown = [column for column in names if column not in layout.columns]
    if missing or unknown or len(set(names)) != len(names):
        raise SourceFileError(
            name,
            f"columns {some(missing) or 'as declared'}",
            f"instead {some(unknown)}" if unknown else f"only {some(names)}",
            1,
            "Compare the source's declaration with the publisher's notes.",
        )


def _require_no_reject(
    con: duckdb.DuckDBPyConnection, layout: Layout, plain: Path, name: str
) -> None:
    rejects = con.execute(
        """
        SELECT line, column_name, error_type, csv_line, error_message
        FROM reject_errors
        WHERE scan_id = (SELECT max(scan_id) FROM reject_errors) AND file_id IN
              (SELECT file_id FROM reject_scans WHERE file_path = $path)
        ORDER BY line LIMIT 1
        """,
        {"path": str(plain)},
    ).fetchall()
    for line, column, kind, row, message in rejects:
        if kind == "CAST":
            expected = f"{column} as {layout.columns[column]}, digits without separators"
        else:
            expected = f"{len(layout.columns)} columns"
        got = f"{shown(row)} ({shown(message)})"
        raise SourceFileError(name, expected, got, line, TRUNCATED)


def _make_whole(con: duckdb.DuckDBPyConnection, column: str, kind: str, name: str) -> None:
    quoted = identifier(column)
    fractions = con.execute(
        f"""
        SELECT line, {quoted} FROM raw
        WHERE TRY_CAST({quoted} AS {kind}) IS DISTINCT FROM {quoted}
        ORDER BY line LIMIT 1
        """
    ).fetchall()
    for line, number in fractions:
        raise SourceFileError(name, f"{column} as a whole number", repr(number), line)
    con.execute(f"ALTER TABLE raw ALTER {quoted} TYPE {kind}")


def load_json(con: duckdb.DuckDBPyConnection, layout: Layout, plain: Path, name: str) -> None:
    """Create `raw` from a JSON list of flat records.

    Raises:
        SourceFileError: no list of records, other names, or a value that is not of its type.
    """
    records = _parse_json(plain, name)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise SourceFileError(name, "a list of records", type(records).__name__, 1)
    for number, record in enumerate(records, start=1):
        if record.keys() != layout.columns.keys():
            raise SourceFileError(
                name, f"record {number} with {some(list(layout.columns))}", some(list(record))
            )
        for column, kind in layout.columns.items():
            if kind != "VARCHAR" and type(record[column]) is not int:
                raise SourceFileError(
                    name, f"record {number}: {column} as a whole number", shown(record[column])
                )
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE raw AS
        SELECT row_number() OVER () AS line, *
        FROM read_json($path, columns = $columns, format = 'array')
        """,
        {"path": str(plain), "columns": layout.columns},
    )


def _parse_json(plain: Path, name: str) -> Any:
    try:
        return json.loads(plain.read_text("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise SourceFileError(name, "whole JSON", error.msg, error.lineno, TRUNCATED) from error
    except UnicodeDecodeError as error:
        raise SourceFileError(name, "JSON in UTF-8", str(error), 1) from error
    except RecursionError as error:
        raise SourceFileError(name, "a list of records", "JSON nested too deep") from error
