"""The snapshot to a warehouse: whole and checked, or the old one stays."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from pipelines.build import build, build_order, read_marts
from pipelines.errors import CheckError, PipelineError
from pipelines.shipped import Folders, read_records

ROOT = Path(__file__).parent.parent.parent
SNAPSHOT = ROOT / "data" / "snapshot"
OLD = b"the old warehouse"


def pipelines(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipelines", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The only file of a folder: what an earlier build left."""
    path = tmp_path / "out" / "warehouse.duckdb"
    path.parent.mkdir()
    path.write_bytes(OLD)
    return path


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """A copy of the snapshot, to be damaged."""
    return Path(shutil.copytree(SNAPSHOT, tmp_path / "snapshot"))


def assert_untouched(warehouse: Path) -> None:
    assert warehouse.read_bytes() == OLD
    assert list(warehouse.parent.iterdir()) == [warehouse]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """A warehouse built from the snapshot that ships, and the rows that the build told."""
    path = tmp_path_factory.mktemp("built") / "warehouse.duckdb"
    return path, build(path)


def test_every_mart_is_built_and_counted(built: tuple[Path, dict[str, int]]) -> None:
    path, told = built
    with duckdb.connect(str(path), read_only=True) as con:
        names = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'marts'"
        ).fetchall()
        counted = {
            f"marts.{name}": con.execute(f"SELECT count(*) FROM marts.{name}").fetchall()[0][0]
            for (name,) in names
            if name != "check_result"
        }
    assert told == counted
    assert told.keys() == {f"marts.{name}" for name in read_marts()}
    assert list(path.parent.iterdir()) == [path]


def test_each_rule_has_passed_for_each_source_with_figures(
    built: tuple[Path, dict[str, int]],
) -> None:
    path, _ = built
    with duckdb.connect(str(path), read_only=True) as con:
        results = con.execute(
            "SELECT count(*), count(DISTINCT rule), sum(failures), bool_and(passed) "
            "FROM marts.check_result"
        ).fetchall()
        sources = con.execute("SELECT count(DISTINCT source_id) FROM marts.observation").fetchall()
    rules = len(list((ROOT / "pipelines" / "checks").glob("*.sql")))
    assert results == [(rules * sources[0][0], rules, 0, True)]


def test_the_same_snapshot_gives_the_same_rows(
    built: tuple[Path, dict[str, int]], warehouse_path: Path
) -> None:
    path, _ = built
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{path}' AS built (READ_ONLY)")
        con.execute(f"ATTACH '{warehouse_path}' AS made (READ_ONLY)")
        differing = con.execute(
            "(FROM built.marts.observation EXCEPT ALL FROM made.marts.observation) "
            "UNION ALL (FROM made.marts.observation EXCEPT ALL FROM built.marts.observation)"
        ).fetchall()
    assert differing == []


def test_a_failed_check_leaves_the_old_warehouse_and_says_why(tmp_path: Path, old: Path) -> None:
    checks = tmp_path / "checks"
    checks.mkdir()
    (checks / "no_deaths_in_canada.sql").write_text(
        "-- Nobody may have died\n"
        "SELECT source_id, period_start, value FROM marts.observation\n"
        "WHERE measure_id = 'opioid_deaths' AND region_id = 'CA' AND period_kind = 'year'\n"
        "    AND dimension = 'total' AND unit = 'count' AND release_id = '2026-03'\n"
    )
    (checks / "passes.sql").write_text("-- Nothing\nSELECT '' AS source_id WHERE false\n")
    with pytest.raises(CheckError) as failure:
        build(old, checks=checks)
    headline, *sample = str(failure.value).splitlines()
    assert headline == ("phac_substance_harms: no_deaths_in_canada: Nobody may have died (9 rows)")
    assert sample == [
        "  source_id=phac_substance_harms, period_start=2016-01-01, value=2832.0",
        "  source_id=phac_substance_harms, period_start=2017-01-01, value=3928.0",
        "  source_id=phac_substance_harms, period_start=2018-01-01, value=4253.0",
    ]
    assert_untouched(old)


def test_a_damaged_snapshot_file_is_named(snapshot: Path, old: Path) -> None:
    damaged = snapshot / "phac_substance_harms" / "2026-03.parquet"
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 0xFF
    damaged.write_bytes(content)
    with pytest.raises(PipelineError, match=r"2026-03\.parquet: expected sha256 .* damaged"):
        build(old, Folders(snapshot))
    assert_untouched(old)


def test_a_missing_snapshot_file_is_named(snapshot: Path, old: Path) -> None:
    (snapshot / "tps_reported_crimes" / "2024-01.parquet").unlink()
    with pytest.raises(PipelineError, match=r"2024-01\.parquet: expected a snapshot file, found n"):
        build(old, Folders(snapshot))
    assert_untouched(old)


