"""Toronto police's neighbourhood crime: wide years, and a zero is an empty cell."""

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any

SOURCE = "tps_neighbourhood_crime"
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
YEARS = range(2014, 2025)
COLUMNS = [
    "_id",
    "AREA_NAME",
    "HOOD_ID",
    *(f"{crime}_{kind}{year}" for crime in CRIMES for kind in ("", "RATE_") for year in YEARS),
    "POPULATION_2024",
    "geometry",
]

Stage = Callable[..., list[tuple[Any, ...]]]


def table(*neighbourhoods: dict[str, object]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    geometry = '{"coordinates": [[[-79.4, 43.7], [-79.3, 43.7], [-79.4, 43.6]]]}'
    writer.writerows({"geometry": geometry, **cells} for cells in neighbourhoods)
    return text.getvalue()


def test_a_count_and_its_rate_are_two_units_of_one_figure(stage_text: Stage) -> None:
    text = table({"_id": 1, "HOOD_ID": 1, "ROBBERY_2014": 3, "ROBBERY_RATE_2014": 15.0})
    period = ("CA-ON-toronto-001", date(2014, 1, 1), date(2014, 12, 31), "year")
    assert stage_text(
        SOURCE,
        text,
        "region_id, period_start, period_end, period_kind, measure_id, value, unit",
        "year(period_start) = 2014 AND measure_id = 'robbery_occurrences'",
    ) == [
        (*period, "robbery_occurrences", 3.0, "count"),
        (*period, "robbery_occurrences", 15.0, "per_100k"),
    ]


def test_an_empty_cell_is_a_reported_zero(stage_text: Stage) -> None:
    text = table({"_id": 1, "HOOD_ID": 174, "ASSAULT_2024": 2, "ASSAULT_RATE_2024": 10.0})
    assert stage_text(
        SOURCE,
        text,
        "measure_id, value, unit, status",
        "period_start = DATE '2024-01-01' AND measure_id IN "
        "('homicide_occurrences', 'shooting_occurrences')",
    ) == [
        ("homicide_occurrences", 0.0, "count", "reported"),
        ("homicide_occurrences", 0.0, "per_100k", "reported"),
        ("shooting_occurrences", 0.0, "count", "reported"),
        ("shooting_occurrences", 0.0, "per_100k", "reported"),
    ]


def test_every_crime_and_year_is_there_twice(stage_text: Stage) -> None:
    text = table({"_id": 1, "HOOD_ID": 1, "ASSAULT_2014": 1, "ASSAULT_RATE_2014": 5.0})
    assert stage_text(
        SOURCE, text, "count(*), count(DISTINCT measure_id)", "measure_id LIKE '%_occurrences'"
    ) == [(9 * 11 * 2, 9)]


def test_a_year_has_the_population_that_its_counts_and_rates_imply(stage_text: Stage) -> None:
    text = table(
        {
            "_id": 1,
            "HOOD_ID": 1,
            # The larger count says the population to the person; the smaller is rounded more.
            "ASSAULT_2023": 250,
            "ASSAULT_RATE_2023": 1000.0,
            "HOMICIDE_2023": 1,
            "HOMICIDE_RATE_2023": 4.1,
            "ASSAULT_2024": 120,
            "ASSAULT_RATE_2024": 437.9,
            "POPULATION_2024": 27403,
        }
    )
    assert stage_text(
        SOURCE,
        text,
        "year(period_start), value, unit, status",
        "measure_id = 'neighbourhood_population'",
    ) == [(2023, 25000.0, "count", "reported"), (2024, 27404.0, "count", "reported")]
