"""BC deaths by sex: monthly rates by health authority."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "bccdc_deaths_by_sex"
HEADER = "date,health_authority,Women,Men\n"

Stage = Callable[..., list[tuple[Any, ...]]]


def test_the_rate_of_a_month_is_not_a_rate_of_a_year(stage_text: Stage) -> None:
    text = f"{HEADER}2015-02-01,All B.C.,0.5,1.25\n"
    assert set(stage_text(SOURCE, text, "measure_id")) == {
        ("unregulated_drug_deaths_monthly_rate",)
    }


def test_a_row_gives_the_rate_of_women_and_of_men(stage_text: Stage) -> None:
    text = f"{HEADER}2015-02-01,All B.C.,0.5,1.25\n2015-02-01,VCH,0,2.5\n"
    columns = "region_id, period_start, period_end, period_kind, dimension, member, value, unit"
    month = (date(2015, 2, 1), date(2015, 2, 28), "month", "sex")
    assert stage_text(SOURCE, text, columns) == [
        ("CA-BC", *month, "female", 0.5, "per_100k"),
        ("CA-BC", *month, "male", 1.25, "per_100k"),
        ("CA-BC-ha-vancouver-coastal", *month, "female", 0.0, "per_100k"),
        ("CA-BC-ha-vancouver-coastal", *month, "male", 2.5, "per_100k"),
    ]


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        ("2015-02-01,Coastal,1,2\n", "region_id"),
        ("2015-02-14,Fraser,1,2\n", "period_start"),
        ("2015-02-01,Fraser,,2\n", "value"),
    ],
)
def test_a_row_that_cannot_be_placed_is_refused(stage_text: Stage, row: str, missing: str) -> None:
    with pytest.raises(SourceFileError, match=f"line 2: expected a row that has a {missing}"):
        stage_text(SOURCE, HEADER + row, "value")
