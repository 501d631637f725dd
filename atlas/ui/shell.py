"""What surrounds every page: language, style, errors that say what to do, footer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from atlas import catalog
from atlas.i18n import LANGUAGES, _, day, language, set_language
from atlas.ui import data, filters, markup
from atlas.ui.cache import cached
from atlas.warehouse import MissingWarehouseError


class _Page(Protocol):
    @property
    def title(self) -> str: ...

    def run(self) -> None: ...


def choose_language() -> None:
    """Take the language from the URL, or keep the one chosen on the page before."""
    if st.query_params.get("lang") in LANGUAGES:
        st.session_state["language"] = st.query_params["lang"]
    elif st.session_state.get("language", "en") != "en":
        st.query_params["lang"] = st.session_state["language"]
    set_language(st.session_state.get("language", "en"))


def run(page: _Page) -> None:
    """Run a page between the style sheet and the footer."""
    markup.add_style()
    st.set_page_config(page_title=f"{page.title} · Overdose Atlas")
    try:
        page.run()
    except MissingWarehouseError:
        st.error(_("There is no warehouse to read. Run `make warehouse`, then reload this page."))
        return
    _show_footer()


def show_page(draw: Callable[[], None]) -> None:
    """Draw a page, inside the app.

    Asked first of all for the address of a file in `pages/`, a new Streamlit process takes the
    folder for its older kind of multipage app and runs the file alone, without app.py: no
    language, style or footer. The page then asks for the run that it should have been.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
    draw()


def _show_footer() -> None:
    markup.set_page_language(language())
    st.divider()
    dates, words = st.columns([4, 1.3])
    with dates:
        st.caption(_data_dates())
        st.caption(
            _(
                "Each figure is about people. If you or someone near you is at risk, call 9-1-1 in "
                "an emergency, or 9-8-8 in Canada, day and night."
            )
        )
    with words:
        # English stands in the URL too, so that leaving French is remembered.
        filters.choose_segment(_("Language"), "lang", LANGUAGES, default="")


@cached
def _data_dates() -> str:
    last = data.newest_by_domain()
    latest = (f"{catalog.domain_label(name)} {day(last[name])}" for name in catalog.DOMAINS)
    return _("Newest data of any place: {dates}.").format(dates="; ".join(latest))
