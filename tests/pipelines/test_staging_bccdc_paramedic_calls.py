"""BC paramedic-attended events: monthly rates, a column a health authority."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "bccdc_paramedic_calls"
HEADER = "Date,Fraser,Interior,Island,Northern,VCH\n"

Stage = Callable[..., list[tuple[Any, ...]]]


def test_a_month_gives_a_rate_a_health_authority(stage_text: Stage) -> None:
    columns = "measure_id, region_id, value, unit, period_end"
    rows = stage_text(SOURCE, f"{HEADER}2016-02-01,8.5,6.25,6,9,11\n", columns)
    assert rows == [
        ("paramedic_overdose_events", f"CA-BC-ha-{area}", value, "per_100k", date(2016, 2, 29))
        for area, value in {
            "fraser": 8.5,
            "interior": 6.25,
            "island": 6.0,
            "northern": 9.0,
            "vancouver-coastal": 11.0,
        }.items()
    ]


def test_a_day_inside_a_month_is_refused(stage_text: Stage) -> None:
    with pytest.raises(SourceFileError, match="line 2: expected a row that has a period_start"):
        stage_text(SOURCE, f"{HEADER}2016-02-03,8.5,6.25,6,9,11\n", "value")
