"""Tables of people accused: a sheet a province, periods by clearance, labels carried down."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import duckdb
import pytest

from pipelines.declaration import Source
from pipelines.errors import SourceFileError
from tests.pipelines.conftest import zipped

SOURCE = "statcan_cannabis_clearance"
PERIODS = (
    "January 1st, 2015 to December 31st, 2015",
    "January 1st, 2016 to December 31st, 2016",
    "January 1st, 2017 to December 31st, 2017",
    "January 1st, 2018 to October 16th, 2018",
    "October 17th, 2018 to December 31st, 2018",
    "January 1st, 2019 to December 31st, 2019",
    "January 1st, 2020 to December 31st, 2020",
    "January 1st, 2021 to December 31st, 2021",
)
Sheet = list[list[str | int]]

HEADER: Sheet = [
    ["Table 1. Accused of police-reported cannabis related offences"],
    ["Violation, age, and gender of the accused", "", "", "Reference Period"],
    ["", "", "", *(cell for period in PERIODS for cell in (period, "", "", ""))],
    ["", "", "", *["Cleared by charge", "Cleared Otherwise", "", "Total"] * 8],
    ["", "", "", *["", "Diversionary Program", "Other Cleared Otherwise", ""] * 8],
]
BEFORE = "Cannabis- Possession (Pre Legalization)1"
YOUTH = "Possession of over 5g dried cannabis (or equivalent) by youth"

Rows = list[tuple[Any, ...]]


def block(violation: str, *counts: int | str) -> Sheet:
    """Write the first three lines of a violation, with the same four cells in every period."""
    cells = list(counts) * 8
    return [
        [violation, "12 to 17", "Female", *cells],
        ["", "", "Male", *cells],
        ["", "", "Total", *cells],
    ]


def workbook(sheets: dict[str, Sheet]) -> bytes:
    """Give the bytes of the smallest workbook that holds these sheets."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"

    def cell(value: str | int) -> str:
        if isinstance(value, int):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'

    numbers = range(1, len(sheets) + 1)
    members = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" '
            f'ContentType="{types}.worksheet+xml"/>'
            for n in numbers
        )
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        + "".join(
            f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>'
            for n, name in zip(numbers, sheets, strict=True)
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in numbers
        )
        + "</Relationships>",
    }
    for n, rows in zip(numbers, sheets.values(), strict=True):
        body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
        members[f"xl/worksheets/sheet{n}.xml"] = (
            f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>'
        )
    return zipped({name: text.encode() for name, text in members.items()})


@pytest.fixture
def stage_sheets(
    codes: duckdb.DuckDBPyConnection,
    declared: Callable[..., tuple[Source, Path]],
    stage_file: Callable[[Source, Path], None],
) -> Callable[..., Rows]:
    """Stage sheets below the publisher's header and give the asked columns."""

    def run(sheets: dict[str, Sheet], columns: str, where: str = "true") -> Rows:
        whole = {name: [*HEADER, *rows] for name, rows in sheets.items()}
        lines = sum(any(cell != "" for cell in row) for rows in whole.values() for row in rows)
        stage_file(*declared(SOURCE, workbook(whole), lines))
        return codes.execute(
            f"SELECT {columns} FROM (SELECT * FROM all_staged WHERE {where} "
            "ORDER BY line, period_start, dimension, member)"
        ).fetchall()

    return run


Stage = Callable[..., Rows]


def test_a_cell_is_a_figure_of_its_period_and_clearance(stage_sheets: Stage) -> None:
    assert stage_sheets(
        {"Ontario": block(YOUTH, 4, 3, 2, 9)},
        "measure_id, region_id, dimension, member, value, unit, status",
        "period_start = '2020-01-01' AND line = 6",
    ) == [
        (
            "cannabis_act_possession_youth_accused",
            "CA-ON",
            dimension,
            member,
            value,
            "count",
            "reported",
        )
        for dimension, member, value in (
            ("clearance+sex+age_group", "charge+female+12-17", 4.0),
            ("clearance+sex+age_group", "diversion+female+12-17", 3.0),
            ("clearance+sex+age_group", "otherwise+female+12-17", 2.0),
            ("sex+age_group", "female+12-17", 9.0),
        )
    ]


def test_labels_are_carried_down_and_footnote_digits_dropped(stage_sheets: Stage) -> None:
    assert stage_sheets(
        {"Ontario": [*block(BEFORE, 1, 0, 0, 1), *block(YOUTH, 1, 0, 0, 1)]},
        "line, measure_id, member",
        "period_start = '2015-01-01' AND dimension NOT LIKE 'clearance%'",
    ) == [
        (6, "cannabis_possession_accused", "female+12-17"),
        (7, "cannabis_possession_accused", "male+12-17"),
        (8, "cannabis_possession_accused", "12-17"),
        (9, "cannabis_act_possession_youth_accused", "female+12-17"),
        (10, "cannabis_act_possession_youth_accused", "male+12-17"),
        (11, "cannabis_act_possession_youth_accused", "12-17"),
    ]


