"""The latest final figure of a series, compared with the same period a year before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import as_numbers
from atlas.analysis.rates import RateRatio, UsualChange, rate_ratio, usual_change

# Years come first: the quarters of a source that gives both leave suppressed parts out.
_KINDS = ("year", "month", "quarter")
_STOCK_MINIMUM = 24
_EVENT_MINIMUM = 10
_CELL_COLUMNS = ("period_start", "period_end", "period_kind", "unit", "value", "status")
_POPULATION_COLUMNS = ("period_start", "persons")


@dataclass(frozen=True)
class Cell:
    """One figure in one period.

    Attributes:
        start: first day.
        end: last day.
        kind: `year`, `part_year`, `quarter` or `month`.
        count: events or persons; None where only a rate is published.
        rate: per 100,000 population; None where none is published.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    kind: str
    count: float | None
    rate: float | None


@dataclass(frozen=True)
class Unknown:
    """A period whose figure is suppressed or not available.

    Attributes:
        start: first day.
        end: last day.
        kind: as of a `Cell`.
        status: `suppressed` or `not_available`.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    kind: str
    status: str


@dataclass(frozen=True)
class Headline:
    """What a card shows.

    Attributes:
        latest: newest figure that is final.
        base: same period a year earlier, None if it has no final figure.
        change: latest over base; None where it cannot be tested.
        history: the change of events beside ten or more earlier ones; None if there are fewer.
        obstacle: why there is no change: `no_base`, `base_suppressed`, `base_not_available`,
            `no_population`, `short_history`, or what a caller knows of; empty if there is one.
        counts_implied: whether `latest` or `base` has no count, so that a test of events uses
            what its rate x population implies.
        per_day_only: whether the exposure is days alone, for want of a population.
        preliminary: newest preliminary figure after `latest`, never compared.
        unknown: newest whole period after `latest` that has no figure.
    """

    latest: Cell
    base: Cell | None
    change: RateRatio | UsualChange | None
    history: UsualChange | None
    obstacle: str
    counts_implied: bool
    per_day_only: bool
    preliminary: Cell | None
    unknown: Unknown | None

    @property
    def within_usual_variation(self) -> bool:
        """Whether chance in counting, or the series' own earlier changes, could well give it."""
        tests = [test for test in (self.change, self.history) if test is not None]
        return any(test.within_usual_variation for test in tests)


def latest_headline(
    cells: pd.DataFrame, populations: pd.DataFrame, counts_events: bool
) -> Headline | None:
    """Find the newest final figure of a region and test its change over a year.

    Preliminary periods stay out of the comparison. Events are compared by `rate_ratio` with
    exposure persons x days, or days alone where no population is known and both periods have a
    count; a missing count is round(rate x persons / 100,000), never made up without persons.
    The change of a stock is set beside its own earlier ones by `usual_change`.

    Args:
        cells: one row a figure, in any order: `period_start`, `period_end` (days),
            `period_kind`, `unit` (`count` in events or persons, `per_100k`), `value`, `status`,
            of one measure, region and member.
        populations: one row an estimate: `period_start`, `persons` of that region; may have no
            row.
        counts_events: whether the measure counts events; a stock is set beside its own history.

    Returns:
        One headline, or None if the series has no final figure.

    Raises:
        InputError: a column is missing, a day is no date, a final or preliminary figure is not
            a number from 0 up, a unit occurs twice in a period, or a population is not above 0.

    Source:
        Clopper and Pearson 1934 and Przyborowski and Wilenski 1940, as in `rate_ratio`; the
        history is a description, as in `usual_change`.

    Example:
        >>> rows = [
        ...     (pd.Timestamp(y, 1, 1), pd.Timestamp(y, 12, 31), "year", "count", v, "reported")
        ...     for y, v in ((2022, 40), (2023, 60))
        ... ]
        >>> names = ["period_start", "period_end", "period_kind", "unit", "value", "status"]
        >>> people = pd.DataFrame({"period_start": [], "persons": []})
        >>> result = latest_headline(pd.DataFrame(rows, columns=names), people, True)
        >>> result.latest.count, result.base.count, round(result.change.ratio, 2)
        (60.0, 40.0, 1.5)
    """
    cells, populations = _checked(cells, populations)
    kind = next((kind for kind in _KINDS if (cells["period_kind"] == kind).any()), None)
    whole = cells[cells["period_kind"] == kind]
    final = _cells(whole[whole["status"] == "reported"])
    if not final:
        return None
    latest, start = final[-1], _year_before(final[-1].start)
    base = next((cell for cell in final if cell.start == start), None)
    later = cells[(cells["status"] == "preliminary") & (cells["period_start"] > latest.end)]
    preliminary = _cells(later[later["period_kind"].isin((kind, "part_year"))])
    unknown = _unknown(whole)
    people = [_population(populations, cell) for cell in (latest, base) if cell]
    known = all(persons is not None for persons in people)
    implied = latest.count is None or (base is not None and base.count is None)
    change: RateRatio | UsualChange | None = None
    if base is None:
        obstacle = next(
            (f"base_{cell.status}" for cell in unknown if cell.start == start), "no_base"
        )
    elif not counts_events:
        change, obstacle = _own_history(final, _STOCK_MINIMUM), "short_history"
    elif known or not implied:
        exposures = [persons if known and persons else 1.0 for persons in people]
        change, obstacle = _event_change(latest, base, exposures), ""
    else:
        obstacle = "no_population"
    newer = [cell for cell in unknown if cell.start > latest.end]
    return Headline(
        latest=latest,
        base=base,
        change=change,
        history=_own_history(final, _EVENT_MINIMUM) if change and counts_events else None,
        obstacle="" if change else obstacle,
        counts_implied=implied,
        per_day_only=counts_events and not known,
        preliminary=preliminary[-1] if preliminary else None,
        unknown=newer[-1] if newer else None,
    )


