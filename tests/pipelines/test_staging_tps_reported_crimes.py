"""Toronto police's reported crimes: repeated keys are summed, and the city is the sum."""

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest

from pipelines.errors import SourceFileError

SOURCE = "tps_reported_crimes"
HEADER = "X_id,REPORT_YEAR,DIVISION,CATEGORY,SUBTYPE,COUNT_,COUNT_CLEARED\n"
DRUGS = "Controlled Drugs and Substances Act,Other"
TEXT = (
    f"{HEADER}"
    f"1,2014,D11,{DRUGS},22,9\n"
    f"2,2014,D11,{DRUGS},3,1\n"
    "3,2014,D11,Crimes Against Property,Theft Over $5000,4,1\n"
    f"4,2014,D51,{DRUGS},10,10\n"
    f"5,2014,NSA,{DRUGS},1,0\n"
    f"6,2015,D11,{DRUGS},7,2\n"
)

Stage = Callable[..., list[tuple[Any, ...]]]


def test_rows_that_share_a_key_are_summed(stage_text: Stage) -> None:
    assert stage_text(
        SOURCE,
        TEXT,
        "measure_id, dimension, member, value",
        "region_id = 'CA-ON-toronto-d11' AND year(period_start) = 2014 AND line = 2",
    ) == [
        ("drug_offences_cleared", "total", "total", 10.0),
        ("drug_offences_reported", "total", "total", 25.0),
        ("offences_cleared", "category", "drugs", 10.0),
        ("offences_cleared", "category+subtype", "drugs+other", 10.0),
        ("offences_cleared", "total", "total", 11.0),
        ("offences_reported", "category", "drugs", 25.0),
        ("offences_reported", "category+subtype", "drugs+other", 25.0),
        ("offences_reported", "total", "total", 29.0),
    ]


def test_the_city_is_the_sum_of_its_divisions_and_of_the_rows_without_one(
    stage_text: Stage,
) -> None:
    totals = stage_text(
        SOURCE,
        TEXT,
        "region_id, value",
        "measure_id = 'drug_offences_reported' AND period_start = DATE '2014-01-01'",
    )
    assert dict(totals) == {
        "CA-ON-toronto-d11": 25.0,
        "CA-ON-toronto-d51": 10.0,
        "CA-ON-toronto-nsa": 1.0,
        "CA-ON-toronto": 36.0,
    }


def test_years_stay_apart(stage_text: Stage) -> None:
    assert stage_text(
        SOURCE,
        TEXT,
        "period_start, period_end, period_kind, value",
        "measure_id = 'drug_offences_cleared' AND region_id = 'CA-ON-toronto'",
    ) == [
        (date(2014, 1, 1), date(2014, 12, 31), "year", 20.0),
        (date(2015, 1, 1), date(2015, 12, 31), "year", 2.0),
    ]


def test_a_category_that_is_not_drugs_adds_no_drug_offence(stage_text: Stage) -> None:
    text = f"{HEADER}1,2014,D11,Crimes Against the Person,Assault,5,5\n"
    assert set(stage_text(SOURCE, text, "measure_id")) == {
        ("offences_cleared",),
        ("offences_reported",),
    }


OLDER = "_id,Index_,ReportedYear,GeoDivision,Category,Subtype,Count_,CountCleared"


def older(rows: str, header: str = OLDER) -> str:
    return f"{header}\n{rows}"


def test_an_older_copy_gives_the_same_figures_under_other_names(
    stage_text: Stage, codes: duckdb.DuckDBPyConnection
) -> None:
    text = older(
        f"1,1,2014,D11,{DRUGS},201,195\n"
        # The category has a trailing blank, and two divisions stand as one.
        "2,2,2014,D54/D55,Criminal Code Traffic ,Other,10,3\n"
        f"3,3,2014,NSA,{DRUGS},4,0\n"
    )
    assert stage_text(
        SOURCE,
        text,
        "region_id, measure_id, value",
        "dimension = 'total' AND measure_id LIKE '%reported'",
        layout="older",
    ) == [
        ("CA-ON-toronto", "drug_offences_reported", 205.0),
        ("CA-ON-toronto-d11", "drug_offences_reported", 201.0),
        ("CA-ON-toronto", "offences_reported", 215.0),
        ("CA-ON-toronto-d11", "offences_reported", 201.0),
        ("CA-ON-toronto-d55", "offences_reported", 10.0),
        ("CA-ON-toronto-nsa", "drug_offences_reported", 4.0),
        ("CA-ON-toronto-nsa", "offences_reported", 4.0),
    ]
    assert codes.execute("SELECT line, reason FROM all_rejected").fetchall() == [(1, "header row")]


def test_an_older_copy_may_have_an_empty_geometry(stage_text: Stage) -> None:
    text = older(f"1,NA,2014,D11,{DRUGS},201,195,1,null\n", f"{OLDER},ObjectId,geometry")
    assert stage_text(
        SOURCE,
        text,
        "value, unit, period_start, period_end",
        "measure_id = 'drug_offences_cleared' AND region_id = 'CA-ON-toronto-d11'",
        layout="older",
    ) == [(195.0, "count", date(2014, 1, 1), date(2014, 12, 31))]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (f"1,1,2014,D99,{DRUGS},1,1", "region_id"),
        ("1,1,2014,D11,New Category,Other,1,1", "member"),
        (f"1,1,2014,D11,{DRUGS},few,1", "value"),
    ],
)
def test_what_is_not_known_in_an_older_copy_is_refused_with_its_line(
    stage_text: Stage, row: str, column: str
) -> None:
    with pytest.raises(SourceFileError, match=f"line 2: expected a row that has a {column}"):
        stage_text(SOURCE, older(f"{row}\n"), "value", layout="older")
