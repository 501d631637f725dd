"""Tables whose leaks are known by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from atlas.analysis.errors import InputError
from atlas.analysis.privacy import SmallCellRule, SumRelation, disclosure_findings, sum_relations

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
    assert found.columns.tolist() == ["area", "kind", "value", "how"]
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
        disclosure_findings(table, ["area"], SmallCellRule(0))
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
