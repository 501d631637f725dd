"""Untidy sheets: several header rows, merged cells, footnotes. One row a cell."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from pipelines.declaration import Layout
from pipelines.errors import LINES_PER_SHEET, SourceFileError
from pipelines.rawfile.content import TRUNCATED

Cell = tuple[str, int, int, str]


def load_grid(con: duckdb.DuckDBPyConnection, layout: Layout, plain: Path, name: str) -> None:
    """Create `raw` with `sheet`, `line`, `position`, `cell`, one row a cell that is not empty.

    Raises:
        SourceFileError: the file is no sheet, or an anchor is not where it is declared.
    """
    cells = _cells(plain, name)
    for (sheet, line, position), text, got in missing_anchors(layout, cells):
        where = f"sheet {sheet!r}, " if sheet else ""
        raise SourceFileError(
            name,
            f"{text!r} in {where}column {position}",
            repr(got) if got else "an empty cell",
            line,
            "Compare the declaration with the publisher's notes.",
        )
    columns = list(zip(*cells, strict=True)) or [(), (), (), ()]
    table = pa.table(
        {
            "sheet": pa.array(columns[0], pa.string()),
            "line": pa.array(columns[1], pa.int64()),
            "position": pa.array(columns[2], pa.int32()),
            "cell": pa.array(columns[3], pa.string()),
        }
    )
    con.register("cells", table)
    con.execute("CREATE OR REPLACE TEMP TABLE raw AS SELECT * FROM cells")
    con.unregister("cells")


def has_anchors(layout: Layout, plain: Path, name: str) -> bool:
    """Say whether a file is a sheet that has the layout's anchors.

    Raises:
        SourceFileError: the file is no sheet.
    """
    return bool(layout.anchors) and not missing_anchors(layout, _cells(plain, name))


def missing_anchors(
    layout: Layout, cells: list[Cell]
) -> list[tuple[tuple[str, int, int], str, str]]:
    """Return the place, the text and what stands there of each anchor that is not there."""
    wanted = {(line, position) for _, line, position, _ in layout.anchors}
    found = {
        (sheet, line % LINES_PER_SHEET, position): text
        for sheet, line, position, text in cells
        if (line % LINES_PER_SHEET, position) in wanted
    }
    sheets = list(dict.fromkeys(sheet for sheet, *_ in cells))
    places = [
        ((each, line, position), text)
        for sheet, line, position, text in layout.anchors
        for each in ([sheet] if sheet else sheets)
    ]
    return [
        (place, text, found.get(place, "")) for place, text in places if found.get(place) != text
    ]


def _cells(plain: Path, name: str) -> list[Cell]:
    return list(_text_cells(plain, name) if plain.suffix == ".csv" else _book_cells(plain, name))


def _text_cells(plain: Path, name: str) -> Iterator[Cell]:
    csv.field_size_limit(sys.maxsize)
    with plain.open(encoding="utf-8-sig", newline="") as file:
        try:
            for line, row in enumerate(csv.reader(file), start=1):
                for position, cell in enumerate(row, start=1):
                    if cell.strip():
                        yield "", line, position, cell.strip()
        except csv.Error as error:
            raise SourceFileError(name, "rows of cells", str(error)) from error


def _book_cells(plain: Path, name: str) -> Iterator[Cell]:
    try:
        book = CalamineWorkbook.from_path(str(plain))
        for number, sheet in enumerate(book.sheet_names):
            rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            for line, row in enumerate(rows, start=1 + number * LINES_PER_SHEET):
                for position, value in enumerate(row, start=1):
                    text = _as_text(value)
                    if text:
                        yield sheet, line, position, text
    except CalamineError as error:
        raise SourceFileError(name, "a spreadsheet", str(error), hint=TRUNCATED) from error


def _as_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value).strip()
