"""CDC's provisional overdose deaths: twelve-month sums, predictions, bounds of completeness."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipelines.errors import SourceFileError

SOURCE = "cdc_provisional_overdose_deaths"
HEADER = (
    "State,Year,Month,Period,Indicator,Data Value,Percent Complete,"
    "Percent Pending Investigation,State Name,Footnote,Footnote Symbol,Predicted Value\n"
)
OLD_HEADER = (
    "State,State Name,Year,Month,Period,Indicator,Data Value,Percent Complete,"
    "Percent Pending Investigation,Footnote\n"
)
FINAL = "Numbers may differ from published reports using final data. See Technical Notes.,**"
PARTIAL = "Underreported due to incomplete data.,*"
OVERDOSES = "Number of Drug Overdose Deaths"

Stage = Callable[..., list[tuple[Any, ...]]]


def row(indicator: str, value: str, predicted: str = "", **cells: str) -> str:
    state, month, complete, footnote = (
        cells.get(name, default)
        for name, default in {
            "state": "US", "month": "2018,September", "complete": "100", "footnote": PARTIAL,
        }.items()
    )  # fmt: skip
    return (
        f'{state},{month},12 month-ending,"{indicator}",{value},{complete},0.25,Somewhere,'
        f"{footnote},{predicted}\n"
    )


def test_a_figure_is_of_twelve_months_and_its_prediction_is_a_measure_of_its_own(
    stage_text: Stage,
) -> None:
    text = HEADER + row(OVERDOSES, "670", "698")
    columns = "measure_id, region_id, period_start, period_end, period_kind, value, status"
    where = "measure_id LIKE 'us_overdose%'"
    months = (date(2017, 10, 1), date(2018, 9, 30), "twelve_months")
    assert stage_text(SOURCE, text, columns, where) == [
        ("us_overdose_deaths", "US", *months, 670.0, "preliminary"),
        ("us_overdose_deaths_predicted", "US", *months, 698.0, "preliminary"),
    ]


def test_indicators_are_measures_and_drugs(stage_text: Stage) -> None:
    text = (
        HEADER
        + row("Number of Deaths", "2850")
        + row("Percent with drugs specified", "90.875")
        + row("Cocaine (T40.5)", "14", "15")
        + row("Natural & semi-synthetic opioids, incl. methadone (T40.2, T40.3)", "16", "17")
        + row("Psychostimulants with abuse potential (T43.6)", "11", "")
    )
    columns = "measure_id, dimension, member, value, unit, status"
    assert stage_text(SOURCE, text, columns, "len(lines) = 1") == [
        ("us_deaths", "total", "total", 2850.0, "count", "preliminary"),
        ("us_overdose_deaths_with_drug_named", "total", "total", 90.875, "percent", "preliminary"),
        ("us_overdose_deaths", "substance", "cocaine", 14.0, "count", "preliminary"),
        ("us_overdose_deaths_predicted", "substance", "cocaine", 15.0, "count", "preliminary"),
        ("us_overdose_deaths", "substance", "natural_semi_synthetic_opioids_methadone", 16.0,
         "count", "preliminary"),
        ("us_overdose_deaths_predicted", "substance", "natural_semi_synthetic_opioids_methadone",
         17.0, "count", "preliminary"),
        ("us_overdose_deaths", "substance", "psychostimulants", 11.0, "count", "preliminary"),
        ("us_overdose_deaths_predicted", "substance", "psychostimulants", None, "count",
         "not_available"),
    ]  # fmt: skip


def test_what_repeats_on_every_indicator_is_one_figure(stage_text: Stage) -> None:
    text = HEADER + row("Number of Deaths", "2850") + row(OVERDOSES, "670", "698")
    where = "measure_id IN ('us_death_records_complete', 'us_deaths_pending_investigation')"
    assert stage_text(SOURCE, text, "measure_id, value, unit, lines", where) == [
        ("us_death_records_complete", 100.0, "percent", [2, 3]),
        ("us_deaths_pending_investigation", 0.25, "percent", [2, 3]),
    ]


def test_completeness_above_a_bound_is_an_interval(stage_text: Stage) -> None:
    text = HEADER + row("Number of Deaths", "2850", complete="99.5+")
    where = "measure_id = 'us_death_records_complete'"
    assert stage_text(SOURCE, text, "value, status, low, high", where) == [
        (None, "suppressed", 99.5, 100.0)
    ]


def test_only_figures_footnoted_as_incomplete_are_preliminary(stage_text: Stage) -> None:
    text = HEADER + row("Number of Deaths", "2850", month="2016,January", footnote=FINAL)
    where = "measure_id = 'us_deaths'"
    assert stage_text(SOURCE, text, "period_start, period_end, status", where) == [
        (date(2015, 2, 1), date(2016, 1, 31), "reported")
    ]


def test_new_york_city_stands_outside_new_york(stage_text: Stage) -> None:
    text = (
        HEADER
        + row("Number of Deaths", "5", state="YC")
        + row("Number of Deaths", "9", state="NY")
        + row("Number of Deaths", "3", state="DC")
    )
    assert stage_text(SOURCE, text, "region_id", "measure_id = 'us_deaths'") == [
        ("US-NYC",),
        ("US-NY-outside-nyc",),
        ("US-DC",),
    ]


def test_the_older_layout_has_separators_and_no_prediction(stage_text: Stage) -> None:
    footnote = "*Likely underreported due to incomplete data"
    text = (
        f"\ufeff{OLD_HEADER}"
        f'AK,Alaska,2015,January,12 month-ending,Number of Deaths,"4,034",99+,0,\n'
        f"AK,Alaska,2017,May,12 month-ending,{OVERDOSES},120,99.4,0.5,{footnote}\n"
    )
    columns = "measure_id, value, status, low, high"
    assert stage_text(SOURCE, text, columns, layout="without_prediction") == [
        ("us_death_records_complete", None, "suppressed", 99.0, 100.0),
        ("us_deaths", 4034.0, "reported", None, None),
        ("us_deaths_pending_investigation", 0.0, "reported", None, None),
        ("us_death_records_complete", 99.4, "preliminary", None, None),
        ("us_deaths_pending_investigation", 0.5, "preliminary", None, None),
        ("us_overdose_deaths", 120.0, "preliminary", None, None),
    ]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (row("Number of Deaths", "5", state="ZZ"), "region_id"),
        (row("Number of Deaths", "5", month="2018,Sept"), "period_start"),
        (row("Fentanyl (T40.9)", "5"), "measure_id"),
        (row("Number of Deaths", "5").replace("12 month-ending", "monthly"), "period_kind"),
    ],
)
def test_a_row_that_cannot_be_placed_is_refused(stage_text: Stage, text: str, missing: str) -> None:
    with pytest.raises(SourceFileError, match=f"line 2: expected a row that has a {missing}"):
        stage_text(SOURCE, HEADER + text, "value")
