"""One release as the files that a warehouse is built from, with where they came from."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import geopandas as gpd
import pandas as pd

from pipelines.areas import write_layer
from pipelines.declaration import Layer, Layout, Release, Source
from pipelines.errors import SourceFileError
from pipelines.incidents import stage_incidents
from pipelines.rawfile import open_raw, require_checksum, require_rows
from pipelines.stage import GRAIN, STAGED_COLUMNS, require_grain, stage

_PARQUET = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 12)"
_ACCUMULATED = ("staged", "rejected", "incidents")


def ship_release(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    release: Release,
    raw: Path,
    folder: Path,
    areas: Path,
    with_incidents: bool,
) -> list[Path]:
    """Write `<folder>/<source>/<release>.json` and the Parquet files that it names.

    Args:
        con: has the tables of `codes`.
        source: declaration.
        release: what its files must be.
        raw: folder below which the release's files lie.
        folder: gets the release's figures, its rejected rows and its incidents.
        areas: gets the map layer of a boundary source.
        with_incidents: whether incident rows are written too.

    Returns:
        The files written.

    Raises:
        SourceFileError: a file is not what its declaration says.
    """
    target = folder / source.source_id
    target.mkdir(parents=True, exist_ok=True)
    if source.layer is not None:
        shipped, coverage = _ship_layer(con, source, source.layer, release, raw, target, areas)
    else:
        shipped, coverage = _ship_figures(con, source, release, raw, target, with_incidents)
    record = source.record() | {
        "release_id": release.release_id,
        "published": release.published,
        "file": ", ".join(Path(part.file).name for part in release.parts),
        "file_sha256": _checksum(release),
        "fewer_rows": release.fewer_rows,
        **coverage,
        "shipped": {path.name: sha256_of(path) for path in shipped},
    }
    record_path = target / f"{release.release_id}.json"
    record_path.write_text(
        json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    return [*shipped, record_path]


def sha256_of(path: Path) -> str:
    """Return the checksum of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checksum(release: Release) -> str:
    if len(release.parts) == 1:
        return release.parts[0].sha256
    return hashlib.sha256("".join(part.sha256 for part in release.parts).encode()).hexdigest()


def _ship_layer(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    layer: Layer,
    release: Release,
    raw: Path,
    target: Path,
    areas: Path,
) -> tuple[list[Path], dict[str, Any]]:
    (part,) = release.parts
    layout = source.layouts[release.layout]
    path = raw / part.file
    geometries = open_raw(con, layout, path)
    rows = require_rows(con, part, path)
    require_checksum(part, path)
    placed = _place_features(con, layout, path.name)
    shapes = gpd.GeoDataFrame(geometries).iloc[placed["line"] - 1].reset_index(drop=True)
    shipped = [write_layer(placed["region_id"], shapes, layer, areas)]
    rejected = rows - len(placed)
    if rejected:
        shipped.append(target / f"{release.release_id}.rejected.parquet")
        con.execute(
            f"""
            COPY (
                SELECT $source AS source_id, $release AS release_id, line, reason,
                    ({_row_text(layout.format)}) AS text
                FROM rejected ORDER BY line
            ) TO $path {_PARQUET}
            """,
            {
                "source": source.source_id,
                "release": release.release_id,
                "path": str(shipped[-1]),
            },
        )
    return shipped, {
        "file_rows": rows,
        "covers_from": None,
        "covers_to": None,
        "rows": len(placed),
        "rejected": rejected,
        "ledger": [],
    }


