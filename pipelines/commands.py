"""What each command of `python -m pipelines` does; each returns its exit status."""

from __future__ import annotations

from argparse import Namespace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from rich.console import Console
from rich.table import Table
from rich.tree import Tree

from pipelines.build import build
from pipelines.checks import report, run_checks
from pipelines.declaration import SOURCES, load_source, load_sources
from pipelines.errors import CheckError, PipelineError
from pipelines.fetch import exit_status, fetch_sources, new_client, select, show
from pipelines.importing import import_files
from pipelines.lineage import Node, lineage
from pipelines.reference import write_reference
from pipelines.shipped import Folders
from pipelines.snapshot import write_snapshot
from pipelines.status import show_status, source_statuses
from pipelines.store import Store

console = Console()


def show_error(error: PipelineError) -> None:
    """Show a message as it is: nothing that a publisher sent is read as markup."""
    console.print(str(error), style="bold red", markup=False, highlight=False, soft_wrap=True)


def run_fetch(options: Namespace) -> int:
    """Fetch, show what happened to each source, and build if the warehouse is older."""
    sources = select(load_sources(), options.sources)
    store = Store(options.raw_store)
    with new_client() as client:
        outcomes = fetch_sources(sources, store, client, console, named=bool(options.sources))
    console.print(show(outcomes))
    warehouse: Path = options.warehouse
    built = 0
    if not warehouse.is_file() or store.changed_since(warehouse.stat().st_mtime):
        built = _build(options)
    return max(exit_status(outcomes), built)


def run_import(options: Namespace) -> int:
    """Register files as a release, then build if it is new."""
    source_id, kept = import_files(
        options.files, load_sources(), Store(options.raw_store), options.source, options.published
    )
    console.print(
        f"{source_id} {kept.release_id}: {kept.rows:,} records, {kept.result}.",
        markup=False,
        highlight=False,
    )
    return _build(options)


def run_build(options: Namespace) -> int:
    """Build the warehouse and show how many rows it has."""
    return _build(options, options.without)


def _build(options: Namespace, without: list[str] | None = None) -> int:
    store = Store(options.raw_store)
    left_out = frozenset(without or ())
    kept = (name for name in store.source_ids() if name not in left_out)
    store.restage(load_source(SOURCES / f"{name}.toml") for name in kept)
    folders = Folders(options.snapshot, store.staged, left_out)
    try:
        rows = build(options.warehouse, folders)
    except CheckError as error:
        fetched = sorted({path.parent.name for path in store.staged.glob("*/*.json")})
        if not fetched:
            raise
        raise CheckError(
            f"{error}\nThe warehouse that was there stays. Of {', '.join(fetched)} you fetched or "
            "imported a release; to build without one: python -m pipelines build --without SOURCE"
        ) from error
    table = Table("table", "rows")
    for name, count in sorted(rows.items()):
        table.add_row(name, f"{count:,}")
    console.print(table)
    return 0


def run_check(options: Namespace) -> int:
    """Run every check on a warehouse, which stays as it is."""
    warehouse: Path = options.warehouse
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


def run_status(options: Namespace) -> int:
    """Show how old each source is."""
    staged = Store(options.raw_store).staged
    statuses = source_statuses(load_sources(), options.snapshot, staged, date.today())
    # A cut date says nothing: on a narrow terminal the lines wrap instead.
    Console(width=max(console.width, 124)).print(show_status(statuses))
    never = [each.source_id for each in statuses if each.can_fetch and not each.fetched]
    if never:
        console.print(f"Never fetched here: {', '.join(never)}.", highlight=False)
    return 0


def run_lineage(options: Namespace) -> int:
    """Show what a table or column is made of, as a tree."""

    def grow(tree: Tree, node: Node) -> Tree:
        for part in node.inputs:
            grow(tree.add(part.name, highlight=False), part)
        return tree

    node = lineage(options.target, load_sources())
    console.print(grow(Tree(node.name, highlight=False), node))
    return 0


def run_snapshot(options: Namespace) -> int:
    """Stage publishers' files into what ships."""
    written = write_snapshot(options.raw, options.snapshot, options.areas)
    size = sum(path.stat().st_size for path in written)
    console.print(f"{len(written)} files, {size / 1e6:.1f} MB")
    return 0


def run_docs(options: Namespace) -> int:
    """Write the reference pages from what ships alone."""
    with TemporaryDirectory() as scratch:
        warehouse = Path(scratch) / "warehouse.duckdb"
        build(warehouse, Folders(options.snapshot))
        with duckdb.connect(str(warehouse), read_only=True) as con:
            written = write_reference(con, load_sources())
    console.print(", ".join(str(path) for path in written), highlight=False)
    return 0
