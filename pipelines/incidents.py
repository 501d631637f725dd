"""Incident rows of a source: one row an incident, at the place that the publisher gives."""

from __future__ import annotations

import duckdb

from pipelines.declaration import Layout
from pipelines.errors import PipelineError, SourceFileError

INCIDENT_COLUMNS = {
    "incident_id": "VARCHAR",
    "occurred_on": "DATE",
    "hour": "TINYINT",
    "category": "VARCHAR",
    "region_id": "VARCHAR",
    "x": "DOUBLE",
    "y": "DOUBLE",
    "attributes": "JSON",
    "line": "BIGINT",
}
_NEEDED = ("incident_id", "occurred_on", "category", "region_id")


def stage_incidents(con: duckdb.DuckDBPyConnection, layout: Layout, name: str) -> None:
    """Create the temporary table `incidents` from `raw`; empty if the layout gives none.

    Raises:
        SourceFileError: an incident has no id, date, category or region, or an id repeats.
    """
    if not layout.incident_sql:
        columns = ", ".join(f"{column} {kind}" for column, kind in INCIDENT_COLUMNS.items())
        con.execute(f"CREATE OR REPLACE TEMP TABLE incidents ({columns})")
        return
    con.execute(f"CREATE OR REPLACE TEMP TABLE incidents AS {layout.incident_sql}")
    found = {row[0]: row[1] for row in con.execute("DESCRIBE incidents").fetchall()}
    if found != INCIDENT_COLUMNS:
        raise PipelineError(
            f"{name}: expected its incident SQL to give {INCIDENT_COLUMNS}; got {found}"
        )
    for column in _NEEDED:
        lacking = con.execute(
            f"SELECT line FROM incidents WHERE {column} IS NULL ORDER BY line LIMIT 1"
        ).fetchall()
        for (line,) in lacking:
            raise SourceFileError(name, f"an incident that has a {column}", "none", line)
    repeated = con.execute(
        "SELECT incident_id, max(line) FROM incidents GROUP BY ALL HAVING count(*) > 1 LIMIT 1"
    ).fetchall()
    for incident_id, line in repeated:
        raise SourceFileError(name, "one row an incident", f"{incident_id!r} again", line)
