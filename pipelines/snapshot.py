"""Publishers' files to `data/snapshot/`: our own normalised rows, with where each came from."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from rich.progress import track

from pipelines.areas import AREAS, write_layer
from pipelines.declaration import Release, Source, load_sources
from pipelines.errors import SourceFileError
from pipelines.rawfile import open_raw, require_checksum
from pipelines.stage import load_codes, stage

SNAPSHOT = Path(__file__).parent.parent / "data" / "snapshot"


def write_snapshot(raw: Path, snapshot: Path = SNAPSHOT, areas: Path = AREAS) -> list[Path]:
    """Stage every declared release of every source and write what ships.

    Args:
        raw: folder of the publishers' files.
        snapshot: gets `<source>/<release>.parquet` and `<source>/<release>.json`.
        areas: gets `<layer>.geojson`.

    Returns:
        The files written.

    Raises:
        SourceFileError: a file is not what its declaration says; both folders stay as they were.
    """
    con = duckdb.connect()
    # One thread writes row groups in one order, so that the bytes repeat.
    con.execute("SET threads = 1")
    load_codes(con)
    releases = [(source, release) for source in load_sources() for release in source.releases]
    written: list[Path] = []
    # Beside the old files, so that a move never copies: nothing changes until all have passed.
    with _beside(snapshot) as beside_snapshot, _beside(areas) as beside_areas:
        new_snapshot, new_areas = Path(beside_snapshot), Path(beside_areas)
        for source, release in track(releases, "Staging publishers' files"):
            path = raw / release.file
            written += _write_release(con, source, release, path, new_snapshot, new_areas)
        written = [
            _place(path, new_areas, areas)
            if path.is_relative_to(new_areas)
            else _place(path, new_snapshot, snapshot)
            for path in written
        ]
    for path in (*snapshot.glob("*/*"), *areas.glob("*.geojson")):
        if path not in written:
            path.unlink()
    return written


def _beside(folder: Path) -> TemporaryDirectory[str]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    return TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent)


def _place(path: Path, built: Path, folder: Path) -> Path:
    target = folder / path.relative_to(built)
    target.parent.mkdir(parents=True, exist_ok=True)
    return path.replace(target)


def _write_release(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    release: Release,
    path: Path,
    snapshot: Path,
    areas: Path,
) -> list[Path]:
    geometries = open_raw(con, source, release, path)
    require_checksum(release, path)
    folder = snapshot / source.source_id
    folder.mkdir(parents=True, exist_ok=True)
    if geometries is not None and source.layer is not None:
        placed = f"SELECT line, region_id FROM ({source.staging_sql}) ORDER BY line"
        found = con.execute(placed).df()
        unplaced = found[found["region_id"].isna()]
        if len(unplaced):
            line = int(unplaced["line"].iloc[0])
            raise SourceFileError(path.name, "a known region", "an unknown one", line)
        shipped = write_layer(found["region_id"], geometries, source.layer, areas)
        coverage: dict[str, Any] = {"covers_from": None, "covers_to": None, "rows": len(found)}
    else:
        stage(con, source, release, path)
        shipped = folder / f"{release.release_id}.parquet"
        con.execute(
            "COPY staged TO $path (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 12)",
            {"path": str(shipped)},
        )
        first, last, rows = con.execute(
            "SELECT min(period_start), max(period_end), count(*) FROM staged"
        ).fetchall()[0]
        coverage = {"covers_from": str(first), "covers_to": str(last), "rows": rows}
    record = source.record() | {
        "release_id": release.release_id,
        "published": release.published,
        "file": path.name,
        "file_sha256": release.sha256,
        "file_rows": release.rows,
        **coverage,
        "shipped_file": shipped.name,
        "shipped_sha256": hashlib.sha256(shipped.read_bytes()).hexdigest(),
    }
    record_path = folder / f"{release.release_id}.json"
    record_path.write_text(
        json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    return [shipped, record_path]
