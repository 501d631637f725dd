"""PHAC's long table: one row in, one figure out."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

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


OLD_HEADER = (
    "Substance,Source,Specific_Measure,Type_Event,Region,PRUID,Time_Period,Year_Quarter,"
    "Aggregator,Disaggregator,Unit,Value\n"
)
ALL_DEATHS = "Total apparent opioid toxicity deaths"
ACCIDENTAL = "Accidental apparent opioid toxicity deaths"


def test_older_releases_give_the_same_total_under_the_same_key(stage_text: Stage) -> None:
    old = (
        f"{OLD_HEADER}"
        f"Opioids,Deaths,Overall numbers,{ALL_DEATHS},Canada,1,By year,2020,,,Number,6000\n"
    )
    new = f"{HEADER}{DEATHS},Canada,1,By year,2020,,,Number,6000\n"
    key = "measure_id, region_id, period_start, period_end, period_kind, dimension, member, unit"
    assert stage_text(SOURCE, old, key, layout="type_event") == stage_text(SOURCE, new, key)


def test_an_event_that_is_not_all_deaths_is_never_the_total(stage_text: Stage) -> None:
    stay = "opioid-related poisoning hospitalizations"
    text = (
        f"{OLD_HEADER}"
        f"Opioids,Deaths,Overall numbers,{ACCIDENTAL},Canada,1,By year,2020,,,Number,90\n"
        "Opioids,Deaths,Overall numbers,Suicide apparent opioid toxicity deaths,Canada,1,By year,"
        "2020,,,Number,8\n"
        f"Opioids,Deaths,Sex breakdown,{ACCIDENTAL},Canada,1,By year,2020,,Female,Percent,25\n"
        f"Opioids,Deaths,Sex,{ALL_DEATHS},Canada,1,By year,2020,2020,Female,Percent,26\n"
        f"Opioids,Hospitalizations,Overall numbers,Intentional {stay},Canada,1,By year,2020,,,"
        "Number,7\n"
        "Opioids,Emergency Medical Services (EMS),Sex,EMS responses to suspected opioid-related "
        "overdoses,Ontario,35,By quarter,2020 Q1,2020 Q1,Male,Percent,70\n"
    )
    assert stage_text(
        SOURCE, text, "measure_id, dimension, member, value", layout="type_event"
    ) == [
        ("opioid_deaths", "manner_of_death", "accidental", 90.0),
        ("opioid_deaths", "manner_of_death", "suicide", 8.0),
        ("opioid_deaths", "manner_of_death+sex", "accidental+female", 25.0),
        ("opioid_deaths", "sex", "female", 26.0),
        ("opioid_hospitalizations", "intent", "intentional", 7.0),
        ("opioid_ems_responses", "sex", "male", 70.0),
    ]


def test_two_breakdowns_at_once_have_their_old_and_their_new_name(stage_text: Stage) -> None:
    start = f"{ACCIDENTAL},Canada,1,By year,2020"
    text = (
        f"{OLD_HEADER}"
        f"Opioids,Deaths,Age by Sex breakdown,{start},0 to 19 years,Male,Number,5\n"
        f"Opioids,Deaths,Age group by sex,{start},20 to 29 years,Female,Number,6\n"
        f"Opioids,Deaths,Type of opioids by origin,{start},Fentanyl,Both,Percent,3\n"
        f"Opioids,Deaths,Sex by origin of the opioids,{start},Male,Undetermined,Percent,4\n"
        f"Opioids,Deaths,Type of opioids by age,{start},Fentanyl,60 years or more,Percent,9\n"
    )
    assert stage_text(SOURCE, text, "dimension, member", layout="type_event") == [
        ("manner_of_death+sex+age_group", "accidental+male+0-19"),
        ("manner_of_death+sex+age_group", "accidental+female+20-29"),
        ("manner_of_death+substance+opioid_origin", "accidental+fentanyl+both"),
        ("manner_of_death+sex+opioid_origin", "accidental+male+undetermined"),
        ("manner_of_death+substance+age_group", "accidental+fentanyl+60+"),
    ]


def test_markers_of_older_releases_never_become_values(stage_text: Stage) -> None:
    row = f"Opioids,Deaths,Overall numbers,{ALL_DEATHS},Nunavut,62,By year"
    text = (
        f"{OLD_HEADER}"
        f"{row},2016,,,Number,Suppressed\n"
        f"{row},2017,,,Number,-1\n"
        f"{row},2018,,,Number,Not available\n"
        f"{row},2019,,,Number,-2\n"
        f"{row},2019,,,Age-adjusted rate,-1\n"
        f"{row},2020,,,Age-adjusted rate,3.5\n"
    )
    assert stage_text(SOURCE, text, "value, status, unit", layout="type_event") == [
        (None, "suppressed", "count"),
        (None, "suppressed", "count"),
        (None, "not_available", "count"),
        (None, "not_available", "count"),
        (None, "suppressed", "per_100k_age_adjusted"),
        (3.5, "reported", "per_100k_age_adjusted"),
    ]


def test_another_negative_number_is_refused(stage_text: Stage) -> None:
    row = f"Opioids,Deaths,Overall numbers,{ALL_DEATHS},Nunavut,62,By year,2016,,,Number,-3\n"
    with pytest.raises(SourceFileError, match=r"line 2: .*'-3'"):
        stage_text(SOURCE, OLD_HEADER + row, "value", layout="type_event")


def test_only_a_year_that_the_release_does_not_complete_is_preliminary(stage_text: Stage) -> None:
    stay = "Total opioid-related poisoning hospitalizations"
    text = (
        f"{OLD_HEADER}"
        f"Opioids,Hospitalizations,Type of opioids,{stay},Canada,1,By year,2018 (Apr to Dec),,,"
        "Percent,16\n"
        f"Opioids,Deaths,Overall numbers,{ALL_DEATHS},Canada,1,By year,2018,,,Number,4000\n"
        f"Opioids,Deaths,Overall numbers,{ALL_DEATHS},Canada,1,By year,2022 (Jan to Jun),,,"
        "Number,3500\n"
        f"Opioids,Deaths,Overall numbers,{ALL_DEATHS},Canada,1,By quarter,2022 Q1,,,Number,1800\n"
    )
    columns = "dimension, member, period_kind, period_start, period_end, status"
    assert stage_text(SOURCE, text, columns, layout="type_event") == [
        ("substance", "fentanyl_or_analogues", "part_year", date(2018, 4, 1), date(2018, 12, 31),
         "reported"),
        ("total", "total", "year", date(2018, 1, 1), date(2018, 12, 31), "reported"),
        ("total", "total", "part_year", date(2022, 1, 1), date(2022, 6, 30), "preliminary"),
        ("total", "total", "quarter", date(2022, 1, 1), date(2022, 3, 31), "preliminary"),
    ]  # fmt: skip


def test_a_canada_without_one_of_its_provinces_is_given_as_published(stage_text: Stage) -> None:
    start = "Stimulants,Deaths,Age by Sex breakdown,Accidental apparent stimulant toxicity deaths"
    text = (
        f"{OLD_HEADER}"
        f"{start},Canada,1,By year,2019,20 to 29 years,Male,Number,100\n"
        f"{start},Nova Scotia,12,By year,2019,20 to 29 years,Male,Number,4\n"
    )
    dimension = "manner_of_death+sex+age_group"
    assert stage_text(SOURCE, text, "region_id, dimension, value", layout="type_event") == [
        ("CA", dimension, 100.0),
        ("CA-NS", dimension, 4.0),
    ]


def test_places_of_older_releases_are_the_same_regions(stage_text: Stage) -> None:
    row = "By year,2019,,,Number,40\n"
    start = (
        "Opioids,Emergency Medical Services (EMS),Overall numbers,"
        "EMS responses to suspected opioid-related overdoses"
    )
    text = (
        f"{OLD_HEADER}"
        f"{start},Winnipeg Manitoba,46,{row}"
        f"{start},Northern and Rural Manitoba,46,{row}"
        f"{start},Whitehorse Yukon,60,{row}"
        f"{start},Yellowknife Northwest Territories,61,{row}"
    )
    assert stage_text(SOURCE, text, "region_id", layout="type_event") == [
        ("CA-MB-winnipeg",),
        ("CA-MB-northern-rural",),
        ("CA-YT-whitehorse",),
        ("CA-NT-yellowknife",),
    ]
