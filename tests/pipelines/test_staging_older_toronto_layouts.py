"""Older releases of Toronto's sources, in the layouts that they had."""

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest

from pipelines.errors import SourceFileError

FLOW = "toronto_shelter_system_flow"
FLOW_HEADER = (
    "_id,date(mmm-yy),population_group,returned_from_housing,returned_to_shelter,"
    "newly_identified,moved_to_housing,became_inactive,actively_homeless,ageunder16,age16-24,"
    "age25-44,age45-64,age65over,gender_male,gender_female,"
    '"gender_transgender,non-binary_or_two_spirit",population_group_percentage\n'
)
FLOW_ROW = "1,Feb-24,{},1,2,3,4,5,100,10,11,25,29,25,60,38,2,{}\n"
DEATHS = "toronto_shelter_resident_deaths"
DEATHS_HEADER = "_id,Year,Month,Total decedents,Male,Female,Transgender/Non-binary/Two-Spirit\n"
CRIME = "tps_neighbourhood_crime"
CRIMES = (
    "ASSAULT",
    "AUTOTHEFT",
    "BIKETHEFT",
    "BREAKENTER",
    "HOMICIDE",
    "ROBBERY",
    "SHOOTING",
    "THEFTFROMMV",
    "THEFTOVER",
)

Stage = Callable[..., list[tuple[Any, ...]]]


def test_shelter_flow_gave_two_wider_age_groups(stage_text: Stage) -> None:
    text = FLOW_HEADER + FLOW_ROW.format("All Population", "100.0%")
    assert stage_text(
        FLOW, text, "period_start, member, value", "dimension = 'age_group'", "wider_ages"
    ) == [
        (date(2024, 2, 1), member, value)
        for member, value in (
            ("0-15", 10.0),
            ("16-24", 11.0),
            ("25-44", 25.0),
            ("45-64", 29.0),
            ("65+", 25.0),
        )
    ]
    assert stage_text(
        FLOW, text, "measure_id, value, unit", "dimension = 'total'", "wider_ages"
    ) == [
        ("actively_homeless", 100.0, "count"),
        ("actively_homeless", 100.0, "percent"),
        ("shelter_inflow", 6.0, "count"),
        ("shelter_outflow", 9.0, "count"),
    ]


def test_the_last_row_of_na_is_kept_with_a_reason_and_is_no_figure(
    stage_text: Stage, codes: duckdb.DuckDBPyConnection
) -> None:
    text = FLOW_HEADER + FLOW_ROW.format("Chronic", "31.8%") + "2" + 17 * ",NA" + "\n"
    figures = stage_text(FLOW, text, "line, dimension", layout="wider_ages")
    assert {line for line, _dimension in figures} == {2}
    assert not any(dimension == "total" for _line, dimension in figures)
    assert codes.execute("SELECT line, reason FROM all_rejected").fetchall() == [
        (3, "a row of NA, without a month, a group or a figure")
    ]


def test_a_group_that_is_not_known_is_refused_with_its_line(stage_text: Stage) -> None:
    text = FLOW_HEADER + FLOW_ROW.format("Households", "1.0%")
    with pytest.raises(SourceFileError, match="line 2"):
        stage_text(FLOW, text, "value", layout="wider_ages")


def test_deaths_of_shelter_residents_in_a_table_are_those_of_the_list(stage_text: Stage) -> None:
    text = f"{DEATHS_HEADER}1,2019,Dec,2,1,1,n/a\n2,2020,Jan,3,1,1,1\n"
    period = (date(2019, 12, 1), date(2019, 12, 31))
    columns = "period_start, period_end, member, value, status"
    third = "transgender_nonbinary_two_spirit"
    assert stage_text(DEATHS, text, columns, "line = 2", "table") == [
        (*period, "female", 1.0, "reported"),
        (*period, "male", 1.0, "reported"),
        (*period, third, None, "not_available"),
        (*period, "total", 2.0, "reported"),
    ]
    assert stage_text(DEATHS, text, "value", f"line = 3 AND member = '{third}'", "table") == [
        (1.0,)
    ]


def neighbourhood(**cells: object) -> str:
    years = range(2014, 2024)
    columns = [
        "_id",
        "AREA_NAME",
        "HOOD_ID",
        "POPULATION_2023",
        *(f"{crime}_{kind}{year}" for crime in CRIMES for kind in ("", "RATE_") for year in years),
        "geometry",
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="NA", lineterminator="\n")
    writer.writeheader()
    writer.writerow({"_id": 1, "HOOD_ID": 174, **cells})
    return text.getvalue()


def test_na_is_a_reported_zero_in_the_release_to_2023(stage_text: Stage) -> None:
    text = neighbourhood(ASSAULT_2023=2, ASSAULT_RATE_2023=10.0)
    assert stage_text(
        CRIME,
        text,
        "region_id, measure_id, value, unit, status",
        "period_start = DATE '2023-01-01' AND measure_id ~ '(homicide|assault)_.*'",
        "to_2023",
    ) == [
        ("CA-ON-toronto-174", measure, value, unit, "reported")
        for measure, value, unit in (
            ("assault_occurrences", 2.0, "count"),
            ("assault_occurrences", 10.0, "per_100k"),
            ("homicide_occurrences", 0.0, "count"),
            ("homicide_occurrences", 0.0, "per_100k"),
        )
    ]
    assert stage_text(
        CRIME, text, "count(*)", "measure_id <> 'neighbourhood_population'", "to_2023"
    ) == [(9 * 10 * 2,)]


def test_two_rates_of_2022_do_not_give_its_population(stage_text: Stage) -> None:
    text = neighbourhood(
        BIKETHEFT_2022=40,
        BIKETHEFT_RATE_2022=160.0,
        ROBBERY_2022=4,
        ROBBERY_RATE_2022=20.0,
        BIKETHEFT_2021=40,
        BIKETHEFT_RATE_2021=200.0,
    )
    assert stage_text(
        CRIME,
        text,
        "year(period_start), value",
        "measure_id = 'neighbourhood_population'",
        "to_2023",
    ) == [(2021, 20_000.0), (2022, 20_000.0)]


def test_other_text_and_a_count_without_its_rate_are_refused(stage_text: Stage) -> None:
    for cells in ({"ROBBERY_2020": "n/a", "ROBBERY_RATE_2020": 1.0}, {"ROBBERY_2020": 1}):
        with pytest.raises(SourceFileError, match="line 2"):
            stage_text(CRIME, neighbourhood(**cells), "value", layout="to_2023")
