"""Which figure a card shows, what it is compared with, and what it never is."""

from typing import Any

import pandas as pd
import pytest
from scipy.stats import binomtest

from atlas.analysis.errors import InputError
from atlas.analysis.headline import Headline, latest_headline
from atlas.analysis.rates import RateRatio, UsualChange

COLUMNS = ["period_start", "period_end", "period_kind", "unit", "value", "status"]
NO_PEOPLE = pd.DataFrame({"period_start": pd.to_datetime([]), "persons": []})


def year(when: int, value: float | None, status: str = "reported", unit: str = "count") -> Any:
    return (f"{when}-01-01", f"{when}-12-31", "year", unit, value, status)


def part_year(when: int, value: float, unit: str = "count") -> Any:
    return (f"{when}-01-01", f"{when}-09-30", "part_year", unit, value, "preliminary")


def quarter(when: str, value: float, status: str = "reported") -> Any:
    period = pd.Period(when, "Q")
    return (period.start_time, period.end_time.normalize(), "quarter", "count", value, status)


def month(when: str, value: float, status: str = "reported") -> Any:
    period = pd.Period(when, "M")
    return (period.start_time, period.end_time.normalize(), "month", "count", value, status)


def table(*rows: Any) -> pd.DataFrame:
    cells = pd.DataFrame(rows, columns=COLUMNS)
    return cells.assign(
        period_start=pd.to_datetime(cells["period_start"]),
        period_end=pd.to_datetime(cells["period_end"]),
        value=cells["value"].astype(float),
    )


def people(**persons: int) -> pd.DataFrame:
    """Estimates of 1 July, `y2024=1000`."""
    starts = [pd.Timestamp(f"{name[1:]}-07-01") for name in persons]
    return pd.DataFrame({"period_start": starts, "persons": list(persons.values())})


def headline(cells: pd.DataFrame, populations: pd.DataFrame = NO_PEOPLE) -> Headline:
    found = latest_headline(cells, populations, counts_events=True)
    assert found is not None
    return found


def years_of(found: Headline) -> tuple[int, int | None]:
    return found.latest.start.year, found.base.start.year if found.base else None


def test_the_newest_final_year_is_compared_with_the_year_before() -> None:
    found = headline(table(year(2021, 900), year(2022, 40), year(2023, 60)))
    assert (found.latest.count, found.base and found.base.count) == (60, 40)
    assert isinstance(found.change, RateRatio)
    assert found.change.ratio == pytest.approx(1.5)


def test_the_exposure_is_population_times_days() -> None:
    found = headline(
        table(year(2023, 2236), year(2024, 2344)), people(y2023=5_531_000, y2024=5_646_000)
    )
    share = binomtest(2344, 2344 + 2236).proportion_ci(0.95, method="exact")
    scale = (5_531_000 * 365) / (5_646_000 * 366)
    assert found.change is not None
    assert found.change.ratio == pytest.approx(2344 / 2236 * scale)
    assert found.change.low == pytest.approx(share.low / (1 - share.low) * scale)
    assert found.change.high == pytest.approx(share.high / (1 - share.high) * scale)
    assert not found.per_day_only


def test_without_a_population_the_exposure_is_days_and_the_headline_says_so() -> None:
    found = headline(table(year(2023, 100), year(2024, 100)), people(y2024=1_000))
    assert found.per_day_only
    assert found.change is not None
    assert found.change.ratio == pytest.approx(365 / 366)


def test_a_preliminary_year_is_shown_but_never_compared() -> None:
    found = headline(table(year(2022, 40), year(2023, 60), year(2024, 5, "preliminary")))
    assert years_of(found) == (2023, 2022)
    assert found.change is not None
    assert found.change.ratio == pytest.approx(1.5)
    assert found.preliminary is not None
    assert found.preliminary.count == 5


def test_a_preliminary_year_is_no_base_either() -> None:
    found = headline(table(year(2022, 40, "preliminary"), year(2023, 60)))
    assert years_of(found) == (2023, None)
    assert found.change is None
    assert found.preliminary is None


def test_a_part_year_is_neither_the_latest_figure_nor_a_base() -> None:
    final_part = (*part_year(2023, 33)[:5], "reported")
    found = headline(table(year(2024, 60), final_part, part_year(2025, 30)))
    assert years_of(found) == (2024, None)
    assert found.change is None
    assert found.preliminary is not None
    assert (found.preliminary.kind, found.preliminary.count) == ("part_year", 30)
    only_parts = table((*part_year(2022, 30)[:5], "reported"), final_part)
    assert latest_headline(only_parts, NO_PEOPLE, counts_events=True) is None


def test_nothing_final_gives_no_headline() -> None:
    only_open = table(year(2024, 60, "preliminary"), part_year(2025, 30))
    assert latest_headline(only_open, NO_PEOPLE, counts_events=True) is None
    hidden = table(year(2023, None, "suppressed"), year(2024, None, "not_available"))
    assert latest_headline(hidden, NO_PEOPLE, counts_events=True) is None
    assert latest_headline(table(), NO_PEOPLE, counts_events=True) is None


