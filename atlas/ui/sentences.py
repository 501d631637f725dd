"""Figures in words: what a chart says, what a cell holds, what a card compares."""

from __future__ import annotations

from typing import Any

import pandas as pd

from atlas.analysis.headline import Cell, Headline
from atlas.analysis.rates import RateRatio, UsualChange
from atlas.frames import records
from atlas.i18n import _, interval, number, period

_RATE_UNITS = ("per_100k", "per_100k_12_plus", "per_100k_18_plus", "per_100k_12_to_17")
_ROLLING = "twelve_months"


def value_text(value: float, unit: str) -> str:
    """Write a figure: counts whole, rates to one decimal, percents as they are published."""
    if unit == "percent":
        return _("{value} %").format(value=number(value, 0 if value == round(value) else 1))
    return number(value, 0 if unit == "count" else 1)


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
    text = figure_text(row)
    if row.unstable:
        text = _("{figure}, unstable: fewer than 20 events").format(figure=text)
    if row.status == "preliminary":
        text = _("{figure}, preliminary").format(figure=text)
    return text


def figure_text(row: Any) -> str:
    """Say a known figure with its interval."""
    text = value_text(row.value, row.unit)
    if pd.notna(row.interval_low):
        digits = 0 if row.unit == "count" else 1
        text = f"{text} {interval(row.interval_low, row.interval_high, digits)}"
    return text


def named(name: str, text: str) -> str:
    """Put a name before what is said of it."""
    return _("{name}: {text}").format(name=name, text=text)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def with_texts(cells: pd.DataFrame) -> pd.DataFrame:
    """Add `text` (period and figure), `short_text` (figure alone) and `period` in words.

    A text begins a sentence; a period stands within one.
    """
    rows = list(records(cells))
    periods = [period(row.period_start, row.period_end, row.period_kind) for row in rows]
    figures = [cell_text(row) for row in rows]
    return cells.assign(
        period=periods,
        figure=figures,
        text=[
            _capitalised(named(when, figure)) for when, figure in zip(periods, figures, strict=True)
        ],
        short_text=[value_text(row.value, row.unit) if pd.notna(row.value) else "" for row in rows],
    )


def _window_before(final: pd.DataFrame) -> pd.DataFrame:
    """Return the cell whose window ends where the latest one begins, or no cell."""
    day_before = final["period_start"].iloc[-1] - pd.Timedelta(days=1)
    return final[final["period_end"] == day_before]


def series_title(cells: pd.DataFrame) -> str:
    """Say the finding of a series in a few words: its latest final figure and its highest.

    Rolling totals overlap: theirs is compared only with the window a year earlier.
    """
    final = cells[cells["status"] == "reported"]
    if final.empty:
        return _("no final figure")
    last, highest = final.iloc[-1], final.iloc[int(final["value"].argmax())]
    hidden = int((cells["status"] == "suppressed").sum())
    if hidden:
        return _(
            "last published {figure} in {period}; {count} of {total} periods suppressed"
        ).format(
            figure=last["short_text"],
            period=last["period"],
            count=number(hidden),
            total=number(len(cells)),
        )
    if last["period_kind"] == _ROLLING:
        earlier = _window_before(final)
        if not earlier.empty:
            return _("{figure} in {period}; {earlier} a year earlier").format(
                figure=last["short_text"],
                period=last["period"],
                earlier=earlier["short_text"].iloc[0],
            )
    if final["value"].nunique() == 1 or last["period_kind"] == _ROLLING:
        return _("{figure} in {period}").format(figure=last["short_text"], period=last["period"])
    if last["period"] == highest["period"]:
        return _("{figure} in {period}, the highest so far").format(
            figure=last["short_text"], period=last["period"]
        )
    return _("{figure} in {period}; highest {highest} in {high_period}").format(
        figure=last["short_text"], period=last["period"],
        highest=highest["short_text"], high_period=highest["period"],
    )  # fmt: skip


def series_sentence(cells: pd.DataFrame, comparable_from: pd.Timestamp | None = None) -> str:
    """Say what a series shows: its latest final figure, its extremes, what is not known.

    Args:
        cells: one series in time order, as `with_texts` returns it.
        comparable_from: earlier cells are not comparable with the latest; None if all are.
    """
    if comparable_from is None:
        known, note = cells, ""
    else:
        known = cells[cells["period_start"] >= comparable_from]
        note = _("Earlier periods than {period} are not comparable with it.").format(
            period=known["period"].iloc[0]
        )
    parts = (_final_part(known), note, _preliminary_part(cells), *_unknown_parts(cells))
    return " ".join(part for part in parts if part)


