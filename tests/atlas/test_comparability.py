"""Which national and broken series are compared with the year before, on the figures that ship."""

from pathlib import Path

import pandas as pd
import pytest

from atlas.ui.cards import region_headline
from atlas.ui.comparability import comparable_from, reporting_populations
from atlas.ui.trend import Series, sentence_of, title_of

pytestmark = pytest.mark.usefixtures("warehouse_path")


def test_a_national_figure_is_not_compared_when_other_places_report() -> None:
    # Quebec gives no stimulant deaths for 2024: the count falls while the published rate rises.
    found = region_headline("stimulant_deaths", "CA")
    assert found is not None
    assert found.base is not None
    assert found.latest.rate is not None
    assert found.base.rate is not None
    assert (found.latest.count, found.base.count) == (4829, 5348)
    assert found.latest.rate > found.base.rate
    assert (found.change, found.obstacle) == (None, "coverage")
    series = Series("stimulant_deaths", "CA", "per_100k", "year")
    assert title_of(series) == "17.8 in 2024"
    assert "Earlier periods than 2024 are not comparable with it." in sentence_of(series)


def test_the_national_denominator_is_that_of_the_places_that_report() -> None:
    people = reporting_populations("stimulant_deaths").set_index("period_start")["persons"]
    implied = {2023: 5348 / 15.2 * 100_000, 2024: 4829 / 17.8 * 100_000}
    for when, persons in implied.items():
        assert people[pd.Timestamp(when, 7, 1)] == pytest.approx(persons, rel=0.01)


def test_a_small_place_that_stops_reporting_does_not_end_comparison() -> None:
    # Nunavut is not available in 2024: 0.1 % of the population.
    assert comparable_from("opioid_deaths", "CA") is None
    found = region_headline("opioid_deaths", "CA")
    assert found is not None
    assert found.change is not None


def test_a_declared_break_is_not_compared_across() -> None:
    assert comparable_from("opioid_deaths", "CA-QC") == pd.Timestamp(2024, 1, 1)
    found = region_headline("opioid_deaths", "CA-QC")
    assert found is not None
    assert (found.latest.count, found.change, found.obstacle) == (645, None, "break")
    assert comparable_from("opioid_deaths", "CA-BC") is None


def test_a_comparison_has_the_direction_of_the_published_rates(warehouse_path: Path) -> None:
    assert warehouse_path.is_file()
    provinces = ("BC", "AB", "SK", "MB", "ON", "NB", "NS", "NL", "YT", "NT")
    for region in ("CA", *(f"CA-{province}" for province in provinces)):
        for measure in ("opioid_deaths", "opioid_hospitalizations", "stimulant_deaths"):
            found = region_headline(measure, region)
            if found is None or found.change is None or found.change.within_usual_variation:
                continue
            assert found.base is not None
            assert found.latest.rate is not None
            assert found.base.rate is not None
            rises = found.latest.rate > found.base.rate
            assert rises == (found.change.ratio > 1), (measure, region)


def test_all_drug_offences_are_not_compared_across_legalization() -> None:
    for region in ("CA-ON", "CA-NU"):
        found = region_headline("drug_offences", region)
        assert found is not None
        assert (found.latest.start.year, found.change, found.obstacle) == (2019, None, "break")
    cocaine = region_headline("cocaine_possession_offences", "CA-ON")
    assert cocaine is not None
    assert cocaine.change is not None
