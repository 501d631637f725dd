"""BC deaths by city in part of 2022."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "bc_coroners_city_deaths_2022"
HEADER = 'City,Year,Deaths,population_2021,lat,lon,"Deaths per 100,000"\n'

Stage = Callable[..., list[tuple[Any, ...]]]


def test_the_year_is_a_part_year_and_the_rate_is_left_out(stage_text: Stage) -> None:
    text = (
        f"{HEADER}"
        "Vancouver,2022,30,693235,49.2,-123.1,4.3\n"
        "Victoria,2022,10,94890,48.4,-123.3,10.5\n"
    )
    columns = "region_id, period_start, period_end, period_kind, value, unit, status"
    part = (date(2022, 1, 1), date(2022, 8, 31), "part_year")
    assert stage_text(SOURCE, text, columns) == [
        ("CA-BC-vancouver", *part, 30.0, "count", "preliminary"),
        ("CA-BC-greater-victoria", *part, 10.0, "count", "preliminary"),
    ]


def test_a_city_that_is_not_known_is_refused(stage_text: Stage) -> None:
    with pytest.raises(SourceFileError, match="line 2: expected a row that has a region_id"):
        stage_text(SOURCE, f"{HEADER}Atlantis,2022,3,1000,49.2,-123.1,300\n", "value")
