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
_SOURCE_ID = re.compile(r"[a-z][a-z0-9_]*")
_RELEASE_ID = re.compile(r"\d{4}-\d{2}")
_REQUIRED = ("publisher", "title", "landing_url", "licence", "attribution", "custody", "cadence")


@dataclass(frozen=True)
class Release:
    """One publication of one source.

    Attributes:
        release_id: `YYYY-MM` of publication.
        published: ISO date, as precise as it is known.
        file: path of the publisher's file below the raw folder.
        rows: records that the file holds, header not counted.
        sha256: checksum of the file's bytes.
    """

    release_id: str
    published: str
    file: str
    rows: int
    sha256: str


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
    """A declared source: who publishes it, on what terms, and how its file is laid out."""

    source_id: str
    format: str
    publisher: str
    title: str
    landing_url: str
    download_url: str
    licence: str
    licence_url: str
    attribution: str
    custody: str
    cadence: str
    columns: dict[str, str]
    numeric_text: tuple[str, ...]
    markers: dict[str, str]
    notes: tuple[dict[str, str], ...]
    releases: tuple[Release, ...]
    layer: Layer | None = None
    staging_sql: str = field(default="", repr=False)

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
    text = tomllib.loads(path.read_text(encoding="utf-8"))
    missing = [key for key in (*_REQUIRED, "format", "columns", "releases") if key not in text]
    if missing:
        raise PipelineError(f"{path.name}: missing {', '.join(missing)}")
    if text["custody"] not in CUSTODY:
        raise PipelineError(
            f"{path.name}: custody is one of {', '.join(CUSTODY)}; got {text['custody']!r}"
        )
    releases = tuple(Release(**release) for release in text["releases"])
    for release in releases:
        if not _RELEASE_ID.fullmatch(release.release_id):
            raise PipelineError(f"{path.name}: release id {release.release_id!r} is not YYYY-MM")
    cells = text.get("cells", {})
    return Source(
        source_id=source_id,
        format=text["format"],
        **{key: text[key] for key in _REQUIRED},
        download_url=text.get("download_url", ""),
        licence_url=text.get("licence_url", ""),
        columns={name: kind for kind, names in text["columns"].items() for name in names},
        numeric_text=tuple(cells.get("columns", ())),
        markers={
            marker: status
            for status in ("suppressed", "not_available")
            for marker in cells.get(status, ())
        },
        notes=tuple(text.get("notes", ())),
        releases=releases,
        layer=Layer(**text["layer"]) if "layer" in text else None,
        staging_sql=(path.parent.parent / "staging" / f"{source_id}.sql").read_text("utf-8"),
    )


def load_sources(folder: Path = SOURCES) -> list[Source]:
    """Read every declaration, in order of source id."""
    return [load_source(path) for path in sorted(folder.glob("*.toml"))]
