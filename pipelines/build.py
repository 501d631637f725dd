"""The snapshot to `data/warehouse.duckdb`: stage, build marts, check, swap."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb
import sqlglot
from rich.progress import Progress
from sqlglot import exp

from pipelines.checks import CHECKS, report, run_checks
from pipelines.errors import CheckError, PipelineError
from pipelines.shipped import Folders, load_staging, read_records
from pipelines.snapshot import SNAPSHOT
from pipelines.stage import CODES, load_codes

WAREHOUSE = Path(__file__).parent.parent / "data" / "warehouse.duckdb"
MARTS = Path(__file__).parent / "marts"
SHIPPED = Folders(SNAPSHOT)


def build(
    warehouse: Path = WAREHOUSE,
    folders: Folders = SHIPPED,
    codes: Path = CODES,
    checks: Path = CHECKS,
) -> dict[str, int]:
    """Build the warehouse beside the old one, check it, then put it in its place.

    Args:
        warehouse: file that is replaced.
        folders: where staged releases lie.
        codes: hand-kept tables.
        checks: SQL checks.

    Returns:
        Rows by table of the new warehouse.

    Raises:
        PipelineError: a snapshot file is missing or damaged, or the disk is full.
        CheckError: a check returned rows. In either case the old warehouse stays as it was.
    """
    building = warehouse.with_name(f"{warehouse.name}.{os.getpid()}")
    _remove_leftovers(warehouse)
    try:
        with duckdb.connect(str(building)) as con:
            rows = _fill(con, folders, codes)
            failures = run_checks(con, checks)
            if failures:
                raise CheckError(report(failures))
            # Closing would swallow a failure to write the rest, such as a full disk.
            con.execute("CHECKPOINT")
        _sync(building)
        building.replace(warehouse)
    except (duckdb.Error, OSError) as error:
        raise PipelineError(
            f"{building}: could not be written: {error}. The warehouse that was there stays; "
            "see whether the disk is full."
        ) from error
    finally:
        building.unlink(missing_ok=True)
        building.with_name(f"{building.name}.wal").unlink(missing_ok=True)
    return rows


def _sync(path: Path) -> None:
    # The new name must not reach the disk before the bytes do.
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _remove_leftovers(warehouse: Path) -> None:
    # A killed build cannot clean up after itself; its process number is in the file's name.
    for path in warehouse.parent.glob(f"{warehouse.name}.*"):
        number = path.name.removeprefix(f"{warehouse.name}.").removesuffix(".wal")
        if number.isdigit() and not _is_running(int(number)):
            path.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _fill(con: duckdb.DuckDBPyConnection, folders: Folders, codes: Path) -> dict[str, int]:
    marts = read_marts()
    records = read_records(folders)
    steps: list[tuple[str, Callable[[], object]]] = [
        ("codes", partial(load_codes, con, codes)),
        ("staging", partial(load_staging, con, records)),
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
                ((rows[name],),) = con.execute(f"SELECT count(*) FROM {name}").fetchall()
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
