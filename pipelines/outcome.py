"""What fetching did to each source, told as a table and as an exit status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rich.table import Table
from rich.text import Text

Result = Literal["new", "unchanged", "failed", "skipped"]
_STYLES: dict[Result, str] = {
    "new": "green",
    "unchanged": "dim",
    "failed": "bold red",
    "skipped": "yellow",
}


@dataclass(frozen=True)
class Outcome:
    """What happened to one source."""

    source_id: str
    result: Result
    release_id: str | None = None
    rows: int | None = None
    size: int | None = None
    message: str = ""


def exit_status(outcomes: list[Outcome]) -> int:
    """Give 1 if a source failed, else 0."""
    return int(any(outcome.result == "failed" for outcome in outcomes))


def show(outcomes: list[Outcome]) -> Table:
    """Set what happened in a table; nothing that a publisher sent is read as markup."""
    table = Table("source", "result", "release", "rows", "size", "message")
    for outcome in outcomes:
        table.add_row(
            Text(outcome.source_id),
            Text(outcome.result, _STYLES[outcome.result]),
            Text(outcome.release_id or ""),
            Text("" if outcome.rows is None else f"{outcome.rows:,}", justify="right"),
            Text("" if outcome.size is None else f"{outcome.size / 1e6:,.1f} MB", justify="right"),
            Text(outcome.message, overflow="fold"),
        )
    return table
