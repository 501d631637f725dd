"""The choice of a forecast, and what earlier origins say about it."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.analysis.errors import InputError
from atlas.analysis.forecast import (
    MODELS,
    QUANTILES,
    ModelForecast,
    best_forecast,
    rolling_origin,
    score_table,
)

MONTHS = np.arange("2016-01", "2026-01", dtype="datetime64[M]")
NAIVE = {"seasonal_naive": MODELS["seasonal_naive"]}
FAST = {**NAIVE, "nb_glm": MODELS["nb_glm"]}


def told(counts: np.ndarray, miss: float) -> dict[str, object]:
    """A model that knows the series and misses each month by a fixed number of events."""

    def oracle(events: object, months: np.ndarray, horizon: int, parameters: object) -> object:
        at = np.arange(len(months), len(months) + horizon)
        return ModelForecast(np.repeat(counts[at, None] + miss, 7, axis=1), None)

    return {**NAIVE, "oracle": oracle}


def test_every_origin_sees_only_what_came_before() -> None:
    counts = np.random.default_rng(1).poisson(30, 70)
    seen: list[tuple[int, int]] = []

    def spy(events: np.ndarray, months: np.ndarray, horizon: int, held: object) -> ModelForecast:
        seen.append((len(events), -1 if held is None else int(str(held))))
        assert events.tolist() == counts[: len(events)].tolist()
        return ModelForecast(np.zeros((horizon, 7)), len(events))

    table = rolling_origin(counts, MONTHS[:70], 6, 13, 6, {"spy": spy})  # type: ignore[dict-item]
    # The last origin leaves six months to compare with; searches at the 1st, 7th and 13th.
    assert [size for size, _held in seen] == list(range(52, 65))
    assert [held for _size, held in seen] == [-1, *range(52, 57), -1, *range(58, 63), -1]
    assert len(table) == 13 * 6
    assert (table["month"] > table["origin"]).all()
    first = table.iloc[0]
    assert (str(first["origin"])[:7], str(first["month"])[:7]) == ("2020-04", "2020-05")
    assert table["observed"].tolist()[:6] == counts[52:58].tolist()
    assert table["wis"].tolist() == table["observed"].tolist()


def test_scores_are_relative_to_the_seasonal_naive_forecast() -> None:
    counts = np.random.default_rng(2).poisson(30, 60)
    table = score_table(rolling_origin(counts, MONTHS[:60], models=told(counts, 2.0)))  # type: ignore[arg-type]
    assert table.index.tolist() == ["oracle", "seasonal_naive"]
    assert table.loc["oracle", "wis"] == 2.0
    assert table.loc["seasonal_naive", "relative_wis"] == 1.0
    expected = 2.0 / table["wis"]["seasonal_naive"]
    assert table.loc["oracle", "relative_wis"] == pytest.approx(expected)
    assert table[["coverage_50", "coverage_95", "forecasts"]].to_numpy()[0].tolist() == [0, 0, 72]


def test_if_nothing_is_better_the_seasonal_naive_forecast_is_shown_and_said() -> None:
    counts = np.random.default_rng(3).poisson(30, 60)
    found = best_forecast(counts, MONTHS[:60], models=told(np.append(counts, [0] * 9), 1e4))  # type: ignore[arg-type]
    assert found.model == "seasonal_naive"
    assert not found.beats_seasonal_naive
    assert found.statement.startswith(
        "No method forecast better than the same month a year before over 12 earlier months "
        "(72 forecasts), so that is shown; its 95 % intervals held "
    )
    assert found.quantiles[0.5].tolist() == counts[48:54].tolist()
    # Of equals the simpler one is shown.
    flat = best_forecast([20] * 60, MONTHS[:60], models=told(np.full(70, 20), 0.0))  # type: ignore[arg-type]
    assert flat.model == "seasonal_naive"


def test_the_best_of_four_is_shown_with_its_record() -> None:
    # A random walk: what came last says more than what came a year before.
    random = np.random.default_rng(4)
    counts = random.poisson(np.exp(4 + np.cumsum(random.normal(0, 0.12, 60))))
    found = best_forecast(counts, MONTHS[:60], horizon=3, refit_every=12)
    assert found.beats_seasonal_naive
    assert set(found.scores.index) == set(MODELS)
    assert found.scores["wis"].is_monotonic_increasing
    relative = found.scores["relative_wis"].tolist()[0]
    assert relative < 0.9
    share = f"{relative:.2f}"
    assert f"its weighted interval score was {share} of that of the same month" in found.statement
    assert found.left_out == ()
    limits = found.quantiles.to_numpy()
    assert np.issubdtype(limits.dtype, np.integer)
    assert (limits >= 0).all()
    assert found.quantiles.columns.tolist() == list(QUANTILES)
    assert [str(month)[:7] for month in found.quantiles.index] == ["2021-01", "2021-02", "2021-03"]


def test_preliminary_months_are_dropped_and_forecast() -> None:
    counts = np.random.default_rng(5).poisson(30, 70)
    known = best_forecast(counts[:66], MONTHS[:66], models=FAST)
    fallen = counts.copy()
    fallen[66:] = [20, 12, 5, 1]
    found = best_forecast(fallen, MONTHS[:70], preliminary=4, models=FAST)
    pd.testing.assert_frame_equal(found.quantiles, known.quantiles)
    pd.testing.assert_frame_equal(found.scores, known.scores)
    assert (found.preliminary, known.preliminary) == (4, 0)


def test_a_method_that_breaks_down_is_left_out_and_named() -> None:
    counts = np.random.default_rng(6).poisson(30, 60)

    def broken(*_given: object) -> ModelForecast:
        raise np.linalg.LinAlgError

    def endless(_events: object, _months: object, horizon: int, _held: object) -> ModelForecast:
        return ModelForecast(np.full((horizon, 7), np.inf), None)

    def late(events: np.ndarray, _months: object, horizon: int, _held: object) -> ModelForecast:
        if len(events) == 60:
            raise np.linalg.LinAlgError
        return ModelForecast(np.full((horizon, 7), 30.0), None)

    models = {**NAIVE, "broken": broken, "endless": endless, "late": late}
    found = best_forecast(counts, MONTHS[:60], models=models)  # type: ignore[arg-type]
    assert found.model == "seasonal_naive"
    assert set(found.left_out) >= {"broken", "endless"}


def test_chosen_intervals_hold_what_comes_nearly_as_often_as_they_say() -> None:
    random = np.random.default_rng(20_260_403)
    runs, inside = 40, {(2, 4): 0, (0, 6): 0}
    season = 40 * np.exp(0.15 * np.sin(2 * np.pi * np.arange(56) / 12))
    for _run in range(runs):
        counts = random.poisson(season * random.gamma(20, 1 / 20, 56))
        limits = best_forecast(counts[:53], MONTHS[:53], 3, origins=12, models=FAST).quantiles
        row = limits.iloc[2].tolist()
        for low, high in inside:
            inside[low, high] += row[low] <= counts[55] <= row[high]
    for level, held in zip((0.5, 0.95), inside.values(), strict=True):
        error = math.sqrt(level * (1 - level) / runs)
        assert abs(held / runs - level) < 3 * error


def test_too_little_history_is_refused() -> None:
    with pytest.raises(InputError, match="at least 53"):
        best_forecast([5] * 52, MONTHS[:52], models=NAIVE)
    with pytest.raises(InputError, match="at least 53"):
        best_forecast([5] * 55, MONTHS[:55], preliminary=3, models=NAIVE)
    with pytest.raises(InputError, match="origins must be a whole number from 12 up"):
        rolling_origin([5] * 60, MONTHS[:60], origins=11)
    with pytest.raises(InputError, match="refit"):
        rolling_origin([5] * 60, MONTHS[:60], refit_every=0)
    with pytest.raises(InputError, match="horizon"):
        rolling_origin([5] * 60, MONTHS[:60], horizon=0)
    with pytest.raises(InputError, match="preliminary"):
        best_forecast([5] * 60, MONTHS[:60], preliminary=60)
    with pytest.raises(InputError, match="seasonal_naive, which is missing"):
        best_forecast([5] * 60, MONTHS[:60], models={"nb_glm": MODELS["nb_glm"]})
    with pytest.raises(InputError, match="nan"):
        best_forecast([5] * 59 + [math.nan], MONTHS[:60], models=NAIVE)


@pytest.mark.parametrize("name", ["ets", "nb_glm"])
def test_a_method_that_runs_away_is_left_out(name: str) -> None:
    counts = np.append(np.zeros(80), 10.0 ** np.arange(16))
    months = np.datetime64("2016-01", "M") + np.arange(96)
    found = best_forecast(counts, months, models={**NAIVE, name: MODELS[name]})
    assert (found.model, found.left_out) == ("seasonal_naive", (name,))
    assert (found.quantiles >= 0).all(axis=None)
    assert found.quantiles[0.5].tolist() == [10**power for power in range(4, 10)]


def test_quantiles_up_to_a_thousand_times_the_largest_count_are_kept() -> None:
    counts = np.random.default_rng(7).poisson(30, 60)

    def high(factor: float) -> object:
        def model(events: np.ndarray, _m: object, horizon: int, _held: object) -> ModelForecast:
            return ModelForecast(np.full((horizon, 7), factor * events.max()), None)

        return model

    models = {**NAIVE, "inside": high(1_000), "outside": high(1_001)}
    names = set(rolling_origin(counts, MONTHS[:60], models=models)["model"])  # type: ignore[arg-type]
    assert names == {"seasonal_naive", "inside"}
    with pytest.raises(InputError, match="no method can forecast"):
        rolling_origin(counts, MONTHS[:60], models={"outside": high(1_001)})  # type: ignore[dict-item]


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(0, 2_000), min_size=60, max_size=60), st.integers(1, 12))
def test_the_forecast_has_its_shape_and_comes_out_the_same_again(
    counts: list[int], horizon: int
) -> None:
    one, other = (best_forecast(counts, MONTHS[:60], horizon, models=NAIVE) for _ in range(2))
    pd.testing.assert_frame_equal(one.quantiles, other.quantiles)
    assert one.quantiles.shape == (horizon, 7)
    limits = one.quantiles.to_numpy()
    assert (limits >= 0).all()
    assert (np.diff(limits, axis=1) >= 0).all()
    assert one.scores["forecasts"].tolist() == [12 * horizon]
    assert one.quantiles[0.5].tolist() == counts[48 : 48 + horizon]


def test_scores_have_one_row_a_model_and_need_their_columns() -> None:
    record = rolling_origin([20] * 60, MONTHS[:60], 2, models=FAST)
    scores = score_table(record)
    assert scores.index.name == "model"
    assert scores.columns.tolist() == [
        "wis", "relative_wis", "coverage_50", "coverage_80", "coverage_95", "forecasts",
    ]  # fmt: skip
    assert scores["forecasts"].tolist() == [24, 24]
    pd.testing.assert_frame_equal(score_table(record.sample(frac=1, random_state=2)), scores)
    for column in ("model", "observed", "wis", 0.5):
        with pytest.raises(InputError, match="missing"):
            score_table(record.drop(columns=column))
    with pytest.raises(InputError, match="seasonal_naive, which is missing"):
        score_table(record[record["model"] == "nb_glm"])
    with pytest.raises(InputError, match="from 0 up"):
        score_table(record.assign(wis=np.nan))
    with pytest.raises(InputError, match="finite"):
        score_table(record.assign(observed=np.nan))


@pytest.mark.parametrize(
    "wrong",
    [
        {"horizon": 1.5}, {"horizon": "6"}, {"horizon": 13}, {"origins": 12.5}, {"origins": None},
        {"refit_every": 0.5}, {"preliminary": 0.5}, {"preliminary": -1}, {"preliminary": "1"},
        {"models": {}}, {"models": None},
    ],
)  # fmt: skip
def test_options_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        best_forecast([5] * 60, MONTHS[:60], **{"models": NAIVE, **wrong})


def test_publishers_text_and_ragged_lists_are_refused() -> None:
    for counts in (["<5"] * 60, [[1], [2, 3]], {"a": 1}):
        with pytest.raises(InputError, match="counts"):
            best_forecast(counts, MONTHS[:60], models=NAIVE)  # type: ignore[arg-type]
    for months in ([5] * 60, ["soon"] * 60):
        with pytest.raises(InputError, match="months"):
            best_forecast([5] * 60, months, models=NAIVE)
