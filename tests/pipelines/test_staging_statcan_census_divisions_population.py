"""Census counts of divisions: two censuses a row, notes at the end, in Latin-1."""

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest

from pipelines.errors import SourceFileError

SOURCE = "statcan_census_divisions_population"
HEADER = (
    '"Geographic code","Geographic name, english","Geographic name, french",'
    '"Geographic type, english","Geographic type, french","Province / territory, english",'
    '"Province / territory, french","Geographic code, Province / territory","Population, 2016",'
    '"Incompletely enumerated Indian reserves and Indian settlements, 2016","Population, 2011",'
    '"2011 adjusted population flag"\n'
)
NOTES = (
    '\nNote:\n"2011 adjusted population flag","T = adjusted."\n"For further information: a page."\n'
    '\n"Source: Statistics Canada."\n'
)

Stage = Callable[..., list[tuple[Any, ...]]]


def row(code: str, counted_2016: int, counted_2011: int) -> str:
    return f'"{code}","Québec","Québec","A","A","B","B",24,{counted_2016},F,{counted_2011},T\n'


def test_a_row_is_two_censuses(stage_text: Stage) -> None:
    text = HEADER + row("2423", 120, 110)
    assert stage_text(
        SOURCE,
        text,
        "measure_id, region_id, period_start, period_end, period_kind, dimension, value, unit",
    ) == [
        (
            "census_population", "CA-QC-cd-2423", date(year, 5, 10), date(year, 5, 10), "day",
            "total", value, "count",
        )
        for year, value in ((2011, 110.0), (2016, 120.0))
    ]  # fmt: skip


def test_column_names_and_notes_are_rejected_with_a_reason(
    stage_text: Stage, codes: duckdb.DuckDBPyConnection
) -> None:
    assert stage_text(SOURCE, HEADER + row("3520", 9, 8) + NOTES, "DISTINCT line") == [(2,)]
    assert codes.execute("SELECT line, reason FROM all_rejected ORDER BY line").fetchall() == [
        (1, "column names"),
        (4, "footnote"),
        (5, "footnote"),
        (6, "footnote"),
        (8, "footnote"),
    ]


def test_an_unknown_division_is_refused_with_its_line(stage_text: Stage) -> None:
    with pytest.raises(SourceFileError, match="line 3: expected a row that has a region_id"):
        stage_text(SOURCE, HEADER + row("3520", 9, 8) + row("3599", 2, 1), "line")


def test_other_columns_are_refused(stage_text: Stage) -> None:
    text = HEADER.replace("Population, 2016", "Population, 2021") + row("3520", 9, 8)
    with pytest.raises(SourceFileError, match="line 1: expected 'Population, 2016' in column 9"):
        stage_text(SOURCE, text, "line")
