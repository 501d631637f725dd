"""Releases that were staged before, as the tables of the schema `staging`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.errors import PipelineError
from pipelines.incidents import INCIDENT_COLUMNS
from pipelines.shipment import sha256_of

_KEYS = {"source_id": "VARCHAR", "release_id": "VARCHAR"}
_TABLES = {
    ".incidents.parquet": ("incident", INCIDENT_COLUMNS | _KEYS),
    ".rejected.parquet": (
        "rejected_row",
        _KEYS | {"line": "BIGINT", "reason": "VARCHAR", "text": "VARCHAR"},
    ),
}


@dataclass(frozen=True)
class Folders:
    """Where staged releases lie.

    Attributes:
        snapshot: those that ship.
        staged: those that the user fetched or imported; one that also ships is taken from here.
        without: sources of which only what ships counts.
    """

    snapshot: Path
    staged: Path | None = None
    without: frozenset[str] = frozenset()


def read_records(folders: Folders) -> list[Path]:
    """Return the record of every release, oldest release of a source first.

    Raises:
        PipelineError: the folders hold none.
    """
    found = {path.relative_to(folders.snapshot): path for path in folders.snapshot.glob("*/*.json")}
    if not found:
        raise PipelineError(
            f"{folders.snapshot}: expected release records, found none. "
            "Run `make snapshot RAW=<folder>`."
        )
    if folders.staged:
        found |= {
            path.relative_to(folders.staged): path
            for path in folders.staged.glob("*/*.json")
            if path.parent.name not in folders.without
        }
    return sorted(found.values(), key=lambda path: (path.parent.name, path.stem))


def load_staging(con: duckdb.DuckDBPyConnection, records: Sequence[Path]) -> None:
    """Create `staging.release_record`, a table a source, `staging.figure` and the rest.

    Raises:
        PipelineError: a record or one of its files is missing or damaged.
    """
    con.execute("CREATE SCHEMA staging")
    files: dict[str, list[str]] = {name: [] for name, _ in _TABLES.values()}
    figures: dict[str, list[str]] = {}
    for path in records:
        record = _read_record(path)
        for name, sha256 in record["shipped"].items():
            if not name.endswith(".parquet"):
                continue
            file = path.with_name(name)
            _require_whole(file, sha256)
            ending = name.removeprefix(record["release_id"])
            if ending in _TABLES:
                files[_TABLES[ending][0]].append(str(file))
            else:
                figures.setdefault(record["source_id"], []).append(str(file))
    con.execute(
        """
        CREATE TABLE staging.release_record AS SELECT * EXCLUDE (shipped)
        FROM read_json($paths, union_by_name = true, convert_strings_to_integers = false)
        """,
        {"paths": [str(path) for path in records]},
    )
    for source_id, paths in figures.items():
        con.execute(
            f'CREATE TABLE staging."{source_id}" AS SELECT * FROM read_parquet($paths)',
            {"paths": paths},
        )
    union = " UNION ALL BY NAME ".join(f'FROM staging."{source_id}"' for source_id in figures)
    con.execute(f"CREATE VIEW staging.figure AS {union}")
    for name, columns in _TABLES.values():
        declared = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        con.execute(f"CREATE TABLE staging.{name} ({declared})")
        if files[name]:
            con.execute(
                f"INSERT INTO staging.{name} BY NAME SELECT {', '.join(columns)} "
                "FROM read_parquet($paths)",
                {"paths": files[name]},
            )


def _read_record(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise PipelineError(
            f"{path}: expected a release record, got {error}. "
            "The file is damaged: restore the snapshot."
        ) from error
    return record


def _require_whole(path: Path, sha256: str) -> None:
    if not path.is_file():
        raise PipelineError(f"{path}: expected a snapshot file, found none. Restore the snapshot.")
    got = sha256_of(path)
    if got != sha256:
        raise PipelineError(
            f"{path}: expected sha256 {sha256[:12]}..., got {got[:12]}.... "
            "The file is damaged: restore the snapshot."
        )
