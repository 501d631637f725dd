"""BC deaths by local health area: a header that repeats 2015."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "bc_coroners_local_health_area_deaths"
HEADER = f"Health authority,HSDA,Local Health Areas,metric{',2015' * 8}\n"

Stage = Callable[..., list[tuple[Any, ...]]]


def test_the_columns_are_2015_to_2022_whatever_the_header_says(stage_text: Stage) -> None:
    text = (
        f"{HEADER}"
        "Interior,Okanagan,Enderby,count,0,1,2,3,4,5,6,7\n"
        'Interior,Okanagan,Enderby,"rate per 100,000",0,13.2,1,1,1,1,1,24.9\n'
    )
    rows = stage_text(SOURCE, text, "period_start, unit, value, line", "region_id LIKE '%enderby'")
    assert rows[:8] == [(date(2015 + n, 1, 1), "count", float(n), 2) for n in range(8)]
    assert (date(2016, 1, 1), "per_100k", 13.2, 3) in rows
    assert (date(2022, 1, 1), "per_100k", 24.9, 3) in rows


def test_a_withheld_year_has_no_value_and_no_bounds(stage_text: Stage) -> None:
    text = f"{HEADER}Northern,Northwest,Haida Gwaii,count,Surpressed,1,1,1,1,1,1,1\n"
    where = "period_start = DATE '2015-01-01'"
    assert stage_text(SOURCE, text, "value, status, low, high", where) == [
        (None, "suppressed", None, None)
    ]


def test_names_without_their_spaces_are_known(stage_text: Stage) -> None:
    text = (
        f"{HEADER}"
        "Island,Central Vancouver Island,Cowichan ValleyWest,count,1,1,1,1,1,1,1,1\n"
        "VCH,North Shore/Coast Garibaldi,West Vancouver/Bowen Isl..,count,1,1,1,1,1,1,1,1\n"
        "Northern,Northwest,Stikine and Snow Country,count,1,1,1,1,1,1,1,1\n"
    )
    assert set(stage_text(SOURCE, text, "region_id, line")) == {
        ("CA-BC-lha-cowichan-valley-west", 2),
        ("CA-BC-lha-west-vancouver-bowen-island", 3),
        ("CA-BC-lha-stikine-and-snow-country", 4),
    }


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        ("Island,X,Atlantis,count,1,1,1,1,1,1,1,1\n", "region_id"),
        ("Island,X,Nelson,share,1,1,1,1,1,1,1,1\n", "unit"),
        ("Island,X,Nelson,count,1,1,1,,1,1,1,1\n", "value"),
        ("Island,X,Nelson,count,1,1,1,few,1,1,1,1\n", "value"),
    ],
)
def test_a_row_that_cannot_be_placed_is_refused(stage_text: Stage, row: str, missing: str) -> None:
    with pytest.raises(SourceFileError, match=f"line 2: expected a row that has a {missing}"):
        stage_text(SOURCE, HEADER + row, "value")
