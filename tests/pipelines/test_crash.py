"""Whatever happens to a build, the warehouse that was served is served, or the new one is whole."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from pipelines.build import build

ROOT = Path(__file__).resolve().parents[2]
BUILD = [sys.executable, "-m", "pipelines", "build", "--warehouse"]


def start(warehouse: Path, most_bytes: int | None = None) -> subprocess.Popen[str]:
    """Begin a build; `most_bytes` is the most that it can write to one file, as on a full disk."""

    def limit() -> None:
        if most_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    return subprocess.Popen(
        [*BUILD, str(warehouse)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=limit,
        env=os.environ | {"COLUMNS": "200"},
    )


def figures(warehouse: Path) -> int:
    with duckdb.connect(str(warehouse), read_only=True) as con:
        rows = con.execute("SELECT count(*) FROM marts.observation").fetchall()
    return int(rows[0][0])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, float]:
    """A served warehouse, its figures, and how many seconds a build takes here."""
    path = tmp_path_factory.mktemp("served") / "warehouse.duckdb"
    began = time.monotonic()
    rows = build(path)
    return path, rows["marts.observation"], time.monotonic() - began


def test_a_build_killed_at_any_moment_leaves_a_whole_warehouse(
    whole: tuple[Path, int, float],
) -> None:
    warehouse, rows, seconds = whole
    # Readers of the served file see all its figures while one build after another is killed.
    with duckdb.connect(str(warehouse), read_only=True) as reader:
        moments = random.Random(3)
        for _ in range(8):
            process = start(warehouse)
            time.sleep(moments.uniform(0, 1.5 * seconds))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            assert reader.execute("SELECT count(*) FROM marts.observation").fetchall() == [(rows,)]
    assert figures(warehouse) == rows

    process = start(warehouse)
    said, _ = process.communicate()
    assert process.returncode == 0, said
    # The next build removes what the killed ones left behind.
    assert list(warehouse.parent.iterdir()) == [warehouse]


def test_two_builds_at_once_both_end_well(whole: tuple[Path, int, float]) -> None:
    warehouse, rows, _ = whole
    builds = [start(warehouse), start(warehouse)]
    said = [process.communicate()[0] for process in builds]
    assert [process.returncode for process in builds] == [0, 0], said
    assert figures(warehouse) == rows
    assert list(warehouse.parent.iterdir()) == [warehouse]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.4, 0.8])
def test_a_full_disk_leaves_the_old_warehouse(whole: tuple[Path, int, float], share: float) -> None:
    warehouse, rows, _ = whole
    before = warehouse.read_bytes()
    process = start(warehouse, most_bytes=int(len(before) * share))
    said, _ = process.communicate()
    assert process.returncode != 0
    assert "Traceback" not in said
    assert "could not be" in said
    assert warehouse.read_bytes() == before
    assert figures(warehouse) == rows