def _checked(cells: pd.DataFrame, populations: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    for table, columns, name in (
        (cells, _CELL_COLUMNS, "cells"),
        (populations, _POPULATION_COLUMNS, "populations"),
    ):
        missing = [column for column in columns if column not in getattr(table, "columns", ())]
        if missing:
            raise InputError(f"{name} need a table with columns; missing: {missing}")
    persons = as_numbers(populations["persons"], "populations")
    if not (np.isfinite(persons) & (persons > 0)).all():
        raise InputError("a population must be above 0; leave out years without an estimate")
    figures = cells[cells["status"].isin(("reported", "preliminary"))]
    values = as_numbers(figures["value"], "figures")
    if not (np.isfinite(values) & (values >= 0)).all():
        raise InputError("a figure must be a number from 0 up; one without a value has a status")
    twice = figures.duplicated(["period_start", "period_end", "period_kind", "unit"])
    if twice.any():
        first = figures[twice].iloc[0]
        raise InputError(f"{first['unit']} occurs twice in the period from {first['period_start']}")
    return _dated(cells, "period_start", "period_end"), _dated(populations, "period_start")


def _dated(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    try:
        days = {column: pd.to_datetime(table[column], format="ISO8601") for column in columns}
    except (TypeError, ValueError) as error:
        raise InputError(f"{columns} need days such as 2024-01-31; got {error}") from error
    if any(day.isna().any() for day in days.values()):
        raise InputError(f"{columns} need a day in every row")
    return table.assign(**days)


def _unknown(whole: pd.DataFrame) -> list[Unknown]:
    hidden = whole[whole["status"].isin(("suppressed", "not_available"))]
    hidden = hidden.drop_duplicates("period_start").sort_values("period_start")
    columns = hidden[["period_start", "period_end", "period_kind", "status"]]
    return [Unknown(*row) for row in columns.itertuples(index=False)]


def _cells(rows: pd.DataFrame) -> list[Cell]:
    found = []
    periods: Any = rows.groupby(["period_start", "period_end", "period_kind"])
    for (start, end, kind), group in periods:
        by_unit = group.set_index("unit")["value"]
        found.append(
            Cell(
                start=start,
                end=end,
                kind=kind,
                count=float(by_unit["count"]) if "count" in by_unit else None,
                rate=float(by_unit["per_100k"]) if "per_100k" in by_unit else None,
            )
        )
    return found


def _year_before(start: pd.Timestamp) -> pd.Timestamp:
    return start - pd.DateOffset(years=1)


def _days(cell: Cell) -> int:
    return int((cell.end - cell.start).days) + 1


def _population(populations: pd.DataFrame, cell: Cell) -> float | None:
    """Return the estimate nearest to the middle of the period, from the same year."""
    near = (
        populations[populations["period_start"].dt.year == cell.start.year]
        if len(populations)
        else populations
    )
    if near.empty:
        return None
    middle = cell.start + (cell.end - cell.start) / 2
    position = int((near["period_start"] - middle).abs().to_numpy().argmin())
    return float(near["persons"].iloc[position])


def _event_change(latest: Cell, base: Cell, people: list[float]) -> RateRatio:
    events, exposures = [], []
    for cell, persons in zip((latest, base), people, strict=True):
        implied = round((cell.rate or 0.0) * persons / 100_000)
        events.append(implied if cell.count is None else cell.count)
        exposures.append(persons * _days(cell))
    return rate_ratio(events[0], exposures[0], events[1], exposures[1])


def _own_history(final: list[Cell], minimum: int) -> UsualChange | None:
    """Set the latest change over a year beside all earlier ones, all in one unit."""
    at = {cell.start: cell for cell in final}
    base = at.get(_year_before(final[-1].start))
    # A count over a rate is no change, so both ends of every change need the unit of the latest.
    by_rate = base is not None and None not in (final[-1].rate, base.rate)
    size = {start: cell.rate if by_rate else cell.count for start, cell in at.items()}
    pairs = [(size[start], size.get(_year_before(start))) for start in size]
    if not all(pairs[-1]):
        return None
    known = [(value, base) for value, base in pairs if value and base]
    try:
        return usual_change([value for value, _ in known], [base for _, base in known], minimum)
    except InputError:
        return None