def test_a_damaged_record_is_named(snapshot: Path, old: Path) -> None:
    record = snapshot / "tps_reported_crimes" / "2024-01.json"
    record.write_bytes(record.read_bytes()[:100])
    with pytest.raises(PipelineError, match=r"2024-01\.json: expected a release record"):
        build(old, Folders(snapshot))
    assert_untouched(old)


def test_a_snapshot_without_records_is_refused(tmp_path: Path, old: Path) -> None:
    with pytest.raises(PipelineError, match=r"expected release records, found none\. Run `make"):
        build(old, Folders(tmp_path / "empty"))
    assert_untouched(old)


def test_records_come_oldest_release_first() -> None:
    releases = [(path.parent.name, path.stem) for path in read_records(Folders(SNAPSHOT))]
    assert releases == sorted(releases)
    assert [release for source, release in releases if source == "phac_substance_harms"] == [
        "2021-06",
        "2022-12",
        "2025-12",
        "2026-03",
    ]


def test_marts_are_built_after_those_that_their_sql_reads() -> None:
    marts = {
        "a": "SELECT * FROM marts.c INNER JOIN marts.b USING (x)",
        "b": "WITH c AS (SELECT 1 AS x) SELECT x FROM c",
        "c": "SELECT x FROM (SELECT x FROM marts.b)",
    }
    assert build_order(marts) == ["b", "c", "a"]


def test_a_mart_that_reads_one_that_is_not_there_is_named() -> None:
    with pytest.raises(PipelineError, match=r"marts/a\.sql reads .*'nowhere'"):
        build_order({"a": "SELECT * FROM marts.nowhere"})


def test_a_reader_keeps_the_old_warehouse_while_a_new_one_takes_its_place(
    built: tuple[Path, dict[str, int]], tmp_path: Path
) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    shutil.copy(built[0], warehouse)
    with duckdb.connect(str(warehouse)) as con:
        con.execute("CREATE TABLE only_in_the_old (x INTEGER)")
    with duckdb.connect(str(warehouse), read_only=True) as reader:
        done = pipelines("build", "--warehouse", warehouse)
        assert done.returncode == 0
        assert reader.execute("SELECT count(*) FROM only_in_the_old").fetchall() == [(0,)]
        assert reader.execute("SELECT count(*) FROM marts.observation").fetchall() == [
            (built[1]["marts.observation"],)
        ]
    with duckdb.connect(str(warehouse), read_only=True) as con:
        tables = con.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    assert ("only_in_the_old",) not in tables
    assert list(tmp_path.iterdir()) == [warehouse]


@pytest.mark.parametrize("seconds", [0.0, 0.2, 0.4, 0.6])
def test_a_killed_build_leaves_the_old_warehouse(old: Path, seconds: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines", "build", "--warehouse", str(old)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    # The new file is begun beside the old one.
    while process.poll() is None and len(list(old.parent.iterdir())) == 1:
        time.sleep(0.005)
    time.sleep(seconds)
    process.kill()
    killed = process.wait(timeout=30) == -signal.SIGKILL
    # A kill after the last step finds a build that is done; at once, it never is.
    assert killed or seconds > 0
    if old.read_bytes() != OLD:
        assert pipelines("check", "--warehouse", old).returncode == 0


def test_the_command_line_tells_how_it_went(
    built: tuple[Path, dict[str, int]], tmp_path: Path
) -> None:
    path, _ = built
    passed = pipelines("check", "--warehouse", path)
    assert (passed.returncode, passed.stdout) == (0, "Every check passed.\n")

    broken = tmp_path / "broken.duckdb"
    shutil.copy(path, broken)
    with duckdb.connect(str(broken)) as con:
        con.execute("UPDATE marts.observation SET value = -1 WHERE unit = 'index'")
    before = broken.read_bytes()
    failed = pipelines("check", "--warehouse", broken)
    assert failed.returncode == 1
    assert "statcan_crime_severity: value_in_range: " in failed.stdout
    assert broken.read_bytes() == before

    none = pipelines("check", "--warehouse", tmp_path / "none.duckdb")
    assert (none.returncode, "expected a warehouse, found none" in none.stdout) == (1, True)

    other = tmp_path / "other.duckdb"
    other.write_bytes(b"not a database at all" * 1000)
    unreadable = pipelines("check", "--warehouse", other)
    assert (unreadable.returncode, "expected a warehouse" in unreadable.stdout) == (1, True)

    unbuilt = pipelines("build", "--warehouse", tmp_path / "x", "--snapshot", tmp_path / "none")
    assert (unbuilt.returncode, "expected release records" in unbuilt.stdout) == (1, True)

    assert pipelines("demolish").returncode == 2
