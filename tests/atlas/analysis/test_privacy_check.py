"""Tables whose leaks are known by hand."""

from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.analysis.errors import InputError
from atlas.analysis.privacy import (
    SmallCellRule,
    SumRelation,
    disclosure_findings,
    implied_counts,
    sum_relations,
)

RULE = SmallCellRule(below=5)
PERIOD = ("first", "last")
SEXES: dict[str, Any] = {"sex": {"all": ("female", "male")}}


def cells(rows: dict[Any, int | str], keys: list[str], high: float = 4.0) -> pd.DataFrame:
    """A table from {key: count or status}; suppressed cells lie between 0 and `high`."""
    named = pd.DataFrame([key if isinstance(key, tuple) else (key,) for key in rows], columns=keys)
    shown = [isinstance(value, int) for value in rows.values()]
    named["value"] = [v if isinstance(v, int) else np.nan for v in rows.values()]
    named["status"] = ["reported" if isinstance(v, int) else v for v in rows.values()]
    named["low"] = [np.nan if plain else 0.0 for plain in shown]
    named["high"] = [np.nan if plain else high for plain in shown]
    return named


def month(first: str, last: str | None = None) -> tuple[pd.Timestamp, pd.Timestamp]:
    end = pd.Period(last or first, "M").end_time.normalize()
    return pd.Timestamp(first), end


def findings(table: pd.DataFrame, keys: list[str], **sums: Any) -> list[tuple[Any, ...]]:
    found = disclosure_findings(table, keys, RULE, sum_relations(table, keys, **sums))
    assert found.pop("possible_values").isin((0, 1)).all()
    return [tuple(row) for row in found.itertuples(index=False)]


def test_a_shown_count_below_the_threshold_is_found_and_zero_is_a_value() -> None:
    table = cells({"A": 3, "B": 0, "C": 5, "D": "suppressed"}, ["area"])
    assert findings(table, ["area"]) == [("A", "shown_small", 3.0, "shown, though below 5")]
    strict = disclosure_findings(table, ["area"], SmallCellRule(5, zero_is_shown=False))
    assert strict["area"].tolist() == ["A", "B"]


def test_one_hidden_part_of_a_shown_total_is_found() -> None:
    table = cells({"all": 20, "female": 17, "male": "suppressed"}, ["sex"])
    assert findings(table, ["sex"], members=SEXES) == [
        ("male", "recovered_by_one_sum", 3.0, "all - female")
    ]
    # Hiding a second part protects the first, unless their limits meet.
    table = cells({"all": 20, "female": "suppressed", "male": "suppressed"}, ["sex"], np.nan)
    assert findings(table, ["sex"], members=SEXES) == []
    table = cells({"all": 8, "female": "suppressed", "male": "suppressed"}, ["sex"])
    assert [row[:3] for row in findings(table, ["sex"], members=SEXES)] == [
        ("female", "recovered_by_bounds", 4.0),
        ("male", "recovered_by_bounds", 4.0),
    ]
    assert "limits of the hidden cells" in findings(table, ["sex"], members=SEXES)[0][3]


def test_a_hidden_total_of_shown_parts_is_found() -> None:
    table = cells({"all": "suppressed", "female": 0, "male": 3}, ["sex"])
    assert findings(table, ["sex"], members=SEXES) == [
        ("male", "shown_small", 3.0, "shown, though below 5"),
        ("all", "recovered_by_one_sum", 3.0, "female + male"),
    ]


def test_a_leak_through_two_dimensions_is_found() -> None:
    table = cells(
        {
            ("A", "all"): 30, ("A", "female"): "suppressed", ("A", "male"): "suppressed",
            ("B", "all"): 40, ("B", "female"): 24, ("B", "male"): 16,
            ("AB", "all"): 70, ("AB", "female"): 26, ("AB", "male"): 44,
        },
        ["area", "sex"],
        np.nan,
    )  # fmt: skip
    keys = ["area", "sex"]
    assert findings(table, keys, members=SEXES) == []
    both: dict[str, Any] = {**SEXES, "area": {"AB": ("A", "B")}}
    assert {row[:4] for row in findings(table, keys, members=both)} == {
        ("A", "female", "recovered_by_one_sum", 2.0),
        ("A", "male", "recovered_by_one_sum", 28.0),
    }


