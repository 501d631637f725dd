"""docs/sources.md and docs/measures.md say what the declarations and the warehouse say."""

from pathlib import Path

import duckdb
import pytest

from pipelines.declaration import load_sources
from pipelines.reference import DOCS, measures_page, sources_page


@pytest.fixture(scope="module")
def pages(warehouse_path: Path) -> dict[str, str]:
    with duckdb.connect(str(warehouse_path), read_only=True) as con:
        return {
            "sources.md": sources_page(con, load_sources()),
            "measures.md": measures_page(con),
        }


@pytest.mark.parametrize("name", ["sources.md", "measures.md"])
def test_the_page_is_fresh(pages: dict[str, str], name: str) -> None:
    kept = (DOCS / name).read_text("utf-8").splitlines()
    made = pages[name].splitlines()
    stale = [f"{old!r} is now {new!r}" for old, new in zip(kept, made, strict=False) if old != new]
    assert stale[:3] == [], "run make docs"
    assert len(kept) == len(made), "run make docs"


def test_every_source_and_every_loaded_measure_is_described(pages: dict[str, str]) -> None:
    for source in load_sources():
        assert f"## {source.source_id}\n" in pages["sources.md"]
    assert "| `opioid_deaths` | count, per_100k" in pages["measures.md"]
