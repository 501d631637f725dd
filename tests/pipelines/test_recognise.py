"""A file is recognised by its header alone, or the message says what it looks like."""

from pathlib import Path

import pytest

from pipelines.declaration import load_sources
from pipelines.errors import PipelineError
from pipelines.recognise import recognise

HARMS = (
    "Substance,Source,Specific_Measure,Region,PRUID,Time_Period,Year_Quarter,Aggregator,"
    "Disaggregator,Unit,Value"
)


def test_a_file_belongs_to_the_source_that_has_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "download (3).csv"
    path.write_text(f"{HARMS}\n", "utf-8")
    match = recognise(path, load_sources())
    assert (match.source.source_id, match.layout) == ("phac_substance_harms", "")


def test_every_release_that_ships_is_recognised_by_its_first_file(raw_root: Path) -> None:
    sources = load_sources()
    wrong = []
    for source in sources:
        for release in source.releases:
            if source.layer is not None:
                continue
            try:
                match = recognise(raw_root / release.parts[0].file, sources)
                found = (match.source.source_id, match.layout)
            except PipelineError as error:
                found = (str(error), "")
            if found != (source.source_id, release.layout):
                wrong.append((source.source_id, release.release_id, found))
    assert wrong == []


def test_an_unknown_file_is_described_beside_the_nearest_source(tmp_path: Path) -> None:
    path = tmp_path / "harms.csv"
    path.write_text(f"{HARMS.replace('PRUID', 'PR_ID')}\n", "utf-8")
    with pytest.raises(PipelineError) as refusal:
        recognise(path, load_sources())
    assert str(refusal.value) == (
        "harms.csv: expected the columns of a declared source; got 'Substance', 'Source', "
        "'Specific_Measure', 'Region', 'PR_ID', 'Time_Period', 'Year_Quarter', 'Aggregator', "
        "'Disaggregator', 'Unit', 'Value'. The nearest is phac_substance_harms, which also has "
        "'PRUID' and does not have 'PR_ID'. To add a source, see docs/add-a-source.md."
    )


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\xff", b"<html><body>Sorry</body></html>"])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "download"
    path.write_bytes(content)
    with pytest.raises(PipelineError, match=r"download: expected .* of a declared source"):
        recognise(path, load_sources())


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"nothing\.csv: expected a file, found none"):
        recognise(tmp_path / "nothing.csv", load_sources())
