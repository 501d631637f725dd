"""A zip archive gives the one file that was asked for, or nothing at all."""

from __future__ import annotations

import random
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from pipelines.archive import extract_member
from pipelines.errors import SourceFileError

BEFORE = b"what was there before"
BODY = b"month,deaths\n2025-01,10\n"
LIMIT = 50_000_000


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "out" / "deaths.csv"
    path.parent.mkdir()
    path.write_bytes(BEFORE)
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "table.zip"


def pack(archive: Path, members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(archive, "w", how) as opened:
        for name, body in members.items():
            opened.writestr(name, body)


def refused(archive: Path, target: Path, member: str = "*.csv", limit: int = LIMIT) -> str:
    """Have unpacking fail, and give its message; nothing may have appeared anywhere."""
    around = sorted(archive.parent.parent.rglob("*"))
    with pytest.raises(SourceFileError) as caught:
        extract_member(archive, member, target, limit)
    assert target.read_bytes() == BEFORE
    assert sorted(archive.parent.parent.rglob("*")) == around
    message = str(caught.value)
    assert message.startswith(f"{archive.name}: expected ")
    assert "; got " in message
    assert message.endswith(".")
    return message


def test_a_member_comes_by_its_name(archive: Path, target: Path) -> None:
    pack(archive, {"deaths.csv": BODY, "deaths_MetaData.csv": b"x"})
    assert extract_member(archive, "deaths.csv", target, LIMIT) == target
    assert target.read_bytes() == BODY
    assert [path.name for path in target.parent.iterdir()] == ["deaths.csv"]


@pytest.mark.parametrize("pattern", ["*.csv", "data/*.csv", "data/d?aths.csv", "data/[a-d]*"])
def test_a_member_comes_by_a_pattern_that_fits_one(
    archive: Path, target: Path, pattern: str
) -> None:
    pack(archive, {"data/": b"", "data/deaths.csv": BODY, "read me.txt": b"x"})
    extract_member(archive, pattern, target, LIMIT)
    assert target.read_bytes() == BODY


def test_a_name_with_brackets_is_found_as_it_is(archive: Path, target: Path) -> None:
    pack(archive, {"deaths [2025].csv": BODY, "b.csv": b"x"})
    extract_member(archive, "deaths [2025].csv", target, LIMIT)
    assert target.read_bytes() == BODY


def test_a_pattern_that_fits_two_or_none_is_refused(archive: Path, target: Path) -> None:
    pack(archive, {"deaths.csv": BODY, "deaths_MetaData.csv": b"x"})
    message = refused(archive, target)
    assert "got 2 of them, among 'deaths.csv', 'deaths_MetaData.csv'" in message
    assert "got 0 of them, among 'deaths.csv'" in refused(archive, target, "crimes.csv")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(archive: Path, target: Path) -> None:
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("deaths.csv", BODY)
        opened.writestr("deaths.csv", b"other")
    assert "got 2 of them" in refused(archive, target, "deaths.csv")


@pytest.mark.parametrize(
    "name",
    [
        "../deaths.csv",
        "data/../../deaths.csv",
        "/etc/deaths.csv",
        "..\\deaths.csv",
        "C:\\deaths.csv",
        "c:deaths.csv",
        "\\\\server\\deaths.csv",
    ],
)
def test_a_name_that_leads_outside_refuses_the_archive(
    archive: Path, target: Path, name: str
) -> None:
    pack(archive, {name: b"evil", "good.csv": BODY})
    message = refused(archive, target, "good.csv")
    assert "which leads outside it" in message
    assert "Do not unpack it" in message


def test_a_link_refuses_the_archive(archive: Path, target: Path) -> None:
    link = zipfile.ZipInfo("link.csv")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(link, "/etc/hostname")
        opened.writestr("good.csv", BODY)
    assert "'link.csv', which is a link" in refused(archive, target, "good.csv")


def test_an_encrypted_member_refuses_the_archive(archive: Path, target: Path) -> None:
    pack(archive, {"deaths.csv": BODY})
    _patch(archive, local=6, central=8, value=struct.pack("<H", 1))
    assert "'deaths.csv', which is encrypted" in refused(archive, target)


def test_a_bomb_is_refused_unread(archive: Path, target: Path) -> None:
    pack(archive, {"deaths.csv": b"\0" * 20_000_000})
    assert archive.stat().st_size < 100_000
    assert "as a zip bomb is" in refused(archive, target)


def test_a_bomb_that_declares_much_packed_content_is_refused(archive: Path, target: Path) -> None:
    pack(archive, {"deaths.csv": b"\0" * 20_000_000})
    _patch(archive, local=18, central=20, value=struct.pack("<I", 0x7FFFFFFF))
    assert "as a zip bomb is" in refused(archive, target)


def test_an_archive_of_very_many_files_is_refused(
    archive: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.archive._MOST_MEMBERS", 2)
    pack(archive, {"a.csv": BODY, "b.csv": BODY, "c.csv": BODY})
    assert "expected at most 2 members; got 3" in refused(archive, target, "a.csv")


def test_a_small_file_may_be_packed_well(archive: Path, target: Path) -> None:
    pack(archive, {"deaths.csv": b"0" * 1_000_000})
    extract_member(archive, "*.csv", target, LIMIT)
    assert target.stat().st_size == 1_000_000


def test_a_declared_size_above_the_limit_is_refused(archive: Path, target: Path) -> None:
    pack(archive, {"deaths.csv": BODY})
    message = refused(archive, target, limit=len(BODY) - 1)
    assert f"expected at most {len(BODY) - 1} bytes" in message
    assert "`max_bytes`" in message


@pytest.mark.parametrize("declared", [10, 1000])
def test_a_declared_size_that_lies_is_refused(archive: Path, target: Path, declared: int) -> None:
    body = random.Random(1).randbytes(500)
    pack(archive, {"deaths.csv": body})
    _patch(archive, local=22, central=24, value=struct.pack("<I", declared))
    assert "a sound zip archive" in refused(archive, target)


def test_a_bomb_that_declares_a_small_size_fills_no_disk(archive: Path, target: Path) -> None:
    pack(archive, {"deaths.csv": b"\0" * 20_000_000})
    _patch(archive, local=22, central=24, value=struct.pack("<I", 1000))
    assert "a sound zip archive" in refused(archive, target)


def test_a_damaged_body_is_refused(archive: Path, target: Path) -> None:
    pack(archive, {"deaths.csv": random.Random(1).randbytes(5000)}, zipfile.ZIP_STORED)
    data = bytearray(archive.read_bytes())
    data[2000] ^= 0xFF
    archive.write_bytes(data)
    message = refused(archive, target)
    assert "Bad CRC-32" in message
    assert "fetch it again" in message


def test_an_unknown_compression_is_refused(archive: Path, target: Path) -> None:
    pack(archive, {"deaths.csv": BODY}, zipfile.ZIP_LZMA)
    assert "compression method 14" in refused(archive, target)


@pytest.mark.parametrize(
    "data", [b"", b"PK", BODY, b"<!doctype html><html>", b"PK\5\6" + b"\xff" * 18]
)
def test_what_is_no_archive_is_refused(archive: Path, target: Path, data: bytes) -> None:
    archive.write_bytes(data)
    refused(archive, target)


def test_an_archive_cut_or_altered_anywhere_gives_the_file_or_nothing(
    archive: Path, target: Path
) -> None:
    pack(archive, {"deaths.csv": BODY, "read me.txt": b"x" * 50})
    whole = archive.read_bytes()
    chance = random.Random(7)
    altered = [whole[:end] for end in range(0, len(whole), 3)]
    for _ in range(400):
        changed = bytearray(whole)
        changed[chance.randrange(len(whole))] = chance.randrange(256)
        altered.append(bytes(changed))
    for data in altered:
        archive.write_bytes(data)
        target.write_bytes(BEFORE)
        try:
            extract_member(archive, "deaths.csv", target, LIMIT)
        except SourceFileError:
            assert target.read_bytes() == BEFORE
        else:
            assert target.read_bytes() == BODY
        assert [path.name for path in target.parent.iterdir()] == [target.name]


def _patch(archive: Path, *, local: int, central: int, value: bytes) -> None:
    """Overwrite a field of the first member, in its own header and in the directory."""
    data = bytearray(archive.read_bytes())
    for start in (data.index(b"PK\3\4") + local, data.index(b"PK\1\2") + central):
        data[start : start + len(value)] = value
    archive.write_bytes(data)
