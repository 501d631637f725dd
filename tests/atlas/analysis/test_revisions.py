"""Revisions and predicted values, against printed triangles, Mack's formula and simulation."""

import math
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.analysis.errors import InputError
from atlas.analysis.revisions import (
    development,
    predicted_values,
    reporting_triangle,
    revision_history,
)

untimed = settings(deadline=None, max_examples=40)
COMPLETE = (0.35, 0.65, 0.82, 0.90, 0.94, 0.97, 1.0)
# Deaths of 2020 in four releases of the Public Health Agency of Canada's file.
PHAC_2020 = pd.DataFrame(
    {
        "period": pd.Timestamp("2020-01-01"),
        "release": pd.to_datetime(["2021-06-01", "2022-12-01", "2025-12-01", "2026-03-25"]),
        "value": [6214, 6419, 6061, 6166],
    }
)
# Taylor GC, Ashe FR. Second moments of estimates of outstanding claims. J Econometrics
# 1983;23:37-61; the triangle that Mack 1993 works through.
TAYLOR_ASHE = (
    (357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463),
    (352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085),
    (290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315),
    (310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268),
    (443160, 1136350, 2128333, 2897821, 3402672, 3873311),
    (396132, 1333217, 2180715, 2985752, 3691712),
    (440832, 1288463, 2419861, 3483130),
    (359480, 1421128, 2864498),
    (376686, 1363294),
    (344014,),
)


def as_triangle(rows: tuple[tuple[float, ...], ...]) -> pd.DataFrame:
    return pd.DataFrame([[*row, *[np.nan] * (len(rows[0]) - len(row))] for row in rows])


def monthly_releases(finals: list[int], shares: tuple[float, ...] = COMPLETE) -> pd.DataFrame:
    """A release each month of every month so far, complete by the share of its delay."""
    months = pd.period_range("2023-01", periods=len(finals), freq="M")
    rows = [
        (month.start_time, release.start_time, shares[min(delay, len(shares) - 1)] * final)
        for at, (month, final) in enumerate(zip(months, finals, strict=True))
        for delay, release in enumerate(months[at:])
    ]
    return pd.DataFrame(rows, columns=["period", "release", "value"])


def test_the_four_releases_of_2020_rise_and_fall() -> None:
    history = revision_history(PHAC_2020.sample(frac=1, random_state=3))
    assert history["value"].tolist() == [6214, 6419, 6061, 6166]
    assert history["change"].tolist()[1:] == [205, -358, 105]
    assert math.isnan(history["change"].iloc[0])
    assert history["change_from_first_pct"].round(2).tolist() == [0, 3.30, -2.46, -0.77]


def test_four_releases_give_no_predicted_value_only_the_mark() -> None:
    triangle = reporting_triangle(PHAC_2020, "Y", last_delay=10)
    assert np.isnan(triangle.to_numpy()).sum() == 7
    assert triangle.iloc[0, [1, 2, 5, 6]].tolist() == [6214, 6419, 6061, 6166]
    row = predicted_values(triangle, np.random.default_rng(1)).iloc[0]
    assert (row["reported"], row["delay"], row["obstacle"]) == (6166, 6, "too_few_releases")
    assert row[["completeness", "predicted", "low", "high"]].isna().all()
    # Two of the four fall on successive delays; one pair is no basis for a factor.
    assert development(triangle).periods.tolist() == [0, 1, 0, 0, 0, 1, 0, 0, 0, 0]
    assert development(triangle, 1).factors[1] == pytest.approx(6419 / 6214)


def test_incomplete_months_make_a_flat_series_look_like_a_fall() -> None:
    triangle = reporting_triangle(monthly_releases([1000] * 24), "M", last_delay=6)
    newest = [row[np.isfinite(row)][-1] for row in triangle.to_numpy()]
    assert sum(newest[-6:]) / sum(newest[-12:-6]) - 1 == pytest.approx(-0.228, abs=0.0005)
    found = development(triangle)
    assert found.completeness == pytest.approx(COMPLETE)
    assert found.periods.tolist() == [23, 22, 21, 20, 19, 18]
    predicted = predicted_values(triangle, np.random.default_rng(1))
    assert predicted["delay"].tolist() == [5, 4, 3, 2, 1, 0]
    assert predicted["predicted"].tolist() == pytest.approx([1000] * 6)
    # Every month developed alike, so there is nothing to be unsure of.
    assert predicted["low"].tolist() == pytest.approx([1000] * 6)
    assert predicted["high"].tolist() == pytest.approx([1000] * 6)


