"""Releases that the user fetched or imported: the publisher's bytes, and what was staged of them.

`data/raw/<source>/` holds `<release>-<sha8>.<ext>` (never edited) beside
`<release>.receipt.json`, which says where it came from; `refused/` holds what could not be read.
`data/raw/.staged/` holds what a warehouse is built from, laid out as `data/snapshot/` is.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import duckdb

from pipelines.areas import AREAS
from pipelines.declaration import SOURCES, Part, Release, Source
from pipelines.download import Validators
from pipelines.errors import PipelineError
from pipelines.shipment import sha256_of, ship_release
from pipelines.stage import CODES, load_codes

RAW = Path(__file__).parent.parent / "data" / "raw"
_RECEIPT = ".receipt.json"


@dataclass(frozen=True)
class Kept:
    """What became of files that were given.

    Attributes:
        result: whether they are a release that was not kept before.
        release_id: the release that holds them.
        rows: records in them.
    """

    result: Literal["new", "unchanged"]
    release_id: str
    rows: int


class Store:
    """The kept releases below one folder."""

    def __init__(self, root: Path = RAW, codes: Path = CODES) -> None:
        self.root = root
        self.staged = root / ".staged"
        self.codes = codes

    def known(self, source_id: str) -> tuple[Validators | None, ...]:
        """Give what the parts of the newest kept release were sent with."""
        receipts = self.receipts(source_id)
        if not receipts:
            return ()
        newest = receipts[-1]
        return tuple(
            Validators(**part["validators"])
            if part["validators"] and (self.root / source_id / part["file"]).is_file()
            else None
            for part in newest["parts"]
        )

    def source_ids(self) -> list[str]:
        """List the sources that have a kept release."""
        return sorted({path.parent.name for path in self.root.glob(f"*/*{_RECEIPT}")})

    def changed_since(self, moment: float) -> bool:
        """Say whether a release was staged after `moment`, seconds since 1970."""
        return any(path.stat().st_mtime > moment for path in self.staged.glob("*/*.json"))

    def receipts(self, source_id: str) -> list[dict[str, Any]]:
        """Read the receipts of a source, oldest release first.

        Raises:
            PipelineError: one is damaged.
        """
        found = [_read(path) for path in (self.root / source_id).glob(f"*{_RECEIPT}")]
        return sorted(found, key=lambda receipt: str(receipt["release_id"]))

    def keep(
        self,
        source: Source,
        files: list[Path],
        *,
        url: str,
        validators: tuple[Validators, ...],
        fetched_at: datetime,
        layout: str | None = None,
        published: str | None = None,
    ) -> Kept:
        """Keep files as a release and stage it, unless their content is kept already.

        Args:
            source: whose files they are.
            files: one a part; they are copied.
            url: where they came from; a path of the user's machine is not kept.
            validators: what each part was sent with.
            fetched_at: when they came.
            layout: of the files; that of the source's `[fetch]` if None.
            published: date of publication; Last-Modified, else `fetched_at`, if None.

        Returns:
            The release, and whether it is new.

        Raises:
            SourceFileError: the files are not what the declaration says; they are set aside in
                `refused/`, and everything else stays as it was.
        """
        checksums = [sha256_of(file) for file in files]
        same = self._same_content(source, checksums)
        declared = next((r for r in source.releases if r.release_id == same), None)
        if declared:
            layout, published = declared.layout, declared.published
        elif layout is None:
            layout = source.fetch.layout if source.fetch else ""
        published = published or _published(validators, fetched_at)
        release_id = same or self._free_id(source, published)
        parts: list[dict[str, Any]] = [
            {
                "file": f"{release_id}-{sha256[:8]}{_ending(file)}",
                "sha256": sha256,
                "size": file.stat().st_size,
                "validators": asdict(sent),
            }
            for file, sha256, sent in zip(files, checksums, validators, strict=True)
        ]
        receipt = {
            "source_id": source.source_id,
            "release_id": release_id,
            "published": published,
            "layout": layout,
            "url": url,
            "fetched_at": fetched_at.astimezone(UTC).isoformat(timespec="seconds"),
            "parts": parts,
        }
        folder = self.root / source.source_id
        folder.mkdir(parents=True, exist_ok=True)
        kept_files = [folder / part["file"] for part in parts]
        for file, target in zip(files, kept_files, strict=True):
            _copy(file, target)
        record = self._staged_record(source, release_id)
        if same and record:
            _write(folder / f"{release_id}{_RECEIPT}", receipt)
            return Kept("unchanged", release_id, int(record["file_rows"]))
        try:
            rows = self._stage(source, receipt)
        except PipelineError as error:
            if same is None:
                self._set_aside(folder, kept_files, str(error))
            raise
        _write(folder / f"{release_id}{_RECEIPT}", receipt)
        return Kept("unchanged" if same else "new", release_id, rows)

    def restage(self, sources: Iterable[Source]) -> None:
        """Stage kept releases again whose declaration, SQL or codes changed since.

        Raises:
            PipelineError: one can no longer be read; the message says how to build without it.
        """
        for source in sources:
            for receipt in self.receipts(source.source_id):
                if self._staged_record(source, receipt["release_id"]):
                    continue
                try:
                    self._stage(source, receipt)
                except PipelineError as error:
                    raise PipelineError(
                        f"{error} To build without what you fetched of it: "
                        f"python -m pipelines build --without {source.source_id}"
                    ) from error

    def _staged_record(self, source: Source, release_id: str) -> dict[str, Any] | None:
        """Give the record of a staged release, unless what it was staged with changed since."""
        path = self.staged / source.source_id / f"{release_id}.json"
        record = _read(path) if path.is_file() else None
        return record if record and record["staged_with"] == self._recipe(source) else None

    def _stage(self, source: Source, receipt: dict[str, Any]) -> int:
        parts = tuple(
            Part(f"{source.source_id}/{part['file']}", None, part["sha256"])
            for part in receipt["parts"]
        )
        release = Release(receipt["release_id"], receipt["published"], parts, receipt["layout"])
        self.staged.mkdir(parents=True, exist_ok=True)
        with (
            TemporaryDirectory(prefix=".staging.", dir=self.root) as scratch,
            duckdb.connect() as con,
        ):
            load_codes(con, self.codes)
            written = ship_release(
                con, source, release, self.root, Path(scratch), AREAS, with_incidents=True
            )
            record = _read(written[-1]) | {"staged_with": self._recipe(source)}
            _write(written[-1], record)
            target = self.staged / source.source_id
            target.mkdir(exist_ok=True)
            # The record comes last: without it a half-placed release is not read.
            for path in written:
                path.replace(target / path.name)
        return int(record["file_rows"])

    def _same_content(self, source: Source, checksums: list[str]) -> str | None:
        releases = {
            release.release_id: [part.sha256 for part in release.parts]
            for release in source.releases
        }
        for receipt in self.receipts(source.source_id):
            releases[receipt["release_id"]] = [part["sha256"] for part in receipt["parts"]]
        return next((id_ for id_, held in releases.items() if held == checksums), None)

    def _free_id(self, source: Source, published: str) -> str:
        taken = {release.release_id for release in source.releases}
        taken |= {receipt["release_id"] for receipt in self.receipts(source.source_id)}
        again = (f"{published}.{number:02}" for number in range(2, len(taken) + 3))
        return next(id_ for id_ in (published, *again) if id_ not in taken)

    def _set_aside(self, folder: Path, files: list[Path], reason: str) -> None:
        refused = folder / "refused"
        refused.mkdir(exist_ok=True)
        for file in files:
            file.replace(refused / file.name)
            (refused / f"{file.name}.txt").write_text(f"{reason}\n", encoding="utf-8")

    def _recipe(self, source: Source) -> str:
        """Checksum of all that decides how a file of the source is staged."""
        declaration = (SOURCES / f"{source.source_id}.toml").read_bytes()
        digest = hashlib.sha256(declaration)
        for layout in source.layouts.values():
            digest.update((layout.staging_sql + layout.incident_sql).encode())
        for path in sorted(self.codes.rglob("*.csv")):
            digest.update(path.read_bytes())
        return digest.hexdigest()


def _published(validators: tuple[Validators, ...], fetched_at: datetime) -> str:
    for sent in validators:
        if sent.last_modified:
            try:
                return parsedate_to_datetime(sent.last_modified).date().isoformat()
            except ValueError:
                continue
    return fetched_at.date().isoformat()


def _ending(file: Path) -> str:
    return ".csv.gz" if file.name.endswith(".csv.gz") else file.suffix


def _copy(file: Path, target: Path) -> None:
    # Only a whole copy gets the name.
    part = target.with_name(f"{target.name}.part")
    shutil.copyfile(file, part)
    part.replace(target)


def _read(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise PipelineError(
            f"{path}: expected a release record, got {error}. Remove it and import the file again."
        ) from error
    return record


def _write(path: Path, record: dict[str, Any]) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    part.replace(path)
