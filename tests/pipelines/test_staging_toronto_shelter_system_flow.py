"""Toronto's shelter system flow: wide months by overlapping group to figures."""

from collections.abc import Callable
from datetime import date
from typing import Any

SOURCE = "toronto_shelter_system_flow"
HEADER = (
    "_id,date(mmm-yy),population_group,returned_from_housing,returned_to_shelter,"
    "newly_identified,moved_to_housing,became_inactive,actively_homeless,ageunder16,age16-24,"
    "age25-34,age35-44,age45-54,age55-64,age65over,gender_male,gender_female,"
    '"gender_transgender,non-binary_or_two_spirit",population_group_percentage\n'
)

Stage = Callable[..., list[tuple[Any, ...]]]


def test_all_population_becomes_the_total_by_age_sex_and_flow(stage_text: Stage) -> None:
    text = f"{HEADER}1,Feb-24,All Population,1,2,3,4,5,100,10,11,12,13,14,15,25,60,38,2,100.0%\n"
    assert stage_text(
        SOURCE, text, "measure_id, dimension, member, value, unit", "measure_id LIKE 'shelter%'"
    ) == [
        ("shelter_inflow", "flow", "newly_identified", 3.0, "count"),
        ("shelter_inflow", "flow", "returned_from_housing", 1.0, "count"),
        ("shelter_inflow", "flow", "returned_to_shelter", 2.0, "count"),
        ("shelter_inflow", "total", "total", 6.0, "count"),
        ("shelter_outflow", "flow", "became_inactive", 5.0, "count"),
        ("shelter_outflow", "flow", "moved_to_housing", 4.0, "count"),
        ("shelter_outflow", "total", "total", 9.0, "count"),
    ]
    assert stage_text(
        SOURCE, text, "dimension, member, value, unit", "measure_id = 'actively_homeless'"
    ) == [
        ("age_group", "0-15", 10.0, "count"),
        ("age_group", "16-24", 11.0, "count"),
        ("age_group", "25-34", 12.0, "count"),
        ("age_group", "35-44", 13.0, "count"),
        ("age_group", "45-54", 14.0, "count"),
        ("age_group", "55-64", 15.0, "count"),
        ("age_group", "65+", 25.0, "count"),
        ("sex", "female", 38.0, "count"),
        ("sex", "male", 60.0, "count"),
        ("sex", "transgender_nonbinary_two_spirit", 2.0, "count"),
        ("total", "total", 100.0, "count"),
        ("total", "total", 100.0, "percent"),
    ]


def test_a_month_has_its_last_day_and_belongs_to_the_city(stage_text: Stage) -> None:
    text = f"{HEADER}1,Feb-24,All Population,1,2,3,4,5,100,10,11,12,13,14,15,25,60,38,2,100.0%\n"
    periods = stage_text(SOURCE, text, "region_id, period_start, period_end, period_kind")
    assert set(periods) == {("CA-ON-toronto", date(2024, 2, 1), date(2024, 2, 29), "month")}


def test_overlapping_groups_are_never_a_total(stage_text: Stage) -> None:
    row = "1,2,3,4,5,60,10,11,12,13,14,0,0,30,29,1"
    text = (
        f"{HEADER}"
        f"1,Jan-24,Chronic,{row},31.8%\n"
        f"2,Jan-24,Refugees,{row},60.0%\n"
        f"3,Jan-24,Non-refugees,{row},40.0%\n"
        f"4,Jan-24,Families,{row},20.0%\n"
        f"5,Jan-24,Single Adult,{row},70.0%\n"
    )
    columns = "dimension, member, value, unit"
    assert stage_text(SOURCE, text, columns, "dimension = 'total'") == []
    assert stage_text(
        SOURCE, text, columns, "measure_id = 'actively_homeless' AND dimension = 'population_group'"
    ) == [
        ("population_group", "chronic", 60.0, "count"),
        ("population_group", "chronic", 31.8, "percent"),
        ("population_group", "refugees", 60.0, "count"),
        ("population_group", "refugees", 60.0, "percent"),
        ("population_group", "non_refugees", 60.0, "count"),
        ("population_group", "non_refugees", 40.0, "percent"),
        ("population_group", "families", 60.0, "count"),
        ("population_group", "families", 20.0, "percent"),
        ("population_group", "single_adult", 60.0, "count"),
        ("population_group", "single_adult", 70.0, "percent"),
    ]
    assert set(stage_text(SOURCE, text, "dimension", "member LIKE '%+%'")) == {
        ("population_group+age_group",),
        ("population_group+flow",),
        ("population_group+sex",),
    }


def test_an_empty_cell_is_not_available_and_neither_is_a_sum_over_it(stage_text: Stage) -> None:
    text = f"{HEADER}1,Jan-24,All Population,1,,3,4,5,100,,11,12,13,14,15,35,60,38,2,\n"
    assert stage_text(
        SOURCE, text, "measure_id, member, unit, value, status", "status <> 'reported'"
    ) == [
        ("actively_homeless", "0-15", "count", None, "not_available"),
        ("actively_homeless", "total", "percent", None, "not_available"),
        ("shelter_inflow", "returned_to_shelter", "count", None, "not_available"),
        ("shelter_inflow", "total", "count", None, "not_available"),
    ]
