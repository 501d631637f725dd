"""Run a source's staging SQL over `raw` and refuse rows that it could not place."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.declaration import Release, Source
from pipelines.errors import PipelineError, SourceFileError

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
    "line": "BIGINT",
}


def load_codes(con: duckdb.DuckDBPyConnection, folder: Path = CODES) -> None:
    """Load every hand-kept table `data/codes/<name>.csv` as `codes.<name>`, all text."""
    con.execute("CREATE SCHEMA IF NOT EXISTS codes")
    for path in sorted(folder.glob("*.csv")):
        if not path.stem.isidentifier():
            raise PipelineError(f"{path.name}: a code table's name is letters, digits and _")
        con.execute(
            f'CREATE OR REPLACE TABLE codes."{path.stem}" AS '
            "SELECT * FROM read_csv($path, all_varchar = true, header = true, delim = ',')",
            {"path": str(path)},
        )


def stage(con: duckdb.DuckDBPyConnection, source: Source, release: Release, path: Path) -> None:
    """Create the temporary table `staged` from `raw`, in grain order.

    Raises:
        SourceFileError: a row has no measure, region, period, member or unit, or two rows
            share a grain; the message carries the publisher's line.
    """
    try:
        con.execute(f"CREATE OR REPLACE TEMP TABLE staged_rows AS {source.staging_sql}")
    except (duckdb.DataError, duckdb.InvalidInputException) as error:
        expected = f"cells that staging/{source.source_id}.sql can read"
        raise SourceFileError(path.name, expected, str(error).splitlines()[0]) from error
    described = con.execute("DESCRIBE staged_rows").fetchall()
    columns = {name: kind for name, kind, *_ in described}
    if columns != STAGED_COLUMNS:
        raise PipelineError(
            f"staging/{source.source_id}.sql: expected columns {STAGED_COLUMNS}; got {columns}"
        )
    _require_placed(con, source, path)
    _require_grain(con, path)
    order = ", ".join((*GRAIN, "line"))
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE staged AS
        SELECT *, $source AS source_id, $release AS release_id FROM staged_rows ORDER BY {order}
        """,
        {"source": source.source_id, "release": release.release_id},
    )


def _require_placed(con: duckdb.DuckDBPyConnection, source: Source, path: Path) -> None:
    faults = {column: f"{column} IS NULL" for column in (*GRAIN, "period_end", "status")}
    faults["value"] = (
        "status IN ('reported', 'preliminary') AND NOT coalesce(isfinite(value), false)"
    )
    for column, fault in faults.items():
        found = con.execute(
            f"SELECT line FROM staged_rows WHERE {fault} ORDER BY line LIMIT 1"
        ).fetchone()
        if found:
            raise SourceFileError(
                path.name,
                f"a row that has a {column}",
                f"none for {raw_row(con, found[0])}",
                found[0],
                f"Add the publisher's name to data/codes, or a rule to "
                f"staging/{source.source_id}.sql.",
            )


def raw_row(con: duckdb.DuckDBPyConnection, line: int) -> str:
    """Show the publisher's row at `line`, short cells only."""
    cursor = con.execute("SELECT * EXCLUDE (line) FROM raw WHERE line = $line", {"line": line})
    names = [column[0] for column in cursor.description]
    row = cursor.fetchone() or ()
    cells = [
        f"{name}={value!r}"
        for name, value in zip(names, row, strict=False)
        if value is not None and len(str(value)) <= 60
    ]
    return "{" + ", ".join(cells[:12]) + "}"


def _require_grain(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    grain = ", ".join(GRAIN)
    found = con.execute(
        f"""
        SELECT list(line ORDER BY line)[:3], {grain} FROM staged_rows
        GROUP BY {grain} HAVING count(*) > 1 ORDER BY min(line) LIMIT 1
        """
    ).fetchone()
    if found:
        lines, *key = found
        raise SourceFileError(
            path.name,
            "one row for each figure",
            f"lines {', '.join(map(str, lines))} for {' / '.join(map(str, key))}",
            lines[0],
        )
