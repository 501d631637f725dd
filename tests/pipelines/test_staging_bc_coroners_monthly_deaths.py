"""BC deaths by month: the last year's dates are written year-day-month."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "bc_coroners_monthly_deaths"
HEADER = "Date,Deaths\n"

Stage = Callable[..., list[tuple[Any, ...]]]


def test_dates_of_2023_are_year_day_month(stage_text: Stage) -> None:
    text = f"{HEADER}2022-11-01,12\n2022-12-01,11.0\n2023-01-01,13\n2023-01-02,14.0\n2023-01-04,15"
    assert stage_text(SOURCE, text, "period_start, period_end, value, status") == [
        (date(2022, 11, 1), date(2022, 11, 30), 12.0, "reported"),
        (date(2022, 12, 1), date(2022, 12, 31), 11.0, "reported"),
        (date(2023, 1, 1), date(2023, 1, 31), 13.0, "preliminary"),
        (date(2023, 2, 1), date(2023, 2, 28), 14.0, "preliminary"),
        (date(2023, 4, 1), date(2023, 4, 30), 15.0, "preliminary"),
    ]


def test_a_month_belongs_to_the_province(stage_text: Stage) -> None:
    columns = "measure_id, region_id, period_kind, dimension, member, unit"
    assert stage_text(SOURCE, f"{HEADER}2012-03-01,9.0\n", columns) == [
        ("unregulated_drug_deaths", "CA-BC", "month", "total", "total", "count"),
    ]


def test_a_day_inside_a_month_is_refused(stage_text: Stage) -> None:
    with pytest.raises(SourceFileError, match="line 3: expected a row that has a period_start"):
        stage_text(SOURCE, f"{HEADER}2021-01-01,9\n2021-03-02,9\n", "value")


def test_a_month_given_twice_is_refused(stage_text: Stage) -> None:
    with pytest.raises(SourceFileError, match="one row for each figure"):
        stage_text(SOURCE, f"{HEADER}2021-03-01,9\n2021-03-01,9\n", "value")
