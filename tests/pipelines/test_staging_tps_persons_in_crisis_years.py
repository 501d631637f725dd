"""Crisis calls of 2014 and 2023: months of the city, by kind of call."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "tps_persons_in_crisis_years"
HEADER = "objectid,event_year,event_month,event_dow,event_type\n"

Stage = Callable[..., list[tuple[Any, ...]]]


def test_calls_are_counted_by_month_and_kind(stage_text: Stage) -> None:
    text = (
        f"{HEADER}"
        "1,2030,January,Tuesday,Overdose\n"
        "2,2030,January,Friday,Person in Crisis\n"
        "3,2030,December,Sunday,Suicide-related\n"
    )
    assert stage_text(
        SOURCE, text, "period_start, period_end, measure_id, dimension, member, value, status"
    ) == [
        (date(2030, 1, 1), date(2030, 1, 31), *cells, "reported")
        for cells in (
            ("crisis_calls_attended", "call_type", "overdose", 1.0),
            ("crisis_calls_attended", "total", "total", 2.0),
            ("overdose_calls_attended", "total", "total", 1.0),
            ("crisis_calls_attended", "call_type", "person_in_crisis", 1.0),
        )
    ] + [
        (date(2030, 12, 1), date(2030, 12, 31), *cells, "reported")
        for cells in (
            ("crisis_calls_attended", "call_type", "suicide_related", 1.0),
            ("crisis_calls_attended", "total", "total", 1.0),
            ("overdose_calls_attended", "total", "total", 0.0),
        )
    ]


@pytest.mark.parametrize("row", ["1,2030,Smarch,Tuesday,Overdose", "1,2030,May,Tuesday,Other"])
def test_what_is_not_known_is_refused_with_its_line(stage_text: Stage, row: str) -> None:
    with pytest.raises(SourceFileError, match="line 2: expected a row that has a"):
        stage_text(SOURCE, f"{HEADER}{row}\n", "value")
