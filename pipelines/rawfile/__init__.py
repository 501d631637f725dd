"""Open a publisher's file as the relation `raw`, or say exactly what is wrong with it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import geopandas as gpd

from pipelines.declaration import Layout, Part
from pipelines.errors import SourceFileError
from pipelines.rawfile.areas import load_areas
from pipelines.rawfile.content import TRUNCATED, plain_file
from pipelines.rawfile.grid import load_grid
from pipelines.rawfile.markers import require_markers
from pipelines.rawfile.table import load_csv, load_json
from pipelines.rawfile.words import identifier

__all__ = ["open_raw", "require_checksum", "require_rows"]


def open_raw(con: duckdb.DuckDBPyConnection, layout: Layout, path: Path) -> gpd.GeoDataFrame | None:
    """Create the temporary table `raw`: the declared columns and `line`, typed as declared.

    `line` is the line of a CSV file and the record number of a JSON file, from 1. Of a grid,
    `raw` has one row a cell that is not empty: `sheet`, `line`, `position` from 1, `cell`;
    lines of the second sheet count on from 1,000,000,000, and so on.
    For a boundary file the geometries are returned, in the same order as `line`.

    Raises:
        SourceFileError: the file is missing, empty, cut short, wrongly encoded, has other
            columns, or holds a cell that is neither of the declared type nor a declared marker.
    """
    geometries = None
    with TemporaryDirectory(prefix="atlas-") as scratch:
        plain = plain_file(path, layout, Path(scratch))
        try:
            if layout.format == "csv":
                load_csv(con, layout, plain, path.name)
            elif layout.format == "json":
                load_json(con, layout, plain, path.name)
            elif layout.format == "grid":
                load_grid(con, layout, plain, path.name)
            else:
                geometries = load_areas(con, layout, plain, path.name)
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise SourceFileError(
                path.name, f"readable {layout.format}", reason, hint=TRUNCATED
            ) from error
    for published, name in layout.names.items():
        con.execute(f"ALTER TABLE raw RENAME {identifier(published)} TO {identifier(name)}")
    require_markers(con, layout, path.name)
    return geometries


def require_checksum(part: Part, path: Path) -> None:
    """Refuse a file whose bytes are not those that the release declares."""
    with path.open("rb") as file:
        got = hashlib.file_digest(file, "sha256").hexdigest()
    if got != part.sha256:
        raise SourceFileError(
            path.name,
            f"sha256 {part.sha256[:12]}... as declared",
            f"{got[:12]}...",
            hint="Declare it as a release of its own.",
        )


def require_rows(con: duckdb.DuckDBPyConnection, part: Part, path: Path) -> int:
    """Return the records that `raw` holds; refuse another number than the release declares."""
    rows: int = con.execute("SELECT count(DISTINCT line) FROM raw").fetchall()[0][0]
    expected = "records" if part.rows is None else f"{part.rows:,} records as declared"
    if rows != part.rows and (rows == 0 or part.rows is not None):
        raise SourceFileError(path.name, expected, f"{rows:,}", hint=TRUNCATED)
    return rows
