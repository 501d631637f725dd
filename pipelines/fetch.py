"""Fetch the current release of every source: one that fails never stops the others."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
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

from pipelines.declaration import Fetch, Source
from pipelines.download import Download, Validators, download
from pipelines.errors import PipelineError
from pipelines.outcome import Outcome, exit_status, show
from pipelines.portals import Assembled, Limits, arcgis_csv, ckan_csv, socrata_csv
from pipelines.store import Store

__all__ = ["Outcome", "exit_status", "fetch_sources", "new_client", "select", "show"]

# In the store's folder. It stays when fetching breaks off: the next run goes on from there.
_INCOMING = ".incoming"
_NO_ADDRESS = "No address is declared: download it from {} and run import."
_STOPPED = "Stopped by you. What came is kept; the next run goes on from there."


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


def fetch_sources(
    sources: list[Source],
    store: Store,
    client: httpx.Client,
    console: Console,
    *,
    named: bool = True,
    wait: Callable[[float], None] = time.sleep,
) -> list[Outcome]:
    """Fetch each source and have what changed kept.

    Args:
        sources: those to fetch; one without an address is skipped.
        store: knows what is kept, and keeps what is new.
        client: see `new_client`.
        console: shows the progress.
        named: whether the user named the sources; else those that ask to be named are skipped.
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
            folder = store.root / _INCOMING / source.source_id
            run = _Run(source, store, client, folder, wait, progress)
            if not named and source.fetch and source.fetch.only_if_named:
                message = f"Fetched only when named: {source.fetch.only_if_named}"
                outcomes.append(Outcome(source.source_id, "skipped", message=message))
                continue
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
        try:
            kept = self.store.keep(
                self.source,
                files,
                url=" ".join(fetch.urls) if fetch.kind == "file" else parts[0].final_url,
                validators=tuple(part.validators for part in parts),
                fetched_at=fetched_at,
            )
        except PipelineError:
            # What the store refuses, it has set aside.
            _remove(files)
            raise
        # Only now: until the store has its own copy, these are the only bytes.
        _remove(files)
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
        return arcgis_csv(self.client, base, target, limits)

    def _advance(self, task: TaskID, done: int, total: int | None, shape: str, unit: float) -> None:
        so_far = shape.format(done / unit)
        self.progress.update(task, completed=done, total=total, so_far=so_far)


def file_name(url: str, otherwise: str) -> str:
    """Give a name for the file at `url` that is safe on every disk and keeps its ending."""
    last = unquote(urlsplit(url).path).rpartition("/")[2]
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", last).strip(".-")[-100:]
    return name or otherwise


def _remove(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _pages(part: Download) -> str:
    if not isinstance(part, Assembled):
        return ""
    return f"Put together from {part.pages} page{'' if part.pages == 1 else 's'}."
