"""BC visits to overdose prevention sites: monthly counts, the province beside its authorities."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "bccdc_ops_visits"
HEADER = "Date,B.C.,Fraser,Interior,Island,Northern,VCH\n"

Stage = Callable[..., list[tuple[Any, ...]]]


def test_the_province_stands_beside_its_health_authorities(stage_text: Stage) -> None:
    rows = stage_text(
        SOURCE, f"{HEADER}2018-03-01,15,1,2,3,4,5\n", "region_id, value, unit, period_end"
    )
    assert rows[0] == ("CA-BC", 15.0, "count", date(2018, 3, 31))
    assert sum(value for _, value, _, _ in rows[1:]) == 15.0
    assert len(rows) == 6


def test_an_empty_count_is_refused(stage_text: Stage) -> None:
    with pytest.raises(SourceFileError, match="line 2: expected a row that has a value"):
        stage_text(SOURCE, f"{HEADER}2018-03-01,15,1,,3,4,5\n", "value")
