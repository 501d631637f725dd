"""Interrupted time series: a level or slope change at a date, ranked among placebo dates."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.errors import InputError
from atlas.analysis.glm import CountModel, count_contrast_error, fit_counts, seasonal_harmonics
from atlas.analysis.inputs import (
    require_counts,
    require_exposure,
    require_level,
    require_months,
    require_whole_number,
)
from atlas.analysis.policy.ratio import RatioChange, ratio_change
from atlas.analysis.results import FrozenArrays

Array = NDArray[np.float64]
Impact = Literal["level", "slope", "both"]

MONTHS_BEFORE = 24
MONTHS_AFTER = 12
PLACEBO_DATES = 19
"""Fewer could never give p = 0.05."""
SHARE_INSIDE = MappingProxyType({"level": 0.05, "slope": 0.1, "both": 0.1})
"""Least share of all dates on either side of the date, by impact: statistics peak at the ends."""

# A drop of the deviance below this share of the log likelihood is rounding.
_ROUNDING = 1e-9
# Keeps the statistic of a perfect fit finite.
_LEAST_SCALE = 1e-100
_CAVEATS = ("associated_only", "headline_is_placebo_rank", "placebo_floor")


@dataclass(frozen=True, eq=False)
class InterruptedSeries(FrozenArrays):
    """A series before and after a date.

    Attributes:
        placebo_p: headline: share of all dates, this one included, whose term or terms fit at
            least as well as this one's.
        smallest_placebo_p: 1 / (placebo dates + 1).
        placebo_dates: number of other dates compared.
        dates_left_out: number of dates not compared: too few events before or after them to fit.
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
    dates_left_out: int
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
    before and 12 after them, less those with too few events on a side to be fitted. Model
    intervals use `atlas.analysis.glm.contrast_error`.

    Such statistics peak at the ends of the dates: at nominal 5 % the first and last 5 % of them
    would come out in 11-22 % of unchanged series for a slope, the last of them in 7-10 %
    otherwise. So t0 needs a tenth of the dates on either side (level: a twentieth), which is 7 (4)
    of 61 in 96 months. Inside, the rank rejects 2-6 % (96 months, AR(1) 0 and 0.5; 60 months,
    0.5), up to 7 % among the last dates of 144 months; a Poisson test 34-54 %.

    Args:
        counts: events a month, final figures only, shape (months,).
        exposure: population x days, shape (months,) or one number.
        months: consecutive months, shape (months,).
        event: month of the event, such as "2023-01".
        impact: which change the event is thought to go with: level, slope or both.
        lag: months from the event to t0, one whole number from 0 up.
        washout: months from t0 on that are left out, one whole number from 0 up.
        level: coverage of the intervals, one number between 0 and 1.

    Returns:
        Changes as factors, the placebo p and both fitted lines.

    Raises:
        InputError: fewer than 24 months before t0, 12 used months from t0 on or 19 other dates
            that can be fitted; t0 too near the first or last of them; too few events before or
            after; or counts, exposure, months or options that make no sense.

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
    if not isinstance(impact, str) or impact not in SHARE_INSIDE:
        raise InputError(f"impact is level, slope or both; got {impact}")
    require_whole_number(washout, 0, "washout")
    start = _month(event) + require_whole_number(lag, 0, "lag")
    dates = np.arange(MONTHS_BEFORE, len(events) - MONTHS_AFTER - washout + 1)
    own = int((start - calendar[0]).astype(int))
    _require_room(events, own, washout, dates)
    design, used = _designs(calendar, dates, impact, washout)
    statistics = _statistics(events, at_risk, dates, design, used, impact)
    at = int(np.flatnonzero(dates == own)[0])
    fitted = np.isfinite(statistics)
    _require_rank(calendar[dates], fitted, at, impact)
    # Rounding must not decide a tie against the date itself.
    reached = statistics[fitted] >= statistics[at] * (1 - 1e-9)
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
        smallest_placebo_p=1 / len(reached),
        placebo_dates=len(reached) - 1,
        dates_left_out=len(dates) - len(reached),
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
        month: np.datetime64 = require_months(np.array([event]), np.zeros(1))[0]
    except ValueError as error:
        raise InputError(f"the event needs a month such as 2020-01; got {event!r}") from error
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


def _require_rank(
    dates: NDArray[np.datetime64], fitted: NDArray[np.bool_], at: int, impact: Impact
) -> None:
    """Refuse a date whose rank would mean little."""
    compared, before = int(fitted.sum()), int(fitted[:at].sum())
    reason = f"{len(dates) - compared} of {len(dates)} dates have too few events on a side to fit"
    if not fitted[at]:
        raise InputError(f"{dates[at]} has too few events before or after it to fit {impact}")
    if compared <= PLACEBO_DATES:
        raise InputError(f"{PLACEBO_DATES} placebo dates are needed; got {compared - 1}: {reason}")
    margin = int(np.ceil(SHARE_INSIDE[impact] * compared))
    if not margin <= before < compared - margin:
        inside = dates[fitted][margin : compared - margin]
        raise InputError(
            f"a change of impact {impact} needs {margin} of the {compared} dates that can be "
            f"compared on either side: from {inside[0]} to {inside[-1]}; got {dates[at]} ({reason})"
        )


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
    events: Array,
    at_risk: Array,
    dates: NDArray[np.int64],
    design: Array,
    used: NDArray[np.bool_],
    impact: Impact,
) -> Array:
    """Give one F a date, NaN where too few events stand on a side to fit it."""
    before = np.arange(len(events)) < dates[:, None]
    sides = (used & before, used & ~before)
    fitted = np.logical_and(*((side * events).sum(-1) > 0 for side in sides))
    statistics = np.full(len(design), np.nan)
    try:
        statistics[fitted] = _f_statistics(events, at_risk, design[fitted], used[fitted], impact)
    except InputError:
        # One date that cannot be fitted stops the stack, so each is tried alone.
        for at in np.flatnonzero(fitted):
            with suppress(InputError):
                statistics[at] = _f_statistics(events, at_risk, design[at], used[at], impact)
    return statistics


def _f_statistics(
    events: Array, at_risk: Array, design: Array, used: NDArray[np.bool_], impact: Impact
) -> Array:
    terms = _terms(impact)
    full = fit_counts(events, design, at_risk, used)
    null = fit_counts(events, design[..., :-terms], at_risk, used)
    drop = 2 * (full.log_likelihood - null.log_likelihood) / terms
    real = drop > _ROUNDING * (1 + np.abs(full.log_likelihood))
    # Both are rounding noise where nothing changed, so their ratio would be anything.
    return np.where(real, drop / np.maximum(full.scale, _LEAST_SCALE), 0.0)


def _change(
    model: CountModel, events: Array, design: Array, term: int, level: float
) -> RatioChange:
    contrast = np.eye(design.shape[1])[term]
    error, freedom = count_contrast_error(model, events, design, contrast)
    return ratio_change(float(model.coefficients[term]), error, freedom, level)
