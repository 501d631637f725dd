"""Toronto police's crisis calls: months by neighbourhood, and the city with every call."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "tps_persons_in_crisis"
HEADER = (
    "objectid,event_id,event_date,event_year,event_month,event_dow,event_hour,event_type,division,"
    "occurrence_created,apprehension_made,hood_158,neighbourhood_158\n"
)
TEXT = (
    f"{HEADER}"
    "1,901,2030-04-30,2030,April,Tuesday,NA,Overdose,D51,Yes,No,073,Moss Park (73)\n"
    "2,902,2030-04-02,2030,April,Tuesday,9,Suicide-related,D51,Yes,Yes,073,Moss Park (73)\n"
    "3,903,2030-04-02,2030,April,Tuesday,9,Person in Crisis,D32,No,Yes,NSA,NSA\n"
    "4,904,2030-05-11,2030,May,Saturday,23,Overdose,D22,Yes,No,001,West Humber-Clairville (1)\n"
)

Stage = Callable[..., list[tuple[Any, ...]]]


def test_a_call_counts_in_its_neighbourhood_and_in_the_city(stage_text: Stage) -> None:
    assert stage_text(
        SOURCE,
        TEXT,
        "region_id, measure_id, dimension, member, value",
        "period_start = '2030-04-01' AND value > 0 AND region_id LIKE 'CA-ON-toronto-%'",
    ) == [
        ("CA-ON-toronto-073", "crisis_calls_attended", "call_type", "overdose", 1.0),
        ("CA-ON-toronto-073", "crisis_calls_attended", "total", "total", 2.0),
        ("CA-ON-toronto-073", "overdose_calls_attended", "total", "total", 1.0),
        ("CA-ON-toronto-073", "crisis_apprehensions", "total", "total", 1.0),
        ("CA-ON-toronto-073", "crisis_calls_attended", "call_type", "suicide_related", 1.0),
    ]


def test_a_call_without_a_neighbourhood_counts_in_the_city_only(stage_text: Stage) -> None:
    assert stage_text(
        SOURCE,
        TEXT,
        "region_id, value",
        "measure_id = 'crisis_calls_attended' AND period_start = '2030-04-01' AND value > 0 "
        "AND dimension = 'total'",
    ) == [("CA-ON-toronto", 3.0), ("CA-ON-toronto-073", 2.0)]


def test_apprehensions_by_kind_of_call_are_for_the_city_only(stage_text: Stage) -> None:
    assert stage_text(
        SOURCE,
        TEXT,
        "DISTINCT region_id",
        "measure_id = 'crisis_apprehensions' AND dimension = 'call_type'",
    ) == [("CA-ON-toronto",)]


def test_a_neighbourhood_without_a_call_in_a_covered_month_is_zero(stage_text: Stage) -> None:
    assert stage_text(
        SOURCE,
        TEXT,
        "period_start, value, line",
        "region_id = 'CA-ON-toronto-001' AND measure_id = 'overdose_calls_attended'",
    ) == [(date(2030, 5, 1), 1.0, 5), (date(2030, 4, 1), 0.0, None)]


def test_the_month_in_which_the_records_stop_is_preliminary(stage_text: Stage) -> None:
    assert sorted(stage_text(SOURCE, TEXT, "DISTINCT period_start, period_end, status")) == [
        (date(2030, 4, 1), date(2030, 4, 30), "reported"),
        (date(2030, 5, 1), date(2030, 5, 31), "preliminary"),
    ]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (
            "1,901,2030-04-30,2030,April,Tuesday,1,Overdose,D51,Yes,No,999,Nowhere (999)",
            "region_id",
        ),
        ("1,901,2030-04-30,2030,April,Tuesday,1,Overdose,D51,Yes,No,,", "region_id"),
        ("1,901,2030-04-30,2030,April,Tuesday,1,Wellness,D51,Yes,No,073,Moss Park", "member"),
        ("1,901,2030-04-30,2030,April,Tuesday,1,Overdose,D51,Yes,Maybe,073,Moss Park", "member"),
    ],
)
def test_what_is_not_known_is_refused_with_its_line(
    stage_text: Stage, row: str, column: str
) -> None:
    with pytest.raises(SourceFileError, match=f"line 2: expected a row that has a {column}"):
        stage_text(SOURCE, f"{HEADER}{row}\n", "value")
