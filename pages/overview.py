"""Overview: how is this place doing, on every side, and who says so until when?"""

import streamlit as st

from atlas import catalog
from atlas.i18n import _
from atlas.ui import canada, filters, options, page, shell, trend
from atlas.ui.cards import domain_card, show_cards
from atlas.ui.coverage import show_coverage
from atlas.ui.findings import overview_finding


def show_filters() -> tuple[str, str, str]:
    """Return region, measure and period of the map."""
    place, what, when = st.columns([2, 4, 2])
    with place:
        region = filters.choose(_("Region"), "region", options.overview_regions(), "CA-ON")
    with what:
        measures = options.mapped_measures()
        measure = filters.choose(_("Measure"), "measure", measures, "opioid_deaths")
    with when:
        periods, newest = canada.map_periods(measure), canada.final_period(measure)
        period = filters.choose(_("Period of the map"), "period", periods, newest)
    return region, measure, period


def show() -> None:
    """Draw the page."""
    st.title(_("Overview"), anchor=False)
    region, measure, period = show_filters()
    cards = [domain_card(domain, region, measure) for domain in catalog.DOMAINS]
    st.markdown(f"#### {overview_finding(cards, region, measure)}")
    show_cards(cards, region, measure)
    map_side, trend_side = st.columns([11, 10], gap="medium")
    with map_side:
        st.subheader(canada.map_title(measure, period), anchor=False)
        st.caption(canada.map_subtitle(measure))
        canada.show_map(measure, period, region)
    with trend_side:
        trend.show_overview_trend(measure, region)
    trend.show_overview_events(measure, region)
    shown = list(dict.fromkeys([measure, *(card.measure_id for card in cards if card.measure_id)]))
    page.show_source(page.sources_of([*shown, "population"]))
    st.subheader(_("Who reports what, and until when"), anchor=False)
    show_coverage(region)
    page.show_table(canada.table(measure, period))
    page.show_download(f"overview-{measure}", measures=shown, dimensions=["total"])
    page.show_about(shown)


shell.show_page(show)
