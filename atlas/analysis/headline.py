"""The latest final figure of a series, compared with the same period a year before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from atlas.analysis.errors import InputError
from atlas.analysis.rates import RateRatio, UsualChange, rate_ratio, usual_change

_KINDS = ("month", "quarter", "year")


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
class Headline:
    """What a card shows.

    Attributes:
        latest: newest figure that is final.
        base: same period a year earlier, None if it has no final figure.
        change: latest over base; None where it cannot be tested.
        counts_implied: whether counts were implied by rate x population.
        per_day_only: whether the exposure is days alone, for want of a population.
        preliminary: newest preliminary figure after `latest`, never compared.
    """

    latest: Cell
    base: Cell | None
    change: RateRatio | UsualChange | None
    counts_implied: bool
    per_day_only: bool
    preliminary: Cell | None


def latest_headline(
    cells: pd.DataFrame, populations: pd.DataFrame, counts_events: bool
) -> Headline | None:
    """Find the newest final figure of a region and test its change over a year.

    Preliminary periods stay out of the comparison.

    Args:
        cells: `period_start`, `period_end`, `period_kind`, `unit` (`count`, `per_100k`),
            `value`, `status` of one measure, region and member.
        populations: `period_start`, `persons` of that region; may be empty.
        counts_events: whether the measure counts events; a stock is set beside its own history.

    Returns:
        The headline, or None if the series has no final figure.

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
    whole = cells[cells["period_kind"].isin(_KINDS)]
    kind = next((kind for kind in _KINDS if (whole["period_kind"] == kind).any()), None)
    # Years stand for a source that also gives quarters: quarters leave suppressed parts out.
    kind = "year" if (whole["period_kind"] == "year").any() else kind
    final = _cells(whole[(whole["period_kind"] == kind) & (whole["status"] == "reported")])
    if not final:
        return None
    latest = final[-1]
    base = next((cell for cell in final if cell.start == _year_before(latest.start)), None)
    later = cells[(cells["status"] == "preliminary") & (cells["period_start"] > latest.end)]
    preliminary = _cells(later[later["period_kind"].isin((kind, "part_year"))])
    change: RateRatio | UsualChange | None = None
    implied = latest.count is None
    people = [_population(populations, cell) for cell in (latest, base) if cell]
    known = all(persons is not None for persons in people)
    if base is not None and not counts_events:
        change = _stock_change(final)
    elif base is not None and (known or not implied):
        change = _event_change(latest, base, people if known else [1.0, 1.0])
    return Headline(
        latest=latest,
        base=base,
        change=change,
        counts_implied=implied,
        per_day_only=counts_events and not known,
        preliminary=preliminary[-1] if preliminary else None,
    )


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


def _event_change(latest: Cell, base: Cell, people: list[float | None]) -> RateRatio:
    events, exposures = [], []
    for cell, persons in zip((latest, base), people, strict=True):
        persons = persons or 1.0
        events.append(
            cell.count if cell.count is not None else round((cell.rate or 0.0) * persons / 100_000)
        )
        exposures.append(persons * _days(cell))
    return rate_ratio(events[0], exposures[0], events[1], exposures[1])


def _stock_change(final: list[Cell]) -> UsualChange | None:
    by_start = {cell.start: cell.count for cell in final}
    pairs = [(cell.count, by_start.get(_year_before(cell.start))) for cell in final]
    if not all(pairs[-1]):
        return None
    known = [(value, base) for value, base in pairs if value and base]
    try:
        return usual_change([value for value, _ in known], [base for _, base in known])
    except InputError:
        return None
