"""Stage a small file, in the publisher's own layout, as the real declaration says."""

import csv
import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.declaration import SOURCES, Part, Release, Source, load_source
from pipelines.shipment import stage_release
from pipelines.stage import load_codes

Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="session")
def codes() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that has the tables of data/codes and nothing else."""
    with duckdb.connect() as con:
        load_codes(con)
        yield con


@pytest.fixture
def declared(tmp_path: Path) -> Callable[..., tuple[Source, Path]]:
    """Declare a file of `rows` records with these bytes: the source, and where the file belongs."""

    def declare(source_id: str, content: bytes, rows: int, layout: str = "") -> tuple[Source, Path]:
        source = load_source(SOURCES / f"{source_id}.toml")
        like = next(release for release in source.releases if release.layout == layout)
        path = tmp_path / Path(like.parts[0].file).name
        part = Part(path.name, rows, hashlib.sha256(content).hexdigest())
        release = Release("2030-01", "2030-01", (part,), layout)
        path.write_bytes(content)
        return replace(source, releases=(release,)), path

    return declare


@pytest.fixture
def stage_file(codes: duckdb.DuckDBPyConnection) -> Callable[[Source, Path], None]:
    """Stage the file at a path as the only release of a source."""

    def run(source: Source, path: Path) -> None:
        (release,) = source.releases
        stage_release(codes, source, release, path.parent)

    return run


@pytest.fixture
def stage_text(
    codes: duckdb.DuckDBPyConnection,
    declared: Callable[..., tuple[Source, Path]],
    stage_file: Callable[[Source, Path], None],
) -> Callable[..., Rows]:
    """Stage a publisher's text and give the asked columns of what would ship, in order of line."""

    def run(source_id: str, text: str, columns: str, where: str = "true", layout: str = "") -> Rows:
        source = load_source(SOURCES / f"{source_id}.toml")
        like = next(release for release in source.releases if release.layout == layout)
        file, form = like.parts[0].file, source.layouts[layout]
        lines = list(csv.reader(io.StringIO(text)))
        if form.format == "json":
            rows = len(json.loads(text))
        elif form.format == "grid":
            rows = sum(any(cell.strip() for cell in line) for line in lines)
        else:
            rows = len(lines) - 1
        content = text.encode(form.encoding.removesuffix("-sig"))
        if file.endswith(".gz"):
            content = gzip.compress(content)
        elif file.endswith(".zip"):
            content = zipped({form.member: content})
        stage_file(*declared(source_id, content, rows, layout))
        return codes.execute(
            f"SELECT {columns} FROM (SELECT * FROM all_staged WHERE {where} ORDER BY "
            "line, measure_id, dimension, member, unit, region_id, period_start)"
        ).fetchall()

    return run


def zipped(members: dict[str, bytes]) -> bytes:
    """Give the bytes of a zip archive that holds these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()
