"""Synthetic control: one place beside a weighted mean of others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import nnls

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import as_numbers, require_whole_number
from atlas.analysis.results import FrozenArrays

Array = NDArray[np.float64]

PERIODS_BEFORE = 5
PLACES = 4

_CAVEATS = ("placebo_floor", "contamination")
# Errors below this share of the largest value are rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class LeftOut(FrozenArrays):
    """The comparison without one of the places that carry weight.

    Attributes:
        place: position of the place left out.
        weights: weights of the others, shape (places,).
        mean_gap: mean gap after the date.
    """

    place: int
    weights: Array
    mean_gap: float


@dataclass(frozen=True, eq=False)
class SyntheticControl(FrozenArrays):
    """One place beside its weighted others.

    Attributes:
        weights: 0 or more, sum 1, 0 for the place itself, shape (places,).
        synthetic: weighted mean of the others, shape (periods,).
        gaps: each place less its own weighted mean, shape (places, periods).
        mean_gap: mean gap of the place after the date, in the unit of the outcome.
        earlier_rmspe: root mean squared gap of the place before the date.
        ratios: that after over that before, by place, shape (places,).
        placebo_p: share of places, this one included, with a ratio at least as large.
        smallest_placebo_p: 1 / places.
        left_out: one for each place that carries weight.
        caveats: keys of `CAVEATS`; `poor_earlier_fit` if the place's own earlier mean would have
            fitted its earlier values better.
    """

    weights: Array
    synthetic: Array
    gaps: Array
    mean_gap: float
    earlier_rmspe: float
    ratios: Array
    placebo_p: float
    smallest_placebo_p: float
    left_out: tuple[LeftOut, ...]
    caveats: tuple[str, ...]


def synthetic_control(outcomes: ArrayLike, place: int, first_after: int) -> SyntheticControl:
    """Compare a place after a date with the mix of others that was most like it before.

    w >= 0, sum w = 1, least sum of (y_place,t - sum_j w_j y_jt)^2 over periods before the date.
    Every other place is treated in turn as if it were the one, with all the rest as its pool;
    p is the rank of RMSPE after / RMSPE before (0 / 0 counts as 0). With 13 places p cannot go
    below 1/13 = 0.077.

    The weights come from non-negative least squares: the least ||C v|| over the simplex, with
    columns C_j = y_j - y_place, is the direction of the least ||C u||^2 + (1'u - 1)^2, u >= 0.

    Args:
        outcomes: such as rates per 100,000 or log rates, shape (places, periods), at least 4
            places and no gap.
        place: position of the place with the policy, one whole number.
        first_after: position of the first period after the date, one whole number; at least 5
            before it.

    Returns:
        Weights, gaps, placebo rank and the result without each place that carries weight.

    Raises:
        InputError: too few places or periods, a position out of range or not whole, NaN, infinite
            values or text.

    Source:
        Abadie A, Diamond A, Hainmueller J. J Am Stat Assoc 2010;105:493-505; the simplex as
        non-negative least squares: Lawson CL, Hanson RJ. Solving Least Squares Problems, 1974,
        chapter 23.

    Example:
        >>> others = np.array([[1, 2, 3, 4, 5, 6], [3, 2, 4, 3, 5, 4], [9, 8, 7, 9, 8, 9]])
        >>> place = others[:2].mean(axis=0) + [0, 0, 0, 0, 0, 2]
        >>> found = synthetic_control(np.vstack([place, others]), 0, 5)
        >>> found.weights.round(6).tolist(), round(found.mean_gap, 6), found.placebo_p
        ([0.0, 0.5, 0.5, 0.0], 2.0, 0.25)
    """
    values = _outcomes(outcomes, first_after)
    places = len(values)
    if require_whole_number(place, 0, "the place") >= places:
        raise InputError(f"the place is a position from 0 to {places - 1}; got {place}")
    weights = np.array([_weights(values, one, first_after) for one in range(places)])
    gaps = values - weights @ values
    floor = _ROUNDING * np.abs(values).max()
    before, after = (_rmspe(part, floor) for part in np.split(gaps, [first_after], axis=1))
    endless = np.where(after > 0, np.inf, 0.0)
    ratios = np.divide(after, before, out=endless, where=before > 0)
    left_out = []
    for donor in np.flatnonzero(weights[place] > 0):
        others = _weights(values, place, first_after, int(donor))
        left_gap = (values[place] - others @ values)[first_after:].mean()
        left_out.append(LeftOut(int(donor), others, float(left_gap)))
    poor = before[place] > max(float(values[place, :first_after].std()), floor)
    return SyntheticControl(
        weights=weights[place],
        synthetic=weights[place] @ values,
        gaps=gaps,
        mean_gap=float(gaps[place, first_after:].mean()),
        earlier_rmspe=float(before[place]),
        ratios=ratios,
        # Rounding must not decide a tie against the place itself.
        placebo_p=float((ratios >= ratios[place] * (1 - 1e-9)).mean()),
        smallest_placebo_p=1 / places,
        left_out=tuple(left_out),
        caveats=(*_CAVEATS, "poor_earlier_fit") if poor else _CAVEATS,
    )


def _outcomes(outcomes: ArrayLike, first_after: int) -> Array:
    values = as_numbers(outcomes, "outcomes")
    require_whole_number(first_after, 0, "first_after")
    if values.ndim != 2 or len(values) < PLACES:
        raise InputError(
            f"outcomes need shape (places, periods) with {PLACES} places or more; "
            f"got {values.shape}"
        )
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise InputError(
            f"outcomes must be finite; got {values[row, column]:g} at place {row}, "
            f"period {column}. "
            "Leave out places with suppressed or not available cells"
        )
    if not PERIODS_BEFORE <= first_after < values.shape[1]:
        raise InputError(
            f"{PERIODS_BEFORE} periods before the date and 1 after it are needed; "
            f"got {first_after} and {max(values.shape[1] - first_after, 0)}"
        )
    return values


def _rmspe(gaps: Array, floor: float) -> Array:
    size = np.sqrt((gaps**2).mean(axis=1))
    return np.where(size > floor, size, 0.0)


def _weights(values: Array, place: int, first_after: int, without: int = -1) -> Array:
    pool = [one for one in range(len(values)) if one not in (place, without)]
    away = (values[pool, :first_after] - values[place, :first_after]).T
    size = np.abs(away).max()
    found, _distance = nnls(
        np.vstack([away / (size or 1.0), np.ones(len(pool))]),
        np.append(np.zeros(first_after), 1.0),
        maxiter=100 * len(pool),
    )
    weights = np.zeros(len(values))
    weights[pool] = found / found.sum()
    return weights
