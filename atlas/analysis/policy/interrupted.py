"""Interrupted time series: a level or slope change at a date, ranked among placebo dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.errors import InputError
from atlas.analysis.glm import CountModel, count_contrast_error, fit_counts, seasonal_harmonics
from atlas.analysis.inputs import require_counts, require_exposure, require_level, require_months
from atlas.analysis.policy.ratio import RatioChange, ratio_change

Array = NDArray[np.float64]
Impact = Literal["level", "slope", "both"]

MONTHS_BEFORE = 24
MONTHS_AFTER = 12
PLACEBO_DATES = 19
"""Fewer could never give p = 0.05."""

_CAVEATS = ("associated_only", "headline_is_placebo_rank", "placebo_floor")


@dataclass(frozen=True)
class InterruptedSeries:
    """A series before and after a date.

    Attributes:
        placebo_p: headline: share of all dates, this one included, whose term or terms fit at
            least as well as this one's.
        smallest_placebo_p: 1 / (placebo dates + 1).
        placebo_dates: number of other dates tried.
        level_change: jump at the date; None if the impact model has no level.
        slope_change: yearly growth after over before; None if the model has no slope.
        level: coverage of the intervals.
        start: first month in which a change is looked for: the event plus the lag.
        masked: months left out as washout, shape (months,).
        expected: fitted events a month, shape (months,).
        unchanged: events a month had the earlier trend gone on, shape (months,).
        caveats: keys of `CAVEATS`.
    """

    placebo_p: float
    smallest_placebo_p: float
    placebo_dates: int
    level_change: RatioChange | None
    slope_change: RatioChange | None
    level: float
    start: np.datetime64
    masked: NDArray[np.bool_]
    expected: Array
    unchanged: Array
    caveats: tuple[str, ...]


def interrupted_series(
    counts: ArrayLike,
    exposure: ArrayLike,
    months: ArrayLike,
    event: str | np.datetime64,
    impact: Impact,
    lag: int = 0,
    washout: int = 0,
    level: float = 0.95,
) -> InterruptedSeries:
    """Compare a monthly rate before and after a date, and rank the date among all others.

    log E(Y_t) = log(exposure_t) + b0 + b1 t + b2 D_t + b3 D_t (t - t0) + two yearly harmonics,
    D_t = 1 from t0 = event + lag on; `impact` keeps b2, b3 or both. Impact, lag and washout are
    to be fixed from the event before looking at the data. The statistic of a date is the drop of
    the quasi-Poisson deviance F; the headline p is the rank of t0 among all dates with 24 months
    before and 12 after them. At nominal 5 % that rank rejects 3-5 % of series without a change
    (96 months, AR(1) 0 and 0.5), a Poisson test 34-54 %. Model intervals use
    `atlas.analysis.glm.contrast_error`.

    Args:
        counts: events a month, final figures only, shape (months,).
        exposure: population x days, shape (months,) or one number.
        months: consecutive months, shape (months,).
        event: month of the event, such as "2023-01".
        impact: which change the event is thought to go with.
        lag: months from the event to t0, 0 or more.
        washout: months from t0 on that are left out, 0 or more.
        level: coverage of the intervals, between 0 and 1.

    Returns:
        Changes as factors, the placebo p and both fitted lines.

    Raises:
        InputError: fewer than 24 months before t0, 12 used months from t0 on or 19 other dates;
            no event before or after; or counts, exposure or months that make no sense.

    Source:
        Bernal JL, Cummins S, Gasparrini A. Int J Epidemiol 2017;46:348-355 (model); ranks among
        placebo dates: Abadie A, Diamond A, Hainmueller J. Am J Polit Sci 2015;59:495-510.

    Example:
        >>> months = np.arange("2016-01", "2024-01", dtype="datetime64[M]")
        >>> counts = np.where(months < np.datetime64("2020-01"), 50, 75)
        >>> found = interrupted_series(counts, 1e6, months, "2020-01", "level")
        >>> round(found.level_change.ratio, 3), round(found.placebo_p, 4), found.placebo_dates
        (1.5, 0.0164, 60)
    """
    events = require_counts(counts)
    at_risk = require_exposure(exposure, events)
    calendar = require_months(months, events)
    require_level(level)
    if impact not in ("level", "slope", "both"):
        raise InputError(f"impact is level, slope or both; got {impact}")
    if lag < 0 or washout < 0:
        raise InputError(f"lag and washout are 0 months or more; got {lag} and {washout}")
    start = _month(event) + lag
    dates = np.arange(MONTHS_BEFORE, len(events) - MONTHS_AFTER - washout + 1)
    own = int((start - calendar[0]).astype(int))
    _require_room(events, own, washout, dates)
    design, used = _designs(calendar, dates, impact, washout)
    statistics = _statistics(events, at_risk, design, used, impact)
    at = int(np.flatnonzero(dates == own)[0])
    # Rounding must not decide a tie against the date itself.
    reached = statistics >= statistics[at] * (1 - 1e-9)
    kept = used[at]
    single = design[at]
    model = fit_counts(events[kept], single[kept], at_risk[kept])
    terms = [*range(single.shape[1] - _terms(impact), single.shape[1])]
    changes = [_change(model, events[kept], single[kept], term, level) for term in terms]
    without = single.copy()
    without[:, terms] = 0
    expected, unchanged = (at_risk * np.exp(x @ model.coefficients) for x in (single, without))
    return InterruptedSeries(
        placebo_p=float(reached.mean()),
        smallest_placebo_p=1 / len(dates),
        placebo_dates=len(dates) - 1,
        level_change=changes[0] if impact != "slope" else None,
        slope_change=changes[-1] if impact != "level" else None,
        level=level,
        start=start,
        masked=~kept,
        expected=expected,
        unchanged=unchanged,
        caveats=_CAVEATS,
    )


def _month(event: str | np.datetime64) -> np.datetime64:
    try:
        month: np.datetime64 = np.array([event], dtype="datetime64[M]")[0]
    except (TypeError, ValueError) as error:
        raise InputError(f"the event needs a month such as 2020-01; got {event}") from error
    if np.isnat(month):
        raise InputError("the event needs a month such as 2020-01; got none")
    return month


def _require_room(events: Array, own: int, washout: int, dates: NDArray[np.int64]) -> None:
    after = len(events) - own - washout
    if own < MONTHS_BEFORE or after < MONTHS_AFTER:
        raise InputError(
            f"{MONTHS_BEFORE} months before the date and {MONTHS_AFTER} after it and its washout "
            f"are needed; got {max(own, 0)} and {max(after, 0)}"
        )
    if len(dates) <= PLACEBO_DATES:
        needed = MONTHS_BEFORE + MONTHS_AFTER + washout + PLACEBO_DATES
        raise InputError(
            f"{needed} months are needed for {PLACEBO_DATES} placebo dates; got {len(events)}"
        )
    if not events[:own].any() or not events[own + washout :].any():
        raise InputError("at least one event before the date and one after it are needed")


def _terms(impact: Impact) -> int:
    return 2 if impact == "both" else 1


def _designs(
    calendar: NDArray[np.datetime64], dates: NDArray[np.int64], impact: Impact, washout: int
) -> tuple[Array, NDArray[np.bool_]]:
    """Stack one design a date, terms of the impact last, and which months each uses."""
    t = np.arange(len(calendar))
    season = seasonal_harmonics(calendar.astype(int), 12)
    base = np.column_stack([np.ones(len(t)), (t - t.mean()) / 12, season])
    since = t - dates[:, None]
    after = (since >= 0).astype(float)
    added = {"level": [after], "slope": [after * since / 12], "both": [after, after * since / 12]}
    shared = np.broadcast_to(base, (len(dates), *base.shape))
    design = np.concatenate([shared, *(column[..., None] for column in added[impact])], axis=-1)
    return design, (since < 0) | (since >= washout)


def _statistics(
    events: Array, at_risk: Array, design: Array, used: NDArray[np.bool_], impact: Impact
) -> Array:
    terms = _terms(impact)
    full = fit_counts(events, design, at_risk, used)
    null = fit_counts(events, design[..., :-terms], at_risk, used)
    drop = np.maximum(2 * (full.log_likelihood - null.log_likelihood) / terms, 0)
    return np.divide(drop, full.scale, out=np.zeros_like(drop), where=full.scale > 0)


def _change(
    model: CountModel, events: Array, design: Array, term: int, level: float
) -> RatioChange:
    contrast = np.eye(design.shape[1])[term]
    error, freedom = count_contrast_error(model, events, design, contrast)
    return ratio_change(float(model.coefficients[term]), error, freedom, level)
