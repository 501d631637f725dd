"""BC deaths by age: seven years together."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "bc_coroners_deaths_by_age"

Stage = Callable[..., list[tuple[Any, ...]]]


def test_years_are_pooled(stage_text: Stage) -> None:
    text = "Age,Deaths\n70-79,3\n19-29,12\nUnder 19,2\n"
    columns = "period_start, period_end, period_kind, dimension, member, value"
    years = (date(2016, 1, 1), date(2022, 12, 31), "pooled", "age_group")
    assert stage_text(SOURCE, text, columns) == [
        (*years, "70-79", 3.0),
        (*years, "19-29", 12.0),
        (*years, "0-18", 2.0),
    ]


def test_an_age_that_is_not_known_is_refused(stage_text: Stage) -> None:
    with pytest.raises(SourceFileError, match="line 2: expected a row that has a dimension"):
        stage_text(SOURCE, "Age,Deaths\n80+,1\n", "value")
