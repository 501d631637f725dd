"""What-if shares, against division by hand and a search over weights and hidden figures."""

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.analysis.allocation import AllocationShares, allocation_shares
from atlas.analysis.errors import InputError

untimed = settings(deadline=None, max_examples=40)
NEED = pd.DataFrame(
    {"deaths": [30.0, 10, 60], "visits": [100.0, 300, 0], "people": [500.0, 250, 250]},
    index=["A", "B", "C"],
)
EQUAL = {"deaths": 1.0, "visits": 1.0, "people": 1.0}
TABLES = st.lists(
    st.lists(st.integers(1, 500), min_size=3, max_size=3), min_size=2, max_size=6
).map(lambda rows: pd.DataFrame(rows, columns=["deaths", "visits", "people"], dtype=float))


def shared(figures: pd.DataFrame, weights: dict[str, float] = EQUAL, **more: Any) -> pd.DataFrame:
    return allocation_shares(figures, weights, np.random.default_rng(1), **more).shares


def test_shares_are_those_worked_by_hand() -> None:
    found = shared(NEED, {"deaths": 2, "visits": 1, "people": 1})
    # A: (2 x 0.30 + 0.25 + 0.50) / 4; B: (2 x 0.10 + 0.75 + 0.25) / 4; C: (2 x 0.60 + 0.25) / 4.
    assert found["low"].tolist() == pytest.approx([0.3375, 0.3, 0.3625])
    assert found["high"].tolist() == found["low"].tolist()
    assert found["any_low"].tolist() == pytest.approx([0.25, 0.1, 0.0])
    assert found["any_high"].tolist() == pytest.approx([0.5, 0.75, 0.6])


def test_every_result_says_that_it_is_hypothetical() -> None:
    found = allocation_shares(NEED, EQUAL, np.random.default_rng(1))
    assert found.label == "hypothetical"
    assert found.weights.tolist() == pytest.approx([1 / 3] * 3)
    assert "lives" not in str(AllocationShares.__doc__)


def test_random_weights_have_the_quantiles_of_the_uniform_mix() -> None:
    # With two measures the weight is uniform, so the share runs evenly between its corners.
    two = NEED[["deaths", "visits"]]
    found = shared(two, {"deaths": 1, "visits": 1}, draws=40_000).loc["B"]
    assert found["typical_low"] == pytest.approx(0.1 + 0.025 * 0.65, abs=0.003)
    assert found["typical_high"] == pytest.approx(0.75 - 0.025 * 0.65, abs=0.003)


@untimed
@given(TABLES, st.lists(st.floats(0.01, 10), min_size=3, max_size=3))
def test_shares_sum_to_one_and_lie_in_their_ranges(
    figures: pd.DataFrame, values: list[float]
) -> None:
    weights = dict(zip(figures.columns, values, strict=True))
    found = shared(figures, weights, draws=100)
    assert found["low"].sum() == pytest.approx(1)
    slack = 1e-12
    assert (found["any_low"] <= found["low"] + slack).all()
    assert (found["high"] <= found["any_high"] + slack).all()
    assert (found["any_low"] <= found["typical_low"] + slack).all()
    assert (found["typical_high"] <= found["any_high"] + slack).all()


@untimed
@given(TABLES, st.permutations(range(6)), st.floats(0.1, 100))
def test_order_of_regions_scale_of_a_measure_and_of_weights_do_not_matter(
    figures: pd.DataFrame, order: list[int], factor: float
) -> None:
    weights = {"deaths": 1.0, "visits": 2.0, "people": 3.0}
    base = shared(figures, weights, draws=100)
    turned = figures.iloc[[at for at in order if at < len(figures)]]
    pd.testing.assert_frame_equal(shared(turned, weights, draws=100).sort_index(), base)
    scaled = figures.assign(visits=figures["visits"] * factor)
    pd.testing.assert_frame_equal(shared(scaled, weights, draws=100), base)
    larger = {name: factor * weight for name, weight in weights.items()}
    pd.testing.assert_frame_equal(shared(figures, larger, draws=100), base)


def test_a_suppressed_figure_gives_an_interval_that_holds_every_possible_share() -> None:
    hidden = NEED.copy()
    hidden.loc["B", "deaths"] = hidden.loc["C", "visits"] = np.nan
    low, high = hidden.fillna(1.0), hidden.fillna(4.0)
    found = shared(hidden, low=low, high=high)
    tried = []
    for deaths, visits in itertools.product(range(1, 5), repeat=2):
        full = hidden.copy()
        full.loc["B", "deaths"], full.loc["C", "visits"] = deaths, visits
        tried.append(shared(full))
    for side, best in (("low", min), ("high", max)):
        expected = [best(one.loc[region, side] for one in tried) for region in NEED.index]
        assert found[side].tolist() == pytest.approx(expected)
        corner = [best(one.loc[region, f"any_{side}"] for one in tried) for region in NEED.index]
        assert found[f"any_{side}"].tolist() == pytest.approx(corner)
    # Limits of shown figures are not used.
    assert shared(NEED, low=low * 0, high=high * 9).equals(shared(NEED))


