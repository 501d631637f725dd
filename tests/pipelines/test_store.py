"""What a user fetched or imported is kept, staged and built; what cannot be read is set aside."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.build import build
from pipelines.declaration import SOURCES, load_source
from pipelines.download import Validators
from pipelines.errors import SourceFileError
from pipelines.importing import import_files
from pipelines.shipped import Folders
from pipelines.snapshot import SNAPSHOT
from pipelines.store import Kept, Store

HEADER = (
    "Substance,Source,Specific_Measure,Region,PRUID,Time_Period,Year_Quarter,Aggregator,"
    "Disaggregator,Unit,Value\n"
)
DEATHS = HEADER + "Opioids,Deaths,Overall numbers,Canada,1,By year,2030,,,Number,12\n"
DAY = datetime(2031, 3, 25, 12, tzinfo=UTC)
HARMS = load_source(SOURCES / "phac_substance_harms.toml")

Files = dict[str, bytes]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "raw")


@pytest.fixture
def keep(store: Store, tmp_path: Path) -> Callable[..., Kept]:
    """Keep a text as the file of PHAC's harms."""

    def run(text: str, etag: str | None = None, modified: str | None = None) -> Kept:
        path = tmp_path / "SubstanceHarmsData.csv"
        path.write_text(text, "utf-8")
        return store.keep(
            HARMS,
            [path],
            url="https://example.org/harms.csv",
            validators=(Validators(etag, modified),),
            fetched_at=DAY,
        )

    return run


def kept_files(store: Store) -> Files:
    return {
        str(path.relative_to(store.root)): path.read_bytes()
        for path in store.root.rglob("*")
        if path.is_file()
    }


def test_new_content_becomes_a_release_with_its_bytes_and_receipt(
    keep: Callable[..., Kept], store: Store
) -> None:
    assert keep(DEATHS, '"a"') == Kept("new", "2031-03-25", 1)
    (receipt,) = store.receipts(HARMS.source_id)
    (part,) = receipt["parts"]
    assert receipt["url"] == "https://example.org/harms.csv"
    assert receipt["fetched_at"] == "2031-03-25T12:00:00+00:00"
    assert (store.root / HARMS.source_id / part["file"]).read_text("utf-8") == DEATHS
    assert store.known(HARMS.source_id) == (Validators('"a"', None),)


def test_unchanged_content_makes_no_release(keep: Callable[..., Kept], store: Store) -> None:
    keep(DEATHS)
    before = sorted(kept_files(store))
    assert keep(DEATHS, '"b"') == Kept("unchanged", "2031-03-25", 1)
    assert sorted(kept_files(store)) == before
    assert store.known(HARMS.source_id) == (Validators('"b"', None),)


def test_a_second_release_of_a_day_gets_an_id_of_its_own(keep: Callable[..., Kept]) -> None:
    keep(DEATHS)
    assert keep(DEATHS.replace(",12", ",13")).release_id == "2031-03-25.02"


def test_a_release_is_dated_by_the_publisher_if_it_says(keep: Callable[..., Kept]) -> None:
    kept = keep(DEATHS, modified="Wed, 26 Feb 2031 10:00:00 GMT")
    assert kept.release_id == "2031-02-26"
    assert keep(DEATHS.replace(",12", ",13"), modified="soon").release_id == "2031-03-25"


def test_a_file_that_cannot_be_read_is_set_aside_and_nothing_else_changes(
    keep: Callable[..., Kept], store: Store
) -> None:
    keep(DEATHS)
    before = kept_files(store)
    changed = DEATHS.replace("PRUID", "PR_ID")
    with pytest.raises(SourceFileError, match="expected columns 'PRUID'; got instead 'PR_ID'"):
        keep(changed)
    after = kept_files(store)
    assert {name: after[name] for name in before} == before
    refused = after.keys() - before.keys()
    assert {Path(name).parent.name for name in refused} == {"refused"}
    assert changed.encode() in [after[name] for name in refused]
    assert any(b"got instead 'PR_ID'" in after[name] for name in refused)


