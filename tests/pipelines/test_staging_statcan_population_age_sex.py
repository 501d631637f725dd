"""Statistics Canada's July estimates by age and sex: groups, single years, and groups of others."""

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest

from pipelines.errors import SourceFileError

SOURCE = "statcan_population_age_sex"
HEADER = (
    '"REF_DATE","GEO","DGUID","Sex","Age group","UOM","UOM_ID","SCALAR_FACTOR","SCALAR_ID",'
    '"VECTOR","COORDINATE","VALUE","STATUS","SYMBOL","TERMINATED","DECIMALS"\n'
)

Stage = Callable[..., list[tuple[Any, ...]]]


def row(
    age: str, value: str, sex: str = "Both sexes", geo: str = "Canada", year: int = 2019
) -> str:
    unit = "Years" if age in ("Median age", "Average age") else "Persons"
    return (
        f'"{year}","{geo}","2016A000011124","{sex}","{age}","{unit}","249","units","0","v1",'
        f'"1.1.1","{value}","","","","0"\n'
    )


# A later July, so that the one before it is not the newest.
NEWEST = row("5 to 9 years", "9", year=2020)


def every_year_of_age(people: int, sex: str = "Both sexes", **changed: Any) -> str:
    ages = ["0 years", "1 year", *(f"{age} years" for age in range(2, 90)), "90 years and over"]
    return "".join(row(age, str(people), sex, **changed) for age in ages)


def test_an_estimate_stands_for_the_quarter_that_july_begins(stage_text: Stage) -> None:
    text = "\ufeff" + HEADER + row("5 to 9 years", "500", "Males", "Nunavut") + NEWEST
    columns = (
        "measure_id, region_id, period_start, period_end, period_kind, dimension, member, "
        "value, unit, status"
    )
    assert stage_text(SOURCE, text, columns, "year(period_start) = 2019") == [
        (
            "population", "CA-NU", date(2019, 7, 1), date(2019, 9, 30), "quarter",
            "sex+age_group", "male+5-9", 500.0, "count", "reported",
        ),
    ]  # fmt: skip


def test_groups_sexes_and_single_years_are_dimensions_of_their_own(stage_text: Stage) -> None:
    text = HEADER + "".join(
        [
            row("All ages", "9", "Females"), row("100 years and over", "8"),
            row("0 to 14 years", "7", "Males"), row("1 year", "6"), row("95 years", "5", "Females"),
            NEWEST,
        ]
    )  # fmt: skip
    assert stage_text(SOURCE, text, "dimension, member, value", "year(period_start) = 2019") == [
        ("sex", "female", 9.0),
        ("age_group", "100+", 8.0),
        ("sex+age_group", "male+0-14", 7.0),
        ("age_group", "0-18", 6.0),
        ("age_group", "0-19", 6.0),
        ("age_year", "1", 6.0),
        ("sex+age_year", "female+95", 5.0),
    ]


@pytest.mark.parametrize(
    ("member", "people"),
    [
        ("0-18", 19), ("0-19", 20), ("12-17", 6), ("12+", 79), ("16-24", 9), ("19-29", 11),
        ("20-29", 10), ("30-39", 10), ("35+", 56), ("60+", 31), ("60-69", 10), ("70+", 21),
        ("80+", 11),
    ],
)  # fmt: skip
def test_groups_of_other_publishers_are_summed_from_single_years(
    stage_text: Stage, member: str, people: int
) -> None:
    """Ninety and over counts once, and years of age above it do not count again."""
    text = HEADER + every_year_of_age(1) + row("90 years", "1") + row("100 years and over", "1")
    wanted = f"dimension = 'age_group' AND member = '{member}'"
    assert stage_text(SOURCE, text, "value, len(lines)", wanted) == [(people, people)]


def test_a_group_is_summed_within_a_sex_a_place_and_a_year(stage_text: Stage) -> None:
    text = HEADER + "".join(
        [
            every_year_of_age(1, "Males"), every_year_of_age(10, "Females"),
            every_year_of_age(100, geo="Yukon"), every_year_of_age(1000, year=2018),
        ]
    )  # fmt: skip
    assert stage_text(
        SOURCE, text, "region_id, member, year(period_start), value", "member LIKE '%20-29'"
    ) == [
        ("CA", "male+20-29", 2019, 10.0),
        ("CA", "female+20-29", 2019, 100.0),
        ("CA-YT", "20-29", 2019, 1000.0),
        ("CA", "20-29", 2018, 10_000.0),
    ]


def test_a_cell_without_a_number_is_not_available_and_neither_is_a_sum_with_it(
    stage_text: Stage,
) -> None:
    text = HEADER + row("17 years", "..") + row("16 years", "5") + row("30 years", "") + NEWEST
    assert stage_text(
        SOURCE, text, "member, value, status", "member IN ('16', '17', '12-17', '30', '30-39')"
    ) == [
        ("12-17", None, "not_available"),
        ("17", None, "not_available"),
        ("16", 5.0, "reported"),
        ("30-39", None, "not_available"),
        ("30", None, "not_available"),
    ]


def test_the_newest_july_is_preliminary(stage_text: Stage) -> None:
    text = HEADER + row("18 years and over", "5") + NEWEST + row("20 years", "7", year=2020)
    assert stage_text(
        SOURCE, text, "period_start, member, status", "member IN ('18+', '5-9', '20-29')"
    ) == [
        (date(2019, 7, 1), "18+", "reported"),
        (date(2020, 7, 1), "5-9", "preliminary"),
        (date(2020, 7, 1), "20-29", "preliminary"),
    ]


def test_totals_and_average_ages_are_rejected_with_a_reason(
    stage_text: Stage, codes: duckdb.DuckDBPyConnection
) -> None:
    text = HEADER + row("All ages", "9") + row("Median age", "40.9") + row("Average age", "41.4")
    text += row("All ages", "4", "Males")
    assert stage_text(SOURCE, text, "line, dimension, member") == [(5, "sex", "male")]
    assert codes.execute("SELECT line, reason FROM all_rejected ORDER BY line").fetchall() == [
        (2, "the total; the quarterly table gives it"),
        (3, "an average age, not a number of people"),
        (4, "an average age, not a number of people"),
    ]


def test_the_territories_before_nunavut_are_a_region_of_their_own(stage_text: Stage) -> None:
    text = HEADER + row(
        "5 to 9 years", "60", geo="Northwest Territories including Nunavut", year=1980
    )
    assert stage_text(SOURCE, text, "region_id") == [("CA-NT-with-nunavut",)]


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        (row("5 to 9 years", "1", geo="Acadia"), "region_id"),
        (row("5 to 9 years", "1", sex="Persons"), "dimension"),
        (row("five to nine", "1"), "member"),
    ],
)
def test_an_unknown_place_sex_or_age_is_refused_with_its_line(
    stage_text: Stage, line: str, missing: str
) -> None:
    with pytest.raises(SourceFileError, match=rf"line 3: expected a row that has a {missing}"):
        stage_text(SOURCE, HEADER + NEWEST + line, "line")
