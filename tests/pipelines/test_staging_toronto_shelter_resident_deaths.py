"""Deaths of shelter residents: months by sex, in JSON."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

SOURCE = "toronto_shelter_resident_deaths"

Stage = Callable[..., list[tuple[Any, ...]]]


def record(number: int, year: int, month: str, *deaths: int | str) -> dict[str, int | str]:
    total, male, female, third = deaths
    return {
        "_id": number,
        "Year": year,
        "Month": month,
        "Total decedents": total,
        "Male": male,
        "Female": female,
        "Transgender/Non-binary/Two-Spirit": third,
    }


def test_a_month_becomes_a_total_and_three_sexes(stage_text: Stage) -> None:
    text = json.dumps([record(1, 2024, "Feb", 8, 5, 2, 1)], indent=4)
    period = ("CA-ON-toronto", date(2024, 2, 1), date(2024, 2, 29), "month")
    columns = "region_id, period_start, period_end, period_kind, dimension, member, value, status"
    assert stage_text(SOURCE, text, columns) == [
        (*period, "sex", "female", 2.0, "reported"),
        (*period, "sex", "male", 5.0, "reported"),
        (*period, "sex", "transgender_nonbinary_two_spirit", 1.0, "reported"),
        (*period, "total", "total", 8.0, "reported"),
    ]


def test_the_third_gender_is_not_available_before_2020_and_zero_stays_zero(
    stage_text: Stage,
) -> None:
    text = json.dumps(
        [record(1, 2019, "Dec", 0, 0, 0, "n/a"), record(2, 2020, "Jan", 3, 2, 1, 0)], indent=4
    )
    assert stage_text(
        SOURCE, text, "line, value, status", "member = 'transgender_nonbinary_two_spirit'"
    ) == [(1, None, "not_available"), (2, 0.0, "reported")]
    assert stage_text(SOURCE, text, "line, value, status", "member = 'total'") == [
        (1, 0.0, "reported"),
        (2, 3.0, "reported"),
    ]
