"""Read `pipelines/sources/<id>.toml`: one declaration per source, beside its SQL."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.errors import PipelineError

SOURCES = Path(__file__).parent / "sources"
CUSTODY = ("publisher", "resaved", "compiled", "transcribed", "cleaned")
CADENCES = ("daily", "weekly", "monthly", "quarterly", "yearly", "irregular")
FORMATS = ("csv", "json", "geojson", "grid")
INCIDENTS = ("none", "ship", "local")
SUPERSEDES = ("release", "year", "figure")
FETCH_KINDS = ("file", "ckan", "socrata", "arcgis")
_SOURCE_ID = re.compile(r"[a-z][a-z0-9_]*")
_RELEASE_ID = re.compile(r"\d{4}-\d{2}(-\d{2}(\.\d+)?)?")
_REQUIRED = ("publisher", "title", "landing_url", "licence", "attribution", "custody", "cadence")


@dataclass(frozen=True)
class Part:
    """One file of a release.

    Attributes:
        file: path of the publisher's file below the raw folder.
        rows: records that the file holds, header not counted; None if it is not yet known.
        sha256: checksum of the file's bytes.
    """

    file: str
    rows: int | None
    sha256: str


@dataclass(frozen=True)
class Release:
    """One publication of one source.

    Attributes:
        release_id: `YYYY-MM` of publication; `YYYY-MM-DD` where the day is known.
        published: ISO date, as precise as it is known.
        parts: its files; most releases are one file.
        layout: name of the layout that its files have.
        fewer_rows: why a year holds fewer rows than in the release before; empty if none does.
    """

    release_id: str
    published: str
    parts: tuple[Part, ...]
    layout: str = ""
    fewer_rows: str = ""


@dataclass(frozen=True)
class Layout:
    """How the files of some releases are laid out, with the SQL that reads them.

    Attributes:
        format: `csv` and `json` have named columns; `grid` is any untidy sheet, one row a cell.
        columns: type by column name.
        names: what the SQL calls a column, by the file's name for it, where the two differ.
        numeric_text: text columns that hold a number or a marker.
        markers: status by marker.
        thousands: separator of thousands in `numeric_text`, or empty.
        encoding: text encoding.
        member: name or pattern of the file inside a zip archive; the object inside TopoJSON.
        crs: coordinate system of a boundary file that names none.
        anchors: cells that a `grid` must hold: sheet, line, position, text.
        staging_sql: query over `raw` that gives figures.
        incident_sql: query over `raw` that gives incidents, or empty.
    """

    format: str
    columns: dict[str, str]
    names: dict[str, str] = field(default_factory=dict)
    numeric_text: tuple[str, ...] = ()
    markers: dict[str, str] = field(default_factory=dict)
    thousands: str = ""
    encoding: str = "utf-8-sig"
    member: str = ""
    crs: str = ""
    anchors: tuple[tuple[str, int, int, str], ...] = ()
    staging_sql: str = field(default="", repr=False)
    incident_sql: str = field(default="", repr=False)

    @property
    def raw_columns(self) -> dict[str, str]:
        """Give the types of the columns by the names that the SQL knows."""
        return {self.names.get(name, name): kind for name, kind in self.columns.items()}


@dataclass(frozen=True)
class Fetch:
    """Where the publisher serves the current release.

    Attributes:
        kind: `file`, or the interface of a portal: `ckan`, `socrata`, `arcgis`.
        urls: one address a part; of a portal, its base address.
        dataset: id of the dataset on a portal.
        resource: id or name of the resource in a dataset.
        layout: layout of what comes.
        media_types: content types that are accepted.
        max_bytes: a larger answer is refused.
        only_if_named: why a fetch of everything leaves this source out; empty if it does not.
    """

    kind: str
    urls: tuple[str, ...]
    dataset: str = ""
    resource: str = ""
    layout: str = ""
    media_types: tuple[str, ...] = ("text/csv", "application/csv", "text/plain")
    max_bytes: int = 100_000_000
    only_if_named: str = ""


@dataclass(frozen=True)
class Layer:
    """How a boundary file becomes a map layer.

    Attributes:
        name: file name below `static/areas/`, without its ending.
        tolerance_degrees: simplification tolerance.
        decimals: digits kept of a coordinate.
    """

    name: str
    tolerance_degrees: float
    decimals: int


@dataclass(frozen=True)
class Source:
    """A declared source: who publishes it, on what terms, and how its files are laid out.

    Attributes:
        incidents: `ship` if the licence lets incident rows be redistributed, `local` if they
            load only from a file that the user fetched or imported, else `none`.
        supersedes: what a newer release replaces: the whole older `release`, the `year`s that
            it holds, or single `figure`s.
        family: sources of one family give the same figures; the newest publication counts.
        rows_may_fall_percent: by how much a release may hold fewer rows of a year than the one
            before it; above 0 where the publisher's rows are events that it takes back.
    """

    source_id: str
    publisher: str
    title: str
    landing_url: str
    download_url: str
    licence: str
    licence_url: str
    attribution: str
    custody: str
    cadence: str
    incidents: str
    supersedes: str
    family: str
    rows_may_fall_percent: float
    notes: tuple[dict[str, str], ...]
    releases: tuple[Release, ...]
    layouts: dict[str, Layout]
    fetch: Fetch | None = None
    layer: Layer | None = None

    def record(self) -> dict[str, Any]:
        """Return what a snapshot record repeats of the declaration."""
        return {
            "source_id": self.source_id,
            "publisher": self.publisher,
            "title": self.title,
            "landing_url": self.landing_url,
            "download_url": self.download_url,
            "licence": self.licence,
            "licence_url": self.licence_url,
            "attribution": self.attribution,
            "custody": self.custody,
            "cadence": self.cadence,
            "supersedes": self.supersedes,
            "family": self.family,
            "rows_may_fall_percent": self.rows_may_fall_percent,
            "notes": [dict(note) for note in self.notes],
        }


def load_source(path: Path) -> Source:
    """Read one declaration with the staging SQL that lies beside it.

    Raises:
        PipelineError: a key is missing, or a value is not one of those allowed.
    """
    source_id = path.stem
    if not _SOURCE_ID.fullmatch(source_id):
        raise PipelineError(f"{path.name}: a source id is lower case letters, digits and _")
    try:
        text = tomllib.loads(path.read_text(encoding="utf-8"))
        return _source(path, text)
    except tomllib.TOMLDecodeError as error:
        raise PipelineError(f"{path.name}: expected TOML; {error}") from error
    except FileNotFoundError as error:
        raise PipelineError(f"{path.name}: expected {error.filename}, found none") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise PipelineError(
            f"{path.name}: a key is missing or holds another kind of value: {error}"
        ) from error


def _source(path: Path, text: dict[str, Any]) -> Source:
    missing = [key for key in _REQUIRED if key not in text]
    if missing:
        raise PipelineError(f"{path.name}: missing {', '.join(missing)}")
    incidents = text.get("incidents", "none")
    supersedes = text.get("supersedes", "release")
    _require_one_of(path, "custody", text["custody"], CUSTODY)
    _require_one_of(path, "cadence", text["cadence"], CADENCES)
    _require_one_of(path, "incidents", incidents, INCIDENTS)
    _require_one_of(path, "supersedes", supersedes, SUPERSEDES)
    releases = tuple(_release(path, release) for release in text.get("releases", ()))
    layouts = _layouts(path, text)
    fetch = _fetch(path, text["fetch"]) if "fetch" in text else None
    used = [*(release.layout for release in releases), *([fetch.layout] if fetch else [])]
    for name in used:
        _require_one_of(path, "layout", name, tuple(layouts))
    return Source(
        source_id=path.stem,
        **{key: text[key] for key in _REQUIRED},
        download_url=text.get("download_url", ""),
        licence_url=text.get("licence_url", ""),
        incidents=incidents,
        supersedes=supersedes,
        family=text.get("family", path.stem),
        rows_may_fall_percent=float(text.get("rows_may_fall_percent", 0)),
        notes=tuple(text.get("notes", ())),
        releases=releases,
        layouts=layouts,
        fetch=fetch,
        layer=Layer(**text["layer"]) if "layer" in text else None,
    )


def load_sources(folder: Path = SOURCES) -> list[Source]:
    """Read every declaration, in order of source id."""
    return [load_source(path) for path in sorted(folder.glob("*.toml"))]


def _layouts(path: Path, text: dict[str, Any]) -> dict[str, Layout]:
    tables = {"": text, **text.get("layouts", {})}
    layouts = {
        name: _layout(path, name, table) for name, table in tables.items() if "format" in table
    }
    if not layouts:
        raise PipelineError(f"{path.name}: missing format")
    return layouts


def _layout(path: Path, name: str, table: dict[str, Any]) -> Layout:
    _require_one_of(path, "format", table["format"], FORMATS)
    if table["format"] != "grid" and "columns" not in table:
        raise PipelineError(f"{path.name}: missing columns")
    cells = table.get("cells", {})
    # A layout may be read by the SQL of another.
    stem = table.get("sql", f"{path.stem}.{name}" if name else path.stem)
    staging = path.parent.parent / "staging"
    incident_sql = staging / f"{stem}.incidents.sql"
    return Layout(
        format=table["format"],
        columns={name: kind for kind, names in table.get("columns", {}).items() for name in names},
        names=table.get("names", {}),
        numeric_text=tuple(cells.get("columns", ())),
        markers={
            marker: status
            for status in ("suppressed", "not_available")
            for marker in cells.get(status, ())
        },
        thousands=cells.get("thousands", ""),
        encoding=table.get("encoding", "utf-8-sig"),
        member=table.get("member", ""),
        crs=table.get("crs", ""),
        anchors=tuple(
            (anchor.get("sheet", ""), anchor["line"], anchor["position"], anchor["text"])
            for anchor in table.get("anchors", ())
        ),
        staging_sql=(staging / f"{stem}.sql").read_text("utf-8"),
        incident_sql=incident_sql.read_text("utf-8") if incident_sql.is_file() else "",
    )


def _release(path: Path, table: dict[str, Any]) -> Release:
    if not _RELEASE_ID.fullmatch(table["release_id"]):
        raise PipelineError(f"{path.name}: release id {table['release_id']!r} is not YYYY-MM")
    parts = table.get("parts") or [{key: table[key] for key in ("file", "rows", "sha256")}]
    return Release(
        release_id=table["release_id"],
        published=table["published"],
        parts=tuple(Part(**part) for part in parts),
        layout=table.get("layout", ""),
        fewer_rows=table.get("fewer_rows", ""),
    )


def _fetch(path: Path, table: dict[str, Any]) -> Fetch:
    _require_one_of(path, "kind of fetch", table["kind"], FETCH_KINDS)
    if not table["urls"] or not isinstance(table["urls"], list):
        raise PipelineError(f"{path.name}: urls of fetch is a list of addresses")
    given = dict(table)
    for key in ("urls", "media_types"):
        if key in given:
            given[key] = tuple(given[key])
    if "max_mb" in given:
        given["max_bytes"] = given.pop("max_mb") * 1_000_000
    return Fetch(**given)


def _require_one_of(path: Path, key: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise PipelineError(f"{path.name}: {key} is one of {', '.join(allowed)}; got {value!r}")
