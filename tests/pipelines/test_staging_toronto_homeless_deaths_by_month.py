"""Deaths of people experiencing homelessness in Toronto, by month of death."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "toronto_homeless_deaths_by_month"
MONTHS = "X_id,Year.of.death,Month.of.death,Count\n"
OLDER_MONTHS = "_id,Year_of_death,Month_of_death,Count\n"
YEAR = (date(2030, 1, 1), date(2030, 12, 31), "year")

Stage = Callable[..., list[tuple[Any, ...]]]


def test_a_month_of_death_is_a_month(stage_text: Stage) -> None:
    assert stage_text(
        SOURCE,
        f"{MONTHS}1,2030,February,3\n2,2031,December,4\n",
        "region_id, period_start, period_end, period_kind, dimension, value",
    ) == [
        ("CA-ON-toronto", date(2030, 2, 1), date(2030, 2, 28), "month", "total", 3.0),
        ("CA-ON-toronto", date(2031, 12, 1), date(2031, 12, 31), "month", "total", 4.0),
    ]


def test_an_unknown_month_belongs_to_its_year_and_is_no_total(stage_text: Stage) -> None:
    assert stage_text(
        SOURCE,
        f"{OLDER_MONTHS}1,2030,Unknown,4\n2,2030,January,9\n",
        "period_start, period_end, period_kind, dimension, member, value",
        layout="with_unknown",
    ) == [
        (*YEAR, "month_of_death", "unknown", 4.0),
        (date(2030, 1, 1), date(2030, 1, 31), "month", "total", "total", 9.0),
    ]


def test_a_month_that_is_none_is_refused_with_its_line(stage_text: Stage) -> None:
    for header, layout in ((MONTHS, ""), (OLDER_MONTHS, "with_unknown")):
        with pytest.raises(SourceFileError, match="line 2"):
            stage_text(SOURCE, f"{header}1,2030,Smarch,4\n", "value", layout=layout)
