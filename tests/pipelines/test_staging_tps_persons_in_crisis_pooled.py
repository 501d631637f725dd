"""Crisis calls without dates: one period of four years, in measures of its own."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "tps_persons_in_crisis_pooled"
HEADER = "objectid,event_dow,event_type,apprehension_made,hood_158_loc\n"

Stage = Callable[..., list[tuple[Any, ...]]]


def test_calls_are_counted_by_neighbourhood_over_the_whole_period(stage_text: Stage) -> None:
    text = (
        f"{HEADER}"
        "1,Wednesday,Overdose,No,73\n"
        "2,Wednesday,Suicide-related,Yes,73\n"
        "4,Thursday,Person in Crisis,No,1\n"
    )
    assert stage_text(
        SOURCE, text, "region_id, measure_id, value", "dimension = 'total' AND value > 0"
    ) == [
        ("CA-ON-toronto-073", "crisis_calls_attended_2014_2017", 2.0),
        ("CA-ON-toronto-073", "overdose_calls_attended_2014_2017", 1.0),
        ("CA-ON-toronto-073", "crisis_apprehensions_2014_2017", 1.0),
        ("CA-ON-toronto-001", "crisis_calls_attended_2014_2017", 1.0),
    ]


def test_the_period_is_no_year(stage_text: Stage) -> None:
    text = f"{HEADER}1,Wednesday,Overdose,No,73\n"
    assert stage_text(SOURCE, text, "DISTINCT period_start, period_end, period_kind") == [
        (date(2014, 1, 1), date(2017, 12, 31), "pooled")
    ]


@pytest.mark.parametrize("row", ["1,Friday,Overdose,No,999", "1,Friday,Overdose,Maybe,73"])
def test_what_is_not_known_is_refused_with_its_line(stage_text: Stage, row: str) -> None:
    with pytest.raises(SourceFileError, match="line 2: expected a row that has a"):
        stage_text(SOURCE, f"{HEADER}{row}\n", "value")