@pytest.mark.parametrize("state", ["suppressed", "not_available"])
def test_a_hidden_last_year_falls_back_to_the_last_reported_one(state: str) -> None:
    found = headline(table(year(2022, 40), year(2023, 60), year(2024, None, state)))
    assert years_of(found) == (2023, 2022)


@pytest.mark.parametrize("state", ["suppressed", "not_available"])
def test_a_hidden_year_before_leaves_no_base(state: str) -> None:
    found = headline(table(year(2022, 40), year(2023, None, state), year(2024, 60)))
    assert years_of(found) == (2024, None)
    assert found.change is None


def test_a_zero_is_a_figure() -> None:
    found = headline(table(year(2023, 8), year(2024, 0)))
    assert found.latest.count == 0
    assert found.change is not None
    assert found.change.ratio == 0
    assert not found.change.within_usual_variation


def test_quarters_are_compared_with_the_same_quarter_a_year_before() -> None:
    found = headline(
        table(
            quarter("2023Q4", 50), quarter("2024Q1", 10), quarter("2024Q4", 20),
            quarter("2025Q1", 30), quarter("2025Q2", 99, "preliminary"),
        )
    )  # fmt: skip
    assert found.latest.start == pd.Timestamp("2025-01-01")
    assert found.base is not None
    assert found.base.start == pd.Timestamp("2024-01-01")
    assert found.change is not None
    assert found.change.ratio == pytest.approx(30 / 10 * 91 / 90)
    assert found.preliminary is not None
    assert found.preliminary.count == 99


def test_months_of_events_allow_for_the_days_of_a_leap_february() -> None:
    found = headline(table(month("2023-02", 28), month("2024-01", 5), month("2024-02", 29)))
    assert found.change is not None
    assert found.change.ratio == pytest.approx(1)


def test_years_stand_for_a_source_that_gives_quarters_too() -> None:
    found = headline(table(year(2023, 40), year(2024, 60), quarter("2024Q4", 15)))
    assert found.latest.kind == "year"


def test_a_rate_alone_is_compared_through_the_counts_that_it_implies() -> None:
    cells = table(year(2023, 120.0, unit="per_100k"), year(2024, 90.0, unit="per_100k"))
    found = headline(cells, people(y2023=500_000, y2024=510_000))
    assert found.counts_implied
    assert found.latest.count is None
    assert found.latest.rate == 90
    assert isinstance(found.change, RateRatio)
    # 120 x 5.0 = 600 and 90 x 5.1 = 459 events.
    assert found.change.ratio == pytest.approx((459 / 510_000 / 366) / (600 / 500_000 / 365))


def test_a_rate_alone_without_a_population_is_not_compared() -> None:
    cells = table(year(2023, 120.0, unit="per_100k"), year(2024, 90.0, unit="per_100k"))
    found = headline(cells)
    assert found.base is not None
    assert found.change is None


def test_a_count_with_its_rate_is_one_figure() -> None:
    found = headline(
        table(
            year(2023, 2236), year(2024, 2344),
            year(2023, 40.5, unit="per_100k"), year(2024, 41.3, unit="per_100k"),
            part_year(2025, 1414), part_year(2025, 33.1, unit="per_100k"),
        )
    )  # fmt: skip
    assert (found.latest.count, found.latest.rate) == (2344, 41.3)
    assert not found.counts_implied
    assert found.preliminary is not None
    assert (found.preliminary.count, found.preliminary.rate) == (1414, 33.1)


def stock(*skipped: str) -> pd.DataFrame:
    """Months of 2020 to 2024 that grow by 1 % each, but those skipped."""
    months = [str(period) for period in pd.period_range("2020-01", "2024-12", freq="M")]
    return table(
        *(
            month(when, 1_000 * 1.01**step)
            for step, when in enumerate(months)
            if when not in skipped
        )
    )


def test_a_stock_is_compared_with_its_own_history_over_a_year() -> None:
    found = latest_headline(stock(), NO_PEOPLE, counts_events=False)
    assert found is not None
    assert isinstance(found.change, UsualChange)
    assert found.change.ratio == pytest.approx(1.01**12)
    assert found.change.comparisons == 47
    assert found.base is not None
    assert found.base.start == pd.Timestamp("2023-12-01")
    assert not found.per_day_only


def test_a_month_missing_from_a_stock_does_not_shift_the_comparison() -> None:
    found = latest_headline(stock("2024-05"), NO_PEOPLE, counts_events=False)
    assert found is not None
    assert found.base is not None
    assert found.base.start == pd.Timestamp("2023-12-01")
    # Either no comparison, or one with the base that the headline names.
    if found.change is not None:
        assert found.latest.count is not None
        assert found.base.count is not None
        assert found.change.ratio == pytest.approx(found.latest.count / found.base.count)


@pytest.mark.parametrize("place", [-1, -13])
def test_a_stock_of_zero_is_not_compared_through_another_month(place: int) -> None:
    cells = stock()
    cells.loc[cells.index[place], "value"] = 0.0
    found = latest_headline(cells, NO_PEOPLE, counts_events=False)
    assert found is not None
    assert found.latest.start == pd.Timestamp("2024-12-01")
    assert found.change is None