def test_january_to_february_less_january_gives_february() -> None:
    rows: dict[Any, int | str] = {
        month("2024-01"): 12,
        month("2024-02"): "suppressed",
        month("2024-01", "2024-02"): 14,
    }
    found = findings(cells(rows, list(PERIOD)), list(PERIOD), period=PERIOD)
    assert [row[:4] for row in found] == [(*month("2024-02"), "recovered_by_one_sum", 2.0)]
    assert found[0][4] == "2024-01-01/2024-02-29 - 2024-01-01/2024-01-31"
    # The same holds where no row names February.
    del rows[month("2024-02")]
    found = findings(cells(rows, list(PERIOD)), list(PERIOD), period=PERIOD)
    assert [row[:4] for row in found] == [(*month("2024-02"), "small_by_difference", 2.0)]
    # A large difference, or none at all, is no small count.
    for count in (12, 17):
        rows[month("2024-01", "2024-02")] = count
        assert findings(cells(rows, list(PERIOD)), list(PERIOD), period=PERIOD) == []


def test_a_year_less_the_part_year_gives_the_rest() -> None:
    rows: dict[Any, int | str] = {
        month("2024-01", "2024-12"): 103,
        month("2024-01", "2024-09"): 100,
    }
    found = findings(cells(rows, list(PERIOD)), list(PERIOD), period=PERIOD)
    assert [row[:4] for row in found] == [
        (*month("2024-10", "2024-12"), "small_by_difference", 3.0)
    ]


def test_a_year_less_three_quarters_gives_the_fourth() -> None:
    starts = ("2024-01", "2024-04", "2024-07", "2024-10")
    ends = ("2024-03", "2024-06", "2024-09", "2024-12")
    quarters = [month(start, end) for start, end in zip(starts, ends, strict=True)]
    rows: dict[Any, int | str] = dict(zip(quarters, (9, "suppressed", 7, 11), strict=True))
    keys = list(PERIOD)
    assert findings(cells(rows, keys), keys, period=PERIOD) == []
    rows[month("2024-01", "2024-12")] = 31
    found = findings(cells(rows, keys), keys, period=PERIOD)
    assert [row[:4] for row in found] == [(*quarters[1], "recovered_by_one_sum", 4.0)]


def test_overlapping_windows_give_a_month_away_only_together() -> None:
    # Twelve-month windows that start a month apart differ by one month less another.
    rows: dict[Any, int | str] = {
        month("2023-01", "2023-12"): 60,
        month("2023-02", "2024-01"): 59,
        month("2023-01"): 4,
    }
    keys = list(PERIOD)
    found = findings(cells(rows, keys), keys, period=PERIOD)
    assert [row[:4] for row in found] == [
        (*month("2023-01"), "shown_small", 4.0),
        (*month("2024-01"), "small_by_difference", 3.0),
    ]
    del rows[month("2023-01")]
    assert findings(cells(rows, keys), keys, period=PERIOD) == []


def test_periods_and_members_leak_together() -> None:
    # Women of the year less women of January to November, and all of December less men.
    year, part, december = (
        month("2024-01", "2024-12"),
        month("2024-01", "2024-11"),
        month("2024-12"),
    )
    rows: dict[Any, int | str] = {
        (*year, "female"): 50,
        (*part, "female"): 49,
        (*december, "all"): 9,
        (*december, "male"): "suppressed",
    }
    keys = [*PERIOD, "sex"]
    table = cells(rows, keys, np.nan)
    assert [row[2:5] for row in findings(table, keys, period=PERIOD, members=SEXES)] == [
        ("female", "small_by_difference", 1.0),
        ("male", "recovered_by_several_sums", 8.0),
    ]
    assert findings(table, keys, members=SEXES) == []


