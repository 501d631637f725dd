"""How old each source is here, and when its publisher is next expected to release."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from pipelines.declaration import Source
from pipelines.shipped import Folders, read_records

_INTERVALS = {
    "daily": pd.DateOffset(days=1),
    "weekly": pd.DateOffset(weeks=1),
    "monthly": pd.DateOffset(months=1),
    "quarterly": pd.DateOffset(months=3),
    "yearly": pd.DateOffset(years=1),
}
_STYLES = {"current": "green", "due": "yellow", "never loaded": "bold red"}


@dataclass(frozen=True)
class SourceStatus:
    """The state of one source.

    Attributes:
        source_id: whose.
        releases: kept releases.
        newest: id of the newest; None if there is none.
        covers_from: first day of its figures; None for a boundary.
        covers_to: last day of its figures; None for a boundary.
        age_days: days since it was published.
        next_expected: when the next release is expected; None if the publisher keeps no rhythm.
        state: `current`, `due`, `irregular` or `never loaded`.
        fetched: whether a release was fetched or imported here.
        can_fetch: whether an address is declared.
    """

    source_id: str
    releases: int
    newest: str | None
    covers_from: str | None
    covers_to: str | None
    age_days: int | None
    next_expected: date | None
    state: str
    fetched: bool
    can_fetch: bool


def source_statuses(
    sources: Sequence[Source], snapshot: Path, staged: Path, today: date
) -> list[SourceStatus]:
    """Say of each source what is kept, how old it is and when more is expected.

    Args:
        sources: declared sources.
        snapshot: releases that ship.
        staged: releases that the user fetched or imported.
        today: day that ages are counted to.
    """
    records: dict[str, list[Path]] = {source.source_id: [] for source in sources}
    for path in read_records(Folders(snapshot, staged)):
        records.setdefault(path.parent.name, []).append(path)
    return [_status(source, records[source.source_id], staged, today) for source in sources]


def _status(source: Source, records: list[Path], staged: Path, today: date) -> SourceStatus:
    fetched = any(path.is_relative_to(staged) for path in records)
    can_fetch = source.fetch is not None
    if not records:
        return SourceStatus(
            source.source_id, 0, None, None, None, None, None, "never loaded", fetched, can_fetch
        )
    newest = json.loads(records[-1].read_text("utf-8"))
    published = pd.Timestamp(newest["published"])
    interval = _INTERVALS.get(source.cadence)
    expected = (published + interval).date() if interval is not None else None
    state = "irregular" if expected is None else "due" if expected <= today else "current"
    return SourceStatus(
        source.source_id,
        len(records),
        newest["release_id"],
        newest["covers_from"],
        newest["covers_to"],
        (today - published.date()).days,
        expected,
        state,
        fetched,
        can_fetch,
    )


def show_status(statuses: Sequence[SourceStatus]) -> Table:
    """Set the states in a table."""
    table = Table(box=SIMPLE)
    for name in ("source", "newest", "covers to", "age, days", "next", "state", "fetched"):
        table.add_column(name, no_wrap=True, justify="right" if name == "age, days" else "left")
    for status in statuses:
        table.add_row(
            status.source_id,
            status.newest or "",
            status.covers_to or "",
            "" if status.age_days is None else f"{status.age_days:,}",
            str(status.next_expected or ""),
            Text(status.state, _STYLES.get(status.state, "")),
            "yes" if status.fetched else "never" if status.can_fetch else "no way to",
        )
    return table
