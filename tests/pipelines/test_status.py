"""How old a source is, and when more is expected."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipelines.declaration import SOURCES, Source, load_source
from pipelines.status import SourceStatus, source_statuses

HARMS = load_source(SOURCES / "phac_substance_harms.toml")


def record(folder: Path, source: Source, release_id: str, published: str) -> None:
    path = folder / source.source_id / f"{release_id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "release_id": release_id,
        "published": published,
        "covers_from": "2016-01-01",
        "covers_to": "2025-09-30",
    }
    path.write_text(json.dumps(content), "utf-8")


@pytest.mark.parametrize(
    ("cadence", "expected", "state"),
    [
        ("daily", date(2026, 3, 26), "due"),
        ("weekly", date(2026, 4, 1), "due"),
        ("monthly", date(2026, 4, 25), "due"),
        ("quarterly", date(2026, 6, 25), "current"),
        ("yearly", date(2027, 3, 25), "current"),
        ("irregular", None, "irregular"),
    ],
)
def test_a_release_is_due_when_its_rhythm_says(
    tmp_path: Path, cadence: str, expected: date | None, state: str
) -> None:
    source = replace(HARMS, cadence=cadence)
    record(tmp_path / "ships", source, "2025-12", "2025-12")
    record(tmp_path / "ships", source, "2026-03", "2026-03-25")
    (found,) = source_statuses([source], tmp_path / "ships", tmp_path / "none", date(2026, 5, 25))
    assert found == SourceStatus(
        "phac_substance_harms", 2, "2026-03", "2016-01-01", "2025-09-30", 61, expected, state,
        fetched=False, can_fetch=source.fetch is not None,
    )  # fmt: skip


def test_what_was_fetched_counts_as_the_newest(tmp_path: Path) -> None:
    record(tmp_path / "ships", HARMS, "2026-03", "2026-03-25")
    record(tmp_path / "staged", HARMS, "2026-06-24", "2026-06-24")
    (found,) = source_statuses([HARMS], tmp_path / "ships", tmp_path / "staged", date(2026, 6, 25))
    assert (found.newest, found.releases, found.age_days) == ("2026-06-24", 2, 1)
    assert found.fetched


def test_a_source_without_a_release_was_never_loaded(tmp_path: Path) -> None:
    other = replace(HARMS, source_id="city_helpline_calls")
    record(tmp_path / "ships", HARMS, "2026-03", "2026-03-25")
    (found,) = source_statuses([other], tmp_path / "ships", tmp_path / "none", date(2026, 6, 25))
    assert (found.state, found.newest, found.age_days) == ("never loaded", None, None)
