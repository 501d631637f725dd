"""Export: the figures asked for, as a file that can be cited."""

import streamlit as st

from atlas import catalog
from atlas.i18n import _
from atlas.ui import exporting, filters, options

st.title(_("Export"))
st.markdown(
    _(
        "One row a figure, with its status, bounds, interval, unit, source, release, licence and "
        "attribution. An empty filter means all. The same address gives the same bytes."
    )
)
measures = filters.choose_many(
    _("Measures"), "measures", options.all_measures(), ("opioid_deaths",)
)
if not measures:
    st.info(_("Choose at least one measure."))
    st.stop()
place, breakdown = st.columns(2)
with place:
    regions = filters.choose_many(
        _("Regions"), "regions", options.regions_of(tuple(measures)), placeholder=_("All regions")
    )
with breakdown:
    dimensions = filters.choose_many(
        _("Breakdowns"), "breakdowns", exporting.dimensions(tuple(measures)), ("total",),
        placeholder=_("All breakdowns"),
    )  # fmt: skip
units_side, kinds_side, status_side = st.columns(3)
with units_side:
    units = filters.choose_many(
        _("Units"), "units", exporting.units(tuple(measures)), placeholder=_("All units")
    )
with kinds_side:
    kinds = filters.choose_many(
        _("Kinds of period"), "periods", exporting.period_kinds(tuple(measures)),
        placeholder=_("All kinds"),
    )  # fmt: skip
with status_side:
    statuses = filters.choose_many(
        _("Status"), "status", {name: catalog.status_label(name) for name in exporting.STATUSES},
        placeholder=_("All states"),
    )  # fmt: skip
from_side, to_side, release_side = st.columns(3)
years = exporting.years(tuple(measures))
with from_side:
    first = filters.choose(_("From year"), "from", years, next(iter(years)))
with to_side:
    last = filters.choose(_("To year"), "to", years, list(years)[-1])
with release_side:
    releases = filters.choose_segment(
        _("Releases"), "releases", {"latest": _("Latest"), "every": _("Every release")}, "latest"
    )

exporting.show_export(
    measures=measures, regions=regions or None, dimensions=dimensions or None,
    units=units or None, period_kinds=kinds or None, statuses=statuses or None,
    from_year=int(first), to_year=int(last), every_release=releases == "every",
)  # fmt: skip
