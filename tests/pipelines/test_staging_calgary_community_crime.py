"""Calgary's crimes by community: months above 0, with the zeros filled in."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "calgary_community_crime"
HEADER = "Community,Category,Crime Count,Year,Month\n"
CITY = "CA-AB-calgary"
STREET = "Street Robbery"

Stage = Callable[..., list[tuple[Any, ...]]]


def row(
    community: str = "ACADIA", category: str = STREET, count: int = 2, month: str = "2030,1"
) -> str:
    return f"{community},{category},{count},{month}\n"


def test_a_key_that_stands_twice_is_summed(stage_text: Stage) -> None:
    assert stage_text(
        SOURCE,
        HEADER + row() + row(count=3) + row("BELTLINE"),
        "region_id, period_start, period_end, period_kind, value",
        "member = 'street_robbery' AND value > 0",
    ) == [
        (region, date(2030, 1, 1), date(2030, 1, 31), "month", value)
        for region, value in ((CITY, 7.0), (f"{CITY}-acadia", 5.0), (f"{CITY}-beltline", 2.0))
    ]


def test_the_category_with_a_no_break_space_is_known(stage_text: Stage) -> None:
    text = HEADER + row(category="Violence\u00a0 'Other' (Non-domestic)")
    where = "dimension = 'crime_type' AND value > 0"
    assert stage_text(SOURCE, text, "DISTINCT member", where) == [("violence_other_non_domestic",)]


def test_a_community_has_zeros_from_its_first_month_on_and_nothing_before(
    stage_text: Stage,
) -> None:
    text = HEADER + row() + row("AMBLETON", month="2030,2") + row(month="2030,3")
    where = "member = 'street_robbery' AND region_id = '{}-{}'"
    columns = "period_start, value, status"
    assert stage_text(SOURCE, text, columns, where.format(CITY, "ambleton")) == [
        (date(2030, 2, 1), 2.0, "reported"),
        (date(2030, 3, 1), 0.0, "reported"),
    ]
    assert sorted(stage_text(SOURCE, text, columns, where.format(CITY, "acadia"))) == [
        (date(2030, 1, 1), 2.0, "reported"),
        (date(2030, 2, 1), 0.0, "reported"),
        (date(2030, 3, 1), 2.0, "reported"),
    ]


def test_a_month_that_the_file_does_not_hold_is_no_zero(stage_text: Stage) -> None:
    months = "".join(row(month=f"2030,{month}") for month in range(1, 12))
    assert stage_text(SOURCE, HEADER + months, "max(period_end), count(*)") == [
        (date(2030, 11, 30), 11 * 2 * 10)
    ]
    assert stage_text(
        SOURCE,
        HEADER + months + row("BELTLINE", month="2030,12"),
        "region_id, value",
        "period_kind = 'year' AND dimension = 'total'",
    ) == [(CITY, 24.0), (f"{CITY}-acadia", 22.0)]


def test_an_area_outside_the_communities_and_another_spelling_have_a_region(
    stage_text: Stage,
) -> None:
    text = HEADER + row("01B") + row("SCARBORO/ SUNALTA WEST")
    assert stage_text(
        SOURCE, text, "region_id", "dimension = 'total' AND region_id LIKE 'CA-AB-calgary-%'"
    ) == [(f"{CITY}-01b",), (f"{CITY}-scarboro-sunalta-west",)]


@pytest.mark.parametrize("bad", [row("ATLANTIS"), row(category="Jaywalking"), row(month="2030,13")])
def test_a_row_that_is_not_known_is_refused_with_its_line(stage_text: Stage, bad: str) -> None:
    with pytest.raises(SourceFileError, match="line 3"):
        stage_text(SOURCE, HEADER + row() + bad, "value")
