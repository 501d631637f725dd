"""Deaths of people experiencing homelessness in Toronto, by cause with age or sex."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "toronto_homeless_deaths_by_cause"
CAUSES = "X_id,Year.of.death,Cause_of_death,Age_group,Gender,Count\n"
YEAR = (date(2030, 1, 1), date(2030, 12, 31), "year")
CAUSE_ROWS = (
    "1,2030,Drug Toxicity,40-59,Male,7\n"
    "2,2030,Drug toxicity,40-59,Male,2\n"
    "3,2030,Drug toxicity,<20,Female,1\n"
    "4,2030,Unknown,Unknown,Unknown,5\n"
)

Stage = Callable[..., list[tuple[Any, ...]]]


def test_a_cause_written_in_two_cases_is_one(stage_text: Stage) -> None:
    assert stage_text(
        SOURCE,
        CAUSES + CAUSE_ROWS,
        "period_start, period_end, period_kind, member, value",
        "dimension = 'cause_of_death'",
    ) == [(*YEAR, "drug_toxicity", 10.0), (*YEAR, "unknown", 5.0)]


def test_causes_are_given_by_sex_and_by_age_and_never_as_a_total_of_deaths(
    stage_text: Stage,
) -> None:
    columns = "dimension, member, value"
    where = "measure_id = 'homeless_deaths' AND dimension <> 'cause_of_death'"
    assert stage_text(SOURCE, CAUSES + CAUSE_ROWS, columns, where) == [
        ("cause_of_death+age_group", "drug_toxicity+40-59", 9.0),
        ("cause_of_death+sex", "drug_toxicity+male", 9.0),
        ("cause_of_death+age_group", "drug_toxicity+0-19", 1.0),
        ("cause_of_death+sex", "drug_toxicity+female", 1.0),
        ("cause_of_death+age_group", "unknown+unknown", 5.0),
        ("cause_of_death+sex", "unknown+unknown", 5.0),
    ]


def test_drug_toxicity_deaths_are_a_measure_of_their_own(stage_text: Stage) -> None:
    columns = "dimension, member, value"
    where = "measure_id = 'homeless_drug_toxicity_deaths'"
    assert stage_text(SOURCE, CAUSES + CAUSE_ROWS, columns, where) == [
        ("age_group", "40-59", 9.0),
        ("sex", "male", 9.0),
        ("total", "total", 10.0),
        ("age_group", "0-19", 1.0),
        ("sex", "female", 1.0),
    ]


@pytest.mark.parametrize(
    "bad", ["9,2030,Boredom,60+,Male,1", "9,2030,Cancer,61+,Male,1", "9,2030,Cancer,60+,Men,1"]
)
def test_a_cause_age_or_sex_that_is_not_known_is_refused_with_its_line(
    stage_text: Stage, bad: str
) -> None:
    with pytest.raises(SourceFileError, match="line 6"):
        stage_text(SOURCE, f"{CAUSES}{CAUSE_ROWS}{bad}\n", "value")
