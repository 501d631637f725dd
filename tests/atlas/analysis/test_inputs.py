"""What analysis functions are given: each kind of input, taken or refused with the reason."""

import datetime as dt
import warnings
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import (
    as_dates,
    as_numbers,
    require_counts,
    require_exposure,
    require_generator,
    require_level,
    require_months,
    require_positive,
    require_values,
    require_whole_number,
)
from atlas.analysis.results import frozen


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2.5], [1, 2.5]),
        (3, 3.0),
        ([], []),
        ([[1], [2]], [[1], [2]]),
        (range(3), [0, 1, 2]),
        ([True, False], [1, 0]),
        (np.array([1, 2], dtype=np.uint8), [1, 2]),
        ([Decimal("1.5"), Fraction(1, 4)], [1.5, 0.25]),
        (pd.Series([1, 2], dtype="Int64"), [1, 2]),
        (np.ma.array([1, 2]), [1, 2]),
    ],
)
def test_numbers_of_each_kind_are_taken(values: Any, expected: Any) -> None:
    found = as_numbers(values, "counts")
    assert found.dtype == float
    assert found.tolist() == expected


@pytest.mark.parametrize(
    "values",
    [
        [1, None],
        np.ma.array([1, 999], mask=[False, True]),
        np.ma.array(["1", "<5"], mask=True),
        pd.Series([1, None]),
        pd.array([1, None], dtype="Int64"),
    ],
)
def test_what_is_missing_is_nan_whatever_lies_below_a_mask(values: Any) -> None:
    assert np.isnan(as_numbers(values, "counts")[-1])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, "<5"], "got an array of text. A publisher's marker such as '<5'"),
        ("12", "got an array of text"),
        ([1, None, "Suppr."], "must be numbers; got 'Suppr.'"),
        (pd.Series(["1", "2"]), "must be numbers; got '1'"),
        (np.ma.array(["<5", "3"], mask=[True, False]), "must be numbers; got '3'"),
        ([[1], [1, 2]], "must be one array of numbers; got a ragged list"),
        ({"a": 1}, "must be numbers; got .* not 'dict'"),
        ({1, 2}, "not 'set'"),
        (iter([1]), "not 'list_iterator'"),
        ([1 + 2j], "must be numbers"),
        (np.array([1, 2], dtype=np.complex64), "must be numbers"),
        (np.array(["2024-01"], dtype="datetime64[M]"), "must be numbers"),
        ([dt.date(2024, 1, 1)], "not 'datetime.date'"),
        (np.array([3], dtype="timedelta64[D]"), "must be numbers"),
        ([dt.timedelta(1)], "not 'datetime.timedelta'"),
        ([10**400], "too large"),
        (np.array([(1, 2)], dtype="i8, f8"), "must be numbers"),
    ],
)
def test_what_is_no_number_is_refused(values: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        as_numbers(values, "counts")
    with pytest.raises(InputError):
        require_counts(values)
    with pytest.raises(InputError):
        require_values(values)
    with pytest.raises(InputError):
        require_exposure(values, np.zeros(1))


def test_the_array_is_a_new_one() -> None:
    mine = np.array([1.0, 2.0])
    for taken in (
        as_numbers(mine, "x"),
        require_counts(mine),
        require_values(mine),
        require_exposure(mine, mine),
    ):
        taken[0] = 9
    assert mine.tolist() == [1, 2]


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_whole_numbers_are_taken(value: Any) -> None:
    found = require_whole_number(value, 3, "lag")
    assert (found, type(found)) == (3, int)


@pytest.mark.parametrize(
    "value", [2, -1, 3.0, 3.5, np.float64(3), float("nan"), "3", None, True, np.True_, [3], 3j]
)
def test_all_else_is_no_whole_number(value: Any) -> None:
    with pytest.raises(InputError, match="lag must be a whole number from 3 up; got"):
        require_whole_number(value, 3, "lag")


def test_true_is_no_whole_number_even_where_1_would_be() -> None:
    with pytest.raises(InputError, match="got True"):
        require_whole_number(True, 0, "lag")


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([1, -1], "got -1 at position 1"),
        ([0.5], "got 0.5 at position 0"),
        ([np.nan], "got nan"),
        ([np.inf], "got inf"),
        (np.ma.array([1, 999], mask=[False, True]), "got nan at position 1"),
        ([], "at least 1 counts are needed; got 0"),
        (3, "one dimension"),
        ([[3]], "one dimension"),
    ],
)
def test_impossible_counts_are_refused(counts: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        require_counts(counts)


def test_one_exposure_serves_all_counts_and_others_need_one_each() -> None:
    assert require_exposure(7, np.zeros(3)).tolist() == [7, 7, 7]
    for exposure, message in (
        ([7, 7], "needs 3 values"),
        ([1, 2, 0], "above 0; got 0 at position 2"),
        ([1, np.nan, 2], "got nan at position 1"),
        (np.inf, "got inf"),
        (-1, "got -1"),
    ):
        with pytest.raises(InputError, match=message):
            require_exposure(exposure, np.zeros(3))


MONTHS = np.array(["2024-01", "2024-02"], dtype="datetime64[M]")


@pytest.mark.parametrize(
    "months",
    [
        MONTHS,
        MONTHS.astype("datetime64[ns]"),
        ["2024-01", "2024-02"],
        ["2024-01-31", "2024-02-29"],
        [dt.date(2024, 1, 1), dt.date(2024, 2, 1)],
        [dt.datetime(2024, 1, 1, 5), dt.datetime(2024, 2, 1)],
        pd.period_range("2024-01", periods=2, freq="M"),
        pd.date_range("2024-01", periods=2, freq="MS"),
        pd.Series(["2024-01", "2024-02"]),
    ],
)
def test_months_of_each_kind_are_taken(months: Any) -> None:
    found = require_months(months, np.zeros(2))
    assert found.dtype == "datetime64[M]"
    assert found.tolist() == MONTHS.tolist()


@pytest.mark.parametrize(
    ("months", "message"),
    [
        ([2024, 2025], "need dates such as 2024-01; got int64"),
        ([1.5, 2.5], "got float64"),
        ([True, False], "got bool"),
        (np.array([1, 2], dtype=object), "got object"),
        (np.array([False, True], dtype=object), "got object"),
        ([Decimal(1), Decimal(2)], "need dates"),
        (np.array([1, 2], dtype="timedelta64[D]"), "got timedelta64"),
        ([b"2024-01", b"2024-02"], "need dates"),
        (["2024-01", "soon"], "need dates"),
        (["2024-13", "2024-14"], "need dates"),
        ([["2024-01"], ["2024-02", "2024-03"]], "need dates"),
        ({"a": 1}, "need dates"),
        (["2024-01", "NaT"], "need a date; none at position 1"),
        ([None, None], "need a date; none at position 0"),
        (np.ma.array(["2024-01", "2024-02"], mask=[False, True]), "some are masked"),
        (["2024-01"], "months need 2 values"),
        ("2024-01", "months need 2 values"),
        (["2024-01", "2024-03"], "after 2024-01 came 2024-03"),
        (["2024-01", "2024-01"], "after 2024-01 came 2024-01"),
        (["2024-02", "2024-01"], "after 2024-02 came 2024-01"),
    ],
)
def test_months_that_are_none_or_have_a_gap_are_refused(months: Any, message: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError, match=message):
            require_months(months, np.zeros(2))


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_a_level_between_0_and_1_is_taken(level: float) -> None:
    assert require_level(level) == level


@pytest.mark.parametrize("level", [0, 1, -0.1, 95, np.nan, None, "0.05", [0.05], {}])
def test_another_level_is_refused(level: Any) -> None:
    with pytest.raises(InputError, match="a level"):
        require_level(level)


@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf, None, "3", [3], {}])
def test_what_must_be_above_0_is_one_finite_number(value: Any) -> None:
    assert require_positive(np.float32(2.5), "per") == 2.5
    with pytest.raises(InputError, match="per must be"):
        require_positive(value, "per")


def test_a_seed_gives_the_same_numbers_and_a_generator_goes_on() -> None:
    assert require_generator(3).random() == np.random.default_rng(3).random()
    generator = np.random.default_rng(3)
    assert require_generator(generator) is generator


@pytest.mark.parametrize("seed", [None, -1, 1.5, "1", [1], True])
def test_another_seed_is_refused(seed: Any) -> None:
    with pytest.raises(InputError, match="seed must be a whole number from 0 up"):
        require_generator(seed)


def test_dates_of_any_shape_are_days_too() -> None:
    assert as_dates([["2024-01-31"]], "D", "weeks")[0, 0] == np.datetime64("2024-01-31")
    with pytest.raises(InputError, match="weeks need dates"):
        as_dates([20_000], "D", "weeks")


def test_a_frozen_array_cannot_be_written_and_its_owner_can() -> None:
    mine = np.array([[1, 2]])
    view = frozen(mine)
    with pytest.raises(ValueError, match="read-only"):
        view[0, 0] = 9
    mine[0, 0] = 5
    assert view.tolist() == [[5, 2]]
    assert frozen(np.array(["a"])).dtype.kind == "U"
