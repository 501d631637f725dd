"""Open a publisher's file as the relation `raw`, or say exactly what is wrong with it."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zlib
from pathlib import Path
from typing import Any

import duckdb
import geopandas as gpd

from pipelines.declaration import Release, Source
from pipelines.errors import SourceFileError

_NUMBER = r"\d+(\.\d+)?"
_WHOLE = ("SMALLINT", "INTEGER")
_TRUNCATED = "The file was cut short or is another release: download it again."


def open_raw(
    con: duckdb.DuckDBPyConnection, source: Source, release: Release, path: Path
) -> gpd.GeoDataFrame | None:
    """Create the temporary table `raw`: the declared columns and `line`, typed as declared.

    `line` is the line of a CSV file and the record number of a JSON file, from 1.
    For a boundary file the geometries are returned, in the same order as `line`.

    Raises:
        SourceFileError: the file is missing, empty, cut short, not UTF-8, has other columns,
            or holds a cell that is neither of the declared type nor a declared marker.
    """
    data = _read_text(path)
    geometries = None
    try:
        if source.format == "csv":
            _load_csv(con, source, path, data)
        elif source.format == "json":
            _load_json(con, source, path, data)
        else:
            geometries = _load_geojson(con, source, path, data)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise SourceFileError(
            path.name, f"readable {source.format}", reason, hint=_TRUNCATED
        ) from error
    _require_markers(con, source, path)
    _require_rows(con, source, release, path)
    return geometries


def require_checksum(release: Release, path: Path) -> None:
    """Refuse a file whose bytes are not those that the release declares."""
    got = hashlib.sha256(path.read_bytes()).hexdigest()
    if got != release.sha256:
        raise SourceFileError(
            path.name,
            f"sha256 {release.sha256[:12]}... for release {release.release_id}",
            f"{got[:12]}...",
            hint="Declare it as a release of its own.",
        )


def _read_text(path: Path) -> str:
    if not path.is_file():
        raise SourceFileError(
            str(path), "a file", "nothing", hint="Check RAW= and the release's `file`."
        )
    data = path.read_bytes()
    if path.suffix == ".gz":
        try:
            data = gzip.decompress(data)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise SourceFileError(
                path.name, "a whole gzip file", str(error), hint=_TRUNCATED
            ) from error
    if not data.strip():
        raise SourceFileError(path.name, "records", "an empty file", hint=_TRUNCATED)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceFileError(
            path.name,
            "UTF-8 text",
            f"byte 0x{data[error.start]:02X}",
            line,
            "Save it as UTF-8, or download it again.",
        ) from error


def _require_columns(source: Source, path: Path, names: list[str]) -> None:
    missing = [name for name in source.columns if name not in names]
    unknown = [name for name in names if name not in source.columns]
    if missing or unknown or len(set(names)) != len(names):
        raise SourceFileError(
            path.name,
            f"columns {_some(missing) or 'as declared'}",
            f"instead {_some(unknown)}" if unknown else f"only {_some(names)}",
            1,
            f"Compare pipelines/sources/{source.source_id}.toml with the publisher's notes.",
        )


def _shown(cell: object, most: int = 120) -> str:
    text = repr(cell)
    return text if len(text) <= most else f"{text[:most]}... ({len(text):,} characters)"


def _some(names: list[str], most: int = 8) -> str:
    shown = ", ".join(repr(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _load_csv(con: duckdb.DuckDBPyConnection, source: Source, path: Path, text: str) -> None:
    try:
        header = next(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise SourceFileError(path.name, "a row of column names", str(error), 1) from error
    _require_columns(source, path, header)
    kinds = {name: source.columns[name] for name in header}
    # As whole numbers, DuckDB would round 12.5 to 13 without a word.
    whole = {name: kind for name, kind in kinds.items() if kind in _WHOLE}
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE raw AS
        SELECT row_number() OVER () + 1 AS line, *
        FROM read_csv($path, columns = $columns, header = true, auto_detect = false,
                      delim = ',', quote = '"', escape = '"', store_rejects = true)
        """,
        {"path": str(path), "columns": kinds | dict.fromkeys(whole, "DOUBLE")},
    )
    _require_no_reject(con, source, path, len(header))
    for name, kind in whole.items():
        _make_whole(con, name, kind, path)


def _require_no_reject(
    con: duckdb.DuckDBPyConnection, source: Source, path: Path, columns: int
) -> None:
    rejected = con.execute(
        """
        SELECT line, column_name, error_type, csv_line, error_message
        FROM reject_errors
        WHERE scan_id = (SELECT max(scan_id) FROM reject_errors) AND file_id IN
              (SELECT file_id FROM reject_scans WHERE file_path = $path)
        ORDER BY line LIMIT 1
        """,
        {"path": str(path)},
    ).fetchone()
    if rejected:
        line, column, kind, row, message = rejected
        if kind == "CAST":
            expected = f"{column} as {source.columns[column]}, digits without separators"
        else:
            expected = f"{columns} columns"
        got = f"{_shown(row)} ({_shown(message)})"
        raise SourceFileError(path.name, expected, got, line, _TRUNCATED)


