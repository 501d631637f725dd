"""Tables that portals serve in pages: fetched whole, counted, and written as one CSV file.

CKAN gives at most 32,000 rows an answer, Socrata 50,000, ArcGIS what its owner set, and none
calls it an error when more exist. So a table is whole only when its rows are as many as the
portal says, before and after.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import httpx

from pipelines.download import Download, FetchError, Progress, Validators, download, shown

CKAN_ROWS = 32_000
SOCRATA_ROWS = 50_000
ARCGIS_ROWS = 2_000
_PAGE_BYTES = 100_000_000
_MOST_PAGES = 5_000
_JSON = ("application/json", "text/json", "text/plain")
_CSV = ("text/csv", "application/csv", "text/plain")
_AGAIN = "The publisher may be renewing the table: run fetch again later. Nothing kept was changed."
_DECLARED = "Compare [fetch] in pipelines/sources with the portal's page."
_ODD = "The portal's interface may have changed: open the address in a browser."
_WHOLE = re.compile(r"[0-9]{1,12}")
_SOCRATA_ID = re.compile(r"[a-z0-9]{4}-[a-z0-9]{4}")
_Kind = TypeVar("_Kind")


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


class _Number(str):
    """A JSON number as it was written, so that no digit is lost."""

    __slots__ = ()


_KINDS: dict[type, str] = {
    bool: "true or false",
    dict: "an object",
    list: "a list",
    str: "text",
    _Number: "a number",
}


@dataclass(frozen=True)
class _Page:
    fields: list[str]
    rows: list[list[str]]
    ids: list[int]
    more: bool = False
    version: str | None = None


def ckan_csv(
    client: httpx.Client, base_url: str, package: str, resource: str, target: Path, limits: Limits
) -> Assembled:
    """Fetch one datastore table of a CKAN portal, such as the City of Toronto's.

    Args:
        client: gives the time limits.
        base_url: address of the portal.
        package: name or id of the dataset.
        resource: name or id of the resource in it.
        target: CSV file to write, the fields in the portal's order.
        limits: what it may take.

    Returns:
        The file, with its pages and rows.

    Raises:
        FetchError: the portal gave something else, or not all rows.
        OSError: the disk is full or not writable.
    """
    portal = _Portal(client, f"{base_url.rstrip('/')}/api/3/action", target, limits)
    resource_id = _ckan_resource(portal, package, resource)
    table = {"resource_id": resource_id, "sort": "_id"}

    def ask(offset: int) -> _Page:
        rows = limits.page_rows or CKAN_ROWS
        url, result = _ckan(portal, "datastore_search", {**table, "limit": rows, "offset": offset})
        fields = [_get(url, field, "id", str) for field in _get(url, result, "fields", list)]
        records = _get(url, result, "records", list)
        ids = [_whole(url, record, "_id") for record in records]
        return _Page(fields, [_cells(url, record, fields) for record in records], ids)

    def count() -> int:
        url, result = _ckan(portal, "datastore_search", {**table, "limit": 1})
        return _whole(url, result, "total")

    return portal.assemble(portal.address("/datastore_search", table), ask, count)


def socrata_csv(
    client: httpx.Client, base_url: str, dataset: str, target: Path, limits: Limits
) -> Assembled:
    """Fetch one dataset of a Socrata portal, such as those of the CDC, Calgary and Edmonton.

    Args:
        client: gives the time limits.
        base_url: address of the portal.
        dataset: its id, as `xkb8-kh2a`.
        target: CSV file to write.
        limits: what it may take.

    Returns:
        The file, with its pages and rows.

    Raises:
        FetchError: the portal gave something else, or not all rows.
        OSError: the disk is full or not writable.
    """
    portal = _Portal(client, f"{base_url.rstrip('/')}/resource/{dataset}", target, limits)
    if not _SOCRATA_ID.fullmatch(dataset):
        raise FetchError(base_url, "a dataset id like abcd-1234", shown(dataset), _DECLARED)

    def ask(offset: int) -> _Page:
        rows = limits.page_rows or SOCRATA_ROWS
        url = portal.address(".csv", {"$limit": rows, "$offset": offset, "$order": ":id"})
        text, got = portal.get(url, _CSV)
        try:
            header, *records = csv.reader(io.StringIO(text, newline=""), strict=True)
        except (csv.Error, ValueError) as error:
            raise FetchError(url, "rows of CSV", str(error), _ODD) from error
        for record in records:
            if len(record) != len(header):
                expected = f"{len(header)} cells in every row"
                raise FetchError(url, expected, f"{len(record)}: {shown(str(record))}", _ODD)
        return _Page(header, records, [], version=got.validators.last_modified)

    def count() -> int:
        url = portal.address(".json", {"$select": "count(*) AS total"})
        answer = portal.json(url)
        if not isinstance(answer, list) or len(answer) != 1:
            _odd(url, "a list of one count", answer)
        return _whole(url, answer[0], "total", str)

    return portal.assemble(portal.address(".csv", {}), ask, count)


def arcgis_csv(client: httpx.Client, base_url: str, target: Path, limits: Limits) -> Assembled:
    """Fetch the attributes of one layer of an ArcGIS feature service, such as Toronto Police's.

    Args:
        client: gives the time limits.
        base_url: address of the layer, as `.../FeatureServer/0`.
        target: CSV file to write, the fields in the service's order.
        limits: what it may take.

    Returns:
        The file, with its pages and rows.

    Raises:
        FetchError: the service gave something else, or not all rows.
        OSError: the disk is full or not writable.
    """
    portal = _Portal(client, base_url.rstrip("/"), target, limits)
    url = portal.address("", {"f": "json"})
    key = _get(url, portal.json(url), "objectIdField", str)
    everything = {"where": "1=1", "f": "json"}
    paged = {**everything, "outFields": "*", "returnGeometry": "false", "orderByFields": key}

    def ask(offset: int) -> _Page:
        rows = limits.page_rows or ARCGIS_ROWS
        page = {**paged, "resultOffset": offset, "resultRecordCount": rows}
        url = portal.address("/query", page)
        answer = portal.json(url)
        fields = [_get(url, field, "name", str) for field in _get(url, answer, "fields", list)]
        features = _get(url, answer, "features", list)
        records = [_get(url, feature, "attributes", dict) for feature in features]
        ids = [_whole(url, record, key) for record in records]
        more = answer.get("exceededTransferLimit") is True
        return _Page(fields, [_cells(url, record, fields) for record in records], ids, more)

    def count() -> int:
        url = portal.address("/query", {**everything, "returnCountOnly": "true"})
        return _whole(url, portal.json(url), "count")

    return portal.assemble(portal.address("/query", everything), ask, count)


class _Portal:
    """One portal, and the file that is being put together from it."""

    def __init__(self, client: httpx.Client, base: str, target: Path, limits: Limits) -> None:
        self.client = client
        self.base = base
        self.target = target
        self.limits = limits
        self.ends = time.monotonic() + limits.deadline

    def address(self, path: str, query: dict[str, Any]) -> str:
        return str(httpx.URL(self.base + path, params=query)) if query else self.base + path

    def get(self, url: str, media_types: tuple[str, ...]) -> tuple[str, Download]:
        """Fetch one answer as text."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise FetchError(url, "all pages in time", "no end of them", _AGAIN)
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
            raise FetchError(url, "UTF-8 text", str(error), _ODD) from error
        finally:
            # A page is never resumed by a later run: the table may be another by then.
            for ending in (".page", ".page.part", ".page.part.json"):
                self.target.with_name(self.target.name + ending).unlink(missing_ok=True)

    def json(self, url: str) -> Any:
        """Fetch one answer as JSON, its numbers as text; ArcGIS sends errors with status 200."""
        text, _ = self.get(url, _JSON)
        try:
            answer = json.loads(
                text, parse_int=_Number, parse_float=_Number, parse_constant=_no_number
            )
        except (ValueError, RecursionError) as error:
            raise FetchError(url, "JSON", f"{error}: {shown(text)}", _ODD) from error
        if isinstance(answer, dict) and "error" in answer:
            raise FetchError(url, "rows", f"an error: {shown(str(answer['error']))}", _DECLARED)
        return answer

    def assemble(
        self, source: str, ask: Callable[[int], _Page], count: Callable[[], int]
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
                raise FetchError(source, "every row, and one at least", got, _AGAIN)
            with part.open("rb") as written:
                sha256 = hashlib.file_digest(written, "sha256").hexdigest()
            size = part.stat().st_size
            part.replace(self.target)
        except UnicodeEncodeError as error:
            raise FetchError(source, "Unicode text", str(error), _ODD) from error
        finally:
            part.unlink(missing_ok=True)
        return Assembled(self.target, sha256, size, Validators(), source, "text/csv", pages, rows)

    def _write(
        self, file: io.TextIOBase, source: str, ask: Callable[[int], _Page], total: int
    ) -> tuple[int, int]:
        writer = csv.writer(file, lineterminator="\n")
        first: _Page | None = None
        pages, rows, last = 0, 0, -1
        while rows < total:
            page = ask(rows)
            if first is None:
                first = page
                if not page.fields or len(set(page.fields)) != len(page.fields):
                    _odd(source, "fields with names of their own", page.fields)
                writer.writerow(page.fields)
            if not page.rows:
                break
            if (page.fields, page.version) != (first.fields, first.version):
                raise FetchError(source, "one table", "another one at a later page", _AGAIN)
            for key in page.ids:
                if key <= last:
                    got = f"row {key} after row {last}"
                    raise FetchError(source, "every row once, in order", got, _AGAIN)
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
                raise FetchError(source, f"{total:,} rows", "more than that", _AGAIN)
        return pages, rows


def _ckan(portal: _Portal, action: str, query: dict[str, Any]) -> tuple[str, Any]:
    url = portal.address(f"/{action}", query)
    answer = portal.json(url)
    if _get(url, answer, "success", bool) is not True:
        _odd(url, "success", answer)
    return url, _get(url, answer, "result", dict)


def _ckan_resource(portal: _Portal, package: str, resource: str) -> str:
    url, result = _ckan(portal, "package_show", {"id": package})
    resources = [dict(_dict(url, found)) for found in _get(url, result, "resources", list)]
    found = [each for each in resources if resource in (each.get("id"), each.get("name"))]
    if len(found) != 1:
        names = ", ".join(shown(str(each.get("name"))) for each in resources[:8])
        raise FetchError(url, f"one resource {resource!r}", f"{len(found)} in {names}", _DECLARED)
    if found[0].get("datastore_active") is not True:
        hint = 'Declare it with kind = "file" and the address of its file.'
        raise FetchError(url, f"{resource!r} in the datastore", "a file only", hint)
    return _get(url, found[0], "id", str)


def _dict(url: str, data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        _odd(url, "an object", data)
    return data


def _get(url: str, data: Any, key: str, kind: type[_Kind]) -> _Kind:
    value = _dict(url, data).get(key)
    if not isinstance(value, kind):
        _odd(url, f"{key!r} as {_KINDS[kind]}", value)
    return value


def _whole(url: str, data: Any, key: str, kind: type[str] = _Number) -> int:
    value = _get(url, data, key, kind)
    if not _WHOLE.fullmatch(value):
        _odd(url, f"{key!r} as a whole number", value)
    return int(value)


def _cells(url: str, record: Any, fields: list[str]) -> list[str]:
    row = _dict(url, record)
    cells = []
    for field in fields:
        if field not in row:
            _odd(url, f"{field!r} in every row", sorted(row))
        value = row[field]
        if value is None or isinstance(value, bool):
            cells.append({None: "", True: "true", False: "false"}[value])
        elif isinstance(value, str):
            cells.append(value)
        else:
            _odd(url, f"{field!r} as text, a number or nothing", value)
    return cells


def _odd(url: str, expected: str, got: object) -> NoReturn:
    raise FetchError(url, expected, shown(repr(got)), _ODD)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
