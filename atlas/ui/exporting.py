"""The export page: what can be chosen, a preview, the dictionary, the file."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from atlas import catalog
from atlas.export import COLUMNS
from atlas.i18n import _, number
from atlas.ui import data, markup, page
from atlas.ui.cache import cached

STATUSES = ("reported", "preliminary", "suppressed", "not_available")
_PREVIEW_ROWS = 200


def _slices(measure_ids: tuple[str, ...]) -> pd.DataFrame:
    return pd.concat([data.slices(measure_id) for measure_id in measure_ids])


@cached
def dimensions(measure_ids: tuple[str, ...]) -> dict[str, str]:
    """Offer the breakdowns of the measures."""
    found = set(_slices(measure_ids)["dimension"])
    labels = data.members().drop_duplicates("dimension").set_index("dimension")["dimension_label"]
    return {name: str(label) for name, label in labels.items() if name in found}


@cached
def units(measure_ids: tuple[str, ...]) -> dict[str, str]:
    """Offer the units of the measures."""
    return {unit: catalog.unit_label(unit) for unit in sorted(set(_slices(measure_ids)["unit"]))}


@cached
def period_kinds(measure_ids: tuple[str, ...]) -> dict[str, str]:
    """Offer the kinds of period of the measures."""
    found = sorted(set(_slices(measure_ids)["period_kind"]))
    return {kind: catalog.period_kind_label(kind) for kind in found}


@cached
def years(measure_ids: tuple[str, ...]) -> dict[str, str]:
    """Offer the years that the measures cover."""
    found = _slices(measure_ids)
    first, last = found["first_start"].min().year, found["last_end"].max().year
    return {str(year): str(year) for year in range(first, last + 1)}


def show_export(**filters: Any) -> None:
    """Show how many figures the filters let through, the first of them, and the file."""
    if filters["from_year"] > filters["to_year"]:
        st.info(_("The first year is after the last one: choose an earlier first year."))
        return
    figures = data.figures_for_export(**filters)
    if figures.empty:
        st.info(_("No figure passes these filters: remove one of them."))
        return
    states = figures["status"].value_counts()
    counted = ", ".join(
        f"{catalog.status_label(status).lower()} {number(states[status])}"
        for status in STATUSES
        if status in states
    )
    st.markdown(
        "#### "
        + _("{count} figures: {states}").format(count=number(len(figures)), states=counted)
    )
    page.show_download("overdose-atlas", **filters)
    st.dataframe(_preview(figures.head(_PREVIEW_ROWS)), hide_index=True)
    if len(figures) > _PREVIEW_ROWS:
        st.caption(
            _("The first {shown} of {count} figures; the file holds all.").format(
                shown=number(_PREVIEW_ROWS), count=number(len(figures))
            )
        )
    with st.expander(_("Dictionary")):
        st.html(markup.table((_("Column"), _("Meaning")), COLUMNS.items()))
    page.show_source(figures["source"].unique())


def _preview(figures: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with states in words, so that no empty cell looks like a zero."""
    known = figures["value"].notna()
    words = figures["value"].map(lambda value: f"{value:g}" if value == value else "")
    states = figures["status"].map(catalog.status_label)
    return figures.assign(
        value=words.where(known, states),
        period_start=figures["period_start"].dt.strftime("%Y-%m-%d"),
        period_end=figures["period_end"].dt.strftime("%Y-%m-%d"),
    )