def test_what_is_unknown_is_not_made_up() -> None:
    hidden = NEED.copy()
    hidden.loc["B", "visits"] = np.nan
    with pytest.raises(InputError, match="visits of B is unknown and has no limits"):
        shared(hidden)
    with pytest.raises(InputError, match="visits of B is unknown"):
        shared(hidden, low=hidden.fillna(0.0))
    all_suppressed = NEED * np.nan
    with pytest.raises(InputError, match="deaths of A is unknown"):
        shared(all_suppressed)
    # With limits alone, anything from 1/9 to 2/3 of each measure is possible.
    found = shared(all_suppressed, low=NEED * 0 + 1.0, high=NEED * 0 + 4.0)
    assert found["low"].tolist() == pytest.approx([1 / 9] * 3)
    assert found["high"].tolist() == pytest.approx([4 / 6] * 3)


def test_small_totals_are_named() -> None:
    few = NEED.assign(deaths=[3.0, 1.0, 15.0])
    assert allocation_shares(few, EQUAL, np.random.default_rng(1)).small_totals == ("deaths",)
    assert allocation_shares(NEED, EQUAL, np.random.default_rng(1)).small_totals == ()


def test_zeros_and_one_region_have_an_answer() -> None:
    none_there = NEED.copy()
    none_there.loc["C"] = 0.0
    assert shared(none_there).to_numpy()[2].tolist() == [0.0] * 6
    assert shared(NEED.iloc[:1]).to_numpy()[0].tolist() == pytest.approx([1.0] * 6)
    same = shared(NEED * 0 + 7.0)
    assert same.to_numpy().tolist() == pytest.approx(np.full((3, 6), 1 / 3))


def test_a_weight_of_one_gives_the_share_of_that_measure() -> None:
    found = shared(NEED, {"deaths": 0, "visits": 5, "people": 0})
    assert found["low"].tolist() == pytest.approx([0.25, 0.75, 0.0])


def test_the_same_seed_gives_the_same_range() -> None:
    pd.testing.assert_frame_equal(shared(NEED), shared(NEED))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"deaths": 1, "visits": 1}, "one weight for each"),
        ({**EQUAL, "extra": 1}, "one weight for each"),
        ({**EQUAL, "deaths": -1}, "from 0 up"),
        ({**EQUAL, "deaths": math.nan}, "from 0 up"),
        (dict.fromkeys(EQUAL, 0.0), "not all 0"),
    ],
)
def test_weights_that_make_no_sense_are_refused(weights: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        shared(NEED, weights)


def test_figures_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InputError, match="from 0 up"):
        shared(NEED - 20)
    with pytest.raises(InputError, match="unknown"):
        shared(NEED.replace(30.0, np.inf))
    with pytest.raises(InputError, match="deaths is 0 everywhere"):
        shared(NEED.assign(deaths=0.0))
    with pytest.raises(InputError, match="once"):
        shared(pd.concat([NEED, NEED]))
    with pytest.raises(InputError, match="once"):
        shared(NEED.iloc[:0])
    with pytest.raises(InputError, match="in their order"):
        shared(NEED, low=NEED.iloc[::-1])
    with pytest.raises(InputError, match="low not above high"):
        shared(NEED * np.nan, low=NEED * 0 + 5.0, high=NEED * 0 + 4.0)
    with pytest.raises(InputError, match="draws of weights must be a whole number from 100 up"):
        shared(NEED, draws=99)


@untimed
@given(TABLES, st.tuples(*[st.integers(1, 9)] * 3))
def test_shares_agree_with_division_in_pandas(
    figures: pd.DataFrame, weights: tuple[int, int, int]
) -> None:
    chosen = pd.Series(weights, figures.columns, dtype=float)
    found = shared(figures, dict(zip(EQUAL, weights, strict=True)), draws=100)
    parts = figures.div(figures.sum(axis=0), axis=1)
    expected = parts.mul(chosen / chosen.sum(), axis=1).sum(axis=1)
    pd.testing.assert_series_equal(found["low"], expected, check_names=False)
    assert found["any_low"].tolist() == pytest.approx(parts.min(axis=1).tolist())
    assert found["any_high"].tolist() == pytest.approx(parts.max(axis=1).tolist())


def test_a_seed_can_be_a_whole_number() -> None:
    one = allocation_shares(NEED, EQUAL, 1).shares
    pd.testing.assert_frame_equal(one, shared(NEED))
    for seed in (None, 1.5, "1", -1):
        with pytest.raises(InputError, match="seed"):
            allocation_shares(NEED, EQUAL, seed)  # type: ignore[arg-type]


def test_text_and_other_shapes_are_refused() -> None:
    with pytest.raises(InputError, match="figures must be numbers"):
        shared(NEED.astype(object).replace(30.0, "<5"))
    with pytest.raises(InputError, match="limits must be numbers"):
        shared(NEED * np.nan, low=(NEED * 0).astype(object).replace(0.0, "a"), high=NEED)
    with pytest.raises(InputError, match="weights"):
        shared(NEED, {**EQUAL, "deaths": "much"})  # type: ignore[dict-item]
    with pytest.raises(InputError, match="one weight"):
        shared(NEED, [1, 1, 1])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="table"):
        shared(NEED.to_numpy())  # type: ignore[arg-type]
    for draws in (150.5, "200", None):
        with pytest.raises(InputError, match="draws"):
            shared(NEED, draws=draws)
