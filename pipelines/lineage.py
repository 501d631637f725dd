"""What a table or column is made of, read from the SQL that makes it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import lineage as trace_column

from pipelines.build import read_marts
from pipelines.declaration import Source
from pipelines.errors import PipelineError
from pipelines.incidents import INCIDENT_COLUMNS
from pipelines.stage import CODES, STAGED_COLUMNS

Schema = dict[str, dict[str, dict[str, str]]]

_KEYS = {"source_id": "VARCHAR", "release_id": "VARCHAR"}
_RECORD = (
    *("source_id", "release_id", "published", "publisher", "title", "landing_url"),
    *("download_url", "licence", "licence_url", "attribution", "custody", "cadence"),
    *("supersedes", "family", "rows_may_fall_percent", "fewer_rows", "notes", "file"),
    *("file_sha256", "file_rows", "rows", "rows_behind_figures", "rejected", "states"),
    *("covers_from", "covers_to", "ledger"),
)
_STAGING = {
    "figure": STAGED_COLUMNS | {"line": "BIGINT"} | _KEYS,
    "incident": INCIDENT_COLUMNS | _KEYS,
    "rejected_row": _KEYS | {"line": "BIGINT", "reason": "VARCHAR", "text": "VARCHAR"},
    "release_record": dict.fromkeys(_RECORD, "VARCHAR"),
}
_MARKERS = {"marker": "VARCHAR", "status": "VARCHAR"}


@dataclass(frozen=True)
class Node:
    """A table or column and what it is made of."""

    name: str
    inputs: tuple[Node, ...] = ()


def lineage(target: str, sources: list[Source]) -> Node:
    """Trace `marts.<table>`, `staging.<source>` or a column of either to the publishers' files.

    Args:
        target: `schema.table` or `schema.table.column`.
        sources: declared sources.

    Raises:
        PipelineError: no such table or column; the message lists those there are.
    """
    schema, _, rest = target.partition(".")
    table, _, column = rest.partition(".")
    figures = [source for source in sources if source.layer is None]
    tables = {f"marts.{name}" for name in read_marts()}
    tables |= {f"staging.{name}" for name in (*_STAGING, *(s.source_id for s in figures))}
    if f"{schema}.{table}" not in tables:
        raise PipelineError(f"expected a table among {', '.join(sorted(tables))}; got {target!r}.")
    columns = _columns(schema, table)
    if column and column not in columns:
        raise PipelineError(
            f"{schema}.{table}: expected a column among {', '.join(columns)}; got {column!r}."
        )
    return _node(schema, table, column, figures)


def _node(schema: str, table: str, column: str, sources: list[Source]) -> Node:
    name = ".".join(filter(None, (schema, table, column)))
    if schema == "marts":
        found = _inputs(read_marts()[table], column, _schema())
        return Node(name, tuple(_node(*each, sources) for each in found))
    if schema == "staging" and table == "figure":
        parts = (_node("staging", source.source_id, column, sources) for source in sources)
        return Node(name, tuple(parts))
    source = next((each for each in sources if each.source_id == table), None)
    if schema == "staging" and source and column in _KEYS:
        return Node(name, (Node(f"pipelines/sources/{source.source_id}.toml"),))
    if schema == "staging" and source:
        return Node(name, _source_inputs(source, column))
    if schema == "staging":
        return Node(name, (Node("data/snapshot, data/raw/.staged"),))
    return Node(f"data/codes/{table}{f', column {column}' if column else ''}")


def _source_inputs(source: Source, column: str) -> tuple[Node, ...]:
    inputs: dict[str, None] = {}
    for layout in source.layouts.values():
        raw = layout.raw_columns or dict.fromkeys(("sheet", "line", "position", "cell"), "VARCHAR")
        schema = {
            "codes": _codes(),
            "file": {"raw": raw | {"line": "BIGINT"}, "markers": _MARKERS},
        }
        for kind, table, field in _inputs(layout.staging_sql, column, schema):
            if kind == "codes":
                label = f"data/codes/{table}{f', column {field}' if field else ''}"
            elif table == "markers":
                label = "the publisher's markers, as declared"
            else:
                label = f"the publisher's file{f', column {field}' if field else ''}"
            inputs[label] = None
    return tuple(Node(label) for label in inputs)


def _inputs(sql: str, column: str, schema: Schema) -> list[tuple[str, str, str]]:
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    made_here = {cte.alias for cte in tree.find_all(exp.CTE)}
    tables = [
        table for table in tree.find_all(exp.Table) if table.db or table.name not in made_here
    ]
    for table in tables:
        # `raw` and `markers` are temporary: they have no schema of their own.
        if not table.db:
            table.set("db", exp.to_identifier("file"))
    whole = sorted({(table.db, table.name, "") for table in tables})
    if not column:
        return whole
    try:
        leaves = [
            node
            for node in trace_column(column, tree, schema=schema, dialect="duckdb").walk()
            if not node.downstream
        ]
    except SqlglotError:
        return whole
    found = {
        (leaf.source.db, leaf.source.name, exp.to_column(leaf.name).name)
        for leaf in leaves
        if isinstance(leaf.source, exp.Table)
    }
    # Behind UNNEST or UNPIVOT a column has no name: it may come from any input.
    return sorted(found) or whole


def _schema() -> Schema:
    marts = {name: dict.fromkeys(_columns("marts", name), "VARCHAR") for name in read_marts()}
    return {"marts": marts, "staging": _STAGING, "codes": _codes()}


def _columns(schema: str, table: str) -> list[str]:
    if schema == "marts":
        query = sqlglot.parse_one(read_marts()[table], dialect="duckdb").assert_is(exp.Query)
        return list(query.named_selects)
    return list(_STAGING.get(table, _STAGING["figure"]))


def _codes(folder: Path = CODES) -> dict[str, dict[str, str]]:
    tables = {}
    for path in sorted(folder.iterdir()):
        first = min(path.glob("*.csv")) if path.is_dir() else path
        with first.open(encoding="utf-8", newline="") as file:
            tables[path.stem] = dict.fromkeys(next(csv.reader(file)), "VARCHAR")
    return tables
