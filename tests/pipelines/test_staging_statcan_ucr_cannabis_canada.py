"""Statistics Canada's customised view: a block a violation, between a preamble and footnotes."""

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest

from pipelines.errors import SourceFileError

SOURCE = "statcan_ucr_cannabis_canada"
BLANK = "," * 18 + "\n"
STATISTICS = (
    "Actual incidents",
    '"Rate per 100,000 population 13"',
    "Percentage change in rate 14",
    "Percentage contribution to the Crime Severity Index (CSI) 15 16",
    "Unfounded incidents 17",
    "Percent unfounded 17",
    "Total cleared",
    "Cleared by charge",
    "Cleared otherwise",
    '"Total, persons charged 18"',
    '"Rate, total persons charged per 100,000 population aged 12 years and over 13 19"',
    '"Total, adult charged"',
    '"Rate, adult charged per 100,000 population aged 18 years and over 13 19"',
    '"Total, youth charged 20 21"',
    '"Rate, youth charged per 100,000 population aged 12 to 17 years 13 19"',
    '"Total, youth not charged 20 21"',
    '"Rate, youth not charged per 100,000 population aged 12 to 17 years 13 19"',
)
HEADER = (
    "A title,\n"
    "Frequency: Annual,\n"
    "Table: 35-10-0177-01,\n"
    "Release date: 2023-07-27,\n"
    "Geography,\n" + BLANK * 3 + ",Geography 3 8 9 10,Canada 12\n"
    f",Statistics,{','.join(STATISTICS)}\n"
    "Violations 11,Reference period\n"
    ",,Number,Rate\n"
)
POSSESSION = '"Possession, cannabis (pre-legalization)  [4140] 23"'
DRUGS = "Operation while impaired (drugs)  [9235] 22"
FOOTER = (
    BLANK + "Symbol legend:,\n.., not available for a specific reference period\n"
    '1,"A footnote, 2018"\n'
)
FIRST = ",".join(["1"] * 17)

Stage = Callable[..., list[tuple[Any, ...]]]


def test_a_line_gives_every_statistic_but_those_that_are_derived(stage_text: Stage) -> None:
    cells = '"38,779",106.12,-14.2,1.5,"1,204",3.01,100,60,40,70,0.3,65,0.2,5,0.1,31,1.27'
    text = f"{HEADER}{POSSESSION},2017,{cells}\n"
    rows = stage_text(SOURCE, text, "measure_id, dimension, member, unit, value, status")
    assert len(rows) == 15
    assert {row[-1] for row in rows} == {"reported"}
    found = {(m.removeprefix("cannabis_possession_"), d, n, u): v for m, d, n, u, v, _ in rows}
    assert found == {
        ("offences", "total", "total", "count"): 38779.0,
        ("offences", "total", "total", "per_100k"): 106.12,
        ("unfounded_incidents", "total", "total", "count"): 1204.0,
        ("unfounded", "total", "total", "percent"): 3.01,
        ("cleared", "total", "total", "count"): 100.0,
        ("cleared_by_charge", "total", "total", "count"): 60.0,
        ("cleared_otherwise", "total", "total", "count"): 40.0,
        ("persons_charged", "total", "total", "count"): 70.0,
        ("persons_charged", "total", "total", "per_100k_12_plus"): 0.3,
        ("persons_charged", "age_group", "18+", "count"): 65.0,
        ("persons_charged", "age_group", "18+", "per_100k_18_plus"): 0.2,
        ("persons_charged", "age_group", "12-17", "count"): 5.0,
        ("persons_charged", "age_group", "12-17", "per_100k_12_to_17"): 0.1,
        ("youth_not_charged", "total", "total", "count"): 31.0,
        ("youth_not_charged", "total", "total", "per_100k_12_to_17"): 1.27,
    }