def test_differences_of_two_members_add_up_to_one_of_their_total() -> None:
    # January to March and February to April overlap; a window of 0 empties its months.
    early, late = month("2024-01", "2024-03"), month("2024-02", "2024-04")
    rows: dict[Any, int | str] = {
        (*early, "female"): 0,
        (*late, "female"): 6,
        (*early, "male"): 4,
        (*late, "male"): 0,
    }
    keys = [*PERIOD, "sex"]
    found = findings(cells(rows, keys), keys, period=PERIOD, members=SEXES)
    assert {row[:5] for row in found} == {
        (*early, "male", "shown_small", 4.0),
        (*month("2024-01"), "male", "small_by_difference", 4.0),
        (*early, "all", "small_by_difference", 4.0),
        (*month("2024-01"), "all", "small_by_difference", 4.0),
    }


def test_a_member_tree_of_three_levels_is_followed() -> None:
    tree: dict[str, Any] = {"area": {"CA": ("BC", "AB"), "BC": ("north", "south")}}
    table = cells({"CA": 50, "AB": 30, "north": "suppressed", "south": 18}, ["area"])
    assert findings(table, ["area"], members=tree) == [
        ("north", "recovered_by_several_sums", 2.0, "CA = BC + AB; BC = north + south")
    ]


def test_cells_that_are_not_available_are_not_called_suppressed() -> None:
    table = cells({"all": 20, "female": 11, "male": "not_available"}, ["sex"])
    assert findings(table, ["sex"], members=SEXES) == []
    table = cells({"all": 20, "female": 18, "male": "not_available"}, ["sex"])
    assert [row[:3] for row in findings(table, ["sex"], members=SEXES)] == [
        ("male", "small_by_difference", 2.0)
    ]


def test_sums_that_do_not_hold_are_named() -> None:
    table = cells({"all": 10, "female": 12, "male": "suppressed"}, ["sex"])
    ((key, kind, value, how),) = findings(table, ["sex"], members=SEXES)
    assert (key, kind, how) == ("all", "contradictory_sum", "all is not female + male")
    assert np.isnan(value)


def test_no_leak_gives_an_empty_frame_with_its_columns() -> None:
    found = disclosure_findings(cells({"A": 9}, ["area"]), ["area"], RULE)
    assert found.columns.tolist() == ["area", "kind", "value", "possible_values", "how"]
    assert found.empty


def test_the_order_of_rows_does_not_change_what_is_found() -> None:
    rows: dict[Any, int | str] = {"all": 20, "female": 17, "male": "suppressed"}
    there = findings(cells(rows, ["sex"]), ["sex"], members=SEXES)
    back = findings(cells(dict(reversed(rows.items())), ["sex"]), ["sex"], members=SEXES)
    assert there == back


def test_free_sums_are_left_out() -> None:
    # No row gives "all" and nothing else uses it, so it can be anything.
    table = cells({"female": 17, "male": "suppressed"}, ["sex"])
    assert sum_relations(table, ["sex"], members=SEXES) == ()
    table = cells({"all": 17}, ["sex"])
    assert sum_relations(table, ["sex"], members=SEXES) == ()
    table = cells({"all": 17, "male": "suppressed"}, ["sex"])
    assert sum_relations(table, ["sex"], members=SEXES) == (
        SumRelation(("all",), (("female",), ("male",))),
    )


