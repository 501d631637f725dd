"""HUD's counts of one night: a workbook with a sheet a year, a line a state, a column a measure."""

import io
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import duckdb
import pytest

from pipelines.declaration import Source
from pipelines.errors import SourceFileError

SOURCE = "us_hud_point_in_time"
NAMES = [
    "Overall Homeless",
    "Overall Homeless - Under 18",
    "Sheltered Total Homeless",
    "Unsheltered Homeless",
    "Overall Homeless Individuals",
    "Overall Homeless People in Families",
    "Overall Chronically Homeless Individuals",
    "Sheltered Total Chronically Homeless Individuals",
    "Unsheltered Chronically Homeless Individuals",
    "Overall Homeless Veterans",
    "Sheltered Total Homeless Veterans",
    "Unsheltered Homeless Veterans",
]
COUNTS = [100, 20, 60, 40, 70, 30, 15, 6, 9, 12, 8, 4]
YEARS = range(2008, 2023)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

Sheets = dict[str, list[list[object]]]
Stage = Callable[..., list[tuple[Any, ...]]]


def workbook(sheets: Sheets) -> bytes:
    """Write a workbook of text and numbers."""
    buffer = io.BytesIO()
    numbered = list(enumerate(sheets, start=1))
    with zipfile.ZipFile(buffer, "w") as book:
        book.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{OFFICE}.sheet.main+xml"/>'
            "</Types>",
        )
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        listed = "".join(
            f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
            for number, name in numbered
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>',
        )
        targets = "".join(
            f'<Relationship Id="rId{number}" Type="{RELATIONS}/worksheet" '
            f'Target="worksheets/sheet{number}.xml"/>'
            for number, _name in numbered
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">{targets}</Relationships>',
        )
        for number, name in numbered:
            book.writestr(f"xl/worksheets/sheet{number}.xml", worksheet(sheets[name]))
    return buffer.getvalue()


def worksheet(lines: list[list[object]]) -> str:
    rows = ""
    for line, cells in enumerate(lines, start=1):
        rows += f'<row r="{line}">'
        for position, cell in enumerate(cells):
            place = f'r="{chr(ord("A") + position)}{line}"'
            rows += (
                f'<c {place} t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
                if isinstance(cell, str)
                else f"<c {place}><v>{cell}</v></c>"
            )
        rows += "</row>"
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def sheets(year: int = 2022, *lines: list[object]) -> Sheets:
    """Give a book whose sheets have headers only, but for one year."""
    book: Sheets = {
        "Change": [["State", "Change in Total Homelessness, 2021-2022"], ["AK", 0.19]],
    }
    for each in reversed(YEARS):
        header: list[object] = ["State", "Number of CoCs", *(f"{name}, {each}" for name in NAMES)]
        book[str(each)] = [header, *(lines if each == year else ())]
    book["2007"] = [["State", "Number of CoCs"], ["AK", 2]]
    return book


@pytest.fixture
def stage_book(
    codes: duckdb.DuckDBPyConnection,
    declared: Callable[..., tuple[Source, Path]],
    stage_file: Callable[[Source, Path], None],
) -> Stage:
    def run(book: Sheets, columns: str, where: str = "true", table: str = "all_staged") -> Any:
        stage_file(*declared(SOURCE, workbook(book), sum(map(len, book.values()))))
        return codes.execute(
            f"SELECT {columns} FROM (SELECT * FROM {table} WHERE {where} ORDER BY ALL)"
        ).fetchall()

    return run


