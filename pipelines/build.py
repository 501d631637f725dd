"""The snapshot to `data/warehouse.duckdb`: stage, build marts, check, swap."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from rich.progress import Progress
from sqlglot import exp

from pipelines.checks import CHECKS, report, run_checks
from pipelines.errors import CheckError, PipelineError
from pipelines.snapshot import SNAPSHOT
from pipelines.stage import CODES, load_codes

WAREHOUSE = Path(__file__).parent.parent / "data" / "warehouse.duckdb"
MARTS = Path(__file__).parent / "marts"


def build(
    warehouse: Path = WAREHOUSE,
    snapshot: Path = SNAPSHOT,
    codes: Path = CODES,
    checks: Path = CHECKS,
) -> dict[str, int]:
    """Build the warehouse beside the old one, check it, then put it in its place.

    Returns:
        Rows by table of the new warehouse.

    Raises:
        PipelineError: a snapshot file is missing or damaged.
        CheckError: a check returned rows. In either case the old warehouse stays as it was.
    """
    building = warehouse.with_name(f"{warehouse.name}.{os.getpid()}")
    try:
        with duckdb.connect(str(building)) as con:
            rows = _fill(con, snapshot, codes)
            failures = run_checks(con, checks)
            if failures:
                raise CheckError(report(failures))
        building.replace(warehouse)
    finally:
        building.unlink(missing_ok=True)
        building.with_name(f"{building.name}.wal").unlink(missing_ok=True)
    return rows


def _fill(con: duckdb.DuckDBPyConnection, snapshot: Path, codes: Path) -> dict[str, int]:
    marts = read_marts()
    records = read_records(snapshot)
    steps: list[tuple[str, Callable[[], object]]] = [
        ("codes", partial(load_codes, con, codes)),
        ("staging", partial(_load_staging, con, snapshot, records)),
    ]
    steps += [
        (f"marts.{name}", partial(con.execute, f"CREATE TABLE marts.{name} AS {marts[name]}"))
        for name in build_order(marts)
    ]
    con.execute("CREATE SCHEMA marts")
    rows: dict[str, int] = {}
    with Progress() as progress:
        task = progress.add_task("Building the warehouse", total=len(steps))
        for name, run in steps:
            progress.update(task, description=f"Building {name}")
            try:
                run()
            except duckdb.Error as error:
                raise PipelineError(f"{name} could not be built: {error}") from error
            if name.startswith("marts."):
                counted = con.execute(f"SELECT count(*) FROM {name}").fetchone()
                rows[name] = counted[0] if counted else 0
            progress.advance(task)
    return rows


def read_marts(folder: Path = MARTS) -> dict[str, str]:
    """Read `marts/<name>.sql` as SQL by name."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))}


def build_order(marts: dict[str, str]) -> list[str]:
    """Order marts so that each comes after those it reads, as its SQL says."""
    graph = {}
    for name, sql in marts.items():
        tables = sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Table)
        graph[name] = {table.name for table in tables if table.db == "marts"}
        unknown = graph[name] - marts.keys()
        if unknown:
            raise PipelineError(f"marts/{name}.sql reads {unknown}, which no file in marts/ makes")
    return list(TopologicalSorter(graph).static_order())


def read_records(snapshot: Path) -> list[dict[str, Any]]:
    """Read every release record of the snapshot, oldest release of a source first.

    Raises:
        PipelineError: the snapshot holds none, or one is damaged.
    """
    records = [_read_record(path) for path in sorted(snapshot.glob("*/*.json"))]
    if not records:
        raise PipelineError(
            f"{snapshot}: expected release records, found none. Run `make snapshot RAW=<folder>`."
        )
    return records


def _read_record(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise PipelineError(
            f"{path}: expected a release record, got {error}. "
            "The file is damaged: restore the snapshot."
        ) from error
    return record


def _load_staging(
    con: duckdb.DuckDBPyConnection, snapshot: Path, records: list[dict[str, Any]]
) -> None:
    con.execute("CREATE SCHEMA staging")
    con.execute(
        """
        CREATE TABLE staging.release_record AS
        SELECT * FROM read_json($path, union_by_name = true, convert_strings_to_integers = false)
        """,
        {"path": str(snapshot / "*" / "*.json")},
    )
    sources: dict[str, list[str]] = {}
    for record in records:
        if record["shipped_file"].endswith(".parquet"):
            path = snapshot / record["source_id"] / record["shipped_file"]
            _require_whole(path, record["shipped_sha256"])
            sources.setdefault(record["source_id"], []).append(str(path))
    for source_id, paths in sources.items():
        con.execute(
            f'CREATE TABLE staging."{source_id}" AS SELECT * FROM read_parquet($paths)',
            {"paths": paths},
        )
    union = " UNION ALL BY NAME ".join(f'FROM staging."{source_id}"' for source_id in sources)
    con.execute(f"CREATE VIEW staging.figure AS {union}")


def _require_whole(path: Path, sha256: str) -> None:
    if not path.is_file():
        raise PipelineError(f"{path}: expected a snapshot file, found none. Restore the snapshot.")
    got = hashlib.sha256(path.read_bytes()).hexdigest()
    if got != sha256:
        raise PipelineError(
            f"{path}: expected sha256 {sha256[:12]}..., got {got[:12]}.... "
            "The file is damaged: restore the snapshot."
        )
