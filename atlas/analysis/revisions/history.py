"""How figures change from release to release."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import as_numbers, require_whole_number

Grain = Literal["M", "Q", "Y"]


def revision_history(releases: pd.DataFrame) -> pd.DataFrame:
    """Set each release of a figure beside the one before and the first.

    change = N_r - N_(r-1); change_from_first_pct = 100 (N_r / N_first - 1). A change is a
    correction of the same period, never a change over time.

    Args:
        releases: one row a figure: `period` and `release` (dates), `value` (events).

    Returns:
        One row a figure: the rows in order of period and release, with `change` (NaN in a first
        release) and `change_from_first_pct` (NaN where the first value is 0).

    Raises:
        InputError: a column is missing, a period or release is no date, a value is negative or
            not a number, or a period occurs twice in a release.

    Source:
        Arithmetic; for the practice: McKenzie R, Gamba M. Interpreting the results of revision
        analyses. OECD 2008.

    Example:
        >>> table = pd.DataFrame({
        ...     "period": pd.Timestamp("2020-01-01"),
        ...     "release": pd.to_datetime(["2021-06-01", "2022-12-01"]),
        ...     "value": [6214, 6419],
        ... })
        >>> revision_history(table)[["change", "change_from_first_pct"]].iloc[1].round(1).tolist()
        [205.0, 3.3]
    """
    rows = _checked(releases).reset_index(drop=True)
    values = rows.groupby("period")["value"]
    first = values.transform("first")
    rows["change"] = values.diff()
    rows["change_from_first_pct"] = 100 * (rows["value"] / first.where(first > 0) - 1)
    return rows


def reporting_triangle(releases: pd.DataFrame, grain: Grain, last_delay: int) -> pd.DataFrame:
    """Arrange releases by period and delay.

    N(t, d) is the figure for period t in the release that came d periods after t: d = 0 in
    the period itself. Where several releases share a delay the last one stands; where none
    has it, the cell is NaN. The last column holds the figure of the least delay from
    `last_delay` on, so that rare releases make a period final too.

    Args:
        releases: one row a figure: `period` and `release` (dates), `value` (events).
        grain: length of a period and of a step of delay: `M`, `Q` or `Y`.
        last_delay: delay from which on a figure counts as final, 1 or more; what comes after
            the first such figure is left out.

    Returns:
        Values in events, shape (periods, last_delay + 1), indexed by period (oldest first), one
        column a delay 0..last_delay.

    Raises:
        InputError: as in `revision_history`; a release before its period; two dates in one
            period; another grain; last_delay below 1 or not whole.

    Source:
        Mack T. Distribution-free calculation of the standard error of chain ladder reserve
        estimates. ASTIN Bulletin 1993;23:213-225.

    Example:
        >>> table = pd.DataFrame({
        ...     "period": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-02-01"]),
        ...     "release": pd.to_datetime(["2024-02-15", "2024-03-15", "2024-03-15"]),
        ...     "value": [80, 100, 90],
        ... })
        >>> reporting_triangle(table, "M", 2).loc["2024-01"].tolist()
        [nan, 80.0, 100.0]
    """
    last_delay = require_whole_number(last_delay, 1, "the last delay")
    if grain not in ("M", "Q", "Y"):
        raise InputError(f"a grain is M, Q or Y; got {grain!r}")
    rows = _checked(releases)
    period = pd.PeriodIndex(rows["period"], freq=grain)
    _require_one_date(rows["period"], period)
    step = pd.PeriodIndex(rows["release"], freq=grain)
    rows["delay"] = step.asi8 - period.asi8
    rows["period"] = period
    early = rows[rows["delay"] < 0]
    if len(early):
        raise InputError(f"a release came before its period {early['period'].iloc[0]} began")
    # Of what came from the last delay on, the first release makes the period final.
    late = rows["delay"].where(rows["delay"] >= last_delay)
    rows = rows[late.isna() | (late == late.groupby(rows["period"]).transform("min"))]
    rows = rows.assign(delay=rows["delay"].clip(upper=last_delay))
    triangle = rows.groupby(["period", "delay"])["value"].last().unstack()
    return triangle.reindex(columns=pd.RangeIndex(last_delay + 1, name="delay")).astype(float)


def _checked(releases: pd.DataFrame) -> pd.DataFrame:
    missing = {"period", "release", "value"} - set(getattr(releases, "columns", ()))
    if missing:
        raise InputError(f"releases need columns; missing: {sorted(missing)}")
    value = as_numbers(releases["value"], "values")
    if not (np.isfinite(value) & (value >= 0)).all():
        raise InputError("a figure must be a number from 0 up; leave out suppressed cells")
    rows = pd.DataFrame({name: _dates(releases[name], name) for name in ("period", "release")})
    rows = rows.assign(value=value).sort_values(["period", "release"])
    if rows.duplicated(["period", "release"]).any():
        twice = rows[rows.duplicated(["period", "release"])].iloc[0]
        raise InputError(f"period {twice['period']} occurs twice in release {twice['release']}")
    return rows


def _dates(column: pd.Series, name: str) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column) and len(column):
        raise InputError(f"a {name} needs a date such as 2024-01-31; got {column.iloc[0]!r}")
    try:
        dates = pd.to_datetime(column, format="ISO8601")
    except (TypeError, ValueError) as error:
        raise InputError(f"a {name} needs a date such as 2024-01-31; got {error}") from error
    if dates.isna().any():
        raise InputError("each figure needs the date of its period and of its release")
    return dates


def _require_one_date(dates: pd.Series, periods: pd.PeriodIndex) -> None:
    """Refuse two dates in one period, whose figures are parts and no revisions of each other."""
    several = dates.groupby(periods).nunique()
    if (several > 1).any():
        raise InputError(f"period {several.idxmax()} occurs under {several.max()} dates; give one")
