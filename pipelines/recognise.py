"""Which declared source a publisher's file belongs to, by what stands at its top."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from pipelines.declaration import Layout, Source
from pipelines.errors import PipelineError, SourceFileError
from pipelines.rawfile import open_raw
from pipelines.rawfile.content import plain_file
from pipelines.rawfile.grid import has_anchors
from pipelines.rawfile.table import read_header, read_record_names
from pipelines.rawfile.words import some
from pipelines.stage import load_codes, stage


@dataclass(frozen=True)
class Match:
    """A source and the layout of its that a file has."""

    source: Source
    layout: str


def recognise(path: Path, sources: list[Source]) -> Match:
    """Return the one source and layout whose columns, or anchors, the file has.

    Args:
        path: a publisher's file.
        sources: declared sources to choose from.

    Raises:
        PipelineError: no source has this layout, or several have; the message says what the
            file looks like.
    """
    if not path.is_file():
        raise PipelineError(f"{path}: expected a file, found none.")
    names: list[str] = []
    matches = []
    figures = [source for source in sources if source.layer is None]
    for source in figures:
        for name, layout in source.layouts.items():
            # A file that cannot be read as this layout may be another's.
            with suppress(SourceFileError), TemporaryDirectory(prefix="atlas-") as scratch:
                plain = plain_file(path, layout, Path(scratch))
                if layout.format == "grid":
                    same = has_anchors(layout, plain, path.name)
                else:
                    names = _names(plain, layout, path.name)
                    same = sorted(names) == sorted(layout.columns)
                if same:
                    matches.append(Match(source, name))
    if len(matches) > 1:
        matches = _those_that_fit(path, matches) or matches
    ids = list(dict.fromkeys(match.source.source_id for match in matches))
    if len(ids) == 1:
        return matches[0]
    if matches:
        raise PipelineError(
            f"{path.name}: expected the layout of one source; got that of {', '.join(ids)}. "
            "Name the source: --source ID."
        )
    raise PipelineError(_unknown(path, figures, names))


def _those_that_fit(path: Path, matches: list[Match]) -> list[Match]:
    """Of sources with one layout, return those whose places and measures are in the file."""
    fitting = []
    with duckdb.connect() as con:
        load_codes(con)
        for match in matches:
            layout = match.source.layouts[match.layout]
            with suppress(SourceFileError):
                open_raw(con, layout, path)
                stage(con, layout, path.name)
                fitting.append(match)
    return fitting


def _names(plain: Path, layout: Layout, name: str) -> list[str]:
    if layout.format == "json":
        return read_record_names(plain, name)
    return read_header(plain, name)


def _unknown(path: Path, sources: list[Source], names: list[str]) -> str:
    if not names:
        return (
            f"{path.name}: expected a file of a declared source; got one without column names. "
            "Name the source: --source ID."
        )
    layouts = [
        (source.source_id, layout)
        for source in sources
        for layout in source.layouts.values()
        if layout.columns
    ]
    nearest, layout = max(layouts, key=lambda each: _likeness(names, each[1]))
    message = f"{path.name}: expected the columns of a declared source; got {some(names, 12)}."
    if _likeness(names, layout) > 0:
        lacking = [name for name in layout.columns if name not in names]
        more = [name for name in names if name not in layout.columns]
        message += f" The nearest is {nearest}"
        message += f", which also has {some(lacking)}" if lacking else ""
        message += f" and does not have {some(more)}" if more else ""
        message += "."
    return f"{message} To add a source, see docs/add-a-source.md."


def _likeness(names: list[str], layout: Layout) -> float:
    """Share of all names that both have (Jaccard)."""
    either = set(names) | set(layout.columns)
    return len(set(names) & set(layout.columns)) / len(either)
