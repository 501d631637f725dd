"""Tables that portals serve in pages: fetched whole, counted, and written as one CSV file.

CKAN gives at most 32,000 rows an answer, Socrata 50,000, ArcGIS what its owner set, and none
calls it an error when more exist. So a table is whole only when its rows are as many as the
portal says, before and after.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import httpx

from pipelines.answers import ODD, cells_of, dict_of, get, odd, whole
from pipelines.paging import DECLARED, Assembled, Limits, Page, Portal
from pipelines.web import FetchError, shown

__all__ = ["Assembled", "Limits", "arcgis_csv", "ckan_csv", "socrata_csv"]

CKAN_ROWS = 32_000
SOCRATA_ROWS = 50_000
ARCGIS_ROWS = 2_000
_CSV = ("text/csv", "application/csv", "text/plain")
_SOCRATA_ID = re.compile(r"[a-z0-9]{4}-[a-z0-9]{4}")


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
    portal = Portal(client, f"{base_url.rstrip('/')}/api/3/action", target, limits)
    resource_id = _ckan_resource(portal, package, resource)
    table = {"resource_id": resource_id, "sort": "_id"}

    def ask(offset: int) -> Page:
        rows = limits.page_rows or CKAN_ROWS
        url, result = _ckan(portal, "datastore_search", {**table, "limit": rows, "offset": offset})
        fields = [get(url, field, "id", str) for field in get(url, result, "fields", list)]
        records = get(url, result, "records", list)
        ids = [whole(url, record, "_id") for record in records]
        return Page(fields, [cells_of(url, record, fields) for record in records], ids)

    def count() -> int:
        url, result = _ckan(portal, "datastore_search", {**table, "limit": 1})
        return whole(url, result, "total")

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
    portal = Portal(client, f"{base_url.rstrip('/')}/resource/{dataset}", target, limits)
    if not _SOCRATA_ID.fullmatch(dataset):
        raise FetchError(base_url, "a dataset id like abcd-1234", shown(dataset), DECLARED)

    def ask(offset: int) -> Page:
        rows = limits.page_rows or SOCRATA_ROWS
        url = portal.address(".csv", {"$limit": rows, "$offset": offset, "$order": ":id"})
        text, got = portal.get(url, _CSV)
        try:
            header, *records = csv.reader(io.StringIO(text, newline=""), strict=True)
        except (csv.Error, ValueError) as error:
            raise FetchError(url, "rows of CSV", str(error), ODD) from error
        for record in records:
            if len(record) != len(header):
                expected = f"{len(header)} cells in every row"
                raise FetchError(url, expected, f"{len(record)}: {shown(str(record))}", ODD)
        return Page(header, records, [], version=got.validators.last_modified)

    def count() -> int:
        url = portal.address(".json", {"$select": "count(*) AS total"})
        answer = portal.json(url)
        if not isinstance(answer, list) or len(answer) != 1:
            odd(url, "a list of one count", answer)
        return whole(url, answer[0], "total", str)

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
    portal = Portal(client, base_url.rstrip("/"), target, limits)
    url = portal.address("", {"f": "json"})
    key = get(url, portal.json(url), "objectIdField", str)
    everything = {"where": "1=1", "f": "json"}
    paged = {**everything, "outFields": "*", "returnGeometry": "false", "orderByFields": key}

    def ask(offset: int) -> Page:
        rows = limits.page_rows or ARCGIS_ROWS
        page = {**paged, "resultOffset": offset, "resultRecordCount": rows}
        url = portal.address("/query", page)
        answer = portal.json(url)
        fields = [get(url, field, "name", str) for field in get(url, answer, "fields", list)]
        features = get(url, answer, "features", list)
        records = [get(url, feature, "attributes", dict) for feature in features]
        ids = [whole(url, record, key) for record in records]
        more = answer.get("exceededTransferLimit") is True
        return Page(fields, [cells_of(url, record, fields) for record in records], ids, more)

    def count() -> int:
        url = portal.address("/query", {**everything, "returnCountOnly": "true"})
        return whole(url, portal.json(url), "count")

    return portal.assemble(portal.address("/query", everything), ask, count)


def _ckan(portal: Portal, action: str, query: dict[str, Any]) -> tuple[str, Any]:
    url = portal.address(f"/{action}", query)
    answer = portal.json(url)
    if get(url, answer, "success", bool) is not True:
        odd(url, "success", answer)
    return url, get(url, answer, "result", dict)


def _ckan_resource(portal: Portal, package: str, resource: str) -> str:
    url, result = _ckan(portal, "package_show", {"id": package})
    resources = [dict(dict_of(url, found)) for found in get(url, result, "resources", list)]
    found = [each for each in resources if resource in (each.get("id"), each.get("name"))]
    if len(found) != 1:
        names = ", ".join(shown(str(each.get("name"))) for each in resources[:8])
        raise FetchError(url, f"one resource {resource!r}", f"{len(found)} in {names}", DECLARED)
    if found[0].get("datastore_active") is not True:
        hint = 'Declare it with kind = "file" and the address of its file.'
        raise FetchError(url, f"{resource!r} in the datastore", "a file only", hint)
    return get(url, found[0], "id", str)
