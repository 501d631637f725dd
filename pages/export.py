"""Export: the figures asked for, as a file that can be cited."""

import streamlit as st

from atlas.i18n import _
from atlas.ui import exporting, filters, options, shell


def show() -> None:
    """Draw the page."""
    st.title(_("Export"), anchor=False)
    st.markdown(
        _(
            "One row a figure, with its status, bounds, interval, unit, source, release, licence "
            "and attribution. An empty filter means all. The same address gives the same bytes."
        )
    )
    measures = filters.choose_many(
        _("Measures"), "measures", options.all_measures(), ("opioid_deaths",),
        placeholder=_("Choose measures"),
    )  # fmt: skip
    if not measures:
        st.info(_("Choose at least one measure."))
        return
    offered = exporting.offered(tuple(measures))
    place, breakdown = st.columns(2)
    with place:
        regions = filters.choose_many(
            _("Regions"), "regions", offered.regions, placeholder=_("All regions")
        )
    with breakdown:
        dimensions = filters.choose_many(
            _("Breakdowns"), "breakdowns", offered.dimensions, ("total",),
            placeholder=_("All breakdowns"),
        )  # fmt: skip
    unit_side, kind_side, status_side = st.columns(3)
    with unit_side:
        units = filters.choose_many(_("Units"), "units", offered.units, placeholder=_("All units"))
    with kind_side:
        kinds = filters.choose_many(
            _("Kinds of period"), "periods", offered.period_kinds, placeholder=_("All kinds")
        )
    with status_side:
        statuses = filters.choose_many(
            _("Status"), "status", offered.statuses, placeholder=_("All states")
        )
    from_side, to_side, release_side = st.columns(3)
    years = offered.years
    with from_side:
        first = filters.choose(_("From year"), "from", years, next(iter(years)))
    with to_side:
        last = filters.choose(_("To year"), "to", years, list(years)[-1])
    with release_side:
        release = filters.choose_segment(_("Releases"), "releases", offered.releases, "latest")
    asked = {
        "regions": offered.regions, "breakdowns": offered.dimensions, "units": offered.units,
        "periods": offered.period_kinds, "status": offered.statuses,
    }  # fmt: skip
    if any(filters.asks_in_vain(key, known) for key, known in asked.items()):
        st.info(_("A filter of this address names nothing that these measures have. Change it."))
        return
    exporting.show_export(
        measures=measures, regions=regions or None, dimensions=dimensions or None,
        units=units or None, period_kinds=kinds or None, statuses=statuses or None,
        from_year=int(first), to_year=int(last), every_release=release == "every",
    )  # fmt: skip


shell.show_page(show)
