"""Take one file out of a publisher's zip archive, and nothing else."""

from __future__ import annotations

import fnmatch
import os
import re
import stat
import struct
import zipfile
import zlib
from pathlib import Path

from pipelines.errors import SourceFileError

_MOST_MEMBERS = 10_000
_MOST_RATIO = 200
_RATIO_FROM = 10_000_000
_CHUNK = 1 << 20
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DRIVE = re.compile(r"[A-Za-z]:")
_DAMAGED = "The file was cut short or altered: fetch it again."
_UNTRUSTED = "Do not unpack it; ask the publisher."
# What zipfile raises for bytes that are not a sound archive.
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def extract_member(archive: Path, member: str, target: Path, max_bytes: int) -> Path:
    """Unpack one member of `archive` to `target`, which changes only when all of it is sound.

    The name inside the archive is never used as a path.

    Args:
        archive: zip file.
        member: name of the member, or a pattern such as `*.csv` that fits exactly one.
        target: file to write.
        max_bytes: a larger member is refused, by its declared and by its real size.

    Returns:
        `target`.

    Raises:
        SourceFileError: the archive is damaged, holds a name that leads outside, a link, an
            encrypted member or a bomb, or does not hold exactly one such member.
        OSError: the disk is full or not writable.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        with zipfile.ZipFile(archive) as opened:
            _require_harmless(archive, opened.infolist())
            info = _the_one(archive, opened.infolist(), member)
            _require_size(archive, info, max_bytes)
            target.parent.mkdir(parents=True, exist_ok=True)
            _unpack(opened, info, part)
        part.replace(target)
    except _FAULTS as error:
        reason = str(error) or type(error).__name__
        raise SourceFileError(
            archive.name, "a sound zip archive", repr(reason[:200]), hint=_DAMAGED
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return target


def _require_harmless(archive: Path, infos: list[zipfile.ZipInfo]) -> None:
    if len(infos) > _MOST_MEMBERS:
        raise SourceFileError(
            archive.name, f"at most {_MOST_MEMBERS:,} members", f"{len(infos):,}", hint=_UNTRUSTED
        )
    for info in infos:
        fault = _fault(info)
        if fault:
            raise SourceFileError(
                archive.name, "plain files inside the archive", fault, hint=_UNTRUSTED
            )


def _fault(info: zipfile.ZipInfo) -> str | None:
    name = repr(info.orig_filename[:120])
    steps = info.orig_filename.replace("\\", "/").split("/")
    if steps[0] == "" or _DRIVE.match(steps[0]) or ".." in steps or "\0" in info.orig_filename:
        return f"{name}, which leads outside it"
    if info.flag_bits & 1:
        return f"{name}, which is encrypted"
    if stat.S_ISLNK(info.external_attr >> 16):
        return f"{name}, which is a link"
    return None


def _the_one(archive: Path, infos: list[zipfile.ZipInfo], member: str) -> zipfile.ZipInfo:
    files = [info for info in infos if not info.is_dir()]
    found = [info for info in files if info.filename == member]
    found = found or [info for info in files if fnmatch.fnmatchcase(info.filename, member)]
    if len(found) != 1:
        names = ", ".join(repr(info.filename[:120]) for info in (found or files)[:8])
        raise SourceFileError(
            archive.name,
            f"one member {member!r}",
            f"{len(found)} of them, among {names or 'no files'}",
            hint="Compare `member` in pipelines/sources with the archive.",
        )
    return found[0]


def _require_size(archive: Path, info: zipfile.ZipInfo, max_bytes: int) -> None:
    if info.file_size > max_bytes:
        raise SourceFileError(
            archive.name,
            f"at most {max_bytes:,} bytes in {info.filename[:120]!r}",
            f"{info.file_size:,}",
            hint="If the file is right, raise `max_bytes` under [fetch] in pipelines/sources.",
        )
    # A declared packed size can lie, but not beyond the archive.
    packed = max(1, min(info.compress_size, archive.stat().st_size))
    if info.file_size > _RATIO_FROM and info.file_size / packed > _MOST_RATIO:
        raise SourceFileError(
            archive.name,
            f"{info.filename[:120]!r} packed at most {_MOST_RATIO} to 1",
            f"{info.file_size / packed:,.0f} to 1, as a zip bomb is",
            hint=_UNTRUSTED,
        )


def _unpack(opened: zipfile.ZipFile, info: zipfile.ZipInfo, part: Path) -> None:
    if info.compress_type not in _COMPRESSIONS:
        raise NotImplementedError(f"compression method {info.compress_type}")
    if info.header_offset < 0:
        raise zipfile.BadZipFile("a member before the beginning")
    done = 0
    with opened.open(info) as packed, part.open("wb") as file:
        # zipfile gives no more than the declared size, and checks the CRC at its end.
        while chunk := packed.read(_CHUNK):
            done += file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if done != info.file_size:
        raise zipfile.BadZipFile(f"{done:,} of {info.file_size:,} bytes")
