"""Deaths of people experiencing homelessness in Toronto, by age and sex."""

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "toronto_homeless_deaths_by_demographics"
DEMOGRAPHICS = "X_id,Year.of.death,Age_group,Gender,Count\n"

Stage = Callable[..., list[tuple[Any, ...]]]


def test_the_year_is_the_sum_of_ages_and_sexes_with_the_unknown(stage_text: Stage) -> None:
    text = (
        f"{DEMOGRAPHICS}1,2030,20-39,Transgender,2\n2,2030,Unknown,Unknown,1\n3,2030,60+,Male,6\n"
    )
    assert stage_text(SOURCE, text, "dimension, member, value") == [
        ("age_group", "20-39", 2.0),
        ("sex", "transgender", 2.0),
        ("sex+age_group", "transgender+20-39", 2.0),
        ("total", "total", 9.0),
        ("age_group", "unknown", 1.0),
        ("sex", "unknown", 1.0),
        ("sex+age_group", "unknown+unknown", 1.0),
        ("age_group", "60+", 6.0),
        ("sex", "male", 6.0),
        ("sex+age_group", "male+60+", 6.0),
    ]


def test_an_age_or_sex_that_is_not_known_is_refused_with_its_line(stage_text: Stage) -> None:
    for bad in ("1,2030,61+,Male,1", "1,2030,60+,Men,1"):
        with pytest.raises(SourceFileError, match="line 2"):
            stage_text(SOURCE, f"{DEMOGRAPHICS}{bad}\n", "value")
