"""Cells that hold a number or one of the publisher's markers."""

from __future__ import annotations

import duckdb

from pipelines.declaration import Layout
from pipelines.errors import SourceFileError
from pipelines.rawfile.words import identifier, shown

_NUMBER = r"\d+(\.\d+)?"


def require_markers(con: duckdb.DuckDBPyConnection, layout: Layout, name: str) -> None:
    """Create `markers` with `marker`, `status`, and refuse cells that are neither.

    Raises:
        SourceFileError: a cell is no number without sign and no declared marker.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE markers (marker VARCHAR, status VARCHAR)")
    if layout.markers:
        con.executemany("INSERT INTO markers VALUES (?, ?)", list(layout.markers.items()))
    pattern = _NUMBER
    if layout.thousands:
        pattern = rf"\d{{1,3}}([{layout.thousands}]\d{{3}})*(\.\d+)?|{_NUMBER}"
    for column in layout.numeric_text:
        misread = con.execute(
            f"""
            SELECT line, cell
            FROM (SELECT line, coalesce({identifier(column)}, '') AS cell FROM raw)
            WHERE NOT regexp_full_match(cell, $number)
              AND cell NOT IN (SELECT marker FROM markers)
            ORDER BY line LIMIT 1
            """,
            {"number": pattern},
        ).fetchall()
        for line, cell in misread:
            markers = " or ".join(repr(marker) for marker in layout.markers)
            raise SourceFileError(
                name,
                f"{column} as a number without separators, or {markers}",
                shown(cell),
                line,
                "If the publisher has a new marker, declare what it means under [cells].",
            )