def test_a_table_that_makes_no_sense_is_refused() -> None:
    table = cells({"A": 9, "B": "suppressed"}, ["area"])
    with pytest.raises(InputError, match="missing: \\['high'\\]"):
        disclosure_findings(table.drop(columns="high"), ["area"], RULE)
    with pytest.raises(InputError, match="threshold"):
        SmallCellRule(0)
    with pytest.raises(InputError, match="status is one of"):
        disclosure_findings(table.assign(status="hidden"), ["area"], RULE)
    with pytest.raises(InputError, match="must have no value"):
        disclosure_findings(table.assign(value=3), ["area"], RULE)
    with pytest.raises(InputError, match="whole numbers"):
        disclosure_findings(table.assign(value=1.5, status="reported"), ["area"], RULE)
    with pytest.raises(InputError, match="occur once; A"):
        disclosure_findings(pd.concat([table, table]), ["area"], RULE)
    for keys in ([], ["sex"], ["area", "area"]):
        with pytest.raises(InputError, match="distinct columns"):
            sum_relations(table, keys)
    for wrong in (("A",), ("A", "A"), ("A", "B", "all")):
        with pytest.raises(InputError, match="two or more other members"):
            sum_relations(table, ["area"], members={"area": {"all": wrong}})
    with pytest.raises(InputError, match="not among the keys"):
        sum_relations(table, ["area"], members=SEXES)
    with pytest.raises(InputError, match="must be among the keys"):
        sum_relations(table, ["area"], period=PERIOD)
    backwards = cells({(pd.Timestamp("2024-02-01"), pd.Timestamp("2024-01-31")): 9}, list(PERIOD))
    with pytest.raises(InputError, match="not end before"):
        sum_relations(backwards, list(PERIOD), period=PERIOD)


@pytest.mark.parametrize("below", [np.nan, 0, -1, 4.5, "5", None, True])
def test_a_rule_without_a_threshold_is_refused(below: Any) -> None:
    with pytest.raises(InputError, match="threshold"):
        SmallCellRule(below)
    with pytest.raises(InputError, match="narrowed_to"):
        SmallCellRule(5, narrowed_to=1)


def test_a_key_without_a_value_is_refused() -> None:
    for gap in (np.nan, None, pd.NaT):
        table = cells({"A": 9, "B": "suppressed"}, ["area"]).astype({"area": object})
        table.loc[1, "area"] = gap
        with pytest.raises(InputError, match="without a value: \\['area'\\]"):
            disclosure_findings(table, ["area"], RULE)
        with pytest.raises(InputError, match="without a value"):
            sum_relations(table, ["area"])


def test_text_in_the_place_of_numbers_and_dates_is_refused() -> None:
    table = cells({"A": 9, "B": "suppressed"}, ["area"])
    for column in ("value", "low", "high"):
        with pytest.raises(InputError, match=f"{column} must be numbers"):
            disclosure_findings(table.assign(**{column: "<5"}), ["area"], RULE)
    with pytest.raises(InputError, match="two dates"):
        sum_relations(cells({("2024", "2025"): 9}, list(PERIOD)), list(PERIOD), period=PERIOD)
    nullable = table.astype({"value": "Int64"})
    assert disclosure_findings(nullable, ["area"], RULE).empty


def test_a_cell_with_few_values_is_told_of_where_the_rule_asks() -> None:
    table = cells({"all": 7, "female": "suppressed", "male": "suppressed"}, ["sex"])
    sums = sum_relations(table, ["sex"], members=SEXES)
    assert disclosure_findings(table, ["sex"], RULE, sums).empty
    found = disclosure_findings(table, ["sex"], SmallCellRule(5, narrowed_to=2), sums)
    assert found["kind"].tolist() == ["narrowed", "narrowed"]
    assert found["possible_values"].tolist() == [2, 2]
    assert found["value"].isna().all()
    assert found["how"][0] == "one of 3, 4, by all = female + male"
    # Six in two cells of at most four: 2 to 4 each, three of the five that the limits allow.
    table.loc[0, "value"] = 6
    assert disclosure_findings(table, ["sex"], SmallCellRule(5, narrowed_to=2), sums).empty
    found = disclosure_findings(table, ["sex"], SmallCellRule(5, narrowed_to=3), sums)
    assert found["possible_values"].tolist() == [3, 3]
    # What the publisher says itself is not given away by the table.
    alone = cells({"A": "suppressed"}, ["area"])
    assert disclosure_findings(alone, ["area"], SmallCellRule(5, narrowed_to=9)).empty