def _make_whole(con: duckdb.DuckDBPyConnection, name: str, kind: str, path: Path) -> None:
    column = _identifier(name)
    found = con.execute(
        f"""
        SELECT line, {column} FROM raw
        WHERE TRY_CAST({column} AS {kind}) IS DISTINCT FROM {column}
        ORDER BY line LIMIT 1
        """
    ).fetchone()
    if found:
        line, number = found
        raise SourceFileError(path.name, f"{name} as a whole number", repr(number), line)
    con.execute(f"ALTER TABLE raw ALTER {column} TYPE {kind}")


def _identifier(name: str) -> str:
    # The name is the declaration's, never the file's, and is quoted as an identifier.
    return '"' + name.replace('"', '""') + '"'


def _load_json(con: duckdb.DuckDBPyConnection, source: Source, path: Path, text: str) -> None:
    records = _parse_json(path, text)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise SourceFileError(path.name, "a list of records", type(records).__name__, 1)
    for number, record in enumerate(records, start=1):
        if record.keys() != source.columns.keys():
            raise SourceFileError(
                path.name,
                f"record {number} with {_some(list(source.columns))}",
                _some(list(record)),
            )
        for name, kind in source.columns.items():
            if kind != "VARCHAR" and type(record[name]) is not int:
                raise SourceFileError(
                    path.name, f"record {number}: {name} as a whole number", _shown(record[name])
                )
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE raw AS
        SELECT row_number() OVER () AS line, *
        FROM read_json($path, columns = $columns, format = 'array')
        """,
        {"path": str(path), "columns": source.columns},
    )


def _parse_json(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceFileError(
            path.name, "whole JSON", error.msg, error.lineno, _TRUNCATED
        ) from error
    except RecursionError as error:
        raise SourceFileError(path.name, "a list of records", "JSON nested too deep") from error


def _load_geojson(
    con: duckdb.DuckDBPyConnection, source: Source, path: Path, text: str
) -> gpd.GeoDataFrame:
    features = _parse_json(path, text)
    if not isinstance(features, dict) or not features.get("features"):
        raise SourceFileError(path.name, "a collection of features", _shown(features))
    frame = gpd.read_file(path)
    missing = [name for name in source.columns if name not in frame.columns]
    if missing:
        raise SourceFileError(path.name, f"properties {_some(missing)}", _some(list(frame.columns)))
    # A file that names no system is taken for degrees, so its numbers have to be degrees too.
    west, south, east, north = frame.total_bounds
    degrees = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    if frame.crs is None or frame.crs.to_epsg() != 4326 or not degrees:
        raise SourceFileError(
            path.name,
            "longitude and latitude (EPSG:4326)",
            f"{frame.crs} from {west:g}, {south:g} to {east:g}, {north:g}",
        )
    shapeless = [number for number, shape in enumerate(frame.geometry, 1) if shape is None]
    if shapeless:
        raise SourceFileError(path.name, f"feature {shapeless[0]} with a geometry", "none")
    # A property table of features is small; text keeps codes such as "073" whole.
    properties = frame[list(source.columns)].astype("string").reset_index(drop=True)
    properties.insert(0, "line", range(1, len(properties) + 1))
    con.register("properties", properties)
    con.execute("CREATE OR REPLACE TEMP TABLE raw AS SELECT * FROM properties")
    con.unregister("properties")
    return frame.reset_index(drop=True)


def _require_markers(con: duckdb.DuckDBPyConnection, source: Source, path: Path) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE markers (marker VARCHAR, status VARCHAR)")
    if source.markers:
        con.executemany("INSERT INTO markers VALUES (?, ?)", list(source.markers.items()))
    for column in source.numeric_text:
        identifier = _identifier(column)
        found = con.execute(
            f"""
            SELECT line, cell
            FROM (SELECT line, coalesce({identifier}, '') AS cell FROM raw)
            WHERE NOT regexp_full_match(cell, $number)
              AND cell NOT IN (SELECT marker FROM markers)
            ORDER BY line LIMIT 1
            """,
            {"number": _NUMBER},
        ).fetchone()
        if found:
            markers = " or ".join(repr(marker) for marker in source.markers)
            raise SourceFileError(
                path.name,
                f"{column} as a number without separators, or {markers}",
                _shown(found[1]),
                found[0],
                "If the publisher has a new marker, declare what it means under [cells].",
            )


def _require_rows(
    con: duckdb.DuckDBPyConnection, source: Source, release: Release, path: Path
) -> None:
    found = con.execute("SELECT count(*) FROM raw").fetchone()
    if found is None or found[0] != release.rows:
        raise SourceFileError(
            path.name,
            f"{release.rows:,} records for {source.source_id} {release.release_id}",
            f"{found[0] if found else 0:,}",
            hint=_TRUNCATED,
        )
