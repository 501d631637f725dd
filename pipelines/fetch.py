"""Fetch the current release of every source: one that fails never stops the others."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import unquote, urlsplit

import httpx
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from pipelines.declaration import Fetch, Source
from pipelines.download import Download, Validators, download
from pipelines.errors import PipelineError
from pipelines.portals import Assembled, Limits, arcgis_csv, ckan_csv, socrata_csv
from pipelines.store import RAW

# What is on its way; it stays when fetching breaks off, so that the next run goes on from there.
INCOMING = RAW / ".incoming"
Result = Literal["new", "unchanged", "failed", "skipped"]
_STYLES: dict[Result, str] = {
    "new": "green",
    "unchanged": "dim",
    "failed": "bold red",
    "skipped": "yellow",
}
_NO_ADDRESS = "No address is declared: download it from {} and run import."
_STOPPED = "Stopped by you. What came is kept; the next run goes on from there."


class Kept(Protocol):
    """What the store says of files that it was given."""

    @property
    def result(self) -> Literal["new", "unchanged"]:
        """Whether they became a release."""

    @property
    def release_id(self) -> str:
        """The release that holds them."""

    @property
    def rows(self) -> int:
        """Records in them."""


class Store(Protocol):
    """Where releases are kept."""

    def known(self, source_id: str) -> tuple[Validators | None, ...]:
        """Give what the parts of the newest kept release were sent with."""

    def keep(
        self,
        source: Source,
        files: list[Path],
        *,
        url: str,
        validators: tuple[Validators, ...],
        fetched_at: datetime,
    ) -> Kept:
        """Keep the files as a release, unless their content is kept already."""


@dataclass(frozen=True)
class Outcome:
    """What happened to one source."""

    source_id: str
    result: Result
    release_id: str | None = None
    rows: int | None = None
    size: int | None = None
    message: str = ""


def new_client() -> httpx.Client:
    """Open a client with time limits; proxies are those of the environment."""
    limits = httpx.Timeout(60.0, connect=20.0)
    return httpx.Client(timeout=limits, headers={"User-Agent": "overdose-atlas"})


def select(sources: list[Source], wanted: list[str]) -> list[Source]:
    """Give the sources of these ids, or all if none is named.

    Raises:
        PipelineError: an id is not declared.
    """
    declared = {source.source_id: source for source in sources}
    unknown = [source_id for source_id in wanted if source_id not in declared]
    if unknown:
        raise PipelineError(
            f"expected sources among {', '.join(sorted(declared))}; got {', '.join(unknown)}"
        )
    return [declared[source_id] for source_id in dict.fromkeys(wanted)] or sources


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


def fetch_sources(
    sources: list[Source],
    store: Store,
    client: httpx.Client,
    console: Console,
    *,
    incoming: Path = INCOMING,
    wait: Callable[[float], None] = time.sleep,
) -> list[Outcome]:
    """Fetch each source and have what changed kept.

    Args:
        sources: those to fetch; one without an address is skipped.
        store: knows what is kept, and keeps what is new.
        client: see `new_client`.
        console: shows the progress.
        incoming: folder of what is on its way.
        wait: how to sleep between attempts.

    Returns:
        What happened, in order of `sources`. After Ctrl-C the rest is skipped.
    """
    outcomes: list[Outcome] = []
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(show_speed=False),
        TextColumn("{task.fields[so_far]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        for number, source in enumerate(sources):
            run = _Run(source, store, client, incoming / source.source_id, wait, progress)
            try:
                outcomes.append(run.outcome())
            except KeyboardInterrupt:
                outcomes.append(Outcome(source.source_id, "failed", message=_STOPPED))
                skipped = sources[number + 1 :]
                outcomes += [
                    Outcome(each.source_id, "skipped", message="Stopped by you.")
                    for each in skipped
                ]
                break
    return outcomes


@dataclass(frozen=True)
class _Run:
    source: Source
    store: Store
    client: httpx.Client
    folder: Path
    wait: Callable[[float], None]
    progress: Progress

    def outcome(self) -> Outcome:
        source_id, fetch = self.source.source_id, self.source.fetch
        if fetch is None:
            message = _NO_ADDRESS.format(self.source.landing_url)
            return Outcome(source_id, "skipped", message=message)
        task = self.progress.add_task(source_id, total=None, so_far="")
        try:
            return self._fetch_and_keep(fetch, task)
        except (PipelineError, httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Outcome(source_id, "failed", message=str(error) or type(error).__name__)
        except Exception as error:
            # A fault of ours is shown in full, and still must not stop the other sources.
            self.progress.console.print_exception()
            message = f"A fault in this program: {type(error).__name__}: {error}"
            return Outcome(source_id, "failed", message=message)
        finally:
            self.progress.remove_task(task)

    def _fetch_and_keep(self, fetch: Fetch, task: TaskID) -> Outcome:
        source_id = self.source.source_id
        fetched_at = datetime.now(UTC)
        self.folder.mkdir(parents=True, exist_ok=True)
        parts = self._parts(fetch, task) if fetch.kind == "file" else [self._table(fetch, task)]
        files = [part.path for part in parts if part.path is not None]
        if not files:
            return Outcome(source_id, "unchanged", message="The publisher says: not modified.")
        kept = self.store.keep(
            self.source,
            files,
            url=" ".join(fetch.urls) if fetch.kind == "file" else parts[0].final_url,
            validators=tuple(part.validators for part in parts),
            fetched_at=fetched_at,
        )
        # Only now: until the store has its own copy, these are the only bytes.
        for file in files:
            file.unlink(missing_ok=True)
        size = sum(part.size for part in parts)
        message = "The same content." if kept.result == "unchanged" else _pages(parts[0])
        return Outcome(source_id, kept.result, kept.release_id, kept.rows, size, message)

    def _parts(self, fetch: Fetch, task: TaskID) -> list[Download]:
        known = self.store.known(self.source.source_id)
        if len(known) != len(fetch.urls):
            known = (None,) * len(fetch.urls)
        parts = [
            self._part(fetch, number, validators, task) for number, validators in enumerate(known)
        ]
        if all(part.path is None for part in parts):
            return parts
        # A release is whole: what did not change is needed beside what did.
        return [
            self._part(fetch, number, None, task) if part.path is None else part
            for number, part in enumerate(parts)
        ]

    def _part(self, fetch: Fetch, number: int, known: Validators | None, task: TaskID) -> Download:
        url = fetch.urls[number]
        name = file_name(url, self.source.source_id)
        return download(
            self.client,
            url,
            self.folder / (f"{number + 1:02}-{name}" if len(fetch.urls) > 1 else name),
            known=known,
            media_types=fetch.media_types,
            max_bytes=fetch.max_bytes,
            wait=self.wait,
            on_progress=lambda done, total: self._advance(task, done, total, "{:,.1f} MB", 1e6),
        )

    def _table(self, fetch: Fetch, task: TaskID) -> Assembled:
        target = self.folder / f"{self.source.source_id}.csv"
        limits = Limits(
            fetch.max_bytes,
            wait=self.wait,
            on_progress=lambda done, total: self._advance(task, done, total, "{:,.0f} rows", 1),
        )
        base = fetch.urls[0]
        if fetch.kind == "ckan":
            return ckan_csv(self.client, base, fetch.dataset, fetch.resource, target, limits)
        if fetch.kind == "socrata":
            return socrata_csv(self.client, base, fetch.dataset, target, limits)
        if fetch.kind == "arcgis":
            return arcgis_csv(self.client, base, target, limits)
        raise PipelineError(
            f"{self.source.source_id}: expected kind file, ckan, socrata or arcgis; "
            f"got {fetch.kind!r}. Mend [fetch] in pipelines/sources."
        )

    def _advance(self, task: TaskID, done: int, total: int | None, shape: str, unit: float) -> None:
        so_far = shape.format(done / unit)
        self.progress.update(task, completed=done, total=total, so_far=so_far)


def file_name(url: str, otherwise: str) -> str:
    """Give a name for the file at `url` that is safe on every disk and keeps its ending."""
    last = unquote(urlsplit(url).path).rpartition("/")[2]
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", last).strip(".-")[-100:]
    return name or otherwise


def _pages(part: Download) -> str:
    if not isinstance(part, Assembled):
        return ""
    return f"Put together from {part.pages} page{'' if part.pages == 1 else 's'}."