def rates(rate: float, population: float, status: str = "suppressed") -> pd.DataFrame:
    table = cells({"A": status, "B": 60}, ["area"])
    return table.assign(
        rate_per_100k=[rate, np.nan],
        rate_decimals=[1, np.nan],
        population=[population, np.nan],
    )


def test_a_rate_gives_its_count_away() -> None:
    # 3 of 15,000 are 20.0 per 100,000; 2 would be 13.3 and 4 be 26.7.
    found = disclosure_findings(rates(20.0, 15_000), ["area"], RULE)
    assert found.to_dict("records") == [
        {"area": "A", "kind": "recovered_by_rate", "value": 3.0, "possible_values": 1,
         "how": "rate x population"}
    ]  # fmt: skip
    found = disclosure_findings(rates(20.0, 15_000, "not_available"), ["area"], RULE)
    assert found["kind"].tolist() == ["small_by_rate"]
    # The count of a large rate is no small count, and that of a large place is uncertain.
    assert disclosure_findings(rates(80.0, 15_000, "not_available"), ["area"], RULE).empty
    wide = rates(0.1, 2_000_000)
    assert disclosure_findings(wide, ["area"], RULE).empty
    found = disclosure_findings(wide, ["area"], SmallCellRule(5, narrowed_to=3))
    assert found["kind"].tolist() == ["narrowed"]
    assert found["how"].tolist() == ["one of 1, 2, 3, by rate x population"]
    # No whole number of 15,000 persons is 17.0 per 100,000.
    found = disclosure_findings(rates(17.0, 15_000), ["area"], RULE)
    assert found["kind"].tolist() == ["contradictory_rate"]


def test_a_rate_and_a_sum_leak_together() -> None:
    # 2 or 3 by the rate of A; B, at most 4, makes up 7: A is 3.
    table = cells({"all": 7, "A": "suppressed", "B": "suppressed"}, ["area"])
    sums = sum_relations(table, ["area"], members={"area": {"all": ("A", "B")}})
    table = table.assign(rate_per_100k=[np.nan, 0.2, np.nan], rate_decimals=1, population=1_200_000)
    assert [side.tolist() for side in implied_counts([0.2], 1_200_000, 1)] == [[2], [3]]
    found = disclosure_findings(table, ["area"], RULE, sums)
    assert found[["area", "kind", "value"]].to_numpy().tolist() == [
        ["A", "recovered_by_bounds", 3.0],
        ["B", "recovered_by_bounds", 4.0],
    ]


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 5_000), st.integers(1, 3_000_000), st.integers(0, 3))
def test_the_counts_that_a_rate_implies_are_those_that_print_it(
    count: int, population: int, decimals: int
) -> None:
    rate = round(100_000 * count / population, decimals)
    (low,), (high,) = implied_counts([rate], population, decimals)
    assert low <= count <= high
    half = 0.5 * 10**-decimals
    # One more on either side lies beyond the rounding.
    for beyond in (low - 1, high + 1):
        assert beyond < 0 or abs(100_000 * beyond / population - rate) > half * (1 - 1e-6)


@pytest.mark.parametrize(
    ("rate", "population", "decimals"),
    [
        ([-1.0], 100, 1), (["<5"], 100, 1), ([np.nan], 100, 1), ([1.0], 0, 1), ([1.0], np.nan, 1),
        ([1.0], 100, 1.5), ([1.0], 100, -1), ([1.0], 100, np.nan), ([1.0, 2.0], [1, 2, 3], 1),
        (1.0, 100, 1),
    ],
)  # fmt: skip
def test_rates_that_make_no_sense_are_refused(rate: Any, population: Any, decimals: Any) -> None:
    with pytest.raises(InputError):
        implied_counts(rate, population, decimals)


def test_rates_need_all_their_columns() -> None:
    with pytest.raises(InputError, match="missing: \\['population'\\]"):
        disclosure_findings(rates(20.0, 15_000).drop(columns="population"), ["area"], RULE)


