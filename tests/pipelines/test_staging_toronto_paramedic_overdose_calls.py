"""Toronto's paramedic calls by neighbourhood: numbers and names that trade places."""

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "toronto_paramedic_overdose_calls"
HEADER = "NUMBER, NAME, OD_COUNT\n"
GIVEN = "status <> 'suppressed'"

Stage = Callable[..., list[tuple[Any, ...]]]


def test_a_neighbourhood_that_is_left_out_is_0_to_4(stage_text: Stage) -> None:
    text = f"{HEADER}73, Moss Park, 40\n"
    assert stage_text(SOURCE, text, "region_id, value, status, low, high, lines", GIVEN) == [
        ("CA-ON-toronto-073", 40.0, "reported", None, None, [2])
    ]
    others = stage_text(SOURCE, text, "value, low, high, lines", "status = 'suppressed'")
    assert others == [(None, 0.0, 4.0, [])] * 157


def test_names_that_trade_places_among_equal_counts_keep_their_figure(stage_text: Stage) -> None:
    text = f"{HEADER}67, Taylor-Massey, 14\n61, Playter Estates-Danforth, 14\n"
    assert stage_text(SOURCE, text, "region_id, value, lines", GIVEN) == [
        ("CA-ON-toronto-061", 14.0, [2, 3]),
        ("CA-ON-toronto-067", 14.0, [2, 3]),
    ]


def test_a_number_and_a_name_with_other_counts_are_no_figure(stage_text: Stage) -> None:
    text = f"{HEADER}73, Moss Park, 40\n160, Rosedale-Moore Park, 26\n98, Mimico-Queensway, 16\n"
    assert sorted(stage_text(SOURCE, text, "region_id, value, status, lines", GIVEN)) == [
        ("CA-ON-toronto-073", 40.0, "reported", [2]),
        ("CA-ON-toronto-098", None, "not_available", []),
        ("CA-ON-toronto-160", None, "not_available", []),
    ]


@pytest.mark.parametrize("row", ["175, Moss Park, 40\n", "73, Atlantis, 40\n"])
def test_a_neighbourhood_that_is_not_known_is_refused(stage_text: Stage, row: str) -> None:
    with pytest.raises(SourceFileError, match="line 2: expected a row that has a region_id"):
        stage_text(SOURCE, HEADER + row, "value")
