"""Toronto's shelter overdoses by site: withheld counts, and sites that do not report."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "toronto_shelter_site_overdoses"
HEADER = "_id,location_name,address,year,year_stage,suspected_non_fatal_overdoses\n"
OLD_HEADER = (
    '"","X_id","location_name","address","year","year_stage","suspected_non_fatal_overdoses"\n'
)
SITES = "dimension = 'shelter_site'"

Stage = Callable[..., list[tuple[Any, ...]]]


def test_a_site_has_a_count_a_bound_or_nothing(stage_text: Stage) -> None:
    text = (
        f"{HEADER}"
        "1,Na-Me-Res ,14 Vaughan Rd,2019,Q1,0\n"
        "2,Na-Me-Res ,14 Vaughan Rd,2019,Q2,< 5\n"
        "3,Na-Me-Res ,14 Vaughan Rd,2019,Q3,<5\n"
        "4,Na-Me-Res ,14 Vaughan Rd,2019,Q4,NA\n"
    )
    columns = "dimension, member, period_start, period_end, value, status, low, high"
    site = ("shelter_site", "na-me-res")
    assert stage_text(SOURCE, text, columns) == [
        (*site, date(2019, 1, 1), date(2019, 3, 31), 0.0, "reported", None, None),
        (*site, date(2019, 4, 1), date(2019, 6, 30), None, "suppressed", 1.0, 4.0),
        (*site, date(2019, 7, 1), date(2019, 9, 30), None, "suppressed", 1.0, 4.0),
        (*site, date(2019, 10, 1), date(2019, 12, 31), None, "not_available", None, None),
    ]


@pytest.mark.parametrize("year", [2021, 2024, 2030])
def test_the_city_is_never_given_as_a_sum_of_its_sites(stage_text: Stage, year: int) -> None:
    text = (
        f"{HEADER}1,Na-Me-Res ,14 Vaughan Rd,{year},Q4,10\n2,Sistering,962 Bloor St W,{year},Q4,0\n"
    )
    assert stage_text(SOURCE, text, "dimension, value") == [
        ("shelter_site", 10.0),
        ("shelter_site", 0.0),
    ]


def test_a_site_that_was_renamed_is_one_site_in_both_releases(stage_text: Stage) -> None:
    new = (
        f"{HEADER}"
        "1,SA Gateway,107 Jarvis St,2019,Q1,6\n"
        "2,SSHA Seaton House,339 George St,2019,Q1,7\n"
        "3,TSSS Seaton House,339 George St,2023,Q1,8\n"
    )
    old = (
        f"{OLD_HEADER}"
        '"1",1,"Salvation Army Gateway","107 Jarvis St",2019,"Q1","6"\n'
        '"2",2,"SSHA Seaton House","339 George St",2019,"Q1","7"\n'
    )
    assert stage_text(SOURCE, new, "member", SITES) == [
        ("sa-gateway",),
        ("tsss-seaton-house",),
        ("tsss-seaton-house",),
    ]
    assert stage_text(SOURCE, old, "member", layout="with_row_number") == [
        ("sa-gateway",),
        ("tsss-seaton-house",),
    ]


def test_an_empty_cell_of_2022_is_not_available_and_a_second_row_is_rejected(
    stage_text: Stage,
) -> None:
    text = (
        f"{OLD_HEADER}"
        '"1",1,"Sistering","962 Bloor St W",2020,"Q1",""\n'
        '"2",2,"Sistering","962 Bloor St W",2021,"Q2","13"\n'
        '"3",3,"Sistering","962 Bloor St W",2021,"Q2","10"\n'
    )
    assert stage_text(SOURCE, text, "value, status, line", layout="with_row_number") == [
        (None, "not_available", 2),
        (13.0, "reported", 3),
    ]


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        ("1,A New Site,1 Any St,2022,Q1,6\n", "dimension"),
        ("1,Sistering,962 Bloor St W,2022,Total,6\n", "period_start"),
    ],
)
def test_a_row_that_cannot_be_placed_is_refused(stage_text: Stage, row: str, missing: str) -> None:
    with pytest.raises(SourceFileError, match=f"line 2: expected a row that has a {missing}"):
        stage_text(SOURCE, HEADER + row, "value")
