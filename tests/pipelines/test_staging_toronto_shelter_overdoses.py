"""Toronto's shelter overdoses, city-wide: Total rows stand among the quarters."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "toronto_shelter_overdoses"
HEADER = (
    '"","_id","location_name","address","year","year_stage","suspected_non_fatal_overdoses",'
    '"suspected_non_fatal_overdoses_incidents","fatal_overdoses_incident"\n'
)
NONFATAL = "measure_id = 'shelter_nonfatal_overdoses'"
FATAL = "measure_id = 'shelter_fatal_overdoses'"

Stage = Callable[..., list[tuple[Any, ...]]]


def rows(year: int, cells: dict[str, tuple[int, str]]) -> str:
    return "".join(
        f'"1",1,NA,NA,"{year}","{stage}",NA,{nonfatal},"{fatal}"\n'
        for stage, (nonfatal, fatal) in cells.items()
    )


def test_a_total_is_a_year_and_never_a_quarter(stage_text: Stage) -> None:
    year = {"Q1": (7, "0"), "Q2": (8, "0"), "Q3": (9, "0"), "Q4": (10, "0"), "Total": (34, "0")}
    columns = "period_kind, period_start, period_end, value, status"
    assert stage_text(SOURCE, HEADER + rows(2019, year), columns, NONFATAL) == [
        ("quarter", date(2019, 1, 1), date(2019, 3, 31), 7.0, "reported"),
        ("quarter", date(2019, 4, 1), date(2019, 6, 30), 8.0, "reported"),
        ("quarter", date(2019, 7, 1), date(2019, 9, 30), 9.0, "reported"),
        ("quarter", date(2019, 10, 1), date(2019, 12, 31), 10.0, "reported"),
        ("year", date(2019, 1, 1), date(2019, 12, 31), 34.0, "reported"),
    ]


def test_a_total_of_three_quarters_is_a_preliminary_part_year(stage_text: Stage) -> None:
    year = {"Q1": (7, "6"), "Q2": (8, "5"), "Q3": (9, "7"), "Total": (24, "18")}
    columns = "period_kind, period_end, value, status"
    where = f"{FATAL} AND period_kind <> 'quarter'"
    assert stage_text(SOURCE, HEADER + rows(2021, year), columns, where) == [
        ("part_year", date(2021, 9, 30), 18.0, "preliminary")
    ]


@pytest.mark.parametrize("marker", ["< 5", "<5"])
def test_a_withheld_count_has_bounds(stage_text: Stage, marker: str) -> None:
    text = HEADER + rows(2020, {"Q2": (8, marker)})
    assert stage_text(SOURCE, text, "value, status, low, high", FATAL) == [
        (None, "suppressed", 0.0, 4.0)
    ]


def test_another_stage_of_the_year_is_refused(stage_text: Stage) -> None:
    with pytest.raises(SourceFileError, match="line 2: expected a row that has a period_"):
        stage_text(SOURCE, HEADER + rows(2020, {"H1": (8, "5")}), "value")
