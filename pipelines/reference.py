"""`docs/sources.md` and `docs/measures.md`, written from the declarations and the warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb

from pipelines.declaration import Source

DOCS = Path(__file__).parent.parent / "docs"
_MADE = "<!-- Made by `python -m pipelines docs`. Change the declarations, not this file. -->"
_INCIDENTS = {
    "none": "no incident rows",
    "ship": "incident rows ship",
    "local": "ships as counts; incident rows load only from a file that you fetched or imported",
}


def write_reference(
    con: duckdb.DuckDBPyConnection, sources: Sequence[Source], folder: Path = DOCS
) -> list[Path]:
    """Write both pages.

    Args:
        con: a warehouse built from `data/snapshot` alone.
        sources: declared sources.
        folder: gets `sources.md` and `measures.md`.

    Returns:
        The files written.
    """
    pages = {"sources.md": sources_page(con, sources), "measures.md": measures_page(con)}
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in pages]


def sources_page(con: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> str:
    """Return the Markdown that says what every source is, holds and leaves out."""
    releases = _rows(
        con,
        """
        SELECT source_id, release_id, published, covers_from, covers_to,
            rows_in_file, figures, rows_rejected, release.sha256
        FROM marts.release AS release
        INNER JOIN marts.release_file USING (source_id, release_id)
        ORDER BY source_id, release_id
        """,
    )
    sections = [_source_section(source, releases) for source in sources]
    return "\n".join([_MADE, "", "# Sources", "", *_contents(sources), "", *sections])


def _contents(sources: Sequence[Source]) -> list[str]:
    lines = ["| source | publisher | title | custody | cadence |", "|---|---|---|---|---|"]
    lines += [
        f"| [`{source.source_id}`](#{source.source_id}) | {source.publisher} | {source.title} "
        f"| {source.custody} | {source.cadence} |"
        for source in sources
    ]
    return lines


def _source_section(source: Source, releases: list[dict[str, Any]]) -> str:
    licence = f"[{source.licence}]({source.licence_url})" if source.licence_url else source.licence
    lines = [
        f"## {source.source_id}",
        "",
        f"[{source.title}]({source.landing_url}). {source.publisher}.",
        "",
        f"- Licence: {licence}; {_INCIDENTS[source.incidents]}",
        f"- Attribution: {source.attribution}",
        f"- Custody: {source.custody}",
        f"- {_fetching(source)}",
        "",
    ]
    own = [release for release in releases if release["source_id"] == source.source_id]
    if own:
        lines += [
            "| release | published | covers | rows in the file | figures | rejected | sha256 |",
            "|---|---|---|--:|--:|--:|---|",
        ]
        lines += [_release_line(release) for release in own]
    else:
        lines += ["No release ships: it loads when it is fetched or imported."]
    lines += ["", *(f"- {note['kind'].capitalize()}: {note['text_en']}" for note in source.notes)]
    return "\n".join([*lines, ""])


def _fetching(source: Source) -> str:
    if source.fetch is None:
        return "Fetched: no address that serves the current file is known; import it"
    portal = {"file": "", "ckan": "CKAN, ", "socrata": "Socrata, ", "arcgis": "ArcGIS, "}
    addresses = ", ".join(f"<{url}>" for url in source.fetch.urls[:2])
    more = f" and {len(source.fetch.urls) - 2} more" if len(source.fetch.urls) > 2 else ""
    dataset = f", dataset `{source.fetch.dataset}`" if source.fetch.dataset else ""
    return f"Fetched from {portal[source.fetch.kind]}{addresses}{more}{dataset}"


def _release_line(release: dict[str, Any]) -> str:
    covers = (
        f"{release['covers_from']} to {release['covers_to']}" if release["covers_to"] else "areas"
    )
    return (
        f"| {release['release_id']} | {release['published']} | {covers} "
        f"| {release['rows_in_file']:,} | {release['figures']:,} | {release['rows_rejected']:,} "
        f"| `{release['sha256'][:12]}` |"
    )


def measures_page(con: duckdb.DuckDBPyConnection) -> str:
    """Return the Markdown that says what every loaded measure counts, and who gives it."""
    measures = _rows(
        con,
        """
        SELECT measure.domain, measure_id, measure.label_en, rule.label_en AS rule_en, caveat_en,
            units, sources, kinds, year(first_day) AS first_year, year(last_day) AS last_year
        FROM marts.measure AS measure
        INNER JOIN marts.counting_rule AS rule USING (counting_rule)
        INNER JOIN (
            SELECT
                measure_id,
                string_agg(DISTINCT unit, ', ' ORDER BY unit) AS units,
                string_agg(DISTINCT source_id, ', ' ORDER BY source_id) AS sources,
                string_agg(DISTINCT period_kind, ', ' ORDER BY period_kind) AS kinds,
                min(period_start) AS first_day,
                max(period_end) AS last_day
            FROM marts.observation
            GROUP BY ALL
        ) USING (measure_id)
        ORDER BY measure.domain, rule_en, caveat_en, measure_id
        """,
    )
    lines = [_MADE, "", "# Measures", ""]
    # Measures that count in one way, and need one caution, stand in one table.
    for domain, of_domain in groupby(measures, itemgetter("domain")):
        lines += [f"## {domain.capitalize()}", ""]
        for (rule, caveat), counted in groupby(of_domain, itemgetter("rule_en", "caveat_en")):
            lines += [f"{rule}. {caveat}.", "", *_measure_table(counted), ""]
    return "\n".join(lines)


def _measure_table(measures: Iterable[dict[str, Any]]) -> list[str]:
    lines = ["| measure | id | units | by | years | from |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {measure['label_en']} | `{measure['measure_id']}` | {measure['units']} "
        f"| {measure['kinds']} | {measure['first_year']} to {measure['last_year']} "
        f"| {measure['sources']} |"
        for measure in measures
    ]
    return lines


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    cursor = con.execute(sql)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
