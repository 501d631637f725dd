"""Command line: `python -m pipelines build|check|snapshot`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from pipelines.areas import AREAS
from pipelines.build import WAREHOUSE, build
from pipelines.checks import report, run_checks
from pipelines.errors import PipelineError
from pipelines.snapshot import SNAPSHOT, write_snapshot

console = Console()


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m pipelines", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", help="build the warehouse from the snapshot")
    building.add_argument("--snapshot", type=Path, default=SNAPSHOT)
    building.add_argument("--warehouse", type=Path, default=WAREHOUSE)
    checking = commands.add_parser("check", help="run every check on the warehouse that is there")
    checking.add_argument("--warehouse", type=Path, default=WAREHOUSE)
    staging = commands.add_parser("snapshot", help="stage publishers' files into data/snapshot/")
    staging.add_argument("--raw", type=Path, required=True, help="folder of the publishers' files")
    staging.add_argument("--snapshot", type=Path, default=SNAPSHOT)
    staging.add_argument("--areas", type=Path, default=AREAS, help="folder of the map layers")
    options = parser.parse_args(arguments)
    try:
        if options.command == "build":
            _show_rows(build(options.warehouse, options.snapshot))
        elif options.command == "check":
            return _check(options.warehouse)
        else:
            written = write_snapshot(options.raw, options.snapshot, options.areas)
            size = sum(path.stat().st_size for path in written)
            console.print(f"{len(written)} files, {size / 1e6:.1f} MB")
    except PipelineError as error:
        console.print(str(error), style="bold red", markup=False, highlight=False, soft_wrap=True)
        return 1
    return 0


def _show_rows(rows: dict[str, int]) -> None:
    table = Table("table", "rows")
    for name, count in sorted(rows.items()):
        table.add_row(name, f"{count:,}")
    console.print(table)


def _check(warehouse: Path) -> int:
    if not warehouse.is_file():
        raise PipelineError(f"{warehouse}: expected a warehouse, found none. Run `make warehouse`.")
    # An in-memory copy of the result table keeps the warehouse read-only.
    with duckdb.connect() as con:
        try:
            con.execute(
                f"ATTACH '{str(warehouse).replace(chr(39), chr(39) * 2)}' AS built (READ_ONLY)"
            )
        except duckdb.Error as error:
            raise PipelineError(f"{warehouse}: expected a warehouse; got {error}") from error
        con.execute("CREATE SCHEMA marts")
        for (name,) in con.execute(
            "SELECT table_name FROM duckdb_tables() "
            "WHERE database_name = 'built' AND schema_name = 'marts'"
        ).fetchall():
            con.execute(f'CREATE VIEW marts."{name}" AS FROM built.marts."{name}"')
        con.execute("DROP VIEW IF EXISTS marts.check_result")
        failures = run_checks(con)
    console.print(report(failures) or "Every check passed.", markup=False, highlight=False)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