def test_a_state_has_eleven_figures_of_one_night_a_year(stage_book: Stage) -> None:
    assert stage_book(
        sheets(2022, ["GU", 1, *COUNTS]),
        "measure_id, region_id, period_start, period_end, period_kind, dimension, member, value",
    ) == [
        (f"hud_{who}_one_night", "US-GU", date(2022, 1, 1), date(2022, 12, 31), "year", *figure)
        for who, figure in (
            ("chronically_homeless", ("shelter_status", "sheltered", 6.0)),
            ("chronically_homeless", ("shelter_status", "unsheltered", 9.0)),
            ("chronically_homeless", ("total", "total", 15.0)),
            ("homeless", ("household_type", "individuals", 70.0)),
            ("homeless", ("household_type", "people_in_families", 30.0)),
            ("homeless", ("shelter_status", "sheltered", 60.0)),
            ("homeless", ("shelter_status", "unsheltered", 40.0)),
            ("homeless", ("total", "total", 100.0)),
            ("homeless_veterans", ("shelter_status", "sheltered", 8.0)),
            ("homeless_veterans", ("shelter_status", "unsheltered", 4.0)),
            ("homeless_veterans", ("total", "total", 12.0)),
        )
    ]


def test_the_total_is_the_country_and_a_state_without_counts_is_not_available(
    stage_book: Stage,
) -> None:
    book = sheets(2020, ["AS", 0, *[" "] * 12], ["AZ", 3, *COUNTS], ["Total", 3, *COUNTS])
    assert stage_book(
        book,
        "region_id, value, status",
        "measure_id = 'hud_homeless_one_night' AND dimension = 'total'",
    ) == [
        ("US", 100.0, "reported"),
        ("US-AS", None, "not_available"),
        ("US-AZ", 100.0, "reported"),
    ]


def test_a_total_below_the_sum_of_its_states_is_not_available(stage_book: Stage) -> None:
    total = [*COUNTS]
    total[NAMES.index("Sheltered Total Homeless Veterans")] = 7
    book = sheets(2009, ["AZ", 3, *COUNTS], ["Total", 3, *total])
    assert stage_book(book, "measure_id, member, region_id", "status = 'not_available'") == [
        ("hud_homeless_veterans_one_night", "sheltered", "US")
    ]


def test_of_2021_only_the_sheltered_are_available(stage_book: Stage) -> None:
    assert stage_book(sheets(2021, ["AZ", 3, *COUNTS]), "member, value", "status = 'reported'") == [
        ("sheltered", 6.0),
        ("sheltered", 60.0),
        ("sheltered", 8.0),
    ]
    assert stage_book(
        sheets(2021, ["AZ", 3, *COUNTS]), "count(*), count(value)", "status = 'not_available'"
    ) == [(8, 0)]


def test_lines_that_are_no_count_are_kept_with_a_reason(stage_book: Stage) -> None:
    book = sheets(2022, ["AZ", 1, *COUNTS])
    rejected = Counter(stage_book(book, "reason", table="all_rejected"))
    assert rejected == {
        ("change since an earlier year, not a count",): 2,
        ("names of the columns",): 16,
        ("the number of reporting areas only, without counts of people",): 1,
    }


def test_an_unknown_state_text_in_a_count_and_a_sheet_without_a_measure_are_refused(
    stage_book: Stage,
) -> None:
    with pytest.raises(SourceFileError, match="sheet 2, line 2: expected a row that has a region"):
        stage_book(sheets(2022, ["ZZ", 1, *COUNTS]), "value")
    with pytest.raises(SourceFileError, match="sheet 2, line 2: expected a row that has a value"):
        stage_book(sheets(2022, ["AZ", 1, "many", *COUNTS[1:]]), "value")
    book = sheets(2022, ["AZ", 1, *COUNTS])
    book["2022"][0][-1] = "Veterans elsewhere, 2022"
    with pytest.raises(SourceFileError, match="sheet 2, line 2: expected a row that has a status"):
        stage_book(book, "value")


def test_a_sheet_that_is_new_is_refused_with_its_line(stage_book: Stage) -> None:
    with pytest.raises(SourceFileError, match="sheet 18, line 2"):
        stage_book(sheets() | {"Notes": [["State"], ["AK"]]}, "value")
