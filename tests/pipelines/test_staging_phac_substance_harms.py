"""PHAC's long table: one row in, one figure out."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

SOURCE = "phac_substance_harms"
HEADER = (
    "Substance,Source,Specific_Measure,Region,PRUID,Time_Period,Year_Quarter,"
    "Aggregator,Disaggregator,Unit,Value\n"
)
DEATHS = "Opioids,Deaths,Overall numbers"
EMS = "Opioids,Emergency Medical Services (EMS),Overall numbers"

Stage = Callable[..., list[tuple[Any, ...]]]


def test_a_row_becomes_a_figure_with_every_column(stage_text: Stage) -> None:
    text = f"{HEADER}{DEATHS},British Columbia,59,By year,2024,,,Number,2344\n"
    assert stage_text(SOURCE, text, "* EXCLUDE (lines, part)") == [
        (
            "opioid_deaths",
            "CA-BC",
            date(2024, 1, 1),
            date(2024, 12, 31),
            "year",
            "total",
            "total",
            2344.0,
            "count",
            "reported",
            None,
            None,
            2,
        )
    ]


def test_markers_become_a_status_without_a_value_or_bounds(stage_text: Stage) -> None:
    text = (
        f"{HEADER}"
        f"{DEATHS},Prince Edward Island,11,By quarter,2016 Q1,,,Number,n/a\n"
        f"{DEATHS},Prince Edward Island,11,By quarter,2017 Q1,,,Number,Suppr.\n"
        f"{DEATHS},Prince Edward Island,11,By quarter,2017 Q2,,,Number,0\n"
    )
    assert stage_text(SOURCE, text, "value, status, low, high") == [
        (None, "not_available", None, None),
        (None, "suppressed", None, None),
        (0.0, "reported", None, None),
    ]


def test_a_quarter_has_its_first_and_last_day(stage_text: Stage) -> None:
    text = HEADER + "".join(
        f"{DEATHS},Canada,1,By quarter,2016 Q{quarter},,,Number,600\n" for quarter in (1, 2, 3, 4)
    )
    assert stage_text(SOURCE, text, "period_kind, period_start, period_end") == [
        ("quarter", date(2016, 1, 1), date(2016, 3, 31)),
        ("quarter", date(2016, 4, 1), date(2016, 6, 30)),
        ("quarter", date(2016, 7, 1), date(2016, 9, 30)),
        ("quarter", date(2016, 10, 1), date(2016, 12, 31)),
    ]


def test_a_part_year_ends_with_its_last_month_and_makes_its_year_preliminary(
    stage_text: Stage,
) -> None:
    text = (
        f"{HEADER}"
        f"{DEATHS},Canada,1,By year,2024,,,Number,7000\n"
        f"{DEATHS},Canada,1,By year,2025 (Jan to Sep),,,Number,4162\n"
        f"{DEATHS},Canada,1,By year,2025 (Jan to Sep),,,Crude rate,13.3\n"
        f"{DEATHS},Canada,1,By quarter,2025 Q1,,,Number,1400\n"
        f"{DEATHS},Prince Edward Island,11,By year,2025 (Jan to Sep),,,Number,Suppr.\n"
    )
    assert stage_text(SOURCE, text, "period_kind, period_end, value, unit, status") == [
        ("year", date(2024, 12, 31), 7000.0, "count", "reported"),
        ("part_year", date(2025, 9, 30), 4162.0, "count", "preliminary"),
        ("part_year", date(2025, 9, 30), 13.3, "per_100k", "preliminary"),
        ("quarter", date(2025, 3, 31), 1400.0, "count", "preliminary"),
        ("part_year", date(2025, 9, 30), None, "count", "suppressed"),
    ]


def test_sub_areas_that_share_a_pruid_are_regions_of_their_own(stage_text: Stage) -> None:
    text = (
        f"{HEADER}"
        f'{EMS},"Winnipeg, Manitoba",46,By year,2017,,,Number,1520\n'
        f"{EMS},Northern and rural Manitoba,46,By year,2017,,,Number,310\n"
        f'{EMS},"Whitehorse, Yukon",60,By year,2017,,,Number,41\n'
        f'{EMS},"Yellowknife, Northwest Territories",61,By year,2017,,,Number,22\n'
    )
    assert stage_text(SOURCE, text, "measure_id, region_id, value") == [
        ("opioid_ems_responses", "CA-MB-winnipeg", 1520.0),
        ("opioid_ems_responses", "CA-MB-northern-rural", 310.0),
        ("opioid_ems_responses", "CA-YT-whitehorse", 41.0),
        ("opioid_ems_responses", "CA-NT-yellowknife", 22.0),
    ]


def test_breakdowns_keep_their_member(stage_text: Stage) -> None:
    text = (
        f"{HEADER}"
        "Opioids,Deaths,Sex,Canada,1,By year,2016,2016,Female,Percent,30\n"
        "Opioids,Deaths,Age group,Canada,1,By year,2016,2016,60 years or more,Percent,12\n"
        "Opioids,Deaths,Sex and age group,Canada,1,By year,2023,0 to 19 years,Female,Number,74\n"
        "Opioids,Deaths,Sex and age group,Canada,1,By year,2023,30 to 39 years,Male,Number,1500\n"
        "Opioids,Deaths,Type of opioids,Canada,1,By year,2016,2016,Fentanyl,Percent,52\n"
        "Opioids,Deaths,Involving stimulants,Canada,1,By year,2018,,,Percent,57\n"
    )
    assert stage_text(SOURCE, text, "dimension, member, value, unit") == [
        ("sex", "female", 30.0, "percent"),
        ("age_group", "60+", 12.0, "percent"),
        ("sex+age_group", "female+0-19", 74.0, "count"),
        ("sex+age_group", "male+30-39", 1500.0, "count"),
        ("substance", "fentanyl", 52.0, "percent"),
        ("also_involving", "stimulants", 57.0, "percent"),
    ]


@pytest.mark.parametrize(
    ("substance", "source", "measure"),
    [
        ("Opioids", "Deaths", "opioid_deaths"),
        ("Opioids", "Hospitalizations", "opioid_hospitalizations"),
        ("Opioids", "Emergency Department (ED) Visits", "opioid_ed_visits"),
        ("Opioids", "Emergency Medical Services (EMS)", "opioid_ems_responses"),
        ("Stimulants", "Deaths", "stimulant_deaths"),
        ("Stimulants", "Hospitalizations", "stimulant_hospitalizations"),
        ("Stimulants", "Emergency Department (ED) Visits", "stimulant_ed_visits"),
    ],
)
def test_substance_and_source_name_the_measure(
    stage_text: Stage, substance: str, source: str, measure: str
) -> None:
    text = f"{HEADER}{substance},{source},Overall numbers,Ontario,35,By year,2020,,,Number,5\n"
    assert stage_text(SOURCE, text, "measure_id, region_id") == [(measure, "CA-ON")]
