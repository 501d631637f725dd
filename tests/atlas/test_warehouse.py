"""The one reader of the warehouse: data in filters, a file that comes, goes and changes."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest

from atlas import warehouse

ASKED: dict[str, Any] = {
    "measures": ["opioid_deaths"], "regions": None, "dimensions": None, "units": None,
    "period_kinds": None,
}  # fmt: skip
HOSTILE = [
    "' OR '1'='1",
    "CA-BC'; DROP TABLE marts.observation; --",
    "CA-BC') OR true --",
    "$regions",
    "\x00",
    "𝕊" * 10_000,
]


def build(path: Path, *region_ids: str) -> Path:
    """Write a warehouse that holds these regions and no more."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA marts")
        connection.execute(
            "CREATE TABLE marts.region AS SELECT unnest($ids) AS region_id, 'country' AS level, "
            "NULL AS parent_id, '' AS name_en, '' AS name_fr, NULL AS code, 1 AS population_latest",
            {"ids": list(region_ids)},
        )
    return path


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small warehouse in place of the built one."""
    path = build(tmp_path / "warehouse.duckdb", "old")
    monkeypatch.setenv("ATLAS_WAREHOUSE", str(path))
    return path


def region_ids() -> list[str]:
    return list(warehouse.query("regions")["region_id"])


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("filter_name", ["measures", "regions", "dimensions", "units"])
def test_text_in_a_filter_is_data(warehouse_path: Path, filter_name: str, text: str) -> None:
    assert warehouse.query("figures", **ASKED | {filter_name: [text]}).empty
    assert not warehouse.query("figures", **ASKED).empty


@pytest.mark.parametrize("text", HOSTILE)
def test_text_in_a_single_value_is_data(warehouse_path: Path, text: str) -> None:
    assert warehouse.query("slices", measure=text).empty
    assert not warehouse.query("slices", measure="opioid_deaths").empty


def test_a_filter_of_none_does_not_restrict_and_an_empty_one_lets_nothing_through(
    warehouse_path: Path,
) -> None:
    everything = warehouse.query("figures", **ASKED)
    assert everything["region_id"].nunique() > 10
    assert warehouse.query("figures", **ASKED | {"regions": []}).empty


@pytest.mark.parametrize("name", ["no_such_query", "", "../queries/regions", "regions.sql"])
def test_an_unknown_query_is_an_error(name: str) -> None:
    with pytest.raises(KeyError):
        warehouse.query(name)


def test_a_query_cannot_change_the_warehouse(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    statements = {"regions": "DELETE FROM marts.region"}
    monkeypatch.setattr(warehouse, "_queries", lambda: statements)
    with pytest.raises(duckdb.Error, match="read-only"):
        warehouse.query("regions")


def test_a_missing_warehouse_says_how_to_build_it(served: Path) -> None:
    served.unlink()
    with pytest.raises(warehouse.MissingWarehouseError, match="make warehouse") as found:
        warehouse.query("regions")
    assert str(served) in str(found.value)
    with pytest.raises(warehouse.MissingWarehouseError):
        warehouse.version()
    build(served, "back")
    assert region_ids() == ["back"]


def can_be_written(path: Path) -> bool:
    """Whether another process gets the lock that a writer needs."""
    code = "import duckdb, sys; duckdb.connect(sys.argv[1]).close()"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True)
    return done.returncode == 0


def test_a_replaced_warehouse_is_read_next_and_the_old_one_is_let_go(
    served: Path, tmp_path: Path
) -> None:
    assert region_ids() == ["old"]
    before = warehouse.version()
    kept = tmp_path / "kept.duckdb"
    kept.hardlink_to(served)
    assert not can_be_written(kept)
    build(tmp_path / "next.duckdb", "new").replace(served)
    assert region_ids() == ["new"]
    assert warehouse.version() != before
    assert can_be_written(kept)


def test_a_warehouse_that_cannot_be_read_fails_and_the_next_one_is_read(
    served: Path, tmp_path: Path
) -> None:
    assert region_ids() == ["old"]
    broken = tmp_path / "broken.duckdb"
    broken.write_bytes(b"not a database" * 1_000)
    broken.replace(served)
    with pytest.raises(duckdb.Error):
        region_ids()
    build(tmp_path / "next.duckdb", "new").replace(served)
    assert region_ids() == ["new"]


def test_another_path_is_another_warehouse(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert region_ids() == ["old"]
    other = build(tmp_path / "other.duckdb", "elsewhere")
    same_time = served.stat().st_mtime_ns
    os.utime(other, ns=(same_time, same_time))
    monkeypatch.setenv("ATLAS_WAREHOUSE", str(other))
    assert region_ids() == ["elsewhere"]


def test_threads_read_in_parallel_while_the_file_is_replaced(served: Path, tmp_path: Path) -> None:
    names = [f"region{step}" for step in range(6)]
    following = [build(tmp_path / f"{name}.duckdb", name) for name in names]
    with ThreadPoolExecutor(max_workers=8) as pool:
        reading = []
        for path in following:
            reading += [pool.submit(region_ids) for _time in range(10)]
            path.replace(served)
            reading += [pool.submit(region_ids) for _time in range(10)]
        found = [future.result() for future in reading]
    assert {len(ids) for ids in found} == {1}
    assert {ids[0] for ids in found} <= {"old", *names}
    assert region_ids() == names[-1:]
