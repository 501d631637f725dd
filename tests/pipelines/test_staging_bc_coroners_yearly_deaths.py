"""BC deaths by year: the last year ends in April."""

from collections.abc import Callable
from datetime import date
from typing import Any

SOURCE = "bc_coroners_yearly_deaths"

Stage = Callable[..., list[tuple[Any, ...]]]


def test_2023_is_a_part_year(stage_text: Stage) -> None:
    columns = "period_start, period_end, period_kind, value, status"
    assert stage_text(SOURCE, "Year,Deaths\n2022,50.0\n2023,20\n", columns) == [
        (date(2022, 1, 1), date(2022, 12, 31), "year", 50.0, "reported"),
        (date(2023, 1, 1), date(2023, 4, 30), "part_year", 20.0, "preliminary"),
    ]