@st.composite
def tables(draw: st.DrawFn) -> tuple[pd.DataFrame, dict[tuple[str, str], int]]:
    """Counts by area and sex with their totals, of which some are suppressed."""
    counts = {(area, sex): draw(st.integers(0, 12)) for area in "AB" for sex in ("female", "male")}
    truth = dict(counts)
    for area in "AB":
        truth[area, "all"] = truth[area, "female"] + truth[area, "male"]
    for sex in ("female", "male", "all"):
        truth["AB", sex] = truth["A", sex] + truth["B", sex]
    hidden = {key for key, count in truth.items() if 0 < count < 5}
    hidden |= draw(st.sets(st.sampled_from(sorted(truth)), max_size=3))
    rows: dict[Any, int | str] = {
        key: "suppressed" if key in hidden else count for key, count in truth.items()
    }
    return cells(rows, ["area", "sex"], np.nan), truth


BOTH: dict[str, Any] = {**SEXES, "area": {"AB": ("A", "B")}}
KEYS = ["area", "sex"]


@settings(deadline=None, max_examples=40)
@given(tables(), st.randoms())
def test_findings_are_true_and_the_same_in_any_order(
    example: tuple[pd.DataFrame, dict[tuple[str, str], int]], random: Random
) -> None:
    table, truth = example
    rule = SmallCellRule(5, narrowed_to=3)
    found = disclosure_findings(table, KEYS, rule, sum_relations(table, KEYS, members=BOTH))
    assert not found["kind"].str.startswith("contradictory").any()
    known = found[found["kind"] != "narrowed"]
    for area, sex, value in zip(known["area"], known["sex"], known["value"], strict=True):
        assert truth[area, sex] == value
    for row in found[found["kind"] == "narrowed"].itertuples():
        values = str(row.how).removeprefix("one of ").split(", by")[0].split(", ")
        assert str(truth[str(row.area), str(row.sex)]) in values
        assert row.possible_values == len(values) in (2, 3)
    order = random.sample(range(len(table)), len(table))
    turned = table.iloc[order].reset_index(drop=True)
    again = disclosure_findings(turned, KEYS, rule, sum_relations(turned, KEYS, members=BOTH))
    plain = ["area", "sex", "kind", "value", "possible_values"]
    pd.testing.assert_frame_equal(
        found[plain].sort_values(KEYS, ignore_index=True),
        again[plain].sort_values(KEYS, ignore_index=True),
    )
    # Once all is hidden, nothing is left to give away.
    nothing = table.assign(value=np.nan, status="suppressed")
    assert disclosure_findings(
        nothing, KEYS, RULE, sum_relations(nothing, KEYS, members=BOTH)
    ).empty


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 50), min_size=12, max_size=12), st.randoms())
def test_every_sum_relation_holds_in_a_complete_table(counts: list[int], random: Random) -> None:
    months = pd.period_range("2024-01", periods=6, freq="M")
    rows: dict[Any, int | str] = {}
    for at, sex in enumerate(("female", "male")):
        for first, last in ((0, 0), (1, 1), (0, 2), (3, 5), (0, 5), (2, 4)):
            span = (months[first].start_time, months[last].end_time.normalize())
            rows[(*span, sex)] = sum(counts[6 * at + first : 6 * at + last + 1])

    def true_value(key: Any) -> int:
        first, last = ((day.to_period("M") - months[0]).n for day in key[:2])
        starts = {"female": [0], "male": [6], "all": [0, 6]}[key[2]]
        return sum(sum(counts[at + first : at + last + 1]) for at in starts)

    keys = [*PERIOD, "sex"]
    table = cells(rows, keys)
    relations = sum_relations(table, keys, members=SEXES, period=PERIOD)
    assert relations
    for one in relations:
        assert true_value(one.whole) == sum(true_value(part) for part in one.parts)
    turned = table.iloc[random.sample(range(len(table)), len(table))]
    assert set(sum_relations(turned, keys, members=SEXES, period=PERIOD)) == set(relations)
