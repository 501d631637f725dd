"""Publishers' files to `data/snapshot/`: our own normalised rows, with where each came from."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from rich.progress import track

from pipelines.areas import AREAS
from pipelines.declaration import load_sources
from pipelines.shipment import ship_release
from pipelines.stage import load_codes

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
            ships = source.incidents == "ship"
            written += ship_release(con, source, release, raw, new_snapshot, new_areas, ships)
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
