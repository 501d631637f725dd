"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def warehouse_path() -> Path:
    """The warehouse that `make` built from data/snapshot."""
    path = ROOT / "data" / "warehouse.duckdb"
    if not path.is_file():
        pytest.fail("data/warehouse.duckdb is missing: run make warehouse")
    return path


@pytest.fixture(scope="session")
def raw_root() -> Path:
    """The folder of publishers' files, which is not part of the repository."""
    path = Path(os.environ.get("ATLAS_RAW") or ROOT.parent / "shared" / "raw")
    if not path.is_dir():
        reason = "the publishers' files are not here: name their folder in ATLAS_RAW"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path