def test_a_short_stock_is_shown_without_a_comparison() -> None:
    recent = stock().tail(30)
    found = latest_headline(recent, NO_PEOPLE, counts_events=False)
    assert found is not None
    assert found.base is not None
    assert found.change is None


def test_the_order_of_the_rows_does_not_matter() -> None:
    cells = table(year(2021, 900), year(2022, 40), year(2023, 60), part_year(2024, 30))
    assert headline(cells) == headline(cells.sample(frac=1, random_state=3))


def test_a_base_without_a_figure_is_named_by_its_state() -> None:
    for status in ("suppressed", "not_available"):
        found = headline(table(year(2022, None, status), year(2023, 60)))
        assert (found.base, found.change, found.obstacle) == (None, None, f"base_{status}")
    found = headline(table(year(2020, 50), year(2023, 60)))
    assert (found.base, found.change, found.obstacle) == (None, None, "no_base")


def test_a_rate_alone_is_not_tested_without_a_population() -> None:
    found = headline(table(year(2022, 40.0, unit="per_100k"), year(2023, 60.0, unit="per_100k")))
    assert found.base is not None
    assert (found.change, found.obstacle) == (None, "no_population")


def test_a_later_year_without_a_figure_is_told() -> None:
    found = headline(table(year(2022, 5), year(2023, 7), year(2024, None, "not_available")))
    assert found.latest.start.year == 2023
    assert found.unknown is not None
    assert (found.unknown.start.year, found.unknown.status) == (2024, "not_available")
    assert headline(table(year(2022, None, "suppressed"), year(2023, 7))).unknown is None


def test_a_large_count_is_set_beside_its_own_history_too() -> None:
    # Up and down by 5 % in turn: far beyond chance for a million events, and usual here.
    series = [1_000_000 * (1.05 if when % 2 else 1) for when in range(2000, 2020)]
    rows = [year(2000 + place, count) for place, count in enumerate(series)]
    found = headline(table(*rows))
    assert found.change is not None
    assert found.history is not None
    assert not found.change.within_usual_variation
    assert found.history.comparisons == 18
    assert found.within_usual_variation
    assert headline(table(*rows[:5])).history is None
    assert not headline(table(*rows[:6])).within_usual_variation


def test_a_count_that_only_one_of_two_periods_has_is_never_made_up() -> None:
    counted = (year(2023, 60), year(2023, 21.0, unit="per_100k"))
    for rate_year in (2022, 2024):
        cells = table(*counted, year(rate_year, 20.0, unit="per_100k"))
        found = headline(cells)
        assert found.base is not None
        assert (found.change, found.obstacle, found.counts_implied) == (None, "no_population", True)
        # With populations the missing count is 20 x 3 = 60, and the headline says so.
        known = headline(cells, people(y2022=300_000, y2023=300_000, y2024=300_000))
        assert known.counts_implied
        assert known.change is not None
        assert known.change.ratio == pytest.approx(1.0, rel=0.01)
    assert not headline(table(year(2022, 50), *counted)).counts_implied


def test_a_history_never_sets_a_count_over_a_rate() -> None:
    # Counts until 2019 and both from 2020: the change of 2020 was 40.0 over 1,000 persons.
    rows = [year(when, 1_000) for when in range(1990, 2024)]
    rows += [year(when, 40.0, unit="per_100k") for when in range(2020, 2024)]
    found = latest_headline(table(*rows), NO_PEOPLE, counts_events=False)
    assert found is not None
    # Three changes of rates are no history of 24.
    assert (found.change, found.obstacle) == (None, "short_history")
    # A rate of the last year alone leaves the counts to compare.
    last_rate = year(2023, 40.0, unit="per_100k")
    counts = latest_headline(table(*rows[:34], last_rate), NO_PEOPLE, counts_events=False)
    assert counts is not None
    assert isinstance(counts.change, UsualChange)
    assert (counts.change.low, counts.change.high) == (1, 1)


def test_cells_that_make_no_sense_are_refused() -> None:
    cells = table(year(2022, 40), year(2023, 60))
    for column in COLUMNS:
        with pytest.raises(InputError, match=f"missing: \\['{column}'\\]"):
            headline(cells.drop(columns=column))
    with pytest.raises(InputError, match="missing: \\['persons'\\]"):
        headline(cells, NO_PEOPLE.drop(columns="persons"))
    with pytest.raises(InputError, match="from 0 up"):
        headline(cells.assign(value=-1.0))
    with pytest.raises(InputError, match="from 0 up"):
        headline(cells.assign(value=float("nan")))
    with pytest.raises(InputError, match="figures must be numbers"):
        headline(cells.assign(value="<5"))
    with pytest.raises(InputError, match="count occurs twice"):
        headline(pd.concat([cells, cells]))
    with pytest.raises(InputError, match="above 0"):
        headline(cells, people(y2022=0))
    with pytest.raises(InputError, match="days"):
        headline(cells.assign(period_end="soon"))
    with pytest.raises(InputError, match="day in every row"):
        headline(cells.assign(period_end=pd.Series([pd.NaT, pd.NaT])))