def _final_part(cells: pd.DataFrame) -> str:
    final = cells[cells["status"] == "reported"]
    if final.empty:
        return _("No final figure in this period.")
    latest = final.iloc[-1]
    if latest["period_kind"] == _ROLLING:
        earlier = _window_before(final)
        if earlier.empty:
            return _("{latest}.").format(latest=latest["text"])
        return _("{latest}; {earlier} a year earlier.").format(
            latest=latest["text"], earlier=earlier["short_text"].iloc[0]
        )
    highest = final.iloc[int(final["value"].argmax())]
    lowest = final.iloc[int(final["value"].argmin())]
    extremes_hidden = bool((cells["status"] == "suppressed").any())
    if highest["value"] == lowest["value"] or extremes_hidden:
        return _("{latest}.").format(latest=latest["text"])
    return _("{latest}, between {lowest} in {low_period} and {highest} in {high_period}.").format(
        latest=latest["text"],
        lowest=lowest["short_text"],
        low_period=lowest["period"],
        highest=highest["short_text"],
        high_period=highest["period"],
    )


def _preliminary_part(cells: pd.DataFrame) -> str:
    preliminary = cells[cells["status"] == "preliminary"]
    if preliminary.empty:
        return ""
    latest = preliminary.iloc[-1]
    if latest["period_kind"] == "part_year" and latest["unit"] in _RATE_UNITS:
        return _("{figure} (annualised); not compared.").format(figure=latest["text"])
    return _("{figure}; not compared.").format(figure=latest["text"])


def _unknown_parts(cells: pd.DataFrame) -> list[str]:
    counted = cells["status"].value_counts()
    words = {
        "suppressed": _("{count} suppressed."),
        "not_available": _("{count} not available."),
    }
    return [
        text.format(count=number(counted[status]))
        for status, text in words.items()
        if status in counted
    ]


def cell_period(cell: Cell) -> str:
    """Name the period of a headline's cell."""
    return period(cell.start, cell.end, cell.kind)


def _ratio_decimals(change: RateRatio | UsualChange) -> int:
    """Return enough digits that a limit beside 1 is not rounded to it."""
    nearest = min(abs(change.low - 1), abs(change.high - 1))
    return 2 if nearest >= 0.005 else 3


def _why_not_compared(headline: Headline) -> str:
    return {
        "no_base": _("Not compared: the year before has no figure."),
        "base_suppressed": _("Not compared: the year before is suppressed."),
        "base_not_available": _("Not compared: the year before is not available."),
        "no_population": _(
            "Not tested: only rates are published, and no population to match is loaded."
        ),
        "short_history": _("Not compared: too few earlier changes to compare with."),
        "break": _("Not compared with the year before: the series breaks between the two."),
        "coverage": _("Not compared with the year before: other places report now."),
    }[headline.obstacle]


def change_sentence(headline: Headline) -> str:
    """Compare the latest figure with its base: ratio, interval, usual variation or not."""
    change = headline.change
    if change is None or headline.base is None:
        return _why_not_compared(headline)
    base = cell_period(headline.base)
    verdict = (
        _("within usual variation")
        if headline.within_usual_variation
        else _("beyond usual variation")
    )
    digits = _ratio_decimals(change)
    limits = interval(change.low, change.high, digits)
    if isinstance(change, RateRatio) and headline.history:
        words = _(
            "Rate ratio to {base}: {ratio} {interval}, {verdict} "
            "({usual} in {count} earlier years)."
        )
        return words.format(
            base=base,
            ratio=number(change.ratio, digits),
            interval=limits,
            verdict=verdict,
            usual=interval(headline.history.low, headline.history.high, 2)[1:-1],
            count=number(headline.history.comparisons),
        )
    if isinstance(change, RateRatio):
        return _("Rate ratio to {base}: {ratio} {interval}, {verdict}.").format(
            base=base, ratio=number(change.ratio, digits), interval=limits, verdict=verdict
        )
    return _(
        "{ratio} times {base}; the same comparison gave {interval} in {count} earlier comparisons, "
        "{verdict}."
    ).format(
        ratio=number(change.ratio, digits),
        base=base,
        interval=limits,
        count=number(change.comparisons),
        verdict=verdict,
    )
