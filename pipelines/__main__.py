"""Command line: `python -m pipelines fetch|import|build|check|status|lineage|snapshot|docs`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipelines import commands
from pipelines.areas import AREAS
from pipelines.build import WAREHOUSE
from pipelines.errors import PipelineError
from pipelines.snapshot import SNAPSHOT
from pipelines.store import RAW


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except PipelineError as error:
        commands.show_error(error)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipelines", description=__doc__)
    parser.add_argument("--raw-store", type=Path, default=RAW, help="what was fetched or imported")
    add = parser.add_subparsers(dest="command", required=True).add_parser

    fetch = add("fetch", help="fetch what the publishers changed, then build")
    fetch.add_argument("sources", nargs="*", metavar="source", help="all if none is named")

    bring = add("import", help="register a publisher's file, then build")
    bring.add_argument("files", nargs="+", type=Path, help="the files of one release")
    bring.add_argument("--source", help="whose, if the layout alone does not say")
    bring.add_argument("--published", help="day of publication, as 2026-03-25")

    build = add("build", help="build the warehouse from what ships, was fetched and was imported")
    build.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="source",
        help="leave out what was fetched",
    )

    check = add("check", help="run every check on the warehouse that is there")
    status = add("status", help="say how old each source is and when more is expected")
    lineage = add("lineage", help="say what a table or column is made of")
    lineage.add_argument("target", help="marts.TABLE, staging.SOURCE, or either with .COLUMN")

    snapshot = add("snapshot", help="stage publishers' files into data/snapshot/")
    snapshot.add_argument("--raw", type=Path, required=True, help="folder of publishers' files")
    snapshot.add_argument("--areas", type=Path, default=AREAS, help="folder of the map layers")

    docs = add("docs", help="write docs/sources.md and docs/measures.md again")

    for command in (fetch, bring, build, status, snapshot, docs):
        command.add_argument("--snapshot", type=Path, default=SNAPSHOT)
    for command in (fetch, bring, build, check):
        command.add_argument("--warehouse", type=Path, default=WAREHOUSE)
    runs = {
        fetch: commands.run_fetch,
        bring: commands.run_import,
        build: commands.run_build,
        check: commands.run_check,
        status: commands.run_status,
        lineage: commands.run_lineage,
        snapshot: commands.run_snapshot,
        docs: commands.run_docs,
    }
    for command, run in runs.items():
        command.set_defaults(run=run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
