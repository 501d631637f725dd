"""The bytes of a publisher's file as one plain UTF-8 file."""

from __future__ import annotations

import gzip
import shutil
import zlib
from pathlib import Path

from pipelines.archive import extract_member
from pipelines.declaration import Layout
from pipelines.errors import SourceFileError

TRUNCATED = "The file was cut short or is another release: download it again."
_MOST_BYTES = 2_000_000_000
_SPREADSHEETS = (".xlsx", ".xls", ".ods")


def plain_file(path: Path, layout: Layout, scratch: Path) -> Path:
    """Return `path`, or a copy in `scratch` that is unpacked and in UTF-8.

    Raises:
        SourceFileError: the file is missing, empty, damaged, too large or wrongly encoded.
    """
    if not path.is_file():
        raise SourceFileError(
            str(path), "a file", "nothing", hint="Check RAW= and the release's `file`."
        )
    plain = path
    if path.suffix == ".gz":
        plain = _unzip_gz(path, scratch)
    elif path.suffix == ".zip":
        target = scratch / f"member{Path(layout.member).suffix}"
        plain = extract_member(path, layout.member, target, _MOST_BYTES)
    if plain.suffix in (*_SPREADSHEETS, ".rda"):
        return plain
    return _as_utf8(plain, path.name, layout, scratch)


def _unzip_gz(path: Path, scratch: Path) -> Path:
    target = scratch / path.stem
    try:
        with gzip.open(path, "rb") as packed, target.open("wb") as plain:
            shutil.copyfileobj(packed, plain)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SourceFileError(path.name, "a whole gzip file", str(error), hint=TRUNCATED) from error
    return target


def _as_utf8(plain: Path, name: str, layout: Layout, scratch: Path) -> Path:
    data = plain.read_bytes()
    if not data.strip():
        raise SourceFileError(name, "records", "an empty file", hint=TRUNCATED)
    try:
        text = data.decode(layout.encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceFileError(
            name,
            f"{layout.encoding.removesuffix('-sig').upper()} text",
            f"byte 0x{data[error.start]:02X}",
            line,
            "Save it as UTF-8, or download it again.",
        ) from error
    if layout.encoding == "utf-8-sig":
        return plain
    target = scratch / f"utf-8{plain.suffix}"
    target.write_text(text, encoding="utf-8", newline="")
    return target