def test_development_factors_are_those_that_mack_printed() -> None:
    found = development(as_triangle(TAYLOR_ASHE), minimum=1)
    printed = [3.4906, 1.7473, 1.4574, 1.1739, 1.1038, 1.0863, 1.0539, 1.0766, 1.0177]
    assert found.factors.round(4).tolist() == printed
    latest = np.array([row[-1] for row in TAYLOR_ASHE])
    reserve = (latest / found.completeness[::-1] - latest).round()
    assert reserve.tolist()[1:] == [
        94634, 469511, 709638, 984889, 1419459, 2177641, 3920301, 4278972, 4625811,
    ]  # fmt: skip


def mack_errors(triangle: pd.DataFrame) -> list[float]:
    """Standard error of each period's final value by Mack's formula, newest period last."""
    values = triangle.to_numpy()
    factors = development(triangle, 1).factors
    bases = [
        column[np.isfinite(after)]
        for column, after in zip(values.T[:-1], values.T[1:], strict=True)
    ]
    squares = []
    for delay, base in enumerate(bases):
        grown = values[np.isfinite(values[:, delay + 1]), delay + 1]
        if len(base) > 1:
            misfit = base * (grown / base - factors[delay]) ** 2
            squares.append(misfit.sum() / (len(base) - 1))
        else:
            squares.append(min(squares[-1] ** 2 / squares[-2], squares[-2], squares[-1]))
    errors = []
    for row in values:
        known = int(np.isfinite(row).sum()) - 1
        size, relative = row[known], 0.0
        for delay in range(known, len(factors)):
            relative += squares[delay] / factors[delay] ** 2 * (1 / size + 1 / bases[delay].sum())
            size *= factors[delay]
        errors.append(size * math.sqrt(relative))
    return errors


def test_bootstrap_spread_agrees_with_macks_standard_error() -> None:
    # Mack 1993, table 3: the formula here gives the standard errors printed there.
    printed = [0, 75535, 121699, 133549, 261406, 411010, 558317, 875328, 971258, 1363155]
    assert mack_errors(as_triangle(TAYLOR_ASHE)) == pytest.approx(printed, abs=0.6)
    # On a long triangle, where scales are well known, the bootstrap has that spread.
    random = np.random.default_rng(5)
    known = random.multinomial([400] * 150, np.diff((0, *COMPLETE))).cumsum(axis=1).astype(float)
    known += random.poisson(30, known.shape).cumsum(axis=1)
    for back in range(6):
        known[149 - back, back + 1 :] = np.nan
    triangle = pd.DataFrame(known)
    rows = predicted_values(triangle, random, level=0.6827, draws=8_000)
    spread = (rows["high"] - rows["low"]) / 2
    assert spread.tolist() == pytest.approx(mack_errors(triangle)[-6:], rel=0.06)


def test_later_releases_of_one_delay_replace_earlier_ones() -> None:
    table = pd.DataFrame(
        {
            "period": pd.to_datetime(["2024-01-01"] * 3),
            "release": pd.to_datetime(["2024-02-20", "2024-02-01", "2024-09-01"]),
            "value": [7, 5, 99],
        }
    )
    triangle = reporting_triangle(table, "M", last_delay=3)
    assert triangle.iloc[0].tolist()[1:2] == [7]
    # September is the first figure from delay 3 on, so it is the final one.
    assert triangle.iloc[0].tolist()[3] == 99
    assert np.isnan(triangle.to_numpy()).sum() == 2


@untimed
@given(st.lists(st.integers(1, 900), min_size=14, max_size=20), st.integers(2, 50))
def test_scaling_scales_predictions_and_the_order_of_rows_does_not_matter(
    finals: list[int], factor: int
) -> None:
    releases = monthly_releases(finals)
    triangle = reporting_triangle(releases, "M", 6)
    shuffled = reporting_triangle(releases.sample(frac=1, random_state=1), "M", 6)
    pd.testing.assert_frame_equal(triangle, shuffled)
    one = predicted_values(triangle, np.random.default_rng(1), draws=100)
    other = predicted_values(triangle * factor, np.random.default_rng(1), draws=100)
    np.testing.assert_allclose(other["completeness"], one["completeness"])
    np.testing.assert_allclose(other["predicted"], factor * one["predicted"])
    np.testing.assert_allclose(one["predicted"], finals[-6:])


def test_a_series_that_is_never_revised_is_its_own_prediction() -> None:
    triangle = reporting_triangle(monthly_releases([40] * 15, (1.0,) * 7), "M", 6)
    rows = predicted_values(triangle, np.random.default_rng(1))
    assert (rows[["predicted", "low", "high"]] == 40).all(axis=None)


def test_zeros_have_an_answer() -> None:
    triangle = reporting_triangle(monthly_releases([0] * 15), "M", 6)
    rows = predicted_values(triangle, np.random.default_rng(1))
    assert (rows["obstacle"] == "too_few_releases").all()
    lone = reporting_triangle(monthly_releases([100] * 14 + [0]), "M", 6)
    last = predicted_values(lone, np.random.default_rng(1)).iloc[-1]
    assert last["reported"] == 0
    assert last[["predicted", "low", "high"]].isna().all()


