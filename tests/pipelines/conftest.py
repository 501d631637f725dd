"""Stage a small file, in the publisher's own layout, as the real declaration says."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.declaration import SOURCES, Release, Source, load_source
from pipelines.rawfile import open_raw, require_checksum
from pipelines.stage import load_codes, stage

Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="session")
def codes() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that has the tables of data/codes and nothing else."""
    with duckdb.connect() as con:
        load_codes(con)
        yield con


@pytest.fixture
def declared(tmp_path: Path) -> Callable[[str, bytes, int], tuple[Source, Path]]:
    """Declare a file of `rows` records with these bytes: the source, and where the file belongs."""

    def declare(source_id: str, content: bytes, rows: int) -> tuple[Source, Path]:
        source = load_source(SOURCES / f"{source_id}.toml")
        path = tmp_path / Path(source.releases[0].file).name
        sha256 = hashlib.sha256(content).hexdigest()
        release = Release("2030-01", "2030-01", path.name, rows, sha256)
        path.write_bytes(content)
        return replace(source, releases=(release,)), path

    return declare


@pytest.fixture
def stage_file(codes: duckdb.DuckDBPyConnection) -> Callable[[Source, Path], None]:
    """Stage the file at a path as the only release of a source."""

    def run(source: Source, path: Path) -> None:
        (release,) = source.releases
        open_raw(codes, source, release, path)
        require_checksum(release, path)
        stage(codes, source, release, path)

    return run


@pytest.fixture
def stage_text(
    codes: duckdb.DuckDBPyConnection,
    declared: Callable[[str, bytes, int], tuple[Source, Path]],
    stage_file: Callable[[Source, Path], None],
) -> Callable[..., Rows]:
    """Stage a publisher's text and give the asked columns of what would ship, in order of line."""

    def run(source_id: str, text: str, columns: str, where: str = "true") -> Rows:
        if text.startswith("["):
            rows = len(json.loads(text))
        else:
            rows = len(list(csv.reader(io.StringIO(text)))) - 1
        content = text.encode()
        if source_id == "statcan_ucr_violations":
            content = gzip.compress(content)
        stage_file(*declared(source_id, content, rows))
        return codes.execute(
            f"SELECT {columns} FROM (SELECT * FROM staged WHERE {where} ORDER BY "
            "line, measure_id, dimension, member, unit, region_id, period_start)"
        ).fetchall()

    return run
