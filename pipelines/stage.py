"""Run a layout's staging SQL: every line of `raw` gives figures or is rejected with a reason."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.declaration import Layout
from pipelines.errors import PipelineError, SourceFileError, place

CODES = Path(__file__).parent.parent / "data" / "codes"
GRAIN = ("measure_id", "region_id", "period_start", "period_kind", "dimension", "member", "unit")
STAGED_COLUMNS = {
    "measure_id": "VARCHAR",
    "region_id": "VARCHAR",
    "period_start": "DATE",
    "period_end": "DATE",
    "period_kind": "VARCHAR",
    "dimension": "VARCHAR",
    "member": "VARCHAR",
    "value": "DOUBLE",
    "unit": "VARCHAR",
    "status": "VARCHAR",
    "low": "DOUBLE",
    "high": "DOUBLE",
}


def load_codes(con: duckdb.DuckDBPyConnection, folder: Path = CODES) -> None:
    """Load every hand-kept table as `codes.<name>`, all text.

    A table is `<name>.csv`, or a folder `<name>/` of CSV files with the same columns.
    """
    con.execute("CREATE SCHEMA IF NOT EXISTS codes")
    for table in sorted(folder.iterdir()):
        files = sorted(table.glob("*.csv")) if table.is_dir() else [table]
        if not table.stem.isidentifier():
            raise PipelineError(f"{table.name}: a code table's name is letters, digits and _")
        con.execute(
            f'CREATE OR REPLACE TABLE codes."{table.stem}" AS SELECT * FROM '
            "read_csv($paths, all_varchar = true, header = true, delim = ',', quote = '\"')",
            {"paths": [str(file) for file in files]},
        )


def stage(con: duckdb.DuckDBPyConnection, layout: Layout, name: str) -> None:
    """Create the temporary tables `staged` and `rejected` from `raw`.

    The query gives the columns of `STAGED_COLUMNS` and where they came from: `line`, or `lines`
    if a figure is made of several. A row with a `reject_reason` is kept as rejected.

    Args:
        con: has `raw`, `markers` and the tables of `codes`.
        layout: whose `staging_sql` is run.
        name: the file's name, for messages.

    Raises:
        SourceFileError: a row has no measure, region, period, member or unit, two rows share a
            grain, or a line is neither in a figure nor rejected; the message names the line.
    """
    _run(con, layout, name)
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE rejected AS
        SELECT line, min(reject_reason) AS reason
        FROM ({_lines_of("staged", "reject_reason")})
        WHERE reject_reason IS NOT NULL
        GROUP BY line ORDER BY line
        """
    )
    con.execute("DELETE FROM staged WHERE reject_reason IS NOT NULL")
    con.execute("ALTER TABLE staged DROP COLUMN reject_reason")
    _require_placed(con, name)
    require_grain(con, "staged", name)
    _require_every_line(con, name)


def _run(con: duckdb.DuckDBPyConnection, layout: Layout, name: str) -> None:
    sql = layout.staging_sql
    try:
        # An alias takes the spelling of a publisher's column of the same name.
        columns = {row[0].lower(): row[1] for row in con.execute(f"DESCRIBE {sql}").fetchall()}
        rejecting = columns.pop("reject_reason", "") == "VARCHAR"
        several = columns.pop("lines", "") == "BIGINT[]"
        if columns.pop("line", "BIGINT" if several else "") != "BIGINT" or (
            columns != STAGED_COLUMNS
        ):
            raise PipelineError(
                f"{name}: expected its staging SQL to give {STAGED_COLUMNS} and line; got {columns}"
            )
        # Most figures are of one line: a list of it for each would double the time.
        con.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE staged AS
            SELECT {", ".join(STAGED_COLUMNS)},
                {"list_min(lines)" if several else "line"} AS line,
                {"lines" if several else "NULL::BIGINT[]"} AS lines,
                {"reject_reason" if rejecting else "NULL::VARCHAR"} AS reject_reason
            FROM (
                {sql}
            )
            """
        )
    except (duckdb.DataError, duckdb.InvalidInputException) as error:
        expected = "cells that its staging SQL can read"
        raise SourceFileError(name, expected, str(error).splitlines()[0]) from error


def _lines_of(table: str, column: str) -> str:
    """Query of every line that a figure is made of, beside a column of the figure."""
    return (
        f"SELECT line, {column} FROM {table} WHERE lines IS NULL AND line IS NOT NULL "
        f"UNION ALL SELECT unnest(lines), {column} FROM {table} WHERE lines IS NOT NULL"
    )


def _require_placed(con: duckdb.DuckDBPyConnection, name: str) -> None:
    faults = {column: f"{column} IS NULL" for column in (*GRAIN, "period_end", "status")}
    faults["value"] = (
        "status IN ('reported', 'preliminary') AND NOT coalesce(isfinite(value), false)"
    )
    (found,) = con.execute(
        f"SELECT {', '.join(f'bool_or({fault})' for fault in faults.values())} FROM staged"
    ).fetchall()
    for (column, fault), faulty in zip(faults.items(), found, strict=True):
        if faulty:
            ((line,),) = con.execute(f"SELECT min(line) FROM staged WHERE {fault}").fetchall()
            raise SourceFileError(
                name,
                f"a row that has a {column}",
                f"none for {raw_row(con, line)}",
                line,
                "Add the publisher's name to data/codes, or a rule to the source's staging SQL.",
            )


def raw_row(con: duckdb.DuckDBPyConnection, line: int) -> str:
    """Show the publisher's row at `line`, short cells only."""
    cursor = con.execute("SELECT * EXCLUDE (line) FROM raw WHERE line = $line", {"line": line})
    names = [column[0] for column in cursor.description]
    cells = [
        f"{name}={value!r}"
        for row in cursor.fetchall()[:12]
        for name, value in zip(names, row, strict=True)
        if value is not None and len(str(value)) <= 60
    ]
    return "{" + ", ".join(cells[:12]) + "}"


def require_grain(con: duckdb.DuckDBPyConnection, table: str, name: str) -> None:
    """Refuse two rows of one grain in `table`, which has `line`."""
    grain = ", ".join(GRAIN)
    repeated = con.execute(
        f"""
        SELECT list(line ORDER BY line)[:3], {grain} FROM {table}
        GROUP BY {grain} HAVING count(*) > 1 ORDER BY min(line) LIMIT 1
        """
    ).fetchall()
    for lines, *key in repeated:
        raise SourceFileError(
            name,
            "one row for each figure",
            f"lines {', '.join(map(str, lines))} for {' / '.join(map(str, key))}",
            lines[0],
        )


def _require_every_line(con: duckdb.DuckDBPyConnection, name: str) -> None:
    lost, first = con.execute(
        f"""
        SELECT count(DISTINCT line), min(line)
        FROM raw
        ANTI JOIN ({_lines_of("staged", "unit")} UNION ALL SELECT line, '' FROM rejected)
        USING (line)
        """
    ).fetchall()[0]
    if lost:
        raise SourceFileError(
            name,
            "every line in a figure or rejected with a reason",
            f"{lost:,} that are neither, first {place(first)}: {raw_row(con, first)}",
            first,
            "Load it or give it a reject_reason in the source's staging SQL.",
        )
