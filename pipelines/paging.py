"""A table put together from the pages of a portal: every row of it, or nothing."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from pipelines.answers import ODD, odd, parse
from pipelines.download import Progress, Validators, download
from pipelines.web import Download, FetchError, shown

_PAGE_BYTES = 100_000_000
_MOST_PAGES = 5_000
_JSON = ("application/json", "text/json", "text/plain")
AGAIN = "The publisher may be renewing the table: run fetch again later. Nothing kept was changed."
DECLARED = "Compare [fetch] in pipelines/sources with the portal's page."


@dataclass(frozen=True)
class Assembled(Download):
    """A file that is ours, put together from a portal's pages.

    Attributes:
        pages: answers that held its rows.
        rows: its rows, header not counted.
    """

    pages: int
    rows: int


@dataclass(frozen=True)
class Limits:
    """What fetching a table may take.

    Attributes:
        max_bytes: a larger file is refused.
        page_rows: rows to ask for at a time; None asks for as many as the portal gives.
        deadline: seconds for all pages together.
        wait: how to sleep between attempts.
        on_progress: told the rows so far and in all.
    """

    max_bytes: int
    page_rows: int | None = None
    deadline: float = 3600.0
    wait: Callable[[float], None] = time.sleep
    on_progress: Progress = lambda done, total: None


@dataclass(frozen=True)
class Page:
    """One answer of a portal; `ids` rise from page to page, `version` stays."""

    fields: list[str]
    rows: list[list[str]]
    ids: list[int]
    more: bool = False
    version: str | None = None


class Portal:
    """One portal, and the file that is being put together from it."""

    def __init__(self, client: httpx.Client, base: str, target: Path, limits: Limits) -> None:
        self.client = client
        self.base = base
        self.target = target
        self.limits = limits
        self.ends = time.monotonic() + limits.deadline

    def address(self, path: str, query: dict[str, Any]) -> str:
        """Give the address of a question."""
        return str(httpx.URL(self.base + path, params=query)) if query else self.base + path

    def get(self, url: str, media_types: tuple[str, ...]) -> tuple[str, Download]:
        """Fetch one answer as text."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise FetchError(url, "all pages in time", "no end of them", AGAIN)
        page = self.target.with_name(f"{self.target.name}.page")
        try:
            got = download(
                self.client,
                url,
                page,
                max_bytes=_PAGE_BYTES,
                media_types=media_types,
                deadline=left,
                wait=self.limits.wait,
            )
            return page.read_text("utf-8-sig"), got
        except UnicodeDecodeError as error:
            raise FetchError(url, "UTF-8 text", str(error), ODD) from error
        finally:
            # A page is never resumed by a later run: the table may be another by then.
            for ending in (".page", ".page.part", ".page.part.json"):
                self.target.with_name(self.target.name + ending).unlink(missing_ok=True)

    def json(self, url: str) -> Any:
        """Fetch one answer as JSON, its numbers as text; ArcGIS sends errors with status 200."""
        text, _ = self.get(url, _JSON)
        answer = parse(url, text)
        if isinstance(answer, dict) and "error" in answer:
            raise FetchError(url, "rows", f"an error: {shown(str(answer['error']))}", DECLARED)
        return answer

    def assemble(
        self, source: str, ask: Callable[[int], Page], count: Callable[[], int]
    ) -> Assembled:
        """Write all pages to the target, which changes only if they hold every row."""
        part = self.target.with_name(f"{self.target.name}.part")
        part.parent.mkdir(parents=True, exist_ok=True)
        total = count()
        try:
            with part.open("w", encoding="utf-8", newline="") as file:
                pages, rows = self._write(file, source, ask, total)
                file.flush()
                os.fsync(file.fileno())
            at_end = count()
            if total == 0 or not rows == total == at_end:
                counted = f"{total:,}" if total == at_end else f"{total:,}, at the end {at_end:,}"
                got = f"{rows:,}, where the portal counts {counted}"
                raise FetchError(source, "every row, and one at least", got, AGAIN)
            with part.open("rb") as written:
                sha256 = hashlib.file_digest(written, "sha256").hexdigest()
            size = part.stat().st_size
            part.replace(self.target)
        except UnicodeEncodeError as error:
            raise FetchError(source, "Unicode text", str(error), ODD) from error
        finally:
            part.unlink(missing_ok=True)
        return Assembled(self.target, sha256, size, Validators(), source, "text/csv", pages, rows)

    def _write(
        self, file: io.TextIOBase, source: str, ask: Callable[[int], Page], total: int
    ) -> tuple[int, int]:
        writer = csv.writer(file, lineterminator="\n")
        first: Page | None = None
        pages, rows, last = 0, 0, -1
        while rows < total:
            page = ask(rows)
            if first is None:
                first = page
                if not page.fields or len(set(page.fields)) != len(page.fields):
                    odd(source, "fields with names of their own", page.fields)
                writer.writerow(page.fields)
            if not page.rows:
                break
            if (page.fields, page.version) != (first.fields, first.version):
                raise FetchError(source, "one table", "another one at a later page", AGAIN)
            for key in page.ids:
                if key <= last:
                    got = f"row {key} after row {last}"
                    raise FetchError(source, "every row once, in order", got, AGAIN)
                last = key
            writer.writerows(page.rows)
            pages, rows = pages + 1, rows + len(page.rows)
            self.limits.on_progress(rows, total)
            if file.tell() > self.limits.max_bytes or pages > _MOST_PAGES:
                got = f"{file.tell():,} bytes in {pages:,} pages, and more to come"
                hint = (
                    "If the table is right, raise `max_bytes` under [fetch] in pipelines/sources."
                )
                raise FetchError(source, f"at most {self.limits.max_bytes:,} bytes", got, hint)
            if page.more and rows >= total:
                raise FetchError(source, f"{total:,} rows", "more than that", AGAIN)
        return pages, rows
