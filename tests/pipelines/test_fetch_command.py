"""`python -m pipelines fetch`, from the publisher's server to the warehouse, right and wrong."""

from __future__ import annotations

import functools
import io
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rich.console import Console

from pipelines import commands
from pipelines.__main__ import main
from pipelines.declaration import SOURCES, Fetch, Source, load_source
from pipelines.fetch import fetch_sources
from pipelines.snapshot import SNAPSHOT
from tests.pipelines.misbehaving_server import Answer, Server, loopback_client, ranged, serving

HARMS = load_source(SOURCES / "phac_substance_harms.toml")
HEADER = (
    "Substance,Source,Specific_Measure,Region,PRUID,Time_Period,Year_Quarter,Aggregator,"
    "Disaggregator,Unit,Value\n"
)
DEATHS = HEADER + "Opioids,Deaths,Overall numbers,Canada,1,By year,2030,,,Number,12\n"
LATER = DEATHS + "Opioids,Deaths,Overall numbers,Canada,1,By year,2031,,,Number,11\n"
ZIP = "application/zip"
Files = dict[str, bytes]


def zipped(text: str, **others: bytes) -> bytes:
    """Pack a text as PHAC packs its file, beside other members."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in {"SubstanceHarmsData.csv": text.encode(), **others}.items():
            opened.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


GOOD, NEWER = zipped(DEATHS), zipped(LATER)


@dataclass
class Here:
    """What one user has, and the publisher's server."""

    folder: Path
    server: Server
    source: Source
    output: io.StringIO

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    def fetch(self) -> int:
        self.output.seek(0)
        self.output.truncate()
        raw, snapshot = str(self.folder / "raw"), str(self.folder / "snapshot")
        places = ["--snapshot", snapshot, "--warehouse", str(self.warehouse)]
        return main(["--raw-store", raw, "fetch", *places])

    def files(self) -> Files:
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }

    def deaths(self) -> list[tuple[int, float, str]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as con:
            return con.execute(
                "SELECT year(period_start), value, release_id FROM marts.observation "
                "WHERE source_id = 'phac_substance_harms' AND is_latest ORDER BY ALL"
            ).fetchall()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def start(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    """A warehouse that was built from what ships and one fetched release."""
    folder = tmp_path_factory.mktemp("start")
    ships = "toronto_shelter_resident_deaths"
    shutil.copytree(SNAPSHOT / ships, folder / "snapshot" / ships)
    output = io.StringIO()
    declared = Fetch("file", (f"{server.url}/harms.zip",), media_types=(ZIP,), max_bytes=10**6)
    layouts = {"": replace(HARMS.layouts[""], member="*SubstanceHarmsData.csv")}
    harms = replace(HARMS, fetch=declared, layouts=layouts)
    fetch = functools.partial(fetch_sources, wait=lambda seconds: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "load_sources", lambda: [harms])
        patch.setattr(commands, "load_source", lambda path: harms)
        patch.setattr(commands, "fetch_sources", fetch)
        patch.setattr(commands, "new_client", lambda: loopback_client(read=0.3))
        patch.setattr(commands, "console", Console(file=output, width=400))
        here = Here(folder, server, harms, output)
        headers = {"ETag": '"v1"', "Last-Modified": "Wed, 05 Feb 2031 10:00:00 GMT"}
        server.on("/harms.zip", Answer(GOOD, media_type=ZIP, headers=headers))
        assert here.fetch() == 0, here.output.getvalue()
        assert "new" in output.getvalue()
        yield here


@pytest.fixture
def here(start: Here, tmp_path: Path) -> Here:
    shutil.copytree(start.folder, tmp_path / "here")
    return replace(start, folder=tmp_path / "here")


def test_a_first_fetch_builds_the_warehouse(start: Here) -> None:
    assert start.deaths() == [(2030, 12.0, "2031-02-05")]
    assert [name for name in start.files() if name.startswith("raw/.incoming")] == []


def zip_answer(body: bytes, **how: Any) -> Answer:
    dated = {"Last-Modified": "Thu, 04 Mar 2032 10:00:00 GMT"}
    return replace(
        Answer(body, media_type=ZIP), **how | {"headers": dated | how.get("headers", {})}
    )


@pytest.mark.parametrize(
    "answers",
    [
        [zip_answer(NEWER)],
        [zip_answer(b"", status=500), zip_answer(b"", status=500), zip_answer(NEWER)],
        [zip_answer(b"", status=429, headers={"Retry-After": "7"}), zip_answer(NEWER)],
        [zip_answer(NEWER, cut=9), zip_answer(NEWER)],
        [zip_answer(NEWER, cut=9, stall=True), zip_answer(NEWER)],
        [zip_answer(b"", status=302, headers={"Location": "/moved.zip"})],
    ],
    ids=["at once", "500 twice", "429", "cut short", "too slow", "redirect"],
)
def test_changed_content_is_a_release_beside_the_old_one(here: Here, answers: list[Answer]) -> None:
    before = here.files()
    here.server.on("/harms.zip", *answers)
    here.server.on("/moved.zip", zip_answer(NEWER))
    assert here.fetch() == 0, here.output.getvalue()
    told = here.output.getvalue()
    assert "phac_substance_harms" in told
    assert "new" in told
    after = here.files()
    assert {name for name in before if after.get(name) != before[name]} == {"warehouse.duckdb"}
    assert [(year, value) for year, value, _ in here.deaths()] == [(2030, 12.0), (2031, 11.0)]


def test_what_the_publisher_did_not_change_changes_nothing(here: Here) -> None:
    before = here.files()
    here.server.on("/harms.zip", ranged(GOOD, '"v1"'))
    assert here.fetch() == 0, here.output.getvalue()
    assert "not modified" in here.output.getvalue()
    assert here.files() == before


def test_the_same_content_under_another_version_makes_no_release(here: Here) -> None:
    before = here.files()
    here.server.on("/harms.zip", zip_answer(GOOD, headers={"ETag": '"v2"'}))
    assert here.fetch() == 0, here.output.getvalue()
    assert "The same content." in here.output.getvalue()
    after = here.files()
    # Records say when the publisher was last asked; files and figures stay.
    assert all(name.endswith(".json") for name in before if after.get(name) != before[name])
    assert after.keys() == before.keys()
    assert here.deaths() == [(2030, 12.0, "2031-02-05")]


BOMB = zipped(DEATHS + "\n" * 20_000_000)
CHANGED = zipped(DEATHS.replace("PRUID", "PR_ID"))
ESCAPING = zipped(LATER, **{"../../escaped.csv": b"evil"})


@pytest.mark.parametrize(
    ("answer", "says", "refused"),
    [
        (zip_answer(b"", status=404), "got HTTP 404", 0),
        (zip_answer(b"", status=500), "got HTTP 500", 0),
        (zip_answer(b"", status=429, headers={"Retry-After": "900"}), "wish to wait 900 s", 0),
        (zip_answer(NEWER, cut=9), "expected a whole answer", 0),
        (zip_answer(NEWER, cut=9, stall=True), "bytes without a long silence", 0),
        (Answer(b"<!doctype html>sorry", media_type="text/html"), "content of type", 0),
        (zip_answer(b"<!doctype html>sorry"), "got a web page", 0),
        (zip_answer(b"", status=302, headers={"Location": "ftp://x/a.zip"}), "http or https", 0),
        (zip_answer(BOMB), "as a zip bomb is", 1),
        (zip_answer(ESCAPING), "which leads outside it", 1),
        (zip_answer(CHANGED), "got instead 'PR_ID'", 1),
        (zip_answer(GOOD[:-30]), "a sound zip archive", 1),
    ],
    ids=[
        "404",
        "500",
        "429",
        "cut short",
        "too slow",
        "page by type",
        "page by content",
        "redirect",
        "bomb",
        "escaping",
        "changed columns",
        "damaged",
    ],
)
def test_a_fetch_that_fails_leaves_all_as_it_was(
    here: Here, answer: Answer, says: str, refused: int
) -> None:
    before = here.files()
    here.server.on("/harms.zip", answer)
    assert here.fetch() == 1
    told = " ".join(here.output.getvalue().split())
    assert "failed" in told
    assert says in told
    after = here.files()
    assert {name: after.get(name) for name in before} == before
    added = after.keys() - before.keys()
    aside = {name for name in added if "/refused/" in name}
    assert sum(name.endswith(".zip") for name in aside) == refused
    # What broke off waits for the next run; nothing else stays on the way.
    assert all(".zip.part" in name for name in added - aside)
    assert not list(here.folder.parent.rglob("escaped.csv"))
    assert here.deaths() == [(2030, 12.0, "2031-02-05")]


def test_a_source_that_fails_does_not_keep_another_from_the_warehouse(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    harms, nowhere = here.source, Fetch("file", (f"{here.server.url}/nowhere.csv",))
    bad = replace(harms, source_id="broken", fetch=nowhere)
    monkeypatch.setattr(commands, "load_sources", lambda: [bad, harms])
    here.server.on("/harms.zip", zip_answer(NEWER))
    assert here.fetch() == 1
    assert "HTTP 404" in here.output.getvalue()
    assert [(year, value) for year, value, _ in here.deaths()] == [(2030, 12.0), (2031, 11.0)]


def test_status_names_what_was_never_fetched(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(here.source, source_id="other_harms")
    unreachable = replace(here.source, source_id="paper_harms", fetch=None)
    monkeypatch.setattr(commands, "load_sources", lambda: [here.source, other, unreachable])
    raw, snapshot = str(here.folder / "raw"), str(here.folder / "snapshot")
    here.output.truncate(0)
    assert main(["--raw-store", raw, "status", "--snapshot", snapshot]) == 0
    assert "Never fetched here: other_harms.\n" in here.output.getvalue()