def test_a_label_that_is_repeated_or_cut_is_the_same(stage_sheets: Stage) -> None:
    cells: list[str | int] = [1, 0, 0, 1] * 8
    rows: Sheet = [
        ["Operation- low blood drug concentration3", "12 to 17", "Female", *cells],
        ["peration- low blood drug concentration", "35 to 110", "Female", *cells],
        ["peration- low blood drug concentration", "35 to 89", "Male", *cells],
        ["", "Total", "Total", *cells],
    ]
    assert stage_sheets(
        {"Canada": rows},
        "measure_id, dimension, member",
        "period_start = '2015-01-01' AND dimension NOT LIKE 'clearance%'",
    ) == [
        ("low_blood_drug_concentration_accused", "sex+age_group", "female+12-17"),
        ("low_blood_drug_concentration_accused", "sex+age_group", "female+35+"),
        ("low_blood_drug_concentration_accused", "sex+age_group", "male+35+"),
        ("low_blood_drug_concentration_accused", "total", "total"),
    ]


def test_2018_stands_in_two_parts_that_are_no_years(stage_sheets: Stage) -> None:
    periods = stage_sheets(
        {"Yukon": block(YOUTH, 1, 0, 0, 1)},
        "DISTINCT period_start, period_end, period_kind",
        "year(period_start) IN (2017, 2018) AND line = 8",
    )
    assert sorted(periods) == [
        (date(2017, 1, 1), date(2017, 12, 31), "year"),
        (date(2018, 1, 1), date(2018, 10, 16), "pooled"),
        (date(2018, 10, 17), date(2018, 12, 31), "pooled"),
    ]


def test_the_marker_is_not_available_and_zero_is_a_value(stage_sheets: Stage) -> None:
    assert stage_sheets(
        {"Yukon": block(YOUTH, "...", 0, "...", 0)},
        "member, value, status",
        "period_start = '2016-01-01' AND line = 8",
    ) == [
        ("12-17", 0.0, "reported"),
        ("charge+12-17", None, "not_available"),
        ("diversion+12-17", 0.0, "reported"),
        ("otherwise+12-17", None, "not_available"),
    ]


@pytest.mark.parametrize(
    ("violation", "first"),
    [
        (BEFORE, date(2018, 10, 17)),
        ("Failure to comply or refusal (drugs)3", date(2019, 1, 1)),
        ("Failure to provide blood sample (drugs)3", date(2019, 1, 1)),
    ],
)
def test_a_zero_from_after_an_offence_ended_is_not_available(
    stage_sheets: Stage, violation: str, first: date
) -> None:
    assert stage_sheets(
        {"Yukon": block(violation, 0, 0, 0, 0)},
        "min(period_start) FILTER (status = 'not_available'), "
        "max(period_start) FILTER (status = 'reported') < "
        "min(period_start) FILTER (status = 'not_available')",
    ) == [(first, True)]


def test_titles_and_notes_of_every_sheet_are_rejected_with_their_reason(
    stage_sheets: Stage, codes: duckdb.DuckDBPyConnection
) -> None:
    sheet: Sheet = [*block(YOUTH, 1, 0, 0, 1), ["… Data not available"]]
    regions = stage_sheets({"Yukon": sheet, "Canada": sheet}, "DISTINCT region_id")
    assert sorted(regions) == [("CA",), ("CA-YT",)]
    assert codes.execute(
        "SELECT reason, list(line ORDER BY line) FROM all_rejected GROUP BY ALL ORDER BY 1"
    ).fetchall() == [
        ("footnote or source", [9, 1_000_000_009]),
        ("title or header row", [*range(1, 6), *range(1_000_000_001, 1_000_000_006)]),
    ]


@pytest.mark.parametrize(
    ("sheets", "column"),
    [
        ({"Atlantis": block(YOUTH, 1, 0, 0, 1)}, "region_id"),
        ({"Yukon": block("New offence", 1, 0, 0, 1)}, "measure_id"),
        ({"Yukon": block(YOUTH, "about 3", 0, 0, 1)}, "value"),
        ({"Yukon": block(YOUTH, 1, "", 0, 1)}, "value"),
        ({"Yukon": [[YOUTH, "12 to 19", "Male", *[1, 0, 0, 1] * 8]]}, "member"),
    ],
)
def test_what_is_not_known_is_refused_with_its_line(
    stage_sheets: Stage, sheets: dict[str, Sheet], column: str
) -> None:
    with pytest.raises(SourceFileError, match=f"line 6: expected a row that has a {column}"):
        stage_sheets(sheets, "value")
