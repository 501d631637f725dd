"""BC deaths by city: rates of one population back to counts."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "bc_coroners_city_deaths"
CITIES = (
    "Abbotsford,Burnaby,Chilliwack,Coquitlam,Kamloops,Kelowna,Langley,Maple Ridge,Mission,"
    "Nanaimo,Prince George,Surrey,Vancouver,Vernon,Victoria"
)
POPULATIONS = (
    165070, 260918, 95798, 154381, 101603, 149687, 166356, 94742, 43270, 101987, 82326, 614646,
    693235, 44916, 94890,
)  # fmt: skip

Stage = Callable[..., list[tuple[Any, ...]]]


def row(year: int, *deaths: float) -> str:
    rates = (count / people * 1000 for count, people in zip(deaths, POPULATIONS, strict=True))
    return f"{year},{','.join(map(repr, rates))}\n"


def test_deaths_per_1000_become_whole_counts_and_no_rate(stage_text: Stage) -> None:
    text = f"Year,{CITIES}\n{row(2020, *range(1, 16))}"
    found = stage_text(SOURCE, text, "unit, value, period_start", "region_id = 'CA-BC-burnaby'")
    assert found == [("count", 2.0, date(2020, 1, 1))]
    counts = stage_text(SOURCE, text, "value")
    assert sorted(value for (value,) in counts) == [float(count) for count in range(1, 16)]


def test_victoria_is_greater_victoria(stage_text: Stage) -> None:
    text = f"Year,{CITIES}\n{row(2020, *range(1, 16))}"
    where = "region_id LIKE '%victoria%'"
    assert stage_text(SOURCE, text, "region_id, unit, value", where) == [
        ("CA-BC-greater-victoria", "count", 15.0)
    ]


def test_a_rate_of_another_population_is_refused(stage_text: Stage) -> None:
    text = f"Year,{CITIES}\n{row(2020, *range(1, 15), 15.5)}"
    with pytest.raises(SourceFileError, match="line 2: expected a row that has a value"):
        stage_text(SOURCE, text, "value")
