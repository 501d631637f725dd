"""Figures in words: what a chart says, what a cell holds, what a card compares."""

from __future__ import annotations

from typing import Any

import pandas as pd

from atlas.analysis.headline import Cell, Headline
from atlas.analysis.rates import RateRatio, UsualChange
from atlas.frames import records
from atlas.i18n import _, interval, number, period

_UNIT_DECIMALS = {"count": 0}


def decimals(unit: str) -> int:
    """Return the digits after the decimal mark that a unit is shown with."""
    return _UNIT_DECIMALS.get(unit, 1)


def cell_text(row: Any) -> str:
    """Say a cell's figure or state, without its period."""
    if row.status == "suppressed":
        if pd.notna(row.high):
            return _("suppressed ({low} to {high})").format(
                low=number(row.low), high=number(row.high)
            )
        return _("suppressed")
    if row.status == "not_available":
        return _("not available")
    digits = decimals(row.unit)
    text = number(row.value, digits)
    if row.unit == "percent":
        text = _("{value} %").format(value=text)
    if pd.notna(row.interval_low):
        text = f"{text} {interval(row.interval_low, row.interval_high, digits)}"
    if row.unstable:
        text = _("{figure}, unstable").format(figure=text)
    if row.status == "preliminary":
        text = _("{figure}, preliminary").format(figure=text)
    return text


def named(name: str, text: str) -> str:
    """Put a name before what is said of it."""
    return _("{name}: {text}").format(name=name, text=text)


def with_texts(cells: pd.DataFrame) -> pd.DataFrame:
    """Add `text` (period and figure), `short_text` (figure alone) and `period` in words."""
    rows = list(records(cells))
    periods = [period(row.period_start, row.period_end, row.period_kind) for row in rows]
    figures = [cell_text(row) for row in rows]
    return cells.assign(
        period=periods,
        figure=figures,
        text=[named(when, figure) for when, figure in zip(periods, figures, strict=True)],
        short_text=[
            number(row.value, decimals(row.unit)) if pd.notna(row.value) else "" for row in rows
        ],
    )


def series_title(cells: pd.DataFrame) -> str:
    """Say the finding of a series in a few words: its latest final figure and its highest."""
    final = cells[cells["status"] == "reported"]
    if final.empty:
        return _("no final figure")
    last, highest = final.iloc[-1], final.iloc[int(final["value"].argmax())]
    if last["period"] == highest["period"]:
        return _("{figure} in {period}, the highest so far").format(
            figure=last["short_text"], period=last["period"]
        )
    return _("{figure} in {period}, at most {highest} in {high_period}").format(
        figure=last["short_text"], period=last["period"],
        highest=highest["short_text"], high_period=highest["period"],
    )  # fmt: skip


def series_sentence(cells: pd.DataFrame) -> str:
    """Say what a series shows: its latest final figure, its extremes, what is not known.

    Args:
        cells: one series in time order, as `with_texts` returns it.
    """
    final = cells[cells["status"] == "reported"]
    parts = []
    if final.empty:
        parts.append(_("No final figure in this period."))
    else:
        last = final.iloc[-1]
        highest = final.iloc[int(final["value"].argmax())]
        lowest = final.iloc[int(final["value"].argmin())]
        parts.append(
            _("{latest}, between {lowest} in {low_period} and {highest} in {high_period}.").format(
                latest=last["text"],
                lowest=lowest["short_text"],
                low_period=lowest["period"],
                highest=highest["short_text"],
                high_period=highest["period"],
            )
            if len(final) > 1
            else _("{latest}.").format(latest=last["text"])
        )
    preliminary = cells[(cells["status"] == "preliminary")]
    if not preliminary.empty:
        last = preliminary.iloc[-1]
        note = _("{figure}; not compared.").format(figure=last["text"])
        if last["period_kind"] == "part_year" and last["unit"] != "count":
            note = _("{figure} (annualised); not compared.").format(figure=last["text"])
        parts.append(note)
    for status, words in (
        ("suppressed", _("{count} suppressed.")),
        ("not_available", _("{count} not available.")),
    ):
        count = int((cells["status"] == status).sum())
        if count:
            parts.append(words.format(count=number(count)))
    return " ".join(parts)


def cell_period(cell: Cell) -> str:
    """Name the period of a headline's cell."""
    return period(cell.start, cell.end, cell.kind)


def _ratio_decimals(change: RateRatio | UsualChange) -> int:
    """Return enough digits that a limit beside 1 is not rounded to it."""
    nearest = min(abs(change.low - 1), abs(change.high - 1))
    return 2 if nearest >= 0.005 else 3


def change_sentence(headline: Headline) -> str:
    """Compare the latest figure with its base: ratio, interval, usual variation or not."""
    if headline.base is None:
        return _("No final figure a year before to compare with.")
    base = cell_period(headline.base)
    change = headline.change
    if change is None:
        return _("{base} cannot be compared exactly: only rounded rates are published.").format(
            base=base
        )
    verdict = (
        _("within usual variation")
        if change.within_usual_variation
        else _("beyond usual variation")
    )
    digits = _ratio_decimals(change)
    limits = interval(change.low, change.high, digits)
    if isinstance(change, RateRatio):
        return _("Rate ratio to {base}: {ratio} {interval}, {verdict}.").format(
            base=base, ratio=number(change.ratio, digits), interval=limits, verdict=verdict
        )
    return _(
        "{ratio} times {base}; the same comparison gave {interval} in {count} earlier months, "
        "{verdict}."
    ).format(
        ratio=number(change.ratio, digits),
        base=base,
        interval=limits,
        count=number(change.comparisons),
        verdict=verdict,
    )
