"""The only runtime reader of DuckDB: named queries on the read-only warehouse."""

from __future__ import annotations

import os
import threading
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

QUERIES = Path(__file__).parent / "queries"
_DEFAULT = Path(__file__).parent.parent / "data" / "warehouse.duckdb"
_lock = threading.Lock()
_open: tuple[Path, tuple[int, int], duckdb.DuckDBPyConnection] | None = None


class MissingWarehouseError(Exception):
    """There is no warehouse to read; the message says how to build it."""


def path() -> Path:
    """Return the warehouse's file: `ATLAS_WAREHOUSE`, or `data/warehouse.duckdb`."""
    return Path(os.environ.get("ATLAS_WAREHOUSE", _DEFAULT))


def version() -> tuple[int, int]:
    """Return what changes when another warehouse takes the file's place: its time and inode.

    Raises:
        MissingWarehouseError: there is none.
    """
    try:
        status = path().stat()
    except FileNotFoundError as error:
        raise MissingWarehouseError(
            f"{path()}: expected a warehouse, found none. Run `make warehouse`."
        ) from error
    return status.st_mtime_ns, status.st_ino


def query(name: str, **filters: Any) -> pd.DataFrame:
    """Run `atlas/queries/<name>.sql` with `filters` as its parameters.

    Args:
        name: a query's name.
        filters: a value for each of its `$parameters`; None means no restriction.

    Raises:
        MissingWarehouseError: there is no warehouse.
        KeyError: there is no query of that name.
    """
    sql = _queries()[name]
    with _lock:
        return _connection().execute(sql, filters or None).df()


@cache
def _queries() -> dict[str, str]:
    return {file.stem: file.read_text(encoding="utf-8") for file in QUERIES.glob("*.sql")}


def _connection() -> duckdb.DuckDBPyConnection:
    global _open
    current = (path(), version())
    if _open is None or _open[:2] != current:
        if _open is not None:
            # DuckDB shares one instance a path: the old file must be closed before the new opens.
            _open[2].close()
            _open = None
        _open = (*current, duckdb.connect(str(current[0]), read_only=True))
    return _open[2]
