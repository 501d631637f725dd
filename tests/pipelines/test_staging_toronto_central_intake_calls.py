"""Toronto's Central Intake: days by code, and the months that are whole."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "toronto_central_intake_calls"
HEADER = (
    '"","_id","Date","Total calls handled","Total calls coded",'
    '"Code 1A - Referral to a Sleeping/Resting Space","Code 1B - External Transfer to AWHL",'
    '"Code 1C - Referral to Eviction Prevention Service",'
    '"Code 1D - Declined Shelter/Resting Space","Code 2A - Internal Transfer to CI",'
    '"Code 2B - External Transfer - Homelessness-related",'
    '"Code 2C - Information - Homelessness & Prevention Services",'
    '"Code 2D - Information - Non-Homelessness-related",'
    '"Code 3A - Shelter Space Unavailable - Family",'
    '"Code 3B - Shelter Space Unavailable - Individuals/Couples",'
    '"Code 3C - Follow-up / Check on Placement","Code 4A - Dead Air",'
    '"Code 4B - Disconnected - No Outcome"\n'
)

Stage = Callable[..., list[tuple[Any, ...]]]


def row(day: date, handled: str = "120") -> str:
    return f'"1",1,{day},{handled},90,1,2,3,4,5,6,7,8,9,10,11,12,13\n'


def test_a_day_gives_the_calls_the_calls_coded_and_thirteen_codes(stage_text: Stage) -> None:
    days = stage_text(
        SOURCE,
        HEADER + row(date(2030, 4, 2)),
        "measure_id, period_start, period_end, period_kind, member, value",
    )
    when = (date(2030, 4, 2), date(2030, 4, 2), "day")
    coded = "central_intake_calls_coded"
    assert days[0] == ("central_intake_calls", *when, "total", 120.0)
    assert (coded, *when, "total", 90.0) in days
    assert (coded, *when, "referred_to_space", 1.0) in days
    assert (coded, *when, "no_space_family", 9.0) in days
    assert (coded, *when, "no_space_individuals_or_couples", 10.0) in days
    assert sorted(value for *_, value in days) == [*map(float, range(1, 14)), 90.0, 120.0]


def test_only_a_month_of_which_every_day_is_there_is_given(stage_text: Stage) -> None:
    first = date(2030, 3, 30)
    days = "".join(row(first + timedelta(days)) for days in range(2 + 30))
    assert stage_text(
        SOURCE,
        HEADER + days,
        "measure_id, period_start, period_end, value",
        "period_kind = 'month' AND dimension = 'total'",
    ) == [
        ("central_intake_calls", date(2030, 4, 1), date(2030, 4, 30), 30 * 120.0),
        ("central_intake_calls_coded", date(2030, 4, 1), date(2030, 4, 30), 30 * 90.0),
    ]


def test_a_day_that_stands_twice_or_without_calls_is_refused(stage_text: Stage) -> None:
    with pytest.raises(SourceFileError, match="lines 2, 3"):
        stage_text(SOURCE, HEADER + 2 * row(date(2030, 4, 2)), "value")
    with pytest.raises(SourceFileError, match="line 2"):
        stage_text(SOURCE, HEADER + row(date(2030, 4, 2), handled=""), "value")
