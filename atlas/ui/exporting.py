"""The export page: what can be chosen, a preview, the dictionary, the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from atlas import catalog
from atlas.export import dictionary
from atlas.i18n import _, number
from atlas.ui import data, markup, options, page
from atlas.ui.cache import cached

STATUSES = ("reported", "preliminary", "suppressed", "not_available")
_PREVIEW_ROWS = 200


@dataclass(frozen=True)
class Offered:
    """What each filter of the page offers, labels by id."""

    regions: dict[str, str]
    dimensions: dict[str, str]
    units: dict[str, str]
    period_kinds: dict[str, str]
    statuses: dict[str, str]
    years: dict[str, str]
    releases: dict[str, str]


@cached
def offered(measure_ids: tuple[str, ...]) -> Offered:
    """Return what can be asked of the measures."""
    slices = pd.concat([data.slices(measure_id) for measure_id in measure_ids])
    known = set(slices["dimension"])
    first, last = slices["first_start"].min().year, slices["last_end"].max().year
    return Offered(
        regions=options.regions_of(measure_ids),
        dimensions={
            name: label for name, label in data.dimension_labels().items() if name in known
        },
        units={unit: catalog.unit_label(unit) for unit in sorted(set(slices["unit"]))},
        period_kinds={
            kind: catalog.period_kind_label(kind) for kind in sorted(set(slices["period_kind"]))
        },
        statuses={status: catalog.status_label(status) for status in STATUSES},
        years={str(year): str(year) for year in range(first, last + 1)},
        releases={"latest": _("Latest"), "every": _("Every release")},
    )


def show_export(**filters: Any) -> None:
    """Show how many figures the filters let through, the first of them, and the file."""
    if filters["from_year"] > filters["to_year"]:
        st.info(_("The first year is after the last one: choose an earlier first year."))
        return
    figures = data.figures_for_export(**page.hashable(filters))
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
        "#### " + _("{count} figures: {states}").format(count=number(len(figures)), states=counted)
    )
    page.show_download("-".join(["overdose-atlas", *filters["measures"][:2]]), **filters)
    st.dataframe(_preview(figures.head(_PREVIEW_ROWS)), hide_index=True)
    if len(figures) > _PREVIEW_ROWS:
        st.caption(
            _("The first {shown} of {count} figures; the file holds all.").format(
                shown=number(_PREVIEW_ROWS), count=number(len(figures))
            )
        )
    with st.expander(_("Dictionary")):
        st.html(markup.table((_("Column"), _("Meaning")), dictionary().items()))
    page.show_source(figures["source"].unique())


def _preview(figures: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with states in words, so that no empty cell looks like a zero."""
    known = figures["value"].notna()
    words = figures["value"].map(lambda value: f"{value:.12g}" if value == value else "")
    states = figures["status"].map(catalog.status_label)
    return figures.assign(
        value=words.where(known, states),
        period_start=figures["period_start"].dt.strftime("%Y-%m-%d"),
        period_end=figures["period_end"].dt.strftime("%Y-%m-%d"),
    )
