"""The grid of who reports what, and until when."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from atlas import catalog
from atlas.charts.theme import palette
from atlas.i18n import _, month
from atlas.ui import data, page
from atlas.ui.cache import cached
from atlas.ui.sentences import named

_FIRST_YEAR = 2010


@cached
def coverage_grid(region_id: str, theme: str) -> str:
    """Return the grid of headline measures by year for a region, or the nearest that has them."""
    where = data.headline_regions()
    places = {
        str(measure_id): catalog.nearest_with_figures(
            region_id, set(group["region_id"]), data.regions()
        )
        for measure_id, group in where.groupby("measure_id", sort=False)
    }
    cells = data.coverage(
        tuple(sorted({place for place in places.values() if place})), tuple(places)
    )
    years = list(range(_FIRST_YEAR, int(cells["year"].max()) + 1))
    heads = "".join(f'<th scope="col">{year % 100:02d}</th>' for year in years)
    rows = "".join(
        _row(measure_id, place, region_id, cells, years, theme)
        for measure_id, place in places.items()
    )
    measure, until, publisher = (
        f'<th scope="col">{escape(name)}</th>'
        for name in (_("Measure"), _("Until"), _("Publisher"))
    )
    return (
        '<div class="atlas-scroll" tabindex="0"><table class="atlas-table atlas-grid">'
        f"<thead><tr>{measure}{until}{heads}{publisher}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _caption() -> str:
    return _(
        "Years since {year}. Filled: final. Striped, {preliminary}: preliminary. {suppressed}: at "
        "least one cell suppressed. –: not available. Empty: no figure published."
    ).format(year=_FIRST_YEAR, preliminary=_("p"), suppressed=_("s"))


def _row(
    measure_id: str,
    place: str | None,
    asked: str,
    cells: pd.DataFrame,
    years: list[int],
    theme: str,
) -> str:
    measure = data.measure(measure_id)
    label = measure.label
    if place is None:
        head = f'<tr><th scope="row">{escape(label)}</th>'
        nothing = escape(_("No figure for this place"))
        return f'{head}<td colspan="{len(years) + 2}">{nothing}</td></tr>'
    if place != asked:
        label = f"{label}, {data.region_name(place)}"
    own = cells[(cells["measure_id"] == measure_id) & (cells["region_id"] == place)]
    by_year = own.set_index("year")
    states = "".join(_state(by_year, year) for year in years)
    until = own["reported_to"].max()
    source = data.sources().loc[own["source_id"].iloc[0], "publisher"]
    colour = palette(theme).domains[measure.domain]
    return (
        f'<tr style="--domain:{colour}"><th scope="row">{escape(label)}</th>'
        f"<td>{escape(month(until))}</td>{states}<td>{escape(str(source))}</td></tr>"
    )


def _state(by_year: pd.DataFrame, year: int) -> str:
    if year not in by_year.index:
        return '<td class="state"></td>'
    cell = by_year.loc[year]
    for status, mark in (("preliminary", _("p")), ("reported", ""), ("suppressed", _("s"))):
        if cell[status] > 0:
            partly = cell["suppressed"] > 0 and status == "reported"
            return _state_cell(year, status, _("s") if partly else mark)
    return _state_cell(year, "not_available", "–")


def _state_cell(year: int, status: str, mark: str) -> str:
    words = escape(named(str(year), catalog.status_label(status)))
    return f'<td class="state {status}" title="{words}">{escape(mark)}</td>'


def show_coverage(region_id: str) -> None:
    """Draw the grid below the words that explain its marks."""
    st.caption(_caption())
    st.html(coverage_grid(region_id, page.theme()))