def _place_features(con: duckdb.DuckDBPyConnection, layout: Layout, name: str) -> pd.DataFrame:
    """Create `rejected`, and return line and region of every feature that is not."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE feature AS {layout.staging_sql}")
    con.execute("ALTER TABLE feature ADD COLUMN IF NOT EXISTS reject_reason VARCHAR")
    astray = con.execute(
        """
        SELECT raw.line, count(feature.line) FROM raw LEFT JOIN feature ON feature.line = raw.line
            AND coalesce(feature.reject_reason, feature.region_id) IS NOT NULL
        GROUP BY ALL HAVING count(feature.line) <> 1 ORDER BY raw.line LIMIT 1
        """
    ).fetchall()
    for line, found in astray:
        got = f"{found} of them" if found else "neither"
        raise SourceFileError(name, "a known region or a reject_reason", got, line)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE rejected AS "
        "SELECT line, reject_reason AS reason FROM feature WHERE reject_reason IS NOT NULL"
    )
    return con.execute(
        "SELECT line, region_id FROM feature WHERE reject_reason IS NULL ORDER BY line"
    ).df()


def _ship_figures(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    release: Release,
    raw: Path,
    target: Path,
    with_incidents: bool,
) -> tuple[list[Path], dict[str, Any]]:
    file_rows = stage_release(con, source, release, raw)
    keys = {"source": source.source_id, "release": release.release_id}
    order = ", ".join((*GRAIN, "part", "line"))
    queries = {
        f"{release.release_id}.parquet": f"""
            SELECT {", ".join(STAGED_COLUMNS)}, line,
                $source AS source_id, $release AS release_id
            FROM all_staged ORDER BY {order}
        """,
        f"{release.release_id}.rejected.parquet": """
            SELECT $source AS source_id, $release AS release_id, line, reason, text
            FROM all_rejected ORDER BY part, line
        """,
        f"{release.release_id}.incidents.parquet": """
            SELECT * EXCLUDE (part), $source AS source_id, $release AS release_id
            FROM all_incidents ORDER BY occurred_on, incident_id
        """,
    }
    sizes = {
        name: con.execute(f"SELECT count(*) FROM all_{table}").fetchall()[0][0]
        for name, table in zip(queries, _ACCUMULATED, strict=True)
    }
    shipped = []
    for name, query in queries.items():
        if sizes[name] and (with_incidents or not name.endswith(".incidents.parquet")):
            con.execute(f"COPY ({query}) TO $path {_PARQUET}", keys | {"path": str(target / name)})
            shipped.append(target / name)
    first, last, rows = con.execute(
        "SELECT min(period_start), max(period_end), count(*) FROM all_staged"
    ).fetchall()[0]
    (rejected,) = con.execute("SELECT count(*) FROM all_rejected").fetchall()[0]
    return shipped, {
        "file_rows": file_rows,
        "covers_from": str(first),
        "covers_to": str(last),
        "rows": rows,
        "rows_behind_figures": _rows_behind_figures(con),
        "rejected": rejected,
        "states": _states(con),
        "ledger": _ledger(con),
    }


def stage_release(
    con: duckdb.DuckDBPyConnection, source: Source, release: Release, raw: Path
) -> int:
    """Create `all_staged`, `all_rejected` and `all_incidents` from every part of a release.

    Returns:
        Records in all parts.

    Raises:
        SourceFileError: a part is not what its declaration says, or two parts share a figure.
    """
    layout = source.layouts[release.layout]
    # The text of a row is the publisher's; without an open licence only its reason is kept.
    text = "NULL::VARCHAR" if source.incidents == "local" else _row_text(layout.format)
    rows = 0
    for number, part in enumerate(release.parts):
        path = raw / part.file
        open_raw(con, layout, path)
        rows += require_rows(con, part, path)
        require_checksum(part, path)
        stage(con, layout, path.name)
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE rejected AS SELECT *, ({text}) AS text FROM rejected"
        )
        stage_incidents(con, layout, path.name)
        for table in _ACCUMULATED:
            con.execute(f"ALTER TABLE {table} ADD COLUMN part INTEGER DEFAULT {number}")
            if number:
                con.execute(f"INSERT INTO all_{table} FROM {table}")
            else:
                con.execute(f"DROP TABLE IF EXISTS all_{table}")
                con.execute(f"ALTER TABLE {table} RENAME TO all_{table}")
    if len(release.parts) > 1:
        require_grain(con, "all_staged", f"{source.source_id} {release.release_id}")
    return rows


def _row_text(file_format: str) -> str:
    if file_format == "grid":
        return (
            "SELECT string_agg(cell, ' | ' ORDER BY position) FROM raw "
            "WHERE raw.line = rejected.line"
        )
    return "SELECT to_json(raw)::VARCHAR FROM raw WHERE raw.line = rejected.line"


def _rows_behind_figures(con: duckdb.DuckDBPyConnection) -> int:
    ((rows,),) = con.execute(
        """
        SELECT count(DISTINCT (part, line))
        FROM (SELECT part, unnest(coalesce(lines, [line])) AS line FROM all_staged)
        ANTI JOIN all_rejected USING (part, line)
        """
    ).fetchall()
    return int(rows)


def _states(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    counted = dict(con.execute("SELECT status, count(*) FROM all_staged GROUP BY ALL").fetchall())
    return {
        status: counted.get(status, 0)
        for status in ("reported", "preliminary", "suppressed", "not_available")
    }


def _ledger(con: duckdb.DuckDBPyConnection) -> list[dict[str, int]]:
    years = con.execute(
        """
        SELECT year, count(DISTINCT (part, line))
        FROM (
            SELECT
                part,
                year(if(period_kind = 'twelve_months', period_end, period_start)) AS year,
                unnest(coalesce(lines, [line])) AS line
            FROM all_staged
        )
        WHERE line IS NOT NULL
        GROUP BY ALL ORDER BY ALL
        """
    ).fetchall()
    return [{"year": year, "rows": rows} for year, rows in years]
