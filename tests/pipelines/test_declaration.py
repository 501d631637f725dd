"""What a declaration may say of where its source is fetched."""

import re
from pathlib import Path

import pytest

from pipelines.declaration import SOURCES, load_source, load_sources
from pipelines.errors import PipelineError

DECLARED = (SOURCES / "toronto_shelter_resident_deaths.toml").read_text("utf-8")
WITHOUT = DECLARED.partition("[fetch]")[0]


@pytest.fixture
def declare(tmp_path: Path) -> Path:
    """Where a declaration finds the SQL of the source that it is made of."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "staging").symlink_to(SOURCES.parent / "staging")
    return tmp_path / "sources" / "toronto_shelter_resident_deaths.toml"


@pytest.mark.parametrize(
    ("fetch", "says"),
    [
        (
            'kind = "pigeon"\nurls = ["https://example.org"]',
            "kind of fetch is one of file, ckan, socrata, arcgis; got 'pigeon'",
        ),
        ('kind = "file"\nurls = []', "urls of fetch is a list of addresses"),
        ('kind = "file"\nurls = "https://example.org"', "urls of fetch is a list of addresses"),
        ('kind = "file"', "a key is missing or holds another kind of value: 'urls'"),
        (
            'kind = "file"\nurls = ["https://example.org"]\nlayout = "other"',
            "layout is one of , table; got 'other'",
        ),
    ],
    ids=["kind", "no address", "text for a list", "no urls", "unknown layout"],
)
def test_a_bad_fetch_table_is_refused(declare: Path, fetch: str, says: str) -> None:
    declare.write_text(f"{WITHOUT}\n[fetch]\n{fetch}\n", encoding="utf-8")
    with pytest.raises(PipelineError, match=re.escape(f"{declare.name}: {says}")):
        load_source(declare)


def test_every_declared_address_is_one_of_the_web() -> None:
    fetched = [source for source in load_sources() if source.fetch]
    assert fetched
    for source in fetched:
        assert source.fetch is not None
        assert all(url.startswith("https://") for url in source.fetch.urls), source.source_id
        layout = source.layouts[source.fetch.layout]
        assert source.fetch.urls[0].endswith(".zip") <= bool(layout.member), source.source_id