def test_only_preliminary_periods_are_predicted_and_few_periods_none() -> None:
    triangle = reporting_triangle(monthly_releases([50] * 9), "M", 6)
    rows = predicted_values(triangle, np.random.default_rng(1))
    # Nine months: the factor of delay 3 rests on five of them, that of delay 2 on six.
    assert rows["delay"].tolist() == [5, 4, 3, 2, 1, 0]
    assert (rows["obstacle"] == "too_few_releases").all()
    final = triangle.dropna()
    assert len(final) == 3
    assert predicted_values(final, np.random.default_rng(1)).empty


def simulated_coverage(random: np.random.Generator, runs: int, months: int) -> np.ndarray:
    """Share of runs in which the interval holds what the month came to, by delay."""
    parts = np.diff((0, *COMPLETE))
    held = np.zeros(6)
    for _ in range(runs):
        finals = random.poisson(120, months)
        known = random.multinomial(finals, parts).cumsum(axis=1).astype(float)
        truth = known[:, -1].copy()
        for back in range(6):
            known[months - 1 - back, back + 1 :] = np.nan
        rows = predicted_values(pd.DataFrame(known), random, draws=400)
        inside = (rows["low"] <= truth[rows["period"]]) & (truth[rows["period"]] <= rows["high"])
        held[rows["delay"]] += inside
    return held / runs


def test_the_interval_holds_what_the_month_comes_to_as_often_as_it_says() -> None:
    runs = 400
    held = simulated_coverage(np.random.default_rng(20_260_301), runs, 24)
    error = math.sqrt(0.95 * 0.05 / runs)
    assert (np.abs(held - 0.95) < 3.5 * error).all(), held


def test_few_months_make_the_interval_wider_not_wrong() -> None:
    # Six months a factor: uncertain factors and scales cost coverage where they are left out.
    runs = 1_000
    held = simulated_coverage(np.random.default_rng(20_260_302), runs, 12)
    assert (held > 0.95 - 3 * math.sqrt(0.95 * 0.05 / runs)).all(), held


def test_the_same_seed_gives_the_same_interval() -> None:
    random = np.random.default_rng(3)
    triangle = pd.DataFrame(random.poisson(50, (12, 3)).cumsum(axis=1), dtype=float)
    triangle.iloc[-1, 1:] = np.nan
    one, other = (predicted_values(triangle, np.random.default_rng(9)) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
    wide = predicted_values(triangle, np.random.default_rng(9), level=0.99).iloc[0]
    assert wide["low"] < one["low"].iloc[0] < one["predicted"].iloc[0] < one["high"].iloc[0]
    assert one["high"].iloc[0] < wide["high"]


def test_releases_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InputError, match="missing: \\['release'\\]"):
        revision_history(PHAC_2020.drop(columns="release"))
    with pytest.raises(InputError, match="occurs twice"):
        revision_history(pd.concat([PHAC_2020, PHAC_2020]))
    for value in (-1.0, math.nan, math.inf):
        with pytest.raises(InputError, match="from 0 up"):
            reporting_triangle(PHAC_2020.assign(value=value), "Y", 3)
    with pytest.raises(InputError, match="date"):
        revision_history(PHAC_2020.assign(release=pd.Series([None] * 4, dtype="datetime64[ns]")))
    with pytest.raises(InputError, match="before its period"):
        reporting_triangle(PHAC_2020.assign(period=pd.Timestamp("2023-01-01")), "Y", 3)
    with pytest.raises(InputError, match="last delay"):
        reporting_triangle(PHAC_2020, "Y", 0)


def test_settings_that_make_no_sense_are_refused() -> None:
    triangle, random = as_triangle(TAYLOR_ASHE), np.random.default_rng(1)
    with pytest.raises(InputError, match="minimum"):
        development(triangle, 0)
    with pytest.raises(InputError, match="minimum of periods must be a whole number from 3 up"):
        predicted_values(triangle, random, minimum=2)
    with pytest.raises(InputError, match="draws must be a whole number from 100 up"):
        predicted_values(triangle, random, draws=99)
    with pytest.raises(InputError, match="level"):
        predicted_values(triangle, random, level=95)


