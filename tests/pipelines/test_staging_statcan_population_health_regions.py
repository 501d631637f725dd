"""Populations of health regions as compiled: a column a year."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "statcan_population_health_regions"
HEADER = (
    '"region","pruid","hruid","name_canonical","name_canonical_fr","name_short","name_ccodwg",'
    '"name_other_1","name_other_2","name_other_3","name_other_4","pop","pop_2019_07",'
    '"pop_2020_07","pop_2021_07","pop_2022_07","pop_2023_07"\n'
)

Stage = Callable[..., list[tuple[Any, ...]]]


def row(hruid: str, newest: str, *years: str) -> str:
    return f'"XX",47,{hruid},"A","A","A","A","","","","",{newest},{",".join(years)}\n'


def test_a_column_is_the_estimate_of_a_july(stage_text: Stage) -> None:
    text = HEADER + row("592", "5", "1", "2", "3", "4", "5")
    figures = stage_text(
        SOURCE, text, "measure_id, region_id, period_start, period_end, period_kind, value, unit"
    )
    assert figures == [
        (
            "population", "CA-BC-ha-fraser", date(year, 7, 1), date(year, 9, 30), "quarter",
            float(value), "count",
        )
        for value, year in enumerate(range(2019, 2024), start=1)
    ]  # fmt: skip


def test_a_year_that_was_not_compiled_is_not_available(stage_text: Stage) -> None:
    text = HEADER + row("4751", "8", "", "7", "8", "", "")
    assert stage_text(SOURCE, text, "region_id, year(period_start), value, status") == [
        ("CA-SK-hr-regina", 2019, None, "not_available"),
        ("CA-SK-hr-regina", 2020, 7.0, "reported"),
        ("CA-SK-hr-regina", 2021, 8.0, "reported"),
        ("CA-SK-hr-regina", 2022, None, "not_available"),
        ("CA-SK-hr-regina", 2023, None, "not_available"),
    ]


def test_an_unknown_region_is_refused_with_its_line(stage_text: Stage) -> None:
    text = HEADER + row("592", "5", *"12345") + row("9999", "5", *"12345")
    with pytest.raises(SourceFileError, match="line 3: expected a row that has a region_id"):
        stage_text(SOURCE, text, "line")
