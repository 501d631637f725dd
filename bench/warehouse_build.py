"""Time a build from what ships, and a rebuild from publishers' files, beside a bare read of them.

The bare read is what DuckDB needs to read the same bytes into tables with the declared types, and
nothing else: no staging, no check, no warehouse. Spreadsheets, which DuckDB cannot read, are read
with the library that the pipeline uses; boundary files are left out of both.

    python -m bench.warehouse_build --raw <folder of publishers' files>
"""

from __future__ import annotations

import argparse
import cProfile
import gzip
import statistics
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from python_calamine import CalamineWorkbook

from pipelines.build import build
from pipelines.declaration import Layout, Part, Source, load_sources
from pipelines.rawfile.table import read_header
from pipelines.shipment import ship_release
from pipelines.shipped import Folders
from pipelines.stage import load_codes


def figure_sources() -> list[Source]:
    """Return the sources that give figures and ship a release."""
    return [source for source in load_sources() if source.layer is None and source.releases]


def read_bare(con: duckdb.DuckDBPyConnection, layout: Layout, path: Path, scratch: Path) -> None:
    """Read one file into a table."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            (member,) = [n for n in archive.namelist() if Path(n).match(layout.member)]
            path = Path(archive.extract(member, scratch))
    if path.suffix == ".xlsx":
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python()
        return
    if path.suffix == ".gz":
        plain = scratch / path.stem
        plain.write_bytes(gzip.decompress(path.read_bytes()))
        path = plain
    given = {"path": str(path), "encoding": layout.encoding.removesuffix("-sig")}
    if layout.format == "json":
        con.execute(
            "CREATE OR REPLACE TEMP TABLE bare AS FROM read_json($path)", {"path": str(path)}
        )
    elif layout.format == "grid":
        con.execute(
            "CREATE OR REPLACE TEMP TABLE bare AS FROM read_csv($path, all_varchar = true, "
            "header = false, null_padding = true, strict_mode = false, encoding = $encoding)",
            given,
        )
    else:
        kinds = {name: layout.columns[name] for name in read_header(path, path.name)}
        con.execute(
            "CREATE OR REPLACE TEMP TABLE bare AS FROM read_csv($path, columns = $columns, "
            "header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
            "encoding = $encoding)",
            given | {"columns": kinds},
        )


def bare(raw: Path) -> None:
    """Read every file of every release into a table."""
    with TemporaryDirectory() as scratch, duckdb.connect() as con:
        for source in figure_sources():
            for release in source.releases:
                for part in release.parts:
                    layout = source.layouts[release.layout]
                    read_bare(con, layout, raw / part.file, Path(scratch))


def stage_all(raw: Path, target: Path) -> None:
    """Stage every file of every release."""
    with duckdb.connect() as con:
        load_codes(con)
        for source in figure_sources():
            for release in source.releases:
                ships = source.incidents == "ship"
                ship_release(con, source, release, raw, target, target / "areas", ships)


def rebuild(raw: Path) -> None:
    """Stage every file, then build and check a warehouse."""
    with TemporaryDirectory() as scratch:
        stage_all(raw, Path(scratch) / "snapshot")
        build(Path(scratch) / "warehouse.duckdb", Folders(Path(scratch) / "snapshot"))


def build_from_snapshot() -> None:
    """Build and check a warehouse from what ships."""
    with TemporaryDirectory() as scratch:
        build(Path(scratch) / "warehouse.duckdb")


def seconds(run: Callable[[], None], times: int) -> list[float]:
    """Time a function."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begun)
    return taken


def main() -> None:
    """Print medians and the ratio to the bare read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="profile the staging instead")
    options = parser.parse_args()
    if options.profile:
        with TemporaryDirectory() as scratch:
            cProfile.runctx(
                "stage_all(raw, target)",
                globals(),
                {"raw": options.raw, "target": Path(scratch)},
                sort="cumulative",
            )
        return
    files: list[Part] = [
        part for source in figure_sources() for r in source.releases for part in r.parts
    ]
    size = sum((options.raw / part.file).stat().st_size for part in files)
    print(f"{len(files)} files, {size / 1e6:.1f} MB")
    runs = {
        "bare read": lambda: bare(options.raw),
        "rebuild from publishers' files": lambda: rebuild(options.raw),
        "build from what ships": build_from_snapshot,
    }
    found = {name: seconds(run, options.times) for name, run in runs.items()}
    base = statistics.median(found["bare read"])
    for name, taken in found.items():
        middle = statistics.median(taken)
        print(f"{name:32} {middle:6.2f} s (least {min(taken):.2f})  {middle / base:5.2f} x bare")


if __name__ == "__main__":
    main()