def test_a_violation_stands_on_the_first_year_of_its_block(stage_text: Stage) -> None:
    text = f"{HEADER}{POSSESSION},2016,{FIRST}\n,2017,{FIRST}\n{DRUGS},2016,{FIRST}\n"
    assert stage_text(
        SOURCE,
        text,
        "region_id, measure_id, period_start, period_end, period_kind",
        "unit = 'count' AND measure_id LIKE '%offences'",
    ) == [
        ("CA", f"{violation}_offences", date(year, 1, 1), date(year, 12, 31), "year")
        for violation, year in (
            ("cannabis_possession", 2016),
            ("cannabis_possession", 2017),
            ("impaired_driving_drugs", 2016),
        )
    ]


def test_what_is_not_available_differs_from_what_rounds_to_zero(stage_text: Stage) -> None:
    text = f"{HEADER}{POSSESSION},2020,16,0s,..,0s{',..' * 13}\n"
    assert stage_text(
        SOURCE, text, "measure_id, unit, value, status", "measure_id NOT LIKE '%charged%'"
    )[:3] == [
        ("cannabis_possession_cleared", "count", None, "not_available"),
        ("cannabis_possession_cleared_by_charge", "count", None, "not_available"),
        ("cannabis_possession_cleared_otherwise", "count", None, "not_available"),
    ]
    assert stage_text(SOURCE, text, "unit, value, status", "measure_id LIKE '%offences'") == [
        ("count", 16.0, "reported"),
        ("per_100k", 0.0, "reported"),
    ]


def test_a_zero_from_before_the_code_existed_is_not_available(stage_text: Stage) -> None:
    zeros = ",".join(["0"] * 17)
    text = f"{HEADER}{DRUGS},2007,{zeros}\n,2008,{zeros}\n{POSSESSION},2007,{zeros}\n"
    assert stage_text(
        SOURCE,
        text,
        "measure_id, value, status",
        "measure_id LIKE '%offences' AND unit = 'count'",
    ) == [
        ("impaired_driving_drugs_offences", None, "not_available"),
        ("impaired_driving_drugs_offences", 0.0, "reported"),
        ("cannabis_possession_offences", 0.0, "reported"),
    ]


def test_a_figure_above_zero_stays_whatever_its_year(stage_text: Stage) -> None:
    ones = ",".join(["1"] * 17)
    assert stage_text(
        SOURCE,
        f"{HEADER}{DRUGS},2007,{ones}\n",
        "value, status",
        "measure_id LIKE '%offences' AND unit = 'count'",
    ) == [(1.0, "reported")]


def test_preamble_legend_and_footnotes_are_rejected_with_their_reason(
    stage_text: Stage, codes: duckdb.DuckDBPyConnection
) -> None:
    stage_text(SOURCE, f"{HEADER}{POSSESSION},2020,{FIRST}\n{FOOTER}", "value")
    assert codes.execute(
        "SELECT reason, list(line ORDER BY line) FROM all_rejected GROUP BY reason ORDER BY 1"
    ).fetchall() == [
        ("legend, correction, footnote or citation", [15, 16, 17]),
        ("title or header row", [1, 2, 3, 4, 5, 9, 10, 11, 12]),
    ]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (f"New offence [9999],2020,{FIRST}", "measure_id"),
        (f"{POSSESSION},2020,,{FIRST[2:]}", "value"),
        (f"{POSSESSION},2020,about 3,{FIRST[2:]}", "value"),
    ],
)
def test_what_is_not_known_is_refused_with_its_line(
    stage_text: Stage, line: str, column: str
) -> None:
    with pytest.raises(SourceFileError, match=f"line 13: expected a row that has a {column}"):
        stage_text(SOURCE, f"{HEADER}{line}\n", "value")


def test_another_release_is_refused(stage_text: Stage) -> None:
    text = HEADER.replace("2023-07-27", "2024-07-25")
    with pytest.raises(SourceFileError, match="line 4: expected 'Release date: 2023-07-27'"):
        stage_text(SOURCE, f"{text}{POSSESSION},2020,{FIRST}\n", "value")
