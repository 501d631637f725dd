"""Difference-in-differences: by hand, against statsmodels, and how often its interval is right."""

import math
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.analysis.errors import InputError
from atlas.analysis.policy import CAVEATS, difference_in_differences

untimed = settings(deadline=None, max_examples=30)
COUNTS = st.lists(st.integers(1, 200), min_size=24, max_size=24)


def test_the_ratio_of_ratios_by_hand() -> None:
    found = difference_in_differences([10] * 8 + [18] * 4, 2.0, [30] * 8 + [45] * 4, 3.0, 8)
    assert found.change.ratio == pytest.approx((18 / 10) / (45 / 30))
    assert found.log_difference == pytest.approx(math.log(1.2))
    assert found.earlier.ratio == pytest.approx(1)
    assert set(found.caveats) <= set(CAVEATS)
    assert "contamination" in found.caveats


def test_the_ratio_is_the_interaction_of_a_poisson_model() -> None:
    rng = np.random.default_rng(1)
    counts, exposure = rng.poisson(40, (2, 36)), rng.uniform(1e5, 2e5, (2, 36))
    post, place = np.tile(np.arange(36) >= 20, 2), np.repeat([1.0, 0.0], 36)
    design = np.column_stack([np.ones(72), place, post, place * post])
    other = sm.GLM(
        counts.ravel(), design, family=sm.families.Poisson(), exposure=exposure.ravel()
    ).fit(tol=1e-12)
    found = difference_in_differences(counts[0], exposure[0], counts[1], exposure[1], 20)
    assert found.log_difference == pytest.approx(other.params[3], abs=1e-8)


@untimed
@given(COUNTS, COUNTS, st.floats(0.01, 100))
def test_swapping_places_gives_the_reciprocal_and_scale_cancels(
    counts: list[int], others: list[int], factor: float
) -> None:
    found = difference_in_differences(counts, 1.0, others, 1.0, 14).change
    swapped = difference_in_differences(others, 1.0, counts, 1.0, 14).change
    assert (1 / swapped.ratio, 1 / swapped.high) == pytest.approx((found.ratio, found.low))
    scaled = difference_in_differences(counts, factor, others, 1.0, 14).change
    assert (scaled.ratio, scaled.low, scaled.high) == pytest.approx(
        (found.ratio, found.low, found.high)
    )


@pytest.mark.parametrize(("before", "after"), [(8, 4), (48, 24)])
def test_the_interval_covers_as_often_as_it_says(before: int, after: int) -> None:
    rng = np.random.default_rng(6)
    periods, runs, covered, naive = before + after, 600, 0, 0
    noise = rng.normal(size=(periods + 50, 3, runs))
    for t in range(1, periods + 50):
        noise[t] += 0.5 * noise[t - 1]
    shared, *own = np.moveaxis(0.15 * noise[50:], 1, 0)
    step = math.log(1.2) * (np.arange(periods) >= before)[:, None]
    counts = rng.poisson(np.exp(math.log(40) + shared + own[0] + step))
    others = rng.poisson(np.exp(math.log(80) + shared + own[1]))
    for one, other in zip(counts.T, others.T, strict=True):
        change = difference_in_differences(one, 1.0, other, 1.0, before).change
        covered += change.low <= 1.2 <= change.high
        totals = [part.sum() for series in (one, other) for part in np.split(series, [before])]
        half = 1.96 * math.sqrt(sum(1 / total for total in totals))
        naive += abs(math.log(change.ratio / 1.2)) <= half
    assert covered / runs == pytest.approx(0.95, abs=3 * math.sqrt(0.05 * 0.95 / runs))
    # What four Poisson counts would claim.
    assert naive / runs < 0.75


def test_two_constant_places_did_not_change() -> None:
    for count in (7, 30, 1000):
        change = difference_in_differences([count] * 36, 3.3, [41] * 36, 7.7, 20).change
        assert change.ratio == pytest.approx(1)
        assert change.model_p == 1


def test_an_earlier_divergence_shows() -> None:
    drifting = np.round(100 * 1.03 ** np.arange(36))
    found = difference_in_differences(drifting, 1.0, [100] * 36, 1.0, 24)
    assert found.earlier.low > 1


@pytest.mark.parametrize(
    ("counts", "others", "first_after", "message"),
    [
        ([9] * 12, [9] * 11, 8, "same periods"),
        ([9] * 12, [9] * 12, 7, "8 periods before"),
        ([9] * 12, [9] * 12, 8.0, "whole number"),
        (["<5"] * 12, [9] * 12, 8, "publisher's marker"),
        ([9] * 12, [9] * 12, 9, "4 after"),
        ([9] * 8 + [0] * 4, [9] * 12, 8, "an event before and after"),
        ([9] * 12, [0] * 12, 8, "an event before and after"),
        ([9.0] * 11 + [math.nan], [9] * 12, 8, "whole numbers"),
        ([9] * 12, [math.nan] * 12, 8, "comparison counts"),
    ],
)
def test_input_without_sense_is_refused(
    counts: Any, others: Any, first_after: Any, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        difference_in_differences(counts, 1.0, others, 1.0, first_after)


def test_exposures_must_be_above_zero() -> None:
    with pytest.raises(InputError, match="comparison exposure"):
        difference_in_differences([9] * 12, 1.0, [9] * 12, 0.0, 8)