def test_a_lost_file_is_fetched_whole_again(keep: Callable[..., Kept], store: Store) -> None:
    keep(DEATHS, '"a"')
    (receipt,) = store.receipts(HARMS.source_id)
    (store.root / HARMS.source_id / receipt["parts"][0]["file"]).unlink()
    assert store.known(HARMS.source_id) == (None,)


def test_a_release_is_staged_again_when_its_declaration_changed(
    keep: Callable[..., Kept], store: Store
) -> None:
    keep(DEATHS)
    store.restage([HARMS])
    layout = HARMS.layouts[""]
    other = layout.staging_sql.replace(
        "TRY_CAST(Value AS DOUBLE)", "10 * TRY_CAST(Value AS DOUBLE)"
    )
    assert other != layout.staging_sql
    changed = replace(HARMS, layouts={"": replace(layout, staging_sql=other)})
    staged = store.staged / HARMS.source_id / "2031-03-25.parquet"
    with duckdb.connect() as con:
        query = "SELECT value FROM read_parquet($path)"
        assert con.execute(query, {"path": str(staged)}).fetchall() == [(12.0,)]
        store.restage([changed])
        assert con.execute(query, {"path": str(staged)}).fetchall() == [(120.0,)]


SHELTER = load_source(SOURCES / "toronto_shelter_resident_deaths.toml")
TWO_MONTHS = (
    '[{"_id": 1, "Year": 2029, "Month": "Jan", "Total decedents": 1, "Male": 1, "Female": 0, '
    '"Transgender/Non-binary/Two-Spirit": "n/a"}, '
    '{"_id": 2, "Year": 2030, "Month": "Dec", "Total decedents": 3, "Male": 2, "Female": 1, '
    '"Transgender/Non-binary/Two-Spirit": "0"}]'
)


@pytest.fixture
def imported(store: Store, tmp_path: Path) -> Path:
    """A file that was imported as a release of 15 January 2031."""
    path = tmp_path / "from a memory stick.json"
    path.write_text(TWO_MONTHS, "utf-8")
    assert import_files([path], [SHELTER], store, published="2031-01-15") == (
        "toronto_shelter_resident_deaths",
        Kept("new", "2031-01-15", 2),
    )
    assert path.read_text("utf-8") == TWO_MONTHS
    return path


@pytest.mark.usefixtures("imported")
def test_an_imported_release_enters_the_warehouse(store: Store, tmp_path: Path) -> None:
    ships = tmp_path / "snapshot"
    shutil.copytree(SNAPSHOT / "phac_substance_harms", ships / "phac_substance_harms")
    warehouse = tmp_path / "warehouse.duckdb"
    build(warehouse, Folders(ships, store.staged))
    with duckdb.connect(str(warehouse), read_only=True) as con:
        assert con.execute(
            "SELECT period_start, value, release_id, is_latest FROM marts.observation "
            "WHERE measure_id = 'shelter_resident_deaths' AND dimension = 'total' ORDER BY ALL"
        ).fetchall() == [
            (date(2029, 1, 1), 1.0, "2031-01-15", True),
            (date(2030, 12, 1), 3.0, "2031-01-15", True),
        ]


@pytest.mark.usefixtures("imported")
def test_a_release_that_lost_rows_is_not_built(store: Store, tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    warehouse.write_bytes(b"the old warehouse")
    command = ["build", "--warehouse", str(warehouse)]
    told = pipelines(store, *command)
    assert told.returncode == 1
    assert "toronto_shelter_resident_deaths: rows_of_a_year_do_not_fall: " in told.stdout
    assert "build --without SOURCE" in told.stdout
    assert warehouse.read_bytes() == b"the old warehouse"

    told = pipelines(store, *command, "--without", "toronto_shelter_resident_deaths")
    assert told.returncode == 0
    assert pipelines(store, "check", "--warehouse", str(warehouse)).returncode == 0


def pipelines(store: Store, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipelines", "--raw-store", str(store.root), *arguments],
        cwd=SNAPSHOT.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
