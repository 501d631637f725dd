"""Trends: how did a measure move, here and elsewhere, and how sure is that?"""

import streamlit as st

from atlas.i18n import _
from atlas.ui import data, filters, options, page, panels

st.title(_("Trends"))
what, where = st.columns([1, 1])
with what:
    measure = filters.choose(_("Measure"), "measure", options.all_measures(), "opioid_deaths")
with where:
    offered = options.regions_of((measure,))
    regions = filters.choose_many(
        _("Regions"), "regions", offered, panels.default_regions(measure), most=12
    )
how, unit_side, kind_side = st.columns([2, 3, 2])
with how:
    breakdowns = options.dimensions_of(measure)
    dimension = filters.choose(_("Breakdown"), "breakdown", breakdowns, "total")
with unit_side:
    units = options.units_of(measure, dimension)
    unit = filters.choose(_("Unit"), "unit", units, next(iter(units)))
with kind_side:
    kinds = options.period_kinds_of(measure, dimension, unit)
    kind = filters.choose_segment(_("Periods"), "periods", kinds, next(iter(kinds)))

shown = panels.panels(measure, tuple(regions), dimension, unit, kind)
if not regions:
    st.info(_("Choose at least one region to see its series."))
    st.stop()
if not shown:
    st.info(panels.nothing_to_show(measure, dimension, unit, kind))
    st.stop()

st.markdown(f"#### {panels.finding(shown)}")
palette = page.theme_palette()
page.show_key(palette.domains[str(data.measures().loc[measure, "domain"])])
panels.show_panels(shown, measure, unit, kind)

page.show_source(data.figures(measure)["source_id"].unique())
page.show_table(panels.table_cells(shown))
page.show_download(
    f"trends-{measure}",
    measures=[measure],
    regions=regions,
    dimensions=[dimension],
    units=[unit],
    period_kinds=[kind, "part_year"] if kind == "year" else [kind],
)
page.show_about([measure])