def test_rare_releases_make_every_period_final_once() -> None:
    # Releases each quarter: January comes at delays 2, 5, 8; February at 1, 4, 7; March 0, 3, 6.
    months = pd.period_range("2023-01", periods=6, freq="M")
    releases = pd.period_range("2023-03", periods=19, freq="M")[::3]
    table = pd.DataFrame(
        [
            (
                month.start_time,
                release.start_time,
                100 * at + release.ordinal - month.ordinal,
            )
            for at, month in enumerate(months)
            for release in releases
            if release >= month
        ],
        columns=["period", "release", "value"],
    )
    triangle = reporting_triangle(table, "M", last_delay=6)
    # The value names period and delay: each is final at its first delay of 6 or more.
    assert triangle[6].tolist() == [8, 107, 206, 308, 407, 506]
    assert triangle.iloc[0].dropna().tolist() == [2, 5, 8]
    assert triangle.columns.tolist() == list(range(7))
    assert predicted_values(triangle, seed=1).empty


def test_two_dates_in_one_period_are_refused() -> None:
    table = PHAC_2020.assign(period=pd.to_datetime(["2020-01-01", "2020-01-15"] * 2))
    with pytest.raises(InputError, match="2020-01 occurs under 2 dates"):
        reporting_triangle(table, "M", 6)


@untimed
@given(
    st.lists(st.lists(st.integers(0, 900), min_size=3, max_size=3), min_size=6, max_size=15).map(
        lambda rows: np.cumsum(rows, axis=1).astype(float)
    ),
    st.integers(2, 50),
    st.randoms(),
)
def test_development_is_the_same_in_any_order_of_periods_and_any_unit(
    values: np.ndarray, factor: int, random: Random
) -> None:
    one = development(pd.DataFrame(values))
    order = random.sample(range(len(values)), len(values))
    for other in (values[order], factor * values):
        found = development(pd.DataFrame(other))
        np.testing.assert_allclose(found.factors, one.factors)
        np.testing.assert_allclose(found.completeness, one.completeness)
        assert found.periods.tolist() == one.periods.tolist()
    # Figures that only rise are never more than complete.
    known = one.completeness[np.isfinite(one.completeness)]
    assert (known <= 1 + 1e-12).all()
    assert known[-1] == 1
    with pytest.raises(ValueError, match="read-only"):
        one.factors[0] = 1


@untimed
@given(st.lists(st.integers(0, 900), min_size=1, max_size=12), st.integers(2, 50), st.randoms())
def test_changes_add_up_to_the_last_release_less_the_first(
    values: list[int], factor: int, random: Random
) -> None:
    days = pd.Timestamp("2021-01-01") + pd.to_timedelta(range(len(values)), unit="D")
    table = pd.DataFrame({"period": pd.Timestamp("2020-01-01"), "release": days, "value": values})
    history = revision_history(table)
    assert history["change"].sum() == values[-1] - values[0]
    order = random.sample(range(len(values)), len(values))
    pd.testing.assert_frame_equal(revision_history(table.iloc[order]), history)
    larger = revision_history(table.assign(value=factor * table["value"]))
    np.testing.assert_allclose(larger["change"], factor * history["change"])
    share = "change_from_first_pct"
    np.testing.assert_allclose(larger[share], history[share])
    assert history[share].isna().all() == (values[0] == 0)


def test_a_seed_can_be_a_whole_number() -> None:
    triangle = pd.DataFrame(np.random.default_rng(3).poisson(50, (12, 3)).cumsum(axis=1) * 1.0)
    triangle.iloc[-1, 1:] = np.nan
    one, other = (predicted_values(triangle, seed) for seed in (9, np.random.default_rng(9)))
    pd.testing.assert_frame_equal(one, other)
    for seed in (None, 1.5, "9", -1):
        with pytest.raises(InputError, match="seed"):
            predicted_values(triangle, seed)  # type: ignore[arg-type]


def test_text_and_triangles_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InputError, match="values must be numbers"):
        revision_history(PHAC_2020.assign(value="<5"))
    for column in ("period", "release"):
        for wrong in (5, "soon"):
            with pytest.raises(InputError, match="date"):
                revision_history(PHAC_2020.assign(**{column: wrong}))
    with pytest.raises(InputError, match="columns"):
        revision_history([1, 2])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="grain"):
        reporting_triangle(PHAC_2020, "W", 3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="last delay"):
        reporting_triangle(PHAC_2020, "Y", 1.5)  # type: ignore[arg-type]
    good = as_triangle(TAYLOR_ASHE)
    for wrong_triangle, message in (
        (good * -1, "from 0 up"),
        (good.replace(344014, np.inf), "from 0 up"),
        (good.astype(object).replace(344014, "Suppr."), "must be numbers"),
        (good[[0]], "two delays"),
        (good.to_numpy(), "table"),
    ):
        with pytest.raises(InputError, match=message):
            development(wrong_triangle, 1)  # type: ignore[arg-type]
        with pytest.raises(InputError, match=message):
            predicted_values(wrong_triangle, 1)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="minimum"):
        development(good, 1.5)  # type: ignore[arg-type]
