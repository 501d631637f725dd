"""Trends: how did a measure move, here and elsewhere, and how sure is that?"""

import streamlit as st

from atlas.i18n import _
from atlas.ui import data, filters, options, page, panels, shell, trend


def show_filters() -> tuple[str, list[str], str, str, str]:
    """Return measure, regions, breakdown, unit and kind of period."""
    what, where = st.columns([1, 1])
    with what:
        measure = filters.choose(_("Measure"), "measure", options.all_measures(), "opioid_deaths")
    with where:
        offered, default = options.regions_of((measure,)), panels.default_regions(measure)
        regions = filters.choose_many(
            _("Regions"),
            "regions",
            offered,
            default,
            panels.MOST_PANELS,
            _("Choose regions"),
            instead=default,
        )
    how, unit_side, kind_side = st.columns([2, 3, 2])
    with how:
        breakdowns = options.dimensions_of(measure, tuple(regions))
        dimension = filters.choose(_("Breakdown"), "breakdown", breakdowns, "total")
    with unit_side:
        units = options.units_of(measure, tuple(regions), dimension)
        unit = filters.choose(_("Unit"), "unit", units, next(iter(units)))
    with kind_side:
        kinds = options.period_kinds_of(measure, tuple(regions), dimension, unit)
        kind = filters.choose_segment(_("Periods"), "periods", kinds, next(iter(kinds)))
    return measure, regions, dimension, unit, kind


def show() -> None:
    """Draw the page."""
    st.title(_("Trends"), anchor=False)
    measure, regions, dimension, unit, kind = show_filters()
    shown = panels.panels(measure, tuple(regions), dimension, unit, kind)
    if not shown:
        st.info(panels.nothing_to_show(measure, dimension, unit, kind, bool(regions)))
        return
    st.markdown(f"#### {panels.finding(shown)}")
    page.show_key(data.measure(measure).domain)
    panels.show_panels(shown)
    panels.show_missing(tuple(regions), shown)
    page.show_source(panels.sources_of(shown))
    page.show_table(trend.table_of(tuple(panel.series for panel in shown)))
    page.show_download(
        f"trends-{measure}",
        measures=[measure],
        regions=regions,
        dimensions=[dimension],
        units=[unit],
        period_kinds=[kind, "part_year"] if kind == "year" else [kind],
    )
    page.show_about([measure])


shell.show_page(show)
