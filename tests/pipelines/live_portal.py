"""A publisher on loopback that serves one table as its real one does, and what is kept of it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
from rich.console import Console

from pipelines.declaration import SOURCES, Fetch, Source, load_source
from pipelines.fetch import Outcome, fetch_sources
from pipelines.store import Store
from tests.pipelines.misbehaving_server import Answer, Request, Server, loopback_client

Rows = list[tuple[Any, ...]]
ZIP = "application/zip"


@dataclass(frozen=True)
class Fetched:
    """What came of fetching one source."""

    outcome: Outcome
    folder: Path

    def figures(self, columns: str, where: str = "true") -> Rows:
        """Give columns of the staged figures, in order."""
        return self._read("", columns, where)

    def rejected(self) -> Rows:
        """Give line and reason of rejected lines."""
        return self._read(".rejected", "line, reason", "true")

    def incidents(self, columns: str) -> Rows:
        """Give columns of the incident rows."""
        return self._read(".incidents", columns, "true")

    def _read(self, kind: str, columns: str, where: str) -> Rows:
        path = self.folder / f"{self.outcome.release_id}{kind}.parquet"
        with duckdb.connect() as con:
            return con.execute(
                f"SELECT {columns} FROM read_parquet($path) WHERE {where} ORDER BY ALL",
                {"path": str(path)},
            ).fetchall()


def fetch(server: Server, folder: Path, source_id: str, text: str) -> Fetched:
    """Serve a CSV text the way that the source's `[fetch]` says, and fetch it into a store."""
    source = load_source(SOURCES / f"{source_id}.toml")
    assert source.fetch is not None
    served = replace(source, fetch=_serve(server, source, source.fetch, text))
    store = Store(folder / "raw")
    console = Console(file=io.StringIO(), width=200)
    with loopback_client() as client:
        (outcome,) = fetch_sources([served], store, client, console, wait=lambda seconds: None)
    return Fetched(outcome, store.staged / source_id)


def _serve(server: Server, source: Source, declared: Fetch, text: str) -> Fetch:
    if declared.kind == "file":
        member = source.layouts[declared.layout].member
        answer = Answer(text.encode())
        if declared.urls[0].endswith(".zip"):
            answer = Answer(_zipped(member.replace("*", "data/"), text), media_type=ZIP)
        return replace(declared, urls=(server.on(urlsplit(declared.urls[0]).path, answer),))
    header, *rows = csv.reader(io.StringIO(text))
    records = [dict(zip(header, row, strict=True)) for row in rows]
    serve = {"ckan": _ckan, "socrata": _socrata, "arcgis": _arcgis}[declared.kind]
    return replace(declared, urls=(serve(server, declared, header, records),))


def _zipped(member: str, text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(member, "\ufeff" + text)
        opened.writestr(member.replace(".csv", "_MetaData.csv"), "Cube Title\n")
    return packed.getvalue()


def _json(data: object) -> Answer:
    return Answer(json.dumps(data).encode(), media_type="application/json")


def _numbers(record: dict[str, str]) -> dict[str, Any]:
    whole = {name: int(cell) for name, cell in record.items() if cell.lstrip("-").isdigit()}
    return {name: cell or None for name, cell in record.items()} | whole


def _ckan(server: Server, declared: Fetch, header: list[str], records: list[dict[str, str]]) -> str:
    named = {"id": "r-1", "name": declared.resource, "datastore_active": True}
    resources = {"resources": [named]}
    server.on("/api/3/action/package_show", _json({"success": True, "result": resources}))
    rows = [{"_id": number} | _numbers(each) for number, each in enumerate(records, start=1)]
    fields = [{"id": name} for name in dict.fromkeys(["_id", *header])]

    def search(request: Request) -> Answer:
        start = int(request.query.get("offset", 0))
        page = rows[start : start + int(request.query["limit"])]
        result = {"fields": fields, "records": page, "total": len(rows)}
        return _json({"success": True, "result": result})

    server.on("/api/3/action/datastore_search", search)
    return server.url


def _socrata(
    server: Server, declared: Fetch, header: list[str], records: list[dict[str, str]]
) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, header, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(records)
    resource = f"/resource/{declared.dataset}"
    server.on(f"{resource}.json", _json([{"total": str(len(records))}]))
    server.on(f"{resource}.csv", Answer(text.getvalue().encode()))
    return server.url


def _arcgis(
    server: Server, declared: Fetch, header: list[str], records: list[dict[str, str]]
) -> str:
    server.on("/layer/0", _json({"objectIdField": "OBJECTID"}))
    features = [{"attributes": _numbers(record)} for record in records]
    fields = [{"name": name} for name in header]

    def query(request: Request) -> Answer:
        if "returnCountOnly" in request.query:
            return _json({"count": len(features)})
        start = int(request.query["resultOffset"])
        return _json({"fields": fields, "features": features[start:]})

    server.on("/layer/0/query", query)
    return f"{server.url}/layer/0"
